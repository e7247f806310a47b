// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/router.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// A handler that rests until the test lets it go, noting who runs.
struct Workshop
{
    QList<TwinId> begun;
    QList<std::shared_ptr<detail::Gate>> gates;
    int peak = 0;
    int busy = 0;

    static Task<Answer> work(Workshop *shop, Call call)
    {
        auto gate = std::make_shared<detail::Gate>();
        shop->begun += call.twin;
        shop->gates += gate;
        shop->peak = std::max(shop->peak, ++shop->busy);
        co_await gate->opened();
        --shop->busy;
        co_return call.payload;
    }
    Handler handler()
    {
        return [this](Call call) { return work(this, std::move(call)); };
    }
    void releaseAll()
    {
        for (qsizetype i = 0; i < gates.size(); ++i)
            gates.at(i)->open();
    }
};

Call callOf(quint32 twin, const QString &command, const QByteArray &payload = "1")
{
    Call call;
    call.twin = TwinId(twin);
    call.command = command;
    call.payload = payload;
    return call;
}

struct Outcomes
{
    QList<Answer> done;
    int open = 0;
};

Task<void> collect(Task<Answer> task, Outcomes *outcomes)
{
    ++outcomes->open;
    auto answer = co_await std::move(task);
    --outcomes->open;
    outcomes->done += answer;
}

int countOf(const Outcomes &outcomes, ErrorCode code)
{
    return static_cast<int>(std::ranges::count_if(outcomes.done,
        [code](const Answer &answer) { return !answer && answer.error().code == code; }));
}

} // namespace

