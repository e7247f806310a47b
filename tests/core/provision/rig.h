// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "core/provision/engine.h"
#include "core/store/failingstore.h"
#include "core/store/memorystore.h"
#include "hardware/fake/fakeimages.h"
#include "hardware/fake/fakemachines.h"
#include "hardware/fake/fakenetworks.h"
#include "hardware/fake/fakevolumes.h"
#include "tests/support/eventually.h"
#include "tests/support/memoryledger.h"
#include "tests/support/vectors.h"

#include <QTest>

namespace zos::testing {

// A node for tests: the engine on a simulated machine, a chain in memory, one user. The machine,
// the store and the chain outlive the engine, as they do on a real node.
class Rig
{
public:
    static constexpr quint32 kNode = 11;
    static constexpr quint32 kTwin = 42;

    Rig()
        : world(std::move(
              *hw::FakeWorld::fromJson("{\"cpu\":{\"threads\":4},\"memory\":8589934592,"
                                       "\"disks\":[{\"name\":\"sda\",\"size\":107374182400},{"
                                       "\"name\":\"sdb\",\"size\":53687091200}],"
                                       "\"nics\":[{\"name\":\"eth0\"}]}")))
        , volumes(*world)
        , networks(*world)
        , machines(*world)
        , images(*world)
        , store(memory)
        , user(*Identity::fromSeed(QByteArray(32, 'u')))
        , stranger(*Identity::fromSeed(QByteArray(32, 's')))
    {
        ledger.twins.insert(TwinId(kTwin), Twin { TwinId(kTwin), user.publicKey(), {}, {}, {} });
        ledger.twins.insert(
            TwinId(kTwin + 1), Twin { TwinId(kTwin + 1), stranger.publicKey(), {}, {}, {} });
        NodeRecord record;
        record.id = NodeId(kNode);
        ledger.nodes.insert(record.id, record);
        storeWorks();
        store.setAfter([this] { return afterCommit(); });
        wait(volumes.start());
        world->clearLog();
    }
    ~Rig()
    {
        world->release();
        ledger.answerAll();
        if (engine)
            wait(engine->stop());
        engine.reset();
        // What waited for the machine ends before the machine does.
        eventually([this] { return world->waitingCalls() == 0; });
        QCoreApplication::processEvents();
    }

    void makeEngine()
    {
        EnginePorts ports;
        ports.ledger = &ledger;
        ports.volumes = &volumes;
        ports.networks = &networks;
        ports.machines = &machines;
        ports.images = &images;
        ports.clock = &clock;
        ports.verification = verification;
        ports.store = otherStore ? otherStore : &store;
        EngineConfig config;
        config.node = NodeId(kNode);
        config.twin = nodeTwin;
        config.hostCpus = 4;
        config.hostMemory = 8_GiB;
        config.reservedMemory = 2_GiB;
        config.contractPatience = patience;
        engine = std::make_unique<Engine>(ports, config);
    }
    // Makes the engine and waits until everything is restored.
    bool start()
    {
        makeEngine();
        return wait(engine->start()).has_value() && idle();
    }
    // Writes of the store count as calls of the machine, so that a power cut can hit them too.
    void storeWorks()
    {
        store.setBefore([this] { return world->foreignCall(QStringLiteral("store.commit")); });
    }
    void crash() { engine.reset(); }
    bool idle()
    {
        return eventually([this] { return engine->pendingSteps() == 0; });
    }
    // Turns the clock and lets happen what is due by then.
    bool later(std::chrono::milliseconds time)
    {
        clock.advance(time);
        ledger.block += quint64(time / std::chrono::seconds(6));
        engine->tick();
        return idle();
    }

