// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/netvalues.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <concepts>

namespace zos {

// How values are written into the hashed text of a deployment: no separators, no field names.
class Challenge
{
public:
    explicit Challenge(QByteArray &text)
        : m_text(text)
    {
    }
    Challenge &text(QStringView value); // UTF-8 as it is
    Challenge &hex(const QByteArray &bytes); // lower case, nothing when empty
    Challenge &net(const IpNet &value); // "<nil>" when absent
    Challenge &address(const IpAddress &value); // "<nil>" when absent
    Challenge &flag(bool value);
    Challenge &number(std::integral auto value)
    {
        m_text += QByteArray::number(value);
        return *this;
    }
    Challenge &texts(const QStringList &values);

private:
    QByteArray &m_text;
};

} // namespace zos