class TestRouter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void runsTheNamedHandler()
    {
        Router router;
        router.add(u"zos.b"_s, [](Call call) -> Task<Answer> { co_return call.payload + "!"; });
        router.add(u"zos.a"_s, [](Call) -> Task<Answer> { co_return QByteArray("null"); });
        QCOMPARE(router.commands(), QStringList({ u"zos.a"_s, u"zos.b"_s }));
        QCOMPARE(*testing::wait(router.route(callOf(1, u"zos.b"_s), 1s)), "1!");
    }
    void refusesUnknownCommands()
    {
        Router router;
        router.add(
            u"zos.system.version"_s, [](Call) -> Task<Answer> { co_return QByteArray("null"); });
        for (const auto &name :
            { u""_s, u"zos.system"_s, u"zos..version"_s, u"ZOS.system.version"_s }) {
            const auto answer = testing::wait(router.route(callOf(1, name), 1s));
            QCOMPARE(answer.error().code, ErrorCode::NotFound);
            QCOMPARE(answer.error().what, u"function not found"_s);
        }
    }
    void reportsACrashingHandler()
    {
        Router router;
        router.add(u"x"_s, [](Call) -> Task<Answer> {
            co_await pause(1ms);
            throw std::runtime_error("out of cheese");
        });
        const auto answer = testing::wait(router.route(callOf(1, u"x"_s), 1s));
        QCOMPARE(answer.error().what, u"handler panicked with: out of cheese"_s);
        QCOMPARE(router.running(), 0);
    }
    void answersTimeoutAndCancels()
    {
        Router router;
        Workshop shop;
        router.add(u"x"_s, shop.handler());
        Call call = callOf(1, u"x"_s);
        const CancelToken cancel = call.cancel;
        const auto answer = testing::wait(router.route(std::move(call), 5ms));
        QCOMPARE(answer.error().code, ErrorCode::Timeout);
        QVERIFY(cancel.cancelled());
        QCOMPARE(router.running(), 1); // the handler still works and keeps its place
        shop.releaseAll();
        QVERIFY(testing::eventually([&] { return router.running() == 0; }));
        QCOMPARE(
            testing::wait(router.route(callOf(1, u"x"_s), 0ms)).error().code, ErrorCode::Timeout);
    }
    void limitsEachTwin()
    {
        Router router;
        Workshop shop;
        Outcomes outcomes;
        TaskScope scope;
        router.add(u"x"_s, shop.handler());
        for (int i = 0; i < 20; ++i)
            scope.spawn(collect(router.route(callOf(1, u"x"_s), 60s), &outcomes));
        scope.spawn(collect(router.route(callOf(2, u"x"_s), 60s), &outcomes));
        QCOMPARE(router.running(), 9);
        QCOMPARE(shop.begun.count(TwinId(1)), 8);
        QCOMPARE(shop.begun.count(TwinId(2)), 1);
        while (outcomes.done.size() < 21) {
            shop.releaseAll();
            QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
        }
        QVERIFY(shop.peak <= 9);
        QCOMPARE(router.running(), 0);
        testing::wait(scope.finish());
    }
    void limitsAllAndTheQueue()
    {
        Router router;
        Workshop shop;
        Outcomes outcomes;
        TaskScope scope;
        router.add(u"x"_s, shop.handler());
        for (quint32 twin = 1; twin <= 500; ++twin)
            scope.spawn(collect(router.route(callOf(twin, u"x"_s), 60s), &outcomes));
        QCOMPARE(router.running(), 64);
        QVERIFY(testing::eventually([&] { return outcomes.done.size() == 500 - 64 - 256; }));
        QCOMPARE(countOf(outcomes, ErrorCode::Busy), 500 - 64 - 256);
        QCOMPARE(router.turnedAway(), 500 - 64 - 256);
        QCOMPARE(outcomes.done.first().error().what, u"node is busy"_s);
        while (outcomes.done.size() < 500) {
            shop.releaseAll();
            QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
        }
        QCOMPARE(shop.peak, 64);
        testing::wait(scope.finish());
    }
    void aFloodDelaysOnlyItsTwin()
    {
        Router router;
        Workshop shop;
        Outcomes flood;
        Outcomes other;
        TaskScope scope;
        router.add(u"x"_s, shop.handler());
        for (int i = 0; i < 400; ++i)
            scope.spawn(collect(router.route(callOf(1, u"x"_s), 60s), &flood));
        for (quint32 twin = 2; twin <= 9; ++twin) { // fills the other places
            for (int i = 0; i < 8; ++i)
                scope.spawn(collect(router.route(callOf(twin, u"x"_s), 60s), &other));
        }
        QCOMPARE(router.running(), 64);
        const auto before = shop.begun.size();
        scope.spawn(collect(router.route(callOf(50, u"x"_s), 60s), &other));
        for (const int one : { 0, 1, 2 }) // room for one call of each waiting twin
            shop.gates.at(one)->open();
        QVERIFY(testing::eventually([&] { return shop.begun.size() == before + 3; }));
        QVERIFY(shop.begun.sliced(before).contains(TwinId(50)));
        while (flood.open + other.open > 0) {
            shop.releaseAll();
            QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
        }
        QCOMPARE(countOf(other, ErrorCode::Busy), 0);
        testing::wait(scope.finish());
    }
    void boundsWaitingBytes()
    {
        Router router;
        Workshop shop;
        Outcomes outcomes;
        TaskScope scope;
        router.add(u"x"_s, shop.handler());
        const QByteArray large(3 << 20, 'x');
        for (int i = 0; i < 30; ++i)
            scope.spawn(collect(router.route(callOf(1, u"x"_s, large), 60s), &outcomes));
        QVERIFY(
            testing::eventually([&] { return countOf(outcomes, ErrorCode::Busy) == 30 - 8 - 10; }));
        while (outcomes.open > 0) {
            shop.releaseAll();
            QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
        }
        testing::wait(scope.finish());
    }
    void waitingEndsWithTheLifetime()
    {
        Router router;
        Workshop shop;
        Outcomes outcomes;
        TaskScope scope;
        router.add(u"x"_s, shop.handler());
        for (int i = 0; i < 8; ++i)
            scope.spawn(collect(router.route(callOf(1, u"x"_s), 60s), &outcomes));
        const auto answer = testing::wait(router.route(callOf(1, u"x"_s), 5ms));
        QCOMPARE(answer.error().code, ErrorCode::Timeout);
        shop.releaseAll();
        QVERIFY(testing::eventually([&] { return outcomes.done.size() == 8; }));
        QCOMPARE(shop.begun.size(), 8);
        testing::wait(scope.finish());
    }
};
ZOS_TEST(TestRouter)
#include "tst_router.moc"
