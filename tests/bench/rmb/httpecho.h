// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHostAddress>

struct MHD_Daemon;

namespace zos::bench {

// The least an HTTP server can do: libmicrohttpd alone in its own thread, answering every POST with
// a fixed text. What the message bus is measured against.
class HttpEcho
{
public:
    HttpEcho(const QHostAddress &address, quint16 port);
    ~HttpEcho();
    HttpEcho(const HttpEcho &) = delete;
    HttpEcho &operator=(const HttpEcho &) = delete;
    quint16 port() const;

private:
    MHD_Daemon *m_daemon;
};

} // namespace zos::bench
