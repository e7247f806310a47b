// SPDX-License-Identifier: Apache-2.0
#include "core/plan/machineplan.h"

#include "core/base/json.h"
#include "core/base/logging.h"

#include <QCryptographicHash>
#include <QSet>

namespace zos {

namespace {

constexpr qsizetype kMaxVariables = 256;
constexpr qsizetype kMaxEnvironment = 128 * 1024; // bytes of all names and values
constexpr qsizetype kMaxDevices = 24; // what fits on the flat PCI bus, with reserve
constexpr Bytes kLeastMemory = 250_MiB;

std::unexpected<Error> refuseMachine(const QString &why)
{
    return fail(ErrorCode::Invalid, why);
}

// The id becomes a domain name and a directory.
bool isMachineId(const QString &id)
{
    const auto allowed = [](QChar c) {
        return c.unicode() < 128 && (c.isLetterOrNumber() || c == u'-' || c == u'_');
    };
    return !id.isEmpty() && id.size() <= 128 && id[0].isLetterOrNumber()
        && std::ranges::all_of(id, allowed);
}

bool isVariableName(const QString &name)
{
    const auto letter = [](QChar c) { return c.unicode() < 128 && (c.isLetter() || c == u'_'); };
    return !name.isEmpty() && letter(name[0]) && std::ranges::all_of(name, [&](QChar c) {
        return letter(c) || (c >= u'0' && c <= u'9');
    });
}

Result<> checkDisk(const DiskPlan &disk, QSet<QString> &targets)
{
    const auto &target = disk.mountpoint;
    const auto parts = target.split(u'/', Qt::SkipEmptyParts);
    if (!target.startsWith(u'/') || target.size() > 1024 || target.contains(QChar(u'\0'))
        || parts.contains(QStringLiteral("..")))
        return refuseMachine(QStringLiteral("invalid mount target %1").arg(quoted(target)));
    if (parts.isEmpty() || parts.count(QStringLiteral(".")) == parts.size())
        return refuseMachine(QStringLiteral("mount target can't be /"));
    if (targets.contains(parts.join(u'/')))
        return refuseMachine(QStringLiteral("mount target %1 is used twice").arg(quoted(target)));
    targets.insert(parts.join(u'/'));
    return {};
}

Result<> planEnvironment(
    MachinePlan &plan, const StartupConfig &startup, const QMap<QByteArray, QString> &own)
{
    QMap<QByteArray, QString> all;
    for (const auto &[name, value] : startup.env.asKeyValueRange())
        all.insert(name.toUtf8(), value);
    for (const auto &[name, value] : own.asKeyValueRange())
        all.insert(name, value);
    if (all.size() > kMaxVariables)
        return refuseMachine(QStringLiteral("%1 environment variables are more than the %2 allowed")
                .arg(all.size())
                .arg(kMaxVariables));
    qsizetype total = 0;
    for (const auto &[bytes, value] : all.asKeyValueRange()) {
        const auto name = QString::fromUtf8(bytes);
        if (!isVariableName(name))
            return refuseMachine(
                QStringLiteral("invalid environment variable name %1").arg(quoted(name)));
        if (value.contains(QChar(u'\0')))
            return refuseMachine(
                QStringLiteral("environment variable %1 contains a NUL character").arg(name));
        total += bytes.size() + value.toUtf8().size();
        plan.environment.emplaceBack(name, value);
    }
    if (total > kMaxEnvironment)
        return refuseMachine(
            QStringLiteral("the environment of %1 bytes is more than the %2 allowed")
                .arg(total)
                .arg(kMaxEnvironment));
    return {};
}

// "" and "/" mean "what the image says".
QString givenEntrypoint(const ZMachine &data, const StartupConfig &startup)
{
    const auto own = data.entrypoint.trimmed();
    return own.isEmpty() || own == QStringLiteral("/") ? startup.entrypoint : data.entrypoint;
}

Result<> checkLimits(const MachineInput &input)
{
    const auto &data = *input.data;
    if (!isMachineId(input.id))
        return refuseMachine(QStringLiteral("invalid machine id %1").arg(quoted(input.id)));
    if (data.cpu == 0)
        return refuseMachine(QStringLiteral("invalid cpu: must be at least 1"));
    if (data.memory < kLeastMemory)
        return refuseMachine(QStringLiteral("invalid memory: %1 bytes are less than 250 MiB")
                .arg(data.memory.count()));
    if (input.name.isEmpty() || input.name.size() > 36)
        return refuseMachine(
            QStringLiteral("invalid machine name %1: 1 to 36 characters").arg(quoted(input.name)));
    if (data.corex)
        return refuseMachine(QStringLiteral("corex is not available on this node"));
    if (!data.gpu.isEmpty())
        return refuseMachine(QStringLiteral("GPUs are not available on this node"));
    if (input.disks.size() + input.nics.size() + 1 > kMaxDevices)
        return refuseMachine(QStringLiteral("%1 disks and %2 interfaces are more than fit (%3)")
                .arg(input.disks.size())
                .arg(input.nics.size())
                .arg(kMaxDevices - 1));
    QSet<QString> targets;
    for (const auto &disk : input.disks) {
        if (auto checked = checkDisk(disk, targets); !checked)
            return checked;
    }
    return {};
}

} // namespace

QStringList splitSshKeys(QStringView variable)
{
    QStringList keys;
    for (const auto line : variable.tokenize(u'\n')) {
        for (const auto key : line.tokenize(u',')) {
            if (const auto plain = key.trimmed(); !plain.isEmpty())
                keys += plain.toString();
        }
    }
    return keys;
}

Result<MachinePlan> planMachine(const MachineInput &input)
{
    if (!input.data)
        return fail(ErrorCode::Bug, QStringLiteral("a machine without data was planned"));
    if (auto checked = checkLimits(input); !checked)
        return fail(checked.error());
    StartupConfig startup;
    if (!input.startupToml.isEmpty()) {
        auto parsed = parseStartupToml(input.startupToml);
        if (!parsed)
            return fail(parsed.error());
        startup = std::move(*parsed);
    }
    const auto &data = *input.data;
    MachinePlan plan;
    plan.id = input.id;
    plan.twin = input.twin;
    plan.contract = input.contract;
    plan.hostname = input.name;
    plan.cpu = data.cpu;
    plan.memory = data.memory;
    plan.rootPath = input.rootPath;
    plan.disks = input.disks;
    plan.nics = input.nics;
    auto words = splitEntrypoint(givenEntrypoint(data, startup));
    if (!words)
        return fail(words.error());
    plan.entrypoint = std::move(*words);
    if (auto done = planEnvironment(plan, startup, data.env); !done)
        return fail(done.error());
    plan.sshKeys = splitSshKeys(data.env.value("SSH_KEY"));
    for (const auto &nic : input.nics) {
        for (const auto &server : nic.dns) {
            if (!plan.dns.contains(server))
                plan.dns += server;
        }
    }
    return plan;
}

QString MachinePlan::digest() const
{
    JsonWriter json;
    const auto strings = [&json](QStringView key, const QStringList &list) {
        json.key(key).array();
        for (const auto &text : list)
            json.string(text);
        json.end();
    };
    json.object();
    json.key(u"id").string(id).key(u"twin").number(twin.value());
    json.key(u"contract").number(contract.value()).key(u"hostname").string(hostname);
    json.key(u"cpu").number(cpu).key(u"memory").number(memory.count());
    json.key(u"root").string(rootPath).key(u"disks").array();
    for (const auto &disk : disks)
        json.array().string(disk.path).string(disk.serial).string(disk.mountpoint).end();
    json.end().key(u"nics").array();
    for (const auto &nic : nics) {
        json.object().key(u"name").string(nic.name).key(u"tap").string(nic.tap);
        json.key(u"bridge").string(nic.bridge).key(u"mac").string(nic.mac);
        strings(u"addresses", nic.addresses);
        json.key(u"routes").array();
        for (const auto &route : nic.routes)
            json.array().string(route.to.text()).string(route.via).end();
        json.end().end();
    }
    json.end();
    strings(u"entrypoint", entrypoint);
    json.key(u"environment").array();
    for (const auto &[name, value] : environment)
        json.array().string(name).string(value).end();
    json.end();
    strings(u"keys", sshKeys);
    strings(u"dns", dns);
    json.end();
    return QString::fromLatin1(
        QCryptographicHash::hash(json.text(), QCryptographicHash::Sha256).toHex());
}

} // namespace zos
