// SPDX-License-Identifier: Apache-2.0
#include "core/base/backoff.h"

#include <QRandomGenerator>

namespace zos {

std::chrono::milliseconds Backoff::next()
{
    const auto base = m_next;
    m_next = std::min(m_max, m_next * 2);
    const auto percent = QRandomGenerator::global()->bounded(80, 121);
    return base * percent / 100;
}

} // namespace zos
