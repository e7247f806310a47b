// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"
#include "core/ports/services.h"

namespace zos::hw {

// What travels between the node and the supervisor: one JSON object a line, requests
//   {"op":"start","spec":{...}}  {"op":"stop","name":"..."}  {"op":"list"}
// answered in order by {"ok":true[,"services":[...]]} or {"error":"<code>","what":"..."}.
namespace serviceprotocol {

constexpr qsizetype kMaxLine = 256 << 10;

// Invalid when a name, path or size breaks the rules of ServiceSpec.
Result<> check(const ServiceSpec &spec);

void write(JsonWriter &writer, const ServiceSpec &spec);
Result<ServiceSpec> readSpec(const Json &json);
void write(JsonWriter &writer, const ServiceState &state);
Result<ServiceState> readState(const Json &json);

QByteArray startRequest(const ServiceSpec &spec);
QByteArray stopRequest(const QString &name);
QByteArray listRequest();
QByteArray successReply();
QByteArray listReply(const QList<ServiceState> &states);
QByteArray errorReply(const Error &error);
// The services of a list reply (empty for the others) or the error the supervisor answered with.
Result<QList<ServiceState>> readReply(QByteArrayView line);

} // namespace serviceprotocol

} // namespace zos::hw
