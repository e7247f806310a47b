// SPDX-License-Identifier: Apache-2.0
#include "app/api/routes.h"

#include "app/api/handlers.h"
#include "core/base/json.h"

namespace zos::app {

namespace {

// Shapes are JSON: a text names a type ("u64", "text", "any", or one of kShapes), [shape] is a list
// of any length, {"name": shape} an object of exactly these members. A name that ends in "?" may be
// missing, "*" stands for any name, and {"one of": [shape, ...]} for a choice. A text that names no
// type is that very text.
struct Shape
{
    const char *name;
    const char *shape;
};

constexpr Shape kShapes[] {
    { "Capacity", R"({"cru":"u64","sru":"u64","hru":"u64","mru":"u64","ipv4u":"u64"})" },
    { "Check", R"({"name":"text","ok":"bool","message":"text","evidence":{"*":"any"}})" },
    { "Contract", R"({"contract_id":"u64"})" },
    { "Deployment",
        R"({"version":"u32","twin_id":"u32","contract_id":"u64","metadata":"text",)"
        R"("description":"text","expiration":"i64","signature_requirement":{)"
        R"("requests":[{"twin_id":"u32","required":"bool","weight":"u64"}],)"
        R"("weight_required":"u64","signatures":[{"twin_id":"u32","signature":"text",)"
        R"("signature_type":"text"}],"signature_style":"text"},"workloads":["Workload"]})" },
    { "Module",
        R"({"status":{"objects":[{"Name":"text","Version":"text"}],)"
        R"("workers":[{"state":"text","time":"text","action":"text"}]},"error?":"text"})" },
    { "SelfTest", R"({"name":"text","description":"text","timestamp":"i64","result":"any"})" },
    { "State", R"({"one of":["init","ok","error","deleted","paused","unchanged"]})" },
    { "Workload",
        R"({"version":"u32","name":"text","type":"text","data":{"*":"any"},"metadata":"text",)"
        R"("description":"text","result":{"created":"i64","state":"State","message":"text",)"
        R"("data":"any"}})" },
};

constexpr auto kNone = R"("none")";
constexpr auto kNull = R"("null")";
constexpr auto kKey = R"({"deployment":"text"})";
constexpr auto kNics = R"({"*":{"ips":["text"],"mac":"text"}})";
constexpr auto kPublicNic = R"({"is_single":"bool","is_dual":"bool","dual_interface":"text"})";

} // namespace

QString accessName(Access access)
{
    switch (access) {
    case Access::Any:
        return QStringLiteral("any");
    case Access::Owner:
        return QStringLiteral("owner");
    case Access::Farmer:
        return QStringLiteral("farmer");
    case Access::Admin:
        return QStringLiteral("admin");
    }
    return {};
}

const QList<Route> &routes()
{
    using enum Access;
    static const QList<Route> table {
        { "zos.deployment.deploy", Owner, R"("Deployment")", kNull, api::deploy },
        { "zos.deployment.update", Owner, R"("Deployment")", kNull, api::update },
        { "zos.deployment.get", Owner, R"("Contract")", R"("Deployment")", api::get },
        { "zos.deployment.list", Owner, kNone, R"(["Deployment"])", api::list },
        { "zos.deployment.changes", Owner, R"("Contract")", R"({"one of":[["Workload"],"null"]})",
            api::changes },
        { "zos.deployment.delete", Owner, kNone, R"("refused")", api::refuseDeletion },
        { "zos.deployment.rehearse", Owner, R"("Deployment")",
            R"({"fits":"bool","refusal":"text","limit":{"one of":["null",{"resource":"text",)"
            R"("workload":"text","asked":"u64","available":"u64"}]},"hash":"text",)"
            R"("workloads":[{"name":"text","type":"text","capacity":"Capacity","pool":"text"}]})",
            api::rehearse },
        { "zos.deployment.status", Owner, R"("Contract")",
            R"({"contract_id":"u64","queue_position":{"one of":["u64","null"]},"contract":{)"
            R"("state":"text","seen_at":{"one of":["i64","null"]}},"ending":"bool","step":"text",)"
            R"("retries":"u64","next_retry":{"one of":["i64","null"]},"workloads":[{"name":"text",)"
            R"("type":"text","state":"State","message":"text","step":"text",)"
            R"("since_ms":{"one of":["i64","null"]}}]})",
            api::status },
        { "zos.deployment.history", Owner, R"({"contract_id":"u64","after?":"u64","limit?":"u64"})",
            R"([{"seq":"u64","workload":"Workload"}])", api::history },
        { "zos.deployment.timeline", Owner, R"("Contract")",
            R"({"contract_id":"u64","steps":[{"seq":"u64","workload":"text","wanted":"text",)"
            R"("step":"text","start_ms":"i64","end_ms":{"one of":["i64","null"]},"error":"text"}]})",
            api::timeline },
        { "zos.deployment.logs", Owner, R"({"contract_id":"u64","workload":"text","tail?":"u64"})",
            R"({"text":"text","truncated":"bool"})", api::logs },

        { "zos.statistics.get", Any, kNone,
            R"({"total":"Capacity","used":"Capacity","system":"Capacity","users":{)"
            R"("deployments":"u32","workloads":"u32","last_deployment_timestamp":"i64"},)"
            R"("open_connections":"u64"})",
            api::statistics },
        { "zos.storage.pools", Any, kNone,
            R"([{"name":"text","type":"text","size":"u64","used":"u64"}])", api::pools },
        { "zos.gpu.list", Any, kNone,
            R"([{"id":"text","vendor":"text","device":"text","vram":"u64","contract":"u64"}])",
            api::gpus },

        { "zos.network.list_wg_ports", Any, kNone, R"(["u16"])", api::wireguardPorts },
        { "zos.network.public_config_get", Any, kNone,
            R"({"type":"text","ipv4":"text","ipv6":"text","gw4":"text","gw6":"text",)"
            R"("domain":"text"})",
            api::publicConfig },
        { "zos.network.interfaces", Any, kNone, R"({"zos":["text"],"ygg":["text"]})",
            api::interfaces },
        { "zos.network.has_ipv6", Any, kNone, R"("bool")", api::hasIpv6 },
        { "zos.network.list_public_ips", Any, kNone, R"(["text"])", api::publicIps },
        { "zos.network.list_private_ips", Owner, R"({"network_name":"text"})", R"(["text"])",
            api::privateIps },

        { "zos.system.version", Any, kNone, R"({"zos":"text","zinit":"text"})", api::version },
        { "zos.system.dmi", Any, kNone,
            R"({"tooling":{"aggregator":"text","decoder":"text"},"sections":[{)"
            R"("handleline":"text","typestr":"text","typenum":"u64","subsections":[{)"
            R"("title":"text","properties":{"*":{"value":"text","items?":["text"]}}}]}]})",
            api::dmi },
        { "zos.system.hypervisor", Any, kNone, R"("text")", api::hypervisor },
        { "zos.system.diagnostics", Any, kNone,
            R"({"system_status_ok":"bool","healthy":"bool","modules":{"*":"Module"}})",
            api::diagnostics },
        { "zos.system.limits", Any, kNone,
            R"({"schema":"u64","types":[{"type":"text","update":"bool"}],"request_bytes":"u64",)"
            R"("workloads":"u64","text_bytes":"u64","env_value_bytes":"u64","network_peers":"u64",)"
            R"("signatures":"u64"})",
            api::limits },
        { "zos.system.node_features_get", Any, kNone, R"(["text"])", api::features },
        { "zos.perf.get", Any, R"({"name":"text"})", R"("SelfTest")", api::selfTest },
        { "zos.perf.get_all", Any, kNone, R"(["SelfTest"])", api::selfTests },
        { "zos.location.get", Any, kNone,
            R"({"longitude":"float","latitude":"float","continent":"text","country_name":"text",)"
            R"("country_code":"text","city_name":"text"})",
            api::location },

        // Older clients know the second name of each.
        { "zos.admin.interfaces", Farmer, kNone, kNics, api::nics },
        { "zos.network.admin.interfaces", Farmer, kNone, kNics, api::nics },
        { "zos.admin.get_public_nic", Farmer, kNone, kPublicNic, api::publicNic },
        { "zos.network.admin.get_public_nic", Farmer, kNone, kPublicNic, api::publicNic },
        { "zos.admin.set_public_nic", Farmer, R"("text")", kNull, api::setPublicNic },
        { "zos.network.admin.set_public_nic", Farmer, R"("text")", kNull, api::setPublicNic },

        { "zos.debug.deployment.list", Admin, R"({"one of":[{"twin_id?":"u32"},"null","none"]})",
            R"({"deployments":[{"twin_id":"u32","contract_id":"u64","workloads":[)"
            R"({"type":"text","name":"text","state":"State"}]}]})",
            api::debugList },
        { "zos.debug.deployment.get", Admin, kKey, R"({"deployment":"Deployment"})",
            api::debugGet },
        { "zos.debug.deployment.history", Admin, kKey,
            R"({"deployment":"text","history":[{"seq":"u64","type":"text","name":"text",)"
            R"("created":"i64","state":"State","message":"text"}]})",
            api::debugHistory },
        { "zos.debug.deployment.info", Admin,
            R"({"deployment":"text","workload":"text","verbose?":"bool"})",
            R"({"workload_id":"text","type":"text","name":"text","info":{"one of":[)"
            R"({"HtEnabled":"bool","Memory":"u64","CPU":"u64"},)"
            R"({"net_id":"text","namespace":"text","state":"text"}]},"logs":"text"})",
            api::debugInfo },
        { "zos.debug.deployment.health", Admin, R"({"deployment":"text","options?":{"*":"any"}})",
            R"({"twin_id":"u32","contract_id":"u64","workloads":[{"workload_id":"text",)"
            R"("type":"text","name":"text","status":{"one of":["healthy","unhealthy"]},)"
            R"("checks":["Check"]}]})",
            api::debugHealth },
    };
    return table;
}

// One line for each shape and command, so that a change of the interface is a line of a diff.
QByteArray apiSnapshot()
{
    QByteArrayList shapes;
    for (const auto &shape : kShapes)
        shapes += "  " + jsonString(QString::fromLatin1(shape.name)) + ": " + shape.shape;
    QByteArrayList commands;
    for (const auto &route : routes()) {
        JsonWriter json;
        json.object().key(u"command").string(QString::fromLatin1(route.command));
        json.key(u"may").string(accessName(route.access));
        json.key(u"payload").raw(route.payload).key(u"answer").raw(route.answer).end();
        commands += "  " + json.text();
    }
    return "{\n\"shapes\": {\n" + shapes.join(",\n") + "\n},\n\"commands\": [\n"
        + commands.join(",\n") + "\n]\n}\n";
}

} // namespace zos::app
