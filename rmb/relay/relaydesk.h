// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/relay/relaycodes.h"
#include "rmb/relay/relaylinks.h"

namespace zos::rmb {

// The serving half of a relay peer: checks requests, runs them on the router, sends the answers the
// way callers need them (rmb.md 2.8): same uid, to the caller's own connection, signed, with a
// payload that is never empty, encrypted when the caller has a key.
class RelayDesk : public QObject
{
    Q_OBJECT
public:
    RelayDesk(Session *session, RelayLinks *links, PeerAddress own, QObject *parent = nullptr);

    // A request for us that came by that link.
    void take(Envelope request, int link);
    Task<void> stop();

private:
    using Code = RelayCode;
    struct Guest
    {
        Envelope request;
        Twin twin;
        int link = 0;
        bool askedAgain = false; // the twin is fresh from the ledger
    };

    void vouched(Guest guest, Result<Twin> twin);
    void open(Guest guest);
    void admit(Guest guest, QByteArray payload);
    Task<void> openWithFreshKey(Guest guest);
    Task<void> serve(Guest guest, QByteArray payload, Quota::Place place);
    void respond(const Guest &guest, const Answer &answer);
    void noteRefusal(const Guest &guest, const QString &why);
    void refuse(const Guest &guest, Code code, const QString &text);
    void refuseUnproven(const Guest &guest, Code code, const QString &text);
    void sendFailure(const Envelope &failure, int link);
    Envelope answerTo(const Envelope &request) const;
    void encrypt(Envelope &answer, const Twin &twin) const;

    Session *m_session;
    RelayLinks *m_links;
    PeerAddress m_own;
    TaskScope m_scope;
};

} // namespace zos::rmb
