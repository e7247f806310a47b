// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeimages.h"
#include "tests/support/contracts/imagescontract.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace Qt::StringLiterals;

class TestFakeImages : public testing::ImagesContract
{
    Q_OBJECT
    std::unique_ptr<hw::FakeWorld> m_world
        = std::move(*hw::FakeWorld::fromJson("{\"memory\":1073741824}"));
    std::unique_ptr<hw::FakeImages> m_images = std::make_unique<hw::FakeImages>(*m_world);

    Images &images() override { return *m_images; }
    void restart() override { m_images = std::make_unique<hw::FakeImages>(*m_world); }
    QString url(int which) override
    {
        return which == 0 ? u"http://images.example/a.squashfs"_s : u"file:///b.squashfs"_s;
    }
    QString upper(const QString &id) override { return u"/mnt/pool/rootfs:"_s + id; }
    void cutOff(bool) override { } // there is nothing behind its URLs
};
ZOS_TEST(TestFakeImages)
#include "tst_fakeimages.moc"
