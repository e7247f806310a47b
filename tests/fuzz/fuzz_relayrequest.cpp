// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayrequest.h"
#include "tests/fuzz/fuzz.h"

namespace zos::fuzz {

QByteArrayList seeds()
{
    return { "GET /?eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOjd9.c2ln HTTP/1.1\r\nHost: relay\r\n"
             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        "GET /metrics HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" };
}

void tryInput(QByteArrayView input)
{
    const AllocationMeter meter;
    const auto parsed = rmb::RelayRequest::parse(input);
    meter.expectAtMost(8, input.size(), 4 << 10);
    if (!parsed) {
        expect(parsed.error().code == ErrorCode::Invalid, "refusals are Invalid");
        return;
    }
    if (!*parsed) {
        expect(input.size() < rmb::kMaxRelayHead, "nobody waits for an endless head");
        return;
    }
    const rmb::RelayRequest &request = **parsed;
    expect(request.headSize <= input.size() && input.first(request.headSize).endsWith("\r\n\r\n"),
        "the head ends with its blank line");
    expect(!request.method.isEmpty() && !request.method.contains(' '), "a method is a word");
    expect(request.method.size() + request.path.size() + request.query.size() < request.headSize,
        "the parts come from the head");
    expect(request.bodySize.value_or(0) >= 0, "no body is negative");
    // What follows a head does not change it.
    const auto alone = rmb::RelayRequest::parse(input.first(request.headSize));
    expect(alone && *alone && (*alone)->query == request.query
            && (*alone)->bodySize == request.bodySize,
        "the head stands alone");
}

} // namespace zos::fuzz
