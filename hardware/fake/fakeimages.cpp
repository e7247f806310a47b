// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeimages.h"

#include "core/model/deployment.h"

#include <QCryptographicHash>
#include <QUrl>

namespace zos::hw {

namespace {

QString sha256Of(const QString &url)
{
    return QString::fromLatin1(
        QCryptographicHash::hash(url.toUtf8(), QCryptographicHash::Sha256).toHex());
}

} // namespace

Task<Result<MachineRoot>> FakeImages::mountRoot(
    QString id, QString url, QString upper, ImageProgress progress, CancelToken token)
{
    if (progress)
        progress(0.5, QStringLiteral("downloading image 50 %, 1 MB of 2 MB"));
    const auto entered = co_await m_world.enter(QStringLiteral("images.mountRoot"), id);
    if (!entered)
        co_return fail(entered.error());
    if (const auto parts = parseWorkloadId(id); !parts)
        co_return fail(parts.error());
    const auto scheme = QUrl(url).scheme();
    if (scheme != u"http" && scheme != u"https" && scheme != u"file")
        co_return fail(
            ErrorCode::Invalid, QStringLiteral("image '%1': not the URL of an image").arg(url));
    if (token.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
    if (!m_world.roots.contains(id)) {
        m_world.imageCache.removeAll(url);
        m_world.imageCache.prepend(url);
    }
    co_return co_await mount(id, url, upper);
}

Task<Result<MachineRoot>> FakeImages::mountCached(QString id, QString sha256, QString upper)
{
    const auto entered = co_await m_world.enter(QStringLiteral("images.mountCached"), id);
    if (!entered)
        co_return fail(entered.error());
    if (const auto parts = parseWorkloadId(id); !parts)
        co_return fail(parts.error());
    for (const auto &url : std::as_const(m_world.imageCache)) {
        if (sha256Of(url) == sha256)
            co_return co_await mount(id, url, upper);
    }
    co_return fail(ErrorCode::NotFound, QStringLiteral("image %1 is not cached").arg(sha256));
}

// What is there already stays.
Task<Result<MachineRoot>> FakeImages::mount(QString id, QString url, QString upper)
{
    if (!m_world.roots.contains(id))
        m_world.roots.insert(id, { url, upper });
    MachineRoot root;
    root.path = u"/run/zos/roots/" + id;
    root.startupToml = m_startupToml;
    if (m_world.ownKernels.contains(m_world.roots.value(id).url))
        root.mode = ImageMode::OwnKernel;
    root.sha256 = sha256Of(m_world.roots.value(id).url);
    const auto left = co_await m_world.leave();
    if (!left)
        co_return fail(left.error());
    co_return root;
}

Task<Result<QStringList>> FakeImages::cached()
{
    const auto entered = co_await m_world.enter(QStringLiteral("images.cached"), {});
    if (!entered)
        co_return fail(entered.error());
    QStringList all;
    for (const auto &url : std::as_const(m_world.imageCache))
        all += sha256Of(url);
    co_return all;
}

Task<Result<>> FakeImages::unmountRoot(QString id)
{
    const auto entered = co_await m_world.enter(QStringLiteral("images.unmountRoot"), id);
    if (!entered)
        co_return entered;
    if (const auto parts = parseWorkloadId(id); !parts)
        co_return fail(parts.error());
    m_world.roots.remove(id);
    co_return co_await m_world.leave();
}

Task<Result<QStringList>> FakeImages::mounted()
{
    const auto entered = co_await m_world.enter(QStringLiteral("images.mounted"), {});
    if (!entered)
        co_return fail(entered.error());
    co_return m_world.roots.keys();
}

} // namespace zos::hw
