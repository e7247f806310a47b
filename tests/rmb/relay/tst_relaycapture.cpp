// SPDX-License-Identifier: Apache-2.0
#include "tests/rmb/relay/relaygrid.h"
#include "tests/support/runner.h"

#include <QJsonArray>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;
using testing::kNodeTwin;
using testing::kUserTwin;
using testing::RelayGrid;

namespace {

QJsonObject capture()
{
    return testing::vectors(u"rmb-relay-capture"_s).first().document;
}

Task<Answer> voidFail(Call)
{
    co_return fail(ErrorCode::Denied, u"handler panicked with: aaa"_s);
}

} // namespace

// A session of foreign programs, every byte as they sent it (TypeScript client, twin 7, and Go
// node, twin 9): our node stands in for theirs and must give the same answers.
class TestRelayCapture : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void answersLikeTheOriginal_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("original");
        const auto cases = capture().value(u"cases").toArray();
        QHash<QString, QByteArray> answers;
        for (const auto &entry : cases) {
            const auto decoded = entry[u"decoded"].toObject();
            if (entry[u"from_session"].toString() == u"9")
                answers.insert(decoded[u"uid"].toString(),
                    QByteArray::fromHex(entry[u"wire"].toString().toLatin1()));
        }
        for (const auto &entry : cases) {
            const auto decoded = entry[u"decoded"].toObject();
            if (entry[u"from_session"].toString() != u"7:sess1")
                continue;
            const auto uid = decoded[u"uid"].toString();
            QTest::addRow("%s",
                qPrintable(
                    decoded[u"request"].toObject()[u"command"].toString() + u' ' + uid.first(8)))
                << QByteArray::fromHex(entry[u"wire"].toString().toLatin1()) << answers.value(uid);
        }
    }
    void answersLikeTheOriginal()
    {
        QFETCH(QByteArray, request);
        QFETCH(QByteArray, original);
        const auto twins = capture().value(u"twins").toObject();
        RelayGrid grid;
        grid.node.key = *Identity::fromSeed(
            QByteArray::fromHex(twins[u"9"].toObject()[u"seed"].toString().toLatin1()));
        grid.user.key = *Identity::fromMnemonic(
            twins[u"7"].toObject()[u"mnemonic"].toString(), KeyType::Sr25519);
        grid.enter(kNodeTwin, grid.node);
        grid.enter(kUserTwin, grid.user);
        QCOMPARE(grid.user.key.endToEndKey().toHex(),
            twins[u"7"].toObject()[u"pk"].toString().toLatin1());
        grid.router.add(u"zos.echo.raw"_s, [](Call call) {
            return [](QByteArray text) -> Task<Answer> { co_return text; }(std::move(call.payload));
        });
        grid.router.add(u"zos.void"_s, RelayGrid::nothing);
        grid.router.add(u"zos.void.fail"_s, voidFail);
        const auto asked = Envelope::decode(request);
        QVERIFY(asked.has_value());
        grid.clock.jumpWallClock(std::chrono::seconds(asked->timestamp));
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        QVERIFY(grid.relay().inject(kNodeTwin, request));
        QList<Envelope> sent;
        QVERIFY(eventually([&] { return !(sent = grid.relay().envelopes()).isEmpty(); }));
        const Envelope &answer = sent.first();
        QVERIFY(answer.verify(grid.node.key.publicKey()));
        QCOMPARE(answer.uid, asked->uid);
        if (original.isEmpty())
            return; // its answer was not recorded
        const auto expected = Envelope::decode(original);
        const auto key = EndToEnd::between(grid.user.key, grid.node.key.endToEndKey());
        QCOMPARE(*answer.source, *expected->source);
        QCOMPARE(*answer.destination, *expected->destination);
        QCOMPARE(answer.expiration, expected->expiration);
        QCOMPARE(answer.schema, expected->schema);
        QCOMPARE(answer.payloadKind, expected->payloadKind);
        QCOMPARE(*key->open(answer.payload), *key->open(expected->payload));
        QCOMPARE(answer.message, expected->message);
    }
    void ignoresTheRelaysPong()
    {
        RelayGrid grid;
        grid.startNode();
        QVERIFY(eventually([&] { return grid.node.peer->up(); }));
        for (const auto &entry : capture().value(u"cases").toArray()) {
            if (entry[u"kind"].toString() == u"pong-from-relay")
                QVERIFY(grid.relay().inject(
                    kNodeTwin, QByteArray::fromHex(entry[u"wire"].toString().toLatin1())));
        }
        QVERIFY(eventually([&] { return grid.node.counters().malformed == 1; }));
        QVERIFY(grid.node.peer->up());
    }
};
ZOS_TEST(TestRelayCapture)
#include "tst_relaycapture.moc"
