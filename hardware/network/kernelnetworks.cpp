// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/kernelnetworks.h"

#include "core/base/logging.h"
#include "hardware/network/ipcommand.h"
#include "hardware/network/portgrace.h"

#include <QCryptographicHash>
#include <QElapsedTimer>

#include <algorithm>
#include <array>

namespace zos::hw {

namespace {

QByteArray sha256(const QByteArray &text)
{
    return QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex();
}

// What insideScript() puts into the kernel, as one value to compare.
QByteArray layoutDigest(const NetworkPlan &plan)
{
    const QStringList fields { plan.range.text(), plan.subnet.text(), plan.gateway.text(),
        plan.gateway6, plan.wireguardAddress.text() };
    return sha256(fields.join(u' ').toLatin1());
}

QHash<QString, QString> endpointsOf(const NetworkPlan &plan)
{
    QHash<QString, QString> endpoints;
    for (const auto &peer : plan.peers)
        endpoints.insert(peer.publicKey, peer.endpoint);
    return endpoints;
}

std::unexpected<Error> refusePort(quint16 port)
{
    return fail(ErrorCode::Exists,
        QStringLiteral(
            "wireguard listen port already in use, pick another one: port %1 is already in the set")
            .arg(port));
}

} // namespace

struct KernelNetworks::Work
{
    NetworkPlan plan;
    NetworkView view;
    NetworkRecord before; // digest empty: nothing to rely on
    QString path; // of the name space
    bool fresh = false; // nothing of it existed
    bool unsure = false; // not known to be as the record says
    QList<PortGrace> graces; // wanted

