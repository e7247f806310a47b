// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpanswerreader.h"
#include "tests/fuzz/fuzz.h"

namespace zos::fuzz {

// The first byte says how long the pieces are in which the rest arrives.
QByteArrayList seeds()
{
    return { "\x01HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
        "\x02HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nConnection: close\r\n\r\n",
        "\x03HTTP/1.1 204 No Content\r\n\r\n", "\x04HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "\x05HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\nx",
        "\x07HTTP/1.1 200 OK\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n"
        "X: y\r\n\r\n",
        "\x40HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n" };
}

void tryInput(QByteArrayView input)
{
    if (input.isEmpty())
        return;
    const qsizetype piece = std::max<qsizetype>(1, static_cast<unsigned char>(input[0]));
    const auto text = input.sliced(1);
    rmb::HttpAnswerReader whole;
    const auto atOnce = whole.feed(text);

    const AllocationMeter meter;
    rmb::HttpAnswerReader pieces;
    Result<bool> stepwise = false;
    for (qsizetype i = 0; i < text.size() && stepwise && !*stepwise; i += piece)
        stepwise = pieces.feed(text.sliced(i, std::min(piece, text.size() - i)));
    meter.expectAtMost(8, text.size(), 64 << 10);
    expect(whole.body().size() <= 64 << 10, "the body is bounded");
    if (!atOnce)
        expect(atOnce.error().code == ErrorCode::Protocol, "refusals are Protocol");
    // What follows a complete answer is of no interest to a reader that stops there.
    if (stepwise && *stepwise)
        expect(atOnce.has_value() && *atOnce, "pieces do not complete what the whole does not");
    expect(stepwise.has_value() == atOnce.has_value(), "pieces do not change the verdict");
    if (!atOnce)
        return;
    expect(*stepwise == *atOnce, "pieces do not change the end");
    expect(pieces.body() == whole.body() && pieces.status() == whole.status(),
        "pieces do not change the answer");
    if (*atOnce)
        expect(whole.status() >= 200 && whole.status() <= 599, "a complete answer has a status");
    expect(whole.finish().has_value() == pieces.finish().has_value(),
        "pieces do not change the close");
}

} // namespace zos::fuzz
