// SPDX-License-Identifier: Apache-2.0
#include "app/api/nodeapi.h"
#include "app/api/payload.h"

namespace zos::app {

namespace {

using rmb::Answer;
using rmb::Call;

void writeCapacity(JsonWriter &json, const Capacity &capacity)
{
    json.object();
    json.key(u"cru").number(capacity.cru);
    json.key(u"sru").number(capacity.sru.count());
    json.key(u"hru").number(capacity.hru.count());
    json.key(u"mru").number(capacity.mru.count());
    json.key(u"ipv4u").number(capacity.ipv4u);
    json.end();
}

Task<Answer> statistics(ApiParts parts, Call)
{
    auto load = co_await parts.inventory->load();
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

Task<Answer> dmi(ApiParts parts, Call)
{
    auto host = co_await parts.inventory->host();
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
    auto host = co_await parts.inventory->host();
    if (!host)
        co_return fail(host.error());
    co_return jsonString(host->virtualised);
}

} // namespace

void NodeApi::addSystem(rmb::Router &router)
{
    const auto parts = m_parts;
    router.add(QStringLiteral("zos.statistics.get"),
        [parts](Call call) { return statistics(parts, std::move(call)); });
    router.add(QStringLiteral("zos.system.dmi"),
        [parts](Call call) { return dmi(parts, std::move(call)); });
    router.add(QStringLiteral("zos.system.hypervisor"),
        [parts](Call call) { return hypervisor(parts, std::move(call)); });
    router.add(QStringLiteral("zos.system.version"), immediate([](const Call &) -> Answer {
        JsonWriter json;
        json.object();
        json.key(u"zos").string(QStringLiteral(ZOS_VERSION));
        json.key(u"zinit").string(u"none"); // clients read the key, nobody its value
        json.end();
        return json.text();
    }));
    // Only what this node really serves; clients choose network and machine types by it.
    router.add(
        QStringLiteral("zos.system.node_features_get"), immediate([parts](const Call &) -> Answer {
            QStringList features { QStringLiteral("zmount"), QStringLiteral("network"),
                QStringLiteral("zmachine") };
            if (parts.overlay && parts.overlay->state().running)
                features += QStringLiteral("yggdrasil");
            features += QStringLiteral("wireguard");
            return stringArray(features);
        }));
}

} // namespace zos::app
