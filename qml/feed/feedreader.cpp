// SPDX-License-Identifier: Apache-2.0
#include "qml/feed/feedreader.h"

#include "core/base/logging.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace zos::console {

namespace {
constexpr std::array retryAfterMs { 500, 1000, 2000, 5000 };
constexpr int patience = 3;
} // namespace

FeedReader::FeedReader(const QString &path, QObject *parent)
    : QObject(parent)
    , m_path(path)
{
    m_socket.setReadBufferSize(FeedCodec::maxLine);
    m_retryTimer.setSingleShot(true);
    connect(&m_retryTimer, &QTimer::timeout, this, &FeedReader::connectNow);
    connect(&m_socket, &QLocalSocket::connected, this, &FeedReader::connected);
    connect(&m_socket, &QLocalSocket::readyRead, this, &FeedReader::read);
    connect(&m_socket, &QLocalSocket::disconnected, this, &FeedReader::retry);
    connect(&m_socket, &QLocalSocket::errorOccurred, this, &FeedReader::retry);
}

void FeedReader::start()
{
    connectNow();
}

void FeedReader::connectNow()
{
    m_codec.reset();
    m_socket.abort();
    m_socket.connectToServer(m_path, QIODevice::ReadOnly);
}

void FeedReader::connected()
{
    ::shutdown(int(m_socket.socketDescriptor()), SHUT_WR);
    m_attempt = 0;
}

void FeedReader::retry()
{
    if (m_retryTimer.isActive())
        return;
    m_retryTimer.start(retryAfterMs.at(size_t(m_attempt)));
    m_attempt = std::min(m_attempt + 1, int(retryAfterMs.size()) - 1);
}

void FeedReader::read()
{
    const auto messages = m_codec.take(m_socket.readAll());
    for (const auto &message : messages) {
        switch (message.kind) {
        case FeedCodec::Kind::Status:
            m_invalidInARow = 0;
            Q_EMIT status(message.document);
            break;
        case FeedCodec::Kind::Beat:
            m_invalidInARow = 0;
            Q_EMIT beat();
            break;
        case FeedCodec::Kind::OtherSchema:
            ++m_invalid;
            Q_EMIT unreadable(message.detail);
            break;
        case FeedCodec::Kind::Invalid:
            ++m_invalid;
            if (++m_invalidInARow == patience) {
                qCWarning(
                    lcConsole, "the feed cannot be read: %s", qPrintable(quoted(message.detail)));
                Q_EMIT unreadable({});
            }
            break;
        }
    }
}

} // namespace zos::console
