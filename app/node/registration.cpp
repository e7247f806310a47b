// SPDX-License-Identifier: Apache-2.0
#include "app/node/registration.h"

#include "core/base/json.h"
#include "core/base/logging.h"
#include "core/base/unfinishedfiles.h"

#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <fcntl.h>
#include <unistd.h>

namespace zos::app {

std::optional<Registration> Registration::load(const QString &path)
{
    const QFileInfo place(path);
    removeUnfinishedFiles(place.path(), { place.fileName() });
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const auto json = Json::parse(file.read(65536));
    if (!json)
        return std::nullopt;
    const auto number = [&](QStringView name) -> quint32 {
        const auto *member = json->findExact(name);
        return member ? static_cast<quint32>(
                            member->toUnsigned(std::numeric_limits<quint32>::max()).value_or(0))
                      : 0;
    };
    Registration found { NodeId(number(u"node")), TwinId(number(u"twin")), FarmId(number(u"farm")),
        TwinId(number(u"farmer")), {} };
    if (const auto *name = json->findExact(u"farm_name"))
        found.farmName = name->string();
    if (found.node.value() == 0 || found.twin.value() == 0)
        return std::nullopt;
    return found;
}

Result<> Registration::save(const QString &path) const
{
    JsonWriter json;
    json.object();
    json.key(u"node").number(node.value());
    json.key(u"twin").number(twin.value());
    json.key(u"farm").number(farm.value());
    json.key(u"farmer").number(farmer.value());
    json.key(u"farm_name").string(farmName);
    json.end();
    // QSaveFile renames but does not sync; the sync makes it survive a power cut.
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(json.text() + '\n') < 0 || !file.flush()
        || fsync(file.handle()) != 0 || !file.commit())
        return fail(
            ErrorCode::Io, QStringLiteral("cannot write %1: %2").arg(path, file.errorString()));
    const auto folder = path.left(path.lastIndexOf(u'/'));
    if (const int fd
        = open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fd >= 0) {
        fsync(fd);
        close(fd);
    }
    return {};
}

Task<void> reportLastUptime(Ledger *ledger, Inventory *inventory, const Clock *clock)
{
    if (ledger->state() != LedgerState::Online)
        co_return;
    const auto load = co_await inventory->load();
    if (!load)
        co_return;
    const auto sent
        = co_await withDeadline(ledger->reportUptime(load->uptimeSeconds, clock->seconds().count()),
            std::chrono::seconds(2), QStringLiteral("the last report of the uptime"));
    if (!sent)
        qCInfo(lcNode).noquote() << sent.error().what;
}

} // namespace zos::app
