// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/units.h"

#include <QByteArray>

namespace zos {

// What a workload takes from the node. On the wire {"cru","sru","hru","mru","ipv4u"}.
struct Capacity
{
    quint64 cru = 0; // logical CPUs
    Bytes sru; // SSD
    Bytes hru; // HDD
    Bytes mru; // memory
    quint64 ipv4u = 0;

    Capacity &operator+=(const Capacity &other)
    {
        cru += other.cru;
        sru += other.sru;
        hru += other.hru;
        mru += other.mru;
        ipv4u += other.ipv4u;
        return *this;
    }
    Capacity &operator-=(const Capacity &other) // of a part of it
    {
        cru -= other.cru;
        sru -= other.sru;
        hru -= other.hru;
        mru -= other.mru;
        ipv4u -= other.ipv4u;
        return *this;
    }
    bool operator==(const Capacity &) const = default;
    QByteArray toJson() const;
};

} // namespace zos
