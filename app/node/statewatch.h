// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QString>

#include <functional>

namespace zos::app {

inline const QString kVolatileState = QStringLiteral(
    "the node keeps its state in memory only and would lose the deployment at a restart: nothing "
    "new is provisioned");

// Looks every 30 s whether what the node promises to remember would be lost with the machine's
// power: then it must promise nothing.
class StateWatch
{
public:
    // `tell` hears of each change, and at the first look. `allowed`: a laboratory wants it so.
    StateWatch(QString folder, bool allowed, std::function<void(bool refuses)> tell);

    bool refuses() const { return m_refuses.value_or(false); }
    void look();
    Task<void> run(CancelToken token);
    void setProbe(std::function<bool(const QString &folder)> isVolatile); // for tests

private:
    QString m_folder;
    bool m_allowed;
    std::function<void(bool)> m_tell;
    std::function<bool(const QString &)> m_isVolatile;
    std::optional<bool> m_refuses;
    bool m_warned = false;
};

} // namespace zos::app
