// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "core/base/units.h"

#include <QSet>
#include <QString>
#include <QUrl>

#include <optional>

namespace zos::hw {

// What is known of the last good copy of a URL.
struct ImageRecord
{
    QString url;
    QString sha256;
    QString etag; // for a file: its size and times
    QString lastModified;
};

// The folder of images: <sha256>.squashfs, and one small record per URL. Blocking, no state in
// memory: worker threads only.
namespace imagestore {

QString imagePath(const QString &folder, const QString &sha256);
Result<> prepare(const QString &folder); // makes it, removes what a crash left half-done
std::optional<ImageRecord> record(
    const QString &folder, const QUrl &url); // only while its image is there
Result<> writeRecord(const QString &folder, const ImageRecord &record);
// The image under its name, after its bytes were hashed again; NotFound or Corrupt (removed then).
Result<> verify(const QString &folder, const QString &sha256);
// A finished download becomes an image: checked, hashed, flushed, renamed. Removed when refused.
Result<QString> adopt(const QString &folder, const QString &part, const QString &expectedSha256);
// Copies a local file as a download would arrive. Limit when it is too big.
Result<> copyLocal(const QString &source, const QString &part, Bytes maximum);
Result<QString> localTag(const QString &source);
Bytes freeSpace(const QString &folder);
QStringList images(const QString &folder); // SHA-256 of all, that used last first
// Removes the images longest not used until the folder is below the limit; never those in `keep`.
void evict(const QString &folder, Bytes maximum, const QSet<QString> &keep);
void touch(const QString &folder, const QString &sha256);

} // namespace imagestore

} // namespace zos::hw
