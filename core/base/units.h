// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHashFunctions>
#include <QString>

#include <compare>
#include <cstdint>
#include <limits>

namespace zos {

// An integer that cannot be mixed up with another one: TwinId is not ContractId.
template <class Tag, class Rep> class StrongInt
{
public:
    using rep = Rep;
    constexpr StrongInt() = default;
    constexpr explicit StrongInt(Rep value)
        : m_value(value)
    {
    }
    constexpr Rep value() const { return m_value; }
    constexpr auto operator<=>(const StrongInt &) const = default;
    QString text() const { return QString::number(m_value); }
    friend size_t qHash(StrongInt id, size_t seed = 0) { return ::qHash(id.m_value, seed); }

private:
    Rep m_value = 0;
};

using TwinId = StrongInt<struct TwinTag, quint32>;
using FarmId = StrongInt<struct FarmTag, quint32>;
using NodeId = StrongInt<struct NodeTag, quint32>;
using ContractId = StrongInt<struct ContractTag, quint64>;

// A size in bytes. Sums saturate: capacity arithmetic must never wrap.
class Bytes
{
public:
    constexpr Bytes() = default;
    constexpr explicit Bytes(quint64 count)
        : m_count(count)
    {
    }
    constexpr quint64 count() const { return m_count; }
    constexpr auto operator<=>(const Bytes &) const = default;
    friend constexpr Bytes operator+(Bytes a, Bytes b)
    {
        constexpr auto top = std::numeric_limits<quint64>::max();
        return Bytes(a.m_count > top - b.m_count ? top : a.m_count + b.m_count);
    }
    friend constexpr Bytes operator-(Bytes a, Bytes b)
    {
        return Bytes(a.m_count < b.m_count ? 0 : a.m_count - b.m_count);
    }
    Bytes &operator+=(Bytes other) { return *this = *this + other; }
    Bytes &operator-=(Bytes other) { return *this = *this - other; }

private:
    quint64 m_count = 0;
};
constexpr Bytes operator""_KiB(unsigned long long n)
{
    return Bytes(n << 10);
}
constexpr Bytes operator""_MiB(unsigned long long n)
{
    return Bytes(n << 20);
}
constexpr Bytes operator""_GiB(unsigned long long n)
{
    return Bytes(n << 30);
}

} // namespace zos
