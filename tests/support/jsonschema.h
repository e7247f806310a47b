// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QJsonObject>
#include <QString>

namespace zos::testing {

// The part of JSON Schema (Draft 2020-12) that the project's own schemas use: type, const, enum,
// anyOf, minimum, maximum, maxLength, pattern, required, properties, additionalProperties,
// maxProperties, items, maxItems. Returns the first violation as "path: reason", empty when valid.
// An unknown keyword is reported too, so that no rule is skipped silently.
QString schemaViolation(
    const QJsonObject &schema, const QJsonValue &value, const QString &path = QStringLiteral("$"));

} // namespace zos::testing
