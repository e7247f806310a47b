// SPDX-License-Identifier: Apache-2.0
#include "rmb/yggdrasil/yggdrasiloverlay.h"

#include "core/base/logging.h"
#include "core/base/unfinishedfiles.h"
#include "rmb/yggdrasil/adminsocket.h"
#include "rmb/yggdrasil/lookpace.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QNetworkInterface>
#include <QSaveFile>
#include <QTimer>

#include <sys/stat.h>

namespace zos::rmb {

namespace {
using namespace std::chrono_literals;
constexpr auto kImpatientLooks = 100ms; // while somebody waits for the daemon
constexpr qsizetype kMaxPeers = 256;

// "tls://host:1?key=..": the daemon lists a peer without its options.
QStringView withoutOptions(QStringView uri)
{
    const auto query = uri.indexOf(u'?');
    return query < 0 ? uri : uri.first(query);
}

// The daemon doubles the pauses between its attempts up to more than an hour: after a long outage a
// node would stay away as long again. Half a minute is the least it can be told.
QString withShortPauses(const QString &uri)
{
    if (uri.contains(u"maxbackoff="))
        return uri;
    return uri + (uri.contains(u'?') ? u'&' : u'?') + QStringLiteral("maxbackoff=30s");
}

// An object of JSON with one member more, which must not leave locked memory.
SecretBytes withSecret(const QByteArray &object, QByteArrayView name, const SecretBytes &value)
{
    const auto at = object.indexOf('{') + 1;
    const QByteArray before = object.first(at) + "\n    \"" + name + "\": \"";
    const QByteArray after = QByteArrayLiteral("\",") + object.sliced(at);
    SecretBytes text(std::size_t(before.size() + after.size()) + value.size());
    auto *end = std::ranges::copy(before, text.data()).out;
    end = std::ranges::copy(value.part(0, value.size()), end).out;
    std::ranges::copy(after, end);
    return text;
}

// Compared without a copy in ordinary memory, as is written.
bool holds(const QString &path, const SecretBytes &text)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return false;
    SecretBytes old(text.size() + 1); // one more shows a longer file
    const auto length = file.read(reinterpret_cast<char *>(old.data()), qint64(old.size()));
    return length == qint64(text.size())
        && std::ranges::equal(old.part(0, text.size()), text.part(0, text.size()));
}

void logFailure(const QString &what, const Error &error)
{
    qCWarning(lcYggdrasil).noquote() << what << error.what;
}
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

Result<bool> YggdrasilOverlay::writeConfig() const
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
    QJsonArray peers;
    for (const auto &uri : m_config.peers)
        peers += withShortPauses(uri);
    const QJsonObject config {
        { QStringLiteral("Peers"), peers },
        { QStringLiteral("Listen"), QJsonArray::fromStringList(m_config.listen) },
        { QStringLiteral("MulticastInterfaces"), multicast },
        { QStringLiteral("AdminListen"), QString(u"unix://" + socketPath()) },
        { QStringLiteral("IfName"), m_config.interfaceName },
        { QStringLiteral("IfMTU"), 65535 },
        { QStringLiteral("NodeInfoPrivacy"), true },
    };
    const auto text
        = withSecret(QJsonDocument(config).toJson(), "PrivateKey", m_identity.yggdrasilKey());
    const QFileInfo place(configPath());
    removeUnfinishedFiles(place.path(), { place.fileName() });
    if (holds(configPath(), text))
        return false;
    QSaveFile file(configPath());
    if (!file.open(QIODevice::WriteOnly | QIODevice::Unbuffered)
        || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner)
        || file.write(text.view().data(), text.view().size()) != text.view().size()
        || !file.commit())
        return fail(ErrorCode::Io,
            QStringLiteral("cannot write %1: %2").arg(configPath(), file.errorString()));
    return true;
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

Task<Result<>> YggdrasilOverlay::startDaemon()
{
    const auto changed = writeConfig();
    if (!changed)
        co_return fail(changed.error());
    if (*changed) {
        // The daemon reads its configuration once; a service with an equal description would stay.
        auto stopping = m_services->stop(service().name);
        const auto stopped = co_await std::move(stopping);
        if (!stopped)
            co_return fail(stopped.error().wrapped(QStringLiteral("stopping yggdrasil")));
    }
    auto starting = m_services->start(service());
    const auto started = co_await std::move(starting);
    if (!started)
        co_return fail(started.error().wrapped(QStringLiteral("starting yggdrasil")));
    co_return {};
}

