// SPDX-License-Identifier: Apache-2.0
#include "app/api/handlers.h"
#include "app/api/payload.h"
#include "app/api/redaction.h"
#include "core/model/network.h"
#include "core/model/zmachine.h"
#include "core/plan/networkplan.h"

#include <algorithm>

// What the network's operators may look at. Reads only: nothing a caller sends is ever run.
namespace zos::app::api {

namespace {

constexpr int kConsoleGlimpse = 2048;
constexpr int kWholeConsole = 256 * 1024;

// "<twin>:<contract>"
Result<DeploymentKey> keyOf(const Json &payload)
{
    const auto *member = payload.find(u"deployment");
    if (member && !member->isString() && !member->isNull())
        return fail(ErrorCode::Invalid, QStringLiteral("deployment must be a string"));
    const auto text = member ? member->string() : QString();
    if (text.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("deployment identifier is required"));
    const auto parts = text.split(u':');
    if (parts.size() != 2)
        return fail(ErrorCode::Invalid,
            QStringLiteral("invalid deployment format: expected 'twin-id:contract-id', got '%1'")
                .arg(text.left(128)));
    bool good = false;
    const auto number = [&good](const QString &digits, quint64 most) -> quint64 {
        const auto plain
            = std::ranges::all_of(digits, [](QChar c) { return c >= u'0' && c <= u'9'; });
        const auto value = digits.toULongLong(&good);
        good = good && plain && value <= most;
        return value;
    };
    const auto twin = number(parts.first(), std::numeric_limits<quint32>::max());
    if (!good)
        return fail(ErrorCode::Invalid,
            QStringLiteral("invalid twin ID: '%1' is not a number").arg(parts.first().left(64)));
    const auto contract = number(parts.last(), std::numeric_limits<quint64>::max());
    if (!good)
        return fail(ErrorCode::Invalid,
            QStringLiteral("invalid contract ID: '%1' is not a number").arg(parts.last().left(64)));
    return DeploymentKey { TwinId(static_cast<quint32>(twin)), ContractId(contract) };
}

QString keyText(const DeploymentKey &key)
{
    return key.twin.text() + u':' + key.contract.text();
}

struct Check
{
    QString name;
    bool ok = false;
    QString message;
    QByteArray evidence = "{}";
};

Check check(const char *name, bool ok, const QString &good, const QString &bad)
{
    return { QString::fromLatin1(name), ok, ok ? good : bad, "{}" };
}

// A question to a part of the machine as a check: what it said when it could not answer.
Check answered(
    const char *name, const auto &answer, bool ok, const QString &good, const QString &bad)
{
    return check(name, answer && ok, good, answer ? bad : answer.error().what);
}

// What machines of the network's twin are plugged into it with, in whichever of its deployments.
QStringList tapsOf(const ApiParts &parts, TwinId twin, const QString &network)
{
    QStringList taps;
    for (const auto &key : parts.engine->deployments()) {
        const auto deployment = key.twin == twin ? parts.engine->deployment(twin, key.contract)
                                                 : Result<Deployment>(Deployment());
        if (!deployment)
            continue;
        for (const auto &workload : deployment->workloads) {
            const auto *machine = workload.as<ZMachine>();
            if (machine && isOkay(workload.result.state)
                && std::ranges::contains(machine->interfaces, network, &MachineInterface::network))
                taps += tapName(workloadId(twin, key.contract, workload.name), network);
        }
    }
    taps.sort();
    return taps;
}

Check checkBridge(
    const NetworkNames &names, const Result<NetworkState> &answer, const QStringList &expected)
{
    const auto state = answer.value_or(NetworkState());
    const auto trouble = state.trouble(expected);
    auto check = answered("network.bridge", answer, trouble.isEmpty(),
        QStringLiteral("up, gateway and machines are plugged in"), trouble);
    JsonWriter json;
    json.object().key(u"bridge").string(names.bridge);
    if (answer) {
        json.key(u"exists").boolean(state.bridge).key(u"up").boolean(state.bridgeUp);
        json.key(u"gateway").boolean(state.gateway).key(u"taps").array();
        for (const auto &tap : state.taps)
            json.string(tap);
        json.end().key(u"missing").array();
        for (const auto &tap : state.missing(expected))
            json.string(tap);
        json.end();
    }
    check.evidence = json.end().text();
    return check;
}

// Only of a network that asks for it.
QList<Check> checkMycelium(const Workload &workload)
{
    const auto *data = workload.as<Network>();
    if (!data || !data->mycelium)
        return {};
    return { check(
        "network.mycelium", false, {}, QStringLiteral("mycelium is not available on this node")) };
}

Task<QList<Check>> checkNetwork(ApiParts parts, TwinId twin, Workload workload)
{
    QList<Check> checks;
    const auto *data = workload.as<Network>();
    const auto plan = data ? planNetwork(twin, workload.name, *data)
                           : Result<NetworkPlan>(fail(ErrorCode::Bug, QStringLiteral("no data")));
    checks += answered(
        "network.config", plan, true, QStringLiteral("the description is complete"), {});
    if (!plan)
        co_return std::as_const(checks);
    const auto listed = co_await parts.networks->list();
    auto space = answered("network.namespace", listed, listed && listed->contains(plan->names.id),
        QStringLiteral("exists"), QStringLiteral("does not exist"));
    space.evidence = JsonWriter().object().key(u"net_id").string(plan->names.id).end().text();
    checks += space;
    const auto state = co_await parts.networks->state(plan->names.id);
    const bool held = parts.networks->wireguardPorts().contains(plan->listenPort);
    auto interface = answered("network.interfaces", state, held && state && state->wireguard,
        QStringLiteral("WireGuard is up and holds its port"),
        held ? QStringLiteral("the WireGuard interface is missing or down")
             : QStringLiteral("nobody holds the WireGuard port"));
    JsonWriter evidence;
    evidence.object().key(u"port").number(plan->listenPort);
    if (state)
        evidence.key(u"wireguard").boolean(state->wireguard);
    interface.evidence = evidence.end().text();
    checks += interface;
    checks += checkBridge(plan->names, state, tapsOf(parts, twin, workload.name));
    co_return std::as_const(checks);
}

Task<QList<Check>> checkMachine(ApiParts parts, DeploymentKey key, Workload workload)
{
    QList<Check> checks;
    const auto id = workloadId(key.twin, key.contract, workload.name);
    const auto *data = workload.as<ZMachine>();
    checks += check("vm.config", data != nullptr, QStringLiteral("the description is complete"),
        QStringLiteral("the description cannot be read"));
    const auto machines = co_await parts.machines->list();
    checks += answered("vm.vmd", machines, true, QStringLiteral("the hypervisor answers"), {});
    const auto all = machines.value_or(QList<MachineFacts>());
    const auto own = std::ranges::find(all, id, &MachineFacts::id);
    const bool listed = own != all.end();
    checks += answered("vm.process", machines, listed,
        listed && !own->running ? QStringLiteral("paused") : QStringLiteral("running"),
        QStringLiteral("not running"));
    checks += check("vm.restarts", workload.result.message.isEmpty(),
        QStringLiteral("it runs without trouble"), workload.result.message);
    QStringList missing;
    if (data) {
        for (const auto &mount : data->mounts) {
            const auto disk
                = co_await parts.volumes->disk(workloadId(key.twin, key.contract, mount.name));
            if (!disk)
                missing += mount.name + u": " + disk.error().what;
        }
    }
    checks += check("vm.disks", missing.isEmpty(), QStringLiteral("all are there"),
        missing.join(QStringLiteral(", ")));
    const auto roots = co_await parts.images->mounted();
    checks += answered("vm.virtiofs", roots, roots && roots->contains(id),
        QStringLiteral("the root is mounted"), QStringLiteral("the root is not mounted"));
    co_return std::as_const(checks);
}

Task<QList<Check>> checkDisk(ApiParts parts, DeploymentKey key, Workload workload)
{
    const auto disk
        = co_await parts.volumes->disk(workloadId(key.twin, key.contract, workload.name));
    co_return QList { answered("disk.file", disk, true, QStringLiteral("exists"), {}) };
}

// Also what is recorded of the workload is a check: it may have failed long ago.
Task<QList<Check>> checksOf(ApiParts parts, DeploymentKey key, Workload workload)
{
    QList<Check> checks;
    const auto &result = workload.result;
    if (!isOkay(result.state)) {
        checks += check("workload.state", false, {},
            stateName(result.state)
                + (result.message.isEmpty() ? QString() : u": " + result.message));
        checks += checkMycelium(workload);
        co_return std::as_const(checks);
    }
    if (workload.type == u"network") {
        checks = co_await checkNetwork(parts, key.twin, workload);
        checks += checkMycelium(workload);
        co_return std::as_const(checks);
    }
    if (workload.type == u"zmachine")
        co_return co_await checkMachine(parts, key, workload);
    if (workload.type == u"zmount")
        co_return co_await checkDisk(parts, key, workload);
    co_return std::as_const(checks);
}

struct Found
{
    DeploymentKey key;
    Deployment deployment;
    Json payload;
};

Result<Found> find(const ApiParts &parts, const Call &call)
{
    auto payload = objectOf(call);
    if (!payload)
        return fail(payload.error());
    const auto key = keyOf(*payload);
    if (!key)
        return fail(key.error());
    auto deployment = parts.engine->deployment(key->twin, key->contract);
    if (!deployment)
        return fail(deployment.error());
    return Found { *key, std::move(*deployment), std::move(*payload) };
}

void writeBrief(JsonWriter &json, const Deployment &deployment)
{
    json.object().key(u"twin_id").number(deployment.twin.value());
    json.key(u"contract_id").number(deployment.contract.value());
    json.key(u"workloads").array();
    for (const auto &workload : deployment.workloads) {
        json.object().key(u"type").string(workload.type).key(u"name").string(workload.name);
        json.key(u"state").string(stateName(workload.result.state)).end();
    }
    json.end().end();
}

} // namespace

Task<Answer> debugList(ApiParts parts, Call call)
{
    std::optional<TwinId> wanted;
    if (!call.payload.trimmed().isEmpty() && call.payload.trimmed() != "null") {
        const auto payload = objectOf(call);
        if (!payload)
            co_return fail(payload.error());
        const auto twin
            = numberMember(*payload, u"twin_id", 0, std::numeric_limits<quint32>::max());
        if (!twin)
            co_return fail(twin.error());
        if (*twin != 0)
            wanted = TwinId(static_cast<quint32>(*twin));
    }
    JsonWriter json;
    json.object().key(u"deployments").array();
    for (const auto &key : parts.engine->deployments()) {
        if (wanted && key.twin != *wanted)
            continue;
        if (const auto deployment = parts.engine->deployment(key.twin, key.contract))
            writeBrief(json, *deployment);
    }
    co_return json.end().end().text();
}

Task<Answer> debugGet(ApiParts parts, Call call)
{
    const auto found = find(parts, call);
    if (!found)
        co_return fail(found.error());
    JsonWriter json;
    json.object().key(u"deployment").raw(redacted(found->deployment).toJson());
    co_return json.end().text();
}

Task<Answer> debugHistory(ApiParts parts, Call call)
{
    const auto payload = objectOf(call);
    if (!payload)
        co_return fail(payload.error());
    const auto key = keyOf(*payload);
    if (!key)
        co_return fail(key.error());
    const auto entries = co_await parts.engine->history(key->twin, key->contract);
    if (!entries)
        co_return fail(entries.error());
    JsonWriter json;
    json.object().key(u"deployment").string(keyText(*key)).key(u"history").array();
    for (const auto &entry : *entries) {
        const auto &workload = entry.workload;
        json.object().key(u"seq").number(entry.seq).key(u"type").string(workload.type);
        json.key(u"name").string(workload.name);
        json.key(u"created").signedNumber(workload.result.created);
        json.key(u"state").string(stateName(workload.result.state));
        json.key(u"message").string(workload.result.message).end();
    }
    co_return json.end().end().text();
}

Task<Answer> debugInfo(ApiParts parts, Call call)
{
    const auto found = find(parts, call);
    if (!found)
        co_return fail(found.error());
    const auto name = stringMember(found->payload, u"workload");
    if (!name)
        co_return fail(name.error());
    const auto verbose = flagMember(found->payload, u"verbose");
    if (!verbose)
        co_return fail(verbose.error());
    const auto *workload = found->deployment.find(*name);
    if (!workload)
        co_return fail(
            ErrorCode::NotFound, QStringLiteral("workload '%1' not found").arg(name->left(64)));
    const auto id = workloadId(found->key.twin, found->key.contract, *name);
    JsonWriter info;
    QString logs;
    if (const auto *machine = workload->as<ZMachine>(); machine && workload->type == u"zmachine") {
        info.object().key(u"HtEnabled").boolean(false);
        info.key(u"Memory").number(machine->memory.count()).key(u"CPU").number(machine->cpu).end();
        const auto text
            = co_await parts.machines->consoleLog(id, *verbose ? kWholeConsole : kConsoleGlimpse);
        if (!text)
            co_return fail(text.error());
        logs = QString::fromUtf8(*text);
    } else if (const auto *network = workload->as<Network>();
        network && workload->type == u"network") {
        const auto plan = planNetwork(found->key.twin, *name, *network);
        if (!plan)
            co_return fail(plan.error());
        const auto listed = co_await parts.networks->list();
        if (!listed)
            co_return fail(listed.error());
        info.object()
            .key(u"net_id")
            .string(plan->names.id)
            .key(u"namespace")
            .string(plan->names.nameSpace);
        info.key(u"state")
            .string(
                listed->contains(plan->names.id) ? QStringLiteral("up") : QStringLiteral("missing"))
            .end();
    } else {
        co_return fail(ErrorCode::Invalid,
            QStringLiteral("there is no information about workloads of type '%1'")
                .arg(workload->type));
    }
    JsonWriter json;
    json.object().key(u"workload_id").string(id).key(u"type").string(workload->type);
    json.key(u"name").string(*name).key(u"info").raw(info.text()).key(u"logs").string(logs);
    co_return json.end().text();
}

Task<Answer> debugHealth(ApiParts parts, Call call)
{
    const auto found = find(parts, call);
    if (!found)
        co_return fail(found.error());
    const auto *options = found->payload.find(u"options");
    if (options && options->find(u"system_probe"))
        co_return fail(ErrorCode::Denied, QStringLiteral("system_probe is not supported"));
    JsonWriter json;
    json.object().key(u"twin_id").number(found->key.twin.value());
    json.key(u"contract_id").number(found->key.contract.value()).key(u"workloads").array();
    for (const auto &workload : found->deployment.workloads) {
        const auto checks = co_await checksOf(parts, found->key, workload);
        const bool healthy = std::ranges::all_of(checks, &Check::ok);
        json.object().key(u"workload_id");
        json.string(workloadId(found->key.twin, found->key.contract, workload.name));
        json.key(u"type").string(workload.type).key(u"name").string(workload.name);
        json.key(u"status");
        json.string(healthy ? QStringLiteral("healthy") : QStringLiteral("unhealthy"));
        json.key(u"checks").array();
        for (const auto &one : checks) {
            json.object().key(u"name").string(one.name).key(u"ok").boolean(one.ok);
            json.key(u"message").string(one.message).key(u"evidence").raw(one.evidence).end();
        }
        json.end().end();
    }
    co_return json.end().end().text();
}

} // namespace zos::app::api
