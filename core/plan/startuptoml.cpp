// SPDX-License-Identifier: Apache-2.0
#include "core/plan/machineplan.h"
#include "core/plan/toml.h"

namespace zos {

namespace {

std::unexpected<Error> badStartup(const QString &why)
{
    return fail(ErrorCode::Invalid, QStringLiteral("invalid /.startup.toml: ") + why);
}

// The member as text; absent is empty, another kind of value is refused.
Result<QString> startupText(const Toml &table, const QString &key)
{
    const auto *const value = table.find(key);
    if (!value)
        return QString();
    if (value->kind != Toml::Kind::Text)
        return badStartup(key + QStringLiteral(" must be a string"));
    return value->text;
}

Result<const Toml *> startupTable(const Toml &table, const QString &key)
{
    static const Toml kEmpty;
    const auto *const value = table.find(key);
    if (!value)
        return &kEmpty;
    if (value->kind != Toml::Kind::Table)
        return badStartup(key + QStringLiteral(" must be a table"));
    return value;
}

Result<QString> startupEntrypoint(const Toml &arguments, const QString &program)
{
    auto entrypoint = program;
    const auto *const list = arguments.find(QStringLiteral("args"));
    if (!list)
        return entrypoint;
    if (list->kind != Toml::Kind::List)
        return badStartup(QStringLiteral("args must be a list"));
    for (const auto &item : list->list) {
        if (item.kind != Toml::Kind::Text)
            return badStartup(QStringLiteral("args must be a list of strings"));
        auto word = item.text;
        entrypoint += QStringLiteral(" \"") + word.replace(u'"', QStringLiteral("\\\"")) + u'"';
    }
    return entrypoint;
}

} // namespace

Result<StartupConfig> parseStartupToml(QStringView text)
{
    const auto document = Toml::parse(text);
    if (!document)
        return badStartup(document.error().what);
    const auto startup = startupTable(*document, QStringLiteral("startup"));
    if (!startup)
        return fail(startup.error());
    const auto entry = startupTable(**startup, QStringLiteral("entry"));
    if (!entry)
        return fail(entry.error());
    const auto kind = startupText(**entry, QStringLiteral("name"));
    if (!kind)
        return fail(kind.error());
    const auto arguments = startupTable(**entry, QStringLiteral("args"));
    if (!arguments)
        return fail(arguments.error());
    const auto program = startupText(**arguments, QStringLiteral("name"));
    if (!program)
        return fail(program.error());
    const auto variables = startupTable(**arguments, QStringLiteral("env"));
    if (!variables)
        return fail(variables.error());

    StartupConfig config;
    if (*kind == QStringLiteral("core.system")
        || (*kind == QStringLiteral("core.base") && !program->isEmpty())) {
        auto entrypoint = startupEntrypoint(**arguments, *program);
        if (!entrypoint)
            return fail(entrypoint.error());
        config.entrypoint = *entrypoint;
    }
    for (const auto &[name, value] : (*variables)->table.asKeyValueRange()) {
        if (value.kind != Toml::Kind::Text)
            return badStartup(QStringLiteral("env must hold strings"));
        config.env.insert(name, value.text);
    }
    return config;
}

} // namespace zos
