// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/units.h"
#include "core/identity/identity.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace zos::rmb {

// One message of the direct transport, request and reply alike (rmb.md 1.1). Version is always 1.
// exp, tries, tag, shm and err are not covered by the signature: hints, never a base of decisions.
struct DirectMessage
{
    QString uid;
    QString cmd;
    quint64 exp = 0; // seconds counted from `now`, 0 = none given
    quint64 tries = 0;
    QByteArray dat; // base64 text, hashed exactly as received
    std::optional<QString> tag;
    TwinId src;
    QList<TwinId> dst;
    QString ret;
    QString shm;
    quint64 now = 0; // Unix seconds of this transmission
    bool pxy = false;
    std::optional<QString> err; // empty optional = success; any text, even "", is an error to some
    QByteArray sig; // hex of type byte and signature, empty = none

    // Strict: exact keys, no duplicates, plain decimal integers, null only for tag, err and sig;
    // unknown keys are ignored. Every refusal is Invalid.
    static Result<DirectMessage> decode(QByteArrayView text);
    QByteArray encode() const;

    QByteArray preimage() const; // UTF-8 of the signed fields one after another
    QByteArray challenge() const; // MD5 of it, 16 raw bytes
    void sign(const Identity &identity);
    bool verify(const QByteArray &publicKey) const;

    // Sender's rule before every attempt: the deadline stays put, `now` moves to `time`.
    void stamp(quint64 time);
    // Receiver's rules: at most 60 s old or ahead, and within its lifetime when it names one.
    Result<> checkAge(quint64 time) const;
    bool expired(quint64 time) const;
    // Seconds left for the work: 3600 when no lifetime was named.
    quint64 lifetime(quint64 time) const;

    // The answer to this message, unsigned and not yet stamped: source and destination swapped.
    DirectMessage reply(quint64 time) const;
};

// A canonical text of 36 characters, any version and case.
bool isUuid(QStringView text);

} // namespace zos::rmb
