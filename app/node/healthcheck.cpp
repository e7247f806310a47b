// SPDX-License-Identifier: Apache-2.0
#include "app/node/healthcheck.h"

#include "core/base/json.h"

#include <QTemporaryFile>

#include <unistd.h>

namespace zos::app {

namespace {

constexpr std::chrono::seconds kPatience { 10 };

// Writes and syncs a file that goes again: what is wrong with the disk below, or nothing.
QString troubleOfDisk(const QString &folder)
{
    QTemporaryFile file(folder + QStringLiteral("/healthcheck.XXXXXX"));
    if (!file.open() || file.write("healthcheck\n") < 0 || !file.flush()
        || fsync(file.handle()) != 0)
        return QStringLiteral("%1 cannot be written: %2").arg(folder, file.errorString());
    return {};
}

QByteArray listOf(const QStringList &texts)
{
    JsonWriter json;
    json.array();
    for (const auto &text : texts)
        json.string(text);
    return json.end().text();
}

} // namespace

Task<SelfTestResult> checkHealth(HealthSources sources)
{
    QStringList cache;
    const auto folder = sources.stateDir;
    const auto disk = co_await onWorker([folder] { return troubleOfDisk(folder); });
    if (!disk.isEmpty())
        cache += disk;
    for (const auto &pool : sources.volumes->pools()) {
        if (!pool.healthy)
            cache += QStringLiteral("pool %1: %2").arg(pool.id, pool.trouble);
    }

    QStringList network;
    const auto addresses = co_await withDeadline(
        sources.networks->addresses(), kPatience, QStringLiteral("reading the addresses"));
    if (!addresses)
        network += addresses.error().what;
    else if (addresses->zos.isEmpty())
        network += QStringLiteral("the node has no address");
    const auto head = co_await withDeadline(
        sources.ledger->head(), kPatience, QStringLiteral("reading the ledger"));
    if (!head)
        network += head.error().wrapped(QStringLiteral("ledger")).what;
    if (const auto state = sources.overlay->state(); !state.running)
        network += state.trouble.isEmpty()
            ? QStringLiteral("the overlay is down")
            : QStringLiteral("the overlay is down: %1").arg(state.trouble);

    JsonWriter json;
    json.object().key(u"cache").raw(listOf(cache)).key(u"network").raw(listOf(network)).end();
    co_return SelfTestResult { QStringLiteral("healthcheck"),
        QStringLiteral("can the node keep what it must remember, and is it connected"),
        sources.clock->seconds().count(), json.text(), cache + network };
}

} // namespace zos::app
