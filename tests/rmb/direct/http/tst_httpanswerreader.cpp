// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpanswerreader.h"
#include "tests/support/runner.h"

#include <QTest>

using namespace zos;
using namespace zos::rmb;

class TestHttpAnswerReader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("keepAlive");
        const auto row
            = [](const char *name, const char *text, int status, const char *body, bool keep) {
                  QTest::newRow(name) << QByteArray(text) << status << QByteArray(body) << keep;
              };
        row("with length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true);
        row("empty", "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n", 202, "", true);
        row("no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true);
        row("closing", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: Close\r\n\r\nx", 200,
            "x", false);
        row("old version", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", false);
        row("continue first",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\nx", 400, "x",
            true);
        row("chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n",
            200, "abcdefg", true);
        row("chunked with trailer",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n", 200,
            "a", true);
    }
    void reads()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(bool, keepAlive);
        for (const bool atOnce : { true, false }) {
            HttpAnswerReader reader;
            for (qsizetype i = 0; i < text.size(); i += atOnce ? text.size() : 1) {
                const auto fed
                    = reader.feed(QByteArrayView(text).sliced(i, atOnce ? text.size() : 1));
                QVERIFY2(fed.has_value(), fed ? "" : qPrintable(fed.error().what));
                QCOMPARE(*fed, atOnce || i == text.size() - 1);
            }
            QCOMPARE(reader.status(), status);
            QCOMPARE(reader.body(), body);
            QCOMPARE(reader.keepAlive(), keepAlive);
            QVERIFY(reader.finish().has_value());
        }
    }
    void readsUntilThePeerCloses()
    {
        HttpAnswerReader reader;
        QCOMPARE(*reader.feed("HTTP/1.1 200 OK\r\n\r\nhel"), false);
        QCOMPARE(*reader.feed("lo"), false);
        QVERIFY(reader.finish().has_value());
        QCOMPARE(reader.body(), "hello");
        QVERIFY(!reader.keepAlive());
    }
    void saysWhenTheAnswerIsCut_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("half a head") << QByteArray("HTTP/1.1 200 OK\r\nContent-Le");
        QTest::newRow("half a body")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
        QTest::newRow("half a chunk")
            << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
    }
    void saysWhenTheAnswerIsCut()
    {
        QFETCH(QByteArray, text);
        HttpAnswerReader reader;
        QCOMPARE(*reader.feed(text), false);
        QCOMPARE(reader.finish().error().code, ErrorCode::Unavailable);
    }
    void refusesNonsense_data()
    {
        QTest::addColumn<QByteArray>("text");
        const QByteArray ok = "HTTP/1.1 200 OK\r\n";
        QTest::newRow("other protocol") << QByteArray("SSH-2.0-OpenSSH\r\n\r\n");
        QTest::newRow("no status") << QByteArray("HTTP/1.1 \r\n\r\n");
        QTest::newRow("status out of range") << QByteArray("HTTP/1.1 999 X\r\n\r\n");
        QTest::newRow("header without colon") << ok + "nothing\r\n\r\n";
        QTest::newRow("negative length") << ok + "Content-Length: -1\r\n\r\n";
        QTest::newRow("length is text") << ok + "Content-Length: x\r\n\r\n";
        QTest::newRow("giant length") << ok + "Content-Length: 99999999999\r\n\r\n";
        QTest::newRow("other encoding") << ok + "Transfer-Encoding: gzip\r\n\r\n";
        QTest::newRow("giant chunk") << ok + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n";
        QTest::newRow("negative chunk") << ok + "Transfer-Encoding: chunked\r\n\r\n-5\r\n";
        QTest::newRow("chunk without end") << ok + "Transfer-Encoding: chunked\r\n\r\n1\r\naXX\r\n";
        QTest::newRow("head without end")
            << QByteArray("HTTP/1.1 200 OK\r\nX: ") + QByteArray(20'000, 'x');
        QTest::newRow("body without end") << ok + "\r\n" + QByteArray(70'000, 'x');
    }
    void refusesNonsense()
    {
        QFETCH(QByteArray, text);
        for (const qsizetype piece : { text.size(), qsizetype(1), qsizetype(7) }) {
            HttpAnswerReader reader;
            Result<bool> fed = false;
            for (qsizetype i = 0; i < text.size() && fed && !*fed; i += piece)
                fed = reader.feed(QByteArrayView(text).sliced(i, std::min(piece, text.size() - i)));
            QVERIFY2(!fed, qPrintable(QString::number(piece)));
            QCOMPARE(fed.error().code, ErrorCode::Protocol);
        }
    }
    void piecesDoNotLowerBounds_data()
    {
        QTest::addColumn<QByteArray>("most");
        QTest::addColumn<QByteArray>("more");
        const auto row = [](const char *name, auto make) {
            QTest::newRow(name) << QByteArray(make(0)) << QByteArray(make(1));
        };
        row("head", [](int more) -> QByteArray {
            const QByteArray ok = "HTTP/1.1 204 No Content\r\nX: ";
            return ok + QByteArray((16 << 10) - ok.size() + more, 'x') + "\r\n\r\n";
        });
        const QByteArray chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        row("chunk line", [&](int more) -> QByteArray {
            return chunked + "0;" + QByteArray(1022 + more, 'x') + "\r\n\r\n";
        });
        row("trailers", [&](int more) -> QByteArray {
            return chunked + "0\r\n" + QByteArray("X: y\r\n").repeated(64 + more) + "\r\n";
        });
        row("body", [&](int more) -> QByteArray {
            return "HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(65536 + more)
                + "\r\n\r\n" + QByteArray(65536 + more, 'x');
        });
    }
    void piecesDoNotLowerBounds()
    {
        QFETCH(QByteArray, most);
        QFETCH(QByteArray, more);
        for (const bool taken : { true, false }) {
            const QByteArray &text = taken ? most : more;
            for (const qsizetype piece : { text.size(), qsizetype(1), qsizetype(1000) }) {
                HttpAnswerReader reader;
                Result<bool> fed = false;
                for (qsizetype i = 0; i < text.size() && fed && !*fed; i += piece)
                    fed = reader.feed(
                        QByteArrayView(text).sliced(i, std::min(piece, text.size() - i)));
                QVERIFY2(fed.has_value() == taken, qPrintable(QString::number(piece)));
            }
        }
    }
};
ZOS_TEST(TestHttpAnswerReader)
#include "tst_httpanswerreader.moc"