    bool linksMissing() const { return !hasHostParts(plan.names, view); }
    bool wireguardMissing() const { return !hasWireguard(plan.names, view); }
};

KernelNetworks::KernelNetworks(
    Config config, CommandRunner *runner, Services *services, NetSpace *space)
    : m_config(std::move(config))
    , m_runner(runner)
    , m_ownSpace(space ? nullptr : std::make_unique<SystemNetSpace>(m_config.namesDir))
    , m_space(space ? space : m_ownSpace.get())
    , m_base(runner, m_space, m_config.uplinkBridge, m_config.runDir, m_config.namesDir)
    , m_wireguard(runner, services, m_config.wireguardDir)
    , m_taps(runner, m_space)
    , m_reader(runner, m_space, m_config.uplinkBridge, m_config.yggdrasilInterface, m_config.dns)
    , m_records(m_config.runDir)
{
}

KernelNetworks::~KernelNetworks() = default;

QString KernelNetworks::pathOf(const NetworkNames &names) const
{
    return m_config.namesDir + u'/' + names.nameSpace;
}

Task<Result<>> KernelNetworks::start()
{
    const auto turn = co_await m_turns.enter(QString());
    if (const auto loaded = m_records.load(); !loaded)
        co_return loaded;
    m_ports.clear();
    for (const auto &record : m_records.all()) {
        if (record.port != 0)
            m_ports.insert(record.port, record.id);
        for (const auto &grace : record.graces)
            m_ports.insert(grace.port, record.id);
    }
    co_return co_await m_base.start();
}

Task<Result<NetworkView>> KernelNetworks::look(NetworkNames names)
{
    NetworkView view;
    auto innerTask = m_space->links(pathOf(names));
    auto host = co_await m_space->links(QString());
    auto inner = co_await innerTask;
    if (!host)
        co_return fail(host.error());
    if (!inner && inner.error().code != ErrorCode::NotFound)
        co_return fail(inner.error());
    view.host = std::move(*host);
    view.nameSpace = inner.has_value();
    if (inner)
        view.inner = std::move(*inner);
    view.nameLeft = m_space->names().contains(names.nameSpace);
    co_return view;
}

Task<Result<>> KernelNetworks::reservePort(QString id, quint16 port)
{
    const auto owner = m_ports.constFind(port);
    if (owner != m_ports.constEnd()) {
        if (*owner == id)
            co_return Result<>();
        co_return refusePort(port);
    }
    if (std::ranges::contains(kNodePorts, port))
        co_return refusePort(port);
    m_ports.insert(port, id); // before looking, so that two networks cannot both get it
    const auto bound = co_await m_space->udpPorts(QString());
    if (bound && !bound->contains(port))
        co_return Result<>();
    m_ports.remove(port);
    if (!bound)
        co_return fail(bound.error());
    co_return refusePort(port);
}

// All but those its record names.
void KernelNetworks::releasePorts(const QString &id)
{
    const auto *record = m_records.find(id);
    m_ports.removeIf([&](const std::pair<const quint16 &, QString &> &entry) {
        return entry.second == id
            && !(record
                && (record->port == entry.first
                    || std::ranges::contains(record->graces, entry.first, &PortGrace::port)));
    });
}

// Peers of a network with a new key have to be told before anything works again: no grace helps.
QList<PortGrace> KernelNetworks::gracesFor(const NetworkPlan &plan, const NetworkView &view) const
{
    const auto *known = m_records.find(plan.names.id);
    const auto before = m_plans.constFind(plan.names.id);
    const bool newKey = before != m_plans.constEnd() && before->privateKey != plan.privateKey;
    if (!known || newKey || !hasWireguard(plan.names, view))
        return {};
    return nextGraces(known->graces, plan.listenPort,
        known->port == plan.listenPort ? quint16(0) : known->port, machineTime(),
        m_config.portGrace);
}

// Those that are over. Nobody waits for it: they end when the networks are looked at.
Task<Result<>> KernelNetworks::endGraces(QString id)
{
    const auto turn = co_await m_turns.enter(id);
    const auto *known = m_records.find(id);
    if (!known)
        co_return Result<>();
    auto record = *known;
    record.graces = nextGraces(record.graces, record.port, 0, machineTime(), m_config.portGrace);
    if (record.graces == known->graces)
        co_return Result<>();
    const auto rules = graceRules(
        networkNames(id), record.port, record.graces, known->graces, {}, m_config.portGrace);
    const auto done = co_await m_space->configure(QString(), {}, rules);
    if (!done)
        co_return done;
    const auto saved = m_records.save(record);
    releasePorts(id);
    co_return saved;
}

Task<Result<>> KernelNetworks::apply(NetworkPlan plan)
{
    const auto id = plan.names.id;
    if (!isNetworkId(id))
        co_return fail(
            ErrorCode::Invalid, QStringLiteral("%1 is not a network id").arg(quoted(id)));
    const auto turn = co_await m_turns.enter(id);
    auto done = co_await applyInTurn(plan);
    if (!done && done.error().code != ErrorCode::Exists)
        co_return fail(done.error().wrapped(QStringLiteral("network %1").arg(id)));
    co_return done;
}

Task<Result<>> KernelNetworks::applyInTurn(NetworkPlan plan)
{
    const auto id = plan.names.id;
    const auto view = co_await look(plan.names);
    if (!view)
        co_return fail(view.error());
    const auto *known = m_records.find(id);
    const bool settled = known && !known->digest.isEmpty();
    if (settled && known->digest == networkDigest(plan) && isIntact(plan.names, *view)
        && known->rules == sha256(networkFirewall(plan))) {
        m_plans.insert(id, plan);
        co_return Result<>();
    }
    const auto recordBefore = known ? *known : NetworkRecord();
    const auto graces = gracesFor(plan, *view);
    const auto reserved = co_await reservePort(id, plan.listenPort);
    if (!reserved)
        co_return reserved;

    QElapsedTimer clock;
    clock.start();
    const auto built = co_await build(plan, *view, graces);
    if (built) {
        releasePorts(id);
        m_plans.insert(id, plan);
        qCInfo(lcNetwork, "network %s %s in %lld ms", qPrintable(id), settled ? "changed" : "built",
            static_cast<long long>(clock.elapsed()));
        co_return Result<>();
    }
    // Back to what was there, or to nothing: a half-made network serves nobody.
    auto error = built.error();
    const auto previous = m_plans.constFind(id);
    if (previous != m_plans.constEnd()) {
        const auto now = co_await look(plan.names);
        const auto back = now ? co_await build(*previous, *now, recordBefore.graces)
                              : Result<>(fail(now.error()));
        if (!back)
            error = error.wrapped(
                QStringLiteral("the former state is not back either (%1)").arg(back.error().what));
        releasePorts(id);
    } else if (isEmpty(plan.names, *view)) {
        const auto gone = co_await removeInTurn(plan.names);
        if (!gone)
            error = error.wrapped(
                QStringLiteral("something is left of it (%1)").arg(gone.error().what));
    }
    co_return fail(error);
}

Task<Result<>> KernelNetworks::build(NetworkPlan plan, NetworkView view, QList<PortGrace> graces)
{
    const auto id = plan.names.id;
    const auto dmz = m_records.allocate(id);
    if (!dmz)
        co_return fail(dmz.error());
    Work work { plan, view, *m_records.find(id), pathOf(plan.names), false, false, {} };
    work.fresh = isEmpty(plan.names, view) && work.before.digest.isEmpty();
    work.unsure = work.before.digest.isEmpty() || !isIntact(plan.names, view);
    auto record = work.before;
    record.digest.clear(); // from here until the end it is neither the old nor the new one
    record.port = plan.listenPort;
    record.graces = work.graces = std::move(graces);
    if (const auto ok = m_records.save(record); !ok)
        co_return ok;

    const auto links = co_await makeLinks(&work);
    if (!links)
        co_return links;
    const auto inside = co_await configureInside(&work);
    if (!inside)
        co_return inside;

    record.graces = work.graces;
    record.digest = networkDigest(plan);
    record.layout = layoutDigest(plan);
    record.rules = sha256(networkFirewall(plan));
    record.wireguard = sha256(wireguardConfig(plan));
    record.range = plan.range.text();
    record.endpoints = endpointsOf(plan);
    co_return m_records.save(record);
}

// Name space, cables, kernel settings, firewall; meanwhile wireguard-go starts.
Task<Result<>> KernelNetworks::makeLinks(Work *work)
{
    const auto names = work->plan.names;
    const bool device = work->wireguardMissing();
    const bool inHost = work->view.host.contains(names.wireguard);
    std::optional<Task<Result<>>> deviceTask;
    if (device && !inHost)
        deviceTask.emplace(m_wireguard.create(names, work->fresh));

    Result<> done;
    if (const auto leftovers = leftoverScript(names, work->view); !leftovers.isEmpty()) {
        const auto command = ipForcedBatch(leftovers);
        const auto gone = co_await m_runner->run(command);
        if (!gone)
            done = fail(gone.error());
    }
    if (done && work->linksMissing()) {
        const auto command = ipBatch(hostScript(names, work->view));
        const auto made = co_await runBatch(m_runner, command);
        if (!made)
            done = fail(made.error().wrapped(QStringLiteral("make links")));
    }
    const auto rules = networkFirewall(work->plan);
    if (done && (work->linksMissing() || work->unsure || work->before.rules != sha256(rules))) {
        QList<Sysctl> ports;
        for (const auto &port : { names.bridge, names.lanPort, names.uplinkPort })
            ports += quietPort(port);
        auto hostTask = m_space->configure(QString(), ports, QByteArray());
        done = co_await m_space->configure(work->path, insideSettings(), rules);
        const auto host = co_await hostTask;
        if (done && !host)
            done = host;
    }
    if (deviceTask) {
        const auto made = co_await *deviceTask;
        if (done && !made)
            done = made;
    }
    if (done && device)
        done = co_await m_wireguard.moveInside(names);
    co_return done;
}

// WireGuard first, then addresses, links up, routes.
Task<Result<>> KernelNetworks::configureInside(Work *work)
{
    const auto &plan = work->plan;
    const bool device = work->wireguardMissing();
    const auto config = wireguardConfig(plan);
    if (device || work->unsure || work->before.wireguard != sha256(config)) {
        const auto text = device ? config : wireguardUpdate(plan, work->before.endpoints);
        QStringList users; // of the port it leaves
        if (work->graces != work->before.graces && !device) {
            const auto endpoints = co_await m_wireguard.endpoints(plan.names, work->path);
            if (!endpoints)
                co_return fail(endpoints.error());
            users = *endpoints;
        }
        const auto done = co_await m_wireguard.configure(plan.names, work->path, text);
        if (!done)
            co_return done;
        if (work->graces != work->before.graces || (work->unsure && !work->graces.isEmpty())) {
            const auto rules = graceRules(plan.names, plan.listenPort, work->graces,
                work->before.graces, users, m_config.portGrace);
            const auto held = co_await m_space->configure(QString(), {}, rules);
            if (!held) { // a kernel without it: peers come back when they are told
                qCWarning(lcNetwork).noquote()
                    << "network" << plan.names.id
                    << "cannot keep the port it leaves:" << held.error().what;
                work->graces.clear();
            }
        }
    }
    if (!device && !work->unsure && work->before.layout == layoutDigest(plan))
        co_return Result<>();
    const auto present = co_await m_space->addresses(work->path);
    if (!present)
        co_return fail(present.error());
    const auto command = ipBatch(
        insideScript(plan, work->before.dmz, *present, device ? QString() : work->before.range),
        work->path);
    const auto made = co_await runBatch(m_runner, command);
    if (!made)
        co_return fail(made.error().wrapped(QStringLiteral("set addresses and routes")));
    co_return Result<>();
}

Task<Result<>> KernelNetworks::remove(QString networkId)
{
    if (!isNetworkId(networkId))
        co_return fail(
            ErrorCode::Invalid, QStringLiteral("%1 is not a network id").arg(quoted(networkId)));
    const auto turn = co_await m_turns.enter(networkId);
    auto done = co_await removeInTurn(networkNames(networkId));
    if (!done)
        co_return fail(done.error().wrapped(QStringLiteral("remove network %1").arg(networkId)));
    co_return done;
}

Task<Result<>> KernelNetworks::removeInTurn(NetworkNames names)
{
    const auto view = co_await look(names);
    if (!view)
        co_return fail(view.error());
    const auto bridge = view->host.value(names.bridge);
    for (const auto &[name, link] : view->host.asKeyValueRange())
        if (bridge.index != 0 && link.master == bridge.index && link.carrier
            && isOwnName(name, u"t-"))
            co_return fail(
                ErrorCode::Busy, QStringLiteral("a running machine uses it through %1").arg(name));
    // Each object on its own: what cannot be removed now must not keep the others.
    QStringList problems;
    const auto note = [&problems](const Result<> &step) {
        if (!step)
            problems.append(step.error().what);
    };
    if (!isEmpty(names, *view) || m_records.find(names.id)) {
        const auto ended = co_await m_space->endProcesses(pathOf(names));
        if (!ended)
            problems.append(ended.error().what);
        else if (*ended > 0)
            qCInfo(
                lcNetwork, "network %s: ended %d processes inside", qPrintable(names.id), *ended);
        note(co_await m_wireguard.remove(
            names, pathOf(names), view->inner.contains(names.wireguard)));
        if (const auto *known = m_records.find(names.id); known && !known->graces.isEmpty())
            note(co_await m_space->configure(
                QString(), {}, graceRules(names, 0, {}, known->graces, {}, m_config.portGrace)));
    }
    if (!isEmpty(names, *view)) {
        const auto command = ipForcedBatch(removalScript(names, *view));
        const auto done = co_await m_runner->run(command);
        if (!done)
            problems.append(done.error().what);
        const auto after = co_await look(names);
        if (!after)
            co_return fail(after.error());
        if (!isEmpty(names, *after))
            problems.append(
                QStringLiteral("links are left: %1").arg(done ? lastErrorLine(*done) : QString()));
    }
    if (!problems.isEmpty())
        co_return fail(ErrorCode::Io, problems.join(QStringLiteral("; ")));
    m_plans.remove(names.id);
    const auto erased = m_records.erase(names.id);
    releasePorts(names.id);
    co_return erased;
}

Task<Result<QStringList>> KernelNetworks::list()
{
    QStringList over;
    for (const auto &record : m_records.all())
        if (std::ranges::any_of(
                record.graces, [](const PortGrace &grace) { return grace.until <= machineTime(); }))
            over += record.id;
    for (const auto &id : std::as_const(over)) {
        const auto ended = co_await endGraces(id);
        if (!ended)
            qCWarning(lcNetwork).noquote() << "network" << id << ended.error().what;
    }
    const auto host = co_await m_space->links(QString());
    if (!host)
        co_return fail(host.error());
    auto found = m_records.ids();
    const auto spaces = m_space->names();
    for (const auto &name : spaces)
        if (isOwnName(name, u"n-"))
            found.append(name.sliced(2));
    for (auto link = host->begin(); link != host->end(); ++link)
        for (const auto *prefix : { u"b-", u"v-", u"u-", u"w-" })
            if (isOwnName(link.key(), prefix))
                found.append(link.key().sliced(2));
    found.sort();
    found.removeDuplicates();
    co_return found;
}

Task<Result<NetworkState>> KernelNetworks::state(QString networkId)
{
    if (!isNetworkId(networkId))
        co_return fail(
            ErrorCode::Invalid, QStringLiteral("%1 is not a network id").arg(quoted(networkId)));
    const auto names = networkNames(networkId);
    const auto view = co_await look(names);
    if (!view)
        co_return fail(view.error().wrapped(QStringLiteral("network %1").arg(networkId)));
    co_return stateOf(names, *view);
}

Task<Result<>> KernelNetworks::addTap(QString tap, QString bridge)
{
    return m_taps.add(std::move(tap), std::move(bridge));
}

Task<Result<>> KernelNetworks::removeTap(QString tap)
{
    return m_taps.remove(std::move(tap));
}

Task<Result<QStringList>> KernelNetworks::taps()
{
    return m_taps.list();
}

QList<quint16> KernelNetworks::wireguardPorts() const
{
    QList<quint16> ports(kNodePorts.begin(), kNodePorts.end());
    ports += m_ports.keys();
    std::ranges::sort(ports);
    return ports;
}

Task<Result<NodeAddresses>> KernelNetworks::addresses()
{
    return m_reader.addresses();
}

Task<Result<UplinkFacts>> KernelNetworks::uplink()
{
    return m_reader.facts();
}

} // namespace zos::hw
