// SPDX-License-Identifier: Apache-2.0
#include "app/api/handlers.h"
#include "app/api/payload.h"
#include "core/health/selftests.h"
#include "core/model/limits.h"

#include <algorithm>

namespace zos::app::api {

namespace {

// Grows with every change of a shape in the table of routes that a client has to know about.
constexpr quint64 kApiSchema = 1;

// "typestr" of the SMBIOS types 0 to 42 as the existing clients know them, spelling included.
QString dmiTypeName(int type)
{
    static const QStringList names
        = QStringLiteral("BIOS System Baseboard Chassis Processor MemoryController MemoryModule "
                         "Cache PortConnector SystemSlots "
                         "OnBoardDevices OEMSettings SystemConfigurationOptions BIOSLanguage "
                         "GroupAssociations SystemEventLog "
                         "PhysicalMemoryArray MemoryDevice 32BitMemoryError "
                         "MemoryArrayMappedAddress MemoryDeviceMappedAddress "
                         "BuiltinPointingDevice PortableBattery SystemReset HardwareSecurity "
                         "SystemPowerControls VoltageProbe "
                         "CoolingDevice TempratureProbe ElectricalCurrentProbe "
                         "OutOfBandRemoteAccess BootIntegrityServices SystemBoot "
                         "64BitMemoryError ManagementDevice ManagementDeviceComponent "
                         "ManagementThresholdData MemoryChannel IPMIDevice "
                         "PowerSupply AdditionalInformation OnboardDeviceExtendedInformation "
                         "ManagementControllerHostInterface")
              .split(u' ');
    if (type >= 0 && type < names.size())
        return names.at(type);
    return QStringLiteral("Custom Type %1").arg(type);
}

void writeSelfTest(JsonWriter &json, const SelfTestResult &result)
{
    json.object().key(u"name").string(result.name);
    json.key(u"description").string(result.description);
    json.key(u"timestamp").signedNumber(result.timestamp);
    json.key(u"result").raw(result.result).end();
}

} // namespace

Task<Answer> statistics(ApiParts parts, Call)
{
    const auto load = co_await parts.inventory->load();
    const auto usage = parts.engine->usage();
    // On the wire "used" includes what the system keeps for itself.
    Capacity used = usage.used;
    used += usage.system;
    JsonWriter json;
    json.object();
    json.key(u"total");
    writeCapacity(json, usage.total);
    json.key(u"used");
    writeCapacity(json, used);
    json.key(u"system");
    writeCapacity(json, usage.system);
    json.key(u"users").object();
    json.key(u"deployments").number(usage.deployments);
    json.key(u"workloads").number(usage.workloads);
    json.key(u"last_deployment_timestamp").signedNumber(usage.lastDeployment);
    json.end();
    json.key(u"open_connections").number(load ? load->openConnections : 0);
    json.end();
    co_return json.text();
}

Task<Answer> pools(ApiParts parts, Call)
{
    JsonWriter json;
    json.array();
    for (const auto &pool : parts.volumes->pools()) {
        json.object().key(u"name").string(pool.id);
        json.key(u"type").string(kindName(pool.kind));
        json.key(u"size").number(pool.size.count());
        // Promises, not blocks, and what is never promised: the difference to the size fits.
        json.key(u"used").number((pool.size - pool.free()).count()).end();
    }
    co_return json.end().text();
}

// None is passed on to machines, so none is offered.
Task<Answer> gpus(ApiParts, Call)
{
    co_return "[]";
}

Task<Answer> dmi(ApiParts parts, Call)
{
    const auto host = co_await parts.inventory->host();
    if (!host)
        co_return fail(host.error());
    JsonWriter json;
    json.object();
    json.key(u"tooling").object();
    json.key(u"aggregator").string(u"zosd");
    json.key(u"decoder").string(QStringLiteral("zosd " ZOS_VERSION));
    json.end();
    json.key(u"sections").array();
    for (const auto &section : host->dmi) {
        json.object();
        json.key(u"handleline").string(section.handleLine);
        json.key(u"typestr").string(dmiTypeName(section.type));
        json.key(u"typenum").signedNumber(section.type);
        json.key(u"subsections").array().object();
        json.key(u"title").string(section.title);
        json.key(u"properties").object();
        for (const auto &[name, value] : section.properties) {
            json.key(name).object();
            json.key(u"value").string(value);
            if (const auto list = section.lists.constFind(name); list != section.lists.constEnd())
                json.key(u"items").raw(stringArray(*list));
            json.end();
        }
        json.end().end().end(); // properties, subsection, subsections
        json.end();
    }
    json.end().end();
    co_return json.text();
}

Task<Answer> hypervisor(ApiParts parts, Call)
{
    const auto host = co_await parts.inventory->host();
    if (!host)
        co_return fail(host.error());
    co_return jsonString(host->virtualised);
}

Task<Answer> version(ApiParts, Call)
{
    JsonWriter json;
    json.object().key(u"zos").string(QStringLiteral(ZOS_VERSION));
    json.key(u"zinit").string(u"none"); // clients read the key, nobody its value
    co_return json.end().text();
}

// Only what this node really serves, in the order clients know; they choose network and machine
// types by it.
// What a client may ask for at most, so that it need not find out by refusals.
Task<Answer> limits(ApiParts parts, Call)
{
    JsonWriter json;
    json.object().key(u"schema").number(kApiSchema).key(u"types").array();
    for (const auto &type : parts.engine->supportedTypes())
        json.object().key(u"type").string(type).key(u"update").boolean(supportsUpdate(type)).end();
    json.end();
    json.key(u"request_bytes").number(quint64(zos::limits::requestBytes));
    json.key(u"workloads").number(quint64(zos::limits::workloads));
    json.key(u"text_bytes").number(quint64(zos::limits::textBytes));
    json.key(u"env_value_bytes").number(quint64(zos::limits::environmentValueBytes));
    json.key(u"network_peers").number(quint64(zos::limits::peers));
    json.key(u"signatures").number(quint64(zos::limits::signatures));
    co_return json.end().text();
}

Task<Answer> features(ApiParts parts, Call)
{
    static constexpr const char *known[] { "zmount", "network", "zdb", "zmachine", "volume", "ipv4",
        "ip", "gateway-name-proxy", "gateway-fqdn-proxy", "qsfs", "zlogs" };
    const auto served = parts.engine->supportedTypes();
    QStringList all;
    for (const auto *type : known) {
        if (served.contains(QLatin1StringView(type)))
            all += QString::fromLatin1(type);
    }
    for (const auto &type : served) {
        if (!all.contains(type))
            all += type;
    }
    all += QStringLiteral("wireguard");
    // Clients that know it may change a machine in place.
    if (served.contains(QStringLiteral("zmachine")))
        all += QStringLiteral("zmachine-update");
    co_return stringArray(all);
}

Task<Answer> selfTest(ApiParts parts, Call call)
{
    const auto name = stringMember(call, u"name");
    if (!name)
        co_return fail(name.error());
    const auto *result = parts.selfTests ? parts.selfTests->find(*name) : nullptr;
    if (!result)
        co_return fail(ErrorCode::NotFound, QStringLiteral("result not found"));
    JsonWriter json;
    writeSelfTest(json, *result);
    co_return json.text();
}

Task<Answer> selfTests(ApiParts parts, Call)
{
    JsonWriter json;
    json.array();
    if (parts.selfTests) {
        for (const auto &result : parts.selfTests->all())
            writeSelfTest(json, result);
    }
    co_return json.end().text();
}

// There is no source of it.
Task<Answer> location(ApiParts, Call)
{
    co_return fail(ErrorCode::Unavailable, QStringLiteral("failed to fetch location information"));
}

} // namespace zos::app::api
