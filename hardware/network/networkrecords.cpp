// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/networkrecords.h"

#include "core/base/files.h"
#include "core/base/unfinishedfiles.h"
#include "hardware/network/networkscript.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QSet>

namespace zos::hw {

namespace {

constexpr quint32 kDmzBase = 0x647f0000; // 100.127.0.0/16
constexpr quint32 kDmzFirst = kDmzBase + 2;
constexpr quint32 kDmzLast = kDmzBase + 0xfffe;
constexpr int kRecordVersion = 1;

Result<> writeRecordFile(const QString &path, const QByteArray &text)
{
    QSaveFile file(path);
    const auto mode = QFileDevice::ReadOwner | QFileDevice::WriteOwner;
    if (!file.open(QIODevice::WriteOnly) || !file.setPermissions(mode)
        || file.write(text) != text.size() || !file.commit())
        return fail(ErrorCode::Io, QStringLiteral("write %1: %2").arg(path, file.errorString()));
    return {};
}

QByteArray recordText(const NetworkRecord &record)
{
    QJsonObject endpoints;
    for (const auto &[key, endpoint] : record.endpoints.asKeyValueRange())
        endpoints.insert(key, endpoint);
    QJsonArray graces;
    for (const auto &grace : record.graces)
        graces.append(QJsonObject {
            { QStringLiteral("port"), grace.port }, { QStringLiteral("until"), grace.until } });
    const QJsonObject object {
        { QStringLiteral("version"), kRecordVersion },
        { QStringLiteral("dmz"), qint64(record.dmz) },
        { QStringLiteral("port"), record.port },
        { QStringLiteral("digest"), QString::fromLatin1(record.digest) },
        { QStringLiteral("layout"), QString::fromLatin1(record.layout) },
        { QStringLiteral("rules"), QString::fromLatin1(record.rules) },
        { QStringLiteral("wireguard"), QString::fromLatin1(record.wireguard) },
        { QStringLiteral("range"), record.range },
        { QStringLiteral("endpoints"), endpoints },
        { QStringLiteral("graces"), graces },
    };
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

std::optional<NetworkRecord> recordFrom(const QString &id, const QByteArray &text)
{
    const auto object = QJsonDocument::fromJson(text).object();
    const auto bytes
        = [&object](QLatin1StringView name) { return object[name].toString().toLatin1(); };
    NetworkRecord record;
    record.id = id;
    record.dmz = static_cast<quint32>(object[QLatin1StringView("dmz")].toInteger());
    record.port = static_cast<quint16>(object[QLatin1StringView("port")].toInt());
    record.digest = bytes(QLatin1StringView("digest"));
    record.layout = bytes(QLatin1StringView("layout"));
    record.rules = bytes(QLatin1StringView("rules"));
    record.wireguard = bytes(QLatin1StringView("wireguard"));
    record.range = object[QLatin1StringView("range")].toString();
    const auto endpoints = object[QLatin1StringView("endpoints")].toObject();
    for (auto one = endpoints.begin(); one != endpoints.end(); ++one)
        record.endpoints.insert(one.key(), one.value().toString());
    for (const auto grace : object[QLatin1StringView("graces")].toArray())
        record.graces.append({ static_cast<quint16>(grace[QLatin1StringView("port")].toInt()),
            grace[QLatin1StringView("until")].toInteger() });
    const bool sound = object[QLatin1StringView("version")].toInt() == kRecordVersion
        && record.dmz >= kDmzFirst && record.dmz <= kDmzLast;
    return sound ? std::optional(record) : std::nullopt;
}

} // namespace

NetworkRecords::NetworkRecords(QString directory)
    : m_directory(std::move(directory))
    , m_last(kDmzFirst - 1)
{
}

QString NetworkRecords::path(const QString &name) const
{
    return m_directory + u'/' + name;
}

Result<> NetworkRecords::load()
{
    if (!QDir().mkpath(m_directory))
        return fail(ErrorCode::Io, QStringLiteral("create %1").arg(m_directory));
    removeUnfinishedFiles(m_directory,
        { QStringLiteral("*.json"), QStringLiteral("last-address"),
            QStringLiteral("base.digest") });
    m_records.clear();
    m_last = kDmzFirst - 1;
    const auto names = QDir(m_directory).entryList({ QStringLiteral("*.json") }, QDir::Files);
    for (const auto &name : names) {
        const auto id = name.chopped(5);
        QFile file(path(name));
        if (!isNetworkId(id) || !file.open(QIODevice::ReadOnly))
            continue;
        if (const auto record = recordFrom(id, file.read(1 << 20)))
            m_records.insert(id, *record);
    }
    if (QFile file(path(QStringLiteral("last-address"))); file.open(QIODevice::ReadOnly))
        if (const auto last = file.read(16).toUInt(); last >= kDmzFirst && last <= kDmzLast)
            m_last = last;
    return {};
}

const NetworkRecord *NetworkRecords::find(const QString &id) const
{
    const auto found = m_records.constFind(id);
    return found == m_records.constEnd() ? nullptr : &*found;
}

Result<> NetworkRecords::save(const NetworkRecord &record)
{
    m_records.insert(record.id, record);
    return writeRecordFile(path(record.id + QStringLiteral(".json")), recordText(record));
}

Result<> NetworkRecords::erase(const QString &id)
{
    auto removed = removeIfThere(path(id + QStringLiteral(".json")));
    if (removed)
        m_records.remove(id);
    return removed;
}

Result<quint32> NetworkRecords::allocate(const QString &id)
{
    if (const auto *record = find(id))
        return record->dmz;
    QSet<quint32> taken;
    for (const auto &record : std::as_const(m_records))
        taken.insert(record.dmz);
    auto next = m_last;
    do {
        next = next >= kDmzLast ? kDmzFirst : next + 1;
        if (taken.contains(next))
            continue;
        m_last = next;
        NetworkRecord record;
        record.id = id;
        record.dmz = next;
        if (const auto ok = save(record); !ok)
            return fail(ok.error());
        if (const auto ok
            = writeRecordFile(path(QStringLiteral("last-address")), QByteArray::number(next));
            !ok)
            return fail(ok.error());
        return next;
    } while (next != m_last);
    return fail(ErrorCode::Limit, QStringLiteral("no address is left for another network"));
}

} // namespace zos::hw
