// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/session.h"
#include "tests/support/eventually.h"
#include "tests/support/logcatcher.h"
#include "tests/support/runner.h"
#include "tests/support/twinsledger.h"
#include "tests/support/vectors.h"

#include <QTemporaryDir>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

constexpr TwinId kNode(9);
constexpr TwinId kUser(7);
constexpr quint64 kHere = 1; // who handed the message over

Task<Answer> echo(Call call)
{
    co_return call.payload;
}
Task<Answer> sleepy(Call call)
{
    auto rest = pause(60s, call.cancel);
    (void)co_await std::move(rest);
    co_return QByteArray("\"slept\"");
}

struct Desk
{
    explicit Desk(SessionConfig settings = {})
        : config(std::move(settings))
    {
        router.add(u"test.echo"_s, echo);
        router.add(u"test.sleep"_s, sleepy);
        ledger.put(kUser.value(), user.publicKey());
        start();
    }
    ~Desk() { testing::wait(session->stop()); }
    void start()
    {
        session = std::make_unique<Session>(
            Identity::generate(), kNode, &ledger, &router, &clock, config);
        if (!session->start())
            qFatal("no session");
    }
    void restart()
    {
        testing::wait(session->stop());
        session.reset();
        start();
    }
    Claim claim(TwinId source, const Identity &signer, int number, quint64 via = kHere) const
    {
        Claim made;
        made.sender = { source, via };
        made.challenge = QByteArray::number(number).rightJustified(16, '#');
        made.signature = signer.typedSignature(made.challenge);
        made.stamped = session->time();
        made.expires = session->time() + 61;
        return made;
    }
    Claim good(int number) const { return claim(kUser, user, number); }
    Claim bad(int number) const { return claim(kUser, stranger, number); }
    ErrorCode refusal(const Claim &claim) // Bug when it was not refused
    {
        const auto outcome = testing::wait(session->vouched(claim));
        return outcome ? ErrorCode::Bug : outcome.error().code;
    }
    bool passes(const Claim &claim) { return testing::wait(session->vouched(claim)).has_value(); }
    const BusCounters &counters() const { return session->counters(); }

    Identity user = Identity::generate();
    Identity stranger = Identity::generate();
    FakeClock clock;
    testing::TwinsLedger ledger;
    Router router;
    SessionConfig config;
    std::unique_ptr<Session> session;
};

} // namespace

