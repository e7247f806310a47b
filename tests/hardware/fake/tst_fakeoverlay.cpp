// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeoverlay.h"
#include "tests/support/contracts/overlaycontract.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace Qt::StringLiterals;

class TestFakeOverlay : public testing::OverlayContract
{
    Q_OBJECT
    std::unique_ptr<hw::FakeWorld> m_world
        = std::move(*hw::FakeWorld::fromJson("{\"memory\":1073741824}"));
    std::unique_ptr<hw::FakeOverlay> m_overlay;

    Overlay &overlay() override { return *m_overlay; }
    void restart() override
    {
        m_overlay = std::make_unique<hw::FakeOverlay>(*m_world, address(), subnet());
    }
    QString address() const override { return u"200:1::2"_s; }
    QString subnet() const override { return u"300:1::/64"_s; }

private Q_SLOTS:
    void initTestCase() { restart(); }
};
ZOS_TEST(TestFakeOverlay)
#include "tst_fakeoverlay.moc"
