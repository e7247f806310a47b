// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeworld.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

namespace zos::hw {

using namespace std::chrono_literals;

namespace {

Result<quint64> sizeMember(const Json &object, QStringView name)
{
    const auto *member = object.find(name);
    const auto value = member ? member->toUnsigned() : std::nullopt;
    if (!value)
        return fail(
            ErrorCode::Invalid, QStringLiteral("member %1 must be a whole number").arg(name));
    return *value;
}

QString textMember(const Json &object, QStringView name, const QString &otherwise = {})
{
    const auto *member = object.find(name);
    return member && member->isString() ? member->string() : otherwise;
}

Result<DiskFacts> fakeDisk(const Json &json)
{
    DiskFacts disk;
    disk.name = textMember(json, u"name");
    disk.path = u"/dev/" + disk.name;
    disk.model = textMember(json, u"model", QStringLiteral("Simulated disk"));
    disk.serial = textMember(json, u"serial", u"FAKE-" + disk.name);
    disk.bus = textMember(json, u"bus", QStringLiteral("sata"));
    disk.kind = textMember(json, u"kind", QStringLiteral("ssd")) == u"hdd" ? DiskKind::Hdd
                                                                           : DiskKind::Ssd;
    disk.decision = DiskFacts::Decision::Format;
    disk.reason = QStringLiteral("new pool");
    const auto size = sizeMember(json, u"size");
    if (!size)
        return fail(size.error().wrapped(QStringLiteral("disk %1").arg(disk.name)));
    if (disk.name.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("a disk without name"));
    disk.size = Bytes(*size);
    return disk;
}

NicFacts fakeNic(const Json &json)
{
    NicFacts nic;
    nic.name = textMember(json, u"name", QStringLiteral("eth0"));
    nic.mac = textMember(json, u"mac", QStringLiteral("52:54:00:00:00:01"));
    nic.driver = textMember(json, u"driver", QStringLiteral("virtio_net"));
    nic.carrier = true;
    nic.speedMbps = 1000;
    nic.addresses = { textMember(json, u"address", QStringLiteral("192.0.2.10/24")) };
    nic.roles = { QStringLiteral("zos") };
    return nic;
}

} // namespace

Result<std::unique_ptr<FakeWorld>> FakeWorld::fromJson(const QByteArray &text)
{
    const auto json = Json::parse(text);
    if (!json)
        return fail(json.error().wrapped(QStringLiteral("description of the machine")));
    auto world = std::make_unique<FakeWorld>();
    const auto memory = sizeMember(*json, u"memory");
    if (!memory)
        return fail(memory.error());
    world->memory = { Bytes(*memory), Bytes(*memory) };
    if (const auto *cpu = json->find(u"cpu")) {
        const auto threads = sizeMember(*cpu, u"threads");
        if (!threads || *threads == 0 || *threads > 4096)
            return fail(ErrorCode::Invalid, QStringLiteral("cpu.threads must be 1 to 4096"));
        world->host.cpu = { textMember(*cpu, u"model", QStringLiteral("Simulated CPU")),
            static_cast<quint32>(*threads), true };
    }
    world->host.hostname = textMember(*json, u"hostname", QStringLiteral("simulated"));
    world->host.kernel = QStringLiteral("6.12.0");
    world->host.arch = QStringLiteral("x86_64");
    world->host.vendor = QStringLiteral("Simulated");
    world->host.product = QStringLiteral("Machine");
    if (const auto *disks = json->find(u"disks")) {
        for (const auto &item : disks->items()) {
            auto disk = fakeDisk(item);
            if (!disk)
                return fail(disk.error());
            world->disks += *disk;
        }
    }
    if (const auto *nics = json->find(u"nics")) {
        for (const auto &item : nics->items())
            world->nics += fakeNic(item);
    }
    return world;
}

Result<std::unique_ptr<FakeWorld>> FakeWorld::load(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, QStringLiteral("%1: %2").arg(path, file.errorString()));
    return fromJson(file.read(1 << 20));
}

void FakeWorld::failCall(int number, const Error &error)
{
    m_failAt = m_calls + number;
    m_failure = error;
}

void FakeWorld::failCalls(const QString &name, const Error &error, int times)
{
    m_failures.insert(name, { error, times });
}

void FakeWorld::worksAgain()
{
    m_failAt = 0;
    m_failures.clear();
}

void FakeWorld::atCall(int number, std::function<void()> event)
{
    m_eventAt = m_calls + number;
    m_event = std::move(event);
}

void FakeWorld::stallCalls(const QString &line)
{
    m_stalling = line;
}

void FakeWorld::stallCall(int number)
{
    m_stallAt = m_calls + number;
}

void FakeWorld::goOn()
{
    m_stalling.clear();
    m_stallAt = 0;
    m_stalled.clear();
    const auto waiting = std::exchange(m_goOn, CancelToken());
    waiting.cancel();
}

void FakeWorld::setGates(Gate before, Gate after)
{
    m_before = std::move(before);
    m_after = std::move(after);
}

