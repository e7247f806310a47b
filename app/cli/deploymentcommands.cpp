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

Result<QString> changesText(const QByteArray &answer)
{
    const auto list = listAnswer(answer);
    if (!list)
        return fail(list.error());
    Table table({ QStringLiteral("TIME"), QStringLiteral("WORKLOAD"), QStringLiteral("TYPE"),
        QStringLiteral("STATE"), QStringLiteral("MESSAGE") });
    for (const auto &item : list->items()) {
        const auto workload = workloadFrom(item);
        if (!workload)
            return fail(workload.error());
        table.add({ timeText(workload->result.created), workload->name, workload->type,
            stateName(workload->result.state), workload->result.message });
    }
    return table.text();
}

Result<QString> timelineText(const QByteArray &answer)
{
    const auto json = Json::parse(answer);
    const auto *steps = json ? json->findExact(u"steps") : nullptr;
    if (!steps || !steps->isArray())
        return fail(ErrorCode::Protocol, QStringLiteral("the node's answer has no steps"));
    Table table({ QStringLiteral("TIME"), QStringLiteral("TOOK"), QStringLiteral("WORKLOAD"),
        QStringLiteral("FOR"), QStringLiteral("STEP"), QStringLiteral("ERROR") });
    for (const auto &step : steps->items()) {
        const auto start = stepTime(step, u"start_ms");
        const auto end = stepTime(step, u"end_ms");
        const QString took = start && end
            ? QString::number(double(*end - *start) / 1000, 'f', 3) + QStringLiteral(" s")
            : QStringLiteral("runs");
        table.add({ timeText(start.value_or(0) / 1000), took, stepText(step, u"workload"),
            stepText(step, u"wanted"), stepText(step, u"step"), stepText(step, u"error") });
    }
    return table.text();
}

// A guest wrote it: line by line, so that nothing in it can steer the terminal.
Result<QString> logText(const QByteArray &answer)
{
    const auto json = Json::parse(answer);
    const auto *text = json ? json->findExact(u"text") : nullptr;
    if (!text || !text->isString())
        return fail(ErrorCode::Protocol, QStringLiteral("the node's answer has no text"));
    QString shown;
    const auto lines = text->string().split(u'\n');
    for (qsizetype n = 0; n < lines.size(); ++n) {
        const bool last = n + 1 == lines.size();
        if (!last || !lines.at(n).isEmpty())
            shown += harmless(lines.at(n)) + u'\n';
    }
    return shown;
}

} // namespace

Task<Result<ExitCode>> getDeployment(Session *session)
{
    auto calling = callAbout(session, QStringLiteral("zos.deployment.get"));
    const auto answer = co_await std::move(calling);
    const AnswerView view = [session](const QByteArray &text) -> Result<QString> {
        const auto deployment = DeploymentView::fromAnswer(text);
        if (!deployment)
            return fail(deployment.error());
        auto said = QStringLiteral("contract %1: %2\n")
                        .arg(session->contract().text(), deployment->stateName());
        if (!deployment->description.isEmpty())
            said += harmless(deployment->description) + u'\n';
        return QString(said + u'\n' + deployment->table());
    };
    co_return showAnswer(*session, answer, view);
}

Task<Result<ExitCode>> listDeployments(Session *session)
{
    auto calling = session->call(session->node(), QStringLiteral("zos.deployment.list"), "null");
    const auto answer = co_await std::move(calling);
    const AnswerView view = [session](const QByteArray &text) -> Result<QString> {
        const auto list = listAnswer(text);
        if (!list)
            return fail(list.error());
        Table table({ QStringLiteral("CONTRACT"), QStringLiteral("STATE"),
            QStringLiteral("WORKLOADS"), QStringLiteral("DESCRIPTION") });
        for (const auto &item : list->items()) {
            const auto deployment = DeploymentView::fromJson(item);
            if (!deployment)
                return fail(deployment.error());
            QStringList names;
            for (const auto &workload : deployment->workloads)
                names += workload.name;
            table.add({ deployment->contract.text(), deployment->stateName(),
                names.join(QStringLiteral(", ")), deployment->description });
        }
        return table.isEmpty()
            ? QStringLiteral("no deployments on node %1\n").arg(session->node().text())
            : table.text();
    };
    co_return showAnswer(*session, answer, view);
}

Task<Result<ExitCode>> showChanges(Session *session)
{
    auto calling = callAbout(session, QStringLiteral("zos.deployment.changes"));
    const auto answer = co_await std::move(calling);
    co_return showAnswer(*session, answer, changesText);
}

Task<Result<ExitCode>> showTimeline(Session *session)
{
    auto calling = callAbout(session, QStringLiteral("zos.deployment.timeline"));
    const auto answer = co_await std::move(calling);
    co_return showAnswer(*session, answer, timelineText);
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
    co_return showAnswer(*session, answer, logText);
}

} // namespace zos::app
