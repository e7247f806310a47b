// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

namespace zos::app {

// What a script can rely on.
enum class ExitCode {
    Ok = 0,
    Refused = 1, // by ledger, node or a rule; also bad input files
    Usage = 2,
    Unreachable = 3, // ledger or node did not answer (in time)
    Failed = 4, // the deployment was accepted, but a workload failed
};
ExitCode exitCodeFor(ErrorCode code);

struct OptionSpec
{
    QString name; // without the dashes
    QString value; // name of its value for the help; empty = a flag
    QString help;
};

struct CommandSpec
{
    QString name; // "farm create"
    QString arguments; // "NAME", optional ones in brackets, "A|B" for a choice
    QString help;
    QList<OptionSpec> options;
    QStringList needs; // options that must be given, if not by the environment

    int leastArguments() const;
    int mostArguments() const;
};

const QList<CommandSpec> &commandSpecs();

// A parsed command line: which command, its arguments and options, environment applied.
struct Invocation
{
    const CommandSpec *command = nullptr; // null: only help or version wanted
    QStringList arguments;
    bool help = false;
    bool version = false;

    bool has(const QString &option) const { return m_values.contains(option); }
    QString value(const QString &option) const { return m_values.value(option).value(0); }
    QStringList values(const QString &option) const { return m_values.value(option); }
    bool json() const { return has(QStringLiteral("json")); }

    // Options stand anywhere, as "--name value" or "--name=value"; "--" ends them. Invalid says
    // what is wrong with the line.
    static Result<Invocation> parse(
        const QStringList &words, const QHash<QString, QString> &environment);

    // The variables that are defaults of options, as far as they are set.
    static QHash<QString, QString> variables();

private:
    QHash<QString, QStringList> m_values;
};

// Of one command, or of the program when null.
QString helpText(const CommandSpec *command);

} // namespace zos::app
