// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/relaylink.h"

#include "core/base/logging.h"
#include "rmb/wire/relaytoken.h"

#include <QNetworkProxy>
#include <QSslCertificate>
#include <QUuid>
#include <QWebSocket>

namespace zos::rmb {

namespace {

constexpr quint64 kTokenLife = 60; // seconds
constexpr qint64 kMostUnsent = 8 << 20;
constexpr std::chrono::seconds kClockRetry { 2 };
constexpr int kShortLives = 3; // sessions that end soon, in a row: somebody takes them over
constexpr QLatin1StringView kSelfPingCommand("rmb.self");

} // namespace

RelayLink::RelayLink(Session *session, RelayConfig config, QUrl relay, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_config(std::move(config))
    , m_backoff(pauses(m_config))
{
    m_state.relay = std::move(relay);
    m_state.trouble = QStringLiteral("not connected yet");
    for (QTimer *timer : { &m_retry, &m_handshake, &m_silence, &m_deaf })
        timer->setSingleShot(true);
    m_pings.setInterval(m_config.pingEvery);
    m_selfPings.setInterval(m_config.selfPingEvery);
    connect(&m_retry, &QTimer::timeout, this, &RelayLink::connectNow);
    connect(&m_handshake, &QTimer::timeout, this, [this] {
        rebuild(QStringLiteral("the relay did not answer within %1 s")
                .arg(double(m_config.handshake.count()) / 1000));
    });
    connect(&m_pings, &QTimer::timeout, this, [this] { m_socket->ping(); });
    connect(&m_silence, &QTimer::timeout, this, &RelayLink::checkSilence);
    connect(&m_selfPings, &QTimer::timeout, this, &RelayLink::sendSelfPing);
    connect(&m_deaf, &QTimer::timeout, this, [this] {
        m_selfPing.clear();
        if (m_heard)
            return; // slow, but messages do arrive
        ++m_session->counters().deafSessions;
        rebuild(QStringLiteral("the relay delivers nothing any more"));
    });
}

Backoff RelayLink::pauses(const RelayConfig &config)
{
    // Its jitter adds up to a fifth; a pause must not exceed what the configuration says.
    return Backoff(config.firstPause * 5 / 6, config.lastPause * 5 / 6);
}

RelayLink::~RelayLink()
{
    stop();
}

void RelayLink::start()
{
    m_stopped = false;
    prepareTls();
    connectNow();
}

// The library takes the system's authorities by itself, but not any more when others are named.
void RelayLink::prepareTls()
{
    if (m_state.relay.scheme() != u"wss" || m_config.authorities.isEmpty())
        return;
    const auto ours = QSslCertificate::fromPath(m_config.authorities);
    if (ours.isEmpty()) {
        qCWarning(lcRmb).noquote() << "no certificates in" << quoted(m_config.authorities)
                                   << "- relay" << name() << "must be known to the system";
        return;
    }
    m_tls = QSslConfiguration::defaultConfiguration();
    m_tls.setCaCertificates(QSslConfiguration::systemCaCertificates() + ours);
}

void RelayLink::stop()
{
    m_stopped = true;
    m_retry.stop();
    dropSocket();
    m_state.up = false;
    m_state.trouble = QStringLiteral("stopped");
}

void RelayLink::connectNow()
{
    if (!m_session->synchronised()) {
        m_state.trouble = QStringLiteral("waiting until the clock is synchronised");
        m_retry.start(kClockRetry);
        return;
    }
    RelayToken token;
    token.twin = m_session->twin();
    token.session = m_config.session;
    token.issued = m_session->time();
    token.expires = token.issued + kTokenLife;
    QUrl url = m_state.relay;
    url.setQuery(QString::fromLatin1(token.make(m_session->identity())));

    m_socket = new QWebSocket(QString(), QWebSocketProtocol::VersionLatest, this);
    m_socket->setProxy(QNetworkProxy::NoProxy);
    if (!m_tls.isNull())
        m_socket->setSslConfiguration(m_tls);
    m_socket->setMaxAllowedIncomingFrameSize(kMaxEnvelope);
    m_socket->setMaxAllowedIncomingMessageSize(kMaxEnvelope);
    connect(m_socket, &QWebSocket::connected, this, &RelayLink::onConnected);
    connect(m_socket, &QWebSocket::disconnected, this, [this] { onLost(lossText()); });
    connect(m_socket, &QWebSocket::errorOccurred, this, [this] {
        if (!m_state.up)
            onLost(lossText()); // otherwise disconnected follows
    });
    connect(m_socket, &QWebSocket::binaryMessageReceived, this, &RelayLink::onFrame);
    connect(m_socket, &QWebSocket::textMessageReceived, this, [this] {
        m_sign.start();
        ++m_session->counters().malformed;
    });
    connect(m_socket, &QWebSocket::pong, this, [this] { m_sign.start(); });
    m_handshake.start(m_config.handshake);
    m_socket->open(url);
}

void RelayLink::onConnected()
{
    m_handshake.stop();
    m_life.start();
    m_sign.start();
    m_pings.start();
    m_silence.start(m_config.silence);
    m_selfPings.start();
    m_state.up = true;
    m_state.trouble.clear();
    m_state.pause = {};
    ++m_state.connects;
    ++m_session->counters().connects;
    qCInfo(lcRmb).noquote() << "relay" << name() << "is connected";
    sendSelfPing();
    Q_EMIT changed();
}

// Also called for what never came up.
void RelayLink::onLost(const QString &why)
{
    if (!m_socket)
        return;
    const bool wasUp = m_state.up;
    const bool healthy = wasUp && m_life.elapsed() >= m_config.healthy.count();
    if (wasUp && m_socket->closeCode() == QWebSocketProtocol::CloseCodeTooMuchData)
        ++m_session->counters().oversize;
    if (healthy)
        m_backoff.reset();
    if (wasUp)
        m_shortLives = healthy ? 0 : m_shortLives + 1;
    dropSocket();
    const bool taken = m_shortLives >= kShortLives;
    const auto pause = m_backoff.next();
    if (!taken) {
        retryAfter(pause, why);
        return;
    }
    ++m_session->counters().evictions;
    if (m_shortLives == kShortLives) {
        qCWarning(lcRmb).noquote()
            << "relay" << name() << "ends every session soon after it begins: does another program"
            << "use twin" << m_session->twin().value() << "with the connection id"
            << quoted(m_config.session) << "there?";
    }
    retryAfter(std::max(pause, m_config.lastPause * 5 / 6),
        QStringLiteral("the relay ends every session soon, another program may use this twin"));
}

void RelayLink::retryAfter(std::chrono::milliseconds pause, const QString &why)
{
    // One line for a loss; how the attempts after it go is told by trouble.
    const QString line = QStringLiteral("relay %1 is gone: %2").arg(name(), why);
    if (m_state.up)
        qCInfo(lcRmb).noquote() << line;
    else
        qCDebug(lcRmb).noquote() << line;
    m_state.up = false;
    m_state.trouble = why;
    m_state.pause = pause;
    if (!m_stopped)
        m_retry.start(pause);
    Q_EMIT changed();
}

void RelayLink::rebuild(const QString &why)
{
    onLost(why);
}

void RelayLink::dropSocket()
{
    for (QTimer *timer : { &m_handshake, &m_pings, &m_silence, &m_selfPings, &m_deaf })
        timer->stop();
    m_selfPing.clear();
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket->deleteLater(); // we may be inside one of its signals
    m_socket = nullptr;
}

QString RelayLink::lossText() const
{
    // The library knows no better word for a refused token.
    if (m_socket->errorString().contains(u"WWW-Authenticate"))
        return QStringLiteral("the relay refuses our token (401)");
    const auto code = m_socket->closeCode();
    if (m_state.up && code == QWebSocketProtocol::CloseCodeNormal)
        return QStringLiteral("the relay closed the session");
    if (m_state.up && code == QWebSocketProtocol::CloseCodeTooMuchData)
        return QStringLiteral("the relay sent more than %1 bytes at once").arg(kMaxEnvelope);
    return quoted(m_socket->errorString());
}

bool RelayLink::send(const QByteArray &frame)
{
    if (!m_state.up || m_socket->bytesToWrite() + frame.size() > kMostUnsent)
        return false;
    return m_socket->sendBinaryMessage(frame) == frame.size();
}

void RelayLink::onFrame(const QByteArray &frame)
{
    m_sign.start();
    m_heard = true;
    Q_EMIT received(frame);
}

void RelayLink::checkSilence()
{
    const auto left = m_config.silence - std::chrono::milliseconds(m_sign.elapsed());
    if (left > std::chrono::milliseconds::zero())
        m_silence.start(left);
    else
        rebuild(QStringLiteral("no sign of life for %1 s")
                .arg(double(m_config.silence.count()) / 1000));
}

void RelayLink::sendSelfPing()
{
    if (!m_selfPing.isEmpty())
        return;
    Envelope ping;
    ping.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
    ping.tags = QStringLiteral("fail-fast");
    ping.timestamp = m_session->time();
    ping.expiration
        = static_cast<quint64>(std::chrono::ceil<std::chrono::seconds>(m_config.silence).count());
    ping.source = ping.destination = PeerAddress { m_session->twin(), m_config.session };
    ping.message = RequestPart { kSelfPingCommand };
    ping.schema = QStringLiteral("application/json");
    ping.payloadKind = Envelope::Payload::Plain;
    ping.payload = "null";
    ping.sign(m_session->identity());
    if (!send(ping.encode()))
        return;
    m_selfPing = ping.uid;
    m_heard = false;
    m_sent.start();
    m_deaf.start(m_config.silence);
}

bool RelayLink::isSelfPing(const Envelope &envelope)
{
    const auto *request = std::get_if<RequestPart>(&envelope.message);
    return request && request->command == kSelfPingCommand
        && envelope.source == envelope.destination;
}

void RelayLink::selfPingArrived()
{
    m_deaf.stop();
    m_selfPing.clear();
    m_state.latency = std::chrono::milliseconds(m_sent.elapsed());
    Q_EMIT changed();
}

void RelayLink::selfPingRefused()
{
    ++m_session->counters().deafSessions;
    rebuild(QStringLiteral("the relay has forgotten our session"));
}

} // namespace zos::rmb
