// SPDX-License-Identifier: Apache-2.0
#include "core/base/encoding.h"

#include <QStringDecoder>

#include <algorithm>
#include <vector>

namespace zos {

namespace {
constexpr char kBase58Alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
}

QString base58(QByteArrayView bytes)
{
    std::vector<int> digits; // base 58, least significant first
    for (const char byte : bytes) {
        int carry = static_cast<unsigned char>(byte);
        for (int &digit : digits) {
            carry += digit * 256;
            digit = carry % 58;
            carry /= 58;
        }
        for (; carry > 0; carry /= 58)
            digits.push_back(carry % 58);
    }
    QString text;
    for (qsizetype i = 0; i < bytes.size() && bytes[i] == 0; ++i)
        text += u'1';
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit)
        text += QLatin1Char(kBase58Alphabet[*digit]);
    return text;
}

Result<QByteArray> fromBase58(QStringView text)
{
    if (text.size() > 128)
        return fail(ErrorCode::Invalid, QStringLiteral("base58 text is too long"));
    std::vector<int> bytes; // least significant first
    for (const QChar c : text) {
        const auto *end = kBase58Alphabet + 58;
        const auto *found = std::find(kBase58Alphabet, end, c.toLatin1());
        if (found == end || c.unicode() > 127)
            return fail(
                ErrorCode::Invalid, QStringLiteral("character outside the base58 alphabet"));
        int carry = static_cast<int>(found - kBase58Alphabet);
        for (int &byte : bytes) {
            carry += byte * 58;
            byte = carry & 0xff;
            carry >>= 8;
        }
        for (; carry > 0; carry >>= 8)
            bytes.push_back(carry & 0xff);
    }
    QByteArray out;
    for (qsizetype i = 0; i < text.size() && text[i] == u'1'; ++i)
        out += '\0';
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte)
        out += static_cast<char>(*byte);
    return out;
}

QString exactUtf8(QByteArrayView bytes)
{
    if (!bytes.startsWith("\xef\xbb\xbf")) // the quick way whenever it is exact
        return QString::fromUtf8(bytes);
    QStringDecoder decoder(QStringDecoder::Utf8,
        QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    return decoder(bytes);
}

Result<QByteArray> strictHex(QByteArrayView text)
{
    const auto isDigit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    if (text.size() % 2 != 0 || !std::all_of(text.begin(), text.end(), isDigit))
        return fail(ErrorCode::Invalid, QStringLiteral("not an even number of hex digits"));
    return QByteArray::fromHex(text.toByteArray());
}

Result<QByteArray> strictBase64(QByteArrayView text)
{
    auto decoded = QByteArray::fromBase64Encoding(
        text.toByteArray(), QByteArray::Base64Encoding | QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded || text.size() % 4 != 0)
        return fail(ErrorCode::Invalid, QStringLiteral("not valid base64"));
    return std::move(decoded.decoded);
}

} // namespace zos