    // Whether the engine comes to wait for nothing but that much time.
    bool rests(std::chrono::milliseconds time)
    {
        return eventually([this, time] {
            const auto due = engine->nextLimit();
            return due && *due == clock.monotonic() + time;
        });
    }
    void turn(std::chrono::milliseconds time)
    {
        clock.advance(time);
        engine->tick();
    }
    // Lets the clock run, so slowly that only calls that do not answer meet their limits, until
    // the engine has nothing to do.
    bool runsOut(std::chrono::seconds most = std::chrono::hours(2))
    {
        for (const auto end = clock.monotonic() + most; clock.monotonic() < end;) {
            QCoreApplication::processEvents();
            if (engine->pendingSteps() == 0)
                return true;
            turn(std::chrono::seconds(1));
        }
        return false;
    }
    // Begins a request without waiting for its answer.
    using Answer = std::shared_ptr<std::optional<Result<>>>;
    static Answer begin(Task<Result<>> request)
    {
        const auto answer = std::make_shared<std::optional<Result<>>>();
        keep(std::move(request), answer);
        return answer;
    }

    // ---- requests. The contract is made, or given the new hash, on the chain.
    QByteArray request(
        quint64 contract, quint32 version, const QByteArrayList &workloads, quint32 twin = kTwin)
    {
        const auto text = compose(contract, version, workloads, twin, {});
        const auto deployment = Deployment::fromJson(text);
        if (!deployment)
            return text;
        const auto hash = deployment->challengeHex();
        if (ledger.contracts.contains(ContractId(contract)))
            ledger.contracts[ContractId(contract)].hash = hash;
        else
            ledger.addContract(ContractId(contract), TwinId(twin), NodeId(kNode), hash);
        return compose(contract, version, workloads, twin,
            (twin == kTwin ? user : stranger).sign(deployment->challengeHash()).toHex());
    }
    static QByteArray compose(quint64 contract, quint32 version, const QByteArrayList &workloads,
        quint32 twin, const QByteArray &signature)
    {
        JsonWriter writer;
        writer.object()
            .key(u"version")
            .number(version)
            .key(u"twin_id")
            .number(twin)
            .key(u"contract_id")
            .number(contract);
        writer.key(u"metadata")
            .string(u"m")
            .key(u"description")
            .string(u"d")
            .key(u"expiration")
            .number(0);
        writer.key(u"signature_requirement")
            .object()
            .key(u"weight_required")
            .number(1)
            .key(u"requests")
            .array();
        writer.object()
            .key(u"twin_id")
            .number(twin)
            .key(u"required")
            .boolean(false)
            .key(u"weight")
            .number(1)
            .end()
            .end();
        writer.key(u"signatures").array();
        if (!signature.isEmpty()) {
            writer.object().key(u"twin_id").number(twin).key(u"signature_type").string(u"ed25519");
            writer.key(u"signature").string(QString::fromLatin1(signature)).end();
        }
        writer.end().key(u"signature_style").string(u"").end();
        writer.key(u"workloads").array();
        for (const auto &workload : workloads)
            writer.raw(workload);
        return writer.end().end().text();
    }
    static QByteArray workload(
        const char *name, const char *type, const QByteArray &data, quint32 version = 0)
    {
        return JsonWriter()
            .object()
            .key(u"version")
            .number(version)
            .key(u"name")
            .string(QString::fromLatin1(name))
            .key(u"type")
            .string(QString::fromLatin1(type))
            .key(u"data")
            .raw(data)
            .key(u"metadata")
            .string(u"")
            .key(u"description")
            .string(u"")
            .end()
            .text();
    }
    static QByteArray disk(const char *name, quint64 size, quint32 version = 0)
    {
        return workload(
            name, "zmount", JsonWriter().object().key(u"size").number(size).end().text(), version);
    }
    static QByteArray network(const char *name = "net", quint16 port = 3011, quint32 version = 0)
    {
        return workload(name, "network",
            JsonWriter()
                .object()
                .key(u"ip_range")
                .string(u"10.20.0.0/16")
                .key(u"subnet")
                .string(u"10.20.2.0/24")
                .key(u"wireguard_private_key")
                .string(u"1BLKRScBfGyJtiAr/DL54X4d3Da24wKp3xbN6fhS1Hc=")
                .key(u"wireguard_listen_port")
                .number(port)
                .key(u"peers")
                .array()
                .end()
                .end()
                .text(),
            version);
    }
    static QByteArray machine(const char *name = "vm", const QByteArrayList &disks = { "data" },
        const char *ip = "10.20.2.2", quint64 memory = 1ULL << 30, quint32 version = 0)
    {
        JsonWriter writer;
        writer.object()
            .key(u"flist")
            .string(u"http://images.example/small.squashfs")
            .key(u"network")
            .object();
        writer.key(u"public_ip")
            .string(u"")
            .key(u"planetary")
            .boolean(false)
            .key(u"interfaces")
            .array()
            .object();
        writer.key(u"network")
            .string(u"net")
            .key(u"ip")
            .string(QString::fromLatin1(ip))
            .end()
            .end()
            .end();
        writer.key(u"size")
            .number(0)
            .key(u"compute_capacity")
            .object()
            .key(u"cpu")
            .number(1)
            .key(u"memory")
            .number(memory)
            .end();
        writer.key(u"mounts").array();
        for (const auto &mounted : disks)
            writer.object()
                .key(u"name")
                .string(QString::fromLatin1(mounted))
                .key(u"mountpoint")
                .string(QString(u"/" + QString::fromLatin1(mounted)))
                .end();
        writer.end()
            .key(u"entrypoint")
            .string(u"")
            .key(u"env")
            .object()
            .end()
            .key(u"corex")
            .boolean(false)
            .key(u"gpu")
            .array()
            .end();
        return workload(name, "zmachine", writer.end().text(), version);
    }
    static QByteArrayList fullSet() { return { machine(), network(), disk("data", 1ULL << 30) }; }

