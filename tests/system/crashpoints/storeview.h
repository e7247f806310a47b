// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"

#include <QMap>
#include <QStringList>

#include <optional>

namespace zos::testing {

// What the node's store says, read beside the running node. Never while it does not run: the
// last one to close the database would do what the restarted node has to do.
class StoreView
{
public:
    explicit StoreView(QString path);

    struct State
    {
        bool stored = false;
        bool deleting = false;
        bool removing = false; // something of it still has to go
        bool ended = false;
        quint32 version = 0; // of the newest accepted request
        bool settled = false; // nothing is left to be done for it
        bool allOk = false;
        QString results; // "name version state message", one a line
        QMap<QString, quint32> fine; // workloads that are ok, in which version
    };
    State of(ContractId contract) const;
    // Every row but those of the history, and the history of one contract, without times.
    QStringList lines(ContractId historyOf) const;

private:
    QString m_path;
};

} // namespace zos::testing
