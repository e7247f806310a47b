// SPDX-License-Identifier: Apache-2.0
#include "core/plan/machineplan.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QFile>
#include <QJsonArray>
#include <QXmlStreamReader>

using namespace zos;
using namespace Qt::StringLiterals;

class TestMachinePlan : public QObject
{
    Q_OBJECT
    ZMachine m_data;
    MachineInput m_input;

    static NicPlan nic()
    {
        NicPlan card;
        card.name = u"eth0"_s;
        card.tap = u"t-LE8o4aNVzQdQ1"_s;
        card.bridge = u"b-LE8o4aNVzQdQ1"_s;
        card.mac = u"5a:39:c1:05:26:64"_s;
        card.addresses = { u"10.20.2.2/24"_s, u"fd12:3456:789a:2::2/64"_s };
        card.routes = { { *IpNet::parse(u"0.0.0.0/0"), u"10.20.2.1"_s },
            { *IpNet::parse(u"10.20.0.0/16"), u"10.20.2.1"_s },
            { *IpNet::parse(u"::/0"), u"fd12:3456:789a:2::1"_s } };
        card.dns = { u"8.8.8.8"_s, u"2001:4860:4860::8888"_s };
        return card;
    }
    static HostTraits host(bool kvm)
    {
        HostTraits traits;
        traits.kvm = kvm;
        traits.kernel = u"/usr/lib/zos/guest/vmlinux"_s;
        traits.initrd = u"/run/zos/machines/10-20-vm1/initrd"_s;
        traits.consoleSocket = u"/run/zos/machines/10-20-vm1/c/console"_s;
        traits.consoleLog = u"/var/log/zos/machines/10-20-vm1.log"_s;
        return traits;
    }
    MachinePlan plan() const
    {
        auto made = planMachine(m_input);
        if (!made)
            qFatal("%s", qPrintable(made.error().what));
        return *made;
    }
    QString refusal() const
    {
        const auto made = planMachine(m_input);
        return made ? u"accepted"_s : made.error().what;
    }
    // A golden file is changed on purpose only: ZOS_UPDATE_GOLDEN=1 writes it anew.
    static void compareGolden(const QString &name, const QByteArray &text)
    {
        QFile file(QStringLiteral(ZOS_TEST_DATA "/golden/") + name);
        if (qEnvironmentVariableIsSet("ZOS_UPDATE_GOLDEN")) {
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text);
            return;
        }
        QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
        QCOMPARE(text, file.readAll());
    }

