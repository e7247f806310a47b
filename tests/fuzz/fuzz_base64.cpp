// SPDX-License-Identifier: Apache-2.0
#include "core/base/encoding.h"
#include "tests/core/model/modelvectors.h"
#include "tests/fuzz/fuzz.h"

#include <optional>

namespace zos::fuzz {

namespace {

// The same rules, as plainly as they can be written.
std::optional<QByteArray> plainBase64(QByteArrayView text)
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    const QByteArrayView alphabet(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    QByteArray bytes;
    for (qsizetype i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        const int padding = !last ? 0 : text.endsWith("==") ? 2 : text.endsWith('=') ? 1 : 0;
        quint32 bits = 0;
        for (qsizetype j = 0; j < 4; ++j) {
            const auto digit = alphabet.indexOf(text[i + j]);
            if (digit < 0 && j < 4 - padding)
                return std::nullopt;
            bits = bits << 6 | quint32(std::max<qsizetype>(digit, 0));
        }
        for (int j = 0; j < 3 - padding; ++j)
            bytes += char(bits >> (16 - 8 * j) & 0xff);
    }
    return bytes;
}

} // namespace

QByteArrayList seeds()
{
    QByteArrayList all { "", "YQ==", "YWI=", "YWJj", "+/+/", "YQ", "YR==" };
    for (const Json &entry : testing::cases(QStringLiteral("rmb-direct"))) {
        if (const Json *message = entry.findExact(u"message"); message && message->isObject())
            all += testing::requestOf(*message, u"dat");
    }
    return all;
}

void tryInput(QByteArrayView input)
{
    const AllocationMeter meter;
    const auto bytes = strictBase64(input);
    meter.expectAtMost(4, input.size(), 16 << 10);
    const auto expected = plainBase64(input);
    expect(bytes.has_value() == expected.has_value(), "the verdict is the plain reader's");
    if (bytes)
        expect(*bytes == *expected, "the bytes are the plain reader's");
    const auto hex = strictHex(input);
    if (hex)
        expect(hex->toHex() == input.toByteArray().toLower(), "hex has one value");
    const auto short58 = QString::fromLatin1(input);
    if (const auto decoded = fromBase58(short58))
        expect(base58(*decoded) == short58, "base58 has one text");
}

} // namespace zos::fuzz
