// SPDX-License-Identifier: Apache-2.0
#include "core/model/networklight.h"

#include "core/model/challenge.h"

namespace zos {

Result<std::shared_ptr<const WorkloadData>> NetworkLight::decode(const Json &data)
{
    auto decoded = std::make_shared<NetworkLight>();
    if (auto read = Network::read(data, decoded->network); !read)
        return fail(read.error());
    if (!decoded->network.mycelium)
        decoded->network.mycelium.emplace();
    return decoded;
}

void NetworkLight::appendChallenge(QByteArray &text) const
{
    network.appendChallenge(text);
}

void NetworkLight::appendTypeScriptChallenge(QByteArray &bytes) const
{
    Challenge text(bytes);
    if (!network.ipRange.isAbsent())
        text.net(network.ipRange);
    text.net(network.subnet).text(network.wireguardPrivateKey);
    if (network.wireguardListenPort != 0)
        text.number(network.wireguardListenPort);
    network.appendPeers(bytes);
}

Result<> NetworkLight::validate(const Deployment &, const Workload &) const
{
    if (network.subnet.isAbsent())
        return fail(ErrorCode::Invalid, QStringLiteral("network resource subnet cannot empty"));
    return network.validateMycelium();
}

} // namespace zos
