// SPDX-License-Identifier: Apache-2.0
#include "rmb/yggdrasil/yggdrasiloverlay.h"

#include "core/base/logging.h"
#include "rmb/yggdrasil/adminsocket.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QNetworkInterface>
#include <QSaveFile>

#include <sys/stat.h>

namespace zos::rmb {

namespace {
using namespace std::chrono_literals;
constexpr auto kLookEvery = 10s;
constexpr auto kFirstLooks = 100ms;
constexpr auto kStartLimit = 20s;
} // namespace

YggdrasilOverlay::YggdrasilOverlay(
    Identity identity, Services *services, YggdrasilConfig config, QObject *parent)
    : Overlay(parent)
    , m_identity(std::move(identity))
    , m_services(services)
    , m_config(std::move(config))
{
}

YggdrasilOverlay::~YggdrasilOverlay() = default;

Result<> YggdrasilOverlay::writeConfig() const
{
    // The daemon exits when the folder of its admin socket is missing.
    if (!QDir().mkpath(m_config.directory))
        return fail(ErrorCode::Io, QStringLiteral("cannot create %1").arg(m_config.directory));
    chmod(QFile::encodeName(m_config.directory).constData(), 0700);

    QJsonArray multicast;
    if (m_config.multicast) {
        multicast += QJsonObject { { QStringLiteral("Regex"), QStringLiteral(".*") },
            { QStringLiteral("Beacon"), true }, { QStringLiteral("Listen"), true },
            { QStringLiteral("Port"), 0 } };
    }
    const QJsonObject config {
        { QStringLiteral("PrivateKey"), QString::fromLatin1(m_identity.yggdrasilKey()) },
        { QStringLiteral("Peers"), QJsonArray::fromStringList(m_config.peers) },
        { QStringLiteral("Listen"), QJsonArray::fromStringList(m_config.listen) },
        { QStringLiteral("MulticastInterfaces"), multicast },
        { QStringLiteral("AdminListen"), QString(u"unix://" + socketPath()) },
        { QStringLiteral("IfName"), m_config.interfaceName },
        { QStringLiteral("IfMTU"), 65535 },
        { QStringLiteral("NodeInfoPrivacy"), true },
    };
    QSaveFile file(configPath());
    const auto text = QJsonDocument(config).toJson();
    if (!file.open(QIODevice::WriteOnly)
        || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
        || file.write(text) != text.size() || !file.commit())
        return fail(ErrorCode::Io,
            QStringLiteral("cannot write %1: %2").arg(configPath(), file.errorString()));
    return {};
}

ServiceSpec YggdrasilOverlay::service() const
{
    ServiceSpec spec;
    spec.name = QStringLiteral("yggdrasil");
    spec.command = { m_config.program, QStringLiteral("-loglevel"), QStringLiteral("warn"),
        QStringLiteral("-useconffile"), configPath() };
    spec.networkNamespace = m_config.networkNamespace;
    spec.logFile = m_config.logFile;
    return spec;
}

Task<Result<>> YggdrasilOverlay::start()
{
    if (const auto written = writeConfig(); !written)
        co_return written;
    auto started = co_await m_services->start(service());
    if (!m_watching) {
        m_watching = true;
        m_tasks.spawn(watch());
    }
    if (!started)
        co_return fail(started.error().wrapped(QStringLiteral("starting yggdrasil")));
    co_return co_await withDeadline(waitForAddress(), kStartLimit, QStringLiteral("yggdrasil"));
}

Task<Result<>> YggdrasilOverlay::waitForAddress()
{
    const auto token = m_tasks.token();
    for (;;) {
        auto seen = co_await look();
        if (seen && m_state.running)
            co_return {};
        if (!seen && seen.error().code == ErrorCode::Corrupt)
            co_return seen;
        auto waited = co_await pause(kFirstLooks, token);
        if (!waited)
            co_return waited;
    }
}

Task<Result<>> YggdrasilOverlay::look()
{
    const auto expected = yggdrasilAddress(m_identity.publicKey());
    auto self = co_await askYggdrasil(socketPath(), QStringLiteral("getself"));
    OverlayState state;
    state.address = expected;
    state.subnet = yggdrasilSubnet(m_identity.publicKey());
    if (!self) {
        state.trouble = self.error().what;
        setState(state);
        co_return fail(self.error());
    }
    const auto reported = self->value(u"address").toString();
    if (reported != expected) {
        state.trouble = QStringLiteral("yggdrasil reports address %1 instead of %2")
                            .arg(reported.left(64), expected);
        setState(state);
        co_return fail(ErrorCode::Corrupt, state.trouble);
    }
    // The daemon answers before its interface carries the address.
    state.running = !m_config.networkNamespace.isEmpty();
    if (!state.running) {
        const auto addresses
            = QNetworkInterface::interfaceFromName(m_config.interfaceName).addressEntries();
        state.running = std::ranges::any_of(
            addresses, [&](const auto &entry) { return entry.ip() == QHostAddress(expected); });
    }
    auto peers = co_await askYggdrasil(socketPath(), QStringLiteral("getpeers"));
    if (peers) {
        const auto list = peers->value(u"peers").toArray();
        for (const auto &entry : list) {
            const auto peer = entry.toObject();
            OverlayPeer found;
            found.uri = peer.value(u"remote").toString().left(256);
            found.up = peer.value(u"up").toBool();
            if (const auto latency = peer.value(u"latency").toDouble(); latency > 0) // nanoseconds
                found.latency = std::chrono::milliseconds(static_cast<qint64>(latency / 1e6));
            if (state.peers.size() < 256)
                state.peers += found;
        }
        for (const auto &uri : m_config.peers) {
            if (!std::ranges::contains(state.peers, uri, &OverlayPeer::uri)) {
                const QJsonObject arguments { { QStringLiteral("uri"), uri } };
                auto added
                    = co_await askYggdrasil(socketPath(), QStringLiteral("addpeer"), arguments);
                if (!added)
                    qCDebug(lcYggdrasil).noquote() << "adding peer" << uri << added.error().what;
            }
        }
    }
    setState(state);
    co_return {};
}

Task<void> YggdrasilOverlay::watch()
{
    const auto token = m_tasks.token();
    for (;;) {
        auto waited = co_await pause(kLookEvery, token);
        if (!waited)
            co_return;
        auto seen = co_await look();
        if (seen)
            continue;
        qCWarning(lcYggdrasil).noquote() << seen.error().what;
        // The supervisor restarts a daemon that ends; a missing service is started again here.
        auto started = co_await m_services->start(service());
        if (!started)
            qCWarning(lcYggdrasil).noquote() << "starting yggdrasil:" << started.error().what;
    }
}

void YggdrasilOverlay::setState(const OverlayState &state)
{
    const auto up
        = [](const OverlayState &s) { return std::ranges::count_if(s.peers, &OverlayPeer::up); };
    const bool changed = state.running != m_state.running || state.trouble != m_state.trouble
        || up(state) != up(m_state);
    if (state.running != m_state.running)
        qCInfo(lcYggdrasil).noquote()
            << (state.running ? QString(QStringLiteral("up with address ") + state.address)
                              : QString(QStringLiteral("down: ") + state.trouble));
    m_state = state;
    if (changed)
        Q_EMIT stateChanged();
}

Task<void> YggdrasilOverlay::stop()
{
    co_await m_tasks.finish();
}

} // namespace zos::rmb
