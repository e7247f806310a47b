// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/directpeer.h"
#include "rmb/direct/http/httpclient.h"
#include "rmb/wire/directmessage.h"

namespace zos::rmb {

struct Route
{
    QHostAddress address;
    quint16 port = 0;
    bool operator==(const Route &) const = default;
};

// Carries signed messages to peers: finds their address, stamps and signs every attempt, retries.
class Courier
{
public:
    Courier(Identity identity, const Clock *clock, DirectConfig config);

    // Where a twin can be reached: what the ledger says, then the overlay address it was seen at,
    // then what the configuration says.
    // Only overlay addresses unless the configuration allows others: the ledger's text is the
    // twin's own choice and must not lead us to machines behind the node.
    QList<Route> routesTo(const Twin &twin, const QHostAddress &observed) const;

    // Success when the peer took it. Refusals by the peer are final (Invalid, Denied, Limit,
    // NotFound with its text); anything else is tried again within attempts and lifetime.
    Task<Result<>> deliver(DirectMessage message, QByteArray path, QList<Route> routes,
        int attempts, CancelToken token);
    void abort() { m_client.abort(); }

private:
    quint64 time() const { return static_cast<quint64>(m_clock->seconds().count()); }

    Identity m_identity;
    const Clock *m_clock;
    DirectConfig m_config;
    HttpClient m_client;
};

// 200::/7: addresses and subnets of the overlay.
bool isOverlayAddress(const QHostAddress &address);
// "address", "address:port" or "[v6]:port"; no names.
std::optional<Route> parseRoute(const QString &text, quint16 defaultPort);

} // namespace zos::rmb
