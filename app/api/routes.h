// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/api/apiparts.h"

namespace zos::app {

// Who may call a command. The caller is the proven twin of the message, never a field of it.
enum class Access {
    Any, // every twin
    Owner, // every twin, for what is its own; what belongs to others does not exist for it
    Farmer, // the twin of the farm the node belongs to
    Admin, // a twin of the node's configuration
};
QString accessName(Access access); // "any" ...

// One command of the node: name, who may, what goes in and out, who answers.
struct Route
{
    const char *command;
    Access access;
    const char *payload; // shape as in api.json; "none": whatever is sent is ignored
    const char *answer; // shape
    Task<rmb::Answer> (*handle)(ApiParts parts, rmb::Call call);
};

// Every command there is: registration, authorisation, tests and api.json read this one table.
const QList<Route> &routes();

// The table and the named shapes as a JSON document: the text of app/api/api.json.
QByteArray apiSnapshot();

} // namespace zos::app
