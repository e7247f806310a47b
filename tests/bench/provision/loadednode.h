// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "core/provision/engine.h"
#include "core/store/sqlitestore.h"
#include "hardware/fake/fakeimages.h"
#include "hardware/fake/fakemachines.h"
#include "hardware/fake/fakenetworks.h"
#include "tests/support/memoryledger.h"

#include <QHash>
#include <QTemporaryDir>

namespace zos::bench {

// Volumes that cost the same however many there are, which the simulated ones do not: what is
// measured is the engine.
class LightVolumes final : public Volumes
{
public:
    Task<Result<>> start() override { co_return {}; }
    QList<PoolFacts> pools() const override;
    Placement place(const QList<VolumeWish> &wishes) const override;
    Task<Result<StoredVolume>> createDisk(QString id, Bytes size) override
    {
        return make(id, size);
    }
    Task<Result<StoredVolume>> disk(QString id) override { return find(id); }
    Task<Result<StoredVolume>> growDisk(QString id, Bytes size) override { return make(id, size); }
    Task<Result<>> formatDisk(QString) override { co_return {}; }
    Task<Result<>> removeDisk(QString id) override { return drop(id); }
    Task<Result<StoredVolume>> createVolume(QString id, Bytes size) override
    {
        return make(id, size);
    }
    Task<Result<StoredVolume>> volume(QString id) override { return find(id); }
    Task<Result<StoredVolume>> growVolume(QString id, Bytes size) override
    {
        return make(id, size);
    }
    Task<Result<>> removeVolume(QString id) override { return drop(id); }
    Task<Result<QList<StoredVolume>>> list() override { co_return m_all.values(); }

    void put(const QString &id, Bytes size); // as if it was there

private:
    Task<Result<StoredVolume>> make(QString id, Bytes size);
    Task<Result<StoredVolume>> find(QString id);
    Task<Result<>> drop(QString id);

    QHash<QString, StoredVolume> m_all;
    Bytes m_reserved;
};

// The engine with its store on a real disk and as many deployments as wanted, on a machine that is
// only pretended.
class LoadedNode
{
public:
    LoadedNode();
    ~LoadedNode();

    bool start();
    void restart(bool reboot); // begins with the store as it was left
    bool idle();
    // Before start(): writes them into the store and onto the machine, without asking anybody. A
    // disk each, ten of each twin.
    void preload(int deployments);

    struct Request
    {
        TwinId twin;
        ContractId contract;
        QByteArray json;
    };
    // Signed, with its contract on the chain. `number` tells its twin; 0 is a twin for itself.
    Request request(const QByteArrayList &workloads, quint32 number = 0);
    static QByteArrayList machineSet(quint32 number); // network, disk and machine

    Engine &engine() { return *m_engine; }
    SqliteStore &store() { return *m_store; }

private:
    void makeEngine();
    const Identity &identity(TwinId twin);

    SystemClock m_clock;
    QTemporaryDir m_folder;
    std::unique_ptr<hw::FakeWorld> m_world;
    LightVolumes m_volumes;
    hw::FakeNetworks m_networks;
    hw::FakeMachines m_machines;
    hw::FakeImages m_images;
    testing::MemoryLedger m_ledger;
    std::unique_ptr<SqliteStore> m_store;
    std::unique_ptr<Engine> m_engine;
    std::map<TwinId, Identity> m_identities;
    quint64 m_lastContract = 1'000'000;
};

} // namespace zos::bench
