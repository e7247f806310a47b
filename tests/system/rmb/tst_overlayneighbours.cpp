// SPDX-License-Identifier: Apache-2.0
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/system/rmb/overlaymachine.h"

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

// Two machines on one cable that know nothing of each other: no peers are given, nobody listens on
// an address. Multicast on the local network brings them together.
class TestOverlayNeighbours : public QObject
{
    Q_OBJECT
    std::unique_ptr<lab::OverlayPair> m_pair;

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = lab::OverlayPair::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto().has_value());
        m_pair = std::make_unique<lab::OverlayPair>();
        QVERIFY(m_pair->make(lab::OverlayPair::Meet::ByMulticast));
    }
    void theyFindEachOther()
    {
        for (auto *machine : { &m_pair->node, &m_pair->user }) {
            QVERIFY(machine->config.peers.isEmpty() && machine->config.listen.isEmpty());
            const auto started = testing::wait(machine->overlay->start());
            QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().what));
        }
        QVERIFY(eventually([&] { return m_pair->connected(); }, 60s));
    }
    void andCallEachOther()
    {
        QVERIFY(m_pair->serve());
        const auto done = m_pair->asUser(u"ask"_s, 60s);
        QVERIFY2(done, done ? "" : qPrintable(done.error().what));
        QVERIFY2(done->exitCode == 0, QByteArray(done->out + done->err).constData());
    }
    void cleanupTestCase()
    {
        if (m_pair)
            m_pair->stop();
    }
};

ZOS_TEST(TestOverlayNeighbours)
#include "tst_overlayneighbours.moc"
