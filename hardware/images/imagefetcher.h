// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/images.h"
#include "hardware/images/imageurl.h"

#include <QSet>

#include <memory>

namespace zos::hw {

struct ImageLimits
{
    Bytes image = 2_GiB; // one image
    Bytes cache = 20_GiB; // all of them together, mounted ones apart
};

// Gets images into the cache folder: each URL once at a time, whoever asks; a request that is
// cancelled leaves the download running for the next. Survives servers that are away: the last
// good copy is used.
class ImageFetcher
{
public:
    ImageFetcher(QString folder, ImageLimits limits);
    ~ImageFetcher(); // ends downloads
    ImageFetcher(const ImageFetcher &) = delete;
    ImageFetcher &operator=(const ImageFetcher &) = delete;

    // The SHA-256 of the image, which lies at path(sha256) then.
    Task<Result<QString>> fetch(ImageUrl url, ImageProgress progress, CancelToken token);
    // The same for one that is here: nobody is asked for it. NotFound.
    Task<Result<QString>> fetchCached(QString sha256);
    Task<QStringList> images() const; // all that are here, that used last first
    QString path(const QString &sha256) const;
    // Images that must not be thrown away now.
    void setInUse(QSet<QString> sha256s);

private:
    struct State;
    struct Download;
    static Task<void> run(std::shared_ptr<State> state, std::shared_ptr<Download> download);
    static Task<Result<QString>> obtain(
        std::shared_ptr<State> state, std::shared_ptr<Download> download);
    static Task<Result<QString>> obtainLocal(
        std::shared_ptr<State> state, std::shared_ptr<Download> download);
    static Task<Result<QString>> obtainWeb(
        std::shared_ptr<State> state, std::shared_ptr<Download> download);
    static Task<Result<QString>> cached(std::shared_ptr<State> state, QString sha256);

    std::shared_ptr<State> m_state;
};

} // namespace zos::hw
