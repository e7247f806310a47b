// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/supervisor/supervisor.h"

#include <QLocalServer>
#include <QLocalSocket>

namespace zos::app {

// The supervisor's door: a unix socket of mode 0600 that serves root and its own user only.
class SupervisorSocket : public QObject
{
    Q_OBJECT
public:
    explicit SupervisorSocket(Supervisor *supervisor);
    Result<> listen(const QString &path);

private:
    void accept(QLocalSocket *socket);
    void serve(QLocalSocket *socket, QByteArrayView line);

    Supervisor *const m_supervisor;
    QLocalServer m_server;
    int m_connections = 0;
};

} // namespace zos::app
