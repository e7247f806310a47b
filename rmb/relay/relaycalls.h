// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/relaylinks.h"

#include <QSet>

#include <deque>

namespace zos::rmb {

// The calling half of a relay peer: sends requests, matches verified answers to them. A request
// goes out once; only when a relay says that it could not pass it on, the next relay gets it, and
// when a key that has changed since we asked the ledger was in the way it is encrypted anew.
class RelayCalls : public QObject
{
    Q_OBJECT
public:
    RelayCalls(Session *session, RelayLinks *links, PeerAddress own, QObject *parent = nullptr);

    // `failFast`: rather Unavailable at once than wait for a relay or an absent twin. Safe to await
    // beyond the life of this object.
    Task<Answer> call(TwinId twin, QString command, QByteArray payload,
        std::chrono::milliseconds lifetime, bool failFast);
    // A response or an error for us that came by that link.
    void take(Envelope answer, int link);
    // A relay's own word about a message of ours: believed only from the relay that has it.
    void relayComplains(const Envelope &complaint, int link);
    void start() { m_running = true; }
    Task<void> stop();

private:
    struct Waiter
    {
        TwinId asked;
        QSet<int> tried; // links it was sent by
        int link = -1; // the last of them
        QString complaint; // about the last one, "" = on its way
        std::optional<Answer> answer;
        bool unread = false; // the peer could not decrypt the request
        std::shared_ptr<zos::detail::Gate> gate; // while the exchange sleeps

        void rouse() const
        {
            if (gate)
                gate->open();
        }
    };
    using WaiterPtr = std::shared_ptr<Waiter>;
    using Outcome = std::shared_ptr<zos::detail::Raced<QByteArray>>;

    Task<void> exchange(WaiterPtr waiter, Envelope request, CancelToken over, Outcome outcome);
    Task<Answer> attempt(WaiterPtr waiter, Envelope request, Twin twin, CancelToken over);
    Task<std::optional<Twin>> changedKeys(Twin twin, bool published);
    Result<QByteArray> frameOf(Envelope request, const Twin &twin) const;
    bool passOn(Waiter &waiter, const QByteArray &frame, const QString &relayField) const;
    void vouched(const WaiterPtr &waiter, const Envelope &answer, const Result<Twin> &twin);
    Task<void> readWithFreshKey(WaiterPtr waiter, Envelope answer);
    void settle(const WaiterPtr &waiter, Answer answer);
    Answer read(const Envelope &answer, const Twin &twin) const;
    void forget(const QString &uid);
    QString whyNoRelay() const;

    Session *m_session;
    RelayLinks *m_links;
    PeerAddress m_own;
    QHash<QString, WaiterPtr> m_waiters; // by uid
    QSet<QString> m_past; // uids of the last calls that are over
    std::deque<QString> m_pastOrder;
    bool m_running = false;
    TaskScope m_scope;
};

} // namespace zos::rmb
