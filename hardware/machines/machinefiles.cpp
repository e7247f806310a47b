// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/machinefiles.h"

#include "core/base/files.h"
#include "core/base/unfinishedfiles.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zos::hw {

namespace {

constexpr auto kLibvirtLogs = "/var/log/libvirt/qemu";

std::unexpected<Error> fileFailure(const QString &step, const QString &path)
{
    return fail(ErrorCode::Io,
        QStringLiteral("%1 %2: %3").arg(step, path, QString::fromLocal8Bit(std::strerror(errno))));
}

Result<> own(const QString &path, uid_t user, gid_t group, mode_t mode)
{
    const auto name = QFile::encodeName(path);
    // Only root can give files away; an ordinary account (a test) keeps them.
    if (::geteuid() == 0 && ::chown(name.constData(), user, group) != 0)
        return fileFailure(QStringLiteral("change owner of"), path);
    if (::chmod(name.constData(), mode) != 0)
        return fileFailure(QStringLiteral("change mode of"), path);
    return {};
}

Result<> writeWhole(const QString &path, const QByteArrayList &parts)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly)
        || !file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner))
        return fail(ErrorCode::Io, QStringLiteral("write %1: %2").arg(path, file.errorString()));
    for (const auto &part : parts)
        file.write(part);
    if (!file.commit())
        return fail(ErrorCode::Io, QStringLiteral("write %1: %2").arg(path, file.errorString()));
    return {};
}

Result<QByteArray> readWhole(const QString &path, qint64 limit)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, QStringLiteral("read %1: %2").arg(path, file.errorString()));
    if (file.size() > limit)
        return fail(ErrorCode::Limit,
            QStringLiteral("%1 is larger than %2 MiB").arg(path).arg(limit >> 20));
    auto bytes = file.readAll();
    if (file.error() != QFileDevice::NoError)
        return fail(ErrorCode::Io, QStringLiteral("read %1: %2").arg(path, file.errorString()));
    return bytes;
}

QByteArray tailOf(const QString &path, qsizetype bytes)
{
    QFile file(path);
    if (bytes <= 0 || !file.open(QIODevice::ReadOnly))
        return {};
    file.seek(qMax(qint64(0), file.size() - bytes));
    return file.read(bytes);
}

// A machine that was shut down hard must not start with half a line.
QByteArray fromLineStart(const QByteArray &text, qsizetype bytes)
{
    if (text.size() <= bytes)
        return text;
    const auto cut = text.size() - bytes;
    const auto end = text.indexOf('\n', cut - 1);
    return end < 0 || end + 1 >= text.size() ? text.sliced(cut) : text.sliced(end + 1);
}

} // namespace

QemuAccount QemuAccount::find()
{
    char buffer[4096];
    passwd entry {};
    passwd *found = nullptr;
    if (::getpwnam_r("libvirt-qemu", &entry, buffer, sizeof buffer, &found) != 0 || !found)
        return {};
    return { entry.pw_uid, entry.pw_gid };
}

bool QemuAccount::mayUse(const QString &path) const
{
    struct stat info {};
    if (::stat(QFile::encodeName(path).constData(), &info) != 0)
        return false;
    const mode_t wanted = info.st_uid == user ? S_IRUSR | S_IWUSR
        : info.st_gid == group                ? S_IRGRP | S_IWGRP
                                              : S_IROTH | S_IWOTH;
    return user == 0 || (info.st_mode & wanted) == wanted;
}

MachineFiles::MachineFiles(QString runDir, QString logDir, QString id)
    : m_id(std::move(id))
    , m_directory(runDir + u'/' + m_id)
    , m_log(logDir + u'/' + m_id + QStringLiteral(".log"))
{
}

Result<> MachineFiles::prepare(const MachinePlan &plan, const QString &initramfs) const
{
    const auto account = QemuAccount::find();
    const auto consoleFolder = m_directory + QStringLiteral("/c");
    if (!QDir().mkpath(consoleFolder))
        return fileFailure(QStringLiteral("make directory"), consoleFolder);
    if (const auto logs = QFileInfo(m_log).path(); !QDir().mkpath(logs))
        return fileFailure(QStringLiteral("make directory"), logs);
    // Of an earlier start: this folder lies in memory, and an initramfs is not small.
    removeUnfinishedFiles(m_directory,
        { QStringLiteral("initrd"), QStringLiteral("xml"), QStringLiteral("state.json") });
    if (auto done = own(m_directory, 0, account.group, 0750); !done)
        return done;
    // QEMU makes the socket of the console itself.
    if (auto done = own(consoleFolder, 0, account.group, 0770); !done)
        return done;
    auto base = readWhole(initramfs, qint64(64) << 20);
    if (!base)
        return fail(base.error());
    if (auto done = writeWhole(initrd(), { *base, seedArchive(seedText(plan)) }); !done)
        return done;
    if (auto done = own(initrd(), 0, account.group, 0640); !done)
        return done;
    for (const auto &disk : plan.disks) {
        if (auto done = own(disk.path, account.user, account.group, 0600); !done)
            return done;
    }
    return {};
}

Result<> MachineFiles::writeXml(const QByteArray &xml) const
{
    return writeWhole(m_directory + QStringLiteral("/xml"), { xml });
}

