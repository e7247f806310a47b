// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QByteArray>
#include <QHostAddress>
#include <QObject>

#include <functional>
#include <optional>

namespace zos::rmb {

struct HttpAnswer
{
    int status = 0;
    QByteArray body;
    bool resent = false; // the request went out twice: a resting connection turned out dead
};

struct HttpClientLimits
{
    int connections = 128; // as many peers at once keep theirs
    int perOrigin = 8; // address, or subnet of an overlay node
    int waiting = 1024;
    std::chrono::milliseconds patience { 1000 }; // for an answer while others have no connection
};

// Posts JSON bodies to peers over kept connections; what finds none waits and origins take turns.
// The last eighth is for origins that have none. When all are taken, the origin with the most gives
// the one that has been out longest, so those that accept and never answer only delay their own.
// Posts to one origin begin in the order they were given, over up to `perOrigin` connections: when
// they arrive and end is the network's and the peer's doing.
// Answers are bounded (16 KiB head, 64 KiB body).
class HttpClient : public QObject
{
    Q_OBJECT
public:
    // Made when its turn comes; nothing = not to be sent any more.
    using Body = std::function<std::optional<QByteArray>()>;
    struct Patience
    {
        std::chrono::milliseconds turn; // for a connection
        std::chrono::milliseconds answer; // from then on
    };

    explicit HttpClient(HttpClientLimits limits = {}, QObject *parent = nullptr);
    ~HttpClient() override;

    // Unavailable when the peer cannot be reached, Timeout, Protocol when it breaks off or its
    // answer makes no sense (it may have got the request), Busy when too much waits already or its
    // connection was given to another peer. Any complete HTTP answer is a success here. `body` is
    // not called after the end of the task.
    Task<Result<HttpAnswer>> post(QHostAddress address, quint16 port, QByteArray path, Body body,
        Patience patience, CancelToken token = {});
    // Ends every connection; what waits fails with Cancelled.
    void abort();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb
