// SPDX-License-Identifier: Apache-2.0
#include "tests/system/crashpoints/crashlab.h"

#include "core/plan/networkplan.h"
#include "tests/support/vectors.h"
#include "tests/system/crashpoints/worldview.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QRegularExpression>

#include <cerrno>

namespace zos::testing {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto kLimit = 90s; // of an operation, with everything around it
constexpr auto kQuiet = 2s; // then nothing goes on any more
constexpr auto kLongQuiet = 25s; // the same while nothing is wrong: guests take their time
constexpr int kNeighbour = 1; // number of its network

void look(std::chrono::milliseconds often = 10ms)
{
    (void)wait(pause(often));
}

QStringList onlyMachine(const QStringList &lines)
{
    return lines.filter(QRegularExpression(u"^(?!store |history )"_s));
}

int errorFor(const FaultPoint &point)
{
    if (point.needsSpace)
        return ENOSPC;
    if (point.name.startsWith("start "))
        return ENOMEM;
    if (point.name == "receive netlink")
        return ENOBUFS;
    if (point.name == "receive libvirt")
        return ECONNRESET;
    return point.name.startsWith("send") ? EPIPE : EIO;
}

Outcome failure(const QString &what, const QStringList &lines = {})
{
    return { Verdict::Failed, (QStringList(what) + lines).join(u"\n      "_s) };
}

} // namespace

const char *nameOf(Operation operation)
{
    switch (operation) {
    case Operation::Create:
        return "create";
    case Operation::Update:
        return "update";
    case Operation::Delete:
        return "delete";
    }
    return "";
}

CrashLab::CrashLab() = default;

CrashLab::~CrashLab()
{
    if (m_node.isRunning())
        (void)m_node.stop();
}

QString CrashLab::make()
{
    if (const auto trouble = m_host.make(&m_node); !trouble.isEmpty())
        return trouble;
    const auto page = m_node.path(u"faults"_s);
    if (const auto trouble = m_faults.make(page); !trouble.isEmpty())
        return trouble;
    m_node.setVariable(u"LD_PRELOAD"_s, QStringLiteral(ZOS_FAULTS));
    m_node.setVariable(QString::fromLatin1(faults::kPageVariable), page);
    if (const auto trouble = m_node.make(); !trouble.isEmpty())
        return trouble;
    if (const auto trouble = m_node.start(); !trouble.isEmpty())
        return trouble;
    m_store = std::make_unique<StoreView>(m_node.path(u"state/deployments.sqlite"_s));
    Deployment neighbour;
    mustDeploy(networkWorkload(kNeighbour) + ',' + diskWorkload("kept", 64 << 20), &neighbour);
    // Everything once, so that image cache, folders and logs are there from now on.
    Deployment once;
    mustDeploy(examples().last().workloads(0), &once);
    if (const auto trouble = m_node.cancelContract(once.contract); !trouble.isEmpty())
        return trouble;
    const Run gone { nullptr, Operation::Delete, once, {} };
    if (const auto trouble = converge(gone); !trouble.isEmpty())
        return trouble;
    m_empty = world({});
    return {};
}

void CrashLab::mustDeploy(const QByteArray &workloads, Deployment *order)
{
    const auto made = m_node.order(workloads);
    if (!made)
        qFatal("no order: %s", qPrintable(made.error().what));
    *order = *made;
    const auto taken = m_node.call(u"zos.deployment.deploy"_s, made->toJson());
    if (!taken)
        qFatal("without a fault it is refused: %s", qPrintable(taken.error().what));
    const Run run { nullptr, Operation::Create, *made, {} };
    const auto trouble = converge(run);
    if (!trouble.isEmpty() || !m_store->of(made->contract).allOk)
        qFatal("without a fault it fails: %s %s", qPrintable(trouble),
            qPrintable(m_store->of(made->contract).results));
}

// ---- one operation

CrashLab::Run CrashLab::prepare(const Example &example, Operation operation)
{
    Run run { &example, operation, {}, {} };
    if (operation != Operation::Create) {
        mustDeploy(example.workloads(0), &run.order);
        return run;
    }
    const auto order = m_node.order(example.workloads(0));
    if (!order)
        qFatal("no order: %s", qPrintable(order.error().what));
    run.order = *order;
    return run;
}

void CrashLab::begin(Run &run)
{
    switch (run.operation) {
    case Operation::Create:
        run.answer = m_node.callLater(u"zos.deployment.deploy"_s, run.order.toJson());
        break;
    case Operation::Update: {
        const auto next
            = m_node.nextOrder(run.order, run.example->workloads(1), run.example->second.keys());
        if (!next)
            qFatal("no new version: %s", qPrintable(next.error().what));
        run.order = *next;
        run.answer = m_node.callLater(u"zos.deployment.update"_s, run.order.toJson());
        break;
    }
    case Operation::Delete:
        if (const auto trouble = m_node.cancelContract(run.order.contract); !trouble.isEmpty())
            qFatal("the contract is not cancelled: %s", qPrintable(trouble));
        break;
    }
}

