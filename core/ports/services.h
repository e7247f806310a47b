// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QStringList>

namespace zos {

// A long-running program that must outlive the node's process: yggdrasil, wireguard-go, libvirtd.
// Paths are absolute; a spec that breaks these rules is Invalid.
struct ServiceSpec
{
    QString name; // [a-z0-9.-]{1,64}, unique; start() with an equal spec changes nothing
    QStringList command; // absolute path of the program, then its arguments
    QString networkNamespace; // path such as /run/netns/n-XYZ, empty = the supervisor's own
    bool restart = true; // started again with back-off (0.5 s .. 30 s) when it ends
    QString logFile; // output goes here (rotated at 1 MiB), empty = dropped

    bool operator==(const ServiceSpec &) const = default;
};

struct ServiceState
{
    QString name;
    bool running = false;
    qint64 pid = 0;
    int starts = 0;
    QString lastExit; // "exit status 1", "signal 9", empty when it never ended
};

// Starts and stops services through something that is not the node's process (a supervisor), so
// that neither a crash nor an upgrade of the node touches tenants' traffic.
class Services
{
public:
    virtual ~Services() = default;
    // Ready = the program runs. A service of that name with another spec is replaced.
    virtual Task<Result<>> start(ServiceSpec spec) = 0;
    // SIGTERM, after 5 s SIGKILL; resolves when it is gone. Absent is success.
    virtual Task<Result<>> stop(QString name) = 0;
    virtual Task<Result<QList<ServiceState>>> list() = 0;
};

} // namespace zos
