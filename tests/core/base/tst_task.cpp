// SPDX-License-Identifier: Apache-2.0
#include "core/base/task.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

using namespace zos;
using namespace std::chrono_literals;

class TestTask : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deadlineNamesTheStep()
    {
        CancelToken late; // a deadline leaves the work itself running
        const auto outcome
            = testing::wait(withDeadline(pause(10s, late), 5ms, QStringLiteral("mount")));
        late.cancel();
        QCoreApplication::processEvents();
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, ErrorCode::Timeout);
        QVERIFY(outcome.error().what.startsWith(u"mount did not finish"));
    }
    void deadlinePassesTheValue()
    {
        const auto outcome = testing::wait(withDeadline(
            []() -> Task<Result<int>> {
                co_await pause(1ms);
                co_return 7;
            }(),
            10s, QStringLiteral("x")));
        QCOMPARE(*outcome, 7);
    }
    void cancelEndsAPause()
    {
        CancelToken token;
        QTimer::singleShot(1, this, [token] { token.cancel(); });
        QCOMPARE(testing::wait(pause(10s, token)).error().code, ErrorCode::Cancelled);
    }
    void workerReturnsItsValue()
    {
        QCOMPARE(testing::wait(onWorker([] { return 42; })), 42);
    }
    void gateLetsEverybodyPass_data()
    {
        QTest::addColumn<bool>("inPlace");
        QTest::newRow("when the loop comes round") << false;
        QTest::newRow("in place") << true;
    }
    void gateLetsEverybodyPass()
    {
        QFETCH(bool, inPlace);
        auto gate = std::make_unique<detail::Gate>();
        int passed = 0;
        TaskScope scope;
        for (int i = 0; i < 3; ++i) {
            scope.spawn([](detail::Gate *at, int *count) -> Task<void> {
                co_await at->opened();
                ++*count;
            }(gate.get(), &passed));
        }
        if (inPlace)
            gate->openInPlace();
        else
            gate->open();
        QCOMPARE(passed, inPlace ? 3 : 0);
        gate->open(); // no matter
        scope.spawn([](detail::Gate *at, int *count) -> Task<void> {
            co_await at->opened(); // open already
            *count += 10;
        }(gate.get(), &passed));
        QCOMPARE(passed, inPlace ? 13 : 10);
        gate.reset();
        testing::wait(scope.finish());
        QCOMPARE(passed, 13);
    }
    void scopeFinishesAfterItsTasks()
    {
        TaskScope scope;
        bool done = false;
        scope.spawn([](bool &flag, CancelToken token) -> Task<void> {
            co_await pause(10s, token);
            flag = true;
        }(done, scope.token()));
        QCOMPARE(scope.running(), 1);
        testing::wait(scope.finish());
        QVERIFY(done);
        QCOMPARE(scope.running(), 0);
    }
};
ZOS_TEST(TestTask)
#include "tst_task.moc"
