// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/peercore.h"

#include "core/base/json.h"

namespace zos::rmb {

PeerCore::PeerCore(Session *shared, DirectConfig settings)
    : session(shared)
    , config(std::move(settings))
    , counters(session->counters())
    , keeper(session)
    , courier(session->identity(), session->clock(), config)
{
}

HttpResponse plainResponse(int status, const QByteArray &body)
{
    HttpResponse response;
    response.status = status;
    response.body = body;
    return response;
}

HttpResponse refusedResponse(const Refusal &refusal)
{
    JsonWriter writer;
    writer.object().key(u"status").string(u"error").key(u"message").string(refusal.message).end();
    return plainResponse(refusal.status, writer.text());
}

HttpResponse acceptedResponse()
{
    return plainResponse(200, "{\"status\": \"accepted\"}");
}

} // namespace zos::rmb
