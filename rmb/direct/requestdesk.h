// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/peercore.h"
#include "rmb/session/resultstore.h"

namespace zos::rmb {

// The serving half of a peer: runs verified requests on the router and sends or keeps the answers.
class RequestDesk
{
public:
    explicit RequestDesk(PeerCore *core);

    // A message that came to /zbus-remote: the answer is sent to the caller later. Both do nothing
    // for whom was sent away (`over`) before it was known.
    Task<HttpResponse> takeRemote(DirectMessage message, QHostAddress observed, CancelToken over);
    // A user's message that came to /zbus-cmd: the answer waits here for its poller.
    Task<HttpResponse> takeCommand(DirectMessage message, QHostAddress observed, CancelToken over);
    // A poll for it: {"retqueue":"<uuid>"}.
    HttpResponse poll(const QByteArray &body);

private:
    // Whether the answer to a request has left this machine.
    struct Sent
    {
        zos::detail::Gate gate;
    };
    struct Guest
    {
        Visitor visitor;
        Quota::Place place;
    };

    Task<std::expected<Guest, Refusal>> admit(
        DirectMessage message, QHostAddress observed, CancelToken over);
    Task<Answer> run(TwinId caller, DirectMessage message);
    Task<Answer> runProxied(DirectMessage envelope, QHostAddress observed);
    Task<void> serve(Guest guest, QHostAddress observed, std::shared_ptr<Sent> sent);
    Task<void> sendAnswer(Visitor visitor, QHostAddress observed, Answer answer);
    Task<void> serveStored(Guest guest, QString queue);

    PeerCore *m_core;
    ResultStore m_results;
};

} // namespace zos::rmb
