// SPDX-License-Identifier: Apache-2.0
#include "core/provision/timeline.h"

#include <algorithm>

namespace zos {

namespace {

constexpr qsizetype kLongestError = 512;

} // namespace

class Timeline::Watch final : public StepWatch
{
public:
    Watch(std::weak_ptr<Timeline> timeline, StepEntry pattern)
        : m_timeline(std::move(timeline))
        , m_pattern(std::move(pattern))
    {
    }
    quint64 begun(const QString &name) override
    {
        const auto timeline = m_timeline.lock();
        if (!timeline)
            return 0;
        auto entry = m_pattern;
        entry.step = name;
        return timeline->begin(std::move(entry));
    }
    void ended(quint64 step, const QString &error) override
    {
        if (const auto timeline = m_timeline.lock())
            timeline->end(step, error);
    }

private:
    std::weak_ptr<Timeline> m_timeline;
    StepEntry m_pattern;
};

StopSignal Timeline::watched(
    StopSignal stop, const DeploymentKey &key, const QString &workload, const QString &wanted)
{
    StepEntry pattern;
    pattern.key = key;
    pattern.workload = workload;
    pattern.wanted = wanted;
    stop.watch = std::make_shared<Watch>(weak_from_this(), std::move(pattern));
    return stop;
}

void Timeline::add(const DeploymentKey &key, const QString &wanted, const QString &step,
    std::chrono::milliseconds since)
{
    keep({ ++m_last, key, {}, wanted, step, since.count(), m_clock.now().count(), {} });
}

quint64 Timeline::begin(StepEntry entry)
{
    entry.seq = ++m_last;
    entry.startMs = m_clock.now().count();
    m_running.insert(entry.seq, entry);
    return entry.seq;
}

void Timeline::end(quint64 seq, const QString &error)
{
    if (!m_running.contains(seq))
        return;
    auto entry = m_running.take(seq);
    entry.endMs = m_clock.now().count();
    entry.error = error.left(kLongestError);
    keep(entry);
}

void Timeline::keep(const StepEntry &entry)
{
    auto &ended = m_ended[entry.key];
    ended += entry;
    if (ended.size() > kStepsKept)
        ended.removeFirst();
}

QList<StepEntry> Timeline::take(const QList<DeploymentKey> &keys)
{
    QList<StepEntry> taken;
    for (const auto &key : keys)
        taken += m_ended.take(key);
    for (const auto &entry : std::as_const(taken))
        m_writing.insert(entry.seq, entry);
    return taken;
}

void Timeline::written(const QList<StepEntry> &entries)
{
    for (const auto &entry : entries)
        m_writing.remove(entry.seq);
}

void Timeline::notWritten(const QList<StepEntry> &entries)
{
    written(entries);
    for (const auto &entry : entries)
        keep(entry);
}

std::optional<StepEntry> Timeline::running(const DeploymentKey &key, const QString &workload) const
{
    std::optional<StepEntry> newest;
    for (const auto &entry : m_running) {
        if (entry.key == key && entry.workload == workload)
            newest = entry;
    }
    return newest;
}

QString Timeline::lastFailure(const DeploymentKey &key, const QString &workload) const
{
    QString step;
    const auto all = entries(key);
    for (const auto &entry : all) {
        if (entry.workload == workload && !entry.error.isEmpty())
            step = entry.step;
    }
    return step;
}

QList<StepEntry> Timeline::entries(const DeploymentKey &key) const
{
    auto all = m_ended.value(key);
    for (const auto *others : { &m_running, &m_writing }) {
        for (const auto &entry : *others) {
            if (entry.key == key)
                all += entry;
        }
    }
    std::ranges::sort(all, {}, &StepEntry::seq);
    return all;
}

} // namespace zos
