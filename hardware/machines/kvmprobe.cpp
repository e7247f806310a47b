// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/kvmprobe.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QtEndian>

#include <unistd.h>

namespace zos::hw {

namespace {

// isa-debug-exit ends QEMU with (value << 1) | 1: 0x10 gives 33.
constexpr int kProbeStatus = 33;

// What the verdict depends on.
QString probeKey(const QString &emulator)
{
    QFile boot(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    const QFileInfo file(emulator);
    const auto id = boot.open(QIODevice::ReadOnly) ? boot.readAll().trimmed() : QByteArray();
    return QStringLiteral("%1 %2 %3")
        .arg(QString::fromLatin1(id))
        .arg(file.size())
        .arg(file.lastModified().toMSecsSinceEpoch());
}

std::optional<KvmVerdict> remembered(const QString &path, const QString &key)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > 4096)
        return std::nullopt;
    const auto stored = QJsonDocument::fromJson(file.readAll()).object();
    if (stored.value(QStringLiteral("key")).toString() != key)
        return std::nullopt;
    return KvmVerdict { stored.value(QStringLiteral("usable")).toBool(),
        stored.value(QStringLiteral("reason")).toString() };
}

void remember(const QString &path, const QString &key, const KvmVerdict &verdict)
{
    QSaveFile file(path);
    const QJsonObject stored { { QStringLiteral("key"), key },
        { QStringLiteral("usable"), verdict.usable },
        { QStringLiteral("reason"), verdict.reason } };
    if (file.open(QIODevice::WriteOnly)) {
        file.write(QJsonDocument(stored).toJson());
        file.commit(); // lost: the next start probes again
    }
}

} // namespace

KvmProbe::KvmProbe(CommandRunner *runner, QString emulator, QString folder)
    : m_runner(runner)
    , m_emulator(std::move(emulator))
    , m_folder(std::move(folder))
{
}

QByteArray KvmProbe::program()
{
    constexpr quint32 kLoadAddress = 0x100000;
    constexpr quint16 kElfHeader = 52;
    constexpr quint16 kProgramHeader = 32;
    constexpr quint32 kMultiboot = kElfHeader + kProgramHeader;
    constexpr quint32 kCode = kMultiboot + 12;
    constexpr quint32 kMultibootMagic = 0x1badb002;
    // mov al, 0x10; out 0xf4, al; hlt; jmp $-1
    const QByteArray code("\xb0\x10\xe6\xf4\xf4\xeb\xfd", 7);
    const quint32 size = kCode + static_cast<quint32>(code.size());

    QByteArray file;
    const auto put16 = [&file](quint16 value) {
        value = qToLittleEndian(value);
        file.append(reinterpret_cast<const char *>(&value), sizeof value);
    };
    const auto put32 = [&file](quint32 value) {
        value = qToLittleEndian(value);
        file.append(reinterpret_cast<const char *>(&value), sizeof value);
    };
    file.append("\x7f"
                "ELF\1\1\1",
        7); // 32 bit, little endian, version 1
    file.append(9, '\0');
    put16(2); // executable
    put16(3); // i386
    put32(1);
    put32(kLoadAddress + kCode); // entry
    put32(kElfHeader); // program headers follow
    put32(0);
    put32(0);
    put16(kElfHeader);
    put16(kProgramHeader);
    put16(1);
    put16(0);
    put16(0);
    put16(0);
    for (const quint32 field : { 1U, 0U, kLoadAddress, kLoadAddress, size, size, 5U, 0x1000U })
        put32(field); // one loadable segment: the whole file
    put32(kMultibootMagic);
    put32(0);
    put32(0U - kMultibootMagic);
    return file + code;
}

Task<Result<KvmVerdict>> KvmProbe::probe()
{
    // A member would need `this` after the wait; the task works on copies.
    return decide(m_runner, m_emulator, m_folder);
}

Task<Result<KvmVerdict>> KvmProbe::decide(CommandRunner *runner, QString emulator, QString folder)
{
    const auto device = QStringLiteral("/dev/kvm");
    if (!QFile::exists(device))
        co_return KvmVerdict { false, QStringLiteral("this machine has no /dev/kvm") };
    if (::access("/dev/kvm", R_OK | W_OK) != 0)
        co_return KvmVerdict { false, QStringLiteral("/dev/kvm may not be opened") };
    const auto key = probeKey(emulator);
    const auto path = folder + QStringLiteral("/kvm-probe.json");
    if (const auto known = remembered(path, key))
        co_return *known;
    auto verdict
        = co_await attempt(runner, folder, QStringLiteral("kvm"), std::chrono::milliseconds(1500));
    if (verdict)
        remember(path, key, *verdict);
    co_return verdict;
}

Task<Result<KvmVerdict>> KvmProbe::attempt(
    CommandRunner *runner, QString folder, QString accelerator, std::chrono::milliseconds limit)
{
    const auto path = folder + QStringLiteral("/probe.elf");
    QSaveFile file(path);
    if (!QDir().mkpath(folder) || !file.open(QIODevice::WriteOnly) || file.write(program()) < 0
        || !file.commit())
        co_return fail(ErrorCode::Io, QStringLiteral("write %1: %2").arg(path, file.errorString()));
    Command command;
    command.program = QStringLiteral("qemu");
    command.arguments = { QStringLiteral("-accel"), accelerator, QStringLiteral("-M"),
        QStringLiteral("q35"), QStringLiteral("-cpu"),
        accelerator == QStringLiteral("kvm") ? QStringLiteral("host") : QStringLiteral("max"),
        QStringLiteral("-m"), QStringLiteral("64"), QStringLiteral("-nodefaults"),
        QStringLiteral("-display"), QStringLiteral("none"), QStringLiteral("-no-reboot"),
        QStringLiteral("-device"), QStringLiteral("isa-debug-exit,iobase=0xf4,iosize=1"),
        QStringLiteral("-kernel"), path };
    command.deadline = limit;
    const auto output = co_await runner->run(command);
    if (output && output->exitCode == kProbeStatus)
        co_return KvmVerdict { true, {} };
    if (!output && output.error().code == ErrorCode::NotFound)
        co_return fail(output.error());
    auto why = output ? lastErrorLine(*output) : output.error().what;
    if (why.isEmpty())
        why = QStringLiteral("the emulator ended with status %1").arg(output->exitCode);
    co_return KvmVerdict { false,
        QStringLiteral("hardware virtualisation not usable: ") + why.left(256) };
}

} // namespace zos::hw
