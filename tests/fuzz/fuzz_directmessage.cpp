// SPDX-License-Identifier: Apache-2.0
#include "rmb/wire/directmessage.h"
#include "tests/core/model/modelvectors.h"
#include "tests/fuzz/fuzz.h"

namespace zos::fuzz {

QByteArrayList seeds()
{
    QByteArrayList all;
    for (const auto &topic : { QStringLiteral("rmb-direct"), QStringLiteral("rmb-direct-http") }) {
        for (const Json &entry : testing::cases(topic)) {
            for (const auto &name : { u"message", u"go_rmb_json", u"rmb_rs_form", u"body" })
                all += testing::requestOf(entry, name);
        }
    }
    all.removeAll(QByteArray());
    return all;
}

void tryInput(QByteArrayView input)
{
    const AllocationMeter meter;
    const auto message = rmb::DirectMessage::decode(input);
    meter.expectAtMost(150, input.size(), 64 << 10);
    if (!message) {
        expect(message.error().code == ErrorCode::Invalid, "refusals are Invalid");
        return;
    }
    expect(message->uid.size() <= 256 && message->cmd.size() <= 256 && message->ret.size() <= 256
            && message->dst.size() <= 16 && message->sig.size() <= 1024,
        "fields are bounded");
    const auto text = message->encode();
    const auto again = rmb::DirectMessage::decode(text);
    expect(again.has_value(), "what we write is read");
    expect(again->encode() == text, "writing and reading lose nothing");
    expect(again->preimage() == message->preimage(), "the signed text stays");
    expect(again->tag == message->tag && again->err == message->err && again->exp == message->exp
            && again->tries == message->tries && again->shm == message->shm
            && again->sig == message->sig,
        "unsigned fields stay");
    for (const quint64 time : { quint64(0), message->now, ~quint64(0) }) {
        (void)message->checkAge(time);
        expect(message->lifetime(time) <= 86'400, "lifetimes are bounded");
        auto stamped = *message;
        stamped.stamp(time);
        expect(stamped.now == time && stamped.exp <= message->exp, "stamps never prolong");
    }
    const auto reply = rmb::DirectMessage::decode(message->reply(message->now).encode());
    expect(reply && reply->uid == message->uid && reply->exp >= 30, "replies are messages");
    expect(!message->verify(QByteArray(32, '\x07')), "nobody signs for a stranger");
}

} // namespace zos::fuzz
