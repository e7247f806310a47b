// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayfarewell.h"

#include <QTimer>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace zos::rmb {

namespace {
constexpr std::chrono::seconds kFarewell { 2 };
constexpr qint64 kMostSkipped = 64 << 20;
constexpr int kFarewells = 32;
} // namespace

void RelayFarewell::bid(QTcpSocket *socket, QObject *parent)
{
    const auto others = parent->findChildren<RelayFarewell *>(Qt::FindDirectChildrenOnly);
    if (socket->socketDescriptor() < 0 || others.size() >= kFarewells)
        return;
    const int descriptor
        = ::fcntl(static_cast<int>(socket->socketDescriptor()), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0)
        return;
    if (socket->bytesToWrite() == 0)
        ::shutdown(descriptor, SHUT_WR);
    new RelayFarewell(descriptor, parent);
}

RelayFarewell::RelayFarewell(int descriptor, QObject *parent)
    : QObject(parent)
    , m_descriptor(descriptor)
    , m_notifier(descriptor, QSocketNotifier::Read)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, &RelayFarewell::skip);
    QTimer::singleShot(kFarewell, this, &QObject::deleteLater);
}

RelayFarewell::~RelayFarewell()
{
    m_notifier.setEnabled(false);
    ::close(m_descriptor);
}

void RelayFarewell::skip()
{
    std::array<char, 64 << 10> bytes;
    const auto count = ::recv(m_descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    m_skipped += std::max<qint64>(count, 0);
    if (count <= 0 || m_skipped > kMostSkipped) {
        m_notifier.setEnabled(false);
        deleteLater();
    }
}

} // namespace zos::rmb
