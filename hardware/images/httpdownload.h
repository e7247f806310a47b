// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/base/units.h"

#include <QString>
#include <QUrl>

#include <functional>

class QNetworkAccessManager;

namespace zos::hw {

struct HttpRequest
{
    QUrl url;
    QString etag; // asks "changed since?" when not empty
    QString lastModified;
    QString file; // where the body goes
    Bytes maximum;
    CancelToken cancel;
    std::function<void(qint64 received, qint64 total)> progress; // total -1 = unknown
};

struct HttpAnswer
{
    bool unchanged = false; // 304
    QString etag;
    QString lastModified;
};

// GET into a file. Bounded in size, at most 5 redirects, ends when nothing arrives for 30 s.
// Errors: Unavailable (worth falling back: no connection, timeouts, 5xx, cut off), NotFound
// (404, 410), Denied (other refusals), Limit (too big), Cancelled, Io (own disk).
Task<Result<HttpAnswer>> httpDownload(QNetworkAccessManager *network, HttpRequest request);

} // namespace zos::hw
