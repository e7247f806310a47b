// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/directpeer.h"
#include "rmb/session/replayguard.h"
#include "rmb/session/twindirectory.h"
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
// destination, replay, twin, lifetime, signature (on the worker pool).
class Gatekeeper
{
public:
    enum class Kind {
        Request, // each message once
        Reply, // matched by its unguessable uid instead
    };

    Gatekeeper(TwinId own, TwinDirectory *twins, ReplayGuard *guard, const Clock *clock,
        DirectCounters *counters);

    Task<std::expected<DirectMessage, Refusal>> decode(QByteArray body) const;
    Task<std::expected<Visitor, Refusal>> admit(DirectMessage message, Kind kind);

    static QString replayText();

private:
    std::optional<Refusal> screen(const DirectMessage &message) const;
    quint64 time() const { return static_cast<quint64>(m_clock->seconds().count()); }

    TwinId m_own;
    TwinDirectory *m_twins;
    ReplayGuard *m_guard;
    const Clock *m_clock;
    DirectCounters *m_counters;
};

} // namespace zos::rmb
