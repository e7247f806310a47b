// SPDX-License-Identifier: Apache-2.0
#include "tests/system/crashpoints/worldview.h"

#include "hardware/storage/poolfs.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>

#include <sys/stat.h>

namespace zos::testing {

using namespace Qt::StringLiterals;

namespace {

// Runs a text of the shell and returns what it prints.
QByteArray shell(const QByteArray &text)
{
    QProcess process;
    process.start(u"/bin/bash"_s, { u"-c"_s, QString::fromUtf8(text) });
    process.waitForFinished(60000);
    return process.readAllStandardOutput();
}

QString compact(const QJsonValue &value)
{
    const auto text = value.isArray()
        ? QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact)
        : QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(text);
}

// ---- network

void addLinks(QStringList &lines, const QString &space, const QByteArray &json)
{
    for (const auto &value : QJsonDocument::fromJson(json).array()) {
        const auto link = value.toObject();
        const auto info = link.value(u"linkinfo").toObject();
        const auto kind = info.value(u"info_kind").toString();
        const auto name = link.value(u"ifname").toString();
        const bool pinned = kind == u"bridge" || (kind == u"veth" && !space.isEmpty());
        const auto flags = link.value(u"flags").toArray();
        lines += u"link %1/%2 %3 mtu=%4 master=%5 up=%6 promisc=%7 isolated=%8 %9"_s.arg(space,
            name, kind, QString::number(link.value(u"mtu").toInt()),
            link.value(u"master").toString(), flags.contains(u"UP"_s) ? u"yes"_s : u"no"_s,
            flags.contains(u"PROMISC"_s) ? u"yes"_s : u"no"_s,
            info.value(u"info_slave_data").toObject().value(u"isolated").toBool() ? u"yes"_s
                                                                                  : u"no"_s,
            pinned ? link.value(u"address").toString() : QString());
        for (const auto &one : link.value(u"addr_info").toArray()) {
            const auto address = one.toObject();
            const auto local = address.value(u"local").toString();
            // The kernel's own, made of the MAC.
            if (local.startsWith(u"fe80:") && local != u"fe80::1")
                continue;
            lines += u"address %1/%2 %3/%4"_s.arg(
                space, name, local, QString::number(address.value(u"prefixlen").toInt()));
        }
    }
}

void addRoutes(QStringList &lines, const QString &space, const QByteArray &json)
{
    for (const auto &value : QJsonDocument::fromJson(json).array()) {
        const auto route = value.toObject();
        const auto to = route.value(u"dst").toString();
        if (to.startsWith(u"fe80:"))
            continue;
        lines += u"route %1 %2 via %3 dev %4"_s.arg(
            space, to, route.value(u"gateway").toString(), route.value(u"dev").toString());
    }
}

QJsonValue withoutCounts(const QJsonValue &value)
{
    if (value.isArray()) {
        QJsonArray kept;
        for (const auto &one : value.toArray())
            kept += withoutCounts(one);
        return kept;
    }
    if (!value.isObject())
        return value;
    QJsonObject kept;
    const auto object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (it.key() != u"handle" && it.key() != u"packets" && it.key() != u"bytes")
            kept.insert(it.key(), withoutCounts(it.value()));
    }
    return kept;
}

void addRules(QStringList &lines, const QString &space, const QByteArray &json)
{
    int number = 0;
    for (const auto &value : QJsonDocument::fromJson(json).object().value(u"nftables").toArray()) {
        if (!value.toObject().contains(u"metainfo"))
            lines += u"nft %1 %2 %3"_s.arg(space)
                         .arg(++number, 3, 10, '0'_L1)
                         .arg(compact(withoutCounts(value)));
    }
}

void addWireguard(QStringList &lines, const QString &space, const QByteArray &text)
{
    for (const auto &line : text.split('\n')) {
        auto fields = line.split('\t');
        if (fields.size() == 9) { // a peer: last handshake and traffic are the tunnel's own
            fields.remove(5, 3);
        }
        if (fields.size() > 3)
            lines += u"wireguard %1 %2"_s.arg(space, QString::fromUtf8(fields.join(' ')));
    }
}

