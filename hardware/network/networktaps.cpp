// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/networktaps.h"

#include "core/base/logging.h"
#include "hardware/network/ipcommand.h"
#include "hardware/network/networkscript.h"

namespace zos::hw {

NetworkTaps::NetworkTaps(CommandRunner *runner, NetSpace *space)
    : m_runner(runner)
    , m_space(space)
{
}

Task<Result<>> NetworkTaps::add(QString tap, QString bridge)
{
    if (!isOwnName(tap, u"t-") || !isOwnName(bridge, u"b-"))
        co_return fail(ErrorCode::Invalid,
            QStringLiteral("%1 on %2 is not a tap on a network's bridge")
                .arg(quoted(tap), quoted(bridge)));
    const auto turn = co_await m_turns.enter(tap);
    const auto links = co_await m_space->links(QString());
    if (!links)
        co_return fail(links.error());
    if (!links->contains(bridge))
        co_return fail(ErrorCode::NotFound, QStringLiteral("bridge %1 does not exist").arg(bridge));
    const auto there = links->contains(tap);
    const auto link = links->value(tap);
    if (there && link.kind != QLatin1StringView("tun"))
        co_return fail(
            ErrorCode::Exists, QStringLiteral("%1 exists and is a %2").arg(tap, link.kind));
    if (there && link.up && link.master == links->value(bridge).index)
        co_return Result<>();
    const auto command = ipBatch(tapScript(tap, bridge, !there));
    const auto made = co_await runBatch(m_runner, command);
    if (!made)
        co_return fail(made.error().wrapped(QStringLiteral("make tap %1").arg(tap)));
    const auto settings = quietPort(tap);
    co_return co_await m_space->configure(QString(), settings, QByteArray());
}

Task<Result<>> NetworkTaps::remove(QString tap)
{
    if (!isOwnName(tap, u"t-"))
        co_return fail(ErrorCode::Invalid, QStringLiteral("%1 is not a tap").arg(quoted(tap)));
    const auto turn = co_await m_turns.enter(tap);
    const auto links = co_await m_space->links(QString());
    if (!links)
        co_return fail(links.error());
    if (!links->contains(tap))
        co_return Result<>();
    const auto command
        = ipCommand({ QStringLiteral("link"), QStringLiteral("del"), QStringLiteral("dev"), tap });
    const auto gone = co_await runOk(m_runner, command);
    if (!gone)
        co_return fail(gone.error().wrapped(QStringLiteral("remove tap %1").arg(tap)));
    co_return Result<>();
}

Task<Result<QStringList>> NetworkTaps::list()
{
    const auto links = co_await m_space->links(QString());
    if (!links)
        co_return fail(links.error());
    QStringList found;
    for (auto link = links->begin(); link != links->end(); ++link)
        if (isOwnName(link.key(), u"t-"))
            found.append(link.key());
    found.sort();
    co_return found;
}

} // namespace zos::hw
