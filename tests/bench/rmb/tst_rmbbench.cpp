// SPDX-License-Identifier: Apache-2.0
#include "tests/support/eventually.h"
#include "tests/support/figures.h"
#include "tests/support/runner.h"
#include "tests/system/rmb/overlaymachine.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// Whole round trips of the message bus (sign, send, check, answer, check) beside what carries them:
// one bare HTTP exchange (the direct transport needs two) or one echo through a bare WebSocket (a
// relay is passed twice, so two again), and beside libsodium's check and signature of one message,
// which the node cannot do without. Over plain loopback with node and relay in processes of their
// own, and, for the direct transport, through two yggdrasil daemons joined by a cable.
class TestRmbBench : public QObject
{
    Q_OBJECT
    static constexpr int kRuns = 3;
    testing::Figures m_figures { u"rmb"_s };

    static double at(const QList<QJsonObject> &runs, const QString &part, const QString &member)
    {
        QList<double> values;
        for (const auto &run : runs) {
            QJsonObject object = run;
            for (const auto &name : part.split(u'/'))
                object = object.value(name).toObject();
            values += object.value(member).toDouble();
        }
        return testing::median(values);
    }
    // Runs of the program, one after the other: within each, bus and bare ways take turns.
    template <class Run> QList<QJsonObject> repeat(Run run)
    {
        QList<QJsonObject> runs;
        for (int i = 0; i < kRuns; ++i) {
            const Result<hw::CommandOutput> done = run();
            const QByteArray said = done ? done->out + done->err : done.error().what.toUtf8();
            if (!done || done->exitCode != 0) {
                QTest::qFail(said.constData(), __FILE__, __LINE__);
                return {};
            }
            runs += QJsonDocument::fromJson(done->out).object();
        }
        return runs;
    }
    void trips(const QList<QJsonObject> &runs, const QString &title, const QString &way,
        const QString &bareTitle, const QString &bareWay)
    {
        for (const auto &[inFlight, words] : { std::pair(u"_1"_s, u", one at a time"_s),
                 std::pair(u"_64"_s, u", 64 at a time"_s) }) {
            const QString bare = bareWay.arg(inFlight);
            for (const auto &[member, name] : { std::pair(u"p50_us"_s, u"p50"_s),
                     std::pair(u"p99_us"_s, u"p99"_s), std::pair(u"p999_us"_s, u"p99.9"_s) })
                m_figures.add(title + words + u": round trip "_s + name,
                    at(runs, way + inFlight, member), u"us"_s, bareTitle, at(runs, bare, member));
            m_figures.add(title + words + u": round trips"_s,
                at(runs, way + inFlight, u"per_second"_s), u"1/s"_s, bareTitle,
                at(runs, bare, u"per_second"_s));
            if (const double cpu = at(runs, way + inFlight, u"node_cpu_us"_s); cpu > 0)
                m_figures.add(title + words + u": node's CPU a request"_s, cpu, u"us"_s,
                    u"libsodium check and sign"_s,
                    at(runs, u"signatures"_s, u"libsodium_both_us"_s));
        }
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }
    void overLoopback()
    {
        hw::SystemCommandRunner runner({ { u"bench_rmb"_s, lab::OverlayPair::busProgram() } });
        const auto runs = repeat([&] {
            hw::Command command;
            command.program = u"bench_rmb"_s;
            command.deadline = 120s;
            return testing::wait(runner.run(command));
        });
        if (runs.isEmpty())
            return;
        const QString http = u"bare_http%1/network_access_manager"_s;
        trips(runs, u"direct"_s, u"direct"_s, u"bare HTTP"_s, http);
        for (const auto &[title, way] : { std::pair(u"relay"_s, u"relay"_s),
                 std::pair(u"relay, encrypted"_s, u"relay_sealed"_s),
                 std::pair(u"node without a relay"_s, u"node_alone"_s),
                 std::pair(u"node without a relay, encrypted"_s, u"node_alone_sealed"_s) })
            trips(runs, title, way, u"bare WebSocket"_s, u"bare_socket%1"_s);
        using enum testing::Figures::Wanted;
        for (const auto &way : { u"direct_64"_s, u"relay_64"_s, u"relay_sealed_64"_s })
            m_figures.judge(u"CPU of a signed request, "_s + way, at(runs, way, u"node_cpu_us"_s),
                u"us"_s, AtMost, 220);
        for (const auto &way : { u"direct_sustained"_s, u"relay_sustained"_s })
            m_figures.judge(u"requests, ten seconds, "_s + way, at(runs, way, u"per_second"_s),
                u"1/s"_s, AtLeast, 6000);
        m_figures.judge(u"added by the node, p50"_s, at(runs, u"node_alone_1"_s, u"p50_us"_s),
            u"us"_s, AtMost, 400);
        m_figures.judge(u"added by the node, p99"_s, at(runs, u"node_alone_1"_s, u"p99_us"_s),
            u"us"_s, AtMost, 2000);
    }
    void throughTwoYggdrasilDaemons()
    {
        if (const auto obstacle = lab::OverlayPair::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        lab::OverlayPair pair;
        QVERIFY(pair.make());
        for (auto *machine : { &pair.node, &pair.user })
            QVERIFY(testing::wait(machine->overlay->start()));
        QVERIFY(testing::eventually([&] { return pair.connected(); }, 30s));
        QVERIFY(pair.serve());
        const auto first = pair.asUser(u"ask"_s, 60s);
        QVERIFY(first && first->exitCode == 0);
        const auto runs = repeat([&] { return pair.asUser(u"bench"_s, 120s); });
        pair.stop();
        if (!runs.isEmpty())
            trips(runs, u"yggdrasil"_s, u"direct"_s, u"bare HTTP"_s,
                u"bare_http%1/network_access_manager"_s);
    }
};
ZOS_TEST(TestRmbBench)
#include "tst_rmbbench.moc"
