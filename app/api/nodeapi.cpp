// SPDX-License-Identifier: Apache-2.0
#include "app/api/nodeapi.h"

#include "app/api/handlers.h"
#include "core/base/logging.h"
#include "core/base/logpace.h"

#include <QElapsedTimer>

namespace zos::app {

struct NodeApi::Callers
{
    TwinId farmer;
    QSet<TwinId> admins;

    bool may(Access access, TwinId twin) const
    {
        switch (access) {
        case Access::Any:
        case Access::Owner:
            return true;
        case Access::Farmer:
            return farmer.value() != 0 && twin == farmer;
        case Access::Admin:
            return admins.contains(twin);
        }
        return false;
    }
};

namespace {

Task<rmb::Answer> refuseCaller()
{
    co_return fail(ErrorCode::Denied, QStringLiteral("unauthorized"));
}

// What changes the node or is for few leaves a line, whatever comes of it.
bool isNoted(const Route &route)
{
    return route.access == Access::Farmer || route.access == Access::Admin
        || route.handle == api::deploy || route.handle == api::update;
}

Task<rmb::Answer> noted(
    std::shared_ptr<LogPace> pace, QString command, QString id, TwinId twin, Task<rmb::Answer> work)
{
    QElapsedTimer timer;
    timer.start();
    auto answer = co_await std::move(work);
    if (const auto more = pace->turn())
        qCInfo(lcNode).noquote()
            << command << quoted(id) << "of twin" << twin.value() << "took" << timer.elapsed()
            << "ms:"
            << QString((answer ? QStringLiteral("ok") : quoted(answer.error().what)) + *more);
    co_return answer;
}

} // namespace

NodeApi::NodeApi(rmb::Router &router, ApiParts parts, QObject *parent)
    : QObject(parent)
    , m_parts(std::move(parts))
    , m_callers(std::make_shared<Callers>(m_parts.farmer, m_parts.admins))
{
    const auto pace = std::make_shared<LogPace>(m_parts.clock);
    for (const auto &route : routes()) {
        router.add(QString::fromLatin1(route.command),
            [callers = m_callers, pace, route, given = m_parts](rmb::Call call) {
                const QString command = call.command;
                const QString id = call.requestId;
                const TwinId twin = call.twin;
                auto work = callers->may(route.access, twin) ? route.handle(given, std::move(call))
                                                             : refuseCaller();
                return isNoted(route) ? noted(pace, command, id, twin, std::move(work))
                                      : std::move(work);
            });
    }
    followFarm();
}

TwinId NodeApi::farmer() const
{
    return m_callers->farmer;
}

Task<void> NodeApi::stop()
{
    disconnect(m_parts.ledger, nullptr, this, nullptr);
    return m_tasks.finish();
}

void NodeApi::followFarm()
{
    connect(m_parts.ledger, &Ledger::event, this, [this](const LedgerEvent &event, bool) {
        if (event.kind == LedgerEvent::Kind::FarmUpdated && event.farm == m_parts.farm)
            lookAtFarm();
    });
    connect(m_parts.ledger, &Ledger::gap, this, &NodeApi::lookAtFarm);
    connect(m_parts.ledger, &Ledger::stateChanged, this, [this](LedgerState state) {
        if (state == LedgerState::Online)
            lookAtFarm();
    });
    lookAtFarm();
}

void NodeApi::lookAtFarm()
{
    m_again = true;
    if (!m_reading)
        m_tasks.spawn(readFarm());
}

Task<void> NodeApi::readFarm()
{
    m_reading = true;
    while (std::exchange(m_again, false) && !m_tasks.token().cancelled()) {
        const auto farm = co_await m_parts.ledger->farm(m_parts.farm);
        if (!farm || farm->twin == m_callers->farmer)
            continue;
        qCInfo(lcNode) << "the farmer is twin" << farm->twin.value();
        m_callers->farmer = farm->twin;
    }
    m_reading = false;
}

} // namespace zos::app
