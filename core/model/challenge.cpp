// SPDX-License-Identifier: Apache-2.0
#include "core/model/challenge.h"

namespace zos {

Challenge &Challenge::text(QStringView value)
{
    m_text += value.toUtf8();
    return *this;
}

Challenge &Challenge::hex(const QByteArray &bytes)
{
    m_text += bytes.toHex();
    return *this;
}

Challenge &Challenge::net(const IpNet &value)
{
    m_text += value.isAbsent() ? QByteArray("<nil>") : value.text().toLatin1();
    return *this;
}

Challenge &Challenge::address(const IpAddress &value)
{
    m_text += value.isAbsent() ? QByteArray("<nil>") : value.text().toLatin1();
    return *this;
}

Challenge &Challenge::flag(bool value)
{
    m_text += value ? "true" : "false";
    return *this;
}

Challenge &Challenge::texts(const QStringList &values)
{
    for (const QString &value : values)
        text(value);
    return *this;
}

} // namespace zos
