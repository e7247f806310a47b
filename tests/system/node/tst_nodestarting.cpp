// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"
#include "tests/support/eventually.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/node/nodehost.h"
#include "tests/support/runner.h"

#include <QTest>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;

// The real node where something it needs is late.
class TestNodeStarting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = MachineHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        if (const auto obstacle = NodeHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
    }

    // Nobody can log in: a node that could be asked nothing until its machines are back would be
    // a node that is lost.
    void withoutItsHypervisorItAnswersAndAccepts()
    {
        NodeProgram node;
        NodeHost host;
        const auto set = [](const QString &trouble) { return trouble.isEmpty(); };
        QVERIFY(set(host.make(&node)));
        node.set(u"manage_libvirt"_s, false); // and nobody else starts one here
        QVERIFY(set(node.make()));
        const auto trouble = node.start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        QVERIFY2(eventually([&] { return node.log().contains(u"zos.machines connect to"_s); }),
            qPrintable(node.log()));

        const auto contract = node.deploy(networkWorkload(1) + ',' + diskWorkload());
        QVERIFY2(contract, qPrintable(contract ? QString() : contract.error().what));
        const auto view = node.view(*contract);
        QVERIFY(view);
        QCOMPARE(view->workloads.size(), 2);
        for (const auto &workload : view->workloads)
            QCOMPARE(workload.result.state, ResultState::Init);
        QVERIFY(node.call(u"zos.statistics.get"_s, "null"));

        QVERIFY(set(node.stop()));
        QVERIFY(set(node.start()));
        QVERIFY(node.view(*contract));
        QVERIFY(set(node.stop()));
    }
};

ZOS_TEST(TestNodeStarting)

#include "tst_nodestarting.moc"
