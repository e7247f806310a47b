// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/ledger.h"

#include <QLatin1StringView>

namespace zos {

// The chain's refusals and limits (chain.md 8.2, 8.7, 14.1), as pure functions.
struct LedgerRules
{
    // The name is the text; the code follows from it: "...NotExists" NotFound, "...Exists" and
    // "...NotUnique" Exists, "NotAuthorized", "NotAvailable" and grace Denied, "NotEnough" Limit,
    // everything else Invalid.
    static std::unexpected<Error> refused(QLatin1StringView name);

    static Result<> twin(const QString &ip, const QString &relay, const QByteArray &pk);
    // Fills empty optional values the way a node must before it registers: "Unknown".
    static void completeNode(NodeRecord &record);
    // The minimum amounts of disk and memory are not enforced: a laboratory's node may be small.
    static Result<> node(const NodeRecord &record);
    static Result<> farm(const QString &name, const QList<PublicIp> &ips);
    static Result<> deployment(const QString &hash, const QString &data);
    static Result<> contractName(const QString &name);
};

} // namespace zos
