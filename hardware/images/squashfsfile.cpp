// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/squashfsfile.h"

#include <QFile>
#include <QtCrypto>
#include <QtEndian>

namespace zos::hw {

QString flistRefusal()
{
    return QStringLiteral(
        "flist images are not supported by this node yet: give the URL of a squashfs image");
}

Result<> checkSquashfs(const QByteArray &head, Bytes size)
{
    constexpr qsizetype superblock = 96;
    if (head.startsWith("SQLite format 3") || head.startsWith("\x1f\x8b"))
        return fail(ErrorCode::Invalid, flistRefusal());
    if (head.size() < superblock || !head.startsWith("hsqs"))
        return fail(ErrorCode::Invalid, QStringLiteral("this is not a squashfs image"));
    const auto *bytes = head.constData();
    const auto blockSize = qFromLittleEndian<quint32>(bytes + 12);
    const auto blockLog = qFromLittleEndian<quint16>(bytes + 22);
    const auto major = qFromLittleEndian<quint16>(bytes + 28);
    const auto minor = qFromLittleEndian<quint16>(bytes + 30);
    const auto used = qFromLittleEndian<quint64>(bytes + 40);
    if (major != 4 || minor != 0)
        return fail(ErrorCode::Invalid,
            QStringLiteral("squashfs version %1.%2 is not supported, only 4.0")
                .arg(major)
                .arg(minor));
    if (blockLog < 12 || blockLog > 20 || blockSize != 1U << blockLog)
        return fail(
            ErrorCode::Invalid, QStringLiteral("the squashfs image has a broken superblock"));
    if (used < static_cast<quint64>(superblock) || used > size.count())
        return fail(ErrorCode::Invalid,
            QStringLiteral("the squashfs image is cut off: %1 of %2 bytes")
                .arg(size.count())
                .arg(used));
    return {};
}

Result<QString> fileSha256(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, QStringLiteral("open %1: %2").arg(path, file.errorString()));
    QCA::Hash hash(QStringLiteral("sha256"));
    QByteArray block(1 << 20, Qt::Uninitialized);
    for (;;) {
        const auto count = file.read(block.data(), block.size());
        if (count < 0)
            return fail(ErrorCode::Io, QStringLiteral("read %1: %2").arg(path, file.errorString()));
        if (count == 0)
            break;
        hash.update(QCA::MemoryRegion(block.first(count)));
    }
    return QString::fromLatin1(hash.final().toByteArray().toHex());
}

} // namespace zos::hw
