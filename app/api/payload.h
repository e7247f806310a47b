// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"
#include "core/base/units.h"
#include "core/model/capacity.h"
#include "rmb/session/router.h"

namespace zos::app {

// A route without argument ignores its payload; the others decode it here. Every refusal has a
// stable text.
Result<Json> objectOf(const rmb::Call &call); // a JSON object
Result<ContractId> contractIdOf(const rmb::Call &call); // {"contract_id": N}
Result<QString> stringMember(const rmb::Call &call, QStringView name); // {"<name>": "..."}
Result<QString> stringMember(const Json &object, QStringView name);
// Of a member that may be missing or null.
Result<quint64> numberMember(const Json &object, QStringView name, quint64 otherwise,
    quint64 most = std::numeric_limits<quint64>::max());
Result<bool> flagMember(const Json &object, QStringView name);

void writeCapacity(JsonWriter &json, const Capacity &capacity);
QByteArray stringArray(const QStringList &texts);

} // namespace zos::app
