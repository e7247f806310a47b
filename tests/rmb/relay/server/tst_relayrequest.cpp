// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayrequest.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::rmb;

class TestRelayRequest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatARelayNeeds()
    {
        const auto parsed = RelayRequest::parse(
            "GET /any/path?abc.def-_.ghi HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\nrest");
        QVERIFY(parsed && *parsed);
        QCOMPARE((*parsed)->method, "GET");
        QCOMPARE((*parsed)->path, "/any/path");
        QCOMPARE((*parsed)->query, "abc.def-_.ghi");
        QVERIFY(!(*parsed)->bodySize);
        QCOMPARE((*parsed)->headSize, 69);
    }
    void readsTheLength()
    {
        const auto parsed = RelayRequest::parse("POST / HTTP/1.1\r\ncontent-length:  12 \r\n\r\n");
        QVERIFY(parsed && *parsed);
        QCOMPARE((*parsed)->bodySize.value_or(0), 12);
        QVERIFY((*parsed)->query.isEmpty());
    }
    void waitsForTheBlankLine()
    {
        const QByteArray whole = "GET /?t HTTP/1.1\r\nHost: x\r\n\r\n";
        for (qsizetype size = 0; size < whole.size(); ++size) {
            const auto parsed = RelayRequest::parse(QByteArrayView(whole).first(size));
            QVERIFY(parsed && !*parsed);
        }
        QVERIFY(RelayRequest::parse(whole).value());
    }
    void refuses_data()
    {
        QTest::addColumn<QByteArray>("head");
        const auto row
            = [](const char *name, const QByteArray &head) { QTest::newRow(name) << head; };
        row("a head that does not end", "GET /?t HTTP/1.1\r\n" + QByteArray(kMaxRelayHead, 'x'));
        row("nothing", "\r\n\r\n");
        row("no version", "GET /?t\r\n\r\n");
        row("old version", "GET /?t HTTP/1.0\r\n\r\n");
        row("next version", "PRI * HTTP/2.0\r\n\r\n");
        row("no method", " /?t HTTP/1.1\r\n\r\n");
        row("a method of control characters", "G\x01T /?t HTTP/1.1\r\n\r\n");
        row("a line without a colon", "GET /?t HTTP/1.1\r\nHost\r\n\r\n");
        row("a continued line", "GET /?t HTTP/1.1\r\nA: b\r\n c\r\n\r\n");
        row("a nameless line", "GET /?t HTTP/1.1\r\n: b\r\n\r\n");
        row("two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
        row("a negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n");
        row("a length with a sign", "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n");
        row("a length of words", "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n");
        row("a length beyond numbers",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n");
        row("chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    }
    void refuses()
    {
        QFETCH(QByteArray, head);
        const auto parsed = RelayRequest::parse(head);
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().code, ErrorCode::Invalid);
    }
};

ZOS_TEST(TestRelayRequest)
#include "tst_relayrequest.moc"
