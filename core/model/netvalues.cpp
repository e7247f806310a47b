// SPDX-License-Identifier: Apache-2.0
#include "core/model/netvalues.h"

#include <algorithm>
#include <optional>

namespace zos {

namespace {

std::optional<quint32> v4FromText(QStringView text)
{
    quint32 address = 0;
    int fields = 0;
    for (qsizetype at = 0; fields < 4; ++at) {
        const qsizetype start = at;
        quint32 octet = 0;
        for (; at < text.size() && text[at] >= u'0' && text[at] <= u'9'; ++at) {
            if (at - start == 3)
                return std::nullopt;
            octet = octet * 10 + static_cast<quint32>(text[at].unicode() - u'0');
        }
        // A leading zero could mean octal elsewhere; Go refuses it, so both sides agree on the
        // value.
        if (at == start || octet > 255 || (at - start > 1 && text[start] == u'0'))
            return std::nullopt;
        address = address << 8 | octet;
        ++fields;
        const bool ends = at == text.size();
        if (ends != (fields == 4) || (!ends && text[at] != u'.'))
            return std::nullopt;
    }
    return address;
}

int hexValue(QChar c)
{
    const char16_t unit = c.unicode();
    if (unit >= u'0' && unit <= u'9')
        return unit - u'0';
    if (unit >= u'a' && unit <= u'f')
        return unit - u'a' + 10;
    if (unit >= u'A' && unit <= u'F')
        return unit - u'A' + 10;
    return -1;
}

void putV4(std::array<quint8, 16> &bytes, size_t at, quint32 address)
{
    for (size_t i = 0; i < 4; ++i)
        bytes[at + i] = static_cast<quint8>(address >> (24 - 8 * i));
}

std::optional<std::array<quint8, 16>> v6FromText(QStringView text)
{
    std::array<quint8, 16> bytes {};
    size_t filled = 0;
    std::optional<size_t> gap;
    if (text.startsWith(u"::")) {
        gap = 0;
        text = text.sliced(2);
    }
    while (filled < 16 && !text.isEmpty()) {
        qsizetype digits = 0;
        quint32 group = 0;
        for (; digits < text.size() && hexValue(text[digits]) >= 0; ++digits) {
            if (digits == 4)
                return std::nullopt;
            group = group << 4 | static_cast<quint32>(hexValue(text[digits]));
        }
        if (digits == 0)
            return std::nullopt;
        if (digits < text.size() && text[digits] == u'.') {
            const auto tail = v4FromText(text);
            if (!tail || filled > 12 || (!gap && filled != 12))
                return std::nullopt;
            putV4(bytes, filled, *tail);
            filled += 4;
            text = {};
            break;
        }
        bytes[filled] = static_cast<quint8>(group >> 8);
        bytes[filled + 1] = static_cast<quint8>(group);
        filled += 2;
        text = text.sliced(digits);
        if (text.isEmpty())
            break;
        if (text[0] != u':' || text.size() == 1)
            return std::nullopt;
        text = text.sliced(1);
        if (text[0] == u':') {
            if (gap)
                return std::nullopt;
            gap = filled;
            text = text.sliced(1);
        }
    }
    if (!text.isEmpty() || (filled < 16) != gap.has_value())
        return std::nullopt;
    if (gap)
        std::rotate(bytes.begin() + static_cast<int>(*gap),
            bytes.begin() + static_cast<int>(filled), bytes.end());
    return bytes;
}

bool isMapped(const std::array<quint8, 16> &bytes)
{
    return std::all_of(bytes.begin(), bytes.begin() + 10, [](quint8 byte) { return byte == 0; })
        && bytes[10] == 0xff && bytes[11] == 0xff;
}

// RFC 5952: lower case, no leading zeros, the first longest run of at least two zero groups is
// "::".
QString v6Text(const std::array<quint8, 16> &bytes)
{
    std::array<int, 8> groups {};
    for (size_t i = 0; i < 8; ++i)
        groups[i] = bytes[2 * i] << 8 | bytes[2 * i + 1];
    size_t runStart = 8;
    size_t runLength = 1;
    for (size_t i = 0; i < 8; ++i) {
        size_t end = i;
        while (end < 8 && groups[end] == 0)
            ++end;
        if (end - i > runLength) {
            runStart = i;
            runLength = end - i;
        }
    }
    QString text;
    for (size_t i = 0; i < 8;) {
        if (i == runStart) {
            text += QStringLiteral("::");
            i += runLength;
            continue;
        }
        if (!text.isEmpty() && !text.endsWith(u':'))
            text += u':';
        text += QString::number(groups[i], 16);
        ++i;
    }
    return text;
}

bool sameBits(const std::array<quint8, 16> &a, const std::array<quint8, 16> &b, int bits)
{
    const auto whole = static_cast<size_t>(bits / 8);
    if (!std::equal(a.begin(), a.begin() + static_cast<int>(whole), b.begin()))
        return false;
    const int rest = bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

// Prefixes of IPv4 count inside the mapped form.
int storedBits(const IpAddress &address, int prefix)
{
    return address.isV4() ? prefix + 96 : prefix;
}

} // namespace

Result<IpAddress> IpAddress::parse(QStringView text)
{
    const auto mark = std::find_if(
        text.begin(), text.end(), [](QChar c) { return c == u'.' || c == u':' || c == u'%'; });
    if (mark != text.end() && *mark == u'.') {
        if (const auto address = v4FromText(text))
            return fromV4(*address);
    } else if (mark != text.end() && *mark == u':') {
        if (const auto bytes = v6FromText(text)) {
            IpAddress address;
            address.m_bytes = *bytes;
            address.m_length = isMapped(*bytes) ? 4 : 16;
            return address;
        }
    }
    return fail(ErrorCode::Invalid,
        QStringLiteral("invalid IP address: ") + text.first(std::min<qsizetype>(text.size(), 64)));
}

IpAddress IpAddress::fromV4(quint32 hostOrder)
{
    IpAddress address;
    address.m_bytes[10] = 0xff;
    address.m_bytes[11] = 0xff;
    putV4(address.m_bytes, 12, hostOrder);
    address.m_length = 4;
    return address;
}

bool IpAddress::isV4() const
{
    return m_length == 4;
}

quint32 IpAddress::v4() const
{
    return static_cast<quint32>(m_bytes[12]) << 24 | static_cast<quint32>(m_bytes[13]) << 16
        | static_cast<quint32>(m_bytes[14]) << 8 | m_bytes[15];
}

QString IpAddress::text() const
{
    if (isAbsent())
        return {};
    if (!isV4())
        return v6Text(m_bytes);
    return QStringLiteral("%1.%2.%3.%4")
        .arg(m_bytes[12])
        .arg(m_bytes[13])
        .arg(m_bytes[14])
        .arg(m_bytes[15]);
}

bool IpAddress::isLoopback() const
{
    if (isV4())
        return m_bytes[12] == 127;
    return !isAbsent() && m_bytes[15] == 1
        && std::all_of(m_bytes.begin(), m_bytes.end() - 1, [](quint8 byte) { return byte == 0; });
}

bool IpAddress::isUnspecified() const
{
    if (isV4())
        return v4() == 0;
    return !isAbsent()
        && std::all_of(m_bytes.begin(), m_bytes.end(), [](quint8 byte) { return byte == 0; });
}

bool IpAddress::isLinkLocal() const
{
    if (isV4())
        return m_bytes[12] == 169 && m_bytes[13] == 254;
    return !isAbsent() && m_bytes[0] == 0xfe && (m_bytes[1] & 0xc0) == 0x80;
}

bool IpAddress::isMulticast() const
{
    if (isV4())
        return (m_bytes[12] & 0xf0) == 0xe0;
    return !isAbsent() && m_bytes[0] == 0xff;
}

Result<IpNet> IpNet::parse(QStringView text)
{
    const auto refuse = [&] {
        return fail(ErrorCode::Invalid,
            QStringLiteral("invalid CIDR address: ")
                + text.first(std::min<qsizetype>(text.size(), 64)));
    };
    const auto slash = text.indexOf(u'/');
    if (slash < 0)
        return refuse();
    const auto host = text.first(slash);
    const auto address = IpAddress::parse(host);
    if (!address)
        return refuse();
    const bool written4 = !host.contains(u':');
    const int bits = written4 ? 32 : 128;
    const auto digits = text.sliced(slash + 1);
    int prefix = 0;
    for (const QChar c : digits) { // leading zeros are fine, so the length says nothing
        if (c < u'0' || c > u'9')
            return refuse();
        prefix = prefix * 10 + (c.unicode() - u'0');
        if (prefix > bits)
            return refuse();
    }
    if (digits.isEmpty())
        return refuse();
    // An IPv4-mapped network is printed as an IPv4 one, with what is left of its mask.
    if (!written4 && address->isV4())
        prefix = std::max(0, prefix - 96);
    return IpNet(*address, prefix);
}

IpAddress IpNet::network() const
{
    IpAddress masked = m_address;
    const int bits = storedBits(m_address, m_prefix);
    for (int i = 0; i < 16; ++i) {
        const int keep = std::clamp(bits - 8 * i, 0, 8);
        masked.m_bytes[static_cast<size_t>(i)] &= static_cast<quint8>(0xff << (8 - keep));
    }
    return masked;
}

bool IpNet::contains(const IpAddress &address) const
{
    return !isAbsent() && !address.isAbsent() && address.isV4() == m_address.isV4()
        && sameBits(m_address.v6(), address.v6(), storedBits(m_address, m_prefix));
}

bool IpNet::contains(const IpNet &other) const
{
    return other.m_prefix >= m_prefix && contains(other.m_address);
}

bool IpNet::overlaps(const IpNet &other) const
{
    return contains(other) || other.contains(*this);
}

QString IpNet::text() const
{
    return isAbsent() ? QString() : m_address.text() + u'/' + QString::number(m_prefix);
}

} // namespace zos
