// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/localrelay.h"
#include "tests/rmb/relay/relaygrid.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;
using testing::kNodeTwin;
using testing::kUserTwin;
using testing::RelayGrid;

namespace {

template <class Part> bool is(const Envelope &envelope)
{
    return std::holds_alternative<Part>(envelope.message);
}

// The last thing the node sent to the relay, once it is there.
std::optional<Envelope> lastOfNode(RelayGrid &grid, int number = 1)
{
    QList<Envelope> own;
    const auto there = [&] {
        own.clear();
        for (const auto &envelope : grid.relay().envelopes()) {
            if (envelope.source && envelope.source->twin == kNodeTwin)
                own += envelope;
        }
        return own.size() >= number;
    };
    if (!eventually(there))
        return std::nullopt;
    return own.at(number - 1);
}

} // namespace

class TestRelayPeer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void callsThroughARelay()
    {
        RelayGrid grid;
        grid.startBoth();
        const auto answer = grid.ask(u"test.echo"_s, "{\"a\":1}");
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(*answer, "{\"twin\":7,\"got\":{\"a\":1}}");
        const auto sent = grid.relay().envelopes();
        QCOMPARE(sent.size(), 2);
        for (const auto &envelope : sent) {
            QCOMPARE(envelope.payloadKind, Envelope::Payload::Cipher);
            QVERIFY(!envelope.payload.contains("\"a\""));
        }
        QCOMPARE(sent.first().source->connection, u"cli"_s);
        QCOMPARE(grid.node.counters().accepted, 1);
        QCOMPARE(grid.node.counters().repliesSent, 1);
        QCOMPARE(grid.user.counters().accepted, 1);
    }
    void carriesErrors()
    {
        RelayGrid grid;
        grid.startBoth();
        const auto absent = grid.ask(u"test.refuse"_s);
        QCOMPARE(absent.error().code, ErrorCode::NotFound);
        QCOMPARE(absent.error().what, u"deployment not found"_s);
        QCOMPARE(grid.ask(u"zos.nothing"_s).error().what, u"function is not found"_s);
        QCOMPARE(*grid.ask(u"test.nothing"_s), "null");
    }
    void manyCallsAtOnce()
    {
        RelayGrid grid(2);
        grid.startBoth();
        TaskScope scope;
        int good = 0;
        int done = 0;
        for (int i = 0; i < 100; ++i) {
            scope.spawn([](RelayPeer *peer, int number, int *right, int *all) -> Task<void> {
                auto calling
                    = peer->call(kNodeTwin, u"test.echo"_s, QByteArray::number(number), 30s);
                const auto answer = co_await std::move(calling);
                *right += answer
                        && *answer == "{\"twin\":7,\"got\":" + QByteArray::number(number) + '}'
                    ? 1
                    : 0;
                ++*all;
            }(grid.user.peer.get(), i, &good, &done));
        }
        QVERIFY(eventually([&] { return done == 100; }, 30s));
        QCOMPARE(good, 100);
        testing::wait(scope.finish());
    }
    void largeOnesPass()
    {
        RelayGrid grid;
        grid.startBoth();
        const QByteArray text = '"' + QByteArray(2'800'000, 'x') + '"';
        const auto answer = grid.ask(u"test.echo"_s, text, 30s);
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(answer->size(), text.size() + 17);
        const auto tooMuch = grid.ask(u"test.echo"_s, '"' + QByteArray(5'000'000, 'x') + '"');
        QCOMPARE(tooMuch.error().code, ErrorCode::Limit);
        const auto tooLarge = grid.ask(u"test.echo"_s, '"' + QByteArray(3'500'000, 'x') + '"');
        QVERIFY(tooLarge.error().what.contains(u"exceeds"));
    }

    // rmb.md 2.8
    void answersAsCallersNeedThem_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("connection");
        QTest::addColumn<bool>("withKey");
        QTest::addColumn<QByteArray>("payload");
        QTest::addColumn<QString>("error");
        const auto rows = [](const char *name, const QString &command, const QByteArray &payload,
                              const QString &error) {
            for (const bool key : { true, false }) {
                for (const auto &connection : { QString(), u"sess1"_s, u"7x"_s }) {
                    QTest::addRow("%s, %s key, connection '%s'", name, key ? "with" : "without",
                        qPrintable(connection))
                        << command << connection << key << payload << error;
                }
            }
        };
        rows("result", u"test.echo"_s, "{\"twin\":7,\"got\":null}", {});
        rows("no result", u"test.nothing"_s, "null", {});
        rows("error of the handler", u"test.refuse"_s, "null", u"deployment not found"_s);
        rows("unknown function", u"zos.no.such"_s, "null", u"function is not found"_s);
        rows("empty command", QString(), "null", u"function is not found"_s);
    }
    void answersAsCallersNeedThem()
    {
        QFETCH(QString, command);
        QFETCH(QString, connection);
        QFETCH(bool, withKey);
        QFETCH(QByteArray, payload);
        QFETCH(QString, error);
        RelayGrid grid;
        grid.enter(kUserTwin, grid.user, withKey);
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        auto request = grid.request(command);
        request.source->connection = connection;
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(request)));
        const auto answer = lastOfNode(grid);
        QVERIFY(answer.has_value());
        QCOMPARE(answer->uid, request.uid);
        QCOMPARE(*answer->destination, *request.source);
        QCOMPARE(*answer->source, (PeerAddress { kNodeTwin, {} }));
        QCOMPARE(answer->schema, u"application/json"_s);
        QCOMPARE(answer->expiration, 300);
        QVERIFY(answer->verify(grid.node.key.publicKey()));
        QVERIFY(!answer->payload.isEmpty());
        QByteArray text = answer->payload;
        QCOMPARE(answer->payloadKind == Envelope::Payload::Cipher, withKey);
        if (withKey) {
            const auto key = EndToEnd::between(grid.user.key, grid.node.key.endToEndKey());
            text = *key->open(answer->payload);
        }
        QCOMPARE(text, payload);
        QCOMPARE(is<ResponsePart>(*answer), error.isEmpty());
        if (!error.isEmpty())
            QCOMPARE(std::get<ErrorPart>(answer->message), (ErrorPart { 0, error }));
    }

    // Which code tells what (rmb.md 2.10); -1: no answer at all. R8 and R9 are among them.
    void refusals_data()
    {
        QTest::addColumn<int>("code");
        const auto row = [](const char *name, int code) { QTest::newRow(name) << code; };
        row("other schema", 100);
        row("no schema", 100);
        row("expired a second ago", 102);
        row("no lifetime", 102);
        row("no lifetime, stamped ahead", 102);
        row("an hour ahead", 102);
        row("61 s ahead", 102);
        row("stamped zero", 102);
        row("stamped 2^63", 102);
        row("largest stamp and lifetime", 102);
        row("lifetime that would overflow, an hour old", 102);
        row("unknown twin", 103);
        row("not signed", 104);
        row("signed by another", 104);
        row("type byte swapped", 104);
        row("unknown type byte", 104);
        row("signature of 63 bytes", 104);
        row("signature of 66 bytes", 104);
        row("changed payload", 104);
        row("changed command", 104);
        row("encrypted, but the twin has no key", 105);
        row("encrypted for somebody else", 106);
        row("encrypted text of 3 bytes", 106);
        row("for another twin", -1);
        row("for another connection of ours", -1);
        row("no destination", -1);
        row("not an envelope", -1);
        row("no message", -1);
        row("a pong", -1);
    }
    void refusals()
    {
        QFETCH(int, code);
        const QByteArray name = QTest::currentDataTag();
        RelayGrid grid;
        grid.enter(kUserTwin, grid.user, !name.contains("has no key"));
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        const auto time = grid.request().timestamp;
        Envelope request = grid.request();
        QByteArray frame;
        const auto seal = [&](const Identity &a, const QByteArray &pk, const QByteArray &text) {
            request.payloadKind = Envelope::Payload::Cipher;
            request.payload = EndToEnd::between(a, pk)->seal(text);
        };
        if (name == "other schema")
            request.schema = u"application/xml"_s;
        else if (name == "no schema")
            request.schema.clear();
        else if (name == "expired a second ago")
            request.timestamp = time - 21;
        else if (name.startsWith("no lifetime")) {
            request.expiration = 0;
            request.timestamp += name.contains("ahead") ? 5U : 0U;
        } else if (name == "an hour ahead")
            request.timestamp = time + 3600;
        else if (name == "61 s ahead")
            request.timestamp = time + 61;
        else if (name == "stamped zero")
            request.timestamp = 0;
        else if (name == "stamped 2^63")
            request.timestamp = quint64(1) << 63;
        else if (name.startsWith("largest"))
            request.timestamp = request.expiration = std::numeric_limits<quint64>::max();
        else if (name.startsWith("lifetime that")) {
            request.timestamp = time - 3600;
            request.expiration = std::numeric_limits<quint64>::max();
        } else if (name == "unknown twin")
            request.source->twin = TwinId(4000);
        else if (name == "encrypted, but the twin has no key")
            seal(grid.user.key, grid.node.key.endToEndKey(), "null");
        else if (name == "encrypted for somebody else")
            seal(grid.user.key, Identity::generate().endToEndKey(), "null");
        else if (name == "encrypted text of 3 bytes") {
            request.payloadKind = Envelope::Payload::Cipher;
            request.payload = "abc";
        } else if (name == "for another twin")
            request.destination->twin = TwinId(8);
        else if (name == "for another connection of ours")
            request.destination->connection = u"x"_s;
        else if (name == "no destination")
            request.destination.reset();
        else if (name == "no message")
            request.message = std::monostate();
        else if (name == "a pong")
            request.message = PongPart {};
        request.sign(name == "signed by another" ? Identity::generate() : grid.user.key);
        if (name == "not signed")
            request.signature.clear();
        else if (name == "type byte swapped")
            request.signature[0] = 's';
        else if (name == "unknown type byte")
            request.signature[0] = 'x';
        else if (name == "signature of 63 bytes")
            request.signature.chop(2);
        else if (name == "signature of 66 bytes")
            request.signature += 'x';
        else if (name == "changed payload")
            request.payload = "{}";
        else if (name == "changed command")
            request.message = RequestPart { u"test.echo"_s };
        frame = name == "not an envelope" ? QByteArray("\xff\xff\xff") : request.encode();
        QVERIFY(grid.relay().inject(kNodeTwin, frame));
        if (code >= 0) {
            const auto answer = lastOfNode(grid);
            QVERIFY(answer.has_value());
            QVERIFY(is<ErrorPart>(*answer));
            QCOMPARE(std::get<ErrorPart>(answer->message).code, quint32(code));
            QVERIFY(!std::get<ErrorPart>(answer->message).message.isEmpty());
            QCOMPARE(*answer->destination, *request.source);
            QVERIFY(answer->verify(grid.node.key.publicKey()));
            const bool proven = code != 102 && code != 103 && code != 104;
            QCOMPARE(answer->payloadKind == Envelope::Payload::Cipher, proven && code != 105);
        } else {
            // The next one is answered, so this one was not.
            QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(grid.request())));
            QCOMPARE(lastOfNode(grid)->uid, u"uid-3"_s);
        }
        QCOMPARE(grid.executed.size(), code < 0 ? 1 : 0);
        QCOMPARE(grid.node.counters().refused, 1);
    }
    void accepts_data()
    {
        QTest::addColumn<qint64>("ahead");
        QTest::addColumn<quint64>("expiration");
        QTest::newRow("a minute ahead") << qint64(60) << quint64(20);
        QTest::newRow("nearly over") << qint64(-19) << quint64(20);
        QTest::newRow("half an hour old, within its lifetime") << qint64(-1800) << quint64(1801);
        QTest::newRow("lifetime of 2^64-1") << qint64(0) << std::numeric_limits<quint64>::max();
    }
    void accepts()
    {
        QFETCH(qint64, ahead);
        QFETCH(quint64, expiration);
        RelayGrid grid;
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        auto request = grid.request();
        request.timestamp += static_cast<quint64>(ahead);
        request.expiration = expiration;
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(request)));
        QVERIFY(eventually([&] { return grid.executed.size() == 1; }));
    }
    void refusesWhileTheClockIsWrong()
    {
        bool right = true;
        SessionConfig shared;
        shared.synchronised = [&right] { return right; };
        RelayGrid grid;
        grid.startNode(testing::quickRelays(grid.urls()), shared);
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        right = false;
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(grid.request())));
        const auto answer = lastOfNode(grid);
        QVERIFY(std::get<ErrorPart>(answer->message).message.contains(u"clock"));
        QVERIFY(grid.executed.isEmpty());
        QCOMPARE(grid.node.counters().notSynchronised, 1);
        // A caller of ours learns that it may come again, and when it does all is well.
        grid.startUser();
        QVERIFY(eventually([&] { return grid.user.peer->up(); }));
        grid.clock.advance(1s); // one such answer a second
        const auto refused = grid.ask(u"test.echo"_s);
        QCOMPARE(refused.error().code, ErrorCode::Busy);
        QVERIFY2(refused.error().what.contains(u"clock"), qPrintable(refused.error().what));
        right = true;
        QVERIFY(grid.ask(u"test.echo"_s).has_value());
    }
    void refusesATwinThatAsksTooMuch()
    {
        SessionConfig shared;
        shared.quota.ratePerTwin = 1;
        RelayGrid grid;
        grid.startNode(testing::quickRelays(grid.urls()), shared);
        grid.startUser();
        QVERIFY(eventually([&] { return grid.node.peer->up() && grid.user.peer->up(); }));
        QVERIFY(grid.ask(u"test.echo"_s).has_value());
        QVERIFY(grid.ask(u"test.echo"_s).has_value());
        const auto refused = grid.ask(u"test.echo"_s);
        QCOMPARE(refused.error().code, ErrorCode::Busy);
        QCOMPARE(refused.error().what, u"node is busy"_s);
    }
    void forgeriesAreAnsweredOnceASecond()
    {
        RelayGrid grid;
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        const auto forge = [&] {
            auto request = grid.request();
            request.sign(grid.node.key);
            grid.relay().inject(kNodeTwin, request.encode());
        };
        for (int i = 0; i < 10; ++i)
            forge();
        QVERIFY(eventually([&] { return grid.node.counters().badSignatures == 10; }));
        QCOMPARE(grid.node.counters().errorAnswersSpared, 9);
        grid.clock.advance(1s);
        forge();
        QVERIFY(lastOfNode(grid, 2).has_value());
        QCOMPARE(grid.relay().envelopes().size(), 2);
    }

    // A twin with a good key may still ask nonsense all day.
    void countsRefusalsThatFindNoWay()
    {
        RelayGrid grid;
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        Envelope request = grid.request();
        request.source->twin = TwinId(4000);
        grid.ledger.delay = 100ms;
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(request)));
        grid.relay().shut();
        QVERIFY(eventually([&] { return grid.node.counters().unknownTwins == 1; }));
        QVERIFY(!grid.node.peer->up());
        QVERIFY(eventually([&] { return grid.node.counters().unsent == 1; }));
    }
    void refusalsAreLimited()
    {
        RelayGrid grid;
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        for (int i = 0; i < 150; ++i)
            QVERIFY(
                grid.relay().inject(kNodeTwin, grid.signedFrame(grid.request(u"zos.no.such"_s))));
        QVERIFY(eventually([&] { return grid.node.counters().refused == 150; }));
        QCOMPARE(grid.node.counters().errorAnswersSpared, 50);
        QVERIFY(eventually([&] { return grid.relay().envelopes().size() == 100; }));
        grid.clock.advance(1s);
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(grid.request(u"zos.no.such"_s))));
        QVERIFY(eventually([&] { return grid.relay().envelopes().size() == 101; }));
    }

    // R7
    void executesEachRequestOnce()
    {
        const QTemporaryDir folder;
        SessionConfig shared;
        shared.statePath = folder.filePath(u"seen"_s);
        RelayGrid grid;
        const auto config = testing::quickRelays(grid.urls());
        grid.startNode(config, shared);
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        const QByteArray frame = grid.signedFrame(grid.request());
        quint64 refused = 0;
        const auto repeat = [&] {
            QVERIFY(grid.relay().inject(kNodeTwin, frame));
            ++refused;
            QVERIFY(eventually([&] { return grid.node.counters().refused == refused; }));
        };
        QVERIFY(grid.relay().inject(kNodeTwin, frame));
        QVERIFY(eventually([&] { return grid.executed.size() == 1; }));
        repeat();
        grid.clock.advance(1s);
        repeat();
        grid.clock.advance(18s);
        repeat();
        QCOMPARE(grid.node.counters().replays, 3);
        RelayGrid::stop(grid.node);
        grid.startNode(config, shared);
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        refused = 0;
        repeat();
        QCOMPARE(grid.node.counters().replays, 1);
        grid.clock.advance(2s);
        repeat();
        QCOMPARE(grid.node.counters().expired, 1);
        QCOMPARE(grid.executed.size(), 1);
    }
    // Section 6: the other end may have changed its key since the ledger was asked.
    void callsAgainWhenThePeerCannotRead()
    {
        RelayGrid grid;
        Twin stale;
        stale.id = kNodeTwin;
        stale.account = grid.node.key.publicKey();
        stale.relay = relayField(grid.urls());
        stale.pk = Identity::generate().endToEndKey();
        grid.ledger.put(stale);
        grid.startBoth();
        const auto unread = grid.ask(u"test.count"_s);
        QVERIFY(!unread);
        QVERIFY(unread.error().what.contains(u"cannot be decrypted"));
        QVERIFY(grid.executed.isEmpty());
        Twin fresh = stale;
        fresh.pk = grid.node.key.endToEndKey();
        grid.ledger.put(fresh); // nobody tells
        const auto stillYoung = grid.ask(u"test.count"_s);
        QVERIFY(!stillYoung); // asked a moment ago
        grid.clock.advance(11s);
        const auto answer = grid.ask(u"test.count"_s);
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(grid.executed.size(), 1);
    }
    void readsAnAnswerOfANewKey()
    {
        RelayGrid grid;
        Twin twin;
        twin.id = kNodeTwin;
        twin.account = grid.node.key.publicKey();
        twin.relay = relayField(grid.urls());
        twin.pk = Identity::generate().endToEndKey();
        grid.ledger.put(twin);
        grid.startUser();
        QVERIFY(eventually([&] { return grid.user.peer->up(); }));
        grid.relay().meddle = [](const QByteArray &) { return QList<QByteArray> {}; };
        auto calling = grid.user.peer->call(kNodeTwin, u"test.echo"_s, "null", 10s, false);
        QVERIFY(eventually([&] { return grid.relay().envelopes().size() == 1; }));
        const Envelope request = grid.relay().envelopes().first();
        twin.pk = grid.node.key.endToEndKey();
        grid.ledger.put(twin); // nobody tells
        grid.clock.advance(11s);
        Envelope answer;
        answer.uid = request.uid;
        answer.timestamp = quint64(grid.clock.seconds().count());
        answer.expiration = 60;
        answer.source = PeerAddress { kNodeTwin, {} };
        answer.destination = request.source;
        answer.message = ResponsePart {};
        answer.schema = u"application/json"_s;
        answer.payloadKind = Envelope::Payload::Cipher;
        answer.payload = EndToEnd::between(grid.node.key, grid.user.key.endToEndKey())->seal("7");
        answer.sign(grid.node.key);
        QVERIFY(grid.relay().inject(kUserTwin, answer.encode(), u"cli"_s));
        const auto text = testing::wait(std::move(calling));
        QVERIFY2(text.has_value(), text ? "" : qPrintable(text.error().what));
        QCOMPARE(*text, "7");
    }
    // A sender that tries again stamps and signs anew: the uid says that it is the same request.
    void executesEachUidOnce()
    {
        RelayGrid grid;
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        Envelope request = grid.request();
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(request)));
        QVERIFY(eventually([&] { return grid.executed.size() == 1; }));
        quint64 replays = 0;
        const auto refused = [&](const Envelope &again) {
            if (!grid.relay().inject(kNodeTwin, grid.signedFrame(again)))
                return false;
            ++replays;
            return eventually([&] { return grid.node.counters().replays == replays; });
        };
        grid.clock.advance(2s);
        Envelope again = request;
        again.timestamp = grid.node.session->time();
        QVERIFY(refused(again));
        Envelope shifted = request; // the same text is signed
        shifted.tags = shifted.uid.last(1);
        shifted.uid.chop(1);
        QVERIFY(refused(shifted));
        Envelope other = again;
        other.uid += u'x';
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(other)));
        QVERIFY(eventually([&] { return grid.executed.size() == 2; }));
        grid.clock.advance(std::chrono::seconds(request.expiration));
        again.timestamp = grid.node.session->time();
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(again)));
        QVERIFY(eventually([&] { return grid.executed.size() == 3; }));
    }
    // The border between expiration and source is not signed: 20|7|7x reads as 207|7|x too.
    void aLongerLifetimeOfTheSameTextIsNoNewRequest()
    {
        RelayGrid grid;
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        auto request = grid.request();
        request.source->connection = u"7x"_s;
        request.sign(grid.user.key);
        QVERIFY(grid.relay().inject(kNodeTwin, request.encode()));
        QVERIFY(eventually([&] { return grid.executed.size() == 1; }));
        request.expiration = 207;
        request.source->connection = u"x"_s;
        QVERIFY(request.verify(grid.user.key.publicKey()));
        grid.clock.advance(30s);
        // Something else makes the node forget what is over.
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(grid.request())));
        QVERIFY(eventually([&] { return grid.executed.size() == 2; }));
        QVERIFY(grid.relay().inject(kNodeTwin, request.encode()));
        QVERIFY(eventually([&] { return grid.node.counters().replays == 1; }));
        QCOMPARE(grid.executed.size(), 2);
    }
    void followsAChangedKey()
    {
        RelayGrid grid;
        grid.startBoth();
        QVERIFY(grid.ask(u"test.echo"_s).has_value());
        // The user comes back with other keys; neither side is told.
        RelayGrid::stop(grid.user);
        grid.user.key = Identity::generate();
        Twin twin;
        twin.id = kUserTwin;
        twin.account = grid.user.key.publicKey();
        twin.pk = grid.user.key.endToEndKey();
        grid.ledger.put(twin);
        grid.clock.advance(11s);
        grid.startUser();
        QVERIFY(eventually([&] { return grid.user.peer->up(); }));
        const auto answer = grid.ask(u"test.echo"_s);
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
    }
    void followsAChangedEncryptionKey()
    {
        RelayGrid grid;
        grid.enter(kUserTwin, grid.user, false);
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(grid.request())));
        QCOMPARE(lastOfNode(grid)->payloadKind, Envelope::Payload::Plain);
        Twin twin;
        twin.id = kUserTwin;
        twin.account = grid.user.key.publicKey();
        twin.pk = grid.user.key.endToEndKey();
        grid.ledger.put(twin); // not announced
        grid.clock.advance(11s);
        auto request = grid.request();
        request.payloadKind = Envelope::Payload::Cipher;
        request.payload
            = EndToEnd::between(grid.user.key, grid.node.key.endToEndKey())->seal("null");
        QVERIFY(grid.relay().inject(kNodeTwin, grid.signedFrame(request)));
        const auto answer = lastOfNode(grid, 2);
        QVERIFY(is<ResponsePart>(*answer));
        QCOMPARE(answer->payloadKind, Envelope::Payload::Cipher);
    }
    // What the other side could not decrypt stays plain: its owner has not published a key.
    void encryptsOnlyWithAPublishedKey_data()
    {
        QTest::addColumn<bool>("nodeKey");
        QTest::addColumn<bool>("userKey");
        QTest::newRow("both") << true << true;
        QTest::newRow("only the node") << true << false;
        QTest::newRow("only the user") << false << true;
        QTest::newRow("none") << false << false;
    }
    void encryptsOnlyWithAPublishedKey()
    {
        QFETCH(bool, nodeKey);
        QFETCH(bool, userKey);
        RelayGrid grid;
        grid.enter(kNodeTwin, grid.node, nodeKey);
        grid.enter(kUserTwin, grid.user, userKey);
        grid.startBoth();
        const auto answer = grid.ask(u"test.echo"_s);
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        const auto expected
            = nodeKey && userKey ? Envelope::Payload::Cipher : Envelope::Payload::Plain;
        for (const auto &envelope : grid.relay().envelopes())
            QCOMPARE(envelope.payloadKind, expected);
    }

    void lateRepeatedAndUnaskedAnswersAreDropped()
    {
        RelayGrid grid;
        grid.startBoth();
        QByteArray kept;
        grid.relay().meddle = [&](const QByteArray &frame) -> QList<QByteArray> {
            const auto envelope = Envelope::decode(frame);
            if (envelope && is<ResponsePart>(*envelope))
                return { kept = frame, frame };
            return { frame };
        };
        QVERIFY(grid.ask(u"test.echo"_s).has_value());
        QVERIFY(eventually([&] { return grid.user.counters().lateAnswers == 1; }));
        QVERIFY(grid.relay().inject(kUserTwin, kept, u"cli"_s));
        QVERIFY(eventually([&] { return grid.user.counters().lateAnswers == 2; }));
        auto unasked = *Envelope::decode(kept);
        unasked.uid = u"made up"_s;
        unasked.sign(grid.node.key);
        QVERIFY(grid.relay().inject(kUserTwin, unasked.encode(), u"cli"_s));
        QVERIFY(eventually([&] { return grid.user.counters().unsolicitedAnswers == 1; }));
        QCOMPARE(grid.user.counters().accepted, 1);
    }
    void onlyTheAskedTwinAnswers_data()
    {
        QTest::addColumn<int>("forgery");
        QTest::newRow("signed by another") << 0;
        QTest::newRow("not signed") << 1;
        QTest::newRow("from another twin, well signed") << 2;
        QTest::newRow("an error, signed by another") << 3;
        QTest::newRow("an error in the twin's name, not signed") << 4;
    }
    void onlyTheAskedTwinAnswers()
    {
        QFETCH(int, forgery);
        const Identity stranger = Identity::generate();
        RelayGrid grid;
        grid.ledger.put(30, stranger.publicKey());
        grid.startBoth();
        grid.relay().meddle = [&](const QByteArray &frame) -> QList<QByteArray> {
            auto envelope = Envelope::decode(frame);
            if (!envelope || !is<ResponsePart>(*envelope))
                return { frame };
            envelope->payloadKind = Envelope::Payload::Plain;
            envelope->payload = "\"forged\"";
            if (forgery == 2)
                envelope->source->twin = TwinId(30);
            if (forgery >= 3)
                envelope->message = ErrorPart { 0, u"forged"_s };
            envelope->sign(stranger);
            if (forgery == 1 || forgery == 4)
                envelope->signature.clear();
            return { envelope->encode(), frame };
        };
        const auto answer = grid.ask(u"test.echo"_s);
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(*answer, "{\"twin\":7,\"got\":null}");
        QVERIFY(eventually([&] { return grid.user.counters().refused == 1; }));
    }
    void triesTheNextRelay()
    {
        RelayGrid grid(2);
        grid.startBoth();
        QVERIFY(
            eventually([&] { return grid.relay(0).sessions() + grid.relay(1).sessions() == 4; }));
        // The node is at one of the two only.
        grid.relay(0).meddle = [&](const QByteArray &frame) -> QList<QByteArray> {
            auto envelope = Envelope::decode(frame);
            if (is<RequestPart>(*envelope) && envelope->destination->twin == kNodeTwin
                && envelope->source->twin == kUserTwin)
                envelope->destination->connection = u"nowhere"_s;
            return { envelope->encode() };
        };
        const auto answer = grid.ask(u"test.count"_s);
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(grid.user.counters().relayErrors, 1);
        QCOMPARE(grid.executed.size(), 1);
        grid.relay(1).meddle = grid.relay(0).meddle;
        const auto nowhere = grid.ask(u"test.count"_s);
        QCOMPARE(nowhere.error().code, ErrorCode::Unavailable);
        QVERIFY(nowhere.error().what.contains(u"destination offline"));
    }
    void believesOnlyTheRelayThatHasTheMessage()
    {
        RelayGrid grid(2);
        grid.startBoth();
        QVERIFY(
            eventually([&] { return grid.relay(0).sessions() + grid.relay(1).sessions() == 4; }));
        grid.relay(0).meddle = [&](const QByteArray &frame) -> QList<QByteArray> {
            const auto request = Envelope::decode(frame);
            if (is<RequestPart>(*request) && request->source->twin == kUserTwin
                && request->destination->twin == kNodeTwin) {
                Envelope complaint;
                complaint.uid = request->uid;
                complaint.destination = request->source;
                complaint.message = ErrorPart { 0, u"destination offline"_s };
                grid.relay(1).inject(kUserTwin, complaint.encode(), u"cli"_s);
            }
            return { frame };
        };
        const auto answer = grid.ask(u"test.count"_s);
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QVERIFY(eventually([&] { return grid.user.counters().relayErrors == 1; }));
        QVERIFY(grid.relay(1).envelopes().isEmpty());
    }
    void prefersTheRelayThePeerUses()
    {
        RelayGrid grid(3);
        Twin twin;
        twin.id = kNodeTwin;
        twin.account = grid.node.key.publicKey();
        twin.relay = relayField({ QUrl(u"wss://elsewhere"_s), grid.relay(2).url() });
        grid.ledger.put(twin);
        grid.startBoth();
        QVERIFY(eventually([&] {
            return std::ranges::all_of(
                grid.user.peer->links(), [](const auto &link) { return link.up; });
        }));
        QVERIFY(eventually([&] { return grid.relay(2).sessions() == 2; }));
        const auto answer = grid.ask(u"test.echo"_s);
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(grid.relay(0).envelopes().size() + grid.relay(1).envelopes().size(), 0);
        QCOMPARE(grid.relay(2).envelopes().size(), 2);
    }
    void waitsForARelay()
    {
        RelayGrid grid;
        grid.relay().shut();
        grid.startNode();
        grid.startUser();
        const auto atOnce = grid.ask(u"test.echo"_s, "null", 10s, true);
        QCOMPARE(atOnce.error().code, ErrorCode::Unavailable);
        QVERIFY(atOnce.error().what.contains(u"no relay is connected"));
        const auto patient = grid.ask(u"test.echo"_s, "null", 20ms);
        QCOMPARE(patient.error().code, ErrorCode::Unavailable);
        auto calling = grid.user.peer->call(kNodeTwin, u"test.echo"_s, "1", 30s);
        grid.relay().open();
        // The node may come later than the request: the relay says so, this one is lost.
        const auto outcome = testing::wait(std::move(calling));
        QVERIFY(outcome || outcome.error().code == ErrorCode::Unavailable);
        QVERIFY(eventually([&] { return grid.relay().sessions() == 2; }));
        QVERIFY(grid.ask(u"test.echo"_s).has_value());
    }
    void answersByAnotherRelay()
    {
        RelayGrid grid(2);
        std::shared_ptr<zos::detail::Gate> gate = std::make_shared<zos::detail::Gate>();
        grid.router.add(u"test.wait"_s, [gate](Call) {
            return [](std::shared_ptr<zos::detail::Gate> until) -> Task<Answer> {
                co_await until->opened();
                co_return QByteArray("\"waited\"");
            }(gate);
        });
        grid.startBoth();
        QVERIFY(
            eventually([&] { return grid.relay(0).sessions() + grid.relay(1).sessions() == 4; }));
        auto calling = grid.user.peer->call(kNodeTwin, u"test.wait"_s, "null", 30s);
        QVERIFY(eventually([&] { return grid.router.running() == 1; }));
        grid.relay(0).shut();
        QVERIFY(eventually([&] { return !grid.node.peer->links().first().up; }));
        gate->open();
        const auto answer = testing::wait(std::move(calling));
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
    }
    void keepsAnswersUntilARelayIsBack()
    {
        RelayGrid grid;
        auto gate = std::make_shared<zos::detail::Gate>();
        grid.router.add(u"test.wait"_s, [gate](Call) {
            return [](std::shared_ptr<zos::detail::Gate> until) -> Task<Answer> {
                co_await until->opened();
                co_return QByteArray("\"waited\"");
            }(gate);
        });
        grid.startBoth();
        auto calling = grid.user.peer->call(kNodeTwin, u"test.wait"_s, "null", 30s);
        QVERIFY(eventually([&] { return grid.router.running() == 1; }));
        grid.relay().shut();
        QVERIFY(eventually([&] { return !grid.node.peer->up() && !grid.user.peer->up(); }));
        gate->open();
        QVERIFY(eventually([&] { return grid.router.running() == 0; }));
        QCOMPARE(grid.node.counters().repliesSent, 0);
        // The user is there first, so that the answer finds it.
        grid.relay().meddle
            = [&](const QByteArray &frame) -> QList<QByteArray> { return { frame }; };
        grid.relay().open();
        QVERIFY(eventually([&] { return grid.node.counters().repliesSent == 1; }));
        if (grid.relay().sessions() == 2)
            (void)testing::wait(std::move(calling));
        else
            testing::wait(grid.user.peer->stop());
    }
    void cancelsWhatOutlivesItsCaller()
    {
        RelayGrid grid;
        bool cancelled = false;
        grid.router.add(u"test.watch"_s, [&cancelled](Call call) {
            return [](Call inner, bool *flag) -> Task<Answer> {
                auto rest = pause(60s, inner.cancel);
                const auto rested = co_await std::move(rest);
                *flag = !rested;
                co_return QByteArray("null");
            }(std::move(call), &cancelled);
        });
        grid.startBoth();
        QCOMPARE(grid.ask(u"test.watch"_s, "null", 50ms).error().code, ErrorCode::Timeout);
        QVERIFY(eventually([&] { return cancelled; }));
        QCOMPARE(grid.node.session->router()->running(), 0);
    }
    void stopsWhileWorking()
    {
        RelayGrid grid;
        grid.startBoth();
        auto calling = grid.user.peer->call(kNodeTwin, u"test.sleep"_s, {}, 60s);
        QVERIFY(eventually([&] { return grid.router.running() == 1; }));
        testing::wait(grid.node.peer->stop());
        testing::wait(grid.user.peer->stop());
        QCOMPARE(testing::wait(std::move(calling)).error().code, ErrorCode::Cancelled);
        QCOMPARE(grid.ask(u"test.echo"_s).error().code, ErrorCode::Unavailable);
    }
    void worksWithTheBuiltInRelay()
    {
        RelayGrid grid;
        LocalRelay relay(&grid.ledger, &grid.clock);
        QVERIFY(relay.start(QHostAddress::LocalHost, 0).has_value());
        const QList<QUrl> urls { QUrl(u"ws://127.0.0.1:%1"_s.arg(relay.port())) };
        grid.start(grid.node, kNodeTwin, &grid.router, testing::quickRelays(urls), {});
        grid.start(grid.user, kUserTwin, nullptr, testing::quickRelays(urls, u"cli"_s), {});
        QVERIFY(eventually([&] { return grid.node.peer->up() && grid.user.peer->up(); }));
        const auto answer = grid.ask(u"test.echo"_s, "[1]");
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().what));
        QCOMPARE(*answer, "{\"twin\":7,\"got\":[1]}");
        QCOMPARE(grid.user.counters().deafSessions, 0);
        RelayGrid::stop(grid.node);
        const auto offline = grid.ask(u"test.echo"_s, "[1]", 10s, true);
        QCOMPARE(offline.error().code, ErrorCode::Unavailable);
        RelayGrid::stop(grid.user);
        testing::wait(relay.stop());
    }
};
ZOS_TEST(TestRelayPeer)
#include "tst_relaypeer.moc"
