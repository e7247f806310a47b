// SPDX-License-Identifier: Apache-2.0
#include "tests/rmb/attack/attackchild.h"
#include "tests/rmb/attack/floods.h"
#include "tests/support/rmb/testrelay.h"
#include "tests/support/runner.h"

#include <QTcpServer>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::AttackChild;
using testing::eventually;
using testing::isSoak;

// R5, R6 on both ways and the flood of R11: those who never prove who they are, or never take what
// they asked for, cost a node next to nothing, seen from outside its process.
class TestStrangers : public QObject
{
    Q_OBJECT
    // Each way in holds up to its largest message here, and R5 allows 8 MiB beyond.
    static constexpr double kOversizeMib = 2 * 4 + 8;
    AttackChild m_node;

    void startNode(const QString &relay)
    {
        QVERIFY(m_node.start({ u"serve"_s, QString(), relay }));
        if (relay != u"-")
            QVERIFY(eventually([&] { return m_node.report()[u"up"_s].toBool(); }, 30s));
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }
    void cleanup() { m_node.end(); }

    void oversize_data()
    {
        QTest::addColumn<int>("kib");
        for (const int kib : { 512, 1 << 10, 2 << 10, 8 << 10, 64 << 10 })
            QTest::addRow("%d KiB", kib) << kib;
    }
    void oversize()
    {
        QFETCH(int, kib);
        testing::TestRelay relay;
        startNode(relay.url().toString());
        const double before = m_node.residentMib();
        double most = 0;
        const auto look = [&] { return most = std::max(most, m_node.residentMib()); };
        const QByteArray giant(qsizetype(kib) << 10, 'x');

        // Direct: announced, and in chunks whose end nobody knows.
        for (const bool chunked : { false, true }) {
            QTcpSocket socket;
            socket.connectToHost(QHostAddress(QHostAddress::LocalHost), m_node.port());
            socket.write("POST /zbus-remote HTTP/1.1\r\nHost: node\r\n");
            if (chunked)
                socket.write("Transfer-Encoding: chunked\r\n\r\n"
                    + QByteArray::number(giant.size(), 16) + "\r\n" + giant + "\r\n0\r\n\r\n");
            else
                socket.write(
                    "Content-Length: " + QByteArray::number(giant.size()) + "\r\n\r\n" + giant);
            QByteArray answer;
            QVERIFY(eventually(
                [&] {
                    look();
                    answer += socket.readAll();
                    return answer.contains("\r\n\r\n")
                        || socket.state() == QAbstractSocket::UnconnectedState;
                },
                60s));
            const QByteArray status = answer.mid(9, 3); // "" when the connection was cut
            if (kib > 4096)
                QVERIFY2(status == "413" || status.isEmpty(), answer.constData());
            else
                QCOMPARE(status, "400");
        }
        // Relay: one frame. Too large ends the session (1009); it comes back.
        const int connects = relay.connects;
        QVERIFY(relay.inject(TwinId(testing::kAttackedTwin), giant));
        const auto seen = [&] {
            look();
            const auto report = m_node.report();
            return kib > 4096 ? report[u"oversize"_s].toInteger() > 0 && relay.connects > connects
                              : report[u"malformed"_s].toInteger() >= 3;
        };
        QVERIFY(eventually(seen, 60s));
        if (kib > 4096)
            QCOMPARE(relay.closeCode, QWebSocketProtocol::CloseCodeTooMuchData);
        QVERIFY(eventually([&] { return m_node.report()[u"up"_s].toBool(); }, 30s));
        qInfo().noquote() << "ATTACK oversize" << kib << "KiB, growth MiB:" << most - before;
        QVERIFY2(most - before <= kOversizeMib, qPrintable(QString::number(most - before)));
    }
    // R6: more half requests than there are places, from as many addresses as it takes, renewed as
    // soon as one is ended; an honest user is served meanwhile.
    void slowLoris()
    {
        startNode(u"-"_s);
        std::vector<std::unique_ptr<QTcpSocket>> slow;
        int ended = 0;
        const auto renew = [&](QTcpSocket *socket, quint32 number) {
            socket->bind(QHostAddress(0x7f000002 + number / 16)); // as many as it takes
            socket->connectToHost(QHostAddress(QHostAddress::LocalHost), m_node.port());
            socket->write(
                "POST /zbus-remote HTTP/1.1\r\nHost: node\r\nContent-Length: 999\r\n\r\nx");
        };
        for (quint32 i = 0; i < 320; ++i) {
            slow.push_back(std::make_unique<QTcpSocket>());
            auto *socket = slow.back().get();
            connect(socket, &QTcpSocket::disconnected, this, [&, socket, i] {
                ++ended;
                QTimer::singleShot(20, socket, [&renew, socket, i] { renew(socket, i); });
            });
            renew(socket, i);
        }
        QVERIFY(eventually([&] { return ended > 32; }, 60s)); // it is full
        AttackChild witness;
        QVERIFY(witness.start({ u"witness"_s, u"direct"_s, QString::number(m_node.port()) }));
        m_node.tell("address 7 127.0.0.1:" + QByteArray::number(witness.port()));
        QElapsedTimer clock;
        clock.start();
        int most = 0;
        int answered = 0;
        const auto enough = [&] {
            most = std::max(most, m_node.openFiles());
            const auto report = witness.report();
            answered += report[u"answered"_s].toInt();
            return answered >= 20 && (!isSoak() || clock.elapsed() > 45'000);
        };
        QVERIFY(eventually(enough, 120s));
        const auto report = witness.report();
        QCOMPARE(report[u"failed"_s].toInt(), 0);
        qInfo().noquote() << "ATTACK slow loris: open files at most" << most << "ended" << ended
                          << "answered" << answered << "p99 ms" << report[u"p99_ms"_s].toDouble();
        QVERIFY(most <= 256 + 40); // its own files and the witness beside the 256
        if (isSoak())
            QVERIFY(ended >= 256); // none stayed for longer than 40 s
        slow.clear();
        witness.end();
    }
    // R1, R6 on the way back: users whose address accepts and never answers ask for all they may;
    // an honest user is answered meanwhile.
    void silentSinks()
    {
        constexpr quint32 kSilent = 16;
        startNode(u"-"_s);
        std::vector<std::unique_ptr<QTcpServer>> sinks;
        for (quint32 i = 0; i < kSilent; ++i) {
            sinks.push_back(std::make_unique<QTcpServer>());
            const QHostAddress address(0x7f000100 + i);
            QVERIFY(sinks.back()->listen(address));
            m_node.tell("address " + QByteArray::number(testing::kFirstAttacker + i) + ' '
                + address.toString().toLatin1() + ':'
                + QByteArray::number(sinks.back()->serverPort()));
        }
        testing::AttackPen pen(false, kSilent);
        testing::DirectFlood flood(m_node.port(), [&pen] { return pen.directRequest(); });
        flood.start(16);
        QVERIFY(eventually([&] { return flood.statuses[503] > 0; }, 60s)); // all they may have
        AttackChild witness;
        QVERIFY(witness.start({ u"witness"_s, u"direct"_s, QString::number(m_node.port()) }));
        m_node.tell("address 7 127.0.0.1:" + QByteArray::number(witness.port()));
        int answered = 0;
        int failed = 0;
        const auto enough = [&] {
            const auto report = witness.report();
            answered += report[u"answered"_s].toInt();
            failed += report[u"failed"_s].toInt();
            return answered >= 20 || failed > 0;
        };
        QVERIFY(eventually(enough, 60s));
        QCOMPARE(failed, 0);
        flood.stop();
        qInfo().noquote() << "ATTACK silent sinks: requests" << flood.sent << "busy"
                          << flood.statuses[503];
        witness.end();
    }
    // R11: a relay sends answers to nothing that was asked.
    void unaskedAnswers()
    {
        testing::TestRelay relay;
        startNode(relay.url().toString());
        const TwinId node(testing::kAttackedTwin);
        rmb::Envelope answer;
        answer.timestamp = quint64(SystemClock().seconds().count());
        answer.expiration = 3600;
        answer.source = rmb::PeerAddress { TwinId(testing::kFirstAttacker), {} };
        answer.destination = rmb::PeerAddress { node, {} };
        answer.message = rmb::ResponsePart {};
        answer.schema = u"application/json"_s;
        answer.payloadKind = rmb::Envelope::Payload::Plain;
        answer.payload = QByteArray(512, ' ') + "null";
        answer.sign(testing::attackKey(testing::kFirstAttacker));
        qint64 sent = 0;
        const auto pour = [&](qint64 until) {
            return eventually(
                [&] {
                    for (int i = 0; i < 500 && sent < until && relay.unsent(node) < 1 << 20; ++i) {
                        answer.uid = QString::number(++sent);
                        relay.inject(node, answer.encode());
                    }
                    return sent == until && m_node.count(u"unsolicited_answers"_s) == until;
                },
                900s);
        };
        QVERIFY(pour(4'000));
        const double before = m_node.residentMib();
        QVERIFY(pour(isSoak() ? 1'000'000 : 20'000));
        const double growth = m_node.residentMib() - before;
        qInfo().noquote() << "ATTACK unasked answers" << sent << "growth MiB:" << growth;
        QVERIFY2(growth < 8, qPrintable(QString::number(growth)));
        QCOMPARE(m_node.count(u"accepted"_s), 0);
        m_node.end();
    }
};
ZOS_TEST(TestStrangers)
#include "tst_strangers.moc"
