// SPDX-License-Identifier: Apache-2.0
#include "core/identity/mnemonic.h"

#include "core/identity/crypto.h"
#include "core/identity/wordlist.h"

#include <QtCrypto>

#include <algorithm>
#include <cstring>

namespace zos {

namespace {

constexpr int kRounds = 2048;
constexpr std::size_t kWordBits = 11;
constexpr std::size_t kLongestWord = 8;

QCA::SecureArray secureCopy(const SecretBytes &bytes)
{
    QCA::SecureArray copy(int(bytes.size()));
    std::memcpy(copy.data(), bytes.data(), bytes.size());
    return copy;
}

// The first byte of the digest holds all checksum bits there can be (4 to 8).
quint8 checksumByte(const SecretBytes &entropy)
{
    return quint8(QCA::Hash(QStringLiteral("sha256")).hash(secureCopy(entropy)).constData()[0]);
}

char16_t unitOf(QChar unit)
{
    return unit.unicode();
}
char16_t unitOf(QLatin1Char unit)
{
    return unit.unicode();
}
char16_t unitOf(char unit)
{
    return uchar(unit);
}

// The words in lower case, one after the other in the same locked memory. Of one that is too long
// for the list only as much as shows that.
template <class Handle> void forEachWord(QAnyStringView words, Handle handle)
{
    SecretBytes word(kLongestWord + 1);
    const auto take = [&](auto text) {
        std::size_t length = 0;
        for (qsizetype i = 0; i <= text.size(); ++i) {
            const char16_t unit = i < text.size() ? unitOf(text[i]) : u' ';
            if (!QChar::isSpace(unit)) {
                if (length < word.size())
                    word.data()[length++] = unit < 128 ? quint8(QChar::toLower(unit)) : 0;
            } else if (length > 0) {
                handle(std::string_view(reinterpret_cast<const char *>(word.data()), length));
                length = 0;
            }
        }
    };
    words.visit(take);
}

bool bitAt(const quint8 *bytes, std::size_t bit)
{
    return (bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

} // namespace

Result<SecretBytes> mnemonicEntropy(QAnyStringView words)
{
    std::size_t count = 0;
    forEachWord(words, [&count](std::string_view) { ++count; });
    if (count < 12 || count > 24 || count % 3 != 0) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("a mnemonic has 12, 15, 18, 21 or 24 words, this one has %1")
                .arg(count));
    }
    SecretBytes bits(33);
    std::size_t place = 0; // of the word, from 1
    std::size_t unknown = 0;
    forEachWord(words, [&](std::string_view word) {
        const auto index = mnemonicWordIndex(word);
        ++place;
        if (!index && unknown == 0)
            unknown = place;
        for (std::size_t bit = 0; bit < kWordBits; ++bit) {
            const auto at = (place - 1) * kWordBits + bit;
            const auto value = index.value_or(0) >> (kWordBits - 1 - bit) & 1;
            bits.data()[at / 8] = quint8(bits.data()[at / 8] | value << (7 - at % 8));
        }
    });
    if (unknown > 0) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("word %1 of the mnemonic is not in the English list").arg(unknown));
    }
    const auto checksumBits = count / 3;
    SecretBytes entropy(4 * checksumBits);
    std::memcpy(entropy.data(), bits.data(), entropy.size());
    const auto mask = quint8(0xff << (8 - checksumBits));
    if (((bits.data()[entropy.size()] ^ checksumByte(entropy)) & mask) != 0) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("the mnemonic's checksum is wrong: a word is mistyped or misplaced"));
    }
    return entropy;
}

SecretBytes mnemonicFor(const SecretBytes &entropy)
{
    SecretBytes bits(entropy.size() + 1);
    std::memcpy(bits.data(), entropy.data(), entropy.size());
    bits.data()[entropy.size()] = checksumByte(entropy);
    const auto count = entropy.size() * 3 / 4;
    SecretBytes text(count * (kLongestWord + 1));
    auto *end = text.data();
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t index = 0;
        for (std::size_t bit = 0; bit < kWordBits; ++bit)
            index = index << 1 | (bitAt(bits.data(), i * kWordBits + bit) ? 1 : 0);
        const auto word = mnemonicWord(index);
        if (i > 0)
            *end++ = ' ';
        end = std::ranges::copy(word, end).out;
    }
    SecretBytes words(std::size_t(end - text.data()));
    std::memcpy(words.data(), text.data(), words.size());
    return words;
}

SecretBytes newEntropy(int words)
{
    ensureCrypto();
    Q_ASSERT(words >= 12 && words <= 24 && words % 3 == 0);
    SecretBytes entropy(std::size_t(words) / 3 * 4);
    const auto random = QCA::Random::randomArray(int(entropy.size()));
    std::memcpy(entropy.data(), random.constData(), entropy.size());
    return entropy;
}

SecretBytes miniSecretOf(const SecretBytes &entropy)
{
    // Only the first of the two 32-byte halves of block 1 is used, so one block is enough.
    QCA::MessageAuthenticationCode hmac(
        QStringLiteral("hmac(sha512)"), QCA::SymmetricKey(secureCopy(entropy)));
    QCA::MemoryRegion round = hmac.process(QByteArray("mnemonic\0\0\0\1", 12));
    SecretBytes sum(64);
    Q_ASSERT(round.size() == 64);
    std::memcpy(sum.data(), round.constData(), sum.size());
    for (int i = 1; i < kRounds; ++i) {
        hmac.clear();
        round = hmac.process(round);
        for (std::size_t byte = 0; byte < sum.size(); ++byte)
            sum.data()[byte] = quint8(sum.data()[byte] ^ quint8(round.constData()[byte]));
    }
    SecretBytes mini(32);
    std::memcpy(mini.data(), sum.data(), mini.size());
    return mini;
}

} // namespace zos
