// SPDX-License-Identifier: Apache-2.0
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/system/rmb/overlaymachine.h"

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

// Two machines joined by one cable, each with a real daemon; the functions build on each other.
class TestOverlayBus : public QObject
{
    Q_OBJECT
    std::unique_ptr<lab::OverlayPair> m_pair;

    // One call each way between two bus peers; what they printed when it fails.
    QByteArray askEachOther()
    {
        const auto done = m_pair->asUser(u"ask"_s, 60s);
        if (!done)
            return done.error().what.toUtf8();
        return done->exitCode == 0 ? QByteArray() : done->out + done->err;
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = lab::OverlayPair::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto().has_value());
        m_pair = std::make_unique<lab::OverlayPair>();
        QVERIFY(m_pair->make());
    }
    void daemonsComeUpWithOurAddresses()
    {
        for (auto *machine : { &m_pair->node, &m_pair->user }) {
            const auto started = testing::wait(machine->overlay->start());
            QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().what));
            QCOMPARE(machine->overlay->state().address, machine->address());
        }
        QVERIFY(eventually([&] { return m_pair->connected(); }, 30s));
        QVERIFY(eventually(
            [&] {
                const auto now = m_pair->user.overlay->state().peers;
                return std::ranges::any_of(now,
                    [](const OverlayPeer &peer) { return peer.latency && *peer.latency < 5s; });
            },
            30s));
    }
    void callsGoBothWays()
    {
        QVERIFY(m_pair->serve());
        const auto trouble = askEachOther();
        QVERIFY2(trouble.isEmpty(), trouble.constData());
    }
    void aKilledDaemonComesBack()
    {
        auto &node = m_pair->node;
        const auto pidOf = [&] {
            const auto states = testing::wait(node.services.list());
            for (const auto &state : *states) {
                if (state.name == u"yggdrasil")
                    return state.pid;
            }
            return qint64(0);
        };
        const qint64 before = pidOf();
        QVERIFY(before > 0);
        QCOMPARE(::kill(static_cast<pid_t>(before), SIGKILL), 0);
        QVERIFY(eventually([&] { return !node.overlay->state().running; }, 30s));
        QVERIFY(!node.overlay->state().trouble.isEmpty());
        QVERIFY(eventually([&] { return m_pair->connected(); }, 60s));
        QVERIFY(pidOf() != before);
        const auto trouble = askEachOther();
        QVERIFY2(trouble.isEmpty(), trouble.constData());
    }
    void cleanupTestCase()
    {
        if (m_pair)
            m_pair->stop();
        m_pair.reset();
    }
};
ZOS_TEST(TestOverlayBus)
#include "tst_overlaybus.moc"
