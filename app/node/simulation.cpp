// SPDX-License-Identifier: Apache-2.0
#include "app/node/simulation.h"

#include "app/node/registration.h"
#include "core/chain/localledger.h"

#include <QDir>
#include <QSaveFile>
#include <QTcpServer>

namespace zos::app {

namespace {

// Nobody holds it now; whoever takes it before its user comes makes that one fail, loudly.
quint16 freePort()
{
    QTcpServer probe;
    probe.listen(QHostAddress::LocalHost, 0);
    return probe.serverPort();
}

Result<> write(const QString &path, const QByteArray &text)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
        return fail(
            ErrorCode::Io, QStringLiteral("cannot write %1: %2").arg(path, file.errorString()));
    return {};
}

// As a word of a shell.
QString quoted(QString text)
{
    return u'\'' + text.replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

} // namespace

Simulation::Simulation(SimulationWishes wishes)
    : m_wishes(std::move(wishes))
{
}

Task<Result<NodeConfig>> Simulation::prepare(const Clock *clock)
{
    if (m_wishes.stateDir.isEmpty()) {
        m_temporary = std::make_unique<QTemporaryDir>();
        if (!m_temporary->isValid())
            co_return fail(ErrorCode::Io, m_temporary->errorString());
    }
    m_folder = QDir(m_temporary ? m_temporary->path() : m_wishes.stateDir).absolutePath();
    for (const auto &name : { "node", "farmer", "user" }) {
        if (!QDir().mkpath(path(QString::fromLatin1(name))))
            co_return fail(ErrorCode::Io, QStringLiteral("cannot create %1").arg(m_folder));
    }
    const auto ownFarm = co_await farm(clock);
    if (!ownFarm)
        co_return fail(ownFarm.error());
    m_userPort = freePort();
    const auto joined = co_await user(clock);
    if (!joined)
        co_return fail(joined.error());

    NodeConfig config;
    config.farm = *ownFarm;
    config.ledger = path(QStringLiteral("ledger"));
    config.stateDir = path(QStringLiteral("node"));
    config.runDir = path(QStringLiteral("run"));
    config.cacheDir = path(QStringLiteral("node/cache"));
    config.logDir = path(QStringLiteral("node/log"));
    config.rmbAddress = QHostAddress::LocalHost;
    config.rmbPort = m_wishes.port != 0 ? m_wishes.port : freePort();
    config.localRelayAddress = m_wishes.relayAddress;
    config.localRelayPort = m_wishes.relayPort;
    config.fakeMachine = m_wishes.machine;
    config.fakeDisks = path(QStringLiteral("disks.json"));
    m_wishes.port = config.rmbPort;
    co_return std::as_const(config);
}

Task<Result<FarmId>> Simulation::farm(const Clock *clock) const
{
    auto farmer = Identity::load(path(QStringLiteral("farmer/identity")), true);
    if (!farmer)
        co_return fail(farmer.error());
    LocalLedger ledger(path(QStringLiteral("ledger")), std::move(*farmer), clock);
    const auto opened = co_await ledger.open(true);
    if (!opened)
        co_return fail(opened.error());
    const auto twin = co_await ledger.ensureTwin({}, {}, {});
    if (!twin)
        co_return fail(twin.error());
    // The ledger has no question for farms by name: its first one is ours.
    const auto known = co_await ledger.farm(FarmId(1));
    if (known)
        co_return known->id;
    const auto made = co_await ledger.createFarm(QStringLiteral("simulated"), {});
    if (!made)
        co_return fail(made.error());
    co_return *made;
}

Task<Result<>> Simulation::user(const Clock *clock) const
{
    auto identity = Identity::load(path(QStringLiteral("user/identity")), true);
    if (!identity)
        co_return fail(identity.error());
    LocalLedger ledger(path(QStringLiteral("ledger")), std::move(*identity), clock);
    const auto opened = co_await ledger.open(false);
    if (!opened)
        co_return fail(opened.error());
    const auto twin
        = co_await ledger.ensureTwin(QStringLiteral("127.0.0.1:%1").arg(m_userPort), {}, {});
    if (!twin)
        co_return fail(twin.error());
    co_return Result<>();
}

Result<QString> Simulation::announce() const
{
    const auto registration = Registration::load(path(QStringLiteral("node/registration.json")));
    if (!registration)
        return fail(ErrorCode::Bug, QStringLiteral("the node is not registered"));
    const std::pair<const char *, QString> variables[] {
        { "ZOS_LEDGER", path(QStringLiteral("ledger")) },
        { "ZOS_IDENTITY", path(QStringLiteral("user/identity")) },
        { "ZOS_LISTEN", QStringLiteral("127.0.0.1:%1").arg(m_userPort) },
        { "ZOS_NODE", registration->node.text() },
    };
    QByteArray text;
    for (const auto &[name, value] : variables)
        text += QByteArray("export ") + name + '=' + quoted(value).toUtf8() + '\n';
    if (const auto written = write(path(QStringLiteral("env")), text); !written)
        return fail(written.error());
    return QStringLiteral("node %1 answers at 127.0.0.1:%2; its console is %3\n"
                          "use it: . %4 && zos node statistics\n")
        .arg(registration->node.text())
        .arg(m_wishes.port)
        .arg(path(QStringLiteral("run/console.sock")), quoted(path(QStringLiteral("env"))));
}

} // namespace zos::app
