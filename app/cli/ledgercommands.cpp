// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "core/base/json.h"

namespace zos::app {

namespace {

Result<QList<PublicIp>> farmAddresses(const QStringList &values)
{
    QList<PublicIp> ips;
    for (const auto &value : values) {
        const auto parts = value.split(u',');
        if (parts.size() != 2)
            return fail(ErrorCode::Invalid,
                QStringLiteral("--public-ip is CIDR,GATEWAY, not '%1'").arg(value.left(64)));
        PublicIp ip;
        ip.ip = parts.at(0);
        ip.gateway = parts.at(1);
        ips += ip;
    }
    return ips;
}

} // namespace

// Without --ip and --relay nothing that is registered changes: the command also answers "who am I".
Task<Result<ExitCode>> registerTwin(Session *session)
{
    auto opening = session->ledger(true);
    const auto book = co_await std::move(opening);
    if (!book)
        co_return fail(book.error());
    const auto key = session->identity();
    if (!key)
        co_return fail(key.error());
    Twin twin;
    auto finding = (*book)->twinOf(key->publicKey());
    const auto known = co_await std::move(finding);
    if (known) {
        auto reading = (*book)->twin(*known);
        const auto old = co_await std::move(reading);
        if (!old)
            co_return fail(old.error());
        twin = *old;
    } else if (known.error().code != ErrorCode::NotFound) {
        co_return fail(known.error());
    } else if (session->line().has(QStringLiteral("listen"))) {
        const auto listen = ListenAddress::parse(session->line().value(QStringLiteral("listen")));
        if (!listen)
            co_return fail(listen.error());
        twin.ip = listen->address.toString();
    }
    if (session->line().has(QStringLiteral("ip")))
        twin.ip = session->line().value(QStringLiteral("ip"));
    const auto relays = session->relays();
    if (!relays)
        co_return fail(relays.error());
    if (!relays->isEmpty()) {
        twin.relay = rmb::relayField(*relays);
        twin.pk = key->endToEndKey();
    }
    auto ensuring = (*book)->ensureTwin(twin.ip, twin.relay, twin.pk);
    const auto id = co_await std::move(ensuring);
    if (!id)
        co_return fail(id.error());
    if (session->line().json()) {
        JsonWriter json;
        json.object().key(u"twin_id").number(id->value()).key(u"address").string(key->address());
        json.key(u"ip").string(twin.ip);
        printJson(json.key(u"relay").string(twin.relay).end().text());
    } else {
        QString ways = twin.ip;
        if (!twin.relay.isEmpty())
            ways += (ways.isEmpty() ? QString() : QStringLiteral(" and "))
                + QStringLiteral("through ") + twin.relay;
        printText(QStringLiteral("twin %1, %2, reached at %3\n")
                .arg(id->text(), key->address(),
                    ways.isEmpty() ? QStringLiteral("no address") : ways));
    }
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> createFarm(Session *session)
{
    const auto name = session->line().arguments.at(0);
    const auto ips = farmAddresses(session->line().values(QStringLiteral("public-ip")));
    if (!ips)
        co_return fail(ips.error());
    auto opening = session->ledger(true);
    const auto book = co_await std::move(opening);
    if (!book)
        co_return fail(book.error());
    auto creating = (*book)->createFarm(name, *ips);
    const auto id = co_await std::move(creating);
    if (!id)
        co_return fail(id.error());
    if (session->line().json()) {
        JsonWriter json;
        printJson(json.object()
                .key(u"farm_id")
                .number(id->value())
                .key(u"name")
                .string(name)
                .end()
                .text());
    } else {
        printText(QStringLiteral("farm %1 '%2'\n").arg(id->text(), name));
    }
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> deleteContract(Session *session)
{
    const auto id = session->contract();
    auto opening = session->ledger();
    const auto book = co_await std::move(opening);
    if (!book)
        co_return fail(book.error());
    auto cancelling = (*book)->cancelContract(id);
    const auto done = co_await std::move(cancelling);
    if (!done)
        co_return fail(done.error());
    if (session->line().json()) {
        JsonWriter json;
        printJson(json.object()
                .key(u"contract_id")
                .number(id.value())
                .key(u"state")
                .string(u"canceled")
                .end()
                .text());
    } else {
        printText(QStringLiteral("contract %1 is cancelled, the node removes what it holds\n")
                .arg(id.text()));
    }
    co_return ExitCode::Ok;
}

} // namespace zos::app
