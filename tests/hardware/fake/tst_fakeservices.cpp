// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeservices.h"
#include "tests/support/contracts/servicescontract.h"
#include "tests/support/runner.h"

using namespace zos;

class TestFakeServices : public testing::ServicesContract
{
    Q_OBJECT
    std::unique_ptr<hw::FakeWorld> m_world
        = std::move(*hw::FakeWorld::fromJson("{\"memory\":1073741824}"));
    std::unique_ptr<hw::FakeServices> m_services = std::make_unique<hw::FakeServices>(*m_world);

    Services &services() override { return *m_services; }
    void restart() override { m_services = std::make_unique<hw::FakeServices>(*m_world); }
};
ZOS_TEST(TestFakeServices)
#include "tst_fakeservices.moc"
