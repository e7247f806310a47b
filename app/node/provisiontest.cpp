// SPDX-License-Identifier: Apache-2.0
#include "app/node/provisiontest.h"

#include "core/base/json.h"
#include "core/model/zmachine.h"
#include "core/plan/machineplan.h"
#include "core/provision/engine.h"
#include "core/provision/types/step.h"

#include <QRandomGenerator>

#include <algorithm>

namespace zos::app {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 60s; // for a step
constexpr auto kMakingPatience = 5min; // for all that makes something
constexpr auto kRemovalPatience = 20s; // for a step that removes something
constexpr auto kRemovingPatience = 90s; // for all of them
constexpr auto kFarewellPatience = 4s; // the same while the node ends
constexpr Bytes kDiskSize = 16_MiB;
constexpr Bytes kRootSize = 32_MiB;
constexpr Bytes kMemory = 128_MiB;
constexpr qsizetype kImagesTried = 3;
constexpr quint16 kFirstPort = 40'000; // above those that users take
const QStringView kName = u"selftest";

// Of disk and machine: they are two things.
QString ownId()
{
    return workloadId(TwinId(0), ContractId(0), kName);
}

QString ownRoot()
{
    return u"rootfs:" + ownId();
}

QString ownNetwork()
{
    return networkId(TwinId(0), kName);
}

// Limits of the steps of a part, and of all of it.
class Limits
{
public:
    // Cancelled, it goes on for the rest at most.
    Limits(ProvisionSources sources, std::chrono::milliseconds all, const CancelToken &token,
        std::chrono::milliseconds rest)
        : m_agenda(*sources.deadlines)
        , m_name(QStringLiteral("provisiontest %1").arg(++s_last))
    {
        const auto end = [hard = stop.hard] { hard.cancel(); };
        stop.deadlines = &m_agenda;
        m_agenda.at(m_name, all, end);
        token.onCancel(&m_context, [this, rest, end] {
            if (rest > 0ms)
                m_agenda.earlier(m_name, rest, end);
            else
                end();
        });
    }
    ~Limits() { m_agenda.drop(m_name); }
    Limits(const Limits &) = delete;
    Limits &operator=(const Limits &) = delete;

