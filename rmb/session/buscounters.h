// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QString>

#include <utility>

namespace zos::rmb {

// What the message bus took, gave and threw away since it started, both transports together.
// Whatever is dropped is counted here: nothing vanishes silently.
struct BusCounters
{
    quint64 accepted = 0; // messages that passed every check
    quint64 repliesSent = 0;
    quint64 repliesFailed = 0; // not delivered while the caller's time lasted

    quint64 refused = 0; // messages that did not pass, whatever the reason
    quint64 malformed = 0; // not a message at all
    quint64 oversize = 0;
    quint64 misdirected = 0; // for another twin or another of our connections
    quint64 expired = 0; // too old, too far ahead or over
    quint64 unknownTwins = 0;
    quint64 ledgerUnavailable = 0; // the ledger could not be asked about the sender
    quint64 badSignatures = 0;
    quint64 replays = 0;
    quint64 beforeStart = 0; // perhaps replays: a power loss took the memory of them
    quint64 undecryptable = 0;
    quint64 busy = 0; // over a limit of rate, bytes or places
    quint64 penalties = 0; // times a sender was put last for its bad signatures
    quint64 notSynchronised = 0; // came before the clock could be trusted
    quint64 callsTurnedAway = 0; // accepted, but too much ran and waited already
    quint64 resultsEvicted = 0; // kept for a poller and dropped for newer ones

    // The direct transport before there is a message.
    quint64 connectionsRefused = 0; // of sources that may not come or come too often
    quint64 connectionsCrowdedOut = 0; // ended so that others find a place
    quint64 connectionsTimedOut = 0; // too slow
    quint64 requestsMalformed = 0; // not HTTP as it is taken here
    quint64 requestsUnserved = 0; // other paths or methods
    quint64 requestsBusy = 0; // no room for their bodies

    quint64 lateAnswers = 0; // to a call that was answered or given up
    quint64 unsolicitedAnswers = 0; // to nothing we asked
    quint64 relayErrors = 0; // complaints of relays about our messages
    quint64 errorAnswersSpared = 0; // not sent: one a second and sender is enough
    quint64 unsent = 0; // own messages that found no way out

    quint64 connects = 0; // sessions with relays that came up
    quint64 evictions = 0; // sessions another program took over
    quint64 deafSessions = 0; // rebuilt because nothing arrived any more

    QList<std::pair<QString, quint64>> entries() const; // name and value of each
};

} // namespace zos::rmb
