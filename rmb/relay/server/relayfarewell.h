// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QSocketNotifier>
#include <QTcpSocket>

namespace zos::rmb {

// Closing over bytes nobody read resets a connection, and the peer may never see the close frame
// that tells it why. This holds the connection on after QWebSocket closed its side, throws away
// what still comes, and lets go when the peer ends, at the latest after two seconds or 64 MiB.
class RelayFarewell : public QObject
{
    Q_OBJECT
public:
    // For a socket that is about to be closed. `parent` owns at most 32 at a time.
    static void bid(QTcpSocket *socket, QObject *parent);
    ~RelayFarewell() override;

private:
    RelayFarewell(int descriptor, QObject *parent);
    void skip();

    int m_descriptor;
    QSocketNotifier m_notifier;
    qint64 m_skipped = 0;
};

} // namespace zos::rmb
