// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/keyedlock.h"
#include "hardware/machines/domaincalls.h"
#include "hardware/machines/libvirtconnection.h"
#include "hardware/machines/libvirtmachines.h"
#include "hardware/machines/machinefiles.h"
#include "hardware/machines/virtiofswatch.h"
#include "hardware/process/systemcommandrunner.h"

#include <QPointer>

namespace zos::hw {

// The inside of LibvirtMachines. Every coroutine holds it, so that it lives as long as the last of
// them; what it reports goes to the owner only while there is one.
class LibvirtCore : public QObject, public std::enable_shared_from_this<LibvirtCore>
{
    Q_OBJECT
public:
    LibvirtCore(LibvirtConfig config, LibvirtMachines *owner);

    using Self = std::shared_ptr<LibvirtCore>;
    static Task<Result<>> start(Self self);
    static Task<Result<>> run(Self self, MachinePlan plan);
    static Task<Result<>> stop(Self self, QString id, std::chrono::milliseconds patience);
    static Task<Result<>> destroy(Self self, QString id);
    static Task<Result<>> setRunning(Self self, QString id, bool running);
    static Task<Result<>> growDisk(Self self, QString id, QString path);
    static Task<Result<QList<MachineFacts>>> list(Self self);
    static Task<Result<QByteArray>> consoleLog(Self self, QString id, int bytes);
    const VirtualisationFacts &facts() const { return m_facts; }
    void abandon(); // the owner goes

private:
    enum class Phase { Starting, Running, Stopping };
    struct Machine
    {
        Phase phase = Phase::Starting;
        QString digest;
        quint64 startedAtMs = 0;
        quint32 cpu = 0; // 0 = unknown, like the memory then
        Bytes memory;
        std::optional<QStringList> disks = {};
        int libvirtId = -1;
        bool died = false; // while starting
    };

    MachineFiles files(const QString &id) const;
    static Task<Result<>> prepareGuest(Self self);
    static Task<Result<>> create(Self self, QString id, QByteArray xml, bool paused);
    static Task<Result<>> launch(Self self, MachinePlan plan);
    static Task<Result<>> end(Self self, QString id);
    static Task<bool> discard(Self self, QString id);
    static Task<void> settleGuest(Self self, QString id, std::chrono::milliseconds patience);
    static Task<Result<>> waitGone(Self self, QString id, QList<qint64> processes);
    static Task<void> reconcile(Self self);
    static Task<void> helperEnded(Self self, QString id);
    static Task<void> reportStop(Self self, QString id, QString reason);
    static Task<void> noteReboot(Self self, QString id);
    void adopt(const DomainFacts &domain);
    void watchHelpers(const QString &id, int libvirtId);
    void lifecycle(const QString &name, int event, int detail);
    // Removes it from the known ones; false when it was not running.
    bool takeStopped(const QString &id);

    const LibvirtConfig m_config;
    QPointer<LibvirtMachines> m_owner;
    LibvirtConnection m_connection;
    SystemCommandRunner m_runner;
    VirtiofsWatch m_watch;
    KeyedLock m_lanes; // one operation at a time per machine
    QHash<QString, Machine> m_machines;
    VirtualisationFacts m_facts;
    QString m_kernel; // where QEMU can read it
    std::shared_ptr<zos::detail::Gate> m_listed = std::make_shared<zos::detail::Gate>();
};

} // namespace zos::hw
