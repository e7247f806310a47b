// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

#include <expected>
#include <memory>

namespace zos {

// What a caller may decide on; the text is for people. A closed list on purpose.
enum class ErrorCode {
    Invalid, // the input breaks a rule
    NotFound, // the thing does not exist (never used for "could not look")
    Exists, // the thing exists already or conflicts with another
    Denied, // the caller may not
    Limit, // a bound or a capacity is exhausted
    Busy, // try again later, nothing is wrong
    Timeout, // a deadline passed
    Cancelled, // somebody asked to stop
    Unavailable, // a part we depend on cannot be reached
    Corrupt, // stored or received bytes do not make sense
    Io, // the operating system said no
    Protocol, // a peer broke the protocol
    Bug, // our own mistake
};

QString errorName(ErrorCode code);

// A sentence without full stop; context is put in front by the caller who knows it.
struct [[nodiscard]] Error
{
    ErrorCode code = ErrorCode::Bug;
    QString what;

    // "mount cache on /dev/sdb: no such device"
    Error wrapped(const QString &context) const;
};

template <class T = void> using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, QString what)
{
    return std::unexpected(Error { code, std::move(what) });
}
inline std::unexpected<Error> fail(Error error)
{
    return std::unexpected(std::move(error));
}

} // namespace zos
