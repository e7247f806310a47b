// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rmb/httpecho.h"

#include <arpa/inet.h>
#include <microhttpd.h>

#include <algorithm>

namespace zos::bench {

namespace {

MHD_Result answerFixed(void *, MHD_Connection *connection, const char *, const char *, const char *,
    const char *, size_t *size, void **context)
{
    static int begun;
    if (!*context) {
        *context = &begun;
        return MHD_YES;
    }
    if (*size > 0) {
        *size = 0;
        return MHD_YES;
    }
    static const char text[] = "{\"status\": \"accepted\"}";
    auto *response = MHD_create_response_from_buffer_static(sizeof text - 1, text);
    const auto queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

} // namespace

HttpEcho::HttpEcho(const QHostAddress &address, quint16 port)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;
    sockaddr_storage where {};
    if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        flags |= MHD_USE_IPv6;
        auto &v6 = reinterpret_cast<sockaddr_in6 &>(where);
        const auto bytes = address.toIPv6Address();
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::ranges::copy(bytes.c, v6.sin6_addr.s6_addr);
    } else {
        auto &v4 = reinterpret_cast<sockaddr_in &>(where);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        v4.sin_addr.s_addr = htonl(address.toIPv4Address());
    }
    m_daemon = MHD_start_daemon(flags, 0, nullptr, nullptr, &answerFixed, nullptr,
        MHD_OPTION_SOCK_ADDR, reinterpret_cast<sockaddr *>(&where), MHD_OPTION_END);
}

HttpEcho::~HttpEcho()
{
    if (m_daemon)
        MHD_stop_daemon(m_daemon);
}

quint16 HttpEcho::port() const
{
    const auto *info
        = m_daemon ? MHD_get_daemon_info(m_daemon, MHD_DAEMON_INFO_BIND_PORT) : nullptr;
    return info ? info->port : 0;
}

} // namespace zos::bench
