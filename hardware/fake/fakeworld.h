// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/inventory.h"
#include "core/ports/networks.h"
#include "core/ports/services.h"
#include "core/ports/volumes.h"

#include <QJsonObject>
#include <QMap>
#include <QSet>
#include <QStringList>

#include <functional>

namespace zos::hw {

// A whole machine in memory, described by a JSON document, shared by all fake ports. What a kernel
// would keep across a restart of the node lives here and not in the ports. Calls answer through
// the event loop, never at once, and can be made to fail or to hang at any number.
class FakeWorld
{
public:
    // {"cpu":{"model","threads"},"memory":bytes,"disks":[{"name","kind","size"}],"nics":[{"name","mac"}]}
    static Result<std::unique_ptr<FakeWorld>> fromJson(const QByteArray &text);
    static Result<std::unique_ptr<FakeWorld>> load(const QString &path);
    // From now on what is on the disks is kept in that file; what it holds already is on them.
    Result<> keepDisksIn(const QString &path);
    void disksChanged() const; // for the ports

    // ---- script
    enum class Fate { Works, HangsBefore, HangsAfter };
    void failCall(int number, const Error &error); // number counts from the next call = 1
    void failCalls(const QString &name, const Error &error,
        int times = -1); // of that name, -1 = until worksAgain()
    void worksAgain();
    void atCall(int number, std::function<void()> event); // something happens as that call begins
    // Calls whose line of the log begins so answer only after goOn(), and so do all later calls
    // about the same object: work on one object is done one after the other.
    void stallCalls(const QString &line);
    void stallCall(int number);
    int waitingCalls() const { return m_waiting; } // those that do not answer
    void goOn();
    // Each call goes on when `before` has an outcome, with that outcome, and answers when `after`
    // has one, an error in place of its own. Both are given the call's line of the log.
    using Gate = std::function<Task<Result<>>(QString line)>;
    void setGates(Gate before, Gate after);
    void hangCall(int number, Fate fate); // as if the power went: nothing answers any more
    void release(); // hanging calls end with Cancelled, later ones work again
    void reboot(); // what is not on a disk is gone
    void loseBridge(const QString &bridge); // somebody removed it, what was plugged in hangs loose
    bool isFrozen() const { return m_frozen; }
    int callCount() const { return m_calls; }
    QStringList callLog() const { return m_log; } // "volumes.createDisk 5-1-data"
    void clearLog() { m_log.clear(); }

    // ---- for the ports: at the start of every call, and after its effect
    Task<Result<>> enter(QString name, QString subject);
    Task<Result<>> leave();
    // A call from outside (a store's commit) takes part in the count.
    Task<Result<>> foreignCall(QString name);

    // Everything a user could find on the machine; equal snapshots mean nothing was left behind.
    QJsonObject snapshot() const;

    // ---- contents
    struct Machine
    {
        bool running = true;
        QString digest;
        QStringList taps;
        QString rootPath;
        quint64 startedAtMs = 0;
        quint32 cpu = 1;
        Bytes memory;
        QStringList diskIds; // as they are plugged in
        QMap<QString, Bytes> disks; // path -> as large as its guest knows it
        QList<std::pair<QString, QString>> environment;
        QByteArray console;
    };
    struct Volume
    {
        StoredVolume stored;
        bool disk = false;
        bool formatted = false;
    };
    struct Service
    {
        ServiceSpec spec;
        qint64 pid = 0;
    };
    struct Root
    {
        QString url;
        QString upper;
    };
    HostFacts host;
    MemoryFacts memory;
    QList<DiskFacts> disks;
    QList<NicFacts> nics;
    QList<PoolFacts> pools; // filled by FakeVolumes::start()
    QMap<QString, Volume> volumes;
    QMap<QString, NetworkPlan> networks;
    QMap<QString, QString> taps; // tap -> bridge
    QSet<QString> bridgesDown; // of networks, until they are applied again
    QSet<QString> bridgesGone; // the same; see loseBridge()
    QMap<QString, Machine> machines;
    QMap<QString, int> starts; // of each machine that ever ran
    QMap<QString, QByteArray> consoles; // of machines that were stopped to be run again
    QMap<QString, Root> roots;
    QStringList imageCache; // URLs, that used last first
    QSet<QString> ownKernels; // URLs of images that bring one
    QMap<QString, Service> services;
    qint64 lastPid = 1000;
    bool overlayUp = false;

private:
    Task<Result<>> hang();
    Task<Result<>> stall();

    int m_calls = 0;
    int m_failAt = 0;
    Error m_failure;
    QMap<QString, std::pair<Error, int>> m_failures; // with how many more
    int m_hangAt = 0;
    Fate m_fate = Fate::Works;
    bool m_hangInLeave = false;
    bool m_frozen = false;
    CancelToken m_release;
    int m_eventAt = 0;
    std::function<void()> m_event;
    QString m_stalling; // beginning of a line, empty = none
    int m_stallAt = 0;
    QSet<QString> m_stalled; // objects
    int m_waiting = 0;
    CancelToken m_goOn;
    Gate m_before;
    Gate m_after;
    QString m_line; // of the call whose effect is just being made
    QStringList m_log;
    QString m_disksFile; // empty = nothing is kept
};

} // namespace zos::hw
