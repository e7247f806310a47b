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

// Rotation and destination lane, in the order in which rho and pi walk over the lanes from lane 1.
constexpr std::array<int, 24> kRotations { 1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56,
    8, 25, 43, 62, 18, 39, 61, 20, 44 };
constexpr std::array<std::size_t, 24> kLanes { 10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23,
    19, 13, 12, 2, 20, 14, 22, 9, 6, 1 };

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

} // namespace

void keccakF1600(std::array<quint8, 200> &state)
{
    std::array<quint64, 25> a;
    for (std::size_t i = 0; i < 25; ++i)
        a[i] = qFromLittleEndian<quint64>(state.data() + 8 * i);
    for (const auto constant : kRoundConstants) {
        std::array<quint64, 5> column;
        for (std::size_t x = 0; x < 5; ++x)
            column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (std::size_t x = 0; x < 5; ++x) {
            const auto mix = column[(x + 4) % 5] ^ std::rotl(column[(x + 1) % 5], 1);
            for (std::size_t y = 0; y < 25; y += 5)
                a[y + x] ^= mix;
        }
        auto moving = a[1];
        for (std::size_t i = 0; i < 24; ++i) {
            const auto next = a[kLanes[i]];
            a[kLanes[i]] = std::rotl(moving, kRotations[i]);
            moving = next;
        }
        for (std::size_t y = 0; y < 25; y += 5) {
            const std::array<quint64, 5> row { a[y], a[y + 1], a[y + 2], a[y + 3], a[y + 4] };
            for (std::size_t x = 0; x < 5; ++x)
                a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }
        a[0] ^= constant;
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
