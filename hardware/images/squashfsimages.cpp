// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/squashfsimages.h"

#include "core/base/files.h"
#include "core/base/logging.h"
#include "core/model/deployment.h"
#include "hardware/images/imagemounts.h"
#include "hardware/process/commandrunner.h"

#include <QDir>
#include <QtCrypto>

namespace zos::hw {

namespace {

// It becomes the name of a directory.
bool isRootId(const QString &id)
{
    return parseWorkloadId(id).has_value();
}

// Mounts and unmounts of all images go through this door one by one: they are fast, and an image
// must not be released between its mount and the overlay that needs it.
QString mountDoor()
{
    return QStringLiteral("/mounts");
}

} // namespace

SquashfsImages::SquashfsImages(
    QString cacheDir, QString runDir, CommandRunner *runner, ImageLimits limits)
    : m_runDir(std::move(runDir))
    , m_runner(runner)
    , m_crypto(std::make_unique<QCA::Initializer>())
    , m_fetcher(std::move(cacheDir), limits)
{
}

SquashfsImages::~SquashfsImages() = default;

Task<Result<QStringList>> SquashfsImages::mounted()
{
    const auto found
        = co_await onWorker([folder = rootFolder()] { return imagemounts::mountedBelow(folder); });
    if (!found)
        co_return fail(found.error());
    co_return QStringList(found->keys());
}

Task<Result<QString>> SquashfsImages::imageOf(QString id)
{
    const auto found
        = co_await onWorker([folder = rootFolder()] { return imagemounts::mountedBelow(folder); });
    if (!found)
        co_return fail(found.error());
    const auto lower = found->value(id);
    co_return lower.mid(lower.lastIndexOf(u'/') + 1);
}

Task<Result<MachineRoot>> SquashfsImages::mountRoot(
    QString id, QString url, QString upper, ImageProgress progress, CancelToken token)
{
    if (!isRootId(id))
        co_return fail(ErrorCode::Invalid, QStringLiteral("%1 is not an id").arg(quoted(id)));
    const auto turn = co_await m_queue.enter(id);
    auto root = co_await mountNew(id, upper, [&] { return fetch(url, progress, token); }, token);
    if (!root)
        co_return fail(root.error().wrapped(QStringLiteral("image %1").arg(quoted(url))));
    co_return root;
}

Task<Result<MachineRoot>> SquashfsImages::mountCached(QString id, QString sha256, QString upper)
{
    if (!isRootId(id))
        co_return fail(ErrorCode::Invalid, QStringLiteral("%1 is not an id").arg(quoted(id)));
    const auto turn = co_await m_queue.enter(id);
    auto root = co_await mountNew(id, upper, [&] { return m_fetcher.fetchCached(sha256); }, {});
    if (!root)
        co_return fail(root.error().wrapped(QStringLiteral("image %1").arg(quoted(sha256))));
    co_return root;
}

Task<Result<QStringList>> SquashfsImages::cached()
{
    co_return co_await m_fetcher.images();
}

Task<Result<QString>> SquashfsImages::fetch(QString url, ImageProgress progress, CancelToken token)
{
    const auto parsed = ImageUrl::parse(url);
    if (!parsed)
        co_return fail(parsed.error());
    co_return co_await m_fetcher.fetch(*parsed, std::move(progress), token);
}

Task<Result<MachineRoot>> SquashfsImages::mountNew(
    QString id, QString upper, Obtain obtain, CancelToken token)
{
    const auto present = co_await imageOf(id);
    if (!present)
        co_return fail(present.error());
    if (!present->isEmpty()) {
        auto root = co_await describe(id, *present);
        if (root) {
            const auto finished = co_await onWorker(
                [upper, to = root->path] { return imagemounts::finishOverlay(upper, to); });
            if (!finished)
                root = fail(finished.error());
        }
        co_return root;
    }
    const auto fetched = co_await obtain();
    if (!fetched)
        co_return fail(fetched.error());
    const auto sha256 = *fetched;
    const auto door = co_await m_queue.enter(mountDoor());
    if (token.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
    const auto image = co_await mountImage(sha256);
    if (!image)
        co_return fail(image.error());
    auto root
        = co_await describe(id, sha256); // before the overlay: a refused image leaves no layer
    if (root) {
        const auto mounted
            = co_await onWorker([from = imageFolder() + u'/' + sha256, upper, to = root->path] {
                  return imagemounts::mountOverlay(from, upper, to);
              });
        if (!mounted)
            root = fail(mounted.error());
    }
    if (!root) {
        if (const auto released = co_await releaseImages(); !released)
            qCWarning(lcImages).noquote() << released.error().what;
    }
    co_return root;
}

Task<Result<>> SquashfsImages::mountImage(QString sha256)
{
    const auto target = imageFolder() + u'/' + sha256;
    const auto images
        = co_await onWorker([folder = imageFolder()] { return imagemounts::mountedBelow(folder); });
    if (!images)
        co_return fail(images.error());
    if (images->contains(sha256))
        co_return {};
    const bool made = co_await onWorker([target] { return QDir().mkpath(target); });
    if (!made)
        co_return fail(ErrorCode::Io, QStringLiteral("cannot make %1").arg(target));
    const QStringList arguments { QStringLiteral("-t"), QStringLiteral("squashfs"),
        QStringLiteral("-o"), QStringLiteral("loop,ro,nodev"), m_fetcher.path(sha256), target };
    const auto mounted = co_await runOk(m_runner, QStringLiteral("mount"), arguments);
    if (!mounted) {
        co_await onWorker([target] { return QDir().rmdir(target); });
        co_return fail(mounted.error());
    }
    m_fetcher.setInUse(
        QSet<QString>(images->keyBegin(), images->keyEnd()) + QSet<QString> { sha256 });
    co_return {};
}

Task<Result<MachineRoot>> SquashfsImages::describe(QString id, QString sha256)
{
    const auto content = co_await onWorker(
        [image = imageFolder() + u'/' + sha256] { return imagemounts::inspect(image); });
    if (!content)
        co_return fail(content.error());
    MachineRoot root;
    root.path = rootFolder() + u'/' + id;
    root.mode = content->mode;
    root.startupToml = content->startupToml;
    root.sha256 = sha256;
    root.mergedUsr = content->mergedUsr;
    co_return root;
}

Task<Result<>> SquashfsImages::unmountRoot(QString id)
{
    if (!isRootId(id))
        co_return fail(ErrorCode::Invalid, QStringLiteral("%1 is not an id").arg(quoted(id)));
    const auto turn = co_await m_queue.enter(id);
    const auto door = co_await m_queue.enter(mountDoor());
    const auto gone = co_await onWorker(
        [target = rootFolder() + u'/' + id] { return imagemounts::unmount(target); });
    if (!gone)
        co_return fail(gone.error().wrapped(QStringLiteral("root of %1").arg(id)));
    const auto released = co_await releaseImages();
    co_return released;
}

// Unmounts images that no root stands on. By their folders: one may have lost its image already and
// could not be removed.
Task<Result<>> SquashfsImages::releaseImages()
{
    co_return co_await onWorker([images = imageFolder(), roots = rootFolder()]() -> Result<> {
        const auto used = imagemounts::mountedBelow(roots);
        if (!used)
            return fail(used.error());
        const auto folders = namesIn(images);
        if (!folders)
            return fail(folders.error());
        for (const auto &sha256 : *folders) {
            const auto image = images + u'/' + sha256;
            if (!used->values().contains(image)) {
                if (const auto gone = imagemounts::unmount(image); !gone)
                    return gone;
            }
        }
        return {};
    });
}

} // namespace zos::hw
