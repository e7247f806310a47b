// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"
#include "core/base/logging.h"
#include "hardware/fake/fakeworld.h"

#include <QFile>
#include <QSaveFile>

// What is on the simulated disks, kept in a file so that it outlives the process as on real ones.

namespace zos::hw {

namespace {

Result<FakeWorld::Volume> volumeFrom(const Json &json)
{
    const auto text = [&json](QStringView name) {
        const auto *member = json.findExact(name);
        return member ? member->string() : QString();
    };
    const auto flag = [&json](QStringView name) {
        const auto *member = json.findExact(name);
        return member && member->boolean();
    };
    const auto *size = json.findExact(u"size");
    const auto bytes = size ? size->toUnsigned() : std::nullopt;
    if (!bytes || text(u"id").isEmpty())
        return fail(ErrorCode::Corrupt, QStringLiteral("an entry without id or size"));
    return FakeWorld::Volume { StoredVolume {
                                   text(u"id"), text(u"path"), Bytes(*bytes), text(u"pool") },
        flag(u"disk"), flag(u"formatted") };
}

} // namespace

Result<> FakeWorld::keepDisksIn(const QString &path)
{
    QFile file(path);
    if (file.exists()) {
        if (!file.open(QIODevice::ReadOnly))
            return fail(ErrorCode::Io, QStringLiteral("%1: %2").arg(path, file.errorString()));
        const auto json = Json::parse(file.readAll());
        if (!json)
            return fail(json.error().wrapped(path));
        for (const auto &item : json->items()) {
            const auto volume = volumeFrom(item);
            if (!volume)
                return fail(volume.error().wrapped(path));
            volumes.insert((volume->disk ? u"disk " : u"volume ") + volume->stored.id, *volume);
        }
    }
    m_disksFile = path;
    return {};
}

void FakeWorld::disksChanged() const
{
    if (m_disksFile.isEmpty())
        return;
    JsonWriter json;
    json.array();
    for (const auto &volume : volumes) {
        json.object().key(u"id").string(volume.stored.id).key(u"path").string(volume.stored.path);
        json.key(u"size").number(volume.stored.size.count());
        json.key(u"pool").string(volume.stored.poolId).key(u"disk").boolean(volume.disk);
        json.key(u"formatted").boolean(volume.formatted).end();
    }
    QSaveFile file(m_disksFile);
    if (!file.open(QIODevice::WriteOnly) || file.write(json.end().text()) < 0 || !file.commit())
        qCWarning(lcNode) << "the simulated disks could not be kept:" << file.errorString();
}

} // namespace zos::hw
