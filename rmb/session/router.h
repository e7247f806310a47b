// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/base/units.h"

#include <QByteArray>
#include <QHash>
#include <QString>

#include <functional>

namespace zos::rmb {

// One verified call, whatever transport it came by.
struct Call
{
    TwinId twin; // proven by signature
    QString command; // zos.deployment.get
    QByteArray payload; // JSON text, empty = no argument (treat as null)
    QString requestId; // for logs
    CancelToken cancel; // set when the caller's lifetime is over
};

using Answer
    = Result<QByteArray>; // JSON text; handlers without a result answer "null", never empty
using Handler = std::function<Task<Answer>(Call)>;

// Command table with limits: 8 running calls per twin, 64 in all, 256 waiting, then Busy
// "node is busy". Unknown commands: NotFound "function not found" (direct transport text).
class Router
{
public:
    Router();
    ~Router();
    void add(const QString &command, Handler handler);
    bool knows(const QString &command) const;
    QStringList commands() const; // sorted
    // Runs the handler with a deadline; a handler that outlives it is answered Timeout.
    Task<Answer> route(Call call, std::chrono::milliseconds lifetime);
    int running() const;
    quint64 turnedAway() const; // known calls that found no place in time

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace zos::rmb
