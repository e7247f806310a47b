// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/agenda.h"
#include "core/base/task.h"
#include "core/health/selftests.h"

#include <functional>
#include <vector>

namespace zos {

// When a test is made: at fixed times of the day (UTC), so that a network's results are of the same
// hours, and at the start when there is no result of this boot.
struct SelfTestPlan
{
    QString name;
    std::chrono::seconds every; // counted from midnight; a divisor of a day
    std::chrono::seconds jitter {}; // at most so much later, so that not all nodes act at once
    std::chrono::seconds afterStart {}; // how long a start is left in peace
    bool eachStart = false; // also when there is a result
};

// The next fixed time after `now`, both in Unix time.
std::chrono::seconds nextSelfTest(std::chrono::seconds now, std::chrono::seconds every);

// Makes the tests and keeps their results in a file, which survives the node's process but is not
// believed after a reboot.
class SelfTestRunner
{
public:
    // `bootId` names the running kernel; `file` is read with suspicion.
    SelfTestRunner(SelfTests &results, const Clock &clock, QString file, QString bootId);

    using Run = std::function<Task<SelfTestResult>()>;
    void add(SelfTestPlan plan, Run run);
    void start(); // after all are added
    Task<void> stop(); // waits for what runs
    void runDue() { m_agenda.runDue(); } // for tests that turn the clock
    std::optional<std::chrono::milliseconds> due(const QString &name) const
    {
        return m_agenda.due(name);
    }

private:
    struct Test
    {
        SelfTestPlan plan;
        Run run;
    };
    void load();
    void save() const;
    void schedule(const Test &test);
    void begin(const Test &test);
    Task<void> make(const Test *test);

    SelfTests &m_results;
    const Clock &m_clock;
    QString m_file;
    QString m_bootId;
    Agenda m_agenda;
    std::vector<Test> m_tests;
    TaskScope m_tasks;
};

} // namespace zos
