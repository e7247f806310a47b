// SPDX-License-Identifier: Apache-2.0
#include "core/model/resultdata.h"

#include "core/model/fields.h"

namespace zos {

namespace {

template <class T> Result<T> readInto(T value, Result<> outcome)
{
    if (!outcome)
        return fail(outcome.error());
    return value;
}

QStringView volumeMember(QStringView type)
{
    return type == u"volume" ? u"id" : u"volume_id";
}

constexpr qsizetype kMaxResultIps = 64;

} // namespace

QByteArray VolumeResult::toJson(QStringView type) const
{
    JsonWriter json;
    return json.object().key(volumeMember(type)).string(id).end().text();
}

Result<VolumeResult> VolumeResult::fromJson(QStringView type, const Json &json)
{
    VolumeResult result;
    const auto read = JsonFields(json).text(volumeMember(type), result.id).finish();
    return readInto(result, read);
}

QByteArray QsfsResult::toJson() const
{
    JsonWriter json;
    json.object().key(u"path").string(path).key(u"metrics_endpoint").string(metricsEndpoint).end();
    return json.text();
}

Result<QsfsResult> QsfsResult::fromJson(const Json &json)
{
    QsfsResult result;
    const auto read = JsonFields(json)
                          .text(u"path", result.path)
                          .text(u"metrics_endpoint", result.metricsEndpoint)
                          .finish();
    return readInto(result, read);
}

QByteArray PublicIpResult::toJson() const
{
    JsonWriter json;
    json.object()
        .key(u"ip")
        .string(ip)
        .key(u"ip6")
        .string(ip6)
        .key(u"gateway")
        .string(gateway)
        .end();
    return json.text();
}

Result<PublicIpResult> PublicIpResult::fromJson(const Json &json)
{
    PublicIpResult result;
    const auto read = JsonFields(json)
                          .text(u"ip", result.ip)
                          .text(u"ip6", result.ip6)
                          .text(u"gateway", result.gateway)
                          .finish();
    return readInto(result, read);
}

QByteArray ZdbResult::toJson() const
{
    JsonWriter json;
    json.object().key(u"Namespace").string(nameSpace).key(u"IPs").array();
    for (const auto &ip : ips)
        json.string(ip);
    json.end().key(u"Port").number(port).end();
    return json.text();
}

Result<ZdbResult> ZdbResult::fromJson(const Json &json)
{
    ZdbResult result;
    const auto read = JsonFields(json)
                          .text(u"Namespace", result.nameSpace)
                          .texts(u"IPs", result.ips, kMaxResultIps)
                          .number(u"Port", result.port)
                          .finish();
    return readInto(result, read);
}

QByteArray MachineResult::toJson(QStringView type) const
{
    JsonWriter json;
    json.object().key(u"id").string(id).key(u"ip").string(ip);
    if (type != u"zmachine-light")
        json.key(u"planetary_ip").string(planetaryIp);
    json.key(u"mycelium_ip").string(myceliumIp).key(u"console_url").string(consoleUrl).end();
    return json.text();
}

Result<MachineResult> MachineResult::fromJson(const Json &json)
{
    MachineResult result;
    QString olderPlanetary;
    const auto read = JsonFields(json)
                          .text(u"id", result.id)
                          .text(u"ip", result.ip)
                          .text(u"planetary_ip", result.planetaryIp)
                          .text(u"ygg_ip", olderPlanetary)
                          .text(u"mycelium_ip", result.myceliumIp)
                          .text(u"console_url", result.consoleUrl)
                          .finish();
    if (!olderPlanetary.isEmpty())
        result.planetaryIp = olderPlanetary;
    return readInto(result, read);
}

QByteArray GatewayNameResult::toJson() const
{
    JsonWriter json;
    return json.object().key(u"fqdn").string(fqdn).end().text();
}

Result<GatewayNameResult> GatewayNameResult::fromJson(const Json &json)
{
    GatewayNameResult result;
    const auto read = JsonFields(json).text(u"fqdn", result.fqdn).finish();
    return readInto(result, read);
}

} // namespace zos
