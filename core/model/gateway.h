// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/fields.h"

namespace zos {

// What both kinds of gateway have in common.
struct Gateway
{
    bool tlsPassthrough = false;
    QStringList backends; // http://ip[:port] or, with passthrough, ip:port
    QString network; // workload name of a network of the twin, "" for none

    static constexpr qsizetype kMaxBackends = 1024;

    void read(JsonFields &fields);
    Result<> validate() const;
    // Only letters, digits, '-' and '_'; also when empty.
    static bool isLabelText(QStringView text);
    void appendChallenge(QByteArray &text) const;
};

// "failed to validate backend '...': reason". Loopback, unspecified, link-local and multicast
// addresses are refused: they would reach into the node.
Result<> validateBackend(const QString &backend, bool tlsPassthrough);

} // namespace zos
