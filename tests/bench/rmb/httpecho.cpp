// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rmb/httpecho.h"

#include <arpa/inet.h>
#include <microhttpd.h>

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

HttpEcho::HttpEcho()
{
    sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    m_daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, nullptr, nullptr, &answerFixed,
        nullptr, MHD_OPTION_SOCK_ADDR, reinterpret_cast<sockaddr *>(&address), MHD_OPTION_END);
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
