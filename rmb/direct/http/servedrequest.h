// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/http/httpserver.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QHostAddress>

#include <memory>
#include <optional>

struct MHD_Connection;

// What the HTTP server knows of a connection and of the request on it.
namespace zos::rmb::serving {

struct ServedRequest;

struct Connection
{
    int socket = -1;
    QHostAddress peer;
    QHostAddress origin;
    QDeadlineTimer deadline; // of what the peer has to do next; forever while a handler runs
    QElapsedTimer since; // it does what it does now
    bool idle = false; // between two requests
    bool leaving = false; // was told to
    bool asked = false; // began a request that the library could read
    std::weak_ptr<ServedRequest> waiting; // a handler works on it
};

struct ServedRequest
{
    MHD_Connection *connection = nullptr;
    Connection *peer = nullptr;
    HttpRequest http;
    CancelToken over;
    qsizetype received = 0;
    int refused = 0; // status decided before the body was complete
    bool begun = false;
    bool suspended = false;
    qsizetype held = 0; // what its body takes of the room for all
    qsizetype leaving = 0; // the same of its answer
    std::optional<HttpResponse> response;
};
using ServedRequestPtr = std::shared_ptr<ServedRequest>;

} // namespace zos::rmb::serving
