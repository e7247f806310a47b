// SPDX-License-Identifier: Apache-2.0
#include "app/api/nodeapi.h"
#include "app/api/payload.h"

namespace zos::app {

namespace {

using rmb::Answer;
using rmb::Call;

Task<Answer> deploy(Engine *engine, Call call)
{
    auto outcome = co_await engine->deploy(call.twin, call.payload);
    if (!outcome)
        co_return fail(outcome.error());
    co_return QByteArrayLiteral("null");
}

Task<Answer> update(Engine *engine, Call call)
{
    auto outcome = co_await engine->update(call.twin, call.payload);
    if (!outcome)
        co_return fail(outcome.error());
    co_return QByteArrayLiteral("null");
}

} // namespace

void NodeApi::addDeployment(rmb::Router &router)
{
    auto *engine = m_parts.engine;
    router.add(QStringLiteral("zos.deployment.deploy"),
        [engine](Call call) { return deploy(engine, std::move(call)); });
    router.add(QStringLiteral("zos.deployment.update"),
        [engine](Call call) { return update(engine, std::move(call)); });
    router.add(
        QStringLiteral("zos.deployment.get"), immediate([engine](const Call &call) -> Answer {
            const auto contract = contractIdOf(call);
            if (!contract)
                return fail(contract.error());
            return engine->get(call.twin, *contract);
        }));
    router.add(QStringLiteral("zos.deployment.list"),
        immediate([engine](const Call &call) -> Answer { return engine->list(call.twin); }));
    router.add(
        QStringLiteral("zos.deployment.changes"), immediate([engine](const Call &call) -> Answer {
            const auto contract = contractIdOf(call);
            if (!contract)
                return fail(contract.error());
            return engine->changes(call.twin, *contract);
        }));
    router.add(QStringLiteral("zos.deployment.delete"), immediate([](const Call &) -> Answer {
        return fail(ErrorCode::Denied,
            QStringLiteral(
                "deletion over the api is disabled, please cancel your contract instead"));
    }));
}

} // namespace zos::app
