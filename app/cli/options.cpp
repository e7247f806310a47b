// SPDX-License-Identifier: Apache-2.0
#include "app/cli/options.h"

#include <algorithm>
#include <array>
#include <limits>

namespace zos::app {

namespace {

// Options with a default in the environment: ZOS_LEDGER and so on.
constexpr std::array<QStringView, 6> kEnvironmentOptions { u"ledger", u"identity", u"listen",
    u"relay", u"transport", u"node" };

bool hasVariable(const QString &option)
{
    return std::ranges::find(kEnvironmentOptions, QStringView(option)) != kEnvironmentOptions.end();
}

QString variableOf(const QString &option)
{
    return QStringLiteral("ZOS_") + option.toUpper();
}

QList<OptionSpec> globalOptions()
{
    return {
        { QStringLiteral("ledger"), QStringLiteral("PATH"),
            QStringLiteral("file of the local ledger (default: $ZOS_LEDGER)") },
        { QStringLiteral("identity"), QStringLiteral("FILE"),
            QStringLiteral("your key (default: $ZOS_IDENTITY, else ~/.config/zos/identity)") },
        { QStringLiteral("listen"), QStringLiteral("ADDRESS[:PORT]"),
            QStringLiteral("own overlay address where answers arrive (default: $ZOS_LISTEN)") },
        { QStringLiteral("relay"), QStringLiteral("URL"),
            QStringLiteral("relay of the message bus, may be repeated (default: $ZOS_RELAY, else "
                           "the node's own)") },
        { QStringLiteral("transport"), QStringLiteral("WAY"),
            QStringLiteral("how to reach nodes: any (default), direct or relay ($ZOS_TRANSPORT)") },
        { QStringLiteral("timeout"), QStringLiteral("SECONDS"),
            QStringLiteral("how long to wait: one call 20, a deployment 600") },
        { QStringLiteral("json"), {},
            QStringLiteral("machine readable output, one JSON document") },
        { QStringLiteral("help"), {}, QStringLiteral("this text; after a command: about it") },
        { QStringLiteral("version"), {}, QStringLiteral("version of this program") },
    };
}

const OptionSpec *findOption(const CommandSpec *command, const QString &name)
{
    static const auto global = globalOptions();
    const auto named = [&name](const OptionSpec &option) { return option.name == name; };
    if (command) {
        const auto own = std::ranges::find_if(command->options, named);
        if (own != command->options.end())
            return &*own;
    }
    const auto shared = std::ranges::find_if(global, named);
    return shared == global.end() ? nullptr : &*shared;
}

// "deploy" or "farm create": the longest command the words begin with, taken off them.
const CommandSpec *takeCommand(QStringList &words)
{
    for (const qsizetype count : { 2, 1 }) {
        if (words.size() < count)
            continue;
        const auto name = words.first(count).join(u' ');
        for (const auto &command : commandSpecs()) {
            if (command.name == name) {
                words.remove(0, count);
                return &command;
            }
        }
    }
    return nullptr;
}

QString unknownCommand(const QStringList &words)
{
    QStringList siblings;
    for (const auto &command : commandSpecs()) {
        if (command.name.startsWith(words.first() + u' '))
            siblings += command.name;
    }
    if (!siblings.isEmpty())
        return QStringLiteral("incomplete command, did you mean: %1")
            .arg(siblings.join(QStringLiteral(", ")));
    return QStringLiteral("there is no command '%1'").arg(words.first().left(64));
}

QString optionLines(const QList<OptionSpec> &options)
{
    QString text;
    for (const auto &option : options) {
        const QString left = QStringLiteral("  --") + option.name
            + (option.value.isEmpty() ? QString() : u' ' + option.value);
        text += left.leftJustified(28) + u' ' + option.help + u'\n';
    }
    return text;
}

QString programHelp()
{
    QString text = QStringLiteral("zos: rent and run workloads on nodes of a grid\n\n"
                                  "usage: zos [options] command [arguments]\n\ncommands\n");
    for (const auto &command : commandSpecs()) {
        const QString left = QStringLiteral("  ") + command.name + u' ' + command.arguments;
        text += left.leftJustified(28) + u' ' + command.help + u'\n';
    }
    text += QStringLiteral("\noptions of every command\n") + optionLines(globalOptions());
    text += QStringLiteral(
        "\nexit codes\n"
        "  0 ok   1 refused by ledger, node or a rule   2 usage\n"
        "  3 ledger or node did not answer   4 the deployment failed on the node\n"
        "\nexample: from nothing to a running deployment\n"
        "  zos identity new && zos twin --ip MY_YGGDRASIL_ADDRESS\n"
        "  zos deploy machine.json --node 1\n"
        "  zos wireguard 1 --network net --endpoint NODE_IP --key my.key > wg0.conf\n"
        "  zos delete 1\n");
    return text;
}

bool isId(const QString &text, quint64 most)
{
    bool number = false;
    const auto id = text.toULongLong(&number);
    return number && id > 0 && id <= most;
}

// What can be wrong with the values before anything is done.
Result<> checkValues(const Invocation &line)
{
    const auto names = line.command->arguments.split(u' ', Qt::SkipEmptyParts);
    for (qsizetype i = 0; i < line.arguments.size(); ++i) {
        const auto &text = line.arguments.at(i);
        auto name = names.at(i);
        if (name == QStringLiteral("CONTRACT") && !isId(text, std::numeric_limits<quint64>::max()))
            return fail(ErrorCode::Invalid,
                QStringLiteral("'%1' is not the number of a contract").arg(text.left(64)));
        name.remove(u'[').remove(u']');
        if (name.contains(u'|') && !name.split(u'|').contains(text))
            return fail(
                ErrorCode::Invalid, QStringLiteral("'%1' is none of %2").arg(text.left(64), name));
    }
    const auto way = line.value(QStringLiteral("transport"));
    if (!way.isEmpty() && way != u"any" && way != u"direct" && way != u"relay")
        return fail(ErrorCode::Invalid, QStringLiteral("--transport is any, direct or relay"));
    // Answers through a relay need no address of one's own.
    const bool byRelay = way == u"relay" || (way != u"direct" && line.has(QStringLiteral("relay")));
    for (const auto &option : line.command->needs) {
        if (line.has(option) || (option == u"listen" && byRelay))
            continue;
        const bool fromEnvironment = hasVariable(option);
        return fail(ErrorCode::Invalid,
            fromEnvironment ? QStringLiteral("--%1 or the variable ZOS_%2 is needed")
                                  .arg(option, option.toUpper())
                            : QStringLiteral("--%1 is needed").arg(option));
    }
    const auto node = QStringLiteral("node");
    if (line.has(node) && !isId(line.value(node), std::numeric_limits<quint32>::max()))
        return fail(ErrorCode::Invalid,
            QStringLiteral("'%1' is not the number of a node").arg(line.value(node).left(64)));
    const auto timeout = QStringLiteral("timeout");
    if (line.has(timeout) && !isId(line.value(timeout), 86'400))
        return fail(
            ErrorCode::Invalid, QStringLiteral("--timeout is a number of seconds, at most a day"));
    const auto type = QStringLiteral("type");
    if (line.has(type) && line.value(type) != QStringLiteral("ed25519")
        && line.value(type) != QStringLiteral("sr25519"))
        return fail(ErrorCode::Invalid, QStringLiteral("--type is ed25519 or sr25519"));
    return {};
}

} // namespace

ExitCode exitCodeFor(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Timeout:
    case ErrorCode::Unavailable:
    case ErrorCode::Protocol:
    case ErrorCode::Busy:
        return ExitCode::Unreachable;
    default:
        return ExitCode::Refused;
    }
}

int CommandSpec::leastArguments() const
{
    const auto words = arguments.split(u' ', Qt::SkipEmptyParts);
    return int(
        std::ranges::count_if(words, [](const QString &word) { return !word.startsWith(u'['); }));
}

int CommandSpec::mostArguments() const
{
    return int(arguments.split(u' ', Qt::SkipEmptyParts).size());
}

Result<Invocation> Invocation::parse(
    const QStringList &words, const QHash<QString, QString> &environment)
{
    // Flags and options with a value cannot be told apart before the command is known, so an
    // option's name decides over all commands: names are unique in kind.
    const auto anyOption = [](const QString &name) -> const OptionSpec * {
        for (const auto &command : commandSpecs()) {
            if (const auto *found = findOption(&command, name))
                return found;
        }
        return nullptr;
    };
    Invocation line;
    QStringList plain;
    bool options = true;
    for (qsizetype i = 0; i < words.size(); ++i) {
        const auto &word = words.at(i);
        if (!options || !word.startsWith(QStringLiteral("--"))) {
            if (options && word.size() > 1 && word.startsWith(u'-'))
                return fail(
                    ErrorCode::Invalid, QStringLiteral("unknown option %1").arg(word.left(64)));
            plain += word;
            continue;
        }
        if (word == QStringLiteral("--")) {
            options = false;
            continue;
        }
        const auto equals = word.indexOf(u'=');
        const auto name = word.mid(2, equals < 0 ? -1 : equals - 2);
        const auto *option = anyOption(name);
        if (!option)
            return fail(
                ErrorCode::Invalid, QStringLiteral("unknown option --%1").arg(name.left(64)));
        if (option->value.isEmpty()) {
            if (equals >= 0)
                return fail(ErrorCode::Invalid, QStringLiteral("--%1 takes no value").arg(name));
            line.m_values[name];
            continue;
        }
        if (equals < 0 && i + 1 == words.size())
            return fail(ErrorCode::Invalid,
                QStringLiteral("--%1 needs a value: %2").arg(name, option->value));
        line.m_values[name] += equals < 0 ? words.at(++i) : word.mid(equals + 1);
    }
    line.help = line.has(QStringLiteral("help"));
    line.version = line.has(QStringLiteral("version"));
    if (plain.isEmpty()) {
        if (!line.help && !line.version)
            return fail(ErrorCode::Invalid, QStringLiteral("a command is needed"));
        return line;
    }
    line.arguments = plain;
    line.command = takeCommand(line.arguments);
    if (!line.command)
        return fail(ErrorCode::Invalid, unknownCommand(plain));
    if (line.help)
        return line;
    const auto given = line.m_values.keys();
    for (const auto &name : given) {
        if (!findOption(line.command, name))
            return fail(ErrorCode::Invalid,
                QStringLiteral("zos %1 has no option --%2").arg(line.command->name, name));
    }
    const auto count = line.arguments.size();
    if (count < line.command->leastArguments() || count > line.command->mostArguments()) {
        return fail(ErrorCode::Invalid,
            QStringLiteral("usage: zos %1 %2").arg(line.command->name, line.command->arguments));
    }
    for (const auto name : kEnvironmentOptions) {
        const auto option = name.toString();
        const auto fallback = environment.value(variableOf(option));
        if (!line.has(option) && !fallback.isEmpty() && findOption(line.command, option))
            line.m_values[option] = QStringList { fallback };
    }
    if (const auto checked = checkValues(line); !checked)
        return fail(checked.error());
    return line;
}

QHash<QString, QString> Invocation::variables()
{
    QHash<QString, QString> found;
    for (const auto option : kEnvironmentOptions) {
        const auto name = variableOf(option.toString());
        const auto value = qEnvironmentVariable(name.toLatin1().constData());
        if (!value.isEmpty())
            found.insert(name, value);
    }
    return found;
}

QString helpText(const CommandSpec *command)
{
    if (!command)
        return programHelp();
    QString text = QStringLiteral("usage: zos %1 %2\n\n%3\n")
                       .arg(command->name, command->arguments, command->help);
    if (!command->options.isEmpty())
        text += QStringLiteral("\noptions\n") + optionLines(command->options);
    return text + QStringLiteral("\noptions of every command\n") + optionLines(globalOptions());
}

} // namespace zos::app
