// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QByteArray>
#include <QHostAddress>
#include <QObject>

namespace zos::rmb {

struct HttpAnswer
{
    int status = 0;
    QByteArray body;
    bool resent = false; // the request went out twice: a resting connection turned out dead
};

// Posts small JSON bodies to peers over kept connections: at most 8 to one peer, 64 in all, the
// rest waits. Answers are bounded (16 KiB head, 64 KiB body).
class HttpClient : public QObject
{
    Q_OBJECT
public:
    explicit HttpClient(QObject *parent = nullptr);
    ~HttpClient() override;

    // Unavailable when the peer cannot be reached, Timeout, Protocol when it breaks off or its
    // answer makes no sense (it may have got the request), Busy when too much waits already. Any
    // complete HTTP answer is a success here.
    Task<Result<HttpAnswer>> post(QHostAddress address, quint16 port, QByteArray path,
        QByteArray body, std::chrono::milliseconds limit);
    // Ends every connection; what waits fails with Cancelled.
    void abort();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb
