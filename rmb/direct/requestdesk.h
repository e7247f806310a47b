// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/peercore.h"
#include "rmb/session/resultstore.h"

namespace zos::rmb {

// The serving half of a peer: runs verified requests on the router and sends or keeps the answers.
class RequestDesk
{
public:
    RequestDesk(PeerCore *core, Router *router);

    // A message that came to /zbus-remote: the answer is sent to the caller later.
    Task<HttpResponse> takeRemote(DirectMessage message, QHostAddress observed);
    // A user's message that came to /zbus-cmd: the answer waits here for its poller.
    Task<HttpResponse> takeCommand(DirectMessage message);
    // A poll for it: {"retqueue":"<uuid>"}.
    HttpResponse poll(const QByteArray &body);

private:
    // Whether the answer to a request has left this machine.
    struct Sent
    {
        zos::detail::Gate gate;
    };

    Task<std::expected<Visitor, Refusal>> admit(DirectMessage message); // takes a place
    void leavePlace(TwinId caller);
    Task<Answer> run(TwinId caller, DirectMessage message);
    Task<Answer> runProxied(DirectMessage envelope);
    Task<void> serve(Visitor visitor, QHostAddress observed, std::shared_ptr<Sent> sent);
    Task<void> sendAnswer(Visitor visitor, QHostAddress observed, Answer answer);
    Task<void> serveStored(Visitor visitor, QString queue);

    PeerCore *m_core;
    Router *m_router;
    ResultStore m_results;
    QHash<TwinId, int> m_places;
    int m_taken = 0;
};

} // namespace zos::rmb
