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

// Whole round trips of the message bus (sign, send, check, answer, check) beside one bare HTTP
// exchange over the same way: plain loopback, and two yggdrasil daemons joined by a cable. A bus
// round trip is two exchanges and four signatures, so twice the bare one is where it cannot be
// below.
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
    // Runs of the program, one after the other: within each, bus and bare HTTP take turns.
    template <class Run> void measure(const QString &way, Run run)
    {
        QList<QJsonObject> runs;
        for (int i = 0; i < kRuns; ++i) {
            const Result<hw::CommandOutput> done = run();
            QVERIFY2(done, done ? "" : qPrintable(done.error().what));
            const QByteArray said = done->out + done->err;
            QVERIFY2(done->exitCode == 0, said.constData());
            runs += QJsonDocument::fromJson(done->out).object();
            QCOMPARE(runs.last()[u"direct_1"_s][u"failed"_s].toInt(-1), 0);
        }
        for (const auto &[inFlight, words] :
            { std::pair(u"1"_s, u", one at a time"_s), std::pair(u"64"_s, u", 64 at a time"_s) }) {
            const QString bus = u"direct_"_s + inFlight;
            const QString bare = u"bare_http_"_s + inFlight + u"/network_access_manager"_s;
            for (const auto &[member, name] :
                { std::pair(u"p50_us"_s, u"p50"_s), std::pair(u"p99_us"_s, u"p99"_s) })
                m_figures.add(way + words + u": round trip "_s + name, at(runs, bus, member),
                    u"us"_s, u"bare HTTP"_s, at(runs, bare, member));
            m_figures.add(way + words + u": round trips"_s, at(runs, bus, u"per_second"_s),
                u"1/s"_s, u"bare HTTP"_s, at(runs, bare, u"per_second"_s));
            if (const double cpu = at(runs, bus, u"node_cpu_us"_s); cpu > 0)
                m_figures.add(way + words + u": node's CPU a request"_s, cpu, u"us"_s);
        }
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }
    void overLoopback()
    {
        hw::SystemCommandRunner runner({ { u"bench_rmb"_s, lab::OverlayPair::busProgram() } });
        measure(u"loopback"_s, [&] {
            hw::Command command;
            command.program = u"bench_rmb"_s;
            command.deadline = 120s;
            return testing::wait(runner.run(command));
        });
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
        measure(u"yggdrasil"_s, [&] { return pair.asUser(u"bench"_s, 120s); });
        pair.stop();
    }
};
ZOS_TEST(TestRmbBench)
#include "tst_rmbbench.moc"
