// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QList>
#include <QString>

#include <functional>

namespace zos::testing {

// Holds every call that leaves the engine until somebody lets it go on, in whatever order, with
// whatever outcome. Calls about one object take turns in the order they came.
class Turnstile
{
public:
    struct Call
    {
        QString line; // "volumes.createDisk 5-1-data"
        QString object; // empty = not the same as any other's
    };
    Task<Result<>> pass(Call call);

    QList<Call> next() const; // those that may go on: the first about each object
    qsizetype waiting() const { return m_waiting.size(); }
    void let(qsizetype which, const Result<> &outcome); // of next()
    // From now on no call waits, those that come included; `outcome` is asked about each.
    void open(std::function<Result<>(const Call &)> outcome);
    void close() { m_open = {}; }

private:
    struct Waiting
    {
        Call call;
        std::shared_ptr<detail::Gate> gate;
        std::shared_ptr<Result<>> outcome;
    };
    QList<qsizetype> firsts() const;

    QList<Waiting> m_waiting;
    std::function<Result<>(const Call &)> m_open;
};

} // namespace zos::testing
