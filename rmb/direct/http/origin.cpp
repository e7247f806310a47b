// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/origin.h"

namespace zos::rmb {

// Whoever has a key of the overlay has 2^64 addresses in 300::/8 as well.
QHostAddress originOf(const QHostAddress &address)
{
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return address;
    Q_IPV6ADDR bytes = address.toIPv6Address();
    if (bytes[0] == 0x03)
        std::fill(std::begin(bytes.c) + 8, std::end(bytes.c), quint8(0));
    return QHostAddress(bytes);
}

} // namespace zos::rmb
