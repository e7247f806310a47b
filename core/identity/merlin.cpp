// SPDX-License-Identifier: Apache-2.0
#include "core/identity/merlin.h"

#include <QtEndian>

#include <bit>
#include <cstring>

namespace zos {

namespace {

constexpr std::size_t kStrobeRate = 166;
constexpr quint8 kStrobeI = 1, kStrobeA = 2, kStrobeC = 4, kStrobeM = 16, kStrobeK = 32;

constexpr std::array<quint64, 24> kRoundConstants { 0x0000000000000001, 0x0000000000008082,
    0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b,
    0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080,
    0x0000000080000001, 0x8000000080008008 };

std::span<const quint8> merlinBytes(std::string_view text)
{
    return { reinterpret_cast<const quint8 *>(text.data()), text.size() };
}

std::array<quint8, 4> merlinLength(std::size_t length)
{
    std::array<quint8, 4> bytes;
    qToLittleEndian(quint32(length), bytes.data());
    return bytes;
}

// One row of the last two steps.
inline void keccakRow(quint64 *row, quint64 r0, quint64 r1, quint64 r2, quint64 r3, quint64 r4)
{
    row[0] = r0 ^ (~r1 & r2);
    row[1] = r1 ^ (~r2 & r3);
    row[2] = r2 ^ (~r3 & r4);
    row[3] = r3 ^ (~r4 & r0);
    row[4] = r4 ^ (~r0 & r1);
}

// One round from a to b, every lane by name: compilers keep them in registers only then.
void keccakRound(const std::array<quint64, 25> &a, std::array<quint64, 25> &b, quint64 constant)
{
    const auto c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    const auto c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    const auto c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    const auto c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    const auto c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    const auto d0 = c4 ^ std::rotl(c1, 1);
    const auto d1 = c0 ^ std::rotl(c2, 1);
    const auto d2 = c1 ^ std::rotl(c3, 1);
    const auto d3 = c2 ^ std::rotl(c4, 1);
    const auto d4 = c3 ^ std::rotl(c0, 1);
    keccakRow(&b[0], a[0] ^ d0, std::rotl(a[6] ^ d1, 44), std::rotl(a[12] ^ d2, 43),
        std::rotl(a[18] ^ d3, 21), std::rotl(a[24] ^ d4, 14));
    keccakRow(&b[5], std::rotl(a[3] ^ d3, 28), std::rotl(a[9] ^ d4, 20), std::rotl(a[10] ^ d0, 3),
        std::rotl(a[16] ^ d1, 45), std::rotl(a[22] ^ d2, 61));
    keccakRow(&b[10], std::rotl(a[1] ^ d1, 1), std::rotl(a[7] ^ d2, 6), std::rotl(a[13] ^ d3, 25),
        std::rotl(a[19] ^ d4, 8), std::rotl(a[20] ^ d0, 18));
    keccakRow(&b[15], std::rotl(a[4] ^ d4, 27), std::rotl(a[5] ^ d0, 36), std::rotl(a[11] ^ d1, 10),
        std::rotl(a[17] ^ d2, 15), std::rotl(a[23] ^ d3, 56));
    keccakRow(&b[20], std::rotl(a[2] ^ d2, 62), std::rotl(a[8] ^ d3, 55), std::rotl(a[14] ^ d4, 39),
        std::rotl(a[15] ^ d0, 41), std::rotl(a[21] ^ d1, 2));
    b[0] ^= constant;
}

} // namespace

void keccakF1600(std::array<quint8, 200> &state)
{
    std::array<quint64, 25> a, b;
    for (std::size_t i = 0; i < 25; ++i)
        a[i] = qFromLittleEndian<quint64>(state.data() + 8 * i);
    for (std::size_t i = 0; i < kRoundConstants.size(); i += 2) {
        keccakRound(a, b, kRoundConstants[i]);
        keccakRound(b, a, kRoundConstants[i + 1]);
    }
    for (std::size_t i = 0; i < 25; ++i)
        qToLittleEndian(a[i], state.data() + 8 * i);
}

Strobe128::Strobe128(std::string_view protocol)
{
    constexpr quint8 head[] { 0x01, kStrobeRate + 2, 0x01, 0x00, 0x01, 0x60 };
    constexpr std::string_view version = "STROBEv1.0.2";
    std::memcpy(m_state.data(), head, sizeof head);
    std::memcpy(m_state.data() + sizeof head, version.data(), version.size());
    keccakF1600(m_state);
    metaAd(merlinBytes(protocol), false);
}

void Strobe128::runF()
{
    m_state[m_position] = quint8(m_state[m_position] ^ m_begin);
    m_state[m_position + 1] ^= 0x04;
    m_state[kStrobeRate + 1] ^= 0x80;
    keccakF1600(m_state);
    m_position = 0;
    m_begin = 0;
}

void Strobe128::absorb(std::span<const quint8> data)
{
    for (const auto byte : data) {
        m_state[m_position++] ^= byte;
        if (m_position == kStrobeRate)
            runF();
    }
}

void Strobe128::beginOperation(quint8 flags, bool more)
{
    if (more) {
        Q_ASSERT(flags == m_flags);
        return;
    }
    const std::array<quint8, 2> header { quint8(m_begin), flags };
    m_begin = m_position + 1;
    m_flags = flags;
    absorb(header);
    if ((flags & (kStrobeC | kStrobeK)) != 0 && m_position != 0)
        runF();
}

void Strobe128::metaAd(std::span<const quint8> data, bool more)
{
    beginOperation(kStrobeM | kStrobeA, more);
    absorb(data);
}

void Strobe128::ad(std::span<const quint8> data)
{
    beginOperation(kStrobeA, false);
    absorb(data);
}

void Strobe128::prf(std::span<quint8> out)
{
    beginOperation(kStrobeI | kStrobeA | kStrobeC, false);
    for (auto &byte : out) {
        byte = m_state[m_position];
        m_state[m_position++] = 0;
        if (m_position == kStrobeRate)
            runF();
    }
}

MerlinTranscript::MerlinTranscript(std::string_view protocol)
    : m_strobe("Merlin v1.0")
{
    append("dom-sep", protocol);
}

void MerlinTranscript::append(std::string_view label, std::span<const quint8> message)
{
    m_strobe.metaAd(merlinBytes(label), false);
    m_strobe.metaAd(merlinLength(message.size()), true);
    m_strobe.ad(message);
}

void MerlinTranscript::append(std::string_view label, std::string_view message)
{
    append(label, merlinBytes(message));
}

void MerlinTranscript::challenge(std::string_view label, std::span<quint8> out)
{
    m_strobe.metaAd(merlinBytes(label), false);
    m_strobe.metaAd(merlinLength(out.size()), true);
    m_strobe.prf(out);
}

} // namespace zos
