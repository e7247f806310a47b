// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/imagefetcher.h"

#include "core/base/logging.h"
#include "hardware/images/httpdownload.h"
#include "hardware/images/imagestore.h"

#include <QElapsedTimer>
#include <QFile>
#include <QHash>
#include <QNetworkAccessManager>

namespace zos::hw {

// Shared with running downloads, which may outlive the fetcher by the time their abort takes.
struct ImageFetcher::State
{
    QString folder;
    ImageLimits limits;
    QNetworkAccessManager network;
    QHash<QString, std::shared_ptr<Download>> downloads;
    QSet<QString> verified; // hashed since this process started
    QSet<QString> inUse;
    bool prepared = false;
    int parts = 0;
    CancelToken closing;
};

struct ImageFetcher::Download
{
    struct Waiter
    {
        std::shared_ptr<zos::detail::Gate> gate;
        ImageProgress progress;
    };
    ImageUrl url;
    QList<Waiter> waiters;
    std::optional<Result<QString>> outcome;
    QElapsedTimer lastReport;

    void report(qint64 received, qint64 total)
    {
        if (lastReport.isValid() && !lastReport.hasExpired(500) && received != total)
            return;
        lastReport.start();
        const auto megabytes = [](qint64 bytes) { return QString::number(bytes / 1'000'000); };
        const double part = total > 0 ? double(received) / double(total) : 0;
        const auto text = total > 0
            ? QStringLiteral("downloading image %1 %, %2 MB of %3 MB")
                  .arg(int(part * 100))
                  .arg(megabytes(received), megabytes(total))
            : QStringLiteral("downloading image, %1 MB").arg(megabytes(received));
        for (const auto &waiter : std::as_const(waiters)) {
            if (waiter.progress && !waiter.gate->isOpen())
                waiter.progress(part, text);
        }
    }
};

ImageFetcher::ImageFetcher(QString folder, ImageLimits limits)
    : m_state(std::make_shared<State>())
{
    m_state->folder = std::move(folder);
    m_state->limits = limits;
}

ImageFetcher::~ImageFetcher()
{
    m_state->closing.cancel();
}

QString ImageFetcher::path(const QString &sha256) const
{
    return imagestore::imagePath(m_state->folder, sha256);
}

void ImageFetcher::setInUse(QSet<QString> sha256s)
{
    m_state->inUse = std::move(sha256s);
}

Task<Result<QString>> ImageFetcher::fetch(ImageUrl url, ImageProgress progress, CancelToken token)
{
    if (token.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
    const auto state = m_state;
    const auto key = url.url.toString(QUrl::FullyEncoded) + u'#' + url.sha256;
    auto download = state->downloads.value(key);
    const bool isNew = !download;
    if (isNew) {
        download = std::make_shared<Download>();
        download->url = url;
        state->downloads.insert(key, download);
    }
    const auto gate = std::make_shared<zos::detail::Gate>();
    download->waiters.append({ gate, std::move(progress) });
    QObject context;
    token.onCancel(&context, [gate] { gate->open(); });
    if (isNew)
        run(state, download); // owned by the state; it goes on when this request is cancelled
    co_await gate->opened();
    // Const on purpose: QCoro's return_value moves out of any other lvalue, and others wait for it
    // too.
    if (const auto &outcome = std::as_const(download->outcome))
        co_return *outcome;
    co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
}

Task<Result<QString>> ImageFetcher::fetchCached(QString sha256)
{
    const auto here = co_await images();
    if (!here.contains(sha256))
        co_return fail(ErrorCode::NotFound, QStringLiteral("not in the cache"));
    co_return co_await cached(m_state, sha256);
}

Task<QStringList> ImageFetcher::images() const
{
    return onWorker([folder = m_state->folder] { return imagestore::images(folder); });
}

Task<void> ImageFetcher::run(std::shared_ptr<State> state, std::shared_ptr<Download> download)
{
    auto outcome = co_await obtain(state, download);
    if (outcome) {
        co_await onWorker([folder = state->folder, sha256 = *outcome, limit = state->limits.cache,
                              keep = state->inUse + QSet<QString> { *outcome }] {
            imagestore::touch(folder, sha256);
            imagestore::evict(folder, limit, keep);
        });
    }
    state->downloads.remove(
        download->url.url.toString(QUrl::FullyEncoded) + u'#' + download->url.sha256);
    download->outcome = std::move(outcome);
    for (const auto &waiter : std::as_const(download->waiters))
        waiter.gate->open();
}

Task<Result<QString>> ImageFetcher::obtain(
    std::shared_ptr<State> state, std::shared_ptr<Download> download)
{
    if (!state->prepared) {
        state->prepared = true; // before the wait: later ones must not remove parts of the first
        const auto ready
            = co_await onWorker([folder = state->folder] { return imagestore::prepare(folder); });
        if (!ready)
            co_return fail(ready.error());
    }
    if (!download->url.sha256.isEmpty()) {
        // Pinned and here: nobody has to be asked.
        auto present = co_await cached(state, download->url.sha256);
        if (present)
            co_return present;
    }
    const bool local = download->url.url.isLocalFile();
    auto outcome
        = local ? co_await obtainLocal(state, download) : co_await obtainWeb(state, download);
    co_return outcome;
}

// An image that lies there and, looked at once in this process, is what its name says.
Task<Result<QString>> ImageFetcher::cached(std::shared_ptr<State> state, QString sha256)
{
    const bool known = state->verified.contains(sha256);
    const auto sound = co_await onWorker([folder = state->folder, sha256, known]() -> Result<> {
        if (known && QFile::exists(imagestore::imagePath(folder, sha256)))
            return {};
        return imagestore::verify(folder, sha256);
    });
    if (!sound)
        co_return fail(sound.error());
    state->verified.insert(sha256);
    co_return sha256;
}

Task<Result<QString>> ImageFetcher::obtainLocal(
    std::shared_ptr<State> state, std::shared_ptr<Download> download)
{
    const auto source = download->url.url.toLocalFile();
    const auto tag = co_await onWorker([source] { return imagestore::localTag(source); });
    if (!tag)
        co_return fail(tag.error());
    const auto known = co_await onWorker([folder = state->folder, url = download->url.url] {
        return imagestore::record(folder, url);
    });
    if (known && known->etag == *tag
        && (download->url.sha256.isEmpty() || download->url.sha256 == known->sha256)) {
        auto present = co_await cached(state, known->sha256);
        if (present)
            co_return present;
    }
    const auto part = state->folder + QStringLiteral("/%1.part").arg(++state->parts);
    auto outcome = co_await onWorker(
        [folder = state->folder, source, part, tag = *tag, maximum = state->limits.image,
            url = download->url]() -> Result<QString> {
            if (const auto copied = imagestore::copyLocal(source, part, maximum); !copied) {
                QFile::remove(part);
                return fail(copied.error());
            }
            auto sha256 = imagestore::adopt(folder, part, url.sha256);
            if (!sha256)
                return sha256;
            const ImageRecord record { url.url.toString(QUrl::FullyEncoded), *sha256, tag, {} };
            if (const auto written = imagestore::writeRecord(folder, record); !written)
                return fail(written.error());
            return sha256;
        });
    if (outcome)
        state->verified.insert(*outcome);
    co_return outcome;
}

Task<Result<QString>> ImageFetcher::obtainWeb(
    std::shared_ptr<State> state, std::shared_ptr<Download> download)
{
    const auto url = download->url;
    auto known = co_await onWorker([folder = state->folder, address = url.url] {
        return imagestore::record(folder, address);
    });
    if (known) { // never ask "changed?" about a copy that is damaged
        const auto sound = co_await cached(state, known->sha256);
        if (!sound || (!url.sha256.isEmpty() && url.sha256 != known->sha256))
            known.reset();
    }
    const auto room
        = co_await onWorker([folder = state->folder] { return imagestore::freeSpace(folder); });
    HttpRequest request;
    request.url = url.url;
    request.file = state->folder + QStringLiteral("/%1.part").arg(++state->parts);
    request.maximum = std::min(state->limits.image, room);
    request.cancel = state->closing;
    request.progress
        = [download](qint64 received, qint64 total) { download->report(received, total); };
    if (known) {
        request.etag = known->etag;
        request.lastModified = known->lastModified;
    }
    const auto part = request.file;
    const auto answer = co_await httpDownload(&state->network, std::move(request));
    if (!answer || answer->unchanged)
        co_await onWorker([part] { QFile::remove(part); });
    if (answer && answer->unchanged && known)
        co_return known->sha256;
    if (!answer && answer.error().code == ErrorCode::Unavailable && known) {
        qCWarning(lcImages).noquote() << "using the last good copy of" << quoted(url.url.toString())
                                      << "-" << answer.error().what;
        co_return known->sha256;
    }
    if (!answer)
        co_return fail(answer.error());
    auto outcome = co_await onWorker(
        [folder = state->folder, part, url, answer = *answer]() -> Result<QString> {
            auto sha256 = imagestore::adopt(folder, part, url.sha256);
            if (!sha256)
                return sha256;
            const ImageRecord record { url.url.toString(QUrl::FullyEncoded), *sha256, answer.etag,
                answer.lastModified };
            if (const auto written = imagestore::writeRecord(folder, record); !written)
                return fail(written.error());
            return sha256;
        });
    if (outcome)
        state->verified.insert(*outcome);
    co_return outcome;
}

} // namespace zos::hw