void FakeWorld::hangCall(int number, Fate fate)
{
    m_hangAt = m_calls + number;
    m_fate = fate;
}

void FakeWorld::release()
{
    m_hangAt = 0;
    m_hangInLeave = false;
    m_frozen = false;
    const auto waiting = std::exchange(m_release, CancelToken());
    waiting.cancel();
    goOn();
}

void FakeWorld::reboot()
{
    networks.clear();
    taps.clear();
    bridgesDown.clear();
    bridgesGone.clear();
    machines.clear();
    consoles.clear();
    roots.clear();
    services.clear();
    overlayUp = false;
}

Task<Result<>> FakeWorld::hang()
{
    m_frozen = true;
    const auto token = m_release;
    ++m_waiting;
    co_await pause(24h, token);
    --m_waiting;
    co_return fail(ErrorCode::Cancelled, QStringLiteral("the simulated machine lost its power"));
}

Task<Result<>> FakeWorld::stall()
{
    const auto power = m_release;
    const auto token = m_goOn;
    ++m_waiting;
    co_await pause(24h, token);
    --m_waiting;
    if (power.cancelled())
        co_return fail(
            ErrorCode::Cancelled, QStringLiteral("the simulated machine lost its power"));
    co_return {};
}

Task<Result<>> FakeWorld::enter(QString name, QString subject)
{
    co_await pause(0ms);
    if (m_frozen)
        co_return co_await hang();
    const int number = ++m_calls;
    const auto line = subject.isEmpty() ? name : QString(name + u' ' + subject);
    m_log += line;
    if (number == m_eventAt && m_event)
        std::exchange(m_event, {})();
    const auto object = name.section(u'.', 0, 0) + u' ' + subject;
    if (number == m_stallAt || (!m_stalling.isEmpty() && line.startsWith(m_stalling)))
        m_stalled.insert(object);
    if (m_stalled.contains(object)) {
        const auto goes = co_await stall();
        if (!goes)
            co_return goes;
    }
    if (number == m_hangAt) {
        if (m_fate == Fate::HangsBefore)
            co_return co_await hang();
        m_hangInLeave = true;
    }
    if (number == m_failAt)
        co_return fail(m_failure);
    if (const auto failure = m_failures.find(name);
        failure != m_failures.end() && failure->second != 0) {
        --failure->second;
        co_return fail(failure->first);
    }
    if (m_before) {
        const auto goes = co_await m_before(line);
        if (!goes)
            co_return goes;
    }
    m_line = line;
    co_return {};
}

Task<Result<>> FakeWorld::leave()
{
    if (m_hangInLeave) {
        m_hangInLeave = false;
        co_return co_await hang();
    }
    if (m_after)
        co_return co_await m_after(m_line);
    co_return {};
}

void FakeWorld::loseBridge(const QString &bridge)
{
    bridgesGone.insert(bridge);
    for (auto &plug : taps) {
        if (plug == bridge)
            plug.clear();
    }
}

Task<Result<>> FakeWorld::foreignCall(QString name)
{
    return enter(std::move(name), {});
}

QJsonObject FakeWorld::snapshot() const
{
    QJsonObject all;
    QJsonObject group;
    for (const auto &[id, volume] : volumes.asKeyValueRange()) {
        group.insert(id,
            QJsonObject { { QStringLiteral("size"), QString::number(volume.stored.size.count()) },
                { QStringLiteral("disk"), volume.disk },
                { QStringLiteral("formatted"), volume.formatted } });
    }
    all.insert(QStringLiteral("volumes"), group);
    group = {};
    for (const auto &[id, plan] : networks.asKeyValueRange()) {
        group.insert(id,
            QJsonObject { { QStringLiteral("subnet"), plan.subnet.text() },
                { QStringLiteral("port"), plan.listenPort },
                { QStringLiteral("peers"), plan.peers.size() } });
    }
    all.insert(QStringLiteral("networks"), group);
    group = {};
    for (const auto &[tap, bridge] : taps.asKeyValueRange())
        group.insert(tap, bridge);
    all.insert(QStringLiteral("taps"), group);
    group = {};
    for (const auto &[id, machine] : machines.asKeyValueRange()) {
        QJsonObject known;
        for (const auto &[path, size] : machine.disks.asKeyValueRange())
            known.insert(path, qint64(size.count()));
        group.insert(id,
            QJsonObject { { QStringLiteral("running"), machine.running },
                { QStringLiteral("digest"), machine.digest },
                { QStringLiteral("cpu"), qint64(machine.cpu) },
                { QStringLiteral("memory"), qint64(machine.memory.count()) },
                { QStringLiteral("disks"), known } });
    }
    all.insert(QStringLiteral("machines"), group);
    group = {};
    for (const auto &[id, root] : roots.asKeyValueRange())
        group.insert(id,
            QJsonObject {
                { QStringLiteral("url"), root.url }, { QStringLiteral("upper"), root.upper } });
    all.insert(QStringLiteral("roots"), group);
    all.insert(QStringLiteral("services"), QJsonArray::fromStringList(services.keys()));
    return all;
}

} // namespace zos::hw
