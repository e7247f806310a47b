// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/histories/laboratory.h"
#include "tests/core/provision/rig.h"

#include <QRegularExpression>

// What clients, chain and power do in one step of a history.

namespace zos::testing {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr quint64 kGiB = 1ULL << 30;

template <class T, size_t N> const T &oneOf(QRandomGenerator &dice, const std::array<T, N> &all)
{
    return all.at(dice.bounded(quint32(N)));
}

// The same workload in a new version, with other data when `data` is not empty.
QByteArray again(const Workload &workload, quint32 version, const QByteArray &data = {})
{
    const auto name = workload.name.toLatin1();
    const auto type = workload.type.toLatin1();
    return Rig::workload(name, type, data.isEmpty() ? workload.data : data, version);
}

} // namespace

void Laboratory::perform(const History::Step &step)
{
    auto &client = m_clients.at(step.client);
    switch (step.kind) {
    case History::Kind::Create:
        return create(client);
    case History::Kind::Update:
        return update(client);
    case History::Kind::Look:
        if (isUp() && m_firstLook) {
            if (const auto key = someKey(client.twin))
                look(*key);
            lookAtList(client.twin);
        }
        return;
    case History::Kind::Cancel:
        if (const auto key = someKey(client.twin))
            cancel(*key, m_dice.bounded(3) > 0);
        return;
    case History::Kind::Grace:
        if (const auto key = someKey(client.twin)) {
            const bool paused = m_dice.bounded(2) == 0;
            m_reference.pauses(key->contract, paused);
            if (m_ledger.offline)
                m_ledger.contracts[key->contract].state
                    = paused ? ContractState::GracePeriod : ContractState::Created;
            else
                m_ledger.setGrace(key->contract, paused);
        }
        return;
    case History::Kind::Chain:
        m_reference.chainAway(!m_ledger.offline);
        if (m_ledger.offline)
            m_ledger.goOnline();
        else
            m_ledger.offline = true;
        return;
    case History::Kind::Crash:
    case History::Kind::Reboot:
        return losePower(step.kind == History::Kind::Reboot);
    case History::Kind::Upgrade:
        return upgrade();
    case History::Kind::GuestCrash:
        if (const auto ids = m_world->machines.keys(); !ids.isEmpty())
            m_machines.crash(ids.at(m_dice.bounded(ids.size())), u"the guest panicked"_s);
        return;
    case History::Kind::Outage: {
        static const std::array kNames { u""_s, u"volumes.createDisk"_s, u"volumes.removeDisk"_s,
            u"networks.apply"_s, u"networks.remove"_s, u"machines.run"_s, u"machines.destroy"_s,
            u"machines.stop"_s, u"machines.growDisk"_s, u"machines.list"_s, u"images.mountRoot"_s,
            u"images.unmountRoot"_s, u"store.commit"_s };
        m_outage = oneOf(m_dice, kNames);
        return;
    }
    case History::Kind::Hold:
        m_held.clear();
        if (const auto calls = m_turnstile.next(); !calls.isEmpty())
            m_held += calls.at(m_dice.bounded(calls.size())).line;
        return;
    case History::Kind::Time:
        return turn(oneOf(m_dice,
            std::array<std::chrono::milliseconds, 7> { 100ms, 300ms, 1s, 11s, 65s, 6min, 11min }));
    case History::Kind::Turns:
        for (auto left = 1 + m_dice.bounded(24); left > 0 && m_wrong.isEmpty(); --left) {
            if (!letOne())
                return;
        }
        return;
    }
}

std::optional<DeploymentKey> Laboratory::someKey(TwinId twin)
{
    QList<DeploymentKey> keys;
    for (const auto &key : m_reference.keys()) {
        if (key.twin == twin && m_ledger.contracts.contains(key.contract))
            keys += key;
    }
    return keys.isEmpty() ? std::nullopt : std::optional(keys.at(m_dice.bounded(keys.size())));
}

void Laboratory::writeContract(const DeploymentKey &key, const QString &hash)
{
    if (m_ledger.contracts.contains(key.contract))
        m_ledger.contracts[key.contract].hash = hash;
    else
        m_ledger.addContract(key.contract, key.twin, NodeId(Rig::kNode), hash);
    ++m_ledger.block;
    m_reference.writes(key.contract, hash);
}

