// SPDX-License-Identifier: Apache-2.0
#include "core/provision/types/step.h"

namespace zos {

namespace detail {

namespace {
QString nextAlarm()
{
    static quint64 last = 0; // event loop only
    return QStringLiteral("alarm %1").arg(++last);
}
} // namespace

Alarm::Alarm(Agenda &agenda, std::chrono::milliseconds delay, const CancelToken &token,
    std::function<void()> ring)
    : m_agenda(agenda)
    , m_name(nextAlarm())
{
    if (delay != kNoLimit)
        m_agenda.at(m_name, delay, ring);
    token.onCancel(&m_context, std::move(ring));
}

Alarm::~Alarm()
{
    m_agenda.drop(m_name);
}

} // namespace detail

Task<Result<>> rest(StopSignal stop, std::chrono::milliseconds time)
{
    if (!stop.soft.cancelled() && !stop.hard.cancelled()) {
        const auto gate = std::make_shared<detail::Gate>();
        const detail::Alarm alarm(*stop.deadlines, time, stop.soft, [gate] { gate->open(); });
        co_await gate->opened();
    }
    if (stop.soft.cancelled() || stop.hard.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
    co_return {};
}

} // namespace zos
