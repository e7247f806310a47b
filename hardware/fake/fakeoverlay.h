// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/overlay.h"
#include "hardware/fake/fakeworld.h"

namespace zos::hw {

// An overlay without a daemon: up after start(), with the address it was told.
class FakeOverlay final : public Overlay
{
    Q_OBJECT
public:
    FakeOverlay(FakeWorld &world, QString address, QString subnet, QObject *parent = nullptr)
        : Overlay(parent)
        , m_world(world)
        , m_address(std::move(address))
        , m_subnet(std::move(subnet))
    {
    }
    Task<Result<>> start() override;
    OverlayState state() const override;

private:
    FakeWorld &m_world;
    QString m_address;
    QString m_subnet;
};

} // namespace zos::hw
