// SPDX-License-Identifier: Apache-2.0
#include "tests/support/contracts/overlaycontract.h"
#include "tests/support/runner.h"
#include "tests/system/rmb/overlaymachine.h"

using namespace zos;

// A real yggdrasil daemon in a name space of its own.
class TestOverlayContract : public testing::OverlayContract
{
    Q_OBJECT
    std::unique_ptr<lab::OverlayPair> m_pair;

    Overlay &overlay() override { return *m_pair->node.overlay; }
    void restart() override
    {
        testing::wait(m_pair->node.overlay->stop());
        m_pair->node.open();
    }
    QString address() const override { return m_pair->node.address(); }
    QString subnet() const override { return yggdrasilSubnet(m_pair->node.identity.publicKey()); }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = lab::OverlayPair::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto().has_value());
        m_pair = std::make_unique<lab::OverlayPair>();
        QVERIFY(m_pair->make());
    }
    void cleanupTestCase()
    {
        if (m_pair)
            m_pair->stop();
        m_pair.reset();
    }
};
ZOS_TEST(TestOverlayContract)
#include "tst_overlaycontract.moc"