Result<> MachineFiles::writeRecord(const MachineRecord &record) const
{
    QJsonObject json { { QStringLiteral("digest"), record.digest },
        { QStringLiteral("started_ms"), QString::number(record.startedAtMs) },
        { QStringLiteral("cpu"), qint64(record.cpu) },
        { QStringLiteral("memory"), QString::number(record.memory.count()) } };
    if (record.disks)
        json.insert(QStringLiteral("disks"), QJsonArray::fromStringList(*record.disks));
    return writeWhole(
        m_directory + QStringLiteral("/state.json"), { QJsonDocument(json).toJson() });
}

MachineRecord MachineFiles::record() const
{
    const auto text = readWhole(m_directory + QStringLiteral("/state.json"), 65536);
    if (!text)
        return {};
    const auto json = QJsonDocument::fromJson(*text).object();
    std::optional<QStringList> disks;
    if (const auto known = json.value(QStringLiteral("disks")); known.isArray()) {
        disks.emplace();
        for (const auto &disk : known.toArray())
            *disks += disk.toString();
    }
    return { json.value(QStringLiteral("digest")).toString(),
        json.value(QStringLiteral("started_ms")).toString().toULongLong(),
        static_cast<quint32>(json.value(QStringLiteral("cpu")).toInt()),
        Bytes(json.value(QStringLiteral("memory")).toString().toULongLong()), disks };
}

QStringList MachineFiles::libvirtLogs() const
{
    const QString folder = QString::fromLatin1(kLibvirtLogs) + u'/' + m_id;
    return { folder + QStringLiteral(".log"), folder + QStringLiteral("-fs0-virtiofsd.log") };
}

Result<> MachineFiles::remove() const
{
    if (!isAbsent(m_directory) && !(QDir(m_directory).removeRecursively() && isAbsent(m_directory)))
        return fileFailure(QStringLiteral("remove"), m_directory);
    auto logs = libvirtLogs();
    logs += m_log;
    for (const auto &log : std::as_const(logs)) {
        for (const auto &path : { log, QString(log + QStringLiteral(".0")) }) {
            if (auto removed = removeIfThere(path); !removed)
                return removed;
        }
    }
    return {};
}

Result<QByteArray> MachineFiles::console(qsizetype bytes) const
{
    if (!QFile::exists(m_log))
        return fail(ErrorCode::NotFound, QStringLiteral("machine %1 has no console log").arg(m_id));
    // One byte more shows whether the cut falls on a line start.
    auto text = tailOf(m_log, bytes + 1);
    if (text.size() <= bytes)
        text.prepend(tailOf(m_log + QStringLiteral(".0"), bytes + 1 - text.size()));
    return fromLineStart(text, bytes);
}

QString MachineFiles::lastWords() const
{
    // libvirt's notes about its own doing, and the command lines, say nothing about the failure.
    constexpr QByteArrayView noise[] = { "Starting external device",
        "shutting down, reason=", "is tainted: custom-monitor", "terminating on signal 15",
        "/usr/libexec/virtiofsd ", " INFO ", " WARN  virtiofsd::limits]" };
    QByteArrayList words;
    for (const auto &log : libvirtLogs()) {
        auto text = tailOf(log, 16384);
        // The last option of QEMU's command line.
        if (const auto begin = text.lastIndexOf("-msg timestamp=on\n"); begin >= 0)
            text.remove(0, begin + 18);
        for (const auto &line : text.split('\n')) {
            const auto said = line.trimmed();
            if (!said.isEmpty() && std::ranges::none_of(noise, [&](QByteArrayView part) {
                    return said.contains(part);
                }))
                words += said;
        }
    }
    return QString::fromUtf8(words.join("; ").right(2048));
}

QString consoleReason(QByteArray text)
{
    text.replace("\r\n", "\n"); // as a serial line ends them
    QByteArrayView console(text);
    // Only the last start counts. The first process of this project announces itself.
    if (const auto start = console.lastIndexOf("]: start\n"); start > 0)
        console = console.sliced(start);
    const auto lineAfter = [&console](QByteArrayView mark) {
        const auto at = console.lastIndexOf(mark);
        if (at < 0)
            return QByteArray();
        const auto rest = console.sliced(at + mark.size());
        const auto end = rest.indexOf('\n');
        return rest.first(end < 0 ? rest.size() : end).trimmed().toByteArray().left(256);
    };
    if (const auto fatal = lineAfter("]: FATAL "); !fatal.isEmpty())
        return QString::fromUtf8(fatal);
    const auto panic = lineAfter("Kernel panic - not syncing: ");
    if (panic.isEmpty())
        return {};
    constexpr QByteArrayView kExit = "exitcode=0x";
    if (const auto at = panic.indexOf(kExit); at >= 0) {
        bool valid = false;
        const auto code = panic.mid(at + kExit.size(), 8).toUInt(&valid, 16);
        if (valid)
            return (code & 0x7f) != 0 ? QStringLiteral("signal %1").arg(code & 0x7f)
                                      : QStringLiteral("exit status %1").arg((code >> 8) & 0xff);
    }
    return QStringLiteral("kernel panic: ") + QString::fromUtf8(panic);
}

bool readableByAll(const QString &path)
{
    const auto mode = [](const QString &name) {
        struct stat info {};
        return ::stat(QFile::encodeName(name).constData(), &info) == 0 ? info.st_mode : 0;
    };
    if ((mode(path) & S_IROTH) == 0)
        return false;
    for (auto folder = QFileInfo(path).absolutePath(); folder != QStringLiteral("/");
        folder = QFileInfo(folder).path()) {
        if ((mode(folder) & S_IXOTH) == 0)
            return false;
    }
    return true;
}

} // namespace zos::hw
