// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QObject>

namespace zos {

struct OverlayPeer
{
    QString uri;
    bool up = false;
    std::optional<std::chrono::milliseconds> latency;
};

struct OverlayState
{
    bool running = false;
    QString address; // 2xx:...
    QString subnet; // 3xx:.../64
    QList<OverlayPeer> peers;
    QString trouble;
};

// The yggdrasil daemon of this node or user.
class Overlay : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    virtual Task<Result<>> start() = 0; // resolves when the interface carries the address
    virtual OverlayState state() const = 0;

Q_SIGNALS:
    void stateChanged();
};

} // namespace zos
