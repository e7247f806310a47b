// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/health/nodestatus.h"

#include <QList>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>
#include <vector>

namespace zos::app {

class FeedPeer;
class FeedServer;

// Publishes the node's status to consoles over a local socket, one JSON object a line, one way:
// it sends and never reads. At most one document a second and only when something shown changed,
// a beat after four quiet seconds. A slow reader gets the newest document next and is closed when
// it does not move for ten seconds; no reader ever delays the node.
class StatusFeed : public QObject
{
    Q_OBJECT

public:
    static constexpr qsizetype maxLine = 256 * 1024;
    static constexpr int maxReaders = 4;

    explicit StatusFeed(const Clock &clock, QObject *parent = nullptr);
    ~StatusFeed() override;

    // Only these users may connect (root always may); empty = everyone the socket's mode lets in.
    void setAllowedUsers(const QList<quint32> &users);
    // Removes a stale socket of that name. Mode 0660, group zos-console where that group exists.
    Result<> listen(const QString &path);
    void close();

    // Cheap to call at any rate: the newest status wins.
    void publish(const NodeStatusPtr &status);
    int readers() const;

    // What the timer does each second: sends what is due and closes stuck readers. Public for
    // tests that turn the clock by hand.
    void tick();

private:
    void accept(int descriptor);
    bool allowed(int descriptor) const;
    void sendDocument();
    enum class To { Everyone, Idle }; // a beat says nothing to a reader that has something to read
    void sendToAll(const QByteArray &line, To whom);
    QByteArray line(QJsonObject document);
    void sweep();

    const Clock &m_clock;
    std::unique_ptr<FeedServer> m_server;
    QTimer m_timer;
    QList<quint32> m_allowed;
    std::vector<std::unique_ptr<FeedPeer>> m_peers;
    NodeStatusPtr m_status;
    QJsonObject m_document; // the last one sent, for readers that come later
    QByteArray m_canonical; // of m_document, without what may change unseen
    bool m_pending = false; // m_status was not looked at yet
    quint64 m_seq = 0;
    std::chrono::milliseconds m_lastDocument { 0 };
    std::chrono::milliseconds m_lastLine { 0 };
};

} // namespace zos::app