bool CrashLab::isStored(const Run &run) const
{
    const auto state = m_store->of(run.order.contract);
    return state.stored && state.version == run.order.version;
}

bool CrashLab::isDone(const Run &run) const
{
    const auto state = m_store->of(run.order.contract);
    return state.settled && (run.operation == Operation::Delete) == state.ended
        && (state.ended || state.version == run.order.version);
}

void CrashLab::watch(const Run &run)
{
    const QDeadlineTimer limit(kLimit);
    QElapsedTimer quiet;
    quiet.start();
    int seen = m_faults.count();
    while (m_node.isRunning() && !limit.hasExpired()) {
        if (run.isRefused() || (isDone(run) && (run.isAccepted() || !run.answer)))
            return;
        if (const int now = m_faults.count(); now != seen) {
            seen = now;
            quiet.restart();
        }
        // An answer is waited for: it says whether it counts as accepted.
        const auto enough = m_faults.hit() ? kQuiet / 2 : kLongQuiet;
        if (quiet.durationElapsed() > enough && (!run.answer || run.answer->has_value()))
            return;
        look();
    }
}

void CrashLab::waitQuiet()
{
    const QDeadlineTimer limit(kLimit);
    QElapsedTimer quiet;
    quiet.start();
    for (int seen = m_faults.count(); !limit.hasExpired() && quiet.durationElapsed() < 2 * kQuiet;
        look()) {
        if (const int now = m_faults.count(); now != seen) {
            seen = now;
            quiet.restart();
        }
    }
}

void CrashLab::waitRestored(ContractId contract)
{
    const auto query = "{\"contract_id\":" + contract.text().toLatin1() + '}';
    const QDeadlineTimer limit(kLimit);
    for (waitQuiet(); !limit.hasExpired(); waitQuiet()) {
        const auto status = m_node.call(u"zos.deployment.status"_s, query);
        if (status && QJsonDocument::fromJson(*status)[u"next_retry"].isNull())
            return;
        m_faults.advance(11s); // a retry comes after 10 s
        m_node.callLater(u"zos.system.version"_s, "null");
    }
}

QString CrashLab::converge(const Run &run)
{
    const QDeadlineTimer limit(kLimit);
    QElapsedTimer quiet;
    quiet.start();
    QString seen;
    while (!isDone(run)) {
        if (!m_node.isRunning())
            return u"the node ended: "_s + m_node.log();
        const auto state = m_store->of(run.order.contract);
        if (limit.hasExpired())
            return u"it is not done: %1"_s.arg(state.results);
        if (const auto now = state.results + QString::number(state.deleting); now != seen) {
            seen = now;
            quiet.restart();
        }
        // Retries come after 10 s, of removals after 1 min; the ledger is compared each 10 min.
        if (quiet.durationElapsed() > kQuiet && run.example) {
            m_advanced = true;
            m_faults.advance(state.removing || state.deleting ? 61s
                    : run.operation == Operation::Delete      ? 601s
                                                              : 11s);
            m_node.callLater(u"zos.system.version"_s, "null"); // wakes it, to look at its clock
            quiet.restart();
        }
        look();
    }
    return {};
}

QString CrashLab::revive(Run &run, std::optional<quint32> killAgain)
{
    const bool promised = run.isAccepted();
    if (killAgain) {
        m_faults.arm(faults::Action::KillBefore, FaultPoint { {}, *killAgain, false });
        const auto ended = m_node.start();
        m_faults.disarm();
        if (!m_faults.hit() && !ended.isEmpty())
            return ended;
        if (m_faults.hit() && !m_node.waitKilled())
            return u"it was not killed while it started"_s;
        m_killedTwice += m_faults.hit() ? 1 : 0;
    }
    if (!m_node.isRunning()) {
        if (const auto trouble = m_node.start(); !trouble.isEmpty())
            return trouble;
    }
    if (run.operation == Operation::Delete || isStored(run))
        return {};
    if (promised)
        return u"it was acknowledged and is lost"_s;
    const auto command = run.operation == Operation::Create ? u"zos.deployment.deploy"_s
                                                            : u"zos.deployment.update"_s;
    const auto again = m_node.call(command, run.order.toJson());
    return again ? QString() : u"sent again it is refused: "_s + again.error().what;
}

// ---- what has become of it

