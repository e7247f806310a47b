// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"
#include "tests/support/runner.h"

#include <sys/timex.h>

using namespace zos;
using namespace std::chrono_literals;

class TestClock : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void synchronised_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<std::chrono::microseconds>("error");
        QTest::addColumn<bool>("right");
        const auto row = [](const char *name, int state, std::chrono::microseconds error,
                             bool right) { QTest::newRow(name) << state << error << right; };
        row("just corrected", TIME_OK, 1'500us, true);
        row("corrected hours ago", TIME_OK, 15'999'999us, true);
        row("never, or too long ago", TIME_OK, 16s, false);
        row("as the kernel starts", TIME_ERROR, 16s, false);
        row("set by a hypervisor", TIME_ERROR, 20ms, true);
        row("in a leap second", TIME_OOP, 20ms, true);
        row("the kernel does not tell", -1, 0us, false);
    }
    void synchronised()
    {
        QFETCH(int, state);
        QFETCH(std::chrono::microseconds, error);
        QFETCH(bool, right);
        QCOMPARE(synchronisedAccordingTo(state, error), right);
    }
    // The kernel is asked, and may be asked by anybody.
    void asksTheKernel()
    {
        timex clock {};
        const int state = ::adjtimex(&clock);
        QVERIFY(state >= 0);
        QCOMPARE(clockSynchronised(),
            synchronisedAccordingTo(state, std::chrono::microseconds(clock.maxerror)));
    }
};
ZOS_TEST(TestClock)
#include "tst_clock.moc"
