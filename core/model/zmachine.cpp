// SPDX-License-Identifier: Apache-2.0
#include "core/model/zmachine.h"

#include "core/model/challenge.h"
#include "core/model/fields.h"

#include <algorithm>

namespace zos {

namespace {

Result<> readMachineInterface(const Json &json, MachineInterface &interface)
{
    return JsonFields(json)
        .text(u"network", interface.network)
        .address(u"ip", interface.ip)
        .finish();
}

Result<> readMachineMycelium(const Json &json, std::optional<MachineMycelium> &mycelium)
{
    if (json.isNull()) {
        mycelium.reset();
        return {};
    }
    if (!mycelium)
        mycelium.emplace();
    return JsonFields(json)
        .text(u"network", mycelium->network)
        .hex(u"hex_seed", mycelium->seed)
        .finish();
}

Result<> readMachineNetwork(const Json &json, ZMachine::Kind kind, ZMachine &machine)
{
    JsonFields fields(json);
    if (kind == ZMachine::Kind::Full)
        fields.text(u"public_ip", machine.publicIp).flag(u"planetary", machine.planetary);
    return fields.list(u"interfaces", machine.interfaces, limits::machineList, readMachineInterface)
        .object(u"mycelium", machine.mycelium, readMachineMycelium)
        .finish();
}

Result<> readMachineCapacity(const Json &json, ZMachine &machine)
{
    return JsonFields(json).number(u"cpu", machine.cpu).size(u"memory", machine.memory).finish();
}

Result<> readMachineMount(const Json &json, MachineMount &mount)
{
    return JsonFields(json)
        .text(u"name", mount.name)
        .text(u"mountpoint", mount.mountpoint)
        .finish();
}

// Keys are data here: case matters and only an exact repetition replaces a value.
Result<> readEnvironment(const Json &json, QMap<QByteArray, QString> &env)
{
    if (json.isNull()) {
        env.clear();
        return {};
    }
    if (!json.isObject())
        return fail(ErrorCode::Invalid, QStringLiteral("expected an object"));
    for (const auto &[key, value] : json.members()) {
        QString text;
        if (auto read = JsonFields::readText(value, text, limits::environmentValueBytes); !read)
            return fail(read.error().wrapped(QStringLiteral("value of '%1'")
                    .arg(key.first(std::min<qsizetype>(key.size(), 64)))));
        env.insert(key.toUtf8(), text);
    }
    return {};
}

Bytes minimumRoot(quint8 cpu, Bytes memory)
{
    // Divided first: the product of a hostile size does not fit into 64 bits.
    const quint64 perCpu = (8_GiB).count();
    const bool large = cpu > 0 && memory.count() >= (perCpu + cpu - 1) / cpu;
    return large ? 2_GiB : 500_MiB;
}

} // namespace

Result<> ZMachine::read(const Json &data, Kind kind, ZMachine &machine)
{
    return JsonFields(data)
        .text(u"flist", machine.flist)
        .each(u"network", [&](const Json &json) { return readMachineNetwork(json, kind, machine); })
        .size(u"size", machine.size)
        .object(u"compute_capacity", machine, readMachineCapacity)
        .list(u"mounts", machine.mounts, limits::machineList, readMachineMount)
        .text(u"entrypoint", machine.entrypoint)
        .object(u"env", machine.env, readEnvironment)
        .flag(u"corex", machine.corex)
        .texts(u"gpu", machine.gpu, limits::machineList)
        .finish();
}

Result<std::shared_ptr<const WorkloadData>> ZMachine::decode(const Json &data)
{
    auto decoded = std::make_shared<ZMachine>();
    if (auto done = read(data, Kind::Full, *decoded); !done)
        return fail(done.error());
    return decoded;
}

void ZMachine::appendChallenge(QByteArray &text) const
{
    Challenge(text).text(flist).text(publicIp).flag(planetary);
    appendInterfaces(text);
    appendBody(text);
}

void ZMachine::appendInterfaces(QByteArray &bytes) const
{
    Challenge text(bytes);
    for (const auto &interface : interfaces)
        text.text(interface.network).address(interface.ip);
    if (mycelium)
        text.text(mycelium->network).hex(mycelium->seed);
}

void ZMachine::appendBody(QByteArray &bytes) const
{
    Challenge text(bytes);
    text.number(size.count()).number(quint32(cpu)).number(memory.count());
    for (const auto &mount : mounts)
        text.text(mount.name).text(mount.mountpoint);
    text.text(entrypoint);
    for (const auto &[key, value] : env.asKeyValueRange()) {
        bytes += key + '=';
        text.text(value);
    }
    text.texts(gpu);
}

Result<> ZMachine::validateBody() const
{
    const auto refuse = [](QString what) { return fail(ErrorCode::Invalid, std::move(what)); };
    if (interfaces.size() != 1)
        return refuse(
            QStringLiteral("only one network private network is supported at the moment"));
    if (interfaces.first().ip.isAbsent())
        return refuse(QStringLiteral("invalid IP"));
    if (cpu == 0)
        return refuse(QStringLiteral("cpu capacity can't be 0"));
    if (memory < 250_MiB)
        return refuse(QStringLiteral("mem capacity can't be less that 250M"));
    if (const auto minimum = minimumRoot(cpu, memory); size != Bytes() && size < minimum) {
        return refuse(QStringLiteral("disk size can't be less that %1. Set to 0 for minimum")
                .arg(minimum.count()));
    }
    const QString &network = interfaces.first().network;
    if (network == u"ygg" || network == u"pub" || network == u"mycelium")
        return refuse(QStringLiteral("'%1' is reserved network name").arg(network));
    if (mycelium && mycelium->seed.size() != 6)
        return refuse(QStringLiteral("invalid mycelium seed length expected 6 bytes"));
    return {};
}

Result<> ZMachine::validate(const Deployment &deployment, const Workload &) const
{
    if (auto valid = validateBody(); !valid || publicIp.isEmpty())
        return valid;
    const auto *address = deployment.find(publicIp);
    if (!address)
        return fail(ErrorCode::Invalid, QStringLiteral("public ip is not found"));
    if (address->type != u"ip" && address->type != u"ipv4") {
        return fail(ErrorCode::Invalid,
            QStringLiteral("workload of name '%1' is not a public ip").arg(publicIp));
    }
    const auto shares = [this](const Workload &workload) {
        const auto *machine = workload.as<ZMachine>();
        return machine && machine->publicIp == publicIp;
    };
    if (std::count_if(deployment.workloads.begin(), deployment.workloads.end(), shares) > 1)
        return fail(ErrorCode::Invalid, QStringLiteral("public ip is assigned to multiple vms"));
    return {};
}

Bytes ZMachine::rootSize() const
{
    return std::max(size, minimumRoot(cpu, memory));
}

Capacity ZMachine::capacity() const
{
    Capacity capacity;
    capacity.cru = cpu;
    capacity.mru = memory;
    capacity.sru = rootSize();
    return capacity;
}

} // namespace zos
