// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/serviceprotocol.h"

#include <QDir>

#include <utility>

namespace zos::hw::serviceprotocol {

namespace {

bool isServiceName(const QString &name)
{
    return !name.isEmpty() && name.size() <= 64 && std::ranges::all_of(name, [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9') || c == u'.' || c == u'-';
    });
}

bool isServicePath(const QString &path)
{
    return QDir::isAbsolutePath(path) && path.size() < 4096 && !path.contains(QChar(0));
}

QString memberText(const Json &json, QStringView name)
{
    const auto *member = json.findExact(name);
    return member && member->isString() ? member->string() : QString();
}

ErrorCode codeOf(const QString &name)
{
    for (int code = 0; code <= std::to_underlying(ErrorCode::Bug); ++code) {
        if (errorName(static_cast<ErrorCode>(code)) == name)
            return static_cast<ErrorCode>(code);
    }
    return ErrorCode::Protocol;
}

} // namespace

Result<> check(const ServiceSpec &spec)
{
    if (!isServiceName(spec.name))
        return fail(ErrorCode::Invalid, QStringLiteral("invalid service name"));
    if (spec.command.isEmpty() || spec.command.size() > 256 || !isServicePath(spec.command.first()))
        return fail(ErrorCode::Invalid,
            QStringLiteral("service %1: the program must be an absolute path").arg(spec.name));
    qsizetype size = 0;
    for (const auto &argument : spec.command) {
        size += argument.size();
        if (argument.contains(QChar(0)))
            return fail(
                ErrorCode::Invalid, QStringLiteral("service %1: bad argument").arg(spec.name));
    }
    if (size > 64 << 10)
        return fail(
            ErrorCode::Invalid, QStringLiteral("service %1: arguments too long").arg(spec.name));
    for (const auto &path : { spec.networkNamespace, spec.logFile }) {
        if (!path.isEmpty() && !isServicePath(path))
            return fail(ErrorCode::Invalid,
                QStringLiteral("service %1: %2 is not an absolute path").arg(spec.name, path));
    }
    return {};
}

void write(JsonWriter &writer, const ServiceSpec &spec)
{
    writer.object().key(u"name").string(spec.name).key(u"command").array();
    for (const auto &argument : spec.command)
        writer.string(argument);
    writer.end().key(u"networkNamespace").string(spec.networkNamespace);
    writer.key(u"restart").boolean(spec.restart).key(u"logFile").string(spec.logFile).end();
}

Result<ServiceSpec> readSpec(const Json &json)
{
    ServiceSpec spec;
    spec.name = memberText(json, u"name");
    if (const auto *command = json.findExact(u"command")) {
        for (const auto &argument : command->items())
            spec.command += argument.string();
    }
    spec.networkNamespace = memberText(json, u"networkNamespace");
    spec.logFile = memberText(json, u"logFile");
    if (const auto *restart = json.findExact(u"restart");
        restart && restart->kind() == Json::Kind::Bool)
        spec.restart = restart->boolean();
    if (const auto valid = check(spec); !valid)
        return fail(valid.error());
    return spec;
}

void write(JsonWriter &writer, const ServiceState &state)
{
    writer.object().key(u"name").string(state.name).key(u"running").boolean(state.running);
    writer.key(u"pid").signedNumber(state.pid).key(u"starts").signedNumber(state.starts);
    writer.key(u"lastExit").string(state.lastExit).end();
}

Result<ServiceState> readState(const Json &json)
{
    const auto *running = json.findExact(u"running");
    const auto *pid = json.findExact(u"pid");
    const auto *starts = json.findExact(u"starts");
    if (!running || !pid || !starts || !pid->toSigned() || !starts->toUnsigned(1 << 30))
        return fail(ErrorCode::Protocol, QStringLiteral("the supervisor's answer lacks a member"));
    ServiceState state;
    state.name = memberText(json, u"name");
    state.running = running->boolean();
    state.pid = *pid->toSigned();
    state.starts = static_cast<int>(*starts->toUnsigned());
    state.lastExit = memberText(json, u"lastExit");
    return state;
}

QByteArray startRequest(const ServiceSpec &spec)
{
    JsonWriter writer;
    writer.object().key(u"op").string(u"start").key(u"spec");
    write(writer, spec);
    return writer.end().text() + '\n';
}

QByteArray stopRequest(const QString &name)
{
    JsonWriter writer;
    return writer.object().key(u"op").string(u"stop").key(u"name").string(name).end().text() + '\n';
}

QByteArray listRequest()
{
    JsonWriter writer;
    return writer.object().key(u"op").string(u"list").end().text() + '\n';
}

QByteArray successReply()
{
    return "{\"ok\":true}\n";
}

QByteArray listReply(const QList<ServiceState> &states)
{
    JsonWriter writer;
    writer.object().key(u"ok").boolean(true).key(u"services").array();
    for (const auto &state : states)
        write(writer, state);
    return writer.end().end().text() + '\n';
}

QByteArray errorReply(const Error &error)
{
    JsonWriter writer;
    writer.object().key(u"error").string(errorName(error.code)).key(u"what").string(error.what);
    return writer.end().text() + '\n';
}

Result<QList<ServiceState>> readReply(QByteArrayView line)
{
    const auto json = Json::parse(line);
    if (!json || !json->isObject())
        return fail(ErrorCode::Protocol, QStringLiteral("the supervisor's answer is not JSON"));
    if (json->findExact(u"error"))
        return fail(codeOf(memberText(*json, u"error")), memberText(*json, u"what"));
    QList<ServiceState> states;
    if (const auto *services = json->findExact(u"services")) {
        for (const auto &item : services->items()) {
            auto state = readState(item);
            if (!state)
                return fail(state.error());
            states += *state;
        }
    }
    return states;
}

} // namespace zos::hw::serviceprotocol
