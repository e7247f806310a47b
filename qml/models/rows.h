// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "qml/words/fmt.h"
#include "qml/words/phrases.h"

#include <QJsonObject>
#include <QList>
#include <QVariantMap>

// Turns one status document into the rows of the lists: pure functions of (document, language,
// now).
namespace zos::console {

struct RowContext
{
    const QJsonObject &document;
    const Fmt &fmt;
    const Phrases &phrases;
    qint64 nowMs = 0; // the node's wall clock at this moment
};

using Rows = QList<QVariantMap>;

Rows tileRows(const RowContext &context);
Rows connectionRows(const RowContext &context);
Rows workloadCountRows(const RowContext &context);
Rows workloadRows(const RowContext &context);
Rows alertRows(const RowContext &context);
Rows logRows(const RowContext &context);
Rows stepRows(const RowContext &context);
Rows nicRows(const RowContext &context);
Rows addressRows(const RowContext &context);
Rows publicRows(const RowContext &context);
Rows diskRows(const RowContext &context);
Rows poolRows(const RowContext &context);

// The first network port that carries the node's address.
QJsonObject mainNic(const QJsonObject &document);
// One of the states a shape exists for.
QString shapeOf(const QString &state);

} // namespace zos::console
