// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QObject>

#include <chrono>
#include <optional>

class QSocketNotifier;

namespace zos::app {

// One connected console as the publisher sees it: a descriptor that is only ever written to. Its
// receiving side is shut down before anything else happens, so what the peer sends is refused by
// the kernel and never reaches this process. Owned by StatusFeed, event loop thread.
class FeedPeer final : public QObject
{
    Q_OBJECT

public:
    // Takes the descriptor over.
    explicit FeedPeer(int descriptor, QObject *parent = nullptr);
    ~FeedPeer() override;

    // Queues one line; a line that is still waiting behind the one being sent is replaced.
    void send(const QByteArray &line, std::chrono::milliseconds now);
    // Something has been waiting for the peer since then.
    std::optional<std::chrono::milliseconds> stuckSince() const { return m_stuckSince; }
    bool isIdle() const { return m_sending.isEmpty(); }
    bool isGone() const { return m_gone; }

Q_SIGNALS:
    void gone();

private:
    void flush();

    int m_descriptor;
    QSocketNotifier *m_writable;
    QByteArray m_sending; // what is left of the current line
    QByteArray m_next; // the newest line behind it
    std::optional<std::chrono::milliseconds> m_stuckSince;
    std::chrono::milliseconds m_lastOffer { 0 };
    bool m_gone = false;
};

} // namespace zos::app
