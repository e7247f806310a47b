// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/linkdump.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace zos::hw {

namespace {

class RouteSocket
{
public:
    RouteSocket()
        : m_fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
    {
    }
    ~RouteSocket()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    RouteSocket(const RouteSocket &) = delete;
    RouteSocket &operator=(const RouteSocket &) = delete;
    int fd() const { return m_fd; }

private:
    const int m_fd;
};

// Calls `take(type, data, length)` for every attribute in the buffer.
template <class F> void forEachAttribute(const char *at, qsizetype left, F take)
{
    while (left >= qsizetype(sizeof(rtattr))) {
        rtattr head {};
        std::memcpy(&head, at, sizeof head);
        const qsizetype whole = head.rta_len;
        if (whole < qsizetype(sizeof head) || whole > left)
            return;
        take(head.rta_type & NLA_TYPE_MASK, at + sizeof head, whole - qsizetype(sizeof head));
        const qsizetype step = (whole + 3) & ~qsizetype(3);
        if (step >= left)
            return;
        at += step;
        left -= step;
    }
}

QString attributeText(const char *data, qsizetype length)
{
    return QString::fromUtf8(data, qsizetype(::strnlen(data, size_t(length))));
}

int attributeInt(const char *data, qsizetype length)
{
    int value = 0;
    if (length >= qsizetype(sizeof value))
        std::memcpy(&value, data, sizeof value);
    return value;
}

void addLink(const char *payload, qsizetype length, LinkMap *links)
{
    ifinfomsg info {};
    if (length < qsizetype(sizeof info))
        return;
    std::memcpy(&info, payload, sizeof info);
    LinkInfo link;
    link.index = info.ifi_index;
    link.up = (info.ifi_flags & IFF_UP) != 0;
    link.carrier = (info.ifi_flags & IFF_LOWER_UP) != 0;
    QString name;
    const auto detail = [&link](int type, const char *data, qsizetype size) {
        if (type == IFLA_INFO_KIND)
            link.kind = attributeText(data, size);
    };
    forEachAttribute(payload + NLMSG_ALIGN(sizeof info),
        length - qsizetype(NLMSG_ALIGN(sizeof info)),
        [&](int type, const char *data, qsizetype size) {
            if (type == IFLA_IFNAME)
                name = attributeText(data, size);
            else if (type == IFLA_MASTER)
                link.master = attributeInt(data, size);
            else if (type == IFLA_LINKINFO)
                forEachAttribute(data, size, detail);
        });
    if (!name.isEmpty())
        links->insert(name, link);
}

// False when the dump is complete.
Result<bool> readLinks(const char *at, qsizetype left, LinkMap *links)
{
    while (left >= qsizetype(sizeof(nlmsghdr))) {
        nlmsghdr head {};
        std::memcpy(&head, at, sizeof head);
        const qsizetype whole = head.nlmsg_len;
        if (whole < qsizetype(sizeof head) || whole > left)
            return fail(ErrorCode::Io, QStringLiteral("rtnetlink sent a broken message"));
        if (head.nlmsg_type == NLMSG_DONE)
            return false;
        if (head.nlmsg_type == NLMSG_ERROR)
            return fail(ErrorCode::Io, QStringLiteral("rtnetlink refused to list the links"));
        if (head.nlmsg_type == RTM_NEWLINK)
            addLink(at + sizeof head, whole - qsizetype(sizeof head), links);
        const qsizetype step = (whole + 3) & ~qsizetype(3);
        if (step >= left)
            break;
        at += step;
        left -= step;
    }
    return true;
}

} // namespace

Result<LinkMap> dumpLinks()
{
    const RouteSocket socket;
    struct
    {
        nlmsghdr head;
        ifinfomsg info;
        rtattr attribute;
        quint32 mask;
    } request {};
    request.head.nlmsg_len = sizeof request;
    request.head.nlmsg_type = RTM_GETLINK;
    request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.attribute.rta_type = IFLA_EXT_MASK;
    request.attribute.rta_len = sizeof(rtattr) + sizeof(quint32);
    request.mask = RTEXT_FILTER_SKIP_STATS;
    if (socket.fd() < 0 || ::send(socket.fd(), &request, sizeof request, 0) < 0)
        return fail(ErrorCode::Io,
            QStringLiteral("list links over rtnetlink: %1").arg(qt_error_string(errno)));
    LinkMap links;
    std::array<char, 65536> buffer {};
    for (;;) {
        const auto got = ::recv(socket.fd(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(ErrorCode::Io,
                QStringLiteral("list links over rtnetlink: %1").arg(qt_error_string(errno)));
        const auto more = readLinks(buffer.data(), got, &links);
        if (!more)
            return fail(more.error());
        if (!*more)
            return links;
    }
}

} // namespace zos::hw
