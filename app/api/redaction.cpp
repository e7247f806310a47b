// SPDX-License-Identifier: Apache-2.0
#include "app/api/redaction.h"

namespace zos::app {

namespace {

constexpr QStringView kHidden = u"***";

// Readers find members without regard to case, so hiding must as well.
bool isSecret(const QString &name)
{
    static const QStringList secrets { QStringLiteral("wireguard_private_key"),
        QStringLiteral("hex_key"), QStringLiteral("hex_seed"), QStringLiteral("password"),
        QStringLiteral("key") };
    return secrets.contains(name, Qt::CaseInsensitive);
}

bool isEnvironment(const QString &name)
{
    return name.compare(u"env", Qt::CaseInsensitive) == 0;
}

void writeRedacted(JsonWriter &writer, const Json &value);

void writeNamesOnly(JsonWriter &writer, const Json &environment)
{
    if (!environment.isObject()) {
        writer.string(kHidden);
        return;
    }
    writer.object();
    for (const auto &[name, value] : environment.members())
        writer.key(name).string(kHidden);
    writer.end();
}

void writeRedacted(JsonWriter &writer, const Json &value)
{
    if (value.isObject()) {
        writer.object();
        for (const auto &[name, member] : value.members()) {
            writer.key(name);
            if (isEnvironment(name))
                writeNamesOnly(writer, member);
            else if (isSecret(name))
                writer.string(kHidden);
            else
                writeRedacted(writer, member);
        }
        writer.end();
    } else if (value.isArray()) {
        writer.array();
        for (const auto &item : value.items())
            writeRedacted(writer, item);
        writer.end();
    } else {
        writer.raw(value.raw());
    }
}

} // namespace

QByteArray redacted(const Json &data)
{
    JsonWriter writer;
    writeRedacted(writer, data);
    return writer.text();
}

Deployment redacted(Deployment deployment)
{
    const auto hide = [](QByteArray &text, const QByteArray &unreadable) {
        if (text.isEmpty())
            return;
        const auto json = Json::parse(text);
        text = json ? redacted(*json) : unreadable;
    };
    hide(deployment.unknown, {});
    for (auto &workload : deployment.workloads) {
        hide(workload.data, "null");
        hide(workload.unknown, {});
    }
    return deployment;
}

} // namespace zos::app