    // ---- looking
    Deployment get(quint64 contract, quint32 twin = kTwin) const
    {
        const auto json = engine->get(TwinId(twin), ContractId(contract));
        return json ? *Deployment::fromJson(*json) : Deployment {};
    }
    QList<Workload> workloads(quint64 contract) const // with their results, which requests lack
    {
        auto all = get(contract).workloads;
        for (auto &workload : all)
            workload.result = result(contract, workload.name.toLatin1());
        return all;
    }
    WorkloadResult result(quint64 contract, const char *name) const
    {
        const auto text = engine->get(TwinId(kTwin), ContractId(contract));
        if (!text)
            return {};
        const auto json = Json::parse(*text);
        for (const auto &item : json->find(u"workloads")->items()) {
            if (item.find(u"name")->string() == QLatin1StringView(name))
                return *WorkloadResult::fromJson(*item.find(u"result"));
        }
        return {};
    }
    QString state(quint64 contract, const char *name) const
    {
        return stateName(result(contract, name).state);
    }
    // "vm 0 init, vm 0 ok"
    QString changes(quint64 contract) const
    {
        const auto text = engine->changes(TwinId(kTwin), ContractId(contract));
        if (!text || *text == "null")
            return {};
        QStringList lines;
        const auto json = Json::parse(*text);
        for (const auto &item : json->items())
            lines += item.find(u"name")->string() + u' '
                + QString::fromLatin1(item.find(u"version")->number()) + u' '
                + item.find(u"result")->find(u"state")->string();
        return lines.join(QStringLiteral(", "));
    }
    int count(const QString &call) const
    {
        int found = 0;
        for (const auto &line : world->callLog())
            found += line.startsWith(call) ? 1 : 0;
        return found;
    }

    TwinId nodeTwin; // 0 = the engine does not compare it
    Verification *verification = nullptr;
    DeploymentStore *otherStore = nullptr; // in place of the one in memory
    std::chrono::milliseconds patience {}; // with a contract the chain does not show
    FakeClock clock;
    std::unique_ptr<hw::FakeWorld> world;
    hw::FakeVolumes volumes;
    hw::FakeNetworks networks;
    hw::FakeMachines machines;
    hw::FakeImages images;
    MemoryLedger ledger;
    MemoryStore memory;
    FailingStore store;
    Identity user;
    Identity stranger;
    std::unique_ptr<Engine> engine;

private:
    static Task<void> keep(Task<Result<>> request, Answer answer)
    {
        auto outcome = co_await std::move(request);
        answer->emplace(std::move(outcome));
    }
    Task<void> afterCommit()
    {
        const auto alive = co_await world->leave();
        Q_UNUSED(alive)
    }
};

} // namespace zos::testing
