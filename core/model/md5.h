// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>

namespace zos {

// 16 raw bytes. MD5 is what contracts, device and network names of the grid are made with; it
// protects nothing here. QCA must be initialised.
QByteArray md5(const QByteArray &bytes);

} // namespace zos
