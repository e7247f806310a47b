// SPDX-License-Identifier: Apache-2.0
#include "app/node/node.h"

#include "app/api/nodeapi.h"
#include "app/feed/statusfeed.h"
#include "app/node/bootprogress.h"
#include "app/node/cpubenchmark.h"
#include "app/node/hardwareset.h"
#include "app/node/healthcheck.h"
#include "app/node/kycverification.h"
#include "app/node/provisiontest.h"
#include "app/node/registration.h"
#include "app/node/statewatch.h"
#include "app/node/statuscollector.h"
#include "app/node/twinkeeper.h"
#include "core/base/backoff.h"
#include "core/base/logging.h"
#include "core/chain/localledger.h"
#include "core/health/selftestrunner.h"
#include "core/provision/engine.h"
#include "rmb/bus/bus.h"
#include "rmb/relay/server/localrelay.h"

#include <QDir>
#include <QNetworkInterface>

namespace zos::app {

namespace {
using namespace std::chrono_literals;
constexpr auto kUptimeEvery = 40min;
constexpr auto kUptimeRetry = 10s;
constexpr auto kAfterStart = 2min; // tests that are work: the start goes first
} // namespace

struct Node::Parts
{
    Parts(NodeConfig given, Identity own)
        : config(std::move(given))
        , identity(std::move(own))
        , boot(&clock)
    {
    }

    NodeConfig config;
    Identity identity;
    SystemClock clock;
    BootProgress boot;
    Agenda testLimits { clock };
    SelfTests selfTests;
    std::unique_ptr<SelfTestRunner> selfTestRunner;
    TaskScope tasks;
    HardwareSet hardware;
    std::unique_ptr<LocalLedger> ledger;
    std::unique_ptr<TwinKeeper> twinKeeper;
    std::unique_ptr<StatusFeed> feed;
    std::unique_ptr<StatusCollector> collector;
    std::unique_ptr<KycVerification> verification;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<StateWatch> stateWatch;
    std::unique_ptr<rmb::Router> router;
    std::unique_ptr<NodeApi> api;
    std::unique_ptr<rmb::Bus> bus;
    std::unique_ptr<rmb::LocalRelay> localRelay;

    HostFacts host;
    QList<DiskFacts> disks;
    std::optional<Registration> registration;
    detail::Gate reachable; // the bus can be called, or never will be
    bool stopping = false;