// Without what the node makes for a moment to test itself, two minutes after its first start.
QStringList CrashLab::machine()
{
    const QString own[] = { networkId(TwinId(0), u"selftest"), u"0-0-selftest"_s };
    const auto tests = [&own](const QString &line) {
        return std::ranges::any_of(own, [&line](const QString &id) { return line.contains(id); });
    };
    const QDeadlineTimer limit(kLimit);
    auto lines = takeMachine(m_node.path(u"state"_s));
    while (std::ranges::any_of(lines, tests) && !limit.hasExpired()) {
        look(200ms);
        lines = takeMachine(m_node.path(u"state"_s));
    }
    return lines;
}

QStringList CrashLab::world(ContractId contract)
{
    auto lines = machine();
    auto statistics = m_node.callLater(u"zos.statistics.get"_s, "null");
    auto ports = m_node.callLater(u"zos.network.list_wg_ports"_s, "null");
    const QDeadlineTimer limit(20s);
    while (!(statistics->has_value() && ports->has_value()) && !limit.hasExpired())
        look();
    for (const auto &[name, answer] :
        { std::pair { u"capacity"_s, statistics }, std::pair { u"ports"_s, ports } }) {
        if (!answer->has_value() || !**answer)
            qFatal("the node does not say its %s: %s\n%s", qPrintable(name),
                qPrintable(answer->has_value() ? (**answer).error().what : u"no answer"_s),
                qPrintable(m_node.log()));
        auto text = QString::fromUtf8(***answer);
        static const QRegularExpression passing(
            u",?\"(last_deployment_timestamp|open_connections)\":\\d+"_s);
        lines += name + u' ' + text.remove(passing);
    }
    lines += m_store->lines(contract);
    return withoutNumbers(lines, m_node.user().text(), contract.text());
}

QStringList CrashLab::unlike(const QStringList &wanted, ContractId contract)
{
    constexpr int kLooks = 4; // something may be just on its way
    for (int looks = 1;; ++looks) {
        auto found = differences(wanted, world(contract));
        found.removeIf([this](const QString &line) { return m_scars.contains(line); });
        if (found.isEmpty() || looks == kLooks)
            return found;
        look(400ms);
    }
}

// The machine as it is with just these workloads of the example.
QStringList CrashLab::machineOf(const Example &example, const QMap<QString, quint32> &workloads)
{
    QString key = QString::fromLatin1(example.name);
    QByteArrayList texts;
    for (const auto &[name, version] : workloads.asKeyValueRange()) {
        key += u" %1.%2"_s.arg(name).arg(version);
        const bool newer = version > 0 && example.second.contains(name);
        texts += newer ? example.second.value(name) : example.first.value(name);
    }
    if (texts.isEmpty())
        return onlyMachine(m_empty);
    if (!m_machines.contains(key)) {
        Deployment made;
        mustDeploy(texts.join(','), &made);
        m_machines.insert(key, onlyMachine(world(made.contract)));
        const Run gone { nullptr, Operation::Delete, made, {} };
        (void)m_node.cancelContract(made.contract);
        if (const auto trouble = converge(gone); !trouble.isEmpty())
            qFatal("%s", qPrintable(trouble));
    }
    return m_machines.value(key);
}

const Reference &CrashLab::reference(const Example &example, Operation operation)
{
    const QByteArray key = example.name + ' ' + nameOf(operation);
    if (m_references.contains(key))
        return m_references[key];
    Reference made;
    auto run = prepare(example, operation);
    made.before = world(run.order.contract);
    m_faults.arm();
    begin(run);
    watch(run);
    m_faults.disarm();
    made.points = m_faults.passed(faults::Kind::Change);
    made.reads = m_faults.passed(faults::Kind::Read);
    if (!isDone(run))
        qFatal("without a fault %s is not done: %s", key.constData(),
            qPrintable(m_store->of(run.order.contract).results));
    made.after = world(run.order.contract);
    made.fine = m_store->of(run.order.contract).fine;
    const auto tidy = tidied(run, { Verdict::Equal, {} });
    if (tidy.verdict != Verdict::Equal)
        qFatal("without a fault %s leaves something: %s", key.constData(), qPrintable(tidy.why));
    m_references.insert(key, made);
    return m_references[key];
}