void addNetwork(QStringList &lines)
{
    QStringList spaces { QString() };
    spaces += QDir(u"/run/netns"_s).entryList(QDir::Files | QDir::System);
    const QByteArray mark = "\n%%%%\n";
    QByteArray text;
    for (const auto &space : std::as_const(spaces)) {
        QByteArray enter;
        if (!space.isEmpty())
            enter = "nsenter --net=/run/netns/" + QFile::encodeName(space) + ' ';
        for (const QByteArray command : { "ip -j -d addr show", "ip -j route show",
                 "ip -j -6 route show", "nft -j list ruleset", "wg show all dump" })
            text += enter + command + " 2>/dev/null; printf '\\n%%%%%%%%\\n';";
    }
    const auto said = shell(text);
    qsizetype from = 0;
    const auto next = [&] {
        const auto to = said.indexOf(mark, from);
        const auto part = said.mid(from, to - from);
        from = to + mark.size();
        return part;
    };
    for (const auto &space : std::as_const(spaces)) {
        if (!space.isEmpty())
            lines += u"netns "_s + space;
        addLinks(lines, space, next());
        addRoutes(lines, space, next());
        addRoutes(lines, space, next());
        addRules(lines, space, next());
        addWireguard(lines, space, next());
    }
}

// ---- files

// Of these the content differs from run to run and the size with it.
bool changesBySize(const QString &name)
{
    static const QRegularExpression kinds(
        u"(\\.log(\\.\\d)?|/xml|\\.sqlite(-wal|-shm)?|\\.seen|\\.pid|last-address|services\\.json|selftests\\.json|state(\\.json)?)$"_s);
    return kinds.match(name).hasMatch();
}

QByteArray recordText(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    auto record = QJsonDocument::fromJson(file.readAll()).object();
    record.remove(u"dmz"); // the next free one at that time
    if (record.contains(u"started_ms")) { // of a machine: its numbers are part of it
        record.remove(u"started_ms");
        record.remove(u"digest");
    }
    return QJsonDocument(record).toJson(QJsonDocument::Compact);
}

void addFile(QStringList &lines, const QString &path)
{
    struct stat facts {};
    if (::lstat(QFile::encodeName(path).constData(), &facts) != 0)
        return;
    // A machine takes its disks over from root and does not give them back.
    const bool disk = path.contains(u"/vdisks/");
    auto line = u"file %1 %2"_s.arg(path, QString::number(facts.st_mode, 8));
    if (!disk)
        line += u" %1:%2"_s.arg(facts.st_uid).arg(facts.st_gid);
    if (S_ISREG(facts.st_mode) && !changesBySize(path))
        line += u" size=%1"_s.arg(facts.st_size);
    if (disk) {
        const auto promise = hw::poolfs::promiseOf(path);
        line += u" promise=%1"_s.arg(promise ? promise->count() : 0);
        // A guest gives back blocks whenever it likes to.
        if (facts.st_uid == 0 && facts.st_blocks * 512 < facts.st_size)
            line += u" not reserved in full"_s;
    } else if (S_ISDIR(facts.st_mode) && hw::poolfs::isSubvolume(path)) {
        const auto limit = hw::poolfs::limit(path);
        line += u" limit=%1"_s.arg(limit ? limit->count() : 0);
    } else if ((path.startsWith(u"/run/zos/network/") && path.endsWith(u".json"))
        || path.endsWith(u"/state.json")) {
        line += u' ' + QString::fromUtf8(recordText(path));
    }
    lines += line;
}

void addFolder(QStringList &lines, const QString &folder, dev_t device)
{
    for (const auto &entry : QDir(folder).entryInfoList(
             QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot)) {
        const auto path = entry.filePath();
        addFile(lines, path);
        struct stat facts {};
        if (!entry.isDir() || entry.isSymLink()
            || ::lstat(QFile::encodeName(path).constData(), &facts) != 0)
            continue;
        // Pools are looked into; what else is mounted is somebody's content, and so is the inside
        // of a machine's root.
        const bool pool = folder == u"/mnt" || hw::poolfs::isSubvolume(path);
        if ((facts.st_dev == device || pool) && !folder.contains(u"rootfs:"))
            addFolder(lines, path, facts.st_dev);
    }
}

void addFiles(QStringList &lines, const QString &stateFolder)
{
    for (const auto &folder : { stateFolder, u"/run/zos"_s, u"/run/wireguard"_s, u"/mnt"_s }) {
        struct stat facts {};
        if (::lstat(QFile::encodeName(folder).constData(), &facts) == 0)
            addFolder(lines, folder, facts.st_dev);
    }
}

