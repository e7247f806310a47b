// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/deploydocument.h"
#include "app/cli/output.h"

#include <QDateTime>

namespace zos::app {

namespace {

// A command about one contract to the node that has it.
Task<rmb::Answer> callAbout(Session *session, QString command, QByteArray payload = {})
{
    const auto contract = session->contract();
    auto finding = session->nodeOf(contract);
    const auto node = co_await std::move(finding);
    if (!node)
        co_return fail(node.error());
    JsonWriter json;
    if (payload.isEmpty())
        payload = json.object().key(u"contract_id").number(contract.value()).end().text();
    auto calling = session->call(*node, std::move(command), payload);
    auto answer = co_await std::move(calling);
    co_return std::move(answer);
}

Result<Json> listAnswer(const QByteArray &answer)
{
    auto json = Json::parse(answer);
    if (!json || !(json->isArray() || json->isNull()))
        return fail(ErrorCode::Protocol, QStringLiteral("the node's answer is not a list"));
    return json;
}

QString stepText(const Json &step, QStringView name)
{
    const auto *member = step.findExact(name);
    return member ? member->string() : QString();
}

std::optional<qint64> stepTime(const Json &step, QStringView name)
{
    const auto *member = step.findExact(name);
    return member ? member->toSigned() : std::nullopt;
}

QString timeText(qint64 seconds)
{
    return QDateTime::fromSecsSinceEpoch(seconds).toString(Qt::ISODate).replace(u'T', u' ');
}

} // namespace

Task<Result<ExitCode>> getDeployment(Session *session)
{
    auto calling = callAbout(session, QStringLiteral("zos.deployment.get"));
    const auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error());
    if (session->line().json()) {
        printJson(*answer);
        co_return ExitCode::Ok;
    }
    const auto view = DeploymentView::fromAnswer(*answer);
    if (!view)
        co_return fail(view.error());
    auto text
        = QStringLiteral("contract %1: %2\n").arg(session->contract().text(), view->stateName());
    if (!view->description.isEmpty())
        text += harmless(view->description) + u'\n';
    printText(text + u'\n' + view->table());
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> listDeployments(Session *session)
{
    auto calling = session->call(session->node(), QStringLiteral("zos.deployment.list"), "null");
    const auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error());
    if (session->line().json()) {
        printJson(*answer);
        co_return ExitCode::Ok;
    }
    const auto list = listAnswer(*answer);
    if (!list)
        co_return fail(list.error());
    Table table({ QStringLiteral("CONTRACT"), QStringLiteral("STATE"), QStringLiteral("WORKLOADS"),
        QStringLiteral("DESCRIPTION") });
    for (const auto &item : list->items()) {
        const auto view = DeploymentView::fromJson(item);
        if (!view)
            co_return fail(view.error());
        QStringList names;
        for (const auto &workload : view->workloads)
            names += workload.name;
        table.add({ view->contract.text(), view->stateName(), names.join(QStringLiteral(", ")),
            view->description });
    }
    printText(table.isEmpty()
            ? QStringLiteral("no deployments on node %1\n").arg(session->node().text())
            : table.text());
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> showChanges(Session *session)
{
    auto calling = callAbout(session, QStringLiteral("zos.deployment.changes"));
    const auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error());
    if (session->line().json()) {
        printJson(*answer);
        co_return ExitCode::Ok;
    }
    const auto list = listAnswer(*answer);
    if (!list)
        co_return fail(list.error());
    Table table({ QStringLiteral("TIME"), QStringLiteral("WORKLOAD"), QStringLiteral("TYPE"),
        QStringLiteral("STATE"), QStringLiteral("MESSAGE") });
    for (const auto &item : list->items()) {
        const auto view = workloadFrom(item);
        if (!view)
            co_return fail(view.error());
        table.add({ timeText(view->result.created), view->name, view->type,
            stateName(view->result.state), view->result.message });
    }
    printText(table.text());
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> showTimeline(Session *session)
{
    auto calling = callAbout(session, QStringLiteral("zos.deployment.timeline"));
    const auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error());
    if (session->line().json()) {
        printJson(*answer);
        co_return ExitCode::Ok;
    }
    const auto json = Json::parse(*answer);
    const auto *steps = json ? json->findExact(u"steps") : nullptr;
    if (!steps || !steps->isArray())
        co_return fail(ErrorCode::Protocol, QStringLiteral("the node's answer has no steps"));
    Table table({ QStringLiteral("TIME"), QStringLiteral("TOOK"), QStringLiteral("WORKLOAD"),
        QStringLiteral("FOR"), QStringLiteral("STEP"), QStringLiteral("ERROR") });
    for (const auto &step : steps->items()) {
        const auto start = stepTime(step, u"start_ms");
        const auto end = stepTime(step, u"end_ms");
        const auto took = start && end
            ? QString::number(double(*end - *start) / 1000, 'f', 3) + QStringLiteral(" s")
            : QStringLiteral("runs");
        table.add({ timeText(start.value_or(0) / 1000), took, stepText(step, u"workload"),
            stepText(step, u"wanted"), stepText(step, u"step"), stepText(step, u"error") });
    }
    printText(table.text());
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> showLogs(Session *session)
{
    JsonWriter payload;
    payload.object().key(u"contract_id").number(session->contract().value());
    payload.key(u"workload").string(session->line().arguments.at(1));
    if (session->line().has(QStringLiteral("tail"))) {
        bool number = false;
        const auto tail = session->line().value(QStringLiteral("tail")).toULongLong(&number);
        if (!number)
            co_return fail(ErrorCode::Invalid, QStringLiteral("--tail takes a number of bytes"));
        payload.key(u"tail").number(tail);
    }
    auto calling = callAbout(session, QStringLiteral("zos.deployment.logs"), payload.end().text());
    const auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error());
    if (session->line().json()) {
        printJson(*answer);
        co_return ExitCode::Ok;
    }
    const auto json = Json::parse(*answer);
    const auto *text = json ? json->findExact(u"text") : nullptr;
    if (!text || !text->isString())
        co_return fail(ErrorCode::Protocol, QStringLiteral("the node's answer has no text"));
    // A guest wrote this: line by line, so that nothing in it can steer the terminal.
    const auto lines = text->string().split(u'\n');
    for (qsizetype n = 0; n < lines.size(); ++n) {
        const bool last = n + 1 == lines.size();
        if (!last || !lines.at(n).isEmpty())
            printText(harmless(lines.at(n)) + u'\n');
    }
    co_return ExitCode::Ok;
}

} // namespace zos::app
