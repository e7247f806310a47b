// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "core/base/json.h"

namespace zos::app {

namespace {

struct Question
{
    QString command;
    QString (*show)(const Json &answer);
};

QString scalarText(const Json &json)
{
    return json.isString() ? harmless(json.string()) : harmless(QString::fromUtf8(json.raw()));
}

QString amountOf(const Json *part, QStringView name, bool isSize)
{
    const auto *value = part ? part->findExact(name) : nullptr;
    const auto number = value ? value->toUnsigned() : std::nullopt;
    if (!number)
        return QStringLiteral("-");
    return isSize ? sizeText(Bytes(*number)) : QString::number(*number);
}

QString showMembers(const Json &answer)
{
    QString text;
    for (const auto &[name, value] : answer.members())
        text += harmless(name).leftJustified(10) + u' ' + scalarText(value) + u'\n';
    return text;
}

QString showStatistics(const Json &answer)
{
    Table table({ QString(), QStringLiteral("CPU"), QStringLiteral("MEMORY"), QStringLiteral("SSD"),
        QStringLiteral("HDD"), QStringLiteral("IPV4") });
    for (const auto *row : { "total", "used", "system" }) {
        const auto name = QString::fromLatin1(row);
        const auto *part = answer.findExact(name);
        table.add({ name, amountOf(part, u"cru", false), amountOf(part, u"mru", true),
            amountOf(part, u"sru", true), amountOf(part, u"hru", true),
            amountOf(part, u"ipv4u", false) });
    }
    const auto *users = answer.findExact(u"users");
    return table.text()
        + QStringLiteral("deployments %1, workloads %2\n")
              .arg(amountOf(users, u"deployments", false), amountOf(users, u"workloads", false));
}

QString showInterfaces(const Json &answer)
{
    QString text;
    for (const auto &[name, value] : answer.members()) {
        QStringList ips;
        for (const auto &ip : value.items())
            ips += scalarText(ip);
        text += harmless(name).leftJustified(10) + u' ' + ips.join(QStringLiteral(", ")) + u'\n';
    }
    return text;
}

QString showPools(const Json &answer)
{
    Table table({ QStringLiteral("POOL"), QStringLiteral("TYPE"), QStringLiteral("SIZE"),
        QStringLiteral("USED") });
    for (const auto &pool : answer.items()) {
        const auto *name = pool.findExact(u"name");
        const auto *type = pool.findExact(u"type");
        table.add({ name ? name->string() : QString(), type ? type->string() : QString(),
            amountOf(&pool, u"size", true), amountOf(&pool, u"used", true) });
    }
    return table.text();
}

QString showPorts(const Json &answer)
{
    QStringList ports;
    for (const auto &port : answer.items())
        ports += scalarText(port);
    return QStringLiteral("ports in use: %1\n").arg(ports.join(QStringLiteral(", ")));
}

Question questionNamed(const QString &name)
{
    static const QHash<QString, Question> questions {
        { QStringLiteral("version"), { QStringLiteral("zos.system.version"), showMembers } },
        { QStringLiteral("statistics"), { QStringLiteral("zos.statistics.get"), showStatistics } },
        { QStringLiteral("interfaces"),
            { QStringLiteral("zos.network.interfaces"), showInterfaces } },
        { QStringLiteral("pools"), { QStringLiteral("zos.storage.pools"), showPools } },
        { QStringLiteral("ports"), { QStringLiteral("zos.network.list_wg_ports"), showPorts } },
    };
    return questions.value(name);
}

} // namespace

Task<Result<ExitCode>> askNode(Session *session)
{
    const auto question
        = questionNamed(session->line().arguments.value(0, QStringLiteral("version")));
    auto calling = session->call(session->node(), question.command, "null");
    const auto answer = co_await std::move(calling);
    const AnswerView view = [&question](const QByteArray &text) -> Result<QString> {
        const auto json = Json::parse(text);
        if (!json)
            return fail(ErrorCode::Protocol, QStringLiteral("the node's answer is not JSON"));
        return question.show(*json);
    };
    co_return showAnswer(*session, answer, view);
}

Task<Result<ExitCode>> callNode(Session *session)
{
    const auto &arguments = session->line().arguments;
    const auto payload = arguments.value(1, QStringLiteral("null")).toUtf8();
    if (const auto json = Json::parse(payload); !json)
        co_return fail(json.error().wrapped(QStringLiteral("the argument is not JSON")));
    auto calling = session->call(session->node(), arguments.at(0), payload);
    const auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error());
    printJson(session->line().json() ? *answer : indentedJson(*answer));
    co_return ExitCode::Ok;
}

} // namespace zos::app
