// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"
#include "core/model/deployment.h"

#include <QStringList>

namespace zos {

// The documents in a workload's result data, one struct a type. Networks, zlogs: "null".

struct VolumeResult // zmount and volume
{
    QString id;
    QByteArray toJson(QStringView type) const; // the two types name the member differently
    static Result<VolumeResult> fromJson(QStringView type, const Json &json);
};

struct QsfsResult
{
    QString path;
    QString metricsEndpoint;
    QByteArray toJson() const;
    static Result<QsfsResult> fromJson(const Json &json);
};

struct PublicIpResult // ip and ipv4; what was not asked for is ""
{
    QString ip; // address/prefix
    QString ip6;
    QString gateway;
    QByteArray toJson() const;
    static Result<PublicIpResult> fromJson(const Json &json);
};

struct ZdbResult
{
    QString nameSpace;
    QStringList ips; // public, planetary, mycelium
    quint16 port = 0;
    QByteArray toJson() const;
    static Result<ZdbResult> fromJson(const Json &json);
};

struct MachineResult // zmachine and zmachine-light
{
    QString id;
    QString ip;
    QString planetaryIp; // not written for light machines
    QString myceliumIp;
    QString consoleUrl;
    QByteArray toJson(QStringView type) const;
    static Result<MachineResult> fromJson(const Json &json); // also the older member ygg_ip
};

struct GatewayNameResult
{
    QString fqdn;
    QByteArray toJson() const;
    static Result<GatewayNameResult> fromJson(const Json &json);
};

} // namespace zos
