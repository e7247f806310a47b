// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/guest/seed.h"

namespace zos::guest {

// The few requests to the kernel's routing socket a machine needs; each waits for its answer.
// Functions return 0 or an errno value.
class Netlink
{
public:
    Netlink();
    ~Netlink();
    Netlink(const Netlink &) = delete;
    Netlink &operator=(const Netlink &) = delete;

    int rename(int link, const std::string &name) const;
    int up(int link) const;
    int addAddress(int link, const std::string &cidr) const;
    int addRoute(int link, const Route &route) const;

private:
    int ask(void *message) const;

    int m_socket = -1;
};

// Loopback up, every card of the seed found by MAC, named, addressed and routed. What fails is
// said on the console and does not stop the start.
void applyNetwork(const Seed &seed);

} // namespace zos::guest
