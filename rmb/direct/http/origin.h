// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHostAddress>

namespace zos::rmb {

// Whom a connection counts for: the address, or the node of the overlay whose subnet holds it.
QHostAddress originOf(const QHostAddress &address);

} // namespace zos::rmb
