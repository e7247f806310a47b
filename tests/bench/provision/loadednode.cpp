// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/provision/loadednode.h"

#include "tests/core/provision/rig.h"

namespace zos::bench {

using namespace Qt::StringLiterals;
using testing::Rig;

namespace {

constexpr quint32 kFirstTwin = 1000;
constexpr auto kSize = 1_MiB;
constexpr auto kMachine = "{\"cpu\":{\"threads\":64},\"memory\":70368744177664,\"disks\":[],"
                          "\"nics\":[{\"name\":\"eth0\"}]}";

} // namespace

QList<PoolFacts> LightVolumes::pools() const
{
    return { PoolFacts { u"pool"_s, DiskKind::Ssd, {}, u"/mnt/pool"_s, Bytes(1ULL << 50),
        m_reserved, {}, true, {}, {} } };
}

Placement LightVolumes::place(const QList<VolumeWish> &wishes) const
{
    Placement placement;
    for (const auto &wish : wishes) {
        placement.pools += u"pool"_s;
        placement.missing += wish.size - m_all.value(wish.id).size;
    }
    return placement;
}

void LightVolumes::put(const QString &id, Bytes size)
{
    m_reserved += size - m_all.value(id).size;
    m_all.insert(id, { id, u"/mnt/pool/"_s + id, size, u"pool"_s });
}

Task<Result<StoredVolume>> LightVolumes::make(QString id, Bytes size)
{
    co_await pause(std::chrono::milliseconds(0));
    put(id, size);
    co_return m_all.value(id);
}

Task<Result<StoredVolume>> LightVolumes::find(QString id)
{
    co_await pause(std::chrono::milliseconds(0));
    if (!m_all.contains(id))
        co_return fail(ErrorCode::NotFound, u"no such volume"_s);
    co_return m_all.value(id);
}

Task<Result<>> LightVolumes::drop(QString id)
{
    co_await pause(std::chrono::milliseconds(0));
    m_reserved -= m_all.take(id).size;
    co_return {};
}

LoadedNode::LoadedNode()
    : m_folder(
          QStringLiteral(ZOS_BINARY_DIR "/bench-XXXXXX")) // a real disk: syncs cost what they cost
    , m_world(std::move(*hw::FakeWorld::fromJson(kMachine)))
    , m_networks(*m_world)
    , m_machines(*m_world)
    , m_images(*m_world)
    , m_store(std::make_unique<SqliteStore>(m_folder.filePath(u"state.sqlite"_s)))
{
    NodeRecord record;
    record.id = NodeId(Rig::kNode);
    m_ledger.nodes.insert(record.id, record);
}

LoadedNode::~LoadedNode()
{
    if (m_engine)
        testing::wait(m_engine->stop());
}

void LoadedNode::makeEngine()
{
    EnginePorts ports;
    ports.ledger = &m_ledger;
    ports.volumes = &m_volumes;
    ports.networks = &m_networks;
    ports.machines = &m_machines;
    ports.images = &m_images;
    ports.clock = &m_clock;
    ports.store = m_store.get();
    EngineConfig config;
    config.node = NodeId(Rig::kNode);
    config.hostCpus = 64;
    config.hostMemory = Bytes(1ULL << 46);
    config.reservedMemory = 2_GiB;
    m_engine = std::make_unique<Engine>(ports, config);
}

bool LoadedNode::start()
{
    makeEngine();
    return testing::wait(m_engine->start()).has_value();
}

void LoadedNode::restart(bool reboot)
{
    m_engine.reset();
    m_store.reset(); // closes the file
    m_store = std::make_unique<SqliteStore>(m_folder.filePath(u"state.sqlite"_s));
    if (reboot)
        m_world->reboot();
    makeEngine();
}

bool LoadedNode::idle()
{
    return testing::eventually(
        [this] { return m_engine->pendingSteps() == 0; }, std::chrono::minutes(5));
}

const Identity &LoadedNode::identity(TwinId twin)
{
    const auto known = m_identities.find(twin);
    if (known != m_identities.end())
        return known->second;
    const auto &made = m_identities.emplace(twin, Identity::generate()).first->second;
    m_ledger.twins.insert(twin, Twin { twin, made.publicKey(), {}, {}, {} });
    return made;
}

void LoadedNode::preload(int deployments)
{
    SqliteStore store(m_folder.filePath(u"state.sqlite"_s));
    (void)testing::wait(store.open());
    const auto now = m_clock.seconds().count();
    for (int first = 0; first < deployments; first += 500) {
        StoreChange change;
        for (int n = first; n < std::min(deployments, first + 500); ++n) {
            const DeploymentKey key { TwinId(kFirstTwin + 10'000 + quint32(n) / 10),
                ContractId(quint64(n) + 1) };
            const auto json = Rig::compose(key.contract.value(), 0,
                { Rig::disk("data", kSize.count()) }, key.twin.value(), QByteArray(128, '0'));
            const auto deployment = *Deployment::fromJson(json);
            m_ledger.addContract(
                key.contract, key.twin, NodeId(Rig::kNode), deployment.challengeHex());
            auto workload = deployment.workloads.first();
            const auto id = workloadId(key.twin, key.contract, workload.name);
            workload.result
                = { now, ResultState::Ok, {}, "{\"volume_id\":\"" + id.toUtf8() + "\"}" };
            m_volumes.put(id, kSize);
            change.deployments
                += StoredDeployment { key, quint64(n) + 1, now, key.twin, json, true, false };
            change.workloads += StoredWorkload { key, workload, {} };
            change.contracts
                += SeenContract { key, u"created"_s, deployment.challengeHex(), 0, now };
            for (const auto state : { ResultState::Init, ResultState::Ok }) {
                workload.result.state = state;
                change.log += LogEntry { 0, key, workload };
            }
        }
        (void)testing::wait(store.commit(change));
    }
}

LoadedNode::Request LoadedNode::request(const QByteArrayList &workloads, quint32 number)
{
    Request request { TwinId(kFirstTwin + number), ContractId(++m_lastContract), {} };
    const auto compose = [&](const QByteArray &signature) {
        return Rig::compose(
            request.contract.value(), 0, workloads, request.twin.value(), signature);
    };
    const auto deployment = *Deployment::fromJson(compose({}));
    m_ledger.addContract(
        request.contract, request.twin, NodeId(Rig::kNode), deployment.challengeHex());
    request.json = compose(identity(request.twin).sign(deployment.challengeHash()).toHex());
    return request;
}

QByteArrayList LoadedNode::machineSet(quint32 number)
{
    return { Rig::network("net", quint16(10'000 + number)), Rig::disk("data", kSize.count()),
        Rig::machine("vm", { "data" }, "10.20.2.2", 256ULL << 20) };
}

} // namespace zos::bench
