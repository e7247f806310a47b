// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/httpdownload.h"

#include <QFile>
#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <memory>

namespace zos::hw {

// What the signal handlers of one transfer share; named for the coroutine frame's linkage.
struct HttpTransfer
{
    HttpRequest request;
    QFile file;
    std::unique_ptr<QNetworkReply> reply;
    std::optional<Error> stop;
    qint64 received = 0;
    zos::detail::Gate done;

    void end(ErrorCode code, QString what)
    {
        if (!stop) {
            stop = Error { code, std::move(what) };
            reply->abort();
        }
    }
    void tooBig()
    {
        end(ErrorCode::Limit,
            QStringLiteral("the image is larger than %1 bytes").arg(request.maximum.count()));
    }
    qint64 expected() const
    {
        const auto length = reply->header(QNetworkRequest::ContentLengthHeader);
        return length.isValid() ? length.toLongLong() : -1;
    }
    int status() const
    {
        return reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    }

    void onHeaders()
    {
        if (expected() > static_cast<qint64>(request.maximum.count()))
            tooBig();
    }
    void onData()
    {
        if (stop)
            return;
        const auto data = reply->readAll();
        if (status() != 200)
            return; // the text of an error page
        received += data.size();
        if (received > static_cast<qint64>(request.maximum.count()))
            tooBig();
        else if (file.write(data) != data.size())
            end(ErrorCode::Io,
                QStringLiteral("write %1: %2").arg(file.fileName(), file.errorString()));
        else if (request.progress)
            request.progress(received, expected());
    }
};

namespace {

Result<HttpAnswer> judgeTransfer(HttpTransfer &transfer)
{
    const auto &reply = *transfer.reply;
    if (transfer.stop)
        return fail(*transfer.stop);
    const int status = transfer.status();
    if (status == 304)
        return HttpAnswer { true, transfer.request.etag, transfer.request.lastModified };
    if (status == 404 || status == 410)
        return fail(ErrorCode::NotFound, QStringLiteral("the server has no such image"));
    if (status >= 400 && status < 500 && status != 408 && status != 429)
        return fail(ErrorCode::Denied, QStringLiteral("the server answered %1").arg(status));
    if (reply.error() == QNetworkReply::TooManyRedirectsError
        || reply.error() == QNetworkReply::InsecureRedirectError
        || reply.error() == QNetworkReply::ProtocolUnknownError)
        return fail(ErrorCode::Denied, QStringLiteral("the server's redirection was not followed"));
    if (reply.error() != QNetworkReply::NoError)
        return fail(ErrorCode::Unavailable,
            status >= 400 ? QStringLiteral("the server answered %1").arg(status)
                          : reply.errorString().left(200));
    if (status != 200)
        return fail(ErrorCode::Unavailable, QStringLiteral("the server answered %1").arg(status));
    if (const auto expected = transfer.expected(); expected >= 0 && expected != transfer.received)
        return fail(ErrorCode::Unavailable,
            QStringLiteral("the transfer was cut off after %1 of %2 bytes")
                .arg(transfer.received)
                .arg(expected));
    if (!transfer.file.flush())
        return fail(ErrorCode::Io, QStringLiteral("write: ") + transfer.file.errorString());
    return HttpAnswer { false, QString::fromLatin1(reply.rawHeader("ETag").left(256)),
        QString::fromLatin1(reply.rawHeader("Last-Modified").left(64)) };
}

QNetworkRequest networkRequest(const HttpRequest &request)
{
    QNetworkRequest wire(request.url);
    wire.setAttribute(
        QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::NoLessSafeRedirectPolicy);
    wire.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    wire.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    wire.setMaximumRedirectsAllowed(5);
    wire.setTransferTimeout(std::chrono::seconds(30));
    wire.setRawHeader("User-Agent", "zos/" ZOS_VERSION);
    // No transparent compression: the size and the hash are those of the file.
    wire.setRawHeader("Accept-Encoding", "identity");
    if (!request.etag.isEmpty())
        wire.setRawHeader("If-None-Match", request.etag.toLatin1());
    if (!request.lastModified.isEmpty())
        wire.setRawHeader("If-Modified-Since", request.lastModified.toLatin1());
    return wire;
}

} // namespace

Task<Result<HttpAnswer>> httpDownload(QNetworkAccessManager *network, HttpRequest request)
{
    const auto transfer = std::make_unique<HttpTransfer>();
    auto *shared = transfer.get();
    shared->request = std::move(request);
    shared->file.setFileName(shared->request.file);
    if (shared->request.cancel.cancelled())
        co_return fail(ErrorCode::Cancelled, QStringLiteral("cancelled"));
    if (!shared->file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        co_return fail(ErrorCode::Io,
            QStringLiteral("write %1: %2").arg(shared->request.file, shared->file.errorString()));
    shared->reply.reset(network->get(networkRequest(shared->request)));
    auto *reply = shared->reply.get();
    reply->setReadBufferSize(4 << 20); // a fast server waits for a slow disk
    QObject::connect(
        reply, &QNetworkReply::metaDataChanged, reply, [shared] { shared->onHeaders(); });
    QObject::connect(reply, &QNetworkReply::readyRead, reply, [shared] { shared->onData(); });
    QObject::connect(reply, &QNetworkReply::finished, reply, [shared] { shared->done.open(); });
    shared->request.cancel.onCancel(
        reply, [shared] { shared->end(ErrorCode::Cancelled, QStringLiteral("cancelled")); });
    co_await shared->done.opened();
    shared->onData();
    co_return judgeTransfer(*shared);
}

} // namespace zos::hw
