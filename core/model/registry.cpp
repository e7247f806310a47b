// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "core/model/gatewayfqdnproxy.h"
#include "core/model/gatewaynameproxy.h"
#include "core/model/network.h"
#include "core/model/networklight.h"
#include "core/model/publicip.h"
#include "core/model/publicipv4.h"
#include "core/model/qsfs.h"
#include "core/model/volume.h"
#include "core/model/zdb.h"
#include "core/model/zlogs.h"
#include "core/model/zmachine.h"
#include "core/model/zmachinelight.h"
#include "core/model/zmount.h"

#include <array>

namespace zos {

namespace {

struct WorkloadType
{
    QLatin1StringView name;
    int rank; // installation order; equal ranks keep the submitted order
    bool shareable;
    bool updates;
    Result<std::shared_ptr<const WorkloadData>> (*decode)(const Json &);
};

constexpr std::array kTypes {
    WorkloadType { QLatin1StringView("zmount"), 0, false, true, ZMount::decode },
    WorkloadType { QLatin1StringView("volume"), 1, false, true, Volume::decode },
    WorkloadType { QLatin1StringView("qsfs"), 2, false, true, Qsfs::decode },
    WorkloadType { QLatin1StringView("network"), 3, true, true, Network::decode },
    WorkloadType { QLatin1StringView("network-light"), 3, true, true, NetworkLight::decode },
    WorkloadType { QLatin1StringView("ipv4"), 4, false, false, PublicIpv4::decode },
    WorkloadType { QLatin1StringView("ip"), 4, false, false, PublicIpWorkload::decode },
    WorkloadType { QLatin1StringView("zdb"), 5, false, true, Zdb::decode },
    WorkloadType { QLatin1StringView("zmachine"), 6, false, true, ZMachine::decode },
    WorkloadType { QLatin1StringView("zmachine-light"), 6, false, false, ZMachineLight::decode },
    WorkloadType { QLatin1StringView("zlogs"), 7, false, false, ZLogs::decode },
    WorkloadType {
        QLatin1StringView("gateway-name-proxy"), 8, false, false, GatewayNameProxy::decode },
    WorkloadType {
        QLatin1StringView("gateway-fqdn-proxy"), 8, false, false, GatewayFqdnProxy::decode },
};

const WorkloadType *typeNamed(QStringView name)
{
    for (const auto &type : kTypes) {
        if (type.name == name)
            return &type;
    }
    return nullptr;
}

} // namespace

QStringList workloadTypes()
{
    QStringList names;
    for (const auto &type : kTypes)
        names += type.name;
    return names;
}

bool isShareable(QStringView type)
{
    const auto *known = typeNamed(type);
    return known && known->shareable;
}

bool supportsUpdate(QStringView type)
{
    const auto *known = typeNamed(type);
    return known && known->updates;
}

int installRank(QStringView type)
{
    const auto *known = typeNamed(type);
    return known ? known->rank : static_cast<int>(kTypes.size());
}

Result<std::shared_ptr<const WorkloadData>> decodeWorkloadData(QStringView type, const Json &data)
{
    const auto *known = typeNamed(type);
    if (!known) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("invalid reservation type '%1'")
                .arg(type.first(std::min<qsizetype>(type.size(), 64))));
    }
    const auto context = [&] {
        return QStringLiteral("failed to load data into object of type '%1'").arg(known->name);
    };
    if (data.isNull())
        return fail(
            Error { ErrorCode::Invalid, QStringLiteral("data is missing") }.wrapped(context()));
    auto decoded = known->decode(data);
    if (!decoded)
        return fail(decoded.error().wrapped(context()));
    return decoded;
}

} // namespace zos
