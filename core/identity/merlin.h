// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

#include <array>
#include <span>
#include <string_view>

namespace zos {

// One Keccak-f[1600] permutation of 200 bytes (25 little-endian lanes).
void keccakF1600(std::array<quint8, 200> &state);

// The subset of STROBE-128 that Merlin needs (rmb.md section 7).
class Strobe128
{
public:
    explicit Strobe128(std::string_view protocol);
    void metaAd(std::span<const quint8> data, bool more);
    void ad(std::span<const quint8> data);
    void prf(std::span<quint8> out);

    // For the comparison with recorded traces.
    const std::array<quint8, 200> &state() const { return m_state; }
    int position() const { return int(m_position); }
    int begin() const { return int(m_begin); }
    quint8 flags() const { return m_flags; }

private:
    void beginOperation(quint8 flags, bool more);
    void absorb(std::span<const quint8> data);
    void runF();

    std::array<quint8, 200> m_state {};
    std::size_t m_position = 0;
    std::size_t m_begin = 0;
    quint8 m_flags = 0;
};

// A Merlin transcript: what both sides said so far, and challenges that depend on all of it.
class MerlinTranscript
{
public:
    explicit MerlinTranscript(std::string_view protocol);
    void append(std::string_view label, std::span<const quint8> message);
    void append(std::string_view label, std::string_view message);
    void challenge(std::string_view label, std::span<quint8> out);
    const Strobe128 &strobe() const { return m_strobe; }

private:
    Strobe128 m_strobe;
};

} // namespace zos
