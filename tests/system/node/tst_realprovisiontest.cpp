// SPDX-License-Identifier: Apache-2.0
#include "app/node/hardwareset.h"
#include "app/node/provisiontest.h"
#include "core/provision/engine.h"
#include "core/store/memorystore.h"
#include "tests/support/contracts/contract.h"
#include "tests/support/eventually.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/memoryledger.h"
#include "tests/support/node/nodehost.h"
#include "tests/support/runner.h"
#include "tests/system/crashpoints/worldview.h"

#include <QDir>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

using namespace zos;
using namespace zos::testing;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

// The self test "provisiontest" on a real pool, real networks and real machines.
class TestRealProvisionTest : public QObject
{
    Q_OBJECT

    // The parts of a node, as far as the test needs them.
    struct Parts
    {
        explicit Parts(const app::NodeConfig &config)
            : hardware(app::HardwareSet::real(config, Identity::generate()))
        {
        }
        ~Parts()
        {
            if (engine)
                wait(engine->stop());
        }
        // What went wrong, empty when nothing.
        QString start()
        {
            for (const auto &trouble : { testing::trouble(hardware.volumes->start()),
                     testing::trouble(hardware.networks->start()) }) {
                if (!trouble.isEmpty())
                    return trouble;
            }
            const bool answers
                = eventually([this] { return wait(hardware.machines->start()).has_value(); }, 60s);
            if (!answers)
                return u"libvirt does not answer"_s;
            EnginePorts ports;
            ports.ledger = &ledger;
            ports.volumes = hardware.volumes.get();
            ports.networks = hardware.networks.get();
            ports.machines = hardware.machines.get();
            ports.images = hardware.images.get();
            ports.clock = &clock;
            ports.store = &store;
            EngineConfig settings;
            settings.hostMemory = 4_GiB;
            settings.reservedMemory = 2_GiB;
            engine = std::make_unique<Engine>(ports, settings);
            return testing::trouble(engine->start());
        }
        app::ProvisionSources sources()
        {
            return { hardware.volumes.get(), hardware.networks.get(), hardware.machines.get(),
                hardware.images.get(), engine.get(), &clock, &deadlines };
        }

        SystemClock clock;
        Agenda deadlines { clock };
        app::HardwareSet hardware;
        MemoryLedger ledger;
        MemoryStore store;
        std::unique_ptr<Engine> engine;
    };
    using Late = std::shared_ptr<std::optional<SelfTestResult>>;
    static Task<void> keep(Task<SelfTestResult> task, Late result)
    {
        result->emplace(co_await std::move(task));
    }
    static bool anEmulatorRuns()
    {
        for (const auto &entry : QDir(u"/proc"_s).entryList({ u"[0-9]*"_s }, QDir::Dirs)) {
            QFile file(u"/proc/%1/comm"_s.arg(entry));
            if (file.open(QIODevice::ReadOnly) && file.readAll().startsWith("qemu-system"))
                return true;
        }
        return false;
    }
    // Whether a machine was seen while it was made.
    bool makes(SelfTestResult *made)
    {
        const auto result = std::make_shared<std::optional<SelfTestResult>>();
        auto running = keep(app::testProvisioning(m_parts->sources(), {}), result);
        bool seen = false;
        eventually(
            [&] {
                seen = seen || anEmulatorRuns();
                return result->has_value();
            },
            480s);
        *made = result->value_or(SelfTestResult());
        return seen;
    }
    bool isAsBefore()
    {
        QStringList found;
        const bool same = eventually([&] {
            found = differences(m_before, takeMachine(m_config.stateDir));
            return found.isEmpty();
        });
        if (!same)
            qWarning("%s", qPrintable(found.join(u'\n')));
        return same;
    }
    // The node's process begins anew.
    void begin()
    {
        m_parts.reset();
        m_parts = std::make_unique<Parts>(m_config);
        const auto trouble = m_parts->start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    }

    std::unique_ptr<NodeProgram> m_node; // its folder and its configuration only
    std::unique_ptr<NodeHost> m_host;
    app::NodeConfig m_config;
    std::unique_ptr<Parts> m_parts;
    QStringList m_before;

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = MachineHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        if (const auto obstacle = NodeHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        auto path = qEnvironmentVariable("ZOS_HALF_A_TEST");
        if (path.isEmpty()) {
            m_node = std::make_unique<NodeProgram>();
            m_host = std::make_unique<NodeHost>();
            auto trouble = m_host->make(m_node.get());
            QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
            trouble = m_node->make();
            QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
            path = m_node->path(u"zosd.json"_s);
        }
        const auto config = app::NodeConfig::load(path);
        QVERIFY2(config, config ? "" : qPrintable(config.error().what));
        m_config = *config;
        for (const auto &folder :
            { m_config.stateDir, m_config.runDir, m_config.cacheDir, m_config.logDir })
            QVERIFY(QDir().mkpath(folder));
        begin();
        if (!m_node)
            return;
        // Somebody's machine was here: its image is still cached.
        auto &hardware = m_parts->hardware;
        const auto upper = wait(hardware.volumes->createVolume(u"rootfs:7-1-vm"_s, 64_MiB));
        QVERIFY(upper);
        ZOS_WORKS(hardware.images->mountRoot(u"7-1-vm"_s,
            QStringLiteral("file://" ZOS_BINARY_DIR "/guest/example.squashfs"), upper->path, {},
            {}));
        ZOS_WORKS(hardware.images->unmountRoot(u"7-1-vm"_s));
        ZOS_WORKS(hardware.volumes->removeVolume(u"rootfs:7-1-vm"_s));
        SelfTestResult made; // the first one makes folders that stay
        makes(&made);
        QCOMPARE(made.result, "[]");
        m_before = takeMachine(m_config.stateDir);
    }
    void cleanupTestCase()
    {
        m_parts.reset();
        m_host.reset();
        m_node.reset();
    }

