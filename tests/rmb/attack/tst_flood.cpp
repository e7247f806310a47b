// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpserver.h"
#include "tests/rmb/attack/attackchild.h"
#include "tests/rmb/attack/floods.h"
#include "tests/support/rmb/testrelay.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::AttackChild;
using testing::eventually;
using testing::isSoak;

namespace {

constexpr double kMostGrowthMib = 64;

Task<rmb::HttpResponse> takeReply(int *replies, rmb::HttpRequest)
{
    ++*replies;
    co_return rmb::HttpResponse {};
}

// What is seen from outside while a flood runs.
struct Watch
{
    explicit Watch(const AttackChild &node)
        : m_node(node)
        , m_before(node.residentMib())
    {
        QObject::connect(&m_look, &QTimer::timeout, &m_look,
            [this] { m_most = std::max(m_most, m_node.residentMib()); });
        m_look.start(50ms);
    }
    double growth() { return std::max(m_most, m_node.residentMib()) - m_before; }

private:
    const AttackChild &m_node;
    double m_before;
    double m_most = 0;
    QTimer m_look;
};

void print(const QString &what, const QJsonObject &object)
{
    qInfo().noquote() << "ATTACK" << what
                      << QJsonDocument(object).toJson(QJsonDocument::Compact).constData();
}

} // namespace

// R1 and R2: many senders give a node all they can, well signed or forged, while an honest user
// calls it by the same way. The node is a process of its own with the limits of the product.
class TestFlood : public QObject
{
    Q_OBJECT
    AttackChild m_node;
    AttackChild m_witness;
    std::unique_ptr<testing::TestRelay> m_relay;
    std::unique_ptr<rmb::HttpServer> m_sink; // takes the answers to the attackers
    int m_replies = 0;

    // The attackers' own daemons are where they are, or all where the witness is.
    void startNode(const QString &relay, bool oneAddress = false)
    {
        QVERIFY(m_node.start({ u"serve"_s, QString(), relay }));
        rmb::HttpServer::Handler take
            = [this](rmb::HttpRequest request) { return takeReply(&m_replies, request); };
        m_sink = std::make_unique<rmb::HttpServer>(
            rmb::HttpLimits {}, [](const auto &, const auto &) { return 0; },
            [](const auto &) { return true; }, take);
        QVERIFY(m_sink->start(QHostAddress(QHostAddress::AnyIPv4), 0));
        for (quint32 i = 0; i < testing::kAttackers; ++i) {
            const QHostAddress address
                = oneAddress ? QHostAddress(QHostAddress::LocalHost) : testing::attackerAddress(i);
            m_node.tell("address " + QByteArray::number(testing::kFirstAttacker + i) + ' '
                + address.toString().toLatin1() + ':' + QByteArray::number(m_sink->port()));
        }
    }
    void startWitness(const QString &way, const QString &where)
    {
        QVERIFY(m_witness.start({ u"witness"_s, way, where }));
        m_node.tell("address 7 127.0.0.1:" + QByteArray::number(m_witness.port()));
        QVERIFY(eventually([&] { return m_witness.report()[u"answered"_s].toInt() > 0; }, 30s));
    }
    // Nothing is worked on any more and the witness is answered as before.
    void seeItRecover(double limit)
    {
        QElapsedTimer since;
        since.start();
        QVERIFY(eventually([&] { return m_node.count(u"running"_s) == 0; }, 30s));
        QVERIFY(eventually([&] { return m_witness.report()[u"waiting"_s].toInt() <= 4; }, 30s));
        print(u"recovery ms"_s, { { u"ms"_s, since.elapsed() } });
        if (isSoak())
            QVERIFY2(double(since.elapsed()) <= limit, "the node does not recover in time");
        // Not one of its calls got lost; from here on the counters stand still.
        m_witness.tell("rest");
        QVERIFY(eventually([&] { return m_witness.count(u"waiting"_s) == 0; }, 60s));
        QCOMPARE(m_witness.count(u"failed"_s), 0);
        m_witness.end();
        QVERIFY(eventually([&] { return m_node.count(u"running"_s) == 0; }, 30s));
    }
    void judge(const QString &name, double growth, double p99Limit)
    {
        const auto witness = m_witness.report();
        print(name + u" witness"_s, witness);
        print(name + u" growth MiB"_s, { { u"growth"_s, growth } });
        QVERIFY(m_node.alive());
        QVERIFY2(growth <= kMostGrowthMib, qPrintable(QString::number(growth)));
        QVERIFY(witness[u"answered"_s].toInt() > 0);
        QCOMPARE(witness[u"failed"_s].toInt(), 0);
        if (isSoak())
            QVERIFY(witness[u"p99_ms"_s].toDouble() <= p99Limit);
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }
    void cleanup()
    {
        m_witness.end();
        m_node.end();
        m_relay.reset();
        if (m_sink)
            testing::wait(m_sink->stop());
        m_sink.reset();
    }

