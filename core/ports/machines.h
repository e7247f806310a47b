// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/plan/machineplan.h"

#include <QObject>

#include <chrono>
#include <optional>

namespace zos {

struct MachineFacts
{
    QString id; // workload id
    bool running = false; // false = paused
    QString specDigest; // of the plan it was started with
    quint64 startedAtMs = 0; // wall clock, 0 = unknown
    quint32 cpu = 0; // it was started with, 0 = unknown
    Bytes memory; // the same
    std::optional<QStringList> disks
        = {}; // workload ids of those it was started with; none = unknown
};

struct VirtualisationFacts
{
    bool kvm = false; // KVM really runs a guest (probed), otherwise TCG
    QString reason; // why not KVM
    QString hypervisor; // "QEMU 10.0.13, libvirt 11.3.0"
};

// Virtual machines. Machines survive restarts of the node and of libvirt. Ids are workload ids,
// anything else is Invalid; calls about one machine take turns in the order they came.
class Machines : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    // Connects (and reconnects for ever), probes KVM. Resolves when machines can be listed.
    virtual Task<Result<>> start() = 0;
    virtual VirtualisationFacts virtualisation() const = 0;
    // Writes what the machine needs (initrd with seed, directories) and starts it; resolves when it
    // runs, or waits for resumeMachine() before its first instruction when it starts paused. There
    // already with the same digest: success, and it stays as it is, paused or not; with another
    // one: Exists. Errors carry the last 2 KiB of output and leave nothing.
    virtual Task<Result<>> run(MachinePlan plan) = 0;
    // Ends it without stopped(), to be run again: its console log stays. A guest that runs is asked
    // to write down what it still holds and to end, and has `patience` for it. Absent is success.
    virtual Task<Result<>> stop(QString id, std::chrono::milliseconds patience) = 0;
    // Stops it for good and removes everything it left, without stopped(); absent is success.
    virtual Task<Result<>> destroy(QString id) = 0;
    virtual Task<Result<>> pauseMachine(QString id) = 0; // NotFound, like the next two
    virtual Task<Result<>> resumeMachine(QString id) = 0;
    // The file of one of its disks has grown: its guest sees that without a new start, when it is
    // paused as soon as it is resumed. NotFound: it does not run, or has no such disk.
    virtual Task<Result<>> growDisk(QString id, QString path) = 0;
    virtual Task<Result<QList<MachineFacts>>> list() = 0;
    // Tail of the console, at most 256 KiB.
    virtual Task<Result<QByteArray>> consoleLog(QString id, int bytes) = 0;

Q_SIGNALS:
    void stopped(const QString &id, const QString &reason); // power-off, crash, lost helper
    void rebooted(const QString &id);
    void connectionChanged(bool up);
};

} // namespace zos
