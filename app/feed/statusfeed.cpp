// SPDX-License-Identifier: Apache-2.0
#include "app/feed/statusfeed.h"

#include "app/feed/feedpeer.h"
#include "core/base/logging.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocalServer>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

namespace zos::app {

namespace {
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

constexpr auto documentEvery = 1000ms;
constexpr auto beatAfter = 4000ms;
constexpr auto stuckLimit = 10s;
constexpr int staleAfterMs = 8000;

// The uptime grows by itself: the reader counts on from the moment of the document.
QByteArray canonicalForm(QJsonObject document)
{
    QJsonObject node = document["node"_L1].toObject();
    node.remove("uptime_s"_L1);
    document["node"_L1] = node;
    return QJsonDocument(document).toJson(QJsonDocument::Compact);
}
} // namespace

// Hands over raw descriptors: a QLocalSocket would take the closed receiving side for the end.
class FeedServer final : public QLocalServer
{
public:
    explicit FeedServer(std::function<void(int)> connected)
        : m_connected(std::move(connected))
    {
    }

protected:
    void incomingConnection(quintptr descriptor) override { m_connected(int(descriptor)); }

private:
    std::function<void(int)> m_connected;
};

StatusFeed::StatusFeed(const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
    , m_server(std::make_unique<FeedServer>([this](int descriptor) { accept(descriptor); }))
{
    m_timer.setInterval(documentEvery);
    connect(&m_timer, &QTimer::timeout, this, &StatusFeed::tick);
}

StatusFeed::~StatusFeed() = default;

void StatusFeed::setAllowedUsers(const QList<quint32> &users)
{
    m_allowed = users;
}

Result<> StatusFeed::listen(const QString &path)
{
    QLocalServer::removeServer(path);
    // For owner and group. QLocalServer's own options make a folder for it first, which stays when
    // the program is killed there.
    const auto before = ::umask(0117);
    const bool listens = m_server->listen(path);
    ::umask(before);
    if (!listens)
        return fail(ErrorCode::Io, u"status socket %1: %2"_s.arg(path, m_server->errorString()));
    if (const group *console = ::getgrnam("zos-console"); console && ::geteuid() == 0)
        if (::chown(QFile::encodeName(path).constData(), uid_t(-1), console->gr_gid) != 0)
            return fail(ErrorCode::Io, u"status socket %1: its group cannot be set"_s.arg(path));
    return {};
}

void StatusFeed::close()
{
    m_server->close();
    m_timer.stop();
    m_peers.clear();
}

int StatusFeed::readers() const
{
    return int(m_peers.size());
}

bool StatusFeed::allowed(int descriptor) const
{
    if (m_allowed.isEmpty())
        return true;
    ucred peer {};
    socklen_t size = sizeof(peer);
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    return peer.uid == 0 || m_allowed.contains(peer.uid);
}

void StatusFeed::accept(int descriptor)
{
    if (m_peers.size() >= maxReaders || !allowed(descriptor)) {
        qCInfo(lcFeed, "a reader was refused (%d connected)", readers());
        ::close(descriptor);
        return;
    }
    tick(); // what was published while nobody looked
    m_peers.push_back(std::make_unique<FeedPeer>(descriptor));
    FeedPeer *const peer = m_peers.back().get();
    // Queued: a peer must not be deleted while it is still sending.
    connect(peer, &FeedPeer::gone, this, &StatusFeed::sweep, Qt::QueuedConnection);
    m_timer.start();
    if (!m_document.isEmpty())
        peer->send(line(m_document), m_clock.monotonic());
}

void StatusFeed::sweep()
{
    std::erase_if(m_peers, [](const auto &peer) { return peer->isGone(); });
}

void StatusFeed::publish(const NodeStatusPtr &status)
{
    m_status = status;
    m_pending = true;
    if (!m_peers.empty())
        tick();
}

void StatusFeed::tick()
{
    const auto now = m_clock.monotonic();
    std::erase_if(m_peers, [now](const auto &peer) {
        const bool stuck = peer->stuckSince() && now - *peer->stuckSince() >= stuckLimit;
        if (stuck)
            qCWarning(lcFeed, "a reader did not read for 10 s and is closed");
        return stuck;
    });
    if (m_pending && m_status && (m_document.isEmpty() || now - m_lastDocument >= documentEvery))
        sendDocument();
    if (!m_document.isEmpty() && now - m_lastLine >= beatAfter)
        sendToAll(
            line({ { u"schema"_s, u"zos.console/1"_s }, { u"kind"_s, u"beat"_s } }), To::Idle);
    if (m_peers.empty())
        m_timer.stop();
}

void StatusFeed::sendDocument()
{
    m_pending = false;
    QJsonObject document = m_status->toJson();
    const QByteArray canonical = canonicalForm(document);
    if (canonical == m_canonical)
        return;
    m_canonical = canonical;
    document[u"stale_after_ms"_s] = staleAfterMs;
    m_document = document;
    m_lastDocument = m_clock.monotonic();
    sendToAll(line(m_document), To::Everyone);
}

QByteArray StatusFeed::line(QJsonObject document)
{
    document[u"seq"_s] = qint64(++m_seq);
    document[u"sent_ms"_s] = qint64(m_clock.now().count());
    document[u"mono_ms"_s] = qint64(m_clock.monotonic().count());
    if (QJsonObject node = document["node"_L1].toObject(); !node.isEmpty()) {
        node["uptime_s"_L1] = qint64(m_status->node.uptimeSeconds);
        document["node"_L1] = node;
    }
    QByteArray text = QJsonDocument(document).toJson(QJsonDocument::Compact) + '\n';
    // Lists are what grows; the console shows their beginning anyway.
    for (const auto part : { "log"_L1, "workloads"_L1, "storage"_L1 }) {
        if (text.size() <= maxLine)
            break;
        document.remove(part);
        text = QJsonDocument(document).toJson(QJsonDocument::Compact) + '\n';
    }
    return text;
}

void StatusFeed::sendToAll(const QByteArray &text, To whom)
{
    m_lastLine = m_clock.monotonic();
    for (const auto &peer : m_peers)
        if (whom == To::Everyone || peer->isIdle())
            peer->send(text, m_lastLine);
}

} // namespace zos::app