Task<Result<>> YggdrasilOverlay::start()
{
    auto starting = startDaemon();
    const auto started = co_await std::move(starting);
    // Before the watch begins: it looks often while somebody waits, and its first look ends at once
    // when the daemon's socket is not there yet.
    auto gate = std::make_shared<detail::Gate>();
    if (started)
        m_starting.push_back(gate);
    if (!m_watching) {
        m_watching = true;
        m_tasks.spawn(watch());
    }
    if (!started)
        co_return started;
    if (!m_state.running && !m_mistaken) {
        QTimer timer;
        timer.setSingleShot(true);
        connect(&timer, &QTimer::timeout, this, [gate] { gate->open(); });
        timer.start(m_config.startLimit);
        co_await gate->opened();
    }
    std::erase(m_starting, gate);
    if (m_state.running)
        co_return {};
    const auto trouble = m_state.trouble.isEmpty() ? QStringLiteral("its interface has no address")
                                                   : m_state.trouble;
    co_return fail(m_mistaken ? ErrorCode::Corrupt : ErrorCode::Timeout,
        QStringLiteral("yggdrasil is not ready: %1").arg(trouble));
}

Task<Result<>> YggdrasilOverlay::look()
{
    const auto expected = yggdrasilAddress(m_identity.publicKey());
    auto asking = askYggdrasil(socketPath(), QStringLiteral("getself"));
    auto self = co_await std::move(asking);
    m_mistaken = false;
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
        m_mistaken = true;
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
    auto listing = askYggdrasil(socketPath(), QStringLiteral("getpeers"));
    const auto peers = co_await std::move(listing);
    if (peers) {
        const auto list = peers->value(u"peers").toArray();
        for (const auto &entry : list) {
            const auto peer = entry.toObject();
            OverlayPeer found;
            found.uri = peer.value(u"remote").toString().left(256);
            found.up = peer.value(u"up").toBool();
            if (const auto latency = peer.value(u"latency").toDouble(); latency > 0) // nanoseconds
                found.latency = std::chrono::milliseconds(static_cast<qint64>(latency / 1e6));
            if (state.peers.size() < kMaxPeers)
                state.peers += found;
        }
        auto adding = addLostPeers(state.peers);
        co_await std::move(adding);
    }
    setState(state);
    co_return {};
}

Task<void> YggdrasilOverlay::addLostPeers(QList<OverlayPeer> known)
{
    for (const auto &uri : m_config.peers) {
        const bool there = std::ranges::any_of(known, [&](const OverlayPeer &peer) {
            return withoutOptions(peer.uri) == withoutOptions(uri);
        });
        if (there)
            continue;
        const QJsonObject arguments { { QStringLiteral("uri"), withShortPauses(uri) } };
        auto asking = askYggdrasil(socketPath(), QStringLiteral("addpeer"), arguments);
        const auto added = co_await std::move(asking);
        if (!added)
            logFailure(QStringLiteral("adding peer %1").arg(uri), added.error());
    }
}

Task<void> YggdrasilOverlay::watch()
{
    const auto token = m_tasks.token();
    LookPace pace(m_config.firstLook, m_config.lookEvery);
    for (;;) {
        auto looking = look();
        const auto seen = co_await std::move(looking);
        if (m_state.running || m_mistaken)
            release();
        auto rest = pace.after(m_state);
        if (!m_starting.empty())
            rest = std::min(rest, std::chrono::milliseconds(kImpatientLooks));
        auto waiting = pause(rest, token);
        const auto waited = co_await std::move(waiting);
        if (!waited)
            break;
        if (seen) {
            m_silent.invalidate();
            m_logged.clear();
        } else if (m_starting.empty()) {
            auto repairing = repair(seen.error());
            co_await std::move(repairing);
        }
    }
    release();
}

// The supervisor restarts a daemon that ends; here a missing service is started again, and one that
// runs but does not answer, or answers with another key, is replaced.
Task<void> YggdrasilOverlay::repair(Error trouble)
{
    logOnce(trouble);
    if (!m_silent.isValid())
        m_silent.start();
    if (m_mistaken || m_silent.hasExpired(m_config.patience.count())) {
        m_silent.start();
        auto stopping = m_services->stop(service().name);
        (void)co_await std::move(stopping);
    }
    auto starting = startDaemon();
    const auto started = co_await std::move(starting);
    if (!started)
        logOnce(started.error());
}

void YggdrasilOverlay::logOnce(const Error &trouble)
{
    if (std::exchange(m_logged, trouble.what) != trouble.what)
        logFailure(QStringLiteral("watching"), trouble);
}

void YggdrasilOverlay::release()
{
    for (const auto &gate : std::exchange(m_starting, {}))
        gate->open();
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
