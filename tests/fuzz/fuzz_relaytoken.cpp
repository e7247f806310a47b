// SPDX-License-Identifier: Apache-2.0
#include "rmb/wire/relaytoken.h"
#include "tests/core/model/modelvectors.h"
#include "tests/fuzz/fuzz.h"

namespace zos::fuzz {

namespace {

constexpr auto kUrl = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

} // namespace

// The header and the claims in clear text, or a whole token: base64 hides too much from a fuzzer.
QByteArrayList seeds()
{
    QByteArrayList all;
    for (const Json &entry : testing::cases(QStringLiteral("rmb-jwt"))) {
        all += testing::requestOf(entry, u"token");
        all += '\0' + testing::requestOf(entry, u"header") + '\0'
            + testing::requestOf(entry, u"claims");
    }
    return all;
}

void tryInput(QByteArrayView input)
{
    QByteArray text = input.toByteArray();
    if (text.startsWith('\0')) {
        const auto border = std::max<qsizetype>(1, text.indexOf('\0', 1));
        text = text.sliced(1, border - 1).toBase64(kUrl) + '.'
            + text.sliced(border).sliced(border < text.size() ? 1 : 0).toBase64(kUrl) + '.'
            + QByteArray(65, 'e').toBase64(kUrl);
    }
    const AllocationMeter meter;
    const auto token = rmb::RelayToken::parse(text);
    meter.expectAtMost(150, text.size(), 64 << 10);
    if (!token) {
        expect(token.error().code == ErrorCode::Invalid, "refusals are Invalid");
        return;
    }
    expect(text.size() <= 4096 && token->session.size() <= 256, "fields are bounded");
    expect(text == QByteArray(token->signedText + '.' + token->signature.toBase64(kUrl)),
        "one text for one token");
    static const auto identity = Identity::fromSeed(QByteArray(32, '7')).value();
    expect(!token->verify(identity.publicKey()), "nobody signs for a stranger");
    const auto own = rmb::RelayToken::parse(token->make(identity));
    expect(own && own->twin == token->twin && own->session == token->session
            && own->issued == token->issued && own->expires == token->expires,
        "writing and reading lose nothing");
    expect(own->verify(identity.publicKey()), "our own signature holds");
}

} // namespace zos::fuzz
