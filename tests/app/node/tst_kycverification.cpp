// SPDX-License-Identifier: Apache-2.0
#include "app/node/kycverification.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/tinyhttpserver.h"
#include "tests/support/vectors.h"

#include <vector>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestKycVerification : public QObject
{
    Q_OBJECT
private:
    // A service that says the same to everybody.
    struct Service
    {
        Service()
            : kyc(QUrl(server.url(QString())), &clock)
        {
            server.onRequest = [this](QTcpSocket *socket, const QByteArray &head) {
                lines += head.left(head.indexOf("\r\n"));
                if (status != "silent")
                    TinyHttpServer::answer(socket, status, headers, body);
            };
        }
        Result<bool> ask(quint32 twin = 7) { return testing::wait(kyc.isVerified(TwinId(twin))); }

        TinyHttpServer server;
        FakeClock clock;
        app::KycVerification kyc;
        QByteArray status = "200 OK";
        QByteArray headers;
        QByteArray body = R"({"result":{"status":"VERIFIED"}})";
        QByteArrayList lines;
    };

private Q_SLOTS:
    void readsTheAnswer_data()
    {
        QTest::addColumn<QByteArray>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("outcome"); // yes no error
        const auto row
            = [](const char *name, const QByteArray &status, const QByteArray &body,
                  const QString &outcome) { QTest::newRow(name) << status << body << outcome; };
        row("verified", "200 OK", R"({"result":{"status":"VERIFIED"}})", u"yes"_s);
        row("pending", "200 OK", R"({"result":{"status":"PENDING"}})", u"no"_s);
        row("other case", "200 OK", R"({"result":{"status":"verified"}})", u"no"_s);
        row("no status", "200 OK", R"({"result":{}})", u"error"_s);
        row("no result", "200 OK", "{}", u"error"_s);
        row("no JSON", "200 OK", "VERIFIED", u"error"_s);
        row("empty", "200 OK", "", u"error"_s);
        row("a number", "200 OK", R"({"result":{"status":1}})", u"error"_s);
        row("not found", "404 Not Found", R"({"result":{"status":"VERIFIED"}})", u"error"_s);
        row("trouble", "500 Oops", R"({"result":{"status":"VERIFIED"}})", u"error"_s);
        row("created", "201 Created", R"({"result":{"status":"VERIFIED"}})", u"error"_s);
        row("endless", "200 OK",
            "{\"result\":{\"status\":\"VERIFIED\"},\"x\":\"" + QByteArray(70 << 10, 'x') + "\"}",
            u"error"_s);
        row("silent", "silent", "", u"error"_s);
    }
    void readsTheAnswer()
    {
        QFETCH(QByteArray, status);
        QFETCH(QByteArray, body);
        QFETCH(QString, outcome);
        Service service;
        service.status = status;
        service.body = body;
        if (status == "silent")
            service.kyc.setPatience(50ms);
        const auto answer = service.ask();
        QCOMPARE(!answer ? u"error"_s : *answer ? u"yes"_s : u"no"_s, outcome);
        QCOMPARE(service.lines, QByteArrayList { "GET /api/v1/status?twin_id=7 HTTP/1.1" });
    }

    void followsAFewRedirections()
    {
        Service service;
        service.status = "302 Found";
        service.headers = "Location: /again\r\n";
        QVERIFY(!service.ask());
        QVERIFY(service.server.requests <= 5);
    }

    void keepsAYesForADayAndANoForAMinute()
    {
        Service service;
        QVERIFY(*service.ask());
        service.clock.advance(24h - 1ms);
        QVERIFY(*service.ask());
        QCOMPARE(service.server.requests, 1);
        service.clock.advance(1ms);
        service.body = R"({"result":{"status":"NO"}})";
        QVERIFY(!*service.ask());
        QCOMPARE(service.server.requests, 2);
        service.clock.advance(1min - 1ms);
        service.body = R"({"result":{"status":"VERIFIED"}})";
        QVERIFY(!*service.ask());
        QCOMPARE(service.server.requests, 2);
        service.clock.advance(1ms);
        QVERIFY(*service.ask());
        QCOMPARE(service.server.requests, 3);
        QVERIFY(*service.ask(8)); // each twin for itself
        QCOMPARE(service.server.requests, 4);
    }

    void aYesOutlivesTheService()
    {
        Service service;
        QVERIFY(*service.ask());
        service.body = R"({"result":{"status":"NO"}})";
        QVERIFY(!*service.ask(8));
        service.clock.advance(48h);
        service.status = "503 Away";
        QVERIFY(*service.ask());
        QVERIFY(!service.ask(8)); // a no does not
        QVERIFY(!service.ask(9));
        service.server.close();
        QVERIFY(*service.ask());
    }

    void asksOnceForAllWhoWait()
    {
        Service service;
        service.status = "silent";
        QList<QTcpSocket *> waiting;
        service.server.onRequest
            = [&waiting](QTcpSocket *socket, const QByteArray &) { waiting += socket; };
        std::vector<Task<Result<bool>>> tasks;
        for (int n = 0; n < 5; ++n)
            tasks.push_back(service.kyc.isVerified(TwinId(7)));
        auto other = service.kyc.isVerified(TwinId(8));
        QVERIFY(testing::eventually(
            [&] { return waiting.size() == 2; })); // others are asked about at the same time
        for (auto *socket : std::as_const(waiting))
            TinyHttpServer::answer(socket, "200 OK", {}, R"({"result":{"status":"VERIFIED"}})");
        for (auto &task : tasks)
            QVERIFY(*testing::wait(std::move(task)));
        QVERIFY(*testing::wait(std::move(other)));
        QCOMPARE(service.server.requests, 2);
    }

    void mayEndWhileItAsks()
    {
        TinyHttpServer server;
        server.onRequest = [](QTcpSocket *, const QByteArray &) { };
        const FakeClock clock;
        auto kyc = std::make_unique<app::KycVerification>(QUrl(server.url(QString())), &clock);
        auto task = kyc->isVerified(TwinId(7));
        QVERIFY(testing::eventually([&] { return server.requests == 1; }));
        kyc.reset();
        QCOMPARE(testing::wait(std::move(task)).error().code, ErrorCode::Cancelled);
    }
};
ZOS_TEST(TestKycVerification)
#include "tst_kycverification.moc"
