// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/provision/loadednode.h"
#include "tests/core/provision/rig.h"
#include "tests/support/figures.h"
#include "tests/support/runner.h"

#include <QElapsedTimer>
#include <QLoggingCategory>

using namespace zos;
using namespace Qt::StringLiterals;

// From the start of the engine until everything it knows of is as it should be: adopted where it
// still runs, made again after a reboot. Networks, disks and machines cost nothing here.
class TestRestartBench : public QObject
{
    Q_OBJECT
    testing::Figures m_figures { u"restart"_s };

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void restarts_data()
    {
        QTest::addColumn<int>("deployments");
        QTest::newRow("200") << 200;
        QTest::newRow("1000") << 1000;
    }
    void restarts()
    {
        QFETCH(int, deployments);
        bench::LoadedNode node;
        QVERIFY(node.start());
        for (int first = 0; first < deployments; first += 50) {
            QList<testing::Rig::Answer> answers;
            for (int n = first; n < first + 50; ++n) {
                const auto request
                    = node.request(bench::LoadedNode::machineSet(quint32(n)), quint32(n));
                answers += testing::Rig::begin(node.engine().deploy(request.twin, request.json));
            }
            for (const auto &answer : std::as_const(answers)) {
                QVERIFY(testing::eventually([&answer] { return answer->has_value(); }));
                QVERIFY2(**answer, **answer ? "" : qPrintable((**answer).error().what));
            }
        }
        QVERIFY(node.idle());
        QCOMPARE(node.engine().usage().workloads, quint32(deployments * 3));
        for (const bool reboot : { false, true }) {
            QElapsedTimer timer;
            timer.start();
            node.restart(reboot);
            QVERIFY(testing::wait(node.engine().start()));
            const auto opened = double(timer.nsecsElapsed()) / 1e9;
            QVERIFY(node.idle());
            const auto consistent = double(timer.nsecsElapsed()) / 1e9;
            const auto what = u"%1 deployments, %2: "_s.arg(deployments)
                                  .arg(reboot ? u"rebooted"_s : u"still running"_s);
            m_figures.add(what + u"storage and networks of all", opened, u"s"_s);
            if (deployments == 200)
                m_figures.judge(
                    what + u"everything", consistent, u"s"_s, testing::Figures::Wanted::AtMost, 5);
            else
                m_figures.add(what + u"everything", consistent, u"s"_s);
            for (const auto &row : node.engine().workloads())
                QCOMPARE(row.result.state, ResultState::Ok);
        }
    }
};
ZOS_TEST(TestRestartBench)
#include "tst_restartbench.moc"
