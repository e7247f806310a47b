// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/buscounters.h"

namespace zos::rmb {

QList<std::pair<QString, quint64>> BusCounters::entries() const
{
    return {
        { QStringLiteral("accepted"), accepted },
        { QStringLiteral("replies_sent"), repliesSent },
        { QStringLiteral("replies_failed"), repliesFailed },
        { QStringLiteral("refused"), refused },
        { QStringLiteral("malformed"), malformed },
        { QStringLiteral("oversize"), oversize },
        { QStringLiteral("misdirected"), misdirected },
        { QStringLiteral("expired"), expired },
        { QStringLiteral("unknown_twins"), unknownTwins },
        { QStringLiteral("ledger_unavailable"), ledgerUnavailable },
        { QStringLiteral("bad_signatures"), badSignatures },
        { QStringLiteral("replays"), replays },
        { QStringLiteral("before_start"), beforeStart },
        { QStringLiteral("undecryptable"), undecryptable },
        { QStringLiteral("busy"), busy },
        { QStringLiteral("penalties"), penalties },
        { QStringLiteral("not_synchronised"), notSynchronised },
        { QStringLiteral("calls_turned_away"), callsTurnedAway },
        { QStringLiteral("results_evicted"), resultsEvicted },
        { QStringLiteral("connections_refused"), connectionsRefused },
        { QStringLiteral("connections_crowded_out"), connectionsCrowdedOut },
        { QStringLiteral("connections_timed_out"), connectionsTimedOut },
        { QStringLiteral("requests_malformed"), requestsMalformed },
        { QStringLiteral("requests_unserved"), requestsUnserved },
        { QStringLiteral("requests_busy"), requestsBusy },
        { QStringLiteral("late_answers"), lateAnswers },
        { QStringLiteral("unsolicited_answers"), unsolicitedAnswers },
        { QStringLiteral("relay_errors"), relayErrors },
        { QStringLiteral("error_answers_spared"), errorAnswersSpared },
        { QStringLiteral("unsent"), unsent },
        { QStringLiteral("connects"), connects },
        { QStringLiteral("evictions"), evictions },
        { QStringLiteral("deaf_sessions"), deafSessions },
    };
}

} // namespace zos::rmb