class TestSession : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void believesTheTwinsOwnWord()
    {
        Desk desk;
        const auto twin = testing::wait(desk.session->vouched(desk.good(1)));
        QVERIFY(twin.has_value());
        QCOMPARE(twin->id, kUser);
        QCOMPARE(twin->account, desk.user.publicKey());
        QVERIFY(desk.passes(desk.good(2)));
        QCOMPARE(desk.ledger.lookups, 1);
    }
    void refusals()
    {
        Desk desk;
        QCOMPARE(desk.refusal(desk.bad(1)), ErrorCode::Denied);
        QCOMPARE(desk.counters().badSignatures, 1);
        auto unsignedOne = desk.good(2);
        unsignedOne.signature.clear();
        QCOMPARE(desk.refusal(unsignedOne), ErrorCode::Denied);
        QCOMPARE(desk.refusal(desk.claim(TwinId(4000), desk.user, 3)), ErrorCode::NotFound);
        QCOMPARE(desk.counters().unknownTwins, 1);
        desk.ledger.offline = true;
        QCOMPARE(desk.refusal(desk.claim(TwinId(4001), desk.user, 4)), ErrorCode::Unavailable);
        QCOMPARE(desk.counters().ledgerUnavailable, 1);
        QVERIFY(desk.passes(desk.good(5))); // known already
    }
    // R9: what is signed by one is not the word of another, whatever the shape.
    // A twin that is no more: its key is still good, it is nobody.
    void aTwinThatIsGone_data()
    {
        QTest::addColumn<bool>("announced");
        QTest::newRow("the ledger tells") << true;
        QTest::newRow("the ledger tells nothing") << false;
    }
    void aTwinThatIsGone()
    {
        QFETCH(bool, announced);
        Desk desk;
        QVERIFY(desk.passes(desk.good(1)));
        desk.ledger.remove(kUser.value());
        if (announced)
            desk.ledger.announce(kUser.value());
        else
            desk.clock.advance(10min); // what is known of a twin is asked for again
        QCOMPARE(desk.refusal(desk.good(2)), ErrorCode::NotFound);
        QCOMPARE(desk.session->counters().unknownTwins, 1);
    }
    void confusedIdentities_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<char>("type");
        QTest::newRow("other type") << 65 << 's';
        QTest::newRow("unknown type") << 65 << 'x';
        QTest::newRow("63 bytes") << 63 << 'e';
        QTest::newRow("64 bytes") << 64 << 'e';
        QTest::newRow("66 bytes") << 66 << 'e';
    }
    void confusedIdentities()
    {
        QFETCH(int, size);
        QFETCH(char, type);
        Desk desk;
        auto claim = desk.good(1);
        claim.signature[0] = type;
        claim.signature.resize(size, '\0');
        QCOMPARE(desk.refusal(claim), ErrorCode::Denied);
        // And a small-order key with the signature that fits everything.
        desk.ledger.put(8, QByteArray(1, 1) + QByteArray(31, 0));
        auto weak = desk.good(2);
        weak.sender.twin = TwinId(8);
        weak.signature = QByteArray("e") + QByteArray(1, 1) + QByteArray(63, 0);
        QCOMPARE(desk.refusal(weak), ErrorCode::Denied);
    }
    // R7
    void takesEachMessageOnce()
    {
        const QTemporaryDir folder;
        SessionConfig config;
        config.statePath = folder.filePath(u"seen"_s);
        Desk desk(config);
        const Claim claim = desk.good(1);
        QVERIFY(desk.passes(claim));
        QCOMPARE(desk.refusal(claim), ErrorCode::Exists);
        desk.clock.advance(60s);
        QCOMPARE(desk.refusal(claim), ErrorCode::Exists);
        desk.restart();
        QCOMPARE(desk.refusal(claim), ErrorCode::Exists);
        QCOMPARE(desk.counters().replays, 1);
        auto otherWay = claim;
        otherWay.sender.via = 2;
        QCOMPARE(desk.refusal(otherWay), ErrorCode::Exists);
        auto answer = claim;
        answer.once = false;
        QVERIFY(desk.passes(answer));
    }
    // R7 across a power cut: a relay may deliver for an hour what nobody remembers any more.
    void refusesWhatAPowerLossMayHaveTaken()
    {
        const QTemporaryDir folder;
        SessionConfig config;
        config.statePath = folder.filePath(u"seen"_s);
        ReplayGuard before;
        QVERIFY(before.open(config.statePath, 1, QByteArray(36, 'x')).has_value());
        bool synchronised = false;
        config.synchronised = [&synchronised] { return synchronised; };
        Desk desk(config);
        const Claim old = desk.good(1);
        desk.clock.advance(30s);
        synchronised = true; // only now it is known when the start was
        QCOMPARE(desk.refusal(desk.good(2)), ErrorCode::Corrupt);
        desk.clock.advance(1s);
        QCOMPARE(desk.refusal(old), ErrorCode::Corrupt);
        QCOMPARE(desk.counters().beforeStart, 2);
        QVERIFY(desk.passes(desk.good(3)));
        desk.restart();
        QCOMPARE(desk.refusal(old), ErrorCode::Corrupt);
    }
    void twoAtOnceOnceOnly()
    {
        Desk desk;
        desk.ledger.delay = 5ms;
        int good = 0;
        int replays = 0;
        for (int i = 0; i < 10; ++i) {
            desk.session->vouch(desk.good(1), desk.session.get(),
                [&](const Result<Twin> &twin) { ++(twin ? good : replays); });
        }
        QVERIFY(eventually([&] { return good + replays == 10; }));
        QCOMPARE(good, 1);
        QCOMPARE(desk.counters().replays, 9);
    }
    void asksAgainForAChangedKey()
    {
        Desk desk;
        QVERIFY(desk.passes(desk.good(1)));
        desk.user = Identity::generate();
        desk.ledger.put(kUser.value(), desk.user.publicKey());
        QCOMPARE(desk.refusal(desk.good(2)), ErrorCode::Denied); // asked a moment ago
        desk.clock.advance(11s);
        QVERIFY(desk.passes(desk.good(3)));
        QCOMPARE(desk.ledger.lookups, 2);
    }
    // R2: the flood is checked by one worker in a bounded queue, the honest twin is not in it.
    void garbageDelaysOnlyItself()
    {
        Desk desk;
        QVERIFY(desk.passes(desk.good(0)));
        int forged = 0;
        int busy = 0;
        for (int i = 1; i <= 20; ++i)
            QCOMPARE(desk.refusal(desk.claim(kUser, desk.stranger, i, 2)), ErrorCode::Denied);
        QCOMPARE(desk.counters().penalties, 1);
        for (int i = 100; i < 300; ++i) {
            desk.session->vouch(desk.claim(kUser, desk.stranger, i, 2), desk.session.get(),
                [&](const Result<Twin> &twin) {
                    ++(twin.error().code == ErrorCode::Busy ? busy : forged);
                });
        }
        QVERIFY(desk.passes(desk.good(1000)));
        QVERIFY2(forged <= 16, qPrintable(QString::number(forged)));
        QVERIFY(eventually([&] { return forged + busy == 200; }));
        QCOMPARE(forged, 32);
        QCOMPARE(desk.counters().busy, quint64(busy));
    }
    void unverifiedMessagesAreBounded()
    {
        SessionConfig config;
        config.arrivals.places = 100;
        config.arrivals.placesPerTwin = 10;
        Desk desk(config);
        desk.ledger.delay = 10ms;
        int busy = 0;
        int other = 0;
        for (int i = 0; i < 50; ++i) {
            desk.session->vouch(desk.good(i), desk.session.get(), [&](const Result<Twin> &twin) {
                ++(!twin && twin.error().code == ErrorCode::Busy ? busy : other);
            });
        }
        QCOMPARE(busy, 40);
        QVERIFY(eventually([&] { return other == 10; }));
    }
    void madeUpTwinsDoNotFloodTheLedger()
    {
        Desk desk;
        desk.ledger.delay = 20ms;
        int refused = 0;
        for (quint32 twin = 1000; twin < 1500; ++twin) {
            desk.session->vouch(desk.claim(TwinId(twin), desk.user, 1), desk.session.get(),
                [&](const Result<Twin> &outcome) { refused += outcome ? 0 : 1; });
        }
        QCOMPARE(desk.ledger.lookups, 64);
        QVERIFY(eventually([&] { return refused == 500; }));
        QVERIFY(desk.passes(desk.good(1)));
    }
    void saysNothingToTheDead()
    {
        Desk desk;
        auto listener = std::make_unique<QObject>();
        bool called = false;
        desk.session->vouch(
            desk.good(1), listener.get(), [&](const Result<Twin> &) { called = true; });
        listener.reset();
        QVERIFY(desk.passes(desk.good(2)));
        QVERIFY(!called);
    }
    void stopsInTheMiddle()
    {
        Desk desk;
        QVERIFY(desk.passes(desk.good(0)));
        int ended = 0;
        for (int i = 1; i < 50; ++i) {
            desk.session->vouch(
                desk.good(i), desk.session.get(), [&](const Result<Twin> &) { ++ended; });
        }
        testing::wait(desk.session->stop());
        QCOMPARE(ended, 49);
    }
    void servesWithADeadline()
    {
        Desk desk;
        Call call;
        call.twin = kUser;
        call.command = u"test.echo"_s;
        call.payload = "[1]";
        QCOMPARE(*testing::wait(desk.session->serve(call, 1s, {})), "[1]");
        Call slow;
        slow.twin = kUser;
        slow.command = u"test.sleep"_s;
        QCOMPARE(
            testing::wait(desk.session->serve(slow, 20ms, {})).error().code, ErrorCode::Timeout);
        QVERIFY(slow.cancel.cancelled());
    }
    void servesUntilTheTransportEnds()
    {
        Desk desk;
        Call call;
        call.twin = kUser;
        call.command = u"test.sleep"_s;
        const CancelToken over;
        auto serving = desk.session->serve(call, 60s, over);
        QCOMPARE(desk.router.running(), 1);
        over.cancel();
        QCOMPARE(testing::wait(std::move(serving)).error().code, ErrorCode::Cancelled);
        QVERIFY(call.cancel.cancelled());
        QVERIFY(eventually([&] { return desk.router.running() == 0; }));
        testing::wait(pause(10ms)); // what waited for the handler hears of it
    }
    void knowsWhetherTheClockIsRight()
    {
        bool right = false;
        SessionConfig config;
        config.synchronised = [&right] { return right; };
        Desk desk(config);
        QVERIFY(!desk.session->synchronised());
        right = true;
        QVERIFY(desk.session->synchronised());
    }
    void everyCounterHasItsOwnName()
    {
        QSet<QString> names;
        const auto entries = BusCounters().entries();
        for (const auto &[name, value] : entries)
            names.insert(name);
        QCOMPARE(names.size(), entries.size());
        QCOMPARE(entries.size() * qsizetype(sizeof(quint64)), qsizetype(sizeof(BusCounters)));
    }
    void readsErrorsOfPeers_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("absent") << u"deployment not found"_s << ErrorCode::NotFound;
        QTest::newRow("busy") << u"node is busy"_s << ErrorCode::Busy;
        QTest::newRow("late") << u"x did not finish within 3 s"_s << ErrorCode::Timeout;
        QTest::newRow("anything") << u"unauthorized"_s << ErrorCode::Denied;
    }
    void readsErrorsOfPeers()
    {
        QFETCH(QString, text);
        QFETCH(ErrorCode, code);
        QCOMPARE(peerError(text).code, code);
        QCOMPARE(peerError(text).what, text);
    }
    // Whoever floods does not fill the log.
    void refusalsAreLoggedSparingly()
    {
        Desk desk;
        const testing::LogCatcher log;
        const auto refuse = [&desk](int number) {
            desk.session->logRefusal(
                kUser, u"zos.x\n"_s, u"uid-%1"_s.arg(number), u"node is busy"_s);
        };
        for (int i = 0; i < 12; ++i)
            refuse(i);
        QCOMPARE(log.lines(u"zos.rmb"_s).size(), 10);
        const QString line = log.lines(u"zos.rmb"_s).last();
        QVERIFY2(line.contains(u"uid-9"), qPrintable(line));
        QVERIFY(line.contains(u"of twin 7"));
        QVERIFY(line.endsWith(u"\"node is busy\""));
        QVERIFY(!line.contains(u'\n'));
        desk.clock.advance(1s);
        refuse(12);
        QVERIFY(log.lines(u"zos.rmb"_s).last().endsWith(u", 2 more"));
    }
};
ZOS_TEST(TestSession)
#include "tst_session.moc"
