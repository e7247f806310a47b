// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/images.h"

#include <QMap>

// What images and roots look like in the file system. Blocking: worker threads only. Everything
// inside an image is hostile: paths are resolved with the image as root.
namespace zos::hw::imagemounts {

// Mounted directories directly below the folder: name -> option "lowerdir" (empty for images).
Result<QMap<QString, QString>> mountedBelow(const QString &folder);

struct ImageContent
{
    ImageMode mode = ImageMode::Container;
    QString startupToml;
    bool mergedUsr = true;
};
// Decides by the files of a mounted image. Invalid when one of them is not a regular file inside
// it.
Result<ImageContent> inspect(const QString &image);

// Overlay of the image and the writable layer in `upper`; host keys of the image's ssh server are
// removed from a layer that is new.
Result<> mountOverlay(const QString &image, const QString &upper, const QString &target);
// For one that is mounted already: what a mountOverlay() that was killed had still to do.
Result<> finishOverlay(const QString &upper, const QString &target);
// Invisible afterwards, its folder gone; Busy while something has files open there. Not mounted is
// success.
Result<> unmount(const QString &target);

} // namespace zos::hw::imagemounts