    QString registrationPath() const { return config.stateDir + u"/registration.json"; }
};

Node::Node(NodeConfig config, Identity identity, QObject *parent)
    : QObject(parent)
    , m_parts(std::make_unique<Parts>(std::move(config), std::move(identity)))
{
}

Node::~Node() = default;

Task<Result<>> Node::start()
{
    auto &p = *m_parts;
    for (const auto &folder :
        { p.config.stateDir, p.config.runDir, p.config.cacheDir, p.config.logDir }) {
        if (!QDir().mkpath(folder))
            co_return fail(ErrorCode::Io, QStringLiteral("cannot create %1").arg(folder));
    }
    if (p.config.fakeMachine.isEmpty()) {
        p.hardware = HardwareSet::real(p.config, p.identity);
    } else {
        auto simulated = HardwareSet::simulated(p.config, p.identity);
        if (!simulated)
            co_return fail(simulated.error());
        p.hardware = std::move(*simulated);
    }
    p.ledger = std::make_unique<LocalLedger>(p.config.ledger, p.identity, &p.clock);
    p.registration = Registration::load(p.registrationPath());

    // The console comes first: whatever happens next is visible.
    p.feed = std::make_unique<StatusFeed>(p.clock);
    if (const auto listening = p.feed->listen(p.config.runDir + u"/console.sock"); !listening)
        qCWarning(lcNode).noquote() << "no status feed for the console:" << listening.error().what;
    StatusSources sources;
    sources.config = &p.config;
    sources.clock = &p.clock;
    sources.boot = &p.boot;
    sources.inventory = p.hardware.inventory.get();
    sources.volumes = p.hardware.volumes.get();
    sources.networks = p.hardware.networks.get();
    sources.machines = p.hardware.machines.get();
    sources.overlay = p.hardware.overlay.get();
    sources.ledger = p.ledger.get();
    sources.account = p.identity.address();
    p.collector = std::make_unique<StatusCollector>(sources);
    connect(p.collector.get(), &StatusCollector::status, p.feed.get(), &StatusFeed::publish);
    p.collector->start();

    if (auto outcome = co_await bootStorageAndNetwork(); !outcome)
        co_return outcome;
    if (auto outcome = co_await bootRegistration(); !outcome)
        co_return outcome;
    if (auto outcome = co_await bootEngine(); !outcome)
        co_return outcome;
    p.tasks.spawn(keepReporting());
    startSelfTests();
    p.twinKeeper = std::make_unique<TwinKeeper>(p.ledger.get(), p.registration->twin, wantedTwin());
    p.tasks.spawn(p.twinKeeper->run(p.tasks.token()));
    qCInfo(lcNode).noquote() << "node" << p.registration->node.text() << "of farm"
                             << p.config.farm.text() << "serves on network" << p.config.network;
    co_return {};
}

Task<Result<>> Node::bootStorageAndNetwork()
{
    auto &p = *m_parts;
    p.boot.begin(QStringLiteral("hardware"));
    auto host = co_await p.hardware.inventory->host();
    if (!host) {
        p.boot.failed(QStringLiteral("hardware"), {});
        co_return fail(host.error().wrapped(QStringLiteral("hardware inventory")));
    }
    p.host = std::move(*host);
    p.collector->setHost(p.host, {});
    p.boot.done(QStringLiteral("hardware"));

    p.boot.begin(QStringLiteral("disks"));
    if (auto started = co_await p.hardware.volumes->start(); !started) {
        p.boot.failed(QStringLiteral("disks"), {});
        co_return fail(started.error().wrapped(QStringLiteral("disks")));
    }
    if (auto disks = co_await p.hardware.inventory->disks())
        p.disks = std::move(*disks);
    p.collector->setHost(p.host, p.disks);
    p.boot.done(QStringLiteral("disks"));

    p.boot.begin(QStringLiteral("network"));
    if (auto started = co_await p.hardware.networks->start(); !started) {
        p.boot.failed(QStringLiteral("network"), {});
        co_return fail(started.error().wrapped(QStringLiteral("base network")));
    }
    p.boot.done(QStringLiteral("network"));
    p.boot.done(QStringLiteral("time"));
    p.boot.done(QStringLiteral("identity"));

    // Without the overlay nobody can call, but machines run on: a late daemon is not fatal.
    if (auto started = co_await p.hardware.overlay->start(); !started)
        qCWarning(lcNode).noquote() << "overlay:" << started.error().what;
    co_return {};
}

Task<Result<>> Node::bootRegistration()
{
    auto &p = *m_parts;
    p.boot.begin(QStringLiteral("chain"));
    p.collector->setRegistration(p.registration, QStringLiteral("in_progress"));
    Backoff backoff(500ms, 2min);
    for (;;) {
        if (p.stopping)
            co_return fail(ErrorCode::Cancelled, QStringLiteral("stopped while registering"));
        auto outcome = co_await registerOnce();
        if (outcome)
            break;
        qCWarning(lcNode).noquote() << "registration:" << outcome.error().what;
        p.boot.failed(QStringLiteral("registration"), QStringLiteral("reg.failed"));
        // A node that was registered before keeps its machines alive without the ledger.
        if (p.registration) {
            p.tasks.spawn(keepRegistering());
            break;
        }
        co_await pause(backoff.next(), p.tasks.token());
    }
    p.collector->setRegistration(p.registration, QStringLiteral("done"));
    p.boot.done(QStringLiteral("chain"));
    p.boot.done(QStringLiteral("registration"));
    co_return {};
}

Task<void> Node::keepRegistering()
{
    auto &p = *m_parts;
    const auto token = p.tasks.token();
    Backoff backoff(500ms, 2min);
    while (!token.cancelled()) {
        co_await pause(backoff.next(), token);
        const auto known = p.registration;
        const auto outcome = co_await registerOnce();
        if (!outcome) {
            qCWarning(lcNode).noquote() << "registration:" << outcome.error().what;
            continue;
        }
        if (p.registration->node != known->node || p.registration->twin != known->twin)
            qCCritical(lcNode) << "the ledger knows this node as" << p.registration->node.value()
                               << "and no longer as" << known->node.value();
        p.collector->setRegistration(p.registration, QStringLiteral("done"));
        break;
    }
}

Task<Result<>> Node::registerOnce()
{
    auto &p = *m_parts;
    if (p.ledger->state() != LedgerState::Online) {
        if (auto opened = co_await p.ledger->open(false); !opened)
            co_return fail(opened.error().wrapped(QStringLiteral("ledger")));
    }
    p.boot.begin(QStringLiteral("registration"));
    auto farm = co_await p.ledger->farm(p.config.farm);
    if (!farm)
        co_return fail(farm.error().wrapped(QStringLiteral("farm %1").arg(p.config.farm.text())));
    const auto wanted = wantedTwin();
    auto twin = co_await p.ledger->ensureTwin(wanted.ip, wanted.relay, wanted.pk);
    if (!twin)
        co_return fail(twin.error().wrapped(QStringLiteral("twin")));
    auto addresses = co_await p.hardware.networks->addresses();
    auto load = co_await p.hardware.inventory->load();

    NodeRecord record;
    record.farm = p.config.farm;
    record.twin = *twin;
    record.resources.cru = p.host.cpu.threads;
    record.resources.mru = load ? load->memory.total : Bytes();
    for (const auto &pool : p.hardware.volumes->pools())
        (pool.kind == DiskKind::Hdd ? record.resources.hru : record.resources.sru) += pool.size;
    record.country = record.city = QStringLiteral("Unknown");
    record.latitude = record.longitude = QStringLiteral("0");
    NodeInterface management;
    management.name = QStringLiteral("zos");
    if (addresses)
        management.ips = addresses->zos;
    management.mac
        = QNetworkInterface::interfaceFromName(p.config.bridge).hardwareAddress().toLower();
    if (management.mac.isEmpty()) {
        if (auto uplink = co_await p.hardware.networks->uplink(); uplink && !uplink->nics.isEmpty())
            management.mac = uplink->nics.first().mac;
    }
    record.interfaces = { management };
    record.secureBoot = p.host.secureBoot;
    record.virtualized = !p.host.virtualised.isEmpty();
    auto node = co_await p.ledger->ensureNode(record);
    if (!node)
        co_return fail(node.error().wrapped(QStringLiteral("node")));

    p.registration = Registration { *node, *twin, p.config.farm, farm->twin, farm->name };
    co_return p.registration->save(p.registrationPath());
}

// The node can be called from the moment it knows what it holds: whoever asks while it brings back
// its workloads is answered, and what is accepted then waits its turn.
Task<Result<>> Node::bootEngine()
{
    auto &p = *m_parts;
    auto load = co_await p.hardware.inventory->load();
    if (!load)
        co_return fail(load.error().wrapped(QStringLiteral("memory")));
    EnginePorts ports;
    ports.ledger = p.ledger.get();
    ports.volumes = p.hardware.volumes.get();
    ports.networks = p.hardware.networks.get();
    ports.machines = p.hardware.machines.get();
    ports.images = p.hardware.images.get();
    ports.clock = &p.clock;
    if (const auto service = p.config.verificationService()) {
        p.verification = std::make_unique<KycVerification>(*service, &p.clock);
        ports.verification = p.verification.get();
    }
    EngineConfig config;
    config.databasePath = p.config.stateDir + u"/deployments.sqlite";
    config.node = p.registration->node;
    config.twin = p.registration->twin;
    config.hostCpus = p.host.cpu.threads;
    config.hostMemory = load->memory.total;
    config.reservedMemory
        = p.config.reservedMemory.value_or(std::max(Bytes(load->memory.total.count() / 10), 2_GiB));
    config.dns = p.config.dns;
    p.engine = std::make_unique<Engine>(ports, config);
    p.stateWatch = std::make_unique<StateWatch>(p.config.stateDir,
        p.config.allowVolatileState.value_or(p.config.network == u"local"), [&p](bool refuses) {
            p.engine->refuseWork(refuses ? kVolatileState : QString());
            p.collector->setVolatileState(refuses);
        });
    p.stateWatch->look();
    p.tasks.spawn(p.stateWatch->run(p.tasks.token()));
    if (auto opened = co_await p.engine->open(); !opened)
        co_return fail(opened.error().wrapped(QStringLiteral("deployments")));
    p.collector->setEngine(p.engine.get());
    if (auto serving = co_await bootBus(); !serving)
        co_return serving;

    p.boot.begin(QStringLiteral("workloads"));
    Backoff backoff(500ms, 10s);
    for (;;) {
        auto started = co_await p.hardware.machines->start();
        if (started)
            break;
        qCWarning(lcNode).noquote() << "machines:" << started.error().what;
        if (p.stopping)
            co_return fail(started.error());
        co_await pause(backoff.next(), p.tasks.token());
    }
    if (auto started = co_await p.engine->start(); !started)
        co_return fail(started.error().wrapped(QStringLiteral("deployments")));
    p.boot.done(QStringLiteral("workloads"));
    co_await p.reachable.opened();
    if (p.stopping)
        co_return fail(ErrorCode::Cancelled, QStringLiteral("stopped while opening the bus"));
    co_return {};
}

Task<Result<>> Node::bootBus()
{
    auto &p = *m_parts;
    p.boot.begin(QStringLiteral("bus"));
    p.router = std::make_unique<rmb::Router>();
    ApiParts api;
    api.engine = p.engine.get();
    api.networks = p.hardware.networks.get();
    api.volumes = p.hardware.volumes.get();
    api.machines = p.hardware.machines.get();
    api.images = p.hardware.images.get();
    api.inventory = p.hardware.inventory.get();
    api.overlay = p.hardware.overlay.get();
    api.ledger = p.ledger.get();
    api.clock = &p.clock;
    api.selfTests = &p.selfTests;
    api.farm = p.registration->farm;
    api.farmer = p.registration->farmer;
    api.admins = QSet<TwinId>(p.config.adminTwins.cbegin(), p.config.adminTwins.cend());
    p.api = std::make_unique<NodeApi>(*p.router, api);
    if (!p.config.localRelayAddress.isNull())
        p.tasks.spawn(openLocalRelay());

    rmb::BusConfig config;
    config.session.statePath = p.config.stateDir + u"/messages.seen";
    // A laboratory takes its machine's clock as it is: nobody elsewhere compares.
    if (p.config.network != u"local")
        config.session.synchronised = clockSynchronised;
    config.relay.relays = p.config.busRelays();
    auto &direct = config.direct.emplace();
    direct.address = p.config.rmbAddress.isNull()
        ? QHostAddress(yggdrasilAddress(p.identity.publicKey()))
        : p.config.rmbAddress;
    direct.port = p.config.rmbPort;
    direct.addresses = p.config.twinAddresses;
    direct.onlyOverlaySources = p.config.rmbAddress.isNull(); // an explicit address is a laboratory
    p.bus = std::make_unique<rmb::Bus>(p.identity, p.registration->twin, p.ledger.get(),
        p.router.get(), &p.clock, std::move(config));
    if (const auto started = p.bus->start(); !started)
        co_return fail(started.error());
    p.collector->setBus(p.bus.get());
    // With relays the node serves already; else it does from the moment it can listen. Workloads
    // wait for neither.
    if (!p.bus->relays().isEmpty()) {
        p.boot.done(QStringLiteral("bus"));
        p.reachable.open();
    }
    p.tasks.spawn(keepListening());
    co_return {};
}

// The overlay's address may come late, and come back after it was lost.
Task<void> Node::keepListening()
{
    auto &p = *m_parts;
    const auto token = p.tasks.token();
    Backoff backoff(500ms, 10s);
    while (!token.cancelled() && !p.stopping) {
        auto listening = p.bus->listen();
        const auto listens = co_await std::move(listening);
        if (listens) {
            p.boot.done(QStringLiteral("bus"));
            break;
        }
        qCWarning(lcNode).noquote() << listens.error().what;
        co_await pause(backoff.next(), token);
    }
    p.reachable.open();
}

Task<void> Node::openLocalRelay()
{
    auto &p = *m_parts;
    const auto token = p.tasks.token();
    p.localRelay = std::make_unique<rmb::LocalRelay>(p.ledger.get(), &p.clock);
    Backoff backoff(500ms, 10s);
    while (!token.cancelled()) {
        const auto started
            = p.localRelay->start(p.config.localRelayAddress, p.config.localRelayPort);
        if (started)
            break;
        qCWarning(lcNode).noquote() << "local relay:" << started.error().what;
        co_await pause(backoff.next(), token);
    }
}

Task<void> Node::keepReporting()
{
    auto &p = *m_parts;
    const auto token = p.tasks.token();
    while (!token.cancelled()) {
        auto load = co_await p.hardware.inventory->load();
        bool sent = false;
        if (load && !p.stateWatch->refuses())
            sent = (co_await p.ledger->reportUptime(load->uptimeSeconds, p.clock.seconds().count()))
                       .has_value();
        co_await pause(sent ? std::chrono::milliseconds(kUptimeEvery)
                            : std::chrono::milliseconds(kUptimeRetry),
            token);
    }
}

void Node::startSelfTests()
{
    auto &p = *m_parts;
    QFile boot(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    const auto bootId = boot.open(QIODevice::ReadOnly)
        ? QString::fromLatin1(boot.readAll().trimmed())
        : QString();
    p.selfTestRunner = std::make_unique<SelfTestRunner>(
        p.selfTests, p.clock, p.config.runDir + u"/selftests.json", bootId);
    p.selfTestRunner->add({ QStringLiteral("healthcheck"), 15min, 0s, 0s, true }, [&p] {
        return checkHealth({ p.config.stateDir, p.hardware.volumes.get(), p.hardware.networks.get(),
            p.hardware.overlay.get(), p.ledger.get(), &p.clock });
    });
    p.selfTestRunner->add({ QStringLiteral("cpu-benchmark"), 6h, 0s, kAfterStart, false }, [&p] {
        CpuBenchmark benchmark;
        benchmark.threads = p.host.cpu.threads;
        // Simulated processors have nothing to measure.
        benchmark.rounds = p.config.fakeMachine.isEmpty() ? kBenchmarkRounds : 1;
        benchmark.workloads = p.engine->usage().workloads;
        return benchmarkCpu(benchmark, &p.clock, p.tasks.token());
    });
    p.selfTestRunner->add({ QStringLiteral("provisiontest"), 24h, 30min, kAfterStart, false },
        [this, &p] { return testProvisioning(provisionSources(), p.tasks.token()); });
    p.selfTestRunner->start();
    p.tasks.spawn(tidyAfterSelfTests());
}

// A test that a crash interrupted is not made again before its time when there is a result.
Task<void> Node::tidyAfterSelfTests()
{
    auto &p = *m_parts;
    const auto waited = co_await pause(kAfterStart, p.tasks.token());
    if (!waited || !p.selfTests.find(u"provisiontest"))
        co_return;
    const auto troubles = co_await removeTestRemains(provisionSources(), p.tasks.token());
    for (const auto &trouble : troubles)
        qCWarning(lcNode).noquote() << "remains of a self test:" << trouble;
}

ProvisionSources Node::provisionSources() const
{
    auto &p = *m_parts;
    return { p.hardware.volumes.get(), p.hardware.networks.get(), p.hardware.machines.get(),
        p.hardware.images.get(), p.engine.get(), &p.clock, &p.testLimits };
}

Task<void> Node::stop()
{
    auto &p = *m_parts;
    p.stopping = true;
    if (p.collector)
        p.collector->setShuttingDown();
    if (p.bus)
        co_await p.bus->stop();
    if (p.api)
        co_await p.api->stop();
    // First: what a test says that is cut short is no result.
    std::optional<Task<void>> tests;
    if (p.selfTestRunner)
        tests.emplace(p.selfTestRunner->stop());
    co_await p.tasks.finish();
    if (tests)
        co_await *tests;
    if (p.localRelay)
        co_await p.localRelay->stop();
    if (p.engine)
        co_await p.engine->stop();
    if (p.ledger && p.registration && !(p.stateWatch && p.stateWatch->refuses()))
        co_await reportLastUptime(p.ledger.get(), p.hardware.inventory.get(), &p.clock);
    if (p.collector)
        co_await p.collector->stop();
}

Twin Node::wantedTwin() const
{
    const auto &config = m_parts->config;
    Twin twin;
    twin.ip = config.rmbAddress.isNull()
        ? yggdrasilAddress(m_parts->identity.publicKey())
        : QStringLiteral("%1:%2").arg(config.rmbAddress.toString()).arg(config.rmbPort);
    twin.relay = rmb::relayField(config.busRelays());
    twin.pk = m_parts->identity.endToEndKey();
    return twin;
}

} // namespace zos::app
