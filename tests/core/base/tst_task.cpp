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
