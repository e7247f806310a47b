// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/units.h"
#include "core/identity/identity.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <optional>
#include <variant>

namespace zos::rmb {

// A twin and, for clients with several connections, which of them. "" and absent are the same.
struct PeerAddress
{
    TwinId twin;
    QString connection;
    bool operator==(const PeerAddress &) const = default;
};

struct RequestPart
{
    QString command;
    bool operator==(const RequestPart &) const = default;
};
struct ResponsePart
{
    bool operator==(const ResponsePart &) const = default;
};
struct ErrorPart
{
    quint32 code = 0;
    QString message;
    bool operator==(const ErrorPart &) const = default;
};
struct PingPart
{
    bool operator==(const PingPart &) const = default;
};
struct PongPart
{
    bool operator==(const PongPart &) const = default;
};

// Longest life of a message, in seconds: relays do not keep one longer either.
inline constexpr quint64 kMaxLifetime = 3600;

// One message of the relay transport (rmb.md 2.2), in both directions and of every kind.
// Serialized bytes differ between writers: signatures cover the challenge, never the bytes.
struct Envelope
{
    enum class Payload {
        None,
        Plain,
        Cipher,
    };

    QString uid;
    QString tags; // comma or space separated
    quint64 timestamp = 0; // Unix seconds
    quint64 expiration = 0; // seconds counted from it
    std::optional<PeerAddress> source; // absent: written by a relay
    std::optional<PeerAddress> destination;
    std::variant<std::monostate, RequestPart, ResponsePart, ErrorPart, PingPart, PongPart> message;
    QByteArray signature; // type byte and 64 bytes; empty = none
    QString schema; // application/json
    QString federation; // deprecated, still signed
    Payload payloadKind = Payload::None;
    QByteArray payload; // JSON text, or sealed (core/identity/endtoend.h)
    QStringList relays; // deprecated, still signed

    // Bounded before anything is allocated; the verdict on hostile bytes is libprotobuf's. Every
    // refusal is Invalid.
    static Result<Envelope> decode(QByteArrayView bytes);
    QByteArray encode() const;

    QByteArray challenge() const; // MD5, 16 raw bytes
    void sign(const Identity &identity);
    bool verify(const QByteArray &publicKey) const;

    // Sender's rule before every attempt: the deadline stays put, `timestamp` moves to `time`.
    void stamp(quint64 time);
    // Receiver's rules: alive, and stamped at most 60 s ahead. Whatever the sender named, nobody
    // has to remember or serve a message for longer than kMaxLifetime.
    bool expired(quint64 time) const;
    Result<> checkTime(quint64 time) const;
    quint64 lifetime(quint64 time) const; // seconds left, 0 = over

    bool operator==(const Envelope &) const = default;
};

// Largest message a peer or the built-in relay takes.
inline constexpr qsizetype kMaxEnvelope = 4 << 20;

} // namespace zos::rmb
