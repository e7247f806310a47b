// SPDX-License-Identifier: Apache-2.0
#include "tests/support/node/nodehost.h"

#include "tests/support/eventually.h"

#include <QDir>
#include <QJsonArray>

namespace zos::testing {

using namespace Qt::StringLiterals;

QByteArray tool(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    process.waitForFinished(60000);
    const auto said = process.readAll();
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        qWarning("%s: %s", qPrintable(program), said.constData());
    return said.trimmed();
}

NodeHost::~NodeHost()
{
    m_supervisor.terminate();
    m_supervisor.waitForFinished(20000);
    const QDir pools(u"/mnt"_s);
    for (const auto &name : pools.entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        tool(u"umount"_s, { pools.filePath(name) });
    if (!m_loop.isEmpty())
        tool(u"losetup"_s, { u"-d"_s, m_loop });
}

QString NodeHost::obstacle()
{
    QFile filesystems(u"/proc/filesystems"_s);
    if (!filesystems.open(QIODevice::ReadOnly) || !filesystems.readAll().contains("btrfs"))
        return u"the kernel has no btrfs"_s;
    return QFile::exists(u"/dev/loop-control"_s) ? QString() : u"there are no loop devices"_s;
}

QString NodeHost::make(NodeProgram *node)
{
    tool(u"ip"_s, { u"link"_s, u"add"_s, u"zos"_s, u"type"_s, u"bridge"_s });
    tool(u"ip"_s, { u"addr"_s, u"add"_s, u"198.51.100.10/24"_s, u"dev"_s, u"zos"_s });
    tool(u"ip"_s, { u"link"_s, u"set"_s, u"zos"_s, u"up"_s });
    QFile file(node->path(u"disk.img"_s));
    if (!file.open(QIODevice::WriteOnly) || !file.resize(10LL << 30))
        return file.errorString();
    m_loop = QString::fromUtf8(tool(u"losetup"_s, { u"--find"_s, u"--show"_s, file.fileName() }));
    if (!m_loop.startsWith(u"/dev/loop"))
        return u"loop devices cannot be attached here"_s;
    node->set(u"devices"_s, QJsonArray { m_loop });
    node->set(u"pins"_s, QJsonObject { { m_loop, u"ssd"_s } });
    node->set(u"manage_libvirt"_s, true);
    node->set(u"yggdrasil_multicast"_s, false);
    node->set(u"guest_kernel"_s, QStringLiteral(ZOS_BINARY_DIR "/guest/vmlinux"));
    node->set(u"guest_initramfs"_s, QStringLiteral(ZOS_BINARY_DIR "/guest/initramfs"));
    m_supervisor.setStandardErrorFile(node->path(u"supervisor.log"_s));
    m_supervisor.start(QCoreApplication::applicationDirPath() + u"/zos-supervisor",
        { u"--stop-all"_s, u"/run/zos/supervisor.sock"_s });
    const auto socket = u"/run/zos/supervisor.sock"_s;
    return eventually([&] { return QFile::exists(socket); }) ? QString()
                                                             : u"the supervisor does not answer"_s;
}

QString NodeHost::begin(NodeProgram *node)
{
    auto trouble = make(node);
    if (trouble.isEmpty())
        trouble = node->make();
    return trouble.isEmpty() ? node->start() : trouble;
}

} // namespace zos::testing
