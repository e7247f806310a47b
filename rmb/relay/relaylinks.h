// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/relaylink.h"

#include <deque>
#include <vector>

namespace zos::rmb {

// Our sessions with all relays, and the answers that wait for one to come back.
class RelayLinks : public QObject
{
    Q_OBJECT
public:
    RelayLinks(Session *session, const RelayConfig &config, QObject *parent = nullptr);

    void start();
    void stop();
    QList<RelayLinkState> states() const;
    bool up() const;
    RelayLink &link(int number) const { return *m_links[static_cast<size_t>(number)]; }

    // On that link, else on any other that is up.
    bool send(const QByteArray &frame, int preferred);
    // The same for an answer, which may wait for a link until it is of no use any more.
    void deliver(const QByteArray &frame, int preferred, quint64 expires);
    // Links that are up, those first that the peer uses itself (`relay` of its twin).
    QList<int> towards(const QString &relayField) const;

Q_SIGNALS:
    void received(const QByteArray &frame, int link);
    void changed();

private:
    struct Waiting
    {
        QByteArray frame;
        quint64 expires = 0;
    };
    void onChanged();

    Session *m_session;
    std::vector<std::unique_ptr<RelayLink>> m_links;
    std::deque<Waiting> m_waiting;
    qsizetype m_waitingBytes = 0;
};

// `relay` of a twin record for these relays: host names, sorted, joined with '_'. On the local
// network a port is kept the way the TypeScript client compares it (rmb.md section 9).
QString relayField(const QList<QUrl> &relays);
// The relays of a twin record, the reverse of it.
QList<QUrl> relaysOf(const QString &field);
// ws:// or wss:// with a name or address and nothing behind: a token is appended there.
std::optional<QUrl> relayUrl(const QString &text);

} // namespace zos::rmb
