// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/system/npm/nodelab.h"

namespace zos::lab {

// A network around the node for clients of the relay: chain and grid proxy, and users who have, or
// have not, published the key of their end-to-end encryption.
class RelayWorld
{
public:
    // What went wrong, "" when everything is up.
    QString start()
    {
        if (auto trouble = m_node.start(); !trouble.isEmpty())
            return trouble;
        m_node.showTwins(QStringLiteral("node.json"), { m_node.nodeTwin() });
        m_chain = std::make_unique<NpmScript>(QStringLiteral("chain.mjs"),
            QJsonObject { { QStringLiteral("folder"), m_node.path({}) } });
        m_proxy = std::make_unique<NpmScript>(QStringLiteral("gridproxy.mjs"),
            QJsonObject { { QStringLiteral("twins"), m_node.path(QStringLiteral("node.json")) } });
        if (!m_chain->isReady() || !m_proxy->isReady())
            return QString::fromUtf8(m_chain->complaints() + m_proxy->complaints());
        return {};
    }
    NodeLab &node() { return m_node; }

    std::unique_ptr<Person> user(KeyType type, bool encrypts)
    {
        auto user
            = std::make_unique<Person>(m_node.path(QStringLiteral("ledger")), type, &m_node.clock);
        user->join(m_node.relayField(), encrypts ? user->identity.endToEndKey() : QByteArray());
        return user;
    }
    // For rmb_direct_client and grid_client. The chain shows them a world in which everybody
    // encrypts, or nobody but themselves: a client whose own key or relay is not published would
    // publish it.
    std::unique_ptr<NpmScript> client(const QString &script, const Person &user, bool encrypts)
    {
        const QString view = user.twin.text() + QStringLiteral(".json");
        m_node.showTwins(
            view, { m_node.farmer.twin, m_node.nodeTwin(), user.twin }, encrypts ? nullptr : &user);
        const QString proxy = QStringLiteral("http://127.0.0.1:%1").arg(m_proxy->port());
        return std::make_unique<NpmScript>(script,
            QJsonObject {
                { QStringLiteral("chain"),
                    QStringLiteral("ws://127.0.0.1:%1/%2").arg(m_chain->port()).arg(view) },
                { QStringLiteral("relay"), m_node.relayUrl() },
                { QStringLiteral("proxy"), proxy },
                { QStringLiteral("graphql"), QString(proxy + QStringLiteral("/graphql")) },
                { QStringLiteral("mnemonic"), user.words },
                { QStringLiteral("session"), QStringLiteral("tests") },
                { QStringLiteral("type"), user.type() },
            });
    }

private:
    NodeLab m_node;
    std::unique_ptr<NpmScript> m_chain;
    std::unique_ptr<NpmScript> m_proxy;
};

} // namespace zos::lab
