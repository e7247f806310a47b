// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/base/units.h"

#include <functional>

namespace zos {

// Called with 0..1 and a sentence such as "downloading image 43 %, 310 MB of 720 MB".
using ImageProgress = std::function<void(double, QString)>;

enum class ImageMode { Container, OwnKernel, FullMachine };

// A machine's root made ready: the image below, the writable layer above.
struct MachineRoot
{
    QString path; // merged directory to share with the machine
    ImageMode mode = ImageMode::Container;
    QString startupToml; // content of /.startup.toml, empty when the image has none
    QString sha256; // of the image, hex
    bool mergedUsr = true; // /lib is a link in the image
};

// Root file systems by URL. Ids are workload ids, anything else is Invalid; calls about one id take
// turns in the order they came. Now: squashfs over http:// and file://; other kinds follow behind
// this.
class Images
{
public:
    virtual ~Images() = default;
    // Downloads (once, cached, bounded, checked), mounts the image read-only and the writable layer
    // in directory `upper` above it. Same id again: returns what is mounted. Errors name the URL.
    virtual Task<Result<MachineRoot>> mountRoot(
        QString id, QString url, QString upper, ImageProgress progress, CancelToken token)
        = 0;
    // The same of an image that is cached, by its SHA-256: nobody is asked for it. NotFound.
    virtual Task<Result<MachineRoot>> mountCached(QString id, QString sha256, QString upper) = 0;
    virtual Task<Result<QStringList>> cached() = 0; // SHA-256, that used last first
    virtual Task<Result<>> unmountRoot(QString id) = 0; // absent is success
    virtual Task<Result<QStringList>> mounted() = 0; // ids
};

} // namespace zos
