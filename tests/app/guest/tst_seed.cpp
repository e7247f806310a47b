// SPDX-License-Identifier: Apache-2.0
#include "app/guest/seed.h"
#include "core/plan/machineplan.h"
#include "tests/support/runner.h"

#include <QRandomGenerator>

using namespace zos;
using namespace Qt::StringLiterals;

class TestSeed : public QObject
{
    Q_OBJECT

    static guest::Seed parsed(const std::string &lines)
    {
        guest::Seed seed;
        if (!guest::parseSeed("# zos seed v1\n" + lines, seed))
            qFatal("refused");
        return seed;
    }
    static bool complains(const std::string &line)
    {
        return parsed(line + "\nhostname after\n").complaints.size() == 1
            && parsed(line + "\nhostname after\n").hostname == "after";
    }

private Q_SLOTS:
    void readsWhatTheNodeWrites()
    {
        MachinePlan plan;
        plan.hostname = u"vm1"_s;
        plan.environment = { { u"A"_s, u"line\nbreak 100% = \r\tit's \"$x\""_s },
            { u"EMPTY"_s, u""_s }, { u"U"_s, u"zażółć 🐧"_s } };
        plan.entrypoint = { u"/bin/app"_s, u""_s, u"a b"_s, u" lead"_s };
        plan.sshKeys = { u"ssh-rsa A me"_s };
        plan.dns = { u"8.8.8.8"_s };
        plan.disks = { { u"/host"_s, u"zd-0"_s, u"/data of mine"_s } };
        NicPlan nic;
        nic.name = u"eth0"_s;
        nic.mac = u"5a:39:c1:05:26:64"_s;
        nic.addresses = { u"10.20.2.2/24"_s };
        nic.routes = { { *IpNet::parse(u"0.0.0.0/0"), u"10.20.2.1"_s },
            { *IpNet::parse(u"10.9.0.0/16"), {} } };
        plan.nics = { nic };

        guest::Seed seed;
        QVERIFY(guest::parseSeed(seedText(plan).toStdString(), seed));
        QVERIFY(seed.complaints.empty());
        QCOMPARE(seed.hostname, "vm1");
        QCOMPARE(seed.rootTag, "vroot");
        QVERIFY(!seed.rootReadOnly);
        QCOMPARE(seed.environment.size(), 3u);
        QCOMPARE(
            QString::fromStdString(seed.environment[0]), u"A=line\nbreak 100% = \r\tit's \"$x\""_s);
        QCOMPARE(seed.environment[1], "EMPTY=");
        QCOMPARE(QString::fromStdString(seed.environment[2]), u"U=zażółć 🐧"_s);
        QVERIFY((seed.arguments == std::vector<std::string> { "/bin/app", "", "a b", " lead" }));
        QVERIFY((seed.keys == std::vector<std::string> { "ssh-rsa A me" }));
        QCOMPARE(seed.mounts.size(), 1u);
        QCOMPARE(seed.mounts[0].source, "zd-0");
        QCOMPARE(seed.mounts[0].target, "/data of mine");
        QVERIFY(!seed.mounts[0].share);
        QCOMPARE(seed.nics.size(), 1u);
        QCOMPARE(seed.nics[0].name, "eth0");
        QCOMPARE(seed.nics[0].addresses[0], "10.20.2.2/24");
        QCOMPARE(seed.nics[0].routes[0].via, "10.20.2.1");
        QCOMPARE(seed.nics[0].routes[1].via, "");
    }
    void refusesWhatIsNoSeed()
    {
        guest::Seed seed;
        QVERIFY(!guest::parseSeed("", seed));
        QVERIFY(!guest::parseSeed("# zos seed v2\n", seed));
        QVERIFY(
            !guest::parseSeed("# zos seed v1\n" + std::string(guest::kMaxSeedBytes, 'x'), seed));
    }
    void skipsUnknownKeysAndComments()
    {
        const auto seed = parsed("# x\n\nfuture thing\nhostname h\n");
        QVERIFY(seed.complaints.empty());
        QCOMPARE(seed.hostname, "h");
    }
    void badLinesAreNamedAndSkipped_data()
    {
        QTest::addColumn<QByteArray>("line");
        for (const char *line : { "hostname", "hostname %00", "hostname a%2", "hostname %zz",
                 "root a/b", "root v xx", "if 5a:39", "if 5a:39:c1:05:26:64 averyverylongname",
                 "addr 10.0.0.1/8", "route 10.0.0.0/8 -", "ra 1", "env =x", "env x", "env A=%0",
                 "disk zd-0", "disk zd-0 /", "disk zd-0 /a/../b", "disk zd-0 data",
                 "disk ../x /data", "share t //.//", "module ../x", "module" })
            QTest::newRow(line) << QByteArray(line);
    }
    void badLinesAreNamedAndSkipped()
    {
        QFETCH(const QByteArray, line);
        QVERIFY(complains(line.toStdString()));
    }
    void listsAreBounded()
    {
        std::string many;
        for (int i = 0; i < 2000; ++i)
            many += "env A=1\narg x\nkey k\ndisk d /d\nif 5a:39:c1:05:26:64\naddr 1\nroute 1 2\n";
        const auto seed = parsed(many);
        QCOMPARE(seed.environment.size(), 512u);
        QCOMPARE(seed.arguments.size(), 512u);
        QCOMPARE(seed.mounts.size(), 512u);
        QCOMPARE(seed.nics.size(), 512u);
        QCOMPARE(seed.complaints.size(), 16u);
    }
    void noiseIsHarmless()
    {
        QRandomGenerator random(4711);
        const QByteArrayList words { "hostname", "root", "if", "addr", "route", "ra", "dns", "env",
            "arg", "key", "disk", "share", "module", " ", "%", "%41", "=", "/", "..", "\n", "\n",
            "a", QByteArray(1, '\0') };
        for (int round = 0; round < 3000; ++round) {
            QByteArray text = "# zos seed v1\n";
            for (int i = 0; i < 60; ++i)
                text += words[random.bounded(int(words.size()))];
            guest::Seed seed;
            QVERIFY(guest::parseSeed(text.toStdString(), seed));
            for (const auto &mount : seed.mounts)
                QVERIFY(mount.target.size() > 1 && mount.target[0] == '/');
            for (const auto &value : seed.environment)
                QVERIFY(value.find('\0') == std::string::npos);
        }
    }
};
ZOS_TEST(TestSeed)
#include "tst_seed.moc"