    void findsNothingAndLeavesNothing()
    {
        SelfTestResult made;
        QVERIFY(makes(&made)); // a machine was there
        QCOMPARE(made.result, "[]");
        QVERIFY(!anEmulatorRuns());
        QVERIFY(isAsBefore());
        QCOMPARE(wait(m_parts->hardware.volumes->list())->size(), 0);
        QCOMPARE(wait(m_parts->hardware.networks->list())->size(), 0);
        QCOMPARE(wait(m_parts->hardware.networks->taps())->size(), 0);
        QCOMPARE(wait(m_parts->hardware.machines->list())->size(), 0);
        QCOMPARE(wait(m_parts->hardware.images->mounted())->size(), 0);
    }
    void tellsThatNoMachineStarts()
    {
        const auto manages = std::exchange(m_config.manageLibvirt, false);
        begin();
        m_config.manageLibvirt = manages;
        ZOS_WORKS(m_parts->hardware.services->stop(u"libvirtd"_s)); // and nobody starts it again
        SelfTestResult made;
        makes(&made);
        const auto says = [&](const QString &beginning) {
            return std::ranges::any_of(made.troubles,
                [&](const QString &trouble) { return trouble.startsWith(beginning); });
        };
        QVERIFY2(says(u"machine: starting the machine: "_s), made.result.constData());
        QVERIFY2(!says(u"disk: "_s) && !says(u"network: "_s), made.result.constData());
        begin();
        makes(&made);
        QCOMPARE(made.result, "[]");
        QVERIFY(isAsBefore());
    }
    void tellsThatAPoolIsFull()
    {
        QFile filler(m_parts->hardware.volumes->pools().first().path + u"/filler");
        QVERIFY(filler.open(QIODevice::WriteOnly));
        off_t filled = 0;
        for (off_t chunk = 1 << 30; chunk >= 1 << 16;) {
            if (::fallocate(filler.handle(), 0, filled, chunk) == 0)
                filled += chunk;
            else
                chunk /= 2;
        }
        SelfTestResult made;
        makes(&made);
        QVERIFY(filler.remove());
        QVERIFY2(!made.troubles.isEmpty()
                && made.troubles.first().startsWith(u"disk: creating the disk: "),
            made.result.constData());
        QVERIFY(isAsBefore());
        makes(&made);
        QCOMPARE(made.result, "[]");
    }
    // What a node leaves that is killed while it runs the test goes at its next start.
    void remainsOfAKilledNodeGo()
    {
        m_parts.reset();
        QProcess half;
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"ZOS_HALF_A_TEST"_s, m_node->path(u"zosd.json"_s));
        half.setProcessEnvironment(environment);
        half.setProcessChannelMode(QProcess::ForwardedChannels);
        half.start(
            QCoreApplication::applicationFilePath(), { u"TestRealProvisionTest"_s, u"isKilled"_s });
        QVERIFY(half.waitForFinished(200'000));
        QCOMPARE(half.exitStatus(), QProcess::CrashExit);
        QVERIFY(anEmulatorRuns());
        begin();
        QCOMPARE(wait(m_parts->hardware.machines->list())->size(), 1);
        QCOMPARE(wait(m_parts->hardware.volumes->list())->size(), 2);
        QCOMPARE(wait(app::removeTestRemains(m_parts->sources(), {})), QStringList());
        QVERIFY(!anEmulatorRuns());
        QVERIFY(isAsBefore());
    }
    // The node of the test above.
    void isKilled()
    {
        if (m_node)
            return;
        const auto result = std::make_shared<std::optional<SelfTestResult>>();
        auto running = keep(app::testProvisioning(m_parts->sources(), {}), result);
        QVERIFY(eventually(
            [&] {
                if (anEmulatorRuns())
                    ::kill(::getpid(), SIGKILL);
                return result->has_value();
            },
            120s));
        QFAIL("no machine was made");
    }
    void endsAtOnceWithTheNode()
    {
        const CancelToken token;
        const auto result = std::make_shared<std::optional<SelfTestResult>>();
        auto running = keep(app::testProvisioning(m_parts->sources(), token), result);
        QVERIFY(eventually([] { return anEmulatorRuns(); }, 60s));
        token.cancel();
        QVERIFY(eventually([&] { return result->has_value(); }, 30s));
        QCOMPARE(wait(app::removeTestRemains(m_parts->sources(), {})), QStringList());
        QVERIFY(isAsBefore());
    }
};

ZOS_TEST(TestRealProvisionTest)

#include "tst_realprovisiontest.moc"
