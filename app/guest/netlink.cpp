// SPDX-License-Identifier: Apache-2.0
#include "app/guest/netlink.h"

#include "app/guest/system.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace zos::guest {

namespace {

// One request with room for its attributes.
template <class Body> struct Request
{
    nlmsghdr header {};
    Body body {};
    char attributes[128] {};

    Request(std::uint16_t type, std::uint16_t flags)
    {
        header.nlmsg_len = NLMSG_LENGTH(sizeof(Body));
        header.nlmsg_type = type;
        header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    }
    void add(std::uint16_t type, const void *data, std::size_t size)
    {
        const auto at = NLMSG_ALIGN(header.nlmsg_len);
        const rtattr attribute { static_cast<std::uint16_t>(RTA_LENGTH(size)), type };
        auto *const begin = reinterpret_cast<char *>(this) + at;
        std::memcpy(begin, &attribute, sizeof attribute);
        std::memcpy(begin + RTA_LENGTH(0), data, size);
        header.nlmsg_len = static_cast<std::uint32_t>(at + RTA_ALIGN(RTA_LENGTH(size)));
    }
};

struct Address
{
    std::uint8_t family = AF_UNSPEC;
    std::uint8_t prefix = 0;
    std::uint8_t size = 0;
    unsigned char bytes[16] {};
};

bool parseAddress(const std::string &text, Address &out)
{
    auto plain = text;
    int prefix = -1;
    if (const auto slash = text.find('/'); slash != std::string::npos) {
        char *end = nullptr;
        const auto value = std::strtol(text.c_str() + slash + 1, &end, 10);
        if (end == text.c_str() + slash + 1 || *end || value < 0 || value > 128)
            return false;
        prefix = static_cast<int>(value);
        plain.resize(slash);
    }
    const bool six = plain.find(':') != std::string::npos;
    out.family = six ? AF_INET6 : AF_INET;
    out.size = six ? 16 : 4;
    const int longest = six ? 128 : 32;
    if (prefix > longest)
        return false;
    out.prefix = static_cast<std::uint8_t>(prefix < 0 ? longest : prefix);
    return ::inet_pton(out.family, plain.c_str(), out.bytes) == 1;
}

std::string linkByMac(const std::string &mac)
{
    std::string found;
    DIR *const links = ::opendir("/sys/class/net");
    while (const auto *entry = links ? ::readdir(links) : nullptr) {
        std::string address;
        const auto path = std::string(entry->d_name) + "/address";
        if (readFile(::dirfd(links), path.c_str(), 64, address)
            && ::strncasecmp(address.c_str(), mac.c_str(), 17) == 0)
            found = entry->d_name;
    }
    if (links)
        ::closedir(links);
    return found;
}

void setting(const std::string &link, const char *key, char value)
{
    const auto path = "/proc/sys/net/ipv6/conf/" + link + '/' + key;
    if (!writeFile(path.c_str(), std::string(1, value), 0, 0644))
        say("%s: %s", path.c_str(), std::strerror(errno));
}

void applyNic(const Netlink &kernel, const Nic &nic)
{
    std::string name;
    if (!eventually(50, [&] { return !(name = linkByMac(nic.mac)).empty(); })) {
        say("no network card has the address %s", nic.mac.c_str());
        return;
    }
    const int link = static_cast<int>(::if_nametoindex(name.c_str()));
    if (!nic.name.empty() && nic.name != name) {
        if (const int error = kernel.rename(link, nic.name))
            say("%s: rename to %s: %s", name.c_str(), nic.name.c_str(), std::strerror(error));
        else
            name = nic.name;
    }
    setting(name, "accept_ra", nic.routerAdvertisements);
    setting(name, "accept_dad", '0'); // the node chose the address, nobody else has it
    if (const int error = kernel.up(link))
        say("%s: up: %s", name.c_str(), std::strerror(error));
    for (const auto &address : nic.addresses) {
        if (const int error = kernel.addAddress(link, address))
            say("%s: address %s: %s", name.c_str(), address.c_str(), std::strerror(error));
    }
    for (const auto &route : nic.routes) {
        const int error = kernel.addRoute(link, route);
        if (error && error != EEXIST)
            say("%s: route %s: %s", name.c_str(), route.to.c_str(), std::strerror(error));
    }
}

} // namespace

Netlink::Netlink()
    : m_socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
{
}

Netlink::~Netlink()
{
    if (m_socket >= 0)
        ::close(m_socket);
}

int Netlink::ask(void *message) const
{
    const auto *const header = static_cast<const nlmsghdr *>(message);
    if (::send(m_socket, message, header->nlmsg_len, 0) < 0)
        return errno;
    alignas(nlmsghdr) char answer[4096];
    const auto size = ::recv(m_socket, answer, sizeof answer, 0);
    if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr))))
        return size < 0 ? errno : EPROTO;
    nlmsgerr result {};
    std::memcpy(&result, answer + NLMSG_HDRLEN, sizeof result);
    return -result.error;
}

int Netlink::rename(int link, const std::string &name) const
{
    Request<ifinfomsg> request(RTM_NEWLINK, 0);
    request.body.ifi_index = link;
    request.add(IFLA_IFNAME, name.c_str(), name.size() + 1);
    return ask(&request);
}

int Netlink::up(int link) const
{
    Request<ifinfomsg> request(RTM_NEWLINK, 0);
    request.body.ifi_index = link;
    request.body.ifi_flags = IFF_UP;
    request.body.ifi_change = IFF_UP;
    return ask(&request);
}

int Netlink::addAddress(int link, const std::string &cidr) const
{
    Address address;
    if (!parseAddress(cidr, address))
        return EINVAL;
    Request<ifaddrmsg> request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
    request.body.ifa_family = address.family;
    request.body.ifa_prefixlen = address.prefix;
    request.body.ifa_index = static_cast<std::uint32_t>(link);
    if (address.family == AF_INET6)
        request.body.ifa_flags = IFA_F_NODAD;
    request.add(IFA_LOCAL, address.bytes, address.size);
    request.add(IFA_ADDRESS, address.bytes, address.size);
    if (address.family == AF_INET && address.prefix < 31) {
        std::uint32_t broadcast = 0;
        std::memcpy(&broadcast, address.bytes, 4);
        const auto hosts = address.prefix == 0 ? ~0U : (1U << (32 - address.prefix)) - 1;
        broadcast |= htonl(hosts);
        request.add(IFA_BROADCAST, &broadcast, 4);
    }
    return ask(&request);
}

int Netlink::addRoute(int link, const Route &route) const
{
    Address to;
    Address via;
    if (!parseAddress(route.to, to))
        return EINVAL;
    if (!route.via.empty() && (!parseAddress(route.via, via) || via.family != to.family))
        return EINVAL;
    Request<rtmsg> request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    request.body.rtm_family = to.family;
    request.body.rtm_dst_len = to.prefix;
    request.body.rtm_table = RT_TABLE_MAIN;
    request.body.rtm_protocol = RTPROT_STATIC;
    request.body.rtm_scope = route.via.empty() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    request.body.rtm_type = RTN_UNICAST;
    request.add(RTA_DST, to.bytes, to.size);
    if (!route.via.empty())
        request.add(RTA_GATEWAY, via.bytes, via.size);
    request.add(RTA_OIF, &link, sizeof link);
    return ask(&request);
}

void applyNetwork(const Seed &seed)
{
    const Netlink kernel;
    if (const int error = kernel.up(1))
        say("lo: up: %s", std::strerror(error));
    for (const auto &nic : seed.nics)
        applyNic(kernel, nic);
}

} // namespace zos::guest
