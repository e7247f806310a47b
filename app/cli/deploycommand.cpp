// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/deploydocument.h"
#include "app/cli/output.h"

#include <QFile>

namespace zos::app {

namespace {

constexpr qint64 kDocumentLimit = 1 << 20;
constexpr std::chrono::milliseconds kFollowEvery { 500 };
constexpr std::chrono::seconds kFollowFor { 600 };
// The node may restart or the overlay reconnect while a machine starts.
constexpr std::chrono::seconds kSilenceAllowed { 60 };

Result<QByteArray> readDocument(const QString &path)
{
    QFile file(path);
    const bool opened = path == QStringLiteral("-") ? file.open(stdin, QIODevice::ReadOnly)
                                                    : file.open(QIODevice::ReadOnly);
    if (!opened)
        return fail(ErrorCode::NotFound,
            QStringLiteral("cannot read %1: %2").arg(path, file.errorString()));
    auto text = file.read(kDocumentLimit + 1);
    if (text.size() > kDocumentLimit)
        return fail(ErrorCode::Limit, QStringLiteral("%1 is larger than 1 MiB").arg(path));
    return text;
}

QByteArray contractQuery(ContractId contract)
{
    JsonWriter json;
    return json.object().key(u"contract_id").number(contract.value()).end().text();
}

// What was created and signed, ready to be sent.
struct Order
{
    NodeId node;
    Deployment deployment;
    QString hash;
};

Task<Result<Order>> prepare(Session *session)
{
    Order order;
    order.node = session->node();
    const auto path = session->line().arguments.at(0);
    const auto text = readDocument(path);
    if (!text)
        co_return fail(text.error());
    auto registering = session->twin();
    const auto twin = co_await std::move(registering);
    if (!twin)
        co_return fail(twin.error());
    const auto identity = session->identity();
    if (!identity)
        co_return fail(identity.error());
    auto document = completeDeployment(*text, *twin);
    if (!document)
        co_return fail(document.error().wrapped(path));
    order.deployment = std::move(*document);
    order.hash = order.deployment.challengeHex();
    signDeployment(order.deployment, *identity);
    co_return std::move(order);
}

// Polls until every workload has an end state. The last view is shown by the caller.
Task<Result<DeploymentView>> follow(Session *session, NodeId node, ContractId contract)
{
    const bool quiet = session->line().json();
    LiveText live(stdout);
    const auto begin = session->clock()->monotonic();
    auto heard = begin;
    const auto limit = session->timeout(kFollowFor);
    while (true) {
        auto asking
            = session->call(node, QStringLiteral("zos.deployment.get"), contractQuery(contract));
        const auto answer = co_await std::move(asking);
        const auto now = session->clock()->monotonic();
        if (answer) {
            heard = now;
            auto view = DeploymentView::fromAnswer(*answer);
            if (!view)
                co_return fail(view.error());
            if (!quiet)
                live.show(view->table());
            if (view->allOk() || view->anyFailed())
                co_return std::move(*view);
        } else if (exitCodeFor(answer.error().code) != ExitCode::Unreachable
            || now - heard > kSilenceAllowed) {
            co_return fail(answer.error());
        }
        if (now - begin > limit) {
            co_return fail(ErrorCode::Timeout,
                QStringLiteral(
                    "contract %1 is not running after %2 s; it is kept, see 'zos get %1'")
                    .arg(contract.text())
                    .arg(limit.count() / 1000));
        }
        auto waiting = pause(kFollowEvery);
        (void)co_await std::move(waiting);
    }
}

QByteArray deployedJson(const Order &order, const DeploymentView &view)
{
    JsonWriter json;
    json.object().key(u"contract_id").number(order.deployment.contract.value());
    json.key(u"node_id").number(order.node.value()).key(u"hash").string(order.hash);
    json.key(u"state").string(view.stateName()).key(u"workloads").array();
    for (const auto &workload : view.workloads) {
        json.object().key(u"name").string(workload.name).key(u"type").string(workload.type);
        json.key(u"result").raw(workload.result.toJson()).end();
    }
    return json.end().end().text();
}

} // namespace

Task<Result<ExitCode>> deploy(Session *session)
{
    auto preparing = prepare(session);
    auto order = co_await std::move(preparing);
    if (!order)
        co_return fail(order.error());
    auto opening = session->ledger();
    const auto book = co_await std::move(opening);
    if (!book)
        co_return fail(book.error());
    const auto addresses = quint32(order->deployment.capacity().ipv4u);
    auto creating = (*book)->createNodeContract(
        order->node, order->hash, contractData(order->deployment), addresses);
    const auto contract = co_await std::move(creating);
    if (!contract)
        co_return fail(contract.error());
    order->deployment.contract = *contract;
    if (!session->line().json())
        printText(QStringLiteral("contract %1 on node %2, hash %3\n")
                .arg(contract->text(), order->node.text(), order->hash));

    auto sending = session->call(
        order->node, QStringLiteral("zos.deployment.deploy"), order->deployment.toJson());
    const auto sent = co_await std::move(sending);
    if (!sent) {
        // Also when the node was silent: should it have taken the order, the end of the contract
        // makes it remove everything.
        auto cancelling = (*book)->cancelContract(*contract);
        const auto cancelled = co_await std::move(cancelling);
        const auto ending = cancelled
            ? QStringLiteral("contract %1 is cancelled").arg(contract->text())
            : QStringLiteral("contract %1 could not be cancelled: %2")
                  .arg(contract->text(), cancelled.error().what);
        co_return fail(sent.error().code, sent.error().what + QStringLiteral(" (") + ending + u')');
    }
    auto following = follow(session, order->node, *contract);
    const auto view = co_await std::move(following);
    if (!view)
        co_return fail(view.error());
    if (session->line().json())
        printJson(deployedJson(*order, *view));
    if (view->anyFailed()) {
        if (!session->line().json())
            printError(
                QStringLiteral("zos: the deployment failed; 'zos delete %1' gives up the contract")
                    .arg(contract->text()));
        co_return ExitCode::Failed;
    }
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> rehearse(Session *session)
{
    auto preparing = prepare(session);
    const auto order = co_await std::move(preparing);
    if (!order)
        co_return fail(order.error());
    auto asking = session->call(
        order->node, QStringLiteral("zos.deployment.rehearse"), order->deployment.toJson());
    const auto answer = co_await std::move(asking);
    if (!answer)
        co_return fail(answer.error());
    const auto json = Json::parse(*answer);
    const auto *fits = json ? json->findExact(u"fits") : nullptr;
    const auto *parts = json ? json->findExact(u"workloads") : nullptr;
    if (!fits || !parts)
        co_return fail(ErrorCode::Protocol, QStringLiteral("the node's answer is no rehearsal"));
    const auto code = fits->boolean() ? ExitCode::Ok : ExitCode::Refused;
    if (session->line().json()) {
        printJson(*answer);
        co_return code;
    }
    Table table({ QStringLiteral("WORKLOAD"), QStringLiteral("TYPE"), QStringLiteral("POOL") });
    for (const auto &part : parts->items()) {
        QStringList row;
        for (const auto *name : { "name", "type", "pool" }) {
            const auto *member = part.findExact(QString::fromLatin1(name));
            row += member ? member->string() : QString();
        }
        table.add(row);
    }
    printText(table.text());
    const auto *refusal = json->findExact(u"refusal");
    printText(fits->boolean()
            ? QStringLiteral("it fits on node %1\n").arg(order->node.text())
            : QStringLiteral("it does not fit on node %1: %2\n")
                  .arg(order->node.text(), refusal ? harmless(refusal->string()) : QString()));
    co_return code;
}

} // namespace zos::app
