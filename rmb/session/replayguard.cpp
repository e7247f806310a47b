// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/replayguard.h"

#include "core/base/files.h"

#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QUuid>
#include <QtEndian>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <vector>

namespace zos::rmb {

namespace replay {

constexpr qsizetype kMark = 16;
constexpr char kMagic[] = "zos messages seen 2\n";
constexpr char kComplete[] = "complete"; // in place of the boot
constexpr qsizetype kBoot = 36;
constexpr qsizetype kNumber = 20;
// Magic, boot, space, the time before which something may be forgotten, end of line.
constexpr qsizetype kHeaderSize = sizeof kMagic - 1 + kBoot + 1 + kNumber + 1;
constexpr qsizetype kRecordSize = 4 + 8 + kMark;
constexpr qsizetype kSlack = 8192; // records that are over before a rewrite is worth it
constexpr quint64 kLongest = 7200; // seconds; a record that claims more is damage

struct Key
{
    TwinId source;
    std::array<quint8, kMark> mark {};

    Key() = default;
    Key(TwinId twin, const QByteArray &bytes)
        : source(twin)
    {
        Q_ASSERT(bytes.size() == kMark);
        std::memcpy(
            mark.data(), bytes.constData(), static_cast<size_t>(std::min(bytes.size(), kMark)));
    }
    bool operator==(const Key &) const = default;
    friend size_t qHash(const Key &key, size_t seed = 0)
    {
        return qHashBits(key.mark.data(), key.mark.size(), seed ^ key.source.value());
    }
};

std::array<char, kRecordSize> recordOf(const Key &key, quint64 expires)
{
    std::array<char, kRecordSize> record {};
    qToLittleEndian(key.source.value(), record.data());
    qToLittleEndian(expires, record.data() + 4);
    std::memcpy(record.data() + 12, key.mark.data(), kMark);
    return record;
}

QByteArray headerOf(const QByteArray &boot, quint64 forgotBefore)
{
    return kMagic + boot.leftJustified(kBoot, ' ', true) + ' '
        + QByteArray::number(forgotBefore).rightJustified(kNumber, '0') + '\n';
}

// What a renamed file is called is the folder's content.
bool syncFolderOf(const QString &path)
{
    const QByteArray folder = QFile::encodeName(QFileInfo(path).absolutePath());
    const int descriptor = ::open(folder.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool synced = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return synced;
}

} // namespace replay

struct ReplayGuard::Private
{
    ReplayLimits limits;
    QHash<replay::Key, quint64> entries; // when each is over
    std::map<quint64, std::vector<replay::Key>> byTime;
    QHash<TwinId, int> perTwin;
    QFile file;
    QByteArray boot;
    quint64 forgotBefore = 0; // whatever was stamped until then
    qsizetype records = 0; // in the file

    void insert(const replay::Key &key, quint64 expires)
    {
        entries.insert(key, expires);
        byTime[expires].push_back(key);
        ++perTwin[key.source];
    }

    void prune(quint64 time)
    {
        while (!byTime.empty() && byTime.begin()->first <= time) {
            for (const auto &key : byTime.begin()->second) {
                entries.remove(key);
                if (--perTwin[key.source] <= 0)
                    perTwin.remove(key.source);
            }
            byTime.erase(byTime.begin());
        }
    }

    Result<> append(const replay::Key &key, quint64 expires)
    {
        if (!file.isOpen())
            return {};
        if (records > 2 * entries.size() + replay::kSlack) {
            if (const auto rewritten = rewrite(boot, false); !rewritten)
                return rewritten;
        }
        const auto record = replay::recordOf(key, expires);
        if (file.write(record.data(), record.size()) != qint64(record.size())) {
            const QString why = file.errorString();
            // A torn record would shift all that follow it.
            file.resize(replay::kHeaderSize + records * replay::kRecordSize);
            file.seek(file.size());
            return fail(ErrorCode::Io, QStringLiteral("replay guard: %1").arg(why));
        }
        ++records;
        return {};
    }

