// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/histories/laboratory.h"

#include "core/store/memorystore.h"
#include "core/store/sqlitestore.h"
#include "tests/core/provision/rig.h"

#include <QAbstractEventDispatcher>

#include <cstdio>

// The node, what moves it, and what is compared. What clients do is in clients.cpp.

namespace zos::testing {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr quint32 kTwins = 3;
constexpr auto kMachine = "{\"cpu\":{\"threads\":4},\"memory\":8589934592,"
                          "\"disks\":[{\"name\":\"sda\",\"size\":107374182400},"
                          "{\"name\":\"sdb\",\"size\":53687091200}],"
                          "\"nics\":[{\"name\":\"eth0\"}]}";
// When these fail they have changed nothing: that is what their ports promise.
constexpr std::array<QStringView, 2> kWholeCalls { u"machines.run", u"volumes.growDisk" };

const auto kDone = u" done"_s;

Task<void> deliverTo(Task<Result<>> task, std::shared_ptr<std::optional<Result<>>> answer)
{
    auto outcome = co_await std::move(task);
    answer->emplace(std::move(outcome));
}

std::optional<Reference::Seen> parseSeen(const Result<QByteArray> &text)
{
    if (!text)
        return {};
    Reference::Seen seen;
    seen.deployment = *Deployment::fromJson(*text);
    const auto json = *Json::parse(*text);
    for (const auto &item : json.find(u"workloads")->items())
        seen.results.insert(
            item.find(u"name")->string(), *WorkloadResult::fromJson(*item.find(u"result")));
    return seen;
}

} // namespace

Laboratory::Laboratory(History history, bool talks)
    : m_history(std::move(history))
    , m_talks(talks)
    , m_world(std::move(*hw::FakeWorld::fromJson(kMachine)))
    , m_volumes(*m_world)
    , m_networks(*m_world)
    , m_machines(*m_world)
    , m_images(*m_world)
    , m_reference({ 6_GiB, { 100_GiB, 50_GiB } })
{
    NodeRecord record;
    record.id = NodeId(Rig::kNode);
    m_ledger.nodes.insert(record.id, record);
    for (quint32 n = 0; n < kTwins; ++n) {
        const TwinId twin(Rig::kTwin + n);
        m_identities.insert(twin, *Identity::fromSeed(QByteArray(32, char('a' + n))));
        m_ledger.twins.insert(
            twin, Twin { twin, m_identities.constFind(twin)->publicKey(), {}, {}, {} });
    }
    for (size_t n = 0; n < m_clients.size(); ++n)
        m_clients.at(n).twin = TwinId(Rig::kTwin + quint32(n) % kTwins);
    wait(m_volumes.start());
    m_world->setGates(
        [this](QString line) {
            return m_turnstile.pass({ line, line.section(u'.', 0, 0) + line.section(u' ', 1) });
        },
        [this](QString line) { return m_turnstile.pass({ line + kDone, {} }); });
    m_ledger.held = [this]() -> Task<void> {
        const auto goes = co_await m_turnstile.pass({ u"ledger"_s, {} });
        Q_UNUSED(goes)
    };
    makeStore();
}

