// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/fake/fakeworld.h"

namespace zos::hw {

// Long-running programs that only pretend to run.
class FakeServices final : public Services
{
public:
    explicit FakeServices(FakeWorld &world)
        : m_world(world)
    {
    }
    Task<Result<>> start(ServiceSpec spec) override;
    Task<Result<>> stop(QString name) override;
    Task<Result<QList<ServiceState>>> list() override;

private:
    FakeWorld &m_world;
};

} // namespace zos::hw