void addMounts(QStringList &lines)
{
    QFile mounts(u"/proc/self/mountinfo"_s);
    if (!mounts.open(QIODevice::ReadOnly))
        return;
    for (const auto &line : mounts.readAll().split('\n')) {
        const auto fields = line.split(' ');
        const auto dash = fields.indexOf("-");
        if (dash < 5 || !(fields[4].startsWith("/run/") || fields[4].startsWith("/mnt/")))
            continue;
        lines += QString::fromUtf8(
            "mount " + fields[4] + ' ' + fields[5] + ' ' + fields.sliced(dash + 1).join(' '));
    }
}

// ---- machines

void addDomains(QStringList &lines)
{
    const auto names = shell("virsh -q list --all --name 2>/dev/null").trimmed().split('\n');
    for (const auto &name : names) {
        if (name.isEmpty())
            continue;
        lines += u"domain %1 %2"_s.arg(
            QString::fromUtf8(name), QString::fromUtf8(shell("virsh domstate " + name)).trimmed());
        for (const auto &line : shell("virsh dumpxml --inactive " + name).split('\n')) {
            if (!line.trimmed().isEmpty())
                lines += u"domain xml %1"_s.arg(QString::fromUtf8(line.trimmed()));
        }
    }
}

void addProcesses(QStringList &lines)
{
    QMap<QString, int> counts;
    for (const auto &entry : QDir(u"/proc"_s).entryList({ u"[0-9]*"_s }, QDir::Dirs)) {
        QFile file(u"/proc/%1/comm"_s.arg(entry));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const auto name = QString::fromUtf8(file.readAll().trimmed());
        for (const auto *mine : { "qemu-system", "virtiofsd", "wireguard-go", "mkfs" }) {
            if (name.startsWith(QLatin1StringView(mine)))
                ++counts[name];
        }
    }
    for (auto it = counts.cbegin(); it != counts.cend(); ++it)
        lines += u"process %1 %2"_s.arg(it.key()).arg(it.value());
}

} // namespace

QStringList takeMachine(const QString &stateFolder)
{
    QStringList lines;
    addProcesses(lines); // before we start some ourselves
    addNetwork(lines);
    addMounts(lines);
    addFiles(lines, stateFolder);
    addDomains(lines);
    return lines;
}

QStringList withoutNumbers(const QStringList &lines, const QString &twin, const QString &contract)
{
    struct Rule
    {
        QRegularExpression pattern;
        QString text;
    };
    static const QList<Rule> always {
        { QRegularExpression(u"\\bt-[1-9A-HJ-NP-Za-km-z]{13}\\b"_s), u"t-TAP"_s },
        { QRegularExpression(u"<mac address='[^']*'/>"_s), u"<mac/>"_s },
        { QRegularExpression(u"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"_s), u"UUID"_s },
        { QRegularExpression(u"spec=('|\")[0-9a-f]+('|\")"_s), u"spec"_s },
        { QRegularExpression(u"/dev/loop\\d+"_s), u"/dev/loop"_s },
        { QRegularExpression(u"\\b100\\.127\\.(?!0\\.[01]\\b)\\d+\\.\\d+"_s), u"DMZ"_s },
        { QRegularExpression(u"\\bfd00::(?!1/)[0-9a-f]+/64"_s), u"DMZ6/64"_s },
    };
    const QString own = twin + u'-' + contract + u'-';
    const QString attribute = u"contract=\"%1\""_s.arg(contract);
    const QRegularExpression number(
        u"\\b(deployment|workload|pending|tombstone|contract|report) %1\\b"_s.arg(contract));
    QStringList kept;
    for (auto line : lines) {
        line.replace(own, u"T-C-"_s);
        line.replace(attribute, u"contract"_s);
        line.replace(number, u"\\1 C"_s);
        for (const auto &rule : always)
            line.replace(rule.pattern, rule.text);
        kept += line;
    }
    kept.sort();
    return kept;
}

QStringList differences(const QStringList &before, const QStringList &after)
{
    QStringList lost = before;
    QStringList found;
    for (const auto &line : after) {
        if (!lost.removeOne(line))
            found += u"+ "_s + line;
    }
    for (auto &line : lost)
        line.prepend(u"- "_s);
    return lost + found;
}

} // namespace zos::testing
