// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/server/relaymailboxes.h"
#include "rmb/relay/server/relayrates.h"
#include "rmb/relay/server/relaysession.h"
#include "rmb/session/twindirectory.h"

namespace zos::rmb {

// Who is connected, and where each envelope goes (rmb.md 2.7). Bytes leave as they came.
class RelayExchange : public QObject
{
    Q_OBJECT
public:
    RelayExchange(TwinDirectory *twins, const Clock *clock, const LocalRelayLimits &limits,
        LocalRelayCounters *counters, QObject *parent = nullptr);

    // Takes the session over; it replaces the one of the same peer and gets what waits for it.
    void join(RelaySession *session);
    // An envelope from another relay, which proves nothing about its sender. Invalid: not an
    // envelope. Otherwise the reason why it is neither delivered nor kept.
    Task<Result<>> federate(QByteArray bytes);
    Task<void> stop();
    int sessions() const { return static_cast<int>(m_sessions.size()); }
    void dropExpired() { m_mail.dropExpired(); }

private:
    struct Parcel
    {
        PeerAddress to;
        TwinId from;
        bool failFast = false;
        std::chrono::seconds lifetime {};
        QByteArray bytes;
    };
    struct Complaint // how an undeliverable envelope is answered
    {
        PeerAddress to;
        QString uid;
        bool wanted = false; // only requests are
    };

    void leave(RelaySession *session);
    void receive(RelaySession *from, const QByteArray &bytes);
    void answerPing(RelaySession *from, Envelope ping);
    void complain(const Complaint &complaint, const QString &reason);
    bool passOn(const PeerAddress &to, const QByteArray &bytes);
    void handOut(const PeerAddress &to);
    Parcel parcel(const Envelope &envelope, TwinId from, const QByteArray &bytes) const;
    Task<Result<>> keep(Parcel parcel);
    Task<void> keepOrComplain(Parcel parcel, Complaint complaint);
    quint64 time() const { return static_cast<quint64>(m_clock->seconds().count()); }

    TwinDirectory *m_twins;
    const Clock *m_clock;
    int m_perTwin;
    LocalRelayCounters *m_counters;
    RelayRates m_rates;
    RelayMailboxes m_mail;
    QHash<PeerAddress, RelaySession *> m_sessions;
    QHash<TwinId, QList<RelaySession *>> m_sessionsOf; // oldest first, none is empty
    TaskScope m_scope;
};

} // namespace zos::rmb
