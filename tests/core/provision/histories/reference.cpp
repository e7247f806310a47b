// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/histories/reference.h"

#include "core/model/network.h"
#include "core/model/zmachine.h"
#include "core/model/zmount.h"
#include "core/plan/networkplan.h"

#include <algorithm>

namespace zos::testing {

using namespace Qt::StringLiterals;

namespace {

QString refusalOf(const QString &text)
{
    static const QList<std::pair<QString, QString>> words {
        { u"injected"_s, u"fault"_s },
        { u"shutting down"_s, u"stop"_s },
        { u"was not begun"_s, u"stop"_s },
        { u"was abandoned"_s, u"stop"_s },
        { u"cancelled"_s, u"stop"_s },
        { u"did not finish within"_s, u"time"_s },
        { u"the chain cannot be reached"_s, u"chain"_s },
        { u"failed to get public key"_s, u"chain"_s },
        { u"contract not found"_s, u"contract"_s },
        { u"contract is not active"_s, u"ended"_s },
        { u"contract hash does not match"_s, u"hash"_s },
        { u"global workload with the same name"_s, u"name"_s },
        { u"another update of this deployment"_s, u"busy"_s },
        { u"deployment does not exist"_s, u"absent"_s },
        { u"memory size"_s, u"memory"_s },
        { u"not enough space left in pools"_s, u"disk"_s },
        { u"is still used by machine"_s, u"use"_s },
        { u"failed to get mount"_s, u"use"_s },
        { u"upgrade validation error"_s, u"version"_s },
    };
    if (text == u"exists")
        return u"exists"_s;
    for (const auto &[part, reason] : words) {
        if (text.contains(part))
            return reason;
    }
    return u"?"_s;
}

QSet<QString> networksOf(const Deployment &deployment)
{
    QSet<QString> names;
    for (const auto &workload : deployment.workloads) {
        if (workload.type == u"network")
            names += workload.name;
    }
    return names;
}

bool usesNetwork(const Workload &workload, const QString &network)
{
    const auto *machine = workload.as<ZMachine>();
    return machine
        && std::ranges::any_of(machine->interfaces,
            [&network](const MachineInterface &card) { return card.network == network; });
}

} // namespace

int Reference::asks(const Asked &asked)
{
    const int number = int(m_requests.size()) + 1;
    m_requests.insert(number, { asked, ++m_events, false, {} });
    auto &entry = m_entries[{ asked.wanted.twin, asked.wanted.contract }];
    entry.open += number;
    entry.blind |= m_away;
    collectReasons();
    return number;
}

void Reference::collectReasons()
{
    for (auto &request : m_requests) {
        if (!request.answered)
            request.reasons += reasonsNow(request);
    }
}

void Reference::everything(
    int since, const std::function<void(const DeploymentKey &, const Workload &)> &call) const
{
    for (const auto &[key, entry] : m_entries.asKeyValueRange()) {
        // What is gone may be asked for once more: then that request has its names as long as it is
        // looked at.
        const bool gone = entry.gone && entry.goneAt < since;
        for (const auto &version : gone ? QList<Deployment>() : entry.sure) {
            for (const auto &workload : version.workloads)
                call(key, workload);
        }
        for (const auto number : entry.open) {
            for (const auto &workload : m_requests.value(number).asked.wanted.workloads)
                call(key, workload);
        }
    }
}

Bytes Reference::surelyFree(Bytes used) const
{
    // However the used part lies on the two pools.
    const auto first = m_limits.pools.at(0);
    const auto second = m_limits.pools.at(1);
    return used <= second ? std::max(first, second) - used
                          : Bytes((first + second - used).count() / 2);
}

QSet<QString> Reference::reasonsNow(const Request &request) const
{
    QSet<QString> reasons;
    const auto &wanted = request.asked.wanted;
    const DeploymentKey key { wanted.twin, wanted.contract };
    const auto &entry = m_entries.value(key);
    const auto chain = m_chain.value(wanted.contract);
    const bool rival = std::ranges::any_of(entry.open, [&](int number) {
        return m_requests.value(number).asked.wanted.toJson() != wanted.toJson();
    });
    const auto note = [&reasons](bool holds, const char *reason) {
        if (holds)
            reasons += QString::fromLatin1(reason);
    };
    note(m_faults, "fault");
    note(m_stopping, "stop");
    note(m_timePassed, "time");
    note(m_away || m_timePassed, "chain");
    note(!chain.alive, "contract");
    note(entry.ended, "ended");
    note(chain.hash != wanted.challengeHex(), "hash");
    note(entry.open.size() > 1, "busy");
    note(!entry.sure.isEmpty() || entry.open.size() > 1, "exists");
    note(entry.sure.isEmpty() || entry.ended, "absent");
    note(request.asked.guessed || rival || entry.sure.isEmpty()
            || wanted.version != entry.sure.last().version + 1,
        "version");
    const auto mounts = [&](const Deployment &version) {
        for (const auto &workload : version.workloads) {
            const auto *machine = wanted.find(workload.name) ? workload.as<ZMachine>() : nullptr;
            for (const auto &mount : machine ? machine->mounts : QList<MachineMount>())
                note(!wanted.find(mount.name), "use");
        }
    };
    mounts(wanted);
    std::ranges::for_each(entry.sure, mounts);
    for (const auto number : entry.open)
        mounts(m_requests.value(number).asked.wanted);
    const auto names = networksOf(wanted);
    const auto dropped
        = entry.sure.isEmpty() ? QSet<QString>() : networksOf(entry.sure.last()) - names;
    QMap<std::pair<DeploymentKey, QString>, Capacity> most; // that each name ever asked
    everything(m_events + 1, [&](const DeploymentKey &other, const Workload &workload) {
        auto &sum = most[{ other, workload.name }];
        sum.mru = std::max(sum.mru, workload.capacity().mru);
        sum.sru = std::max(sum.sru, workload.capacity().sru);
        note(other.twin == key.twin && other != key && workload.type == u"network"
                && names.contains(workload.name),
            "name");
        for (const auto &network : dropped)
            note(other.twin == key.twin && usesNetwork(workload, network), "use");
    });
    Capacity others;
    for (const auto &capacity : std::as_const(most))
        others += capacity;
    // Its own is among them. What a change brings back under an old name may need room beside what
    // is still being removed.
    const auto asked = wanted.capacity();
    const auto more = request.asked.create ? Capacity() : asked;
    note(others.mru + more.mru > m_limits.memory, "memory");
    note(asked.sru > surelyFree(others.sru + more.sru - asked.sru), "disk");
    return reasons;
}

QString Reference::answers(int number, const Result<> &outcome)
{
    collectReasons();
    auto &request = m_requests[number];
    if (request.answered)
        return {}; // of an earlier life of the node: nobody heard it
    const DeploymentKey key { request.asked.wanted.twin, request.asked.wanted.contract };
    auto &entry = m_entries[key];
    if (m_stopping && !outcome)
        return {}; // may be in the store all the same
    request.answered = true;
    const bool seen = !entry.open.contains(number);
    entry.open.remove(number);
    if (outcome) {
        if (!mayBeAccepted(entry, request.asked))
            return u"accepted although it has a flaw: "_s + request.asked.flaw;
        if (!seen)
            accept(key, number);
        return {};
    }
    if (seen)
        return u"refused and still seen in force: "_s + outcome.error().what;
    if (!request.asked.flaw.isEmpty() && outcome.error().what.contains(request.asked.flaw))
        return {};
    const auto reason = refusalOf(outcome.error().what);
    return request.reasons.contains(reason)
        ? QString()
        : u"refused without a reason ("_s + reason + u"): "_s + outcome.error().what;
}

void Reference::accept(const DeploymentKey &key, int number)
{
    auto &entry = m_entries[key];
    const auto request = m_requests.value(number);
    const auto &wanted = request.asked.wanted;
    entry.open.remove(number);
    entry.sure += wanted;
    entry.fates.removeIf([&wanted](const auto &fate) { return !wanted.find(fate.key()); });
    for (const auto &workload : wanted.workloads) {
        if (workload.version == wanted.version)
            entry.fates[workload.name].asked = request.since;
    }
}

void Reference::breaks(bool politely)
{
    for (auto &request : m_requests)
        request.answered = request.answered || !politely;
    m_stopping = politely;
}

void Reference::writes(ContractId contract, const QString &hash)
{
    m_chain[contract].hash = hash;
    m_chain[contract].alive = true;
    collectReasons();
}

void Reference::ends(ContractId contract)
{
    m_chain[contract].alive = false;
    for (auto &&[key, entry] : m_entries.asKeyValueRange())
        entry.ended = entry.ended || key.contract == contract;
    collectReasons();
}

void Reference::pauses(ContractId contract, bool paused)
{
    m_chain[contract].paused = paused;
    m_chain[contract].everPaused |= paused;
}

bool Reference::mayBeAccepted(const Entry &entry, const Asked &asked) const
{
    return asked.flaw.isEmpty() || (entry.blind && asked.flaw.contains(u"hash"));
}

void Reference::timePasses()
{
    m_timePassed = true;
    for (auto &entry : m_entries)
        entry.blind |= !entry.open.isEmpty();
    collectReasons();
}

void Reference::chainAway(bool away)
{
    m_away = away;
    for (auto &entry : m_entries)
        entry.blind |= away && !entry.open.isEmpty();
    collectReasons();
}

bool Reference::matches(const Entry &entry, const Deployment &shown, const Deployment &wanted,
    const Deployment *next) const
{
    if (shown.version != wanted.version || shown.metadata != wanted.metadata
        || (shown.workloads.size() != wanted.workloads.size() && !entry.ended))
        return false;
    qsizetype place = 0;
    for (const auto &workload : shown.workloads) {
        // In the order asked for; at its end one by one is gone.
        while (entry.ended && place < wanted.workloads.size()
            && workload.name != wanted.workloads.at(place).name)
            ++place;
        if (place == wanted.workloads.size() || workload.name != wanted.workloads.at(place++).name)
            return false;
        // In the newest form or in one it had before.
        const auto same = [&workload](const Deployment &version) {
            const auto *other = version.find(workload.name);
            return other && other->version == workload.version && other->type == workload.type
                && other->data == workload.data;
        };
        if (!(next && same(*next)) && !std::ranges::any_of(entry.sure, same))
            return false;
    }
    return true;
}

QString Reference::sees(const DeploymentKey &key, const std::optional<Seen> &seen)
{
    auto &entry = m_entries[key];
    // Requests that were lost with the node are in force by the time it answers again, or never.
    const auto forget = [&] {
        entry.open.removeIf([this](int number) { return m_requests.value(number).answered; });
    };
    if (!seen) {
        if (!entry.sure.isEmpty() && !entry.ended)
            return u"it is lost"_s;
        if (!entry.gone && !entry.sure.isEmpty()) {
            entry.gone = true;
            entry.goneAt = ++m_events;
        }
        forget();
        return {};
    }
    if (entry.gone)
        return u"it came back after its end"_s;
    if (entry.sure.isEmpty() || !matches(entry, seen->deployment, entry.sure.last(), nullptr)) {
        const auto expected = entry.sure.isEmpty() ? 0 : entry.sure.last().version + 1;
        int found = 0;
        // Of equal ones that of which nobody will ever hear: it was first.
        auto numbers = entry.open.values();
        std::ranges::sort(numbers, std::greater());
        for (const auto number : std::as_const(numbers)) {
            const auto asked = m_requests.value(number).asked;
            if (mayBeAccepted(entry, asked) && asked.create == entry.sure.isEmpty()
                && asked.wanted.version == expected
                && matches(entry, seen->deployment, asked.wanted, &asked.wanted))
                found = number;
        }
        if (found == 0)
            return u"it is in no state that was asked for: version %1"_s.arg(
                seen->deployment.version);
        accept(key, found);
    }
    forget();
    if (entry.ended)
        entry.fates.removeIf(
            [&seen](const auto &fate) { return !seen->results.contains(fate.key()); });
    for (const auto &workload : seen->deployment.workloads) {
        const auto wrong = seesWorkload(key, entry, workload, seen->results.value(workload.name));
        if (!wrong.isEmpty())
            return workload.name + u": "_s + wrong;
    }
    return {};
}

QString Reference::seesWorkload(
    const DeploymentKey &key, Entry &entry, const Workload &shown, const WorkloadResult &result)
{
    auto &fate = entry.fates[shown.name];
    if (shown.version < fate.version)
        return u"its version went back"_s;
    const bool other = shown.version != fate.version;
    switch (result.state) {
    case ResultState::Ok:
    case ResultState::Paused:
        if (fate.failed && !other)
            return u"okay after an error that was the end of it"_s;
        if (result.state == ResultState::Paused && !m_chain.value(key.contract).everPaused)
            return u"paused, and nobody wants that"_s;
        if (!std::exchange(fate.wasOkay, true))
            fate.okay = ++m_events;
        fate.failed = false;
        break;
    case ResultState::Error:
        if (entry.ended && (m_faults || m_timePassed) && !result.message.isEmpty())
            return {}; // it resists its removal
        if (fate.wasOkay)
            return u"what ran became an error: "_s + result.message;
        if (!failsRightly(key, entry, shown, result.message))
            return u"an error without a reason: '%1'"_s.arg(result.message);
        fate.failed = true;
        break;
    case ResultState::Init:
        if (fate.failed && !other)
            return u"begun again after an error"_s;
        fate.failed = false;
        break;
    default:
        return u"shown as "_s + stateName(result.state);
    }
    fate.version = shown.version;
    fate.result = result;
    return {};
}

bool Reference::failsRightly(const DeploymentKey &key, const Entry &entry, const Workload &workload,
    const QString &message) const
{
    bool sameAddress = false;
    bool samePort = false;
    bool network = false; // surely there
    Capacity all;
    const auto *machine = workload.as<ZMachine>();
    const auto *net = workload.as<Network>();
    everything(entry.fates.value(workload.name).asked,
        [&](const DeploymentKey &other, const Workload &one) {
            all += one.capacity();
            if (other == key && one.name == workload.name)
                return;
            const auto *rival = one.as<ZMachine>();
            sameAddress = sameAddress
                || (machine && rival && other.twin == key.twin
                    && rival->interfaces.first().ip == machine->interfaces.first().ip);
            const auto *wire = one.as<Network>();
            samePort = samePort
                || (net && wire && wire->wireguardListenPort == net->wireguardListenPort);
        });
    if (machine) {
        for (const auto &[other, one] : m_entries.asKeyValueRange()) {
            const auto name = machine->interfaces.first().network;
            network = network
                || (other.twin == key.twin && holds(other, name)
                    && one.fates.value(name).okay < entry.fates.value(workload.name).asked);
        }
    }
    if (message.contains(u"injected"))
        return m_faults;
    if (message.contains(u"did not finish within"))
        return m_timePassed;
    if (message.contains(u"growing the disk: not enough space"))
        return all.sru > m_limits.pools.last(); // a disk stays in its pool
    if (message.contains(u"not enough space left in pools"))
        return workload.capacity().sru > surelyFree(all.sru - workload.capacity().sru);
    if (message.contains(u"already in use"))
        return samePort;
    if (message.contains(u"is used by another machine"))
        return sameAddress;
    if (message.contains(u"could not get network resource subnet"))
        return !network || m_faults || m_timePassed;
    if (message.contains(u"invalid disk")) {
        return std::ranges::any_of(machine->mounts, [&](const MachineMount &mount) {
            const auto disk = entry.fates.value(mount.name);
            return !disk.wasOkay || disk.okay > entry.fates.value(workload.name).asked;
        });
    }
    if (message.contains(u"contract hash does not match")
        || message.contains(u"contract not found"))
        return entry.blind;
    if (message.contains(u"growing the root volume: not enough space"))
        return all.sru > m_limits.pools.last();
    if (message.contains(u"not safe to shrink"))
        return workload.type == u"zmount";
    return false;
}

bool Reference::holds(const DeploymentKey &key, const QString &name) const
{
    const auto entry = m_entries.constFind(key);
    if (entry == m_entries.cend() || entry->ended || entry->gone || entry->sure.isEmpty()
        || !entry->sure.last().find(name) || !entry->fates.value(name).wasOkay)
        return false;
    return std::ranges::none_of(
        entry->open, [&](int number) { return !m_requests.value(number).asked.wanted.find(name); });
}

bool Reference::stays(const QString &id) const
{
    return std::ranges::any_of(m_entries.asKeyValueRange(), [&](const auto &one) {
        const auto &[key, entry] = one;
        return std::ranges::any_of(entry.fates.keys(), [&](const QString &name) {
            return id == workloadId(key.twin, key.contract, name) && holds(key, name);
        });
    });
}

bool Reference::networkIsUsed(const DeploymentKey &key) const
{
    for (const auto &network : networksOf(m_entries.value(key).sure.last())) {
        for (const auto &[other, entry] : m_entries.asKeyValueRange()) {
            for (const auto &name : entry.fates.keys()) {
                const auto *machine = asAccepted(entry, name);
                if (other.twin == key.twin && !entry.ended && machine
                    && usesNetwork(*machine, network)
                    && entry.fates.value(name).result.state != ResultState::Error)
                    return true;
            }
        }
    }
    return false;
}

QString Reference::allows(const QString &call) const
{
    const auto what = call.section(u' ', 0, 0);
    auto subject = call.section(u' ', 1);
    if (subject.startsWith(u"rootfs:"))
        subject.remove(0, 7);
    static const QSet<QString> ends { u"volumes.removeDisk"_s, u"volumes.removeVolume"_s,
        u"machines.destroy"_s, u"images.unmountRoot"_s, u"networks.remove"_s,
        u"networks.removeTap"_s };
    const bool stops = what == u"machines.stop";
    if (!ends.contains(what) && !stops)
        return {};
    for (const auto &[key, entry] : m_entries.asKeyValueRange()) {
        for (const auto &name : entry.fates.keys()) {
            if (!holds(key, name))
                continue;
            const auto id = workloadId(key.twin, key.contract, name);
            const auto *machine = entry.sure.last().find(name)->as<ZMachine>();
            if (stops && isChanged(entry, name))
                continue;
            if (subject == id || subject == networkId(key.twin, name)
                || (machine && subject == tapName(id, machine->interfaces.first().network)))
                return u"about to take away what is in use: "_s + call;
        }
    }
    return {};
}

// Somebody asked for another form of it.
bool Reference::isChanged(const Entry &entry, const QString &name) const
{
    QSet<QByteArray> forms;
    const auto note = [&](const Deployment &version) {
        if (const auto *workload = version.find(name))
            forms += workload->data;
    };
    std::ranges::for_each(entry.sure, note);
    for (const auto number : entry.open)
        note(m_requests.value(number).asked.wanted);
    return forms.size() > 1;
}

QString Reference::rests(const DeploymentKey &key) const
{
    const auto &entry = m_entries.value(key);
    if (!entry.open.isEmpty())
        return u"a request was never answered"_s;
    if (entry.sure.isEmpty())
        return {};
    if (entry.ended)
        return entry.gone || networkIsUsed(key) ? QString()
                                                : u"its contract ended and it is still there"_s;
    for (const auto &workload : entry.sure.last().workloads) {
        const auto fate = entry.fates.value(workload.name);
        const auto &result = fate.result;
        if (result.state == ResultState::Init)
            return workload.name + u" is still not begun: "_s + result.message;
        if (result.state == ResultState::Error)
            continue;
        const bool paused = m_chain.value(key.contract).paused;
        if (paused != (result.state == ResultState::Paused))
            return workload.name + u" is "_s + stateName(result.state) + u" at rest"_s;
        // An update of it that did not work out says why.
        const auto said = paused && result.message == u"paused" ? QString() : result.message;
        // What differs in nothing but an older version number is untouched. And what says something
        // tells of an update that did not work out, perhaps of an earlier one.
        const auto told = [&](const Deployment &version) {
            const auto *form = version.find(workload.name);
            return form && failsRightly(key, entry, *form, said);
        };
        // A pause says its own, and its end nothing: what was said before is lost with them.
        const bool silent = m_chain.value(key.contract).everPaused
            || (fate.version >= workload.version
                && asAccepted(entry, workload.name)->data == workload.data);
        const bool fine = said.isEmpty() ? silent : std::ranges::any_of(entry.sure, told);
        if (!fine && !paused)
            return u"%1 is of version %2 instead of %3 and says '%4'"_s.arg(workload.name)
                .arg(fate.version)
                .arg(workload.version)
                .arg(result.message);
    }
    return {};
}

QStringList Reference::objects() const
{
    QStringList all;
    for (const auto &[key, entry] : m_entries.asKeyValueRange()) {
        if (entry.gone || entry.sure.isEmpty())
            continue;
        for (const auto &[name, fate] : entry.fates.asKeyValueRange()) {
            if (!isOkay(fate.result.state))
                continue;
            const auto *workload = asAccepted(entry, name);
            const auto id = workloadId(key.twin, key.contract, name);
            if (const auto *disk = workload->as<ZMount>())
                all += u"disk %1 of %2"_s.arg(id).arg(disk->size.count());
            if (const auto *net = workload->as<Network>())
                all += u"network %1 at %2"_s.arg(networkId(key.twin, name))
                           .arg(net->wireguardListenPort);
            if (const auto *machine = workload->as<ZMachine>()) {
                all += u"volume rootfs:%1 of %2"_s.arg(id, rootSizes(entry, *workload));
                all += u"root %1 of %2"_s.arg(id, machine->flist);
                all += u"tap %1"_s.arg(tapName(id, machine->interfaces.first().network));
                QStringList disks;
                for (const auto &mount : machine->mounts)
                    disks += QString::number(
                        asAccepted(entry, mount.name)->as<ZMount>()->size.count());
                disks.sort();
                all += u"machine %1 with %2 CPUs, %3 bytes and disks [%4] %5"_s.arg(id)
                           .arg(machine->cpu)
                           .arg(machine->memory.count())
                           .arg(disks.join(u' '),
                               fate.result.state == ResultState::Ok ? u"runs"_s : u"is paused"_s);
            }
        }
    }
    all.sort();
    return all;
}

// A root keeps what it once had, also of a version that did not come into force.
QString Reference::rootSizes(const Entry &entry, const Workload &machine)
{
    const auto least = machine.as<ZMachine>()->rootSize();
    QStringList sizes { QString::number(least.count()) };
    for (const auto &version : entry.sure) {
        const auto *other = version.find(machine.name);
        const auto *data = other ? other->as<ZMachine>() : nullptr;
        if (data && data->rootSize() > least)
            sizes += QString::number(data->rootSize().count());
    }
    sizes.removeDuplicates();
    return sizes.join(u" or "_s);
}

std::optional<Deployment> Reference::inForce(const DeploymentKey &key) const
{
    const auto entry = m_entries.constFind(key);
    if (entry == m_entries.cend() || entry->sure.isEmpty() || entry->gone)
        return {};
    return entry->sure.last();
}

Capacity Reference::used() const
{
    Capacity sum;
    for (const auto &entry : m_entries) {
        for (const auto &[name, fate] : entry.fates.asKeyValueRange()) {
            if (!entry.gone && isOkay(fate.result.state))
                sum += asAccepted(entry, name)->capacity();
        }
    }
    return sum;
}

const Workload *Reference::asAccepted(const Entry &entry, const QString &name)
{
    for (const auto &version : entry.sure) {
        const auto *workload = version.find(name);
        if (workload && workload->version == entry.fates.value(name).version)
            return workload;
    }
    return nullptr;
}

} // namespace zos::testing
