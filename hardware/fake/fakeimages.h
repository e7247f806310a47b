// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/images.h"
#include "hardware/fake/fakeworld.h"

namespace zos::hw {

// Images that exist by being asked for.
class FakeImages final : public Images
{
public:
    explicit FakeImages(FakeWorld &world)
        : m_world(world)
    {
    }
    Task<Result<MachineRoot>> mountRoot(
        QString id, QString url, QString upper, ImageProgress progress, CancelToken token) override;
    Task<Result<MachineRoot>> mountCached(QString id, QString sha256, QString upper) override;
    Task<Result<QStringList>> cached() override;
    Task<Result<>> unmountRoot(QString id) override;
    Task<Result<QStringList>> mounted() override;

    void setStartupToml(const QString &text) { m_startupToml = text; }

private:
    Task<Result<MachineRoot>> mount(QString id, QString url, QString upper);

    FakeWorld &m_world;
    QString m_startupToml;
};

} // namespace zos::hw
