// SPDX-License-Identifier: Apache-2.0
#include "app/node/bootprogress.h"

#include <algorithm>

namespace zos::app {

BootProgress::BootProgress(const Clock *clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
{
    for (const auto *id : { "hardware", "disks", "network", "time", "identity", "chain",
             "registration", "bus", "workloads" }) {
        NodeStatus::BootStep step;
        step.id = QLatin1StringView(id);
        step.state = QStringLiteral("wait");
        m_steps += step;
    }
}

void BootProgress::begin(const QString &step)
{
    set(step, QStringLiteral("run"), {}, {});
}

void BootProgress::done(const QString &step, const QString &code, const QJsonObject &params)
{
    set(step, QStringLiteral("ok"), code, params);
}

void BootProgress::warn(const QString &step, const QString &code, const QJsonObject &params)
{
    set(step, QStringLiteral("warn"), code, params);
}

void BootProgress::failed(const QString &step, const QString &code, const QJsonObject &params)
{
    set(step, QStringLiteral("failed"), code, params);
}

void BootProgress::set(
    const QString &step, const QString &state, const QString &code, const QJsonObject &params)
{
    const auto found = std::ranges::find(m_steps, step, &NodeStatus::BootStep::id);
    if (found == m_steps.end())
        return;
    found->state = state;
    found->code = code;
    found->params = params;
    if (state == u"run")
        found->startedMs = m_clock->now().count();
    Q_EMIT changed();
}

bool BootProgress::complete() const
{
    return std::ranges::all_of(m_steps, [](const auto &step) {
        return step.state == u"ok" || step.state == u"warn" || step.state == u"skipped";
    });
}

void BootProgress::describe(NodeStatus &status) const
{
    status.bootSteps = m_steps;
    const auto open = std::ranges::find_if(m_steps, [](const auto &step) {
        return step.state == u"run" || step.state == u"failed" || step.state == u"wait";
    });
    status.bootStep = static_cast<int>(std::min(open - m_steps.begin(), m_steps.size() - 1));
}

} // namespace zos::app