void Laboratory::cancel(const DeploymentKey &key, bool loud)
{
    m_reference.ends(key.contract);
    if (loud && !m_ledger.offline)
        m_ledger.cancel(key.contract);
    else
        m_ledger.contracts.remove(key.contract); // the news is missed
}

QByteArray Laboratory::sign(
    const Deployment &deployment, const QByteArrayList &workloads, TwinId signer)
{
    const auto compose = [&](const QByteArray &signature) {
        return Rig::compose(deployment.contract.value(), deployment.version, workloads,
            deployment.twin.value(), signature);
    };
    const auto hash = Deployment::fromJson(compose({}))->challengeHash();
    return compose(m_identities.constFind(signer)->sign(hash).toHex());
}

QByteArrayList Laboratory::newWorkloads(quint32 version, const QStringList &taken)
{
    static const std::array<quint64, 6> kSizes { 1, 5, 5, 20, 40, 60 };
    QByteArrayList workloads;
    QByteArrayList disks;
    const auto free
        = [&taken](const char *name) { return !taken.contains(QString::fromLatin1(name)); };
    for (const auto *name : { "a", "b" }) {
        if (free(name) && m_dice.bounded(3) == 0) {
            workloads += Rig::disk(name, oneOf(m_dice, kSizes) * kGiB, version);
            disks += name;
        }
    }
    if (free("net") && m_dice.bounded(2) == 0)
        workloads += Rig::network("net", quint16(7001 + m_dice.bounded(4)), version);
    for (const auto *name : { "vm", "db" }) {
        if (!free(name) || m_dice.bounded(3) != 0)
            continue;
        static const std::array<const char *, 4> kAddresses { "10.20.2.2", "10.20.2.3", "10.20.2.4",
            "10.20.2.5" };
        static const std::array<quint64, 3> kMemory { kGiB / 2, kGiB, 2 * kGiB };
        const auto mounted = m_dice.bounded(2) == 0 ? disks : QByteArrayList();
        workloads += Rig::machine(
            name, mounted, oneOf(m_dice, kAddresses), oneOf(m_dice, kMemory), version);
    }
    return workloads;
}

void Laboratory::create(Client &client)
{
    if (!isUp() || client.waits)
        return;
    // Some ask again: because there was no answer, or because they do not believe it.
    if (client.last && m_dice.bounded(6) == 0)
        return ask(client, *client.last, client.lastText);
    const DeploymentKey key { client.twin, ContractId(++m_lastContract) };
    Deployment head;
    head.twin = key.twin;
    head.contract = key.contract;
    Reference::Asked asked;
    asked.sender = key.twin;
    auto signer = key.twin;
    QString hash;
    switch (m_dice.bounded(24)) {
    case 0:
        signer = TwinId(key.twin.value() == 42 ? 43 : 42);
        asked.flaw = u"failed to verify signature"_s;
        break;
    case 1:
        asked.sender = TwinId(key.twin.value() == 42 ? 43 : 42);
        asked.flaw = u"twin id mismatch"_s;
        break;
    case 2:
        head.version = 1;
        asked.flaw = u"invalid version"_s;
        break;
    case 3:
        hash = QString(32, u'0');
        asked.flaw = u"hash does not match"_s;
        break;
    default:
        break;
    }
    auto workloads = newWorkloads(head.version, {});
    if (workloads.isEmpty())
        workloads += Rig::disk("a", kGiB, head.version);
    const auto text = sign(head, workloads, signer);
    asked.wanted = *Deployment::fromJson(text);
    writeContract(key, hash.isEmpty() ? asked.wanted.challengeHex() : hash);
    ask(client, asked, text);
}

