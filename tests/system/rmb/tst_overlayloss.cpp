// SPDX-License-Identifier: Apache-2.0
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/system/rmb/overlaymachine.h"

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

// R12: a node with both transports. Without the overlay its relay serves, without the relay the
// overlay does, and what was lost serves again when it is back.
class TestOverlayLoss : public QObject
{
    Q_OBJECT
    std::unique_ptr<lab::OverlayPair> m_pair;

    static QString program() { return QCoreApplication::applicationDirPath() + u"/attack_peer"_s; }
    static QString relayUrl() { return u"ws://10.99.0.2:8052"_s; }
    static bool startPeer(
        lab::OverlayMachine &machine, const QString &name, const QStringList &command)
    {
        ServiceSpec spec;
        spec.name = name;
        spec.command = command;
        spec.networkNamespace = lab::spaceOf(machine.space);
        return testing::wait(machine.services.start(spec)).has_value();
    }
    bool startRelay()
    {
        return startPeer(
            m_pair->user, u"relay"_s, { program(), u"relay"_s, u"10.99.0.2"_s, u"8052"_s });
    }
    bool startNode()
    {
        // Its input must stay open: it ends with it.
        return startPeer(m_pair->node, u"bus"_s,
            { u"/bin/sh"_s, u"-c"_s,
                u"sleep 1000 | exec %1 serve '' %2 %3"_s.arg(
                    program(), relayUrl(), m_pair->node.address()) });
    }
    // What the user's call said, "" when it was answered.
    QByteArray ask(const QStringList &way)
    {
        hw::SystemCommandRunner runner({ { u"attack_peer"_s, program() } });
        hw::Command command;
        command.program = u"attack_peer"_s;
        command.arguments = QStringList { u"ask"_s } + way;
        command.networkNamespace = lab::spaceOf(m_pair->user.space);
        command.deadline = 30s;
        const auto done = testing::wait(runner.run(command));
        if (!done)
            return done.error().what.toUtf8();
        return done->exitCode == 0 ? QByteArray() : "failed: " + done->out + done->err;
    }
    QByteArray askDirect()
    {
        return ask({ u"direct"_s, m_pair->node.address(), m_pair->user.address() });
    }
    QByteArray askRelay() { return ask({ u"relay"_s, relayUrl() }); }
    bool bothWork()
    {
        return eventually([&] { return askDirect().isEmpty(); }, 60s)
            && eventually([&] { return askRelay().isEmpty(); }, 60s);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = lab::OverlayPair::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto().has_value());
        m_pair = std::make_unique<lab::OverlayPair>();
        QVERIFY(m_pair->make());
        for (auto *machine : { &m_pair->node, &m_pair->user }) {
            const auto started = testing::wait(machine->overlay->start());
            QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().what));
        }
        QVERIFY(eventually([&] { return m_pair->connected(); }, 30s));
        QVERIFY(startRelay());
        QVERIFY(startNode());
        QVERIFY(bothWork());
    }
    void theRelayServesWithoutTheOverlay()
    {
        auto &overlay = *m_pair->node.overlay;
        testing::wait(overlay.stop()); // it would bring the daemon back
        QVERIFY(testing::wait(m_pair->node.services.stop(u"yggdrasil"_s)).has_value());
        QVERIFY(!askDirect().isEmpty());
        const auto trouble = askRelay();
        QVERIFY2(trouble.isEmpty(), trouble.constData());
        QVERIFY(testing::wait(overlay.start()).has_value());
        QVERIFY(eventually([&] { return m_pair->connected(); }, 30s));
        QVERIFY(bothWork());
    }
    void theOverlayServesWithoutTheRelay()
    {
        QVERIFY(testing::wait(m_pair->user.services.stop(u"relay"_s)).has_value());
        QVERIFY(!askRelay().isEmpty());
        const auto trouble = askDirect();
        QVERIFY2(trouble.isEmpty(), trouble.constData());
        QVERIFY(startRelay());
        QVERIFY(bothWork());
    }
    void cleanupTestCase()
    {
        if (m_pair)
            m_pair->stop();
        m_pair.reset();
    }
};
ZOS_TEST(TestOverlayLoss)
#include "tst_overlayloss.moc"
