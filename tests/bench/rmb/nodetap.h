// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/endtoend.h"
#include "rmb/wire/envelope.h"
#include "tests/bench/rmb/measure.h"

#include <QHash>
#include <QWebSocketServer>

namespace zos::bench {

// A relay that is the user as well: hands signed requests straight to a node and takes its answers
// without a look inside. What passes between the two is the node's own time: framing, checks, the
// handler, signing, and two wake-ups.
class NodeTap
{
public:
    NodeTap();
    quint16 port() const { return m_server.serverPort(); }
    bool connected(quint32 node) const { return m_nodes.contains(node); }
    // Signs the request first; the round begins when it leaves.
    Task<Round> roundTrip(quint32 node, QByteArray payload);

private:
    struct Waiter
    {
        zos::detail::Gate gate;
        bool good = false;
        qint64 took = 0;
        QElapsedTimer clock;
    };
    void enter(QWebSocket *node);
    void take(QWebSocket *node, const QByteArray &frame);
    QByteArray request(quint32 node, const QString &uid, const QByteArray &payload) const;

    QWebSocketServer m_server;
    QHash<quint32, QWebSocket *> m_nodes;
    QHash<QByteArray, std::shared_ptr<Waiter>> m_waiters; // by uid
    const Identity m_user;
    const EndToEnd m_sealing;
};

} // namespace zos::bench
