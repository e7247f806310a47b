// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/inventorycontract.h"

namespace zos::testing {

using namespace Qt::StringLiterals;

void InventoryContract::theHostIsDescribed()
{
    for (int twice = 0; twice < 2; ++twice) {
        const auto host = wait(inventory().host());
        QVERIFY2(host, host ? "" : qPrintable(host.error().what));
        QVERIFY(!host->hostname.isEmpty());
        QVERIFY(!host->kernel.isEmpty());
        QVERIFY(!host->arch.isEmpty());
        QVERIFY(host->cpu.threads > 0);
    }
}

void InventoryContract::theLoadIsMeasured()
{
    quint64 uptime = 0;
    for (int round = 0; round < 3; ++round) {
        const auto load = wait(inventory().load());
        QVERIFY2(load, load ? "" : qPrintable(load.error().what));
        QVERIFY(load->cpu >= 0 && load->cpu <= 1);
        QVERIFY(load->load1 >= 0);
        QVERIFY(load->memory.total > Bytes());
        QVERIFY(load->memory.available <= load->memory.total);
        QVERIFY(load->uptimeSeconds >= uptime);
        uptime = load->uptimeSeconds;
    }
}

void InventoryContract::disksAreTheGivenOnes()
{
    const auto disks = wait(inventory().disks());
    QVERIFY2(disks, disks ? "" : qPrintable(disks.error().what));
    QStringList paths;
    for (const auto &disk : *disks) {
        paths += disk.path;
        QCOMPARE(disk.path.section(u'/', -1), disk.name);
        QVERIFY(disk.size > Bytes());
        QVERIFY(!disk.reason.isEmpty());
        QVERIFY((QStringList { u"sata"_s, u"sas"_s, u"nvme"_s, u"usb"_s, u"virtio"_s, u"loop"_s,
                     u"raid"_s, u"unknown"_s })
                .contains(disk.bus));
        QVERIFY(disk.decision != DiskFacts::Decision::Adopt || !disk.poolId.isEmpty());
    }
    paths.sort();
    auto given = devices();
    given.sort();
    QCOMPARE(paths, given);
}

void InventoryContract::lookingChangesNothing()
{
    const auto first = wait(inventory().disks());
    const auto second = wait(inventory().disks());
    QVERIFY(first && second);
    QCOMPARE(first->size(), second->size());
    for (qsizetype at = 0; at < first->size(); ++at) {
        QCOMPARE(first->at(at).path, second->at(at).path);
        QVERIFY(first->at(at).decision == second->at(at).decision);
        QCOMPARE(first->at(at).reason, second->at(at).reason);
        QCOMPARE(first->at(at).size, second->at(at).size);
    }
}

} // namespace zos::testing
