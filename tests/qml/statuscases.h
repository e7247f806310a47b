// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QString>

namespace zos::testing {

struct StatusCase
{
    QString name;
    bool valid = false;
    QJsonObject document, expect;
};

inline QList<StatusCase> statusCases()
{
    QList<StatusCase> cases;
    const QJsonArray entries = vectors(QStringLiteral("status-cases"))
                                   .first()
                                   .document[QStringLiteral("cases")]
                                   .toArray();
    for (const auto &entry : entries)
        cases += { entry[QStringLiteral("name")].toString(),
            entry[QStringLiteral("valid")].toBool(), entry[QStringLiteral("document")].toObject(),
            entry[QStringLiteral("expect")].toObject() };
    return cases;
}

inline QJsonObject statusDocument(const QString &name)
{
    for (const auto &entry : statusCases())
        if (entry.name == name)
            return entry.document;
    qFatal("no status case %s", qPrintable(name));
}

} // namespace zos::testing
