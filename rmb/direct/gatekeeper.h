// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/directpeer.h"
#include "rmb/wire/directmessage.h"

namespace zos::rmb {

struct Refusal
{
    int status = 400;
    QString message;
};

struct Visitor
{
    DirectMessage message;
    Twin twin; // of message.src, its key made the signature
};

// The checks every message passes before anything is done for it, cheap ones first: age,
// destination, lifetime, then what the session asks of every transport.
class Gatekeeper
{
public:
    enum class Kind {
        Request, // each message once
        Reply, // matched by its unguessable uid instead
    };

    explicit Gatekeeper(Session *session);

    Task<std::expected<DirectMessage, Refusal>> decode(QByteArray body) const;
    // `from` handed the message to us, whoever signed it.
    Task<std::expected<Visitor, Refusal>> admit(
        DirectMessage message, Kind kind, QHostAddress from);

private:
    std::optional<Refusal> screen(const DirectMessage &message) const;

    Session *m_session;
};

} // namespace zos::rmb
