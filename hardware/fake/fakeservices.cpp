// SPDX-License-Identifier: Apache-2.0
#include "hardware/fake/fakeservices.h"

#include <QRegularExpression>

#include <algorithm>

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
    const auto relative
        = [](const QString &path) { return !path.isEmpty() && !path.startsWith(u'/'); };
    if (relative(spec.networkNamespace) || relative(spec.logFile)
        || std::ranges::any_of(
            spec.command, [](const QString &word) { return word.contains(QChar(0)); }))
        co_return fail(
            ErrorCode::Invalid, QStringLiteral("service %1 is not described well").arg(spec.name));
    auto &service = m_world.services[spec.name];
    if (service.pid == 0 || service.spec != spec)
        service = { spec, ++m_world.lastPid };
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
    for (const auto &service : std::as_const(m_world.services))
        all += ServiceState { service.spec.name, true, service.pid, 1, {} };
    co_return all;
}

} // namespace zos::hw