private Q_SLOTS:
    void init()
    {
        m_data = {};
        m_data.flist = u"http://[200::1]/image.squashfs"_s;
        m_data.cpu = 2;
        m_data.memory = Bytes((1_GiB).count() + 12345);
        m_data.entrypoint = u"/sbin/app --name=\"a b\" 'c<&>d'"_s;
        m_data.env = { { "SSH_KEY", u"ssh-ed25519 AAAA me\r\n,ssh-rsa BBBB you"_s },
            { "GREETING", u"it's \"you\" & <100%>\nsecond line"_s } };
        m_input = {};
        m_input.id = u"10-20-vm1"_s;
        m_input.twin = TwinId(10);
        m_input.contract = ContractId(20);
        m_input.name = u"vm1"_s;
        m_input.data = &m_data;
        m_input.rootPath = u"/run/zos/roots/10-20-vm1"_s;
        m_input.disks = { { u"/mnt/pool1/vdisks/10-20-data"_s, u"zd-0"_s, u"/data"_s },
            { u"/mnt/pool1/vdisks/10-20-more"_s, u"zd-1"_s, u"/srv/more & <more>"_s } };
        m_input.nics = { nic() };
    }

    void sshKeysAreTrimmedAndEmptiesDropped()
    {
        for (const auto &file : testing::vectors(u"machine-sshkeys"_s)) {
            for (const auto &entry : file.document["cases"_L1].toArray()) {
                QStringList expected; // the reference keeps blanks, see machine planning
                for (const auto &key : entry["keys"_L1].toArray()) {
                    if (const auto plain = key.toString().trimmed(); !plain.isEmpty())
                        expected += plain;
                }
                QCOMPARE(splitSshKeys(entry["SSH_KEY"_L1].toString()), expected);
            }
        }
        QCOMPARE(plan().sshKeys, QStringList({ u"ssh-ed25519 AAAA me"_s, u"ssh-rsa BBBB you"_s }));
    }
    void slashAndBlankMeanTheImagesOwn()
    {
        m_input.startupToml = u"[startup.entry]\nname='core.system'\nargs={name='/bin/app', "
                              "args=['-x'], env={GREETING='image', B='2'}}\n"_s;
        QCOMPARE(plan().entrypoint[0], u"/sbin/app"_s);
        for (const auto &unset : { u""_s, u"/"_s, u" / "_s }) {
            m_data.entrypoint = unset;
            QCOMPARE(plan().entrypoint, QStringList({ u"/bin/app"_s, u"-x"_s }));
        }
        const auto environment = plan().environment;
        QCOMPARE(environment[0], std::pair(u"B"_s, u"2"_s));
        QVERIFY(environment[1].second.startsWith(u"it's"));
        m_input.startupToml.clear();
        QVERIFY(plan().entrypoint.isEmpty());
        m_input.startupToml = u"not toml at all ="_s;
        QVERIFY(refusal().startsWith(u"invalid /.startup.toml: line 1"));
    }
    void refusals_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("expected");
        QTest::newRow("variable with a dash")
            << u"env-name"_s << u"invalid environment variable name \"A-B\""_s;
        QTest::newRow("variable with a digit first")
            << u"env-digit"_s << u"invalid environment variable name \"1A\""_s;
        QTest::newRow("empty variable name")
            << u"env-empty"_s << u"invalid environment variable name \"\""_s;
        QTest::newRow("variable with NUL")
            << u"env-nul"_s << u"environment variable A contains a NUL character"_s;
        QTest::newRow("many variables")
            << u"env-many"_s << u"258 environment variables are more than the 256 allowed"_s;
        QTest::newRow("large environment")
            << u"env-large"_s << u"bytes is more than the 131072 allowed"_s;
        QTest::newRow("no cpu") << u"cpu"_s << u"invalid cpu: must be at least 1"_s;
        QTest::newRow("little memory") << u"memory"_s << u"less than 250 MiB"_s;
        QTest::newRow("corex") << u"corex"_s << u"corex is not available on this node"_s;
        QTest::newRow("gpu") << u"gpu"_s << u"GPUs are not available on this node"_s;
        QTest::newRow("disk over the root") << u"root"_s << u"mount target can't be /"_s;
        QTest::newRow("disk over the root, written oddly")
            << u"root2"_s << u"mount target can't be /"_s;
        QTest::newRow("disk outside") << u"outside"_s << u"invalid mount target \"/a/../..\""_s;
        QTest::newRow("relative") << u"relative"_s << u"invalid mount target \"data\""_s;
        QTest::newRow("same target") << u"twice"_s << u"is used twice"_s;
        QTest::newRow("too many disks")
            << u"disks"_s << u"30 disks and 1 interfaces are more than fit (23)"_s;
        QTest::newRow("id that is a path") << u"id"_s << u"invalid machine id \"../x\""_s;
        QTest::newRow("long name") << u"name"_s << u"1 to 36 characters"_s;
        QTest::newRow("entrypoint")
            << u"entrypoint"_s << u"invalid entrypoint: EOF found when expecting closing quote"_s;
    }
    void refusals()
    {
        QFETCH(const QString, what);
        QFETCH(const QString, expected);
        auto &target = m_input.disks[0].mountpoint;
        const QMap<QString, std::function<void()>> changes {
            { u"env-name"_s, [&] { m_data.env["A-B"] = u"x"_s; } },
            { u"env-digit"_s, [&] { m_data.env["1A"] = u"x"_s; } },
            { u"env-empty"_s, [&] { m_data.env[""] = u"x"_s; } },
            { u"env-nul"_s, [&] { m_data.env["A"] = QChar(u'\0'); } },
            { u"env-many"_s,
                [&] {
                    for (int i = 0; i < 256; ++i)
                        m_data.env["V" + QByteArray::number(i)] = u"x"_s;
                } },
            { u"env-large"_s, [&] { m_data.env["A"] = QString(131072, u'x'); } },
            { u"cpu"_s, [&] { m_data.cpu = 0; } },
            { u"memory"_s, [&] { m_data.memory = 249_MiB; } },
            { u"corex"_s, [&] { m_data.corex = true; } },
            { u"gpu"_s, [&] { m_data.gpu = { u"0000:28:00.0/1002/731f"_s }; } },
            { u"root"_s, [&] { target = u"/"_s; } },
            { u"root2"_s, [&] { target = u"//./"_s; } },
            { u"outside"_s, [&] { target = u"/a/../.."_s; } },
            { u"relative"_s, [&] { target = u"data"_s; } },
            { u"twice"_s, [&] { m_input.disks[1].mountpoint = u"//data/"_s; } },
            { u"disks"_s,
                [&] {
                    m_input.disks.clear();
                    for (int i = 0; i < 30; ++i)
                        m_input.disks.append({ u"/d"_s, u"zd"_s, u"/d%1"_s.arg(i) });
                } },
            { u"id"_s, [&] { m_input.id = u"../x"_s; } },
            { u"name"_s, [&] { m_input.name = QString(37, u'n'); } },
            { u"entrypoint"_s, [&] { m_data.entrypoint = u"/bin/sh 'x"_s; } },
        };
        changes[what]();
        QVERIFY2(refusal().contains(expected), qPrintable(refusal()));
    }
    void digestChangesWithEverything()
    {
        const auto first = plan();
        QCOMPARE(first.digest().size(), 64);
        QCOMPARE(plan().digest(), first.digest());
        QSet<QString> digests { first.digest() };
        const auto changed = [&](auto change) {
            auto other = first;
            change(other);
            digests.insert(other.digest());
        };
        changed([](MachinePlan &p) { p.id += u'x'; });
        changed([](MachinePlan &p) { p.contract = ContractId(21); });
        changed([](MachinePlan &p) { p.cpu = 3; });
        changed([](MachinePlan &p) { p.memory = 2_GiB; });
        changed([](MachinePlan &p) { p.rootPath += u'x'; });
        changed([](MachinePlan &p) { p.disks.removeLast(); });
        changed([](MachinePlan &p) { p.disks[0].path += u'x'; });
        changed([](MachinePlan &p) { p.nics[0].mac = u"5a:39:c1:05:26:65"_s; });
        changed([](MachinePlan &p) { p.nics[0].addresses.removeLast(); });
        changed([](MachinePlan &p) { p.nics[0].routes.removeLast(); });
        changed([](MachinePlan &p) { p.entrypoint.removeLast(); });
        changed([](MachinePlan &p) { p.environment[0].second += u'x'; });
        changed([](MachinePlan &p) { p.sshKeys.removeLast(); });
        changed([](MachinePlan &p) { p.dns.removeLast(); });
        QCOMPARE(digests.size(), 15);
    }
    void domainIsAsAgreed()
    {
        compareGolden(u"machine-tcg.xml"_s, domainXml(plan(), host(false)));
        compareGolden(u"machine-kvm.xml"_s, domainXml(plan(), host(true)));
    }
    void markupInNamesStaysText()
    {
        const auto evil = u"/mnt/<a href='x'>&amp;\"</source>"_s;
        m_input.disks[0].path = evil;
        m_input.rootPath = evil;
        QXmlStreamReader xml(domainXml(plan(), host(false)));
        QStringList files;
        while (!xml.atEnd()) {
            if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == u"source")
                files += xml.attributes().value(u"file").toString()
                    + xml.attributes().value(u"dir").toString();
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        QCOMPARE(files.count(evil), 2);
    }
    void secretsAreNotInTheDomain()
    {
        const auto xml = domainXml(plan(), host(false));
        QVERIFY(!xml.contains("AAAA"));
        QVERIFY(!xml.contains("second line"));
        QVERIFY(!xml.contains("/sbin/app"));
    }
    void protectionIsOnlyGivenUpUnderEmulation()
    {
        QVERIFY(domainXml(plan(), host(false)).contains("mitigations=off"));
        QVERIFY(!domainXml(plan(), host(true)).contains("mitigations=off"));
    }
    void seedIsAsAgreed() { compareGolden(u"machine.seed"_s, seedText(plan())); }
    void seedArchiveIsOneSecretFile()
    {
        const auto archive = seedArchive("hello");
        QCOMPARE(archive.size() % 512, 0);
        QVERIFY(archive.startsWith("070701"));
        QCOMPARE(archive.mid(14, 8), "00008180"); // 0100600
        QCOMPARE(archive.mid(54, 8), "00000005"); // size
        QCOMPARE(archive.mid(110, 9), QByteArray("zos-seed\0", 9));
        QCOMPARE(archive.mid(120, 8), QByteArray("hello\0\0\0", 8));
        QCOMPARE(archive.mid(128, 6), "070701");
        QVERIFY(archive.contains("TRAILER!!!"));
    }
};
ZOS_TEST(TestMachinePlan)
#include "tst_machineplan.moc"
