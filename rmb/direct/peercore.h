// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/courier.h"
#include "rmb/direct/gatekeeper.h"
#include "rmb/direct/http/httpserver.h"

namespace zos::rmb {

// What the two halves of a peer share: the session, the checks, the way out, running work.
struct PeerCore
{
    PeerCore(Session *shared, DirectConfig settings);

    quint64 time() const { return session->time(); }

    Session *session;
    DirectConfig config;
    BusCounters &counters;
    Gatekeeper keeper;
    Courier courier;
    bool running = false;
    TaskScope scope;
};

// HTTP answers of the transport.
HttpResponse plainResponse(int status, const QByteArray &body);
HttpResponse refusedResponse(const Refusal &refusal); // {"status":"error","message":...}
HttpResponse acceptedResponse();

} // namespace zos::rmb
