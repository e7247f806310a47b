// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/api/apiparts.h"

// One function for each command. What they may assume: the caller's twin is proven and the table
// of routes let it pass; nothing else about the payload.
namespace zos::app::api {

using rmb::Answer;
using rmb::Call;

// deploymentapi.cpp
Task<Answer> deploy(ApiParts parts, Call call);
Task<Answer> update(ApiParts parts, Call call);
Task<Answer> rehearse(ApiParts parts, Call call);
Task<Answer> get(ApiParts parts, Call call);
Task<Answer> list(ApiParts parts, Call call);
Task<Answer> changes(ApiParts parts, Call call);
Task<Answer> status(ApiParts parts, Call call);
Task<Answer> history(ApiParts parts, Call call);
Task<Answer> timeline(ApiParts parts, Call call);
Task<Answer> logs(ApiParts parts, Call call);
Task<Answer> refuseDeletion(ApiParts parts, Call call);

// networkapi.cpp
Task<Answer> wireguardPorts(ApiParts parts, Call call);
Task<Answer> interfaces(ApiParts parts, Call call);
Task<Answer> hasIpv6(ApiParts parts, Call call);
Task<Answer> publicConfig(ApiParts parts, Call call);
Task<Answer> publicIps(ApiParts parts, Call call);
Task<Answer> privateIps(ApiParts parts, Call call);

// systemapi.cpp
Task<Answer> statistics(ApiParts parts, Call call);
Task<Answer> pools(ApiParts parts, Call call);
Task<Answer> gpus(ApiParts parts, Call call);
Task<Answer> version(ApiParts parts, Call call);
Task<Answer> dmi(ApiParts parts, Call call);
Task<Answer> hypervisor(ApiParts parts, Call call);
Task<Answer> limits(ApiParts parts, Call call);
Task<Answer> features(ApiParts parts, Call call);
Task<Answer> selfTest(ApiParts parts, Call call);
Task<Answer> selfTests(ApiParts parts, Call call);
Task<Answer> location(ApiParts parts, Call call);

// diagnosticsapi.cpp
Task<Answer> diagnostics(ApiParts parts, Call call);

// adminapi.cpp: of the farmer
Task<Answer> nics(ApiParts parts, Call call);
Task<Answer> publicNic(ApiParts parts, Call call);
Task<Answer> setPublicNic(ApiParts parts, Call call);

// debugapi.cpp: of the network's operators
Task<Answer> debugList(ApiParts parts, Call call);
Task<Answer> debugGet(ApiParts parts, Call call);
Task<Answer> debugHistory(ApiParts parts, Call call);
Task<Answer> debugInfo(ApiParts parts, Call call);
Task<Answer> debugHealth(ApiParts parts, Call call);

} // namespace zos::app::api
