// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"
#include "core/base/units.h"
#include "rmb/session/router.h"

namespace zos::app {

// A route without argument ignores its payload; the others decode it here.
Result<ContractId> contractIdOf(const rmb::Call &call); // {"contract_id": N}
Result<QString> stringMember(const rmb::Call &call, QStringView name); // {"<name>": "..."}

// A handler that needs no waiting.
rmb::Handler immediate(std::function<rmb::Answer(const rmb::Call &)> handler);

QByteArray stringArray(const QStringList &texts);

} // namespace zos::app
