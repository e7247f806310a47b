// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "qml/feed/feedcodec.h"

#include <QLocalSocket>
#include <QObject>
#include <QTimer>

namespace zos::console {

// The console's only connection: listens to the status socket and connects again when it ends.
// Its sending side is shut down right after connecting, so nothing can ever be sent.
class FeedReader : public QObject
{
    Q_OBJECT

public:
    explicit FeedReader(const QString &path, QObject *parent = nullptr);

    void start();
    int invalidLines() const { return m_invalid; }

Q_SIGNALS:
    void status(const QJsonObject &document);
    void beat();
    // The node speaks another version of the format, or three lines in a row made no sense.
    void unreadable(const QString &schema);

private:
    void connectNow();
    void connected();
    void read();
    void retry();

    QString m_path;
    QTimer m_retryTimer;
    FeedCodec m_codec;
    int m_attempt = 0;
    int m_invalid = 0;
    int m_invalidInARow = 0;
    QLocalSocket m_socket; // last: it says "disconnected" while it dies, which starts the timer
};

} // namespace zos::console
