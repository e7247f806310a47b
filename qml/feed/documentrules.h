// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QJsonObject>
#include <QString>

namespace zos::console {

// What a status document must look like before the console shows it: types, ranges, lengths and
// list sizes of the format "zos.console/1". Members the rules do not name are ignored and words of
// a closed list are not checked (an unknown word is shown as unknown), so a newer node can talk to
// an older console. Returns the first violation, empty when the document may be shown.
QString documentViolation(const QJsonObject &document);

} // namespace zos::console
