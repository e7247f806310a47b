// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/fake/fakeworld.h"

namespace zos::hw {

// Pools, disk files and volumes of the simulated machine.
class FakeVolumes final : public Volumes
{
public:
    explicit FakeVolumes(FakeWorld &world)
        : m_world(world)
    {
    }
    Task<Result<>> start() override;
    QList<PoolFacts> pools() const override;
    Placement place(const QList<VolumeWish> &wishes) const override;
    Task<Result<StoredVolume>> createDisk(QString id, Bytes size) override;
    Task<Result<StoredVolume>> disk(QString id) override;
    Task<Result<StoredVolume>> growDisk(QString id, Bytes size) override;
    Task<Result<>> formatDisk(QString id) override;
    Task<Result<>> removeDisk(QString id) override;
    Task<Result<StoredVolume>> createVolume(QString id, Bytes size) override;
    Task<Result<StoredVolume>> volume(QString id) override;
    Task<Result<StoredVolume>> growVolume(QString id, Bytes size) override;
    Task<Result<>> removeVolume(QString id) override;
    Task<Result<QList<StoredVolume>>> list() override;

private:
    Task<Result<StoredVolume>> create(QString call, QString id, Bytes size, bool disk);
    Task<Result<StoredVolume>> find(QString call, QString id, bool disk);
    Task<Result<StoredVolume>> grow(QString call, QString id, Bytes size, bool disk);
    Task<Result<>> remove(QString call, QString id, bool disk);

    FakeWorld &m_world;
};

} // namespace zos::hw
