// SPDX-License-Identifier: Apache-2.0
#include "app/node/provisiontest.h"

#include "core/base/json.h"
#include "core/base/task.h"
#include "core/model/deployment.h"
#include "core/plan/networkplan.h"

#include <QRandomGenerator>

namespace zos::app {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 60s; // for each step
constexpr Bytes kSize = 16_MiB;
constexpr quint16 kFirstPort = 40'000; // above those that users take
const QStringView kName = u"selftest";

QString diskId()
{
    return workloadId(TwinId(0), ContractId(0), kName);
}

QString ownNetwork()
{
    return networkId(TwinId(0), kName);
}

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

Task<Result<>> tryDisk(Volumes *volumes)
{
    const auto made = co_await withDeadline(
        volumes->createDisk(diskId(), kSize), kPatience, QStringLiteral("creating a disk"));
    if (!made)
        co_return fail(made.error());
    const auto formatted = co_await withDeadline(
        volumes->formatDisk(diskId()), kPatience, QStringLiteral("formatting the disk"));
    if (!formatted)
        co_return fail(formatted.error());
    const auto found = co_await withDeadline(
        volumes->disk(diskId()), kPatience, QStringLiteral("looking for the disk"));
    if (!found)
        co_return fail(found.error());
    if (found->size != kSize)
        co_return fail(ErrorCode::Bug,
            QStringLiteral("a disk of %1 bytes instead of %2")
                .arg(found->size.count())
                .arg(kSize.count()));
    co_return {};
}

Task<Result<>> tryNetwork(Networks *networks)
{
    const auto plan = planOf(*networks);
    if (!plan)
        co_return fail(plan.error());
    const auto made = co_await withDeadline(
        networks->apply(*plan), kPatience, QStringLiteral("creating a network"));
    if (!made)
        co_return made;
    const auto all
        = co_await withDeadline(networks->list(), kPatience, QStringLiteral("listing networks"));
    if (!all)
        co_return fail(all.error());
    if (!all->contains(ownNetwork()))
        co_return fail(ErrorCode::Bug, QStringLiteral("the network is not there"));
    co_return {};
}

} // namespace

Task<QStringList> removeTestRemains(ProvisionSources sources)
{
    QStringList troubles;
    const auto disk = co_await withDeadline(
        sources.volumes->removeDisk(diskId()), kPatience, QStringLiteral("removing the disk"));
    if (!disk)
        troubles += disk.error().what;
    const auto network = co_await withDeadline(
        sources.networks->remove(ownNetwork()), kPatience, QStringLiteral("removing the network"));
    if (!network)
        troubles += network.error().what;
    co_return troubles;
}

Task<SelfTestResult> testProvisioning(ProvisionSources sources)
{
    QStringList troubles = co_await removeTestRemains(sources);
    if (troubles.isEmpty()) {
        const auto disk = co_await tryDisk(sources.volumes);
        if (!disk)
            troubles += disk.error().wrapped(QStringLiteral("disk")).what;
        const auto network = co_await tryNetwork(sources.networks);
        if (!network)
            troubles += network.error().wrapped(QStringLiteral("network")).what;
        troubles += co_await removeTestRemains(sources);
    }
    JsonWriter json;
    json.array();
    for (const auto &trouble : std::as_const(troubles))
        json.string(trouble);
    co_return SelfTestResult { QStringLiteral("provisiontest"),
        QStringLiteral("makes a disk and a network as for a user, and removes them"),
        sources.clock->seconds().count(), json.end().text(), troubles };
}

} // namespace zos::app
