// SPDX-License-Identifier: Apache-2.0
#include "core/health/nodestatus.h"

#include <algorithm>

namespace zos {

int NodeStatus::warnings() const
{
    return int(std::ranges::count(alerts, QLatin1StringView("warn"), &Alert::severity));
}

int NodeStatus::criticals() const
{
    return int(std::ranges::count(alerts, QLatin1StringView("crit"), &Alert::severity));
}

NodeStatus::Level NodeStatus::level() const
{
    if (criticals() > 0)
        return Level::Crit;
    return warnings() > 0 ? Level::Warn : Level::Ok;
}

} // namespace zos
