// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/keyedlock.h"
#include "core/ports/images.h"
#include "hardware/images/imagefetcher.h"

#include <memory>

namespace QCA {
class Initializer;
}

namespace zos::hw {

class CommandRunner;

// Squashfs images by URL. Mounts are the only record: <runDir>/images/<sha256> is an image mounted
// once for all its machines, <runDir>/roots/<id> the overlay of one machine; a restarted node finds
// them in mountinfo. An image without machines is unmounted; its file stays in the cache.
class SquashfsImages final : public Images
{
public:
    SquashfsImages(
        QString cacheDir, QString runDir, CommandRunner *runner, ImageLimits limits = {});
    ~SquashfsImages() override;

    Task<Result<MachineRoot>> mountRoot(
        QString id, QString url, QString upper, ImageProgress progress, CancelToken token) override;
    Task<Result<MachineRoot>> mountCached(QString id, QString sha256, QString upper) override;
    Task<Result<QStringList>> cached() override;
    Task<Result<>> unmountRoot(QString id) override;
    Task<Result<QStringList>> mounted() override;

private:
    QString imageFolder() const { return m_runDir + QStringLiteral("/images"); }
    QString rootFolder() const { return m_runDir + QStringLiteral("/roots"); }
    using Obtain = std::function<Task<Result<QString>>()>; // SHA-256 of an image in the cache
    Task<Result<MachineRoot>> mountNew(QString id, QString upper, Obtain obtain, CancelToken token);
    Task<Result<QString>> fetch(QString url, ImageProgress progress, CancelToken token);
    Task<Result<>> mountImage(QString sha256);
    Task<Result<>> releaseImages();
    Task<Result<MachineRoot>> describe(QString id, QString sha256);
    Task<Result<QString>> imageOf(QString id); // SHA-256, empty when the root is not mounted

    const QString m_runDir;
    CommandRunner *const m_runner;
    std::unique_ptr<QCA::Initializer> m_crypto;
    ImageFetcher m_fetcher;
    KeyedLock m_queue;
};

} // namespace zos::hw
