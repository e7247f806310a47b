// SPDX-License-Identifier: Apache-2.0
#include "core/health/selftests.h"

#include <algorithm>

namespace zos {

void SelfTests::put(SelfTestResult result)
{
    const auto place = std::ranges::lower_bound(m_results, result.name, {}, &SelfTestResult::name);
    if (place != m_results.end() && place->name == result.name)
        *place = std::move(result);
    else
        m_results.insert(place, std::move(result));
}

const SelfTestResult *SelfTests::find(QStringView name) const
{
    const auto found = std::ranges::find(m_results, name, &SelfTestResult::name);
    return found == m_results.end() ? nullptr : &*found;
}

} // namespace zos
