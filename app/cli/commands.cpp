// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"

#include "app/cli/output.h"
#include "core/base/json.h"

namespace zos::app {

Command commandNamed(const QString &name)
{
    static const QHash<QString, Command> commands {
        { QStringLiteral("identity new"), identityNew },
        { QStringLiteral("identity import"), identityImport },
        { QStringLiteral("identity show"), identityShow },
        { QStringLiteral("twin"), registerTwin },
        { QStringLiteral("farm create"), createFarm },
        { QStringLiteral("deploy"), deploy },
        { QStringLiteral("rehearse"), rehearse },
        { QStringLiteral("get"), getDeployment },
        { QStringLiteral("list"), listDeployments },
        { QStringLiteral("changes"), showChanges },
        { QStringLiteral("timeline"), showTimeline },
        { QStringLiteral("logs"), showLogs },
        { QStringLiteral("delete"), deleteContract },
        { QStringLiteral("node"), askNode },
        { QStringLiteral("call"), callNode },
        { QStringLiteral("wireguard"), wireguardFile },
        { QStringLiteral("key wireguard"), wireguardKey },
    };
    return commands.value(name, nullptr);
}

QString explained(const Error &error)
{
    static const QHash<QString, QString> reasons {
        { QStringLiteral("TwinNotExists"),
            QStringLiteral("you are not registered, run 'zos twin' first") },
        { QStringLiteral("FarmExists"), QStringLiteral("a farm of that name exists") },
        { QStringLiteral("InvalidFarmName"),
            QStringLiteral("a farm's name has only letters, digits, - and _") },
        { QStringLiteral("FarmNameTooShort"),
            QStringLiteral("a farm's name has 3 to 40 characters") },
        { QStringLiteral("FarmNameTooLong"),
            QStringLiteral("a farm's name has 3 to 40 characters") },
        { QStringLiteral("InvalidPublicIP"),
            QStringLiteral("a public address is CIDR,GATEWAY with the gateway in its net") },
        { QStringLiteral("InvalidTwinIp"), QStringLiteral("that is not an IP address") },
        { QStringLiteral("NodeNotExists"), QStringLiteral("there is no such node") },
        { QStringLiteral("ContractNotExists"),
            QStringLiteral("there is no such contract, or it was cancelled") },
        { QStringLiteral("ContractIsNotUnique"),
            QStringLiteral(
                "you or somebody else runs exactly this deployment on the node already") },
        { QStringLiteral("DeploymentDataTooLong"),
            QStringLiteral("the deployment's metadata is longer than 512 bytes") },
        { QStringLiteral("NodeNotAvailableToDeploy"),
            QStringLiteral("the node is rented by somebody else or must be rented first") },
        { QStringLiteral("FarmHasNotEnoughPublicIPs"),
            QStringLiteral("the farm does not have that many public addresses") },
        { QStringLiteral("FarmHasNotEnoughPublicIPsFree"),
            QStringLiteral("the farm's public addresses are taken") },
        { QStringLiteral("TwinNotAuthorizedToCancelContract"),
            QStringLiteral("the contract is not yours") },
    };
    const auto reason = reasons.constFind(error.what);
    if (reason == reasons.constEnd())
        return error.what;
    return QStringLiteral("the ledger refuses: %1 (%2)").arg(*reason, error.what);
}

Result<ExitCode> showAnswer(
    const Session &session, const rmb::Answer &answer, const AnswerView &view)
{
    if (!answer)
        return fail(answer.error());
    if (session.line().json()) {
        printJson(*answer);
        return ExitCode::Ok;
    }
    const auto text = view(*answer);
    if (!text)
        return fail(text.error());
    printText(*text);
    return ExitCode::Ok;
}

Task<int> runCommand(Session *session)
{
    const auto command = commandNamed(session->line().command->name);
    auto running = command(session);
    const auto outcome = co_await std::move(running);
    auto closing = session->close();
    co_await std::move(closing);
    if (outcome)
        co_return int(*outcome);
    const auto code = int(exitCodeFor(outcome.error().code));
    const auto text = explained(outcome.error());
    if (session->line().json()) {
        JsonWriter json;
        json.object().key(u"error").string(text).key(u"code").string(
            errorName(outcome.error().code));
        printError(QString::fromUtf8(json.key(u"exit").number(quint64(code)).end().text()));
    } else {
        printError(QStringLiteral("zos: ") + harmless(text));
    }
    co_return code;
}

} // namespace zos::app
