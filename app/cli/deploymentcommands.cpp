// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/deploydocument.h"
#include "app/cli/output.h"

#include <QDateTime>

namespace zos::app {

namespace {

// A command about one contract to the node that has it.
Task<rmb::Answer> callAbout(Session *session, QString command)
{
    const auto contract = session->contract();
    auto finding = session->nodeOf(contract);
    const auto node = co_await std::move(finding);
    if (!node)
        co_return fail(node.error());
    JsonWriter json;
    const auto payload = json.object().key(u"contract_id").number(contract.value()).end().text();
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

} // namespace zos::app
