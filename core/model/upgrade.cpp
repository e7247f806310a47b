// SPDX-License-Identifier: Apache-2.0
#include "core/model/upgrade.h"

#include "core/model/zmachine.h"

#include <algorithm>

namespace zos {

namespace {

std::unexpected<Error> refuseUpgrade(const QString &detail)
{
    return fail(ErrorCode::Invalid, detail + QStringLiteral(": upgrade validation error"));
}

// Equal in everything the hash covers: clients write the same data with other key orders.
bool sameData(const Workload &a, const Workload &b)
{
    QByteArray texts[2];
    if (a.decoded)
        a.decoded->appendChallenge(texts[0]);
    if (b.decoded)
        b.decoded->appendChallenge(texts[1]);
    return texts[0] == texts[1];
}

// What stays mounted stays where it is.
bool moves(const QList<MachineMount> &before, const QList<MachineMount> &after)
{
    return std::ranges::any_of(before, [&after](const MachineMount &mount) {
        const auto later = std::ranges::find(after, mount.name, &MachineMount::name);
        return later != after.end() && *later != mount;
    });
}

// A machine is what its image and its network make of it: another of these is another machine.
Result<> compareMachine(const Workload &old, const Workload &workload)
{
    const auto *before = old.as<ZMachine>();
    const auto *after = workload.as<ZMachine>();
    if (!before || !after || old.result.state == ResultState::Error)
        return {};
    const auto refuse = [&workload](QLatin1StringView part, QLatin1StringView why) {
        return refuseUpgrade(QStringLiteral("%1 of machine '%2' cannot be %3, deploy a new machine")
                .arg(part, workload.name, why));
    };
    using namespace Qt::StringLiterals;
    if (after->flist != before->flist)
        return refuse("flist"_L1, "changed"_L1);
    if (after->publicIp != before->publicIp || after->planetary != before->planetary
        || after->interfaces != before->interfaces || after->mycelium != before->mycelium)
        return refuse("network"_L1, "changed"_L1);
    if (moves(before->mounts, after->mounts))
        return refuse("mount points"_L1, "changed"_L1);
    if (after->gpu != before->gpu)
        return refuse("gpu"_L1, "changed"_L1);
    if (after->corex != before->corex)
        return refuse("corex"_L1, "changed"_L1);
    if (after->size < before->size)
        return refuse("size"_L1, "made smaller"_L1);
    return {};
}

Result<> compareWorkload(
    const Workload *old, const Workload &workload, quint32 version, Upgrade &upgrade)
{
    if (!old) {
        if (workload.version != version) {
            return refuseUpgrade(
                QStringLiteral("invalid version number for workload '%1' expected '%2'")
                    .arg(workload.name, QString::number(version)));
        }
        upgrade.add += workload.name;
        return {};
    }
    if (old->type != workload.type)
        return refuseUpgrade(QStringLiteral("cannot change workload type '%1'").arg(workload.name));
    if (workload.version == version) {
        upgrade.update += workload.name;
        return compareMachine(*old, workload);
    }
    if (!sameData(*old, workload))
        return refuseUpgrade(
            QStringLiteral("workload '%1' changed without new version").arg(workload.name));
    return {};
}

} // namespace

Result<Upgrade> Upgrade::between(const Deployment &stored, const Deployment &wanted)
{
    if (auto valid = wanted.validate(); !valid)
        return refuseUpgrade(QStringLiteral("new deployment is invalid: ") + valid.error().what);
    if (stored.twin != wanted.twin || stored.contract != wanted.contract)
        return refuseUpgrade(QStringLiteral("cannot change deployment or twin id"));
    const quint64 expected = quint64 { stored.version } + 1;
    if (wanted.version != expected) {
        return refuseUpgrade(QStringLiteral("expecting deployment version %1, got %2")
                .arg(expected)
                .arg(wanted.version));
    }
    Upgrade upgrade;
    for (const auto &workload : wanted.workloads) {
        const auto *old = stored.find(workload.name);
        if (auto done = compareWorkload(old, workload, wanted.version, upgrade); !done)
            return fail(done.error());
    }
    for (const auto &workload : stored.workloads) {
        if (!wanted.find(workload.name))
            upgrade.remove += workload.name;
    }
    for (const auto &name : upgrade.update) {
        if (const auto &type = wanted.find(name)->type; !supportsUpdate(type))
            return refuseUpgrade(
                QStringLiteral("workload '%1' does not support upgrade").arg(type));
    }
    return upgrade;
}

MachineChange MachineChange::between(const ZMachine &old, const ZMachine &wanted)
{
    return { wanted.cpu != old.cpu || wanted.memory != old.memory, wanted.mounts != old.mounts,
        wanted.entrypoint != old.entrypoint || wanted.env != old.env,
        wanted.rootSize() != old.rootSize() };
}

} // namespace zos