    StopSignal stop;

private:
    static inline quint64 s_last = 0; // event loop only
    QObject m_context;
    Agenda &m_agenda;
    const QString m_name;
};

Result<NetworkPlan> planOf(const Networks &networks)
{
    const auto taken = networks.wireguardPorts();
    quint16 port = kFirstPort;
    while (taken.contains(port))
        ++port;
    QByteArray key(32, Qt::Uninitialized);
    QRandomGenerator::system()->generate(key.begin(), key.end());
    JsonWriter json;
    json.object().key(u"ip_range").string(u"10.254.0.0/16");
    json.key(u"subnet").string(u"10.254.2.0/24");
    json.key(u"wireguard_private_key").string(QString::fromLatin1(key.toBase64()));
    json.key(u"wireguard_listen_port").number(port).key(u"peers").array().end().end();
    const auto text = Json::parse(json.text());
    if (!text)
        return fail(text.error());
    const auto decoded = decodeWorkloadData(u"network", *text);
    if (!decoded)
        return fail(decoded.error());
    const auto *data = dynamic_cast<const Network *>(decoded->get());
    if (!data)
        return fail(ErrorCode::Bug, QStringLiteral("a network that is none"));
    return planNetwork(TwinId(0), kName, *data);
}

// False when what is left of the node is promised to users. Pools that are all broken have no room
// either, but that has to be found.
bool hasRoom(const ProvisionSources &sources, const QString &name, Bytes memory, VolumeWish volume)
{
    const auto pools = sources.volumes->pools();
    return !std::ranges::any_of(pools, &PoolFacts::healthy)
        || sources.engine->borrow(name, memory, volume);
}

// Nothing when there is no room for one.
Task<Result<std::optional<StoredVolume>>> tryDisk(ProvisionSources sources, StopSignal stop)
{
    if (!hasRoom(sources, QStringLiteral("disk"), {}, { ownId(), kDiskSize, true }))
        co_return std::nullopt;
    const auto made = co_await namedStep(stop, kPatience, QStringLiteral("creating the disk"),
        [&] { return sources.volumes->createDisk(ownId(), kDiskSize); });
    if (!made)
        co_return fail(made.error());
    const auto formatted
        = co_await namedStep(stop, kPatience, QStringLiteral("formatting the disk"),
            [&] { return sources.volumes->formatDisk(ownId()); });
    if (!formatted)
        co_return fail(formatted.error());
    const auto found = co_await namedStep(stop, kPatience, QStringLiteral("looking for the disk"),
        [&] { return sources.volumes->disk(ownId()); });
    if (!found)
        co_return fail(found.error());
    if (found->size != kDiskSize)
        co_return fail(ErrorCode::Bug,
            QStringLiteral("a disk of %1 bytes instead of %2")
                .arg(found->size.count())
                .arg(kDiskSize.count()));
    co_return *found;
}

Task<Result<NetworkPlan>> tryNetwork(ProvisionSources sources, StopSignal stop)
{
    const auto plan = planOf(*sources.networks);
    if (!plan)
        co_return plan;
    const auto made = co_await namedStep(stop, kPatience, QStringLiteral("setting up the network"),
        [&] { return sources.networks->apply(*plan); });
    if (!made)
        co_return fail(made.error());
    const auto state = co_await namedStep(stop, kPatience, QStringLiteral("looking at the network"),
        [&] { return sources.networks->state(ownNetwork()); });
    if (!state)
        co_return fail(state.error());
    if (!state->bridgeUp || !state->gateway || !state->wireguard)
        co_return fail(ErrorCode::Bug, QStringLiteral("a part of the network is not up"));
    co_return plan;
}

// Of an image with a kernel of its own no machine is made. Nothing when all that were tried have
// one.
Task<Result<std::optional<MachineRoot>>> tryRoot(
    ProvisionSources sources, StopSignal stop, QStringList images)
{
    for (const auto &sha256 : images.first(std::min(images.size(), kImagesTried))) {
        const auto volume
            = co_await namedStep(stop, kPatience, QStringLiteral("creating the root volume"),
                [&] { return sources.volumes->createVolume(ownRoot(), kRootSize); });
        if (!volume)
            co_return fail(volume.error());
        const auto root = co_await namedStep(stop, 2min, QStringLiteral("mounting the image"),
            [&] { return sources.images->mountCached(ownId(), sha256, volume->path); });
        if (root && root->mode == ImageMode::Container)
            co_return *root;
        if (!root && root.error().code != ErrorCode::NotFound) // it may have made room for others
            co_return fail(root.error());
        const auto unmounted
            = co_await namedStep(stop, kPatience, QStringLiteral("unmounting the image"),
                [&] { return sources.images->unmountRoot(ownId()); });
        if (!unmounted)
            co_return fail(unmounted.error());
        const auto removed
            = co_await namedStep(stop, kPatience, QStringLiteral("removing the root volume"),
                [&] { return sources.volumes->removeVolume(ownRoot()); });
        if (!removed)
            co_return fail(removed.error());
    }
    co_return std::nullopt;
}

Result<MachinePlan> planOf(
    const QString &rootPath, const NicPlan &nic, const std::optional<StoredVolume> &disk)
{
    ZMachine data;
    data.cpu = 1;
    data.memory = 250_MiB; // the least a user may ask for
    data.entrypoint = QStringLiteral("/none"); // what is in the image is somebody's: it is not run
    MachineInput input;
    input.id = ownId();
    input.name = kName.toString();
    input.data = &data;
    input.rootPath = rootPath;
    if (disk)
        input.disks = { { disk->path, QStringLiteral("zd-0"), QStringLiteral("/data") } };
    input.nics = { nic };
    auto plan = planMachine(input);
    if (plan) {
        plan->memory = kMemory;
        plan->paused = true;
    }
    return plan;
}

Task<Result<>> tryMachine(ProvisionSources sources, StopSignal stop, NetworkPlan network,
    std::optional<StoredVolume> disk)
{
    const auto images = co_await namedStep(stop, kPatience, QStringLiteral("listing cached images"),
        [&] { return sources.images->cached(); });
    if (!images)
        co_return fail(images.error());
    if (images->isEmpty()
        || !hasRoom(sources, QStringLiteral("machine"), kMemory, { ownRoot(), kRootSize, false }))
        co_return {};
    const auto root = co_await tryRoot(sources, stop, *images);
    if (!root)
        co_return fail(root.error());
    if (!*root)
        co_return {};
    const auto nic = planPrivateNic(ownId(), network, IpAddress::fromV4(0x0afe0202), {});
    if (!nic)
        co_return fail(nic.error());
    const auto plugged
        = co_await namedStep(stop, kPatience, QStringLiteral("adding the network card"),
            [&] { return sources.networks->addTap(nic->tap, nic->bridge); });
    if (!plugged)
        co_return fail(plugged.error());
    const auto plan = planOf((*root)->path, *nic, disk);
    if (!plan)
        co_return fail(plan.error());
    const auto started = co_await namedStep(stop, 2min, QStringLiteral("starting the machine"),
        [&] { return sources.machines->run(*plan); });
    if (!started)
        co_return fail(started.error());
    // It waits: one that runs could have ended by now.
    const auto all = co_await namedStep(stop, kPatience, QStringLiteral("listing machines"),
        [&] { return sources.machines->list(); });
    if (!all)
        co_return fail(all.error());
    if (!std::ranges::contains(*all, ownId(), &MachineFacts::id))
        co_return fail(ErrorCode::Bug, QStringLiteral("the machine is not there"));
    const auto runs = co_await namedStep(stop, kPatience, QStringLiteral("letting the machine run"),
        [&] { return sources.machines->resumeMachine(ownId()); });
    co_return runs;
}

Task<QStringList> tryAll(ProvisionSources sources, CancelToken token)
{
    QStringList troubles;
    const Limits limits(sources, kMakingPatience, token, 0ms);
    const auto note = [&](const QString &part, const Error &error) {
        if (!token.cancelled()) // nobody's fault
            troubles += error.wrapped(part).what;
    };
    const auto disk = co_await tryDisk(sources, limits.stop);
    if (!disk)
        note(QStringLiteral("disk"), disk.error());
    const auto network = co_await tryNetwork(sources, limits.stop);
    if (!network) {
        note(QStringLiteral("network"), network.error());
        co_return std::as_const(troubles);
    }
    const auto machine
        = co_await tryMachine(sources, limits.stop, *network, disk.value_or(std::nullopt));
    if (!machine)
        note(QStringLiteral("machine"), machine.error());
    co_return std::as_const(troubles);
}

} // namespace