    void direct_data()
    {
        QTest::addColumn<bool>("forged");
        QTest::addColumn<bool>("oneAddress"); // that of the witness, for all
        QTest::newRow("R1 valid") << false << false;
        QTest::newRow("R2 forged") << true << false;
        QTest::newRow("R1 valid, from the witness's address") << false << true;
        QTest::newRow("R2 forged, from the witness's address") << true << true;
    }
    void direct()
    {
        QFETCH(bool, forged);
        QFETCH(bool, oneAddress);
        startNode(u"-"_s, oneAddress);
        const auto begin = [&](testing::DirectFlood &flood) {
            if (oneAddress) // of sixteen places
                flood.startFrom(QHostAddress(QHostAddress::LocalHost), 12);
            else
                flood.start();
        };
        startWitness(u"direct"_s, QString::number(m_node.port()));
        // Twenty forgeries of each name by each address are a few thousand at least.
        testing::AttackPen pen(forged, forged ? 4 : testing::kAttackers);
        { // warm: buffers and pools have their size afterwards
            testing::DirectFlood warm(m_node.port(), [&] { return pen.directRequest(); });
            begin(warm);
            QVERIFY(eventually([&] { return warm.answers() >= 400; }, 60s));
            warm.stop();
            QVERIFY(eventually([&] { return warm.waiting() == 0; }, 60s));
        }
        QVERIFY(eventually([&] { return m_node.count(u"running"_s) == 0; }, 30s));
        const auto before = m_node.report();
        (void)m_witness.report();
        Watch watch(m_node);

        // A closed loop over every connection there is: the node is never without work.
        testing::DirectFlood flood(m_node.port(), [&] { return pen.directRequest(); });
        QElapsedTimer clock;
        clock.start();
        begin(flood);
        const int enough = forged ? (isSoak() ? 100'000 : 2'000) : 4'000;
        const auto over = [&] {
            return isSoak() && !forged ? clock.elapsed() >= 60'000 : flood.answers() >= enough;
        };
        QVERIFY(eventually(over, 600s));
        const double seconds = double(clock.elapsed()) / 1e3;
        flood.stop();
        QVERIFY(eventually([&] { return flood.waiting() == 0; }, 60s));
        const QString name = u"direct "_s + QString::fromLatin1(QTest::currentDataTag());
        const int taken = flood.statuses.value(200);
        const int busy = flood.statuses.value(503);
        const int denied = flood.statuses.value(401);
        print(name,
            { { u"sent"_s, flood.sent }, { u"taken"_s, taken }, { u"busy"_s, busy },
                { u"denied"_s, denied }, { u"cut"_s, flood.cut },
                { u"per_second"_s, double(flood.answers()) / seconds } });
        judge(name, watch.growth(), forged ? 500 : 250);
        seeItRecover(2'000);

        // Every request was answered with a verdict.
        QCOMPARE(flood.answers() + flood.cut, flood.sent);
        QCOMPARE(taken + busy + denied, flood.answers());
        const auto after = m_node.report();
        const auto grown = [&](const QString &counter) {
            return after[counter].toInteger() - before[counter].toInteger();
        };
        if (forged) {
            QCOMPARE(taken, 0);
            QVERIFY(grown(u"bad_signatures"_s) + grown(u"busy"_s) >= flood.answers());
            QCOMPARE(grown(u"called"_s), grown(u"accepted"_s)); // the witness alone
            QVERIFY(after[u"penalties"_s].toInteger() > 0);
        } else {
            QCOMPARE(denied, 0);
            QVERIFY(grown(u"accepted"_s) >= taken);
            QVERIFY(grown(u"called"_s) >= taken * 9 / 10);
            QVERIFY(eventually([&] { return m_replies > 0; }));
        }
    }

    void relay_data()
    {
        QTest::addColumn<bool>("forged");
        QTest::newRow("R1 valid") << false;
        QTest::newRow("R2 forged") << true;
    }
    void relay()
    {
        QFETCH(bool, forged);
        m_relay = std::make_unique<testing::TestRelay>();
        const TwinId node(testing::kAttackedTwin);
        startNode(m_relay->url().toString());
        QVERIFY(eventually([&] { return m_node.report()[u"up"_s].toBool(); }, 30s));
        startWitness(u"relay"_s, m_relay->url().toString());
        qint64 answers = 0;
        m_relay->meddle = [&](const QByteArray &frame) {
            m_relay->frames.clear();
            ++answers;
            return QList<QByteArray> { frame };
        };
        testing::AttackPen pen(forged);
        qint64 sent = 0;
        // As much as the node reads, at most `perTick` each two milliseconds.
        const auto pour = [&](int perTick, const std::function<bool()> &over) {
            QTimer tick;
            QObject::connect(&tick, &QTimer::timeout, &tick, [&] {
                for (int i = 0; i < perTick && !over() && m_relay->unsent(node) < (1 << 20); ++i) {
                    m_relay->inject(node, pen.relayRequest());
                    ++sent;
                }
            });
            tick.start(2ms);
            return eventually(over, 900s);
        };
        // Of forged ones none is accepted: the witness's calls are.
        const auto handled = [forged](const QJsonObject &report) {
            return (forged ? 0 : report[u"accepted"_s].toInteger())
                + report[u"bad_signatures"_s].toInteger() + report[u"busy"_s].toInteger();
        };
        // What it can do: taken in a second of all it is given.
        const auto idle = m_node.report();
        QElapsedTimer clock;
        clock.start();
        QVERIFY(pour(40, [&] { return isSoak() ? clock.elapsed() > 2'000 : sent >= 1'000; }));
        QVERIFY(eventually([&] { return handled(m_node.report()) >= sent; }, 120s));
        const auto warm = m_node.report();
        const double capacity = double(handled(warm) - handled(idle)) / double(clock.elapsed());
        (void)m_witness.report();
        Watch watch(m_node);

        sent = 0;
        clock.restart();
        const int perTick = isSoak() ? std::max(1, int(2 * 2 * capacity)) : 40;
        const int enough = forged && isSoak() ? 100'000 : 6'000;
        QVERIFY(pour(perTick,
            [&] { return isSoak() && !forged ? clock.elapsed() >= 60'000 : sent >= enough; }));
        const double seconds = double(clock.elapsed()) / 1e3;
        const QString name = u"relay "_s + QString::fromLatin1(QTest::currentDataTag());
        QVERIFY(eventually([&] { return handled(m_node.report()) - handled(warm) >= sent; }, 120s));
        judge(name, watch.growth(), forged ? 500 : 250);
        seeItRecover(2'000);
        const auto after = m_node.report();
        const auto grown = [&](const QString &counter) {
            return after[counter].toInteger() - warm[counter].toInteger();
        };
        print(name,
            { { u"sent"_s, sent }, { u"accepted"_s, grown(u"accepted"_s) },
                { u"busy"_s, grown(u"busy"_s) }, { u"capacity_per_s"_s, capacity * 1e3 },
                { u"bad"_s, grown(u"bad_signatures"_s) },
                { u"offered_per_s"_s, double(sent) / seconds }, { u"answers"_s, answers } });
        if (forged) {
            QCOMPARE(grown(u"called"_s), grown(u"accepted"_s)); // the witness alone
            // None is missing; the witness may have met "busy" as well.
            QVERIFY(grown(u"bad_signatures"_s) + grown(u"busy"_s) >= sent);
            QVERIFY(after[u"penalties"_s].toInteger() > 0);
        } else {
            QCOMPARE(grown(u"bad_signatures"_s), 0);
        }
    }
};
ZOS_TEST(TestFlood)
#include "tst_flood.moc"
