// SPDX-License-Identifier: Apache-2.0
#include "app/node/statewatch.h"

#include "core/base/logging.h"
#include "core/base/volatilefolder.h"

namespace zos::app {

namespace {
constexpr std::chrono::seconds kEvery { 30 };
} // namespace

StateWatch::StateWatch(QString folder, bool allowed, std::function<void(bool)> tell)
    : m_folder(std::move(folder))
    , m_allowed(allowed)
    , m_tell(std::move(tell))
    , m_isVolatile(isVolatileFolder)
{
}

void StateWatch::setProbe(std::function<bool(const QString &)> isVolatile)
{
    m_isVolatile = std::move(isVolatile);
}

void StateWatch::look()
{
    const bool isVolatile = m_isVolatile(m_folder);
    if (isVolatile && m_allowed && !m_warned) {
        m_warned = true;
        qCWarning(lcNode).noquote() << m_folder
                                    << "is in memory: a restart of the machine loses "
                                       "all workloads (allow_volatile_state)";
    }
    const bool refuses = isVolatile && !m_allowed;
    if (m_refuses == refuses)
        return;
    if (refuses)
        qCCritical(lcNode).noquote() << m_folder << "is in memory: no workloads are taken";
    else if (m_refuses)
        qCInfo(lcNode).noquote() << m_folder << "is durable: workloads are taken again";
    m_refuses = refuses;
    m_tell(refuses);
}

Task<void> StateWatch::run(CancelToken token)
{
    while (!token.cancelled()) {
        look();
        co_await pause(kEvery, token);
    }
}

} // namespace zos::app
