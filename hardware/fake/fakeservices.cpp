// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeservices.h"

#include <QRegularExpression>

namespace zos::hw {

Task<Result<>> FakeServices::start(ServiceSpec spec)
{
    const auto entered = co_await m_world.enter(QStringLiteral("services.start"), spec.name);
    if (!entered)
        co_return entered;
    static const QRegularExpression nameRule(QStringLiteral("\\A[a-z0-9.-]{1,64}\\z"));
    if (!nameRule.match(spec.name).hasMatch())
        co_return fail(ErrorCode::Invalid, QStringLiteral("invalid service name"));
    if (spec.command.isEmpty() || !spec.command.first().startsWith(u'/'))
        co_return fail(ErrorCode::Invalid,
            QStringLiteral("service %1 needs the absolute path of a program").arg(spec.name));
    m_world.services.insert(spec.name, spec);
    co_return co_await m_world.leave();
}

Task<Result<>> FakeServices::stop(QString name)
{
    const auto entered = co_await m_world.enter(QStringLiteral("services.stop"), name);
    if (!entered)
        co_return entered;
    m_world.services.remove(name);
    co_return co_await m_world.leave();
}

Task<Result<QList<ServiceState>>> FakeServices::list()
{
    const auto entered = co_await m_world.enter(QStringLiteral("services.list"), {});
    if (!entered)
        co_return fail(entered.error());
    QList<ServiceState> all;
    for (const auto &name : m_world.services.keys())
        all += ServiceState { name, true, 1000, 1, {} };
    co_return all;
}

} // namespace zos::hw