Task<QStringList> removeTestRemains(ProvisionSources sources, CancelToken token)
{
    QStringList troubles;
    const Limits limits(sources, kRemovingPatience, token, kFarewellPatience);
    // Each object on its own: one that resists must not keep the others alive.
    const auto note = [&troubles](const Result<> &removed) {
        if (!removed)
            troubles += removed.error().what;
    };
    const auto &stop = limits.stop;
    note(co_await namedStep(stop, kRemovalPatience, QStringLiteral("removing the machine"),
        [&] { return sources.machines->destroy(ownId()); }));
    note(co_await namedStep(stop, kRemovalPatience, QStringLiteral("unmounting the image"),
        [&] { return sources.images->unmountRoot(ownId()); }));
    note(co_await namedStep(stop, kRemovalPatience, QStringLiteral("removing the root volume"),
        [&] { return sources.volumes->removeVolume(ownRoot()); }));
    note(co_await namedStep(stop, kRemovalPatience, QStringLiteral("removing the network card"),
        [&] { return sources.networks->removeTap(tapName(ownId(), kName)); }));
    note(co_await namedStep(stop, kRemovalPatience, QStringLiteral("removing the disk"),
        [&] { return sources.volumes->removeDisk(ownId()); }));
    note(co_await namedStep(stop, kRemovalPatience, QStringLiteral("removing the network"),
        [&] { return sources.networks->remove(ownNetwork()); }));
    co_return std::as_const(troubles);
}

Task<SelfTestResult> testProvisioning(ProvisionSources sources, CancelToken token)
{
    QStringList troubles = co_await removeTestRemains(sources, token);
    troubles += co_await tryAll(sources, token);
    troubles += co_await removeTestRemains(sources, token);
    sources.engine->giveBack();
    troubles.removeDuplicates();
    JsonWriter json;
    json.array();
    for (const auto &trouble : std::as_const(troubles))
        json.string(trouble);
    co_return SelfTestResult { QStringLiteral("provisiontest"),
        QStringLiteral("makes a disk, a network and a machine as for a user, and removes them"),
        sources.clock->seconds().count(), json.end().text(), troubles };
}

} // namespace zos::app
