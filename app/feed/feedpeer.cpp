// SPDX-License-Identifier: Apache-2.0
#include "app/feed/feedpeer.h"

#include <QSocketNotifier>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace zos::app {

FeedPeer::FeedPeer(int descriptor, QObject *parent)
    : QObject(parent)
    , m_descriptor(descriptor)
    , m_writable(new QSocketNotifier(descriptor, QSocketNotifier::Write, this))
{
    ::shutdown(m_descriptor, SHUT_RD);
    ::fcntl(m_descriptor, F_SETFD, FD_CLOEXEC);
    m_writable->setEnabled(false);
    connect(m_writable, &QSocketNotifier::activated, this, &FeedPeer::flush);
}

FeedPeer::~FeedPeer()
{
    m_writable->setEnabled(false);
    ::close(m_descriptor);
}

void FeedPeer::send(const QByteArray &line, std::chrono::milliseconds now)
{
    if (m_gone)
        return;
    m_lastOffer = now;
    if (m_sending.isEmpty())
        m_sending = line;
    else
        m_next = line;
    flush();
    if (!m_sending.isEmpty() && !m_stuckSince)
        m_stuckSince = now;
}

void FeedPeer::flush()
{
    while (!m_sending.isEmpty()) {
        const auto written = ::send(m_descriptor, m_sending.constData(), size_t(m_sending.size()),
            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            m_writable->setEnabled(true);
            return;
        }
        if (written < 0) {
            m_writable->setEnabled(false);
            m_sending.clear();
            m_next.clear();
            m_gone = true;
            Q_EMIT gone();
            return;
        }
        m_sending.remove(0, written);
        if (m_sending.isEmpty()) {
            m_stuckSince.reset();
            m_sending = std::exchange(m_next, {});
            if (!m_sending.isEmpty())
                m_stuckSince = m_lastOffer;
        }
    }
    m_stuckSince.reset();
    m_writable->setEnabled(false);
}

} // namespace zos::app
