// SPDX-License-Identifier: Apache-2.0
#include "rmb/wire/envelope.h"
#include "tests/core/model/modelvectors.h"
#include "tests/fuzz/fuzz.h"

#include <rmb/wire/envelope.pb.h>

namespace zos::fuzz {

namespace {

// Whether one of our own bounds, and not the format, is a reason to refuse the frame.
bool beyondBounds(const rmb::wire::Frame &frame, QByteArrayView input)
{
    std::size_t most = std::max({ frame.uid().size(), frame.source().connection().size(),
        frame.destination().connection().size(), frame.request().command().size(),
        frame.schema().size(), frame.signature().size() });
    for (const auto &relay : frame.relays())
        most = std::max(most, relay.size());
    // Unknown groups are looked into for relays.
    return most > 256 || frame.tags().size() > 1024 || frame.federation().size() > 1024
        || frame.error().message().size() > 64 << 10 || input.count('\x8a') > 64;
}

} // namespace

QByteArrayList seeds()
{
    // A ping of 2 GB that holds a string of 50 MB.
    QByteArrayList all { QByteArray::fromHex("7af0ffffff078a01f0ffff17") };
    const auto hex = [&all](const Json &entry, QStringView name) {
        if (const auto bytes = QByteArray::fromHex(testing::requestOf(entry, name));
            !bytes.isEmpty())
            all += bytes;
    };
    for (const Json &entry : testing::cases(QStringLiteral("rmb-envelope"))) {
        hex(entry, u"wire_by_go");
        hex(entry, u"wire_by_typescript");
    }
    for (const Json &entry : testing::cases(QStringLiteral("rmb-relay-capture")))
        hex(entry, u"wire");
    for (const auto &file : testing::vectors(QStringLiteral("wire-envelope-hostile"))) {
        const auto document = Json::parse(file.text);
        for (const Json &entry : document->findExact(u"vectors")->items())
            hex(entry, u"hex");
    }
    return all;
}

void tryInput(QByteArrayView input)
{
    using rmb::Envelope;
    const AllocationMeter meter;
    const auto envelope = Envelope::decode(input);
    meter.expectAtMost(4, input.size(), 16 << 10);
    rmb::wire::Frame frame;
    const bool parsed = frame.ParseFromArray(input.data(), int(input.size()));
    if (!envelope) {
        expect(envelope.error().code == ErrorCode::Invalid, "refusals are Invalid");
        expect(!parsed || beyondBounds(frame, input),
            "what libprotobuf takes is refused for its size alone");
        return;
    }
    expect(parsed, "what libprotobuf refuses is refused");
    expect(envelope->relays.size() <= 64 && envelope->uid.size() <= 256
            && envelope->tags.size() <= 1024 && envelope->signature.size() <= 256,
        "fields are bounded");
    const auto bytes = envelope->encode();
    expect(bytes.size() <= input.size(), "our form is never longer");
    const auto again = Envelope::decode(bytes);
    expect(again && *again == *envelope, "writing and reading lose nothing");
    expect(again->challenge() == envelope->challenge(), "the signed text stays");
    const auto theirs = frame.SerializeAsString();
    const auto other = Envelope::decode({ theirs.data(), qsizetype(theirs.size()) });
    expect(other && *other == *envelope, "libprotobuf's own form says the same");
    for (const quint64 time : { quint64(0), envelope->timestamp, ~quint64(0) }) {
        (void)envelope->checkTime(time);
        expect(envelope->lifetime(time) <= rmb::kMaxLifetime, "lifetimes are bounded");
        expect(!envelope->expired(time) || envelope->lifetime(time) == 0, "the end is the end");
        auto stamped = *envelope;
        stamped.stamp(time);
        expect(stamped.timestamp == time && stamped.expiration <= envelope->expiration,
            "stamps never prolong");
    }
}

} // namespace zos::fuzz
