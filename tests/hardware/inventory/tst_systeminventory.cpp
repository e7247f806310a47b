// SPDX-License-Identifier: Apache-2.0
#include "hardware/inventory/dmitable.h"
#include "hardware/inventory/systeminventory.h"
#include "hardware/process/fakecommandrunner.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

using namespace zos;
using namespace Qt::StringLiterals;

class TestSystemInventory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsDmi()
    {
        const QByteArray text = "# dmidecode 3.6\nGetting SMBIOS data from sysfs.\n\n"
                                "Handle 0x0000, DMI type 0, 26 bytes\nBIOS Information\n\tVendor: "
                                "ACME\n\tVersion: 1.2: beta\n"
                                "\tCharacteristics:\n\t\tPCI is supported\n\t\tBIOS is "
                                "upgradeable\n\tBIOS Revision: 5.17\n\n"
                                "Handle 0x0001, DMI type 1, 27 bytes\nSystem Information\n\tSerial "
                                "Number: SECRET\n\tAsset Tag: SECRET\n"
                                "\tFamily: x\x01y\nSecond Part\n\tKey: value\n\n"
                                "stray line\n\tnot: inside\n";
        const auto sections = hw::parseDmi(text);
        QCOMPARE(sections.size(), 3);
        QCOMPARE(sections[0].handleLine, u"Handle 0x0000, DMI type 0, 26 bytes"_s);
        QCOMPARE(sections[0].type, 0);
        QCOMPARE(sections[0].title, u"BIOS Information"_s);
        QCOMPARE(sections[0].properties.size(), 4);
        QCOMPARE(sections[0].properties[1], std::pair(u"Version"_s, u"1.2: beta"_s));
        QCOMPARE(sections[0].properties[2], std::pair(u"Characteristics"_s, QString()));
        QCOMPARE(sections[0].lists[u"Characteristics"_s],
            QStringList({ u"PCI is supported"_s, u"BIOS is upgradeable"_s }));
        QCOMPARE(sections[1].properties.size(), 1);
        QCOMPARE(sections[1].properties[0].second, u"x y"_s);
        QCOMPARE(sections[2].title, u"Second Part"_s);
        QCOMPARE(sections[2].type, 1);
    }
    void hostileDmiIsBounded()
    {
        QByteArray text;
        for (int i = 0; i < 5000; ++i)
            text += "Handle 0x1, DMI type 99999999999999999999, 1 bytes\n\n";
        QCOMPARE(hw::parseDmi(text).size(), 1024);
        text = "Handle 0x1, DMI type\n\tbefore: title\nT\n";
        for (int i = 0; i < 1000; ++i)
            text += "\tk" + QByteArray::number(i) + ": " + QByteArray(2000, 'v') + '\n';
        const auto sections = hw::parseDmi(text);
        QVERIFY(sections[0].properties.size() <= 256);
        QVERIFY(sections[0].properties[0].second.size() <= 512);
    }
    void readsTheKernelsFiles()
    {
        const auto cpu = hw::parseCpuInfo(
            "processor\t: 0\nmodel name\t: Big CPU\nflags\t\t: fpu vmx sse\n\nprocessor\t: 1\n");
        QCOMPARE(cpu.threads, 2U);
        QCOMPARE(cpu.model, u"Big CPU"_s);
        QVERIFY(cpu.virtualisationFlag);
        QVERIFY(!hw::parseCpuInfo("flags : fpu vmxx\n").virtualisationFlag);
        const auto memory
            = hw::parseMemInfo("MemTotal:       4 kB\nMemFree: 1 kB\nMemAvailable:   2 kB\n");
        QCOMPARE(memory.total, 4_KiB);
        QCOMPARE(memory.available, 2_KiB);
        const auto times = hw::parseCpuTimes("cpu  10 20 30 400 50 6 7 8 9 1\ncpu0 1 1 1 1\n");
        QCOMPARE(times.busy, 81U);
        QCOMPARE(times.total, 531U);
        QCOMPARE(
            hw::parseEstablished("Ip: a b\nIp: 1 2\nTcp: RtoMin CurrEstab X\nTcp: 1 17 3\n"), 17U);
        QCOMPARE(hw::parseEstablished("Tcp: CurrEstab\nTcp:\n"), 0U);
    }
    void namesHypervisors()
    {
        QCOMPARE(hw::hypervisorName("KVMKVMKVM\0\0\0", {}), u"kvm"_s);
        QCOMPARE(hw::hypervisorName("TCGTCGTCGTCG", u"QEMU"_s), u"qemu"_s);
        QCOMPARE(hw::hypervisorName({}, u"VMware, Inc."_s), u"vmware"_s);
        QCOMPARE(hw::hypervisorName("SomethingNew", {}), u"unknown hypervisor"_s);
        QCOMPARE(hw::hypervisorName({}, u"Dell Inc."_s), QString());
    }
    void describesThisMachine()
    {
        hw::FakeCommandRunner runner;
        runner.on(u"dmidecode"_s,
            "Handle 0x0000, DMI type 0, 26 bytes\nBIOS Information\n\tVendor: ACME\n\n");
        hw::SystemInventory inventory({}, &runner);
        const auto host = testing::wait(inventory.host());
        QVERIFY(host);
        QVERIFY(!host->hostname.isEmpty() && !host->kernel.isEmpty() && !host->arch.isEmpty());
        QVERIFY(host->cpu.threads > 0);
        QCOMPARE(
            host->dmi.size(), runner.commands().size()); // asked only where firmware tables exist
        auto load = testing::wait(inventory.load());
        QVERIFY(load);
        load = testing::wait(inventory.load());
        QVERIFY(load->memory.total > load->memory.available);
        QVERIFY(load->uptimeSeconds > 0);
        QVERIFY(load->cpu >= 0 && load->cpu <= 1);
    }
    void missingDevicesAreSkippedWithTheReason()
    {
        hw::FakeCommandRunner runner;
        hw::SystemInventory inventory(
            { u"/dev/none-such"_s, u"/dev/none-such"_s, u"/dev/null"_s }, &runner);
        const auto disks = testing::wait(inventory.disks());
        QVERIFY(disks);
        QCOMPARE(disks->size(), 2);
        QCOMPARE(disks->at(0).reason, u"no such device"_s);
        QCOMPARE(disks->at(1).reason, u"not a block device"_s);
        QVERIFY(runner.commands().isEmpty());
    }
};
ZOS_TEST(TestSystemInventory)
#include "tst_systeminventory.moc"
