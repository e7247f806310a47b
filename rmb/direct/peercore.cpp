// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/peercore.h"

#include "core/base/json.h"

namespace zos::rmb {

PeerCore::PeerCore(
    Identity own, TwinId ownTwin, Ledger *ledger, const Clock *time, DirectConfig settings)
    : identity(std::move(own))
    , twin(ownTwin)
    , clock(time)
    , config(std::move(settings))
    , guard(config.replay)
    , twins(ledger, clock)
    , keeper(twin, &twins, &guard, clock, &counters)
    , courier(identity, clock, config)
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
