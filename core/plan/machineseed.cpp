// SPDX-License-Identifier: Apache-2.0
#include "core/plan/machineplan.h"

namespace zos {

namespace {

// A value may hold line ends and anything else; the line it stands on may not.
QByteArray seedEncoded(const QString &text)
{
    QByteArray out;
    for (const char c : text.toUtf8()) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || c == '%')
            out += '%' + QByteArray(1, c).toHex().toUpper();
        else
            out += c;
    }
    return out;
}

void seedLine(QByteArray &text, const char *key, const QByteArray &value)
{
    text += key;
    text += ' ' + value + '\n';
}

void cpioEntry(QByteArray &archive, const QByteArray &name, quint32 mode, const QByteArray &content)
{
    const auto field = [&archive](quint64 value) {
        archive += QByteArray::number(value, 16).rightJustified(8, '0');
    };
    const auto pad = [&archive] { archive.append((4 - archive.size() % 4) % 4, '\0'); };
    archive += "070701";
    const quint64 fields[] = { 0, mode, 0, 0, 1, 0, static_cast<quint64>(content.size()), 0, 0, 0,
        0, static_cast<quint64>(name.size() + 1), 0 };
    for (const auto value : fields)
        field(value);
    archive += name + '\0';
    pad();
    archive += content;
    pad();
}

} // namespace

QByteArray seedText(const MachinePlan &plan)
{
    QByteArray text = "# zos seed v1\n";
    seedLine(text, "hostname", seedEncoded(plan.hostname));
    seedLine(text, "root", "vroot rw");
    for (const auto &nic : plan.nics) {
        seedLine(text, "if", seedEncoded(nic.mac) + ' ' + seedEncoded(nic.name));
        for (const auto &address : nic.addresses)
            seedLine(text, "addr", seedEncoded(address));
        for (const auto &route : nic.routes)
            seedLine(text, "route",
                seedEncoded(route.to.text()) + ' '
                    + (route.via.isEmpty() ? QByteArray("-") : seedEncoded(route.via)));
    }
    for (const auto &server : plan.dns)
        seedLine(text, "dns", seedEncoded(server));
    for (const auto &[name, value] : plan.environment)
        seedLine(text, "env", seedEncoded(name + u'=' + value));
    for (const auto &word : plan.entrypoint)
        seedLine(text, "arg", seedEncoded(word));
    for (const auto &key : plan.sshKeys)
        seedLine(text, "key", seedEncoded(key));
    for (const auto &disk : plan.disks)
        seedLine(text, "disk", seedEncoded(disk.serial) + ' ' + seedEncoded(disk.mountpoint));
    return text;
}

QByteArray seedArchive(const QByteArray &seed)
{
    constexpr quint32 kSecretFile = 0100600;
    QByteArray archive;
    cpioEntry(archive, "zos-seed", kSecretFile, seed);
    cpioEntry(archive, "TRAILER!!!", 0, {});
    archive.append((512 - archive.size() % 512) % 512, '\0');
    return archive;
}

} // namespace zos