// Other words only, another environment, another size, all of it, or other disks.
QByteArray Laboratory::changedMachine(QByteArray data)
{
    const auto put = [&data](const char *pattern, const QByteArray &value) {
        auto text = QString::fromUtf8(data);
        text.replace(QRegularExpression(QString::fromLatin1(pattern)), QString::fromUtf8(value));
        data = text.toUtf8();
    };
    const auto what = m_dice.bounded(5U);
    if (what == 4) {
        QByteArrayList mounts;
        for (const QByteArray disk : { "a", "b" }) {
            const QByteArray mount = "{\"name\":\"" + disk + "\",\"mountpoint\":\"/" + disk + "\"}";
            if (m_dice.bounded(2) == 0)
                mounts += mount;
        }
        put("\"mounts\":\\[[^\\]]*\\]", "\"mounts\":[" + mounts.join(',') + ']');
    }
    if (what == 1 || what == 3)
        put("\"env\":\\{[^}]*\\}",
            "\"env\":{\"N\":\"" + QByteArray::number(m_dice.bounded(3U)) + "\"}");
    if (what < 2 || what == 4)
        return data;
    put("\"cpu\":\\d+", "\"cpu\":" + QByteArray::number(1U << m_dice.bounded(3U)));
    put("\"memory\":\\d+", "\"memory\":" + QByteArray::number((kGiB / 2) << m_dice.bounded(3U)));
    return data;
}

void Laboratory::update(Client &client)
{
    const auto key = someKey(client.twin);
    if (!isUp() || client.waits || !key)
        return;
    const auto text = m_engine->get(key->twin, key->contract);
    if (!text)
        return;
    look(*key);
    const auto base = *Deployment::fromJson(*text);
    const auto newest = m_reference.inForce(*key);
    if (!newest)
        return;
    Reference::Asked asked;
    asked.create = false;
    asked.sender = key->twin;
    Deployment head;
    head.twin = key->twin;
    head.contract = key->contract;
    head.version = base.version + (m_dice.bounded(16) == 0 ? m_dice.bounded(3U) : 1U);
    asked.guessed = head.version != base.version + 1;
    QByteArrayList workloads;
    QStringList names;
    for (const auto &workload : base.workloads) {
        // What is shown may be older than what is accepted.
        asked.guessed |= newest->find(workload.name)->version != workload.version;
        names += workload.name;
        const auto roll = m_dice.bounded(20);
        if (roll < 4)
            continue;
        if (workload.type == u"zmount" && roll < 10) {
            const auto size = workload.capacity().sru.count();
            const auto next = roll < 5 ? size / 2 : size + m_dice.bounded(3U) * 5 * kGiB;
            workloads += again(workload, head.version,
                JsonWriter().object().key(u"size").number(next).end().text());
        } else if (workload.type == u"network" && roll < 10) {
            workloads += Rig::network("net", quint16(7001 + m_dice.bounded(4)), head.version);
        } else if (workload.type == u"zmachine" && roll < 10) {
            workloads += again(workload, head.version, changedMachine(workload.data));
        } else {
            workloads += again(workload, workload.version);
        }
    }
    if (m_dice.bounded(2) == 0)
        workloads += newWorkloads(head.version, names);
    const auto signedText = sign(head, workloads, key->twin);
    asked.wanted = *Deployment::fromJson(signedText);
    if (!asked.wanted.validate())
        return;
    writeContract(*key, asked.wanted.challengeHex());
    ask(client, asked, signedText);
}

void Laboratory::ask(Client &client, Reference::Asked asked, const QByteArray &text)
{
    client.waits = true;
    client.last = asked;
    client.lastText = text;
    const int request = m_reference.asks(asked);
    say(u"    request %1 of client %2: %3"_s.arg(request)
            .arg(&client - m_clients.data())
            .arg(QString::fromUtf8(text)));
    auto task = asked.create ? m_engine->deploy(asked.sender, text)
                             : m_engine->update(asked.sender, text);
    awaitAnswer(this, std::move(task), request, m_life, &client);
}

Task<void> Laboratory::awaitAnswer(
    Laboratory *lab, Task<Result<>> task, int request, int life, Client *client)
{
    const auto outcome = co_await std::move(task);
    if (life != lab->m_life)
        co_return; // that node is gone
    client->waits = false;
    ++(outcome ? lab->m_tally.accepted : lab->m_tally.refused);
    lab->say(u"    answer %1: "_s.arg(request) + (outcome ? u"accepted"_s : outcome.error().what));
    if (const auto trouble = lab->m_reference.answers(request, outcome); !trouble.isEmpty())
        lab->wrong(u"request %1: "_s.arg(request) + trouble);
}

} // namespace zos::testing
