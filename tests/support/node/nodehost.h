// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/node/nodeprogram.h"

namespace zos::testing {

// What a node needs around it to work on real hardware: a bridge, a disk, a supervisor. For use
// inside tests/support/isolated only (MachineHost::obstacle() says whether that is so).
class NodeHost
{
public:
    ~NodeHost();
    // Why there can be no disk here; empty when there can.
    static QString obstacle();
    // Configures the node for it, before its make(). What went wrong, empty when nothing.
    QString make(NodeProgram *node);
    // The same, and the node itself, until it answers.
    QString begin(NodeProgram *node);

private:
    QProcess m_supervisor;
    QString m_loop;
};

// Output of a program that ran well; what it says otherwise goes to the test's log.
QByteArray tool(const QString &program, const QStringList &arguments);

} // namespace zos::testing
