// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"
#include "core/model/deployment.h"
#include "tests/support/vectors.h"

namespace zos::testing {

// For texts put together from pieces.
inline Result<Deployment> parsed(const QByteArray &text)
{
    return Deployment::fromJson(text);
}

// The cases of a vector file, read with our own reader: requests stay verbatim, numbers exact.
inline QList<Json> cases(const QString &topic, const QString &section = {})
{
    QList<Json> all;
    for (const auto &file : vectors(topic)) {
        const auto document = Json::parse(file.text);
        if (!document)
            qFatal("%s: %s", qPrintable(file.name), qPrintable(document.error().what));
        const Json *place = &*document;
        if (!section.isEmpty())
            place = place->findExact(u"sections")->findExact(section);
        all += place->findExact(u"cases")->items();
    }
    return all;
}

// A member that may be missing: its string, or else its JSON text.
inline QString textOf(const Json &object, QStringView name)
{
    const auto *value = object.findExact(name);
    if (!value || value->isNull())
        return {};
    return value->isString() ? value->string() : QString::fromUtf8(value->raw());
}

inline bool flagOf(const Json &object, QStringView name)
{
    const auto *value = object.findExact(name);
    return value && value->boolean();
}

// The request inside a case: a string holding JSON text, or the object itself.
inline QByteArray requestOf(const Json &object, QStringView name)
{
    return textOf(object, name).toUtf8();
}

} // namespace zos::testing