    // Starts the file anew with what is still valid. Not synced it may be lost with the power, and
    // then its header is not what the next boot accepts.
    Result<> rewrite(const QByteArray &writer, bool synced)
    {
        const QString path = file.fileName();
        QFile fresh(path + u".new");
        QByteArray bytes = replay::headerOf(writer, forgotBefore);
        bytes.reserve(replay::kHeaderSize + entries.size() * replay::kRecordSize);
        for (auto entry = entries.cbegin(); entry != entries.cend(); ++entry) {
            const auto record = replay::recordOf(entry.key(), entry.value());
            bytes.append(record.data(), record.size());
        }
        const bool written
            = fresh.open(QIODevice::WriteOnly | QIODevice::Truncate | QIODevice::Unbuffered)
            && fresh.write(bytes) == bytes.size() && (!synced || ::fsync(fresh.handle()) == 0);
        fresh.close();
        if (!written
            || std::rename(QFile::encodeName(fresh.fileName()).constData(),
                   QFile::encodeName(path).constData())
                != 0
            || (synced && !replay::syncFolderOf(path)))
            return fail(ErrorCode::Io, QStringLiteral("replay guard: %1").arg(fresh.errorString()));
        file.close();
        if (!file.open(QIODevice::Append | QIODevice::Unbuffered))
            return fail(ErrorCode::Io, QStringLiteral("replay guard: %1").arg(file.errorString()));
        records = entries.size();
        return {};
    }

    // What makes no sense is left out: a power loss leaves such records.
    void load(quint64 time)
    {
        if (isAbsent(file.fileName()))
            return;
        forgotBefore = time;
        if (!file.open(QIODevice::ReadOnly))
            return;
        const QByteArray bytes = file.readAll();
        file.close();
        const qsizetype bootAt = sizeof replay::kMagic - 1;
        if (bytes.size() < replay::kHeaderSize || !bytes.startsWith(replay::kMagic))
            return;
        const QByteArray writer = bytes.sliced(bootAt, replay::kBoot).trimmed();
        if (writer == boot || writer == replay::kComplete)
            forgotBefore = bytes.sliced(bootAt + replay::kBoot + 1, replay::kNumber).toULongLong();
        for (qsizetype at = replay::kHeaderSize; at + replay::kRecordSize <= bytes.size();
            at += replay::kRecordSize) {
            const char *record = bytes.constData() + at;
            const auto expires = qFromLittleEndian<quint64>(record + 4);
            const replay::Key key(TwinId(qFromLittleEndian<quint32>(record)),
                QByteArray::fromRawData(record + 12, replay::kMark));
            const bool sound = expires > time && expires - time <= replay::kLongest;
            if (sound && entries.size() < limits.entries && !entries.contains(key))
                insert(key, expires);
        }
    }

    void reset()
    {
        file.close();
        entries.clear();
        byTime.clear();
        perTwin.clear();
        forgotBefore = 0;
        records = 0;
    }
};

ReplayGuard::ReplayGuard(ReplayLimits limits)
    : d(std::make_unique<Private>())
{
    d->limits = limits;
}

ReplayGuard::~ReplayGuard() = default;

Result<> ReplayGuard::open(const QString &path, quint64 time, const QByteArray &boot)
{
    d->reset();
    if (path.isEmpty())
        return {};
    d->file.setFileName(path);
    d->boot = boot;
    d->load(time);
    const auto begun = d->rewrite(boot, true);
    if (!begun)
        d->reset();
    return begun;
}

void ReplayGuard::close()
{
    // Should it fail, the next boot is careful without need.
    if (d->file.isOpen())
        (void)d->rewrite(replay::kComplete, true);
    d->reset();
}

bool ReplayGuard::mayHaveForgotten(quint64 stamped) const
{
    return stamped <= d->forgotBefore;
}

bool ReplayGuard::seen(TwinId source, const QByteArray &mark, quint64 time) const
{
    return d->entries.value(replay::Key(source, mark)) > time;
}

Result<> ReplayGuard::remember(TwinId source, const QByteArray &mark, quint64 expires, quint64 time)
{
    const replay::Key key(source, mark);
    d->prune(time);
    if (d->entries.contains(key))
        return fail(ErrorCode::Exists, text());
    // A twin may hold as much as is left for others: however many flood, newcomers find room.
    const auto left = d->limits.entries - d->entries.size();
    const auto most = std::min<qsizetype>(d->limits.entriesPerTwin, left);
    if (d->perTwin.value(source) >= most)
        return fail(ErrorCode::Limit,
            QStringLiteral("%1 messages of this twin are still valid, more cannot be told apart")
                .arg(d->perTwin.value(source)));
    if (const auto kept = d->append(key, expires); !kept)
        return kept;
    d->insert(key, expires);
    return {};
}

QString ReplayGuard::text()
{
    return QStringLiteral("message was received before");
}

QByteArray ReplayGuard::thisBoot()
{
    QFile file(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    // Without one every start is the first of its kind.
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed()
                                          : QUuid::createUuid().toByteArray(QUuid::WithoutBraces);
}

int ReplayGuard::size() const
{
    return static_cast<int>(d->entries.size());
}

} // namespace zos::rmb
