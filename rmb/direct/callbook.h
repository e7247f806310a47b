// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/peercore.h"

namespace zos::rmb {

// The calling half of a peer: sends requests, matches signed replies to them.
class CallBook
{
public:
    explicit CallBook(PeerCore *core);

    // Safe to await beyond the life of this object.
    Task<Answer> call(TwinId twin, QString command, QByteArray payload,
        std::chrono::milliseconds lifetime, bool failFast);
    // A message that came to /zbus-reply.
    Task<HttpResponse> take(DirectMessage message, QHostAddress from);

private:
    struct Waiter
    {
        TwinId asked;
        zos::detail::Gate gate;
        std::optional<Answer> answer;
    };
    using Outcome = std::shared_ptr<zos::detail::Raced<QByteArray>>;
    Task<void> exchange(DirectMessage message, int attempts, CancelToken over, Outcome outcome);

    PeerCore *m_core;
    QHash<QString, std::shared_ptr<Waiter>> m_waiters; // by uid
    quint64 m_nextReturn = 0;
};

// Calls of this program say so in `ret`: their waiter is filed before they leave, so an answer may
// come at once.
bool waitsAlready(const DirectMessage &request);

} // namespace zos::rmb