Outcome CrashLab::concluded(const Run &run, bool mayFail)
{
    const auto &wanted = reference(*run.example, run.operation);
    const auto state = m_store->of(run.order.contract);
    const bool kept = run.isRefused() && !isStored(run);
    if (kept) {
        const auto told = (*run.answer)->error().what;
        const auto left = unlike(
            run.operation == Operation::Create ? m_empty : wanted.before, run.order.contract);
        return tidied(run,
            mayFail && left.isEmpty()
                ? Outcome { Verdict::Clean, told }
                : failure(u"refused (%1), and something is left"_s.arg(told), left));
    }
    if (!mayFail || run.operation == Operation::Delete || state.fine == wanted.fine) {
        const auto left = unlike(wanted.after, run.order.contract);
        return tidied(run,
            left.isEmpty() ? Outcome { Verdict::Equal, {} }
                           : failure(u"it is not as without the fault: "_s + state.results, left));
    }
    // What was not changed after all may have to be started again, after its user was told.
    waitRestored(run.order.contract);
    const auto now = onlyMachine(world(run.order.contract));
    const auto outcome = tidied(run, { Verdict::Clean, state.results });
    if (outcome.verdict == Verdict::Failed)
        return outcome;
    const auto left = differences(machineOf(*run.example, state.fine), now);
    return left.isEmpty()
        ? outcome
        : failure(u"an error, and something is half done: "_s + state.results, left);
}

Outcome CrashLab::tidied(const Run &run, Outcome outcome)
{
    if (run.operation != Operation::Delete) {
        if (const auto trouble = m_node.cancelContract(run.order.contract); !trouble.isEmpty())
            return failure(u"the contract is not cancelled: "_s + trouble);
        const auto state = m_store->of(run.order.contract);
        const Run gone { run.example, Operation::Delete, run.order, {} };
        if (const auto trouble = state.stored ? converge(gone) : QString(); !trouble.isEmpty())
            return failure(u"the contract is cancelled, and "_s + trouble);
    }
    // Without its history: that of another contract is not in the empty world.
    const auto left = unlike(m_empty, {});
    m_scars += left;
    if (!left.isEmpty() && outcome.verdict != Verdict::Failed)
        return failure(u"the contract is over, and this is left"_s, left);
    return outcome;
}

// ---- faults

Outcome CrashLab::killed(const Example &example, Operation operation, const FaultPoint &point,
    bool after, std::optional<quint32> again)
{
    (void)reference(example, operation);
    auto run = prepare(example, operation);
    m_faults.arm(after ? faults::Action::KillAfter : faults::Action::KillBefore, point);
    begin(run);
    watch(run);
    m_faults.disarm();
    if (!m_faults.hit())
        return tidied(run, { Verdict::NotReached, {} });
    if (!m_node.waitKilled())
        return failure(u"it was not killed"_s);
    QElapsedTimer clock;
    clock.start();
    m_advanced = false;
    if (const auto trouble = revive(run, again); !trouble.isEmpty())
        return tidied(run, failure(trouble));
    if (const auto trouble = converge(run); !trouble.isEmpty())
        return tidied(run, failure(trouble));
    if (!m_advanced && !again)
        m_restarts += double(clock.elapsed());
    return concluded(run, false);
}

Outcome CrashLab::refused(const Example &example, Operation operation, const FaultPoint &point)
{
    (void)reference(example, operation);
    auto run = prepare(example, operation);
    m_faults.arm(faults::Action::Fail, point, errorFor(point));
    begin(run);
    watch(run);
    m_faults.disarm();
    if (!m_faults.hit())
        return tidied(run, { Verdict::NotReached, {} });
    if (!m_node.isRunning()) {
        const auto log = m_node.log();
        return failure(u"the node died of it"_s, { m_node.start(), log });
    }
    if (run.isRefused() && isStored(run))
        return tidied(run, failure(u"refused (%1), and stored"_s.arg((*run.answer)->error().what)));
    if (!run.isRefused()) {
        if (const auto trouble = converge(run); !trouble.isEmpty())
            return tidied(run, failure(trouble));
    }
    return concluded(run, true);
}

Outcome CrashLab::full(const Example &example, Operation operation, const FaultPoint &point)
{
    (void)reference(example, operation);
    auto run = prepare(example, operation);
    m_faults.arm(faults::Action::Full, point);
    begin(run);
    watch(run);
    const bool hit = m_faults.hit();
    m_faults.disarm(); // somebody made room
    if (!hit)
        return tidied(run, { Verdict::NotReached, {} });
    if (!m_node.isRunning()) {
        const auto log = m_node.log();
        return failure(u"the node died of it"_s, { m_node.start(), log });
    }
    if (run.isRefused() && isStored(run))
        return tidied(run, failure(u"refused (%1), and stored"_s.arg((*run.answer)->error().what)));
    if (run.isRefused()) {
        // The same request, without a restart.
        const auto command = operation == Operation::Create ? u"zos.deployment.deploy"_s
                                                            : u"zos.deployment.update"_s;
        const auto again = m_node.call(command, run.order.toJson());
        if (!again)
            return tidied(
                run, failure(u"there is space again, and it is refused: "_s + again.error().what));
        run.answer.reset();
    }
    if (const auto trouble = converge(run); !trouble.isEmpty())
        return tidied(run, failure(trouble));
    return concluded(run, true);
}

} // namespace zos::testing
