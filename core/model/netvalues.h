// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QString>

#include <array>

namespace zos {

// A literal IP address with Go's text rules: IPv4 octets without leading zeros, no zone; printed as
// dotted IPv4 (also for IPv4-mapped IPv6) or RFC 5952.
class IpAddress
{
public:
    static Result<IpAddress> parse(QStringView text); // Invalid
    static IpAddress fromV4(quint32 hostOrder);
    IpAddress() = default; // absent
    bool isAbsent() const { return m_length == 0; }
    bool isV4() const; // true for IPv4-mapped too
    quint32 v4() const; // host order, only when isV4()
    const std::array<quint8, 16> &v6() const { return m_bytes; } // IPv4 as ::ffff:a.b.c.d
    bool isLoopback() const;
    bool isUnspecified() const; // 0.0.0.0 or ::
    bool isLinkLocal() const; // 169.254/16 or fe80::/10
    bool isMulticast() const;
    QString text() const; // "" when absent
    bool operator==(const IpAddress &) const = default;

private:
    friend class IpNet;
    std::array<quint8, 16> m_bytes {};
    int m_length = 0;
};

// address/prefix; the host part is kept as written (10.20.2.7/24 stays).
class IpNet
{
public:
    static Result<IpNet> parse(QStringView text);
    IpNet() = default;
    IpNet(IpAddress address, int prefix)
        : m_address(address)
        , m_prefix(prefix)
    {
    }
    bool isAbsent() const { return m_address.isAbsent(); }
    const IpAddress &address() const { return m_address; }
    int prefix() const { return m_prefix; }
    IpAddress network() const; // host bits cleared
    bool contains(const IpAddress &address) const;
    bool contains(const IpNet &other) const; // every address of other
    bool overlaps(const IpNet &other) const;
    QString text() const; // "" when absent
    bool operator==(const IpNet &) const = default;

private:
    IpAddress m_address;
    int m_prefix = 0;
};

} // namespace zos
