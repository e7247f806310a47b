// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/replayguard.h"

#include <QFile>
#include <QHash>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <vector>

namespace zos::rmb {

namespace replay {

constexpr qsizetype kChallenge = 16;
constexpr char kHeader[] = "zos messages seen 1\n";
constexpr qsizetype kHeaderSize = sizeof kHeader - 1;
constexpr qsizetype kRecordSize = 4 + 8 + kChallenge;
constexpr qsizetype kSlack = 8192; // records that are over before a rewrite is worth it
constexpr quint64 kLongest = 7200; // seconds; a record that claims more is damage

struct Key
{
    TwinId source;
    std::array<quint8, kChallenge> challenge {};

    Key() = default;
    Key(TwinId twin, const QByteArray &bytes)
        : source(twin)
    {
        Q_ASSERT(bytes.size() == kChallenge);
        std::memcpy(challenge.data(), bytes.constData(),
            static_cast<size_t>(std::min(bytes.size(), kChallenge)));
    }
    bool operator==(const Key &) const = default;
    friend size_t qHash(const Key &key, size_t seed = 0)
    {
        return qHashBits(key.challenge.data(), key.challenge.size(), seed ^ key.source.value());
    }
};

std::array<char, kRecordSize> recordOf(const Key &key, quint64 expires)
{
    std::array<char, kRecordSize> record {};
    qToLittleEndian(key.source.value(), record.data());
    qToLittleEndian(expires, record.data() + 4);
    std::memcpy(record.data() + 12, key.challenge.data(), kChallenge);
    return record;
}

} // namespace replay

struct ReplayGuard::Private
{
    ReplayLimits limits;
    QHash<replay::Key, quint64> entries; // when each is over
    std::map<quint64, std::vector<replay::Key>> byTime;
    QHash<TwinId, int> perTwin;
    QFile file;
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
            if (const auto rewritten = rewrite(); !rewritten)
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

    // Starts the file anew with what is still valid.
    Result<> rewrite()
    {
        const QString path = file.fileName();
        QFile fresh(path + u".new");
        QByteArray bytes(replay::kHeader, replay::kHeaderSize);
        bytes.reserve(replay::kHeaderSize + entries.size() * replay::kRecordSize);
        for (auto entry = entries.cbegin(); entry != entries.cend(); ++entry) {
            const auto record = replay::recordOf(entry.key(), entry.value());
            bytes.append(record.data(), record.size());
        }
        const bool written
            = fresh.open(QIODevice::WriteOnly | QIODevice::Truncate | QIODevice::Unbuffered)
            && fresh.write(bytes) == bytes.size();
        fresh.close();
        if (!written
            || std::rename(QFile::encodeName(fresh.fileName()).constData(),
                   QFile::encodeName(path).constData())
                != 0)
            return fail(ErrorCode::Io, QStringLiteral("replay guard: %1").arg(fresh.errorString()));
        file.close();
        if (!file.open(QIODevice::Append | QIODevice::Unbuffered))
            return fail(ErrorCode::Io, QStringLiteral("replay guard: %1").arg(file.errorString()));
        records = entries.size();
        return {};
    }

    // A damaged file holds nothing that is needed for long: what makes no sense is left out.
    void load(quint64 time)
    {
        if (!file.open(QIODevice::ReadOnly))
            return;
        const QByteArray bytes = file.readAll();
        file.close();
        if (!bytes.startsWith(QByteArrayView(replay::kHeader, replay::kHeaderSize)))
            return;
        for (qsizetype at = replay::kHeaderSize; at + replay::kRecordSize <= bytes.size();
            at += replay::kRecordSize) {
            const char *record = bytes.constData() + at;
            const auto expires = qFromLittleEndian<quint64>(record + 4);
            const replay::Key key(TwinId(qFromLittleEndian<quint32>(record)),
                QByteArray::fromRawData(record + 12, replay::kChallenge));
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
        records = 0;
    }
};

ReplayGuard::ReplayGuard(ReplayLimits limits)
    : d(std::make_unique<Private>())
{
    d->limits = limits;
}

ReplayGuard::~ReplayGuard() = default;

Result<> ReplayGuard::open(const QString &path, quint64 time)
{
    d->reset();
    if (path.isEmpty())
        return {};
    d->file.setFileName(path);
    d->load(time);
    const auto begun = d->rewrite();
    if (!begun)
        d->reset();
    return begun;
}

void ReplayGuard::close()
{
    d->reset();
}

bool ReplayGuard::seen(TwinId source, const QByteArray &challenge) const
{
    return d->entries.contains(replay::Key(source, challenge));
}

Result<> ReplayGuard::remember(
    TwinId source, const QByteArray &challenge, quint64 expires, quint64 time)
{
    const replay::Key key(source, challenge);
    if (d->entries.contains(key))
        return fail(ErrorCode::Exists, text());
    d->prune(time);
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

int ReplayGuard::size() const
{
    return static_cast<int>(d->entries.size());
}

} // namespace zos::rmb