Laboratory::~Laboratory()
{
    m_engine.reset();
    m_turnstile.open([](const Turnstile::Call &) -> Result<> {
        return fail(ErrorCode::Cancelled, u"the end"_s);
    });
    flow();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void Laboratory::makeStore()
{
    if (m_store && !m_history.durable)
        return;
    m_store.reset();
    m_counted.reset(); // closes the file
    if (m_history.durable)
        m_counted = std::make_unique<CountedStore>(
            std::make_unique<SqliteStore>(m_folder.filePath(u"state.sqlite"_s)));
    else
        m_counted = std::make_unique<CountedStore>(std::make_unique<MemoryStore>());
    m_store = std::make_unique<FailingStore>(*m_counted);
    m_store->setBefore([this] { return m_turnstile.pass({ u"store.commit"_s, u"store"_s }); });
    m_store->setAfter([this]() -> Task<void> {
        const auto goes = co_await m_turnstile.pass({ u"store.commit"_s + kDone, u"store news"_s });
        Q_UNUSED(goes)
    });
}

void Laboratory::startNode()
{
    makeStore();
    EnginePorts ports;
    ports.ledger = &m_ledger;
    ports.volumes = &m_volumes;
    ports.networks = &m_networks;
    ports.machines = &m_machines;
    ports.images = &m_images;
    ports.clock = &m_clock;
    ports.store = m_store.get();
    EngineConfig config;
    config.node = NodeId(Rig::kNode);
    config.hostCpus = 4;
    config.hostMemory = 8_GiB;
    config.reservedMemory = 2_GiB;
    config.contractPatience = 0ms;
    m_engine = std::make_unique<Engine>(ports, config);
    m_started = std::make_shared<std::optional<Result<>>>();
    m_firstLook = false;
    ++m_tally.lives;
    deliverTo(m_engine->start(), m_started);
}

// What was asked of the machine and of the store happened or did not; of the store's writes all up
// to one of them did.
void Laboratory::losePower(bool reboot)
{
    ++m_life;
    m_engine.reset();
    m_storeLives = true;
    m_turnstile.open([this](const Turnstile::Call &call) -> Result<> {
        if (call.object == u"store")
            m_storeLives = m_storeLives && m_dice.bounded(2) == 0;
        const bool happens = call.object == u"store"
            ? m_storeLives
            : call.line.endsWith(kDone) || m_dice.bounded(2) == 0;
        if (!happens)
            return fail(ErrorCode::Cancelled, u"the power went"_s);
        wrong(refusalOf(call.line));
        say(u"    in the last moment: "_s + call.line);
        return {};
    });
    flow();
    m_turnstile.close();
    m_held.clear();
    m_reference.breaks(false);
    for (auto &client : m_clients) {
        m_tally.lost += client.waits ? 1 : 0;
        client.waits = false;
    }
    if (reboot)
        m_world->reboot();
    startNode();
}

void Laboratory::upgrade()
{
    m_reference.breaks(true);
    auto stopping = m_engine->stop();
    flow();
    while (!stopping.isReady() && m_wrong.isEmpty()) {
        if (m_dice.bounded(4) == 0 || !letOne())
            turn(1s);
    }
    losePower(false);
}

void Laboratory::flow()
{
    auto *events = QAbstractEventDispatcher::instance();
    for (int quiet = 0; quiet < 2; ++quiet) {
        detail::workerPool()->waitForDone();
        if (events->processEvents(QEventLoop::AllEvents))
            quiet = -1;
        else if (m_counted->running() > 0 && events->processEvents(QEventLoop::WaitForMoreEvents))
            quiet = -1;
    }
}

Result<> Laboratory::outcomeOf(const Turnstile::Call &call)
{
    if (m_calm || call.line.startsWith(u"ledger") || call.object == u"store news")
        return {};
    const auto name = call.line.section(u' ', 0, 0);
    const bool done = call.line.endsWith(kDone);
    if (done && std::ranges::contains(kWholeCalls, name))
        return {};
    const bool out = !m_outage.isEmpty() && !done && name == m_outage;
    if (!out && m_dice.generateDouble() >= m_history.faults * (done ? 0.3 : 1))
        return {};
    m_reference.faultInjected();
    constexpr std::array kCodes { ErrorCode::Io, ErrorCode::Busy, ErrorCode::Unavailable,
        ErrorCode::Timeout, ErrorCode::Denied };
    return fail(kCodes.at(m_dice.bounded(quint32(kCodes.size()))), u"injected fault"_s);
}

// Whatever is recorded: no disk goes from under a machine that stays.
QString Laboratory::refusalOf(const QString &call) const
{
    const auto disk = call.section(u' ', 1);
    for (const auto &[id, machine] : m_world->machines.asKeyValueRange()) {
        if (call.startsWith(u"volumes.removeDisk") && machine.diskIds.contains(disk)
            && m_reference.stays(id))
            return u"about to take a disk from under machine %1: "_s.arg(id) + call;
    }
    return m_reference.allows(call);
}

bool Laboratory::letOne()
{
    const auto calls = m_turnstile.next();
    QList<qsizetype> free;
    for (qsizetype n = 0; n < calls.size(); ++n) {
        if (!m_held.contains(calls.at(n).line))
            free += n;
    }
    if (free.isEmpty())
        return false;
    const auto which = free.at(m_dice.bounded(free.size()));
    const auto &call = calls.at(which);
    const auto outcome = outcomeOf(call);
    if (outcome)
        wrong(refusalOf(call.line));
    ++m_tally.calls;
    say(u"    "_s + call.line + (outcome ? QString() : u": "_s + outcome.error().what));
    m_turnstile.let(which, outcome);
    flow();
    return true;
}

void Laboratory::turn(std::chrono::milliseconds time)
{
    if (time >= 10s)
        m_reference.timePasses();
    m_clock.advance(time);
    m_ledger.block += quint64(time / 6s);
    if (m_engine)
        m_engine->tick();
    flow();
}

void Laboratory::settle(int rounds, std::chrono::milliseconds between)
{
    m_held.clear();
    const auto drain = [this] {
        flow();
        for (int calls = 0; m_wrong.isEmpty() && letOne(); ++calls) {
            if (calls == 20000)
                wrong(u"it never comes to rest"_s);
        }
    };
    for (int round = 0; round < rounds && m_wrong.isEmpty(); ++round) {
        drain();
        for (int seconds = 0; m_engine->pendingSteps() > 0 && m_wrong.isEmpty(); ++seconds) {
            if (seconds == 600)
                wrong(u"it waits for something that does not come"_s);
            turn(1s);
            drain();
        }
        turn(between);
    }
    drain();
}

// That all contracts are gone at once is believed after a day only.
void Laboratory::settleForADay()
{
    settle(12, 10min);
    settle(14, 2h);
}

QString Laboratory::run()
{
    startNode();
    flow();
    qsizetype number = 0;
    for (const auto &step : m_history.steps) {
        ++number;
        say(m_history.textOf(step));
        m_dice.seed(step.dice);
        perform(step);
        flow();
        if (isUp() && (!m_firstLook || number % 4 == 0))
            lookAround();
        if (!m_wrong.isEmpty())
            return u"at step %1: "_s.arg(number) + m_wrong;
    }
    m_dice.seed(quint32(m_history.seed));
    endWell();
    return m_wrong.isEmpty() ? QString() : u"at the end: "_s + m_wrong;
}

void Laboratory::endWell()
{
    m_calm = true;
    m_outage.clear();
    if (m_ledger.offline) {
        m_reference.chainAway(false);
        m_ledger.goOnline();
    }
    settleForADay();
    compareWorld();
    // And what a restart makes of it is the same.
    if (!m_wrong.isEmpty())
        return;
    losePower(false);
    settle(6, 10min);
    compareWorld();
    for (const auto &key : m_reference.keys()) {
        if (const auto seen = parseSeen(m_engine->get(key.twin, key.contract))) {
            for (const auto &result : seen->results)
                ++(result.state == ResultState::Error ? m_tally.failed : m_tally.okay);
        }
    }
    if (!m_wrong.isEmpty())
        return;
    for (const auto &key : m_reference.keys())
        cancel(key, m_dice.bounded(2) == 0);
    settleForADay();
    compareWorld();
    if (!m_wrong.isEmpty())
        return;
    // The whole of the node is free again.
    const DeploymentKey key { m_clients.front().twin, ContractId(++m_lastContract) };
    const QByteArrayList workloads { Rig::network(), Rig::disk("all", 100ULL << 30),
        Rig::machine("vm", { "all" }, "10.20.2.2", 6ULL << 30) };
    Deployment deployment;
    deployment.twin = key.twin;
    deployment.contract = key.contract;
    m_clients.front().waits = false;
    Reference::Asked asked;
    const auto text = sign(deployment, workloads, key.twin);
    asked.wanted = *Deployment::fromJson(text);
    asked.sender = key.twin;
    writeContract(key, asked.wanted.challengeHex());
    ask(m_clients.front(), asked, text);
    settle(3, 10min);
    compareWorld();
    const auto seen = parseSeen(m_engine->get(key.twin, key.contract));
    for (const auto *name : { "net", "all", "vm" }) {
        if (!seen || seen->results.value(QString::fromLatin1(name)).state != ResultState::Ok)
            wrong(u"not everything of the empty node can be had: "_s
                + (seen ? seen->results.value(QString::fromLatin1(name)).message : u"refused"_s));
    }
}

void Laboratory::look(const DeploymentKey &key)
{
    const auto text = m_engine->get(key.twin, key.contract);
    const auto seen = parseSeen(text);
    if (const auto trouble = m_reference.sees(key, seen); !trouble.isEmpty())
        wrong(u"deployment %1: "_s.arg(key.text()) + trouble);
    if (!seen)
        return;
    if (m_engine->get(TwinId(key.twin.value() % 2 == 0 ? 43 : 42), key.contract))
        wrong(u"another twin reads deployment "_s + key.text());
    // A client that counts the ok entries of the newest versions sees each exactly once.
    const auto changes = Json::parse(*m_engine->changes(key.twin, key.contract));
    QMap<std::pair<QString, QByteArray>, int> okay;
    for (const auto &item : changes->items()) {
        if (item.find(u"result")->find(u"state")->string() == u"ok")
            ++okay[{ item.find(u"name")->string(), item.find(u"version")->number().toByteArray() }];
    }
    for (const auto &workload : seen->deployment.workloads) {
        const auto count = okay.value({ workload.name, QByteArray::number(workload.version) });
        const auto state = seen->results.value(workload.name).state;
        if (count > 1 || (count == 0 && isOkay(state)))
            wrong(u"changes of %1: %2 times ok of %3, which is %4"_s.arg(key.text())
                    .arg(count)
                    .arg(workload.name, stateName(state)));
    }
}

void Laboratory::lookAtList(TwinId twin)
{
    QSet<quint64> listed;
    const auto list = Json::parse(m_engine->list(twin));
    for (const auto &item : list->items())
        listed += *item.find(u"contract_id")->toUnsigned();
    for (const auto &key : m_reference.keys()) {
        if (key.twin != twin)
            continue;
        const auto seen = parseSeen(m_engine->get(twin, key.contract));
        const bool alive = seen
            && std::ranges::any_of(seen->results,
                [](const WorkloadResult &result) { return result.state != ResultState::Error; });
        if (listed.remove(key.contract.value()) != alive)
            wrong(u"the list and deployment %1 do not agree"_s.arg(key.text()));
    }
    if (!listed.isEmpty())
        wrong(u"the list shows what nobody asked for"_s);
}

void Laboratory::lookAround()
{
    m_firstLook = true;
    if (!**m_started)
        return wrong(u"the node does not start: "_s + (**m_started).error().what);
    for (const auto &key : m_reference.keys())
        look(key);
    for (quint32 n = 0; n < kTwins; ++n)
        lookAtList(TwinId(Rig::kTwin + n));
    if (m_reference.used().mru > 6_GiB)
        wrong(u"more memory is in use than there is"_s);
}

void Laboratory::compareWorld()
{
    if (!m_wrong.isEmpty())
        return;
    if (!isUp() || m_engine->pendingSteps() > 0)
        return wrong(u"it does not come to rest"_s);
    lookAround();
    for (const auto &key : m_reference.keys()) {
        if (const auto trouble = m_reference.rests(key); !trouble.isEmpty())
            wrong(u"deployment %1: "_s.arg(key.text()) + trouble);
    }
    const auto expected = m_reference.objects();
    auto found = objects();
    for (auto &line : found) {
        const auto size = line.section(u" of "_s, 1);
        const auto same = std::ranges::find_if(expected, [&](const QString &other) {
            return other.section(u" of "_s, 0, 0) == line.section(u" of "_s, 0, 0)
                && other.section(u" of "_s, 1).split(u" or "_s).contains(size);
        });
        if (same != expected.end())
            line = *same;
    }
    const QSet<QString> wanted(expected.begin(), expected.end());
    const QSet<QString> there(found.begin(), found.end());
    auto missing = QStringList((wanted - there).values());
    // A guest that ends while it is paused, or is about to be, comes back when it may run again.
    missing.removeIf([](const QString &line) { return line.endsWith(u" is paused"); });
    const auto left = QStringList((there - wanted).values());
    if (!missing.isEmpty())
        wrong(u"the machine lacks "_s + missing.join(u", "_s));
    if (!left.isEmpty())
        wrong(u"the machine still has "_s + left.join(u", "_s));
    const auto used = m_engine->usage().used;
    if (used != m_reference.used())
        wrong(u"it counts %1 bytes of memory and %2 of disks"_s.arg(used.mru.count())
                .arg(used.sru.count()));
}

QStringList Laboratory::objects() const
{
    QStringList all;
    for (const auto &[id, volume] : m_world->volumes.asKeyValueRange())
        all += u"%1 of %2"_s.arg(id).arg(volume.stored.size.count());
    for (const auto &[id, network] : m_world->networks.asKeyValueRange())
        all += u"network %1 at %2"_s.arg(id).arg(network.listenPort);
    for (const auto &[id, root] : m_world->roots.asKeyValueRange())
        all += u"root %1 of %2"_s.arg(id, root.url);
    for (const auto &tap : m_world->taps.keys())
        all += u"tap "_s + tap;
    for (const auto &[id, machine] : m_world->machines.asKeyValueRange()) {
        QStringList disks;
        for (const auto &[path, size] : machine.disks.asKeyValueRange())
            disks += QString::number(size.count());
        disks.sort();
        all += u"machine %1 with %2 CPUs, %3 bytes and disks [%4] %5"_s.arg(id)
                   .arg(machine.cpu)
                   .arg(machine.memory.count())
                   .arg(disks.join(u' '), machine.running ? u"runs"_s : u"is paused"_s);
    }
    all.sort();
    return all;
}

void Laboratory::say(const QString &what) const
{
    if (m_talks)
        std::printf("%s\n", qPrintable(what));
}

void Laboratory::wrong(const QString &what)
{
    if (!what.isEmpty() && m_wrong.isEmpty())
        m_wrong = what;
}

} // namespace zos::testing
