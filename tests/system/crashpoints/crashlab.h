// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/node/nodehost.h"
#include "tests/system/crashpoints/example.h"
#include "tests/system/crashpoints/faultcontrol.h"
#include "tests/system/crashpoints/storeview.h"

#include <QMap>

namespace zos::testing {

enum class Operation { Create, Update, Delete };
const char *nameOf(Operation operation);

// A fault-free run of an operation.
struct Reference
{
    QList<FaultPoint> points; // changes
    QList<FaultPoint> reads;
    QStringList before;
    QStringList after;
    QMap<QString, quint32> fine; // its workloads and their versions
};

enum class Verdict {
    Equal, // as without the fault
    Clean, // an error its user was told, nothing half done
    NotReached, // this run took another way
    Failed,
};
struct Outcome
{
    Verdict verdict = Verdict::Failed;
    QString why; // of a failure, in many lines; of an error its text
};

// The real node on real hardware, beside an untouched neighbour deployment, and single faults in
// it: one operation on one example with one call that kills the node, fails or finds no space.
// What went wrong with the laboratory itself ends the test program.
class CrashLab
{
public:
    CrashLab();
    ~CrashLab();
    QString make(); // what went wrong

    const Reference &reference(const Example &example, Operation operation);
    // With `again` also at the how manieth point of the start that follows, if it has as many.
    Outcome killed(const Example &example, Operation operation, const FaultPoint &point, bool after,
        std::optional<quint32> again = {});
    Outcome refused(const Example &example, Operation operation, const FaultPoint &point);
    Outcome full(const Example &example, Operation operation, const FaultPoint &point);
    // After a kill: ms from the start until everything was as wanted, where nothing was waited for.
    QList<double> restarts() const { return m_restarts; }
    int killedTwice() const { return m_killedTwice; }

private:
    struct Run // one operation on one deployment
    {
        const Example *example;
        Operation operation;
        Deployment order; // of this operation, or of the deployment that is deleted
        LateAnswer answer;
        bool isRefused() const { return answer && answer->has_value() && !**answer; }
        bool isAccepted() const { return answer && answer->has_value() && (*answer)->has_value(); }
    };

    Run prepare(const Example &example, Operation operation);
    void begin(Run &run); // the request, or the end of the contract
    bool isDone(const Run &run) const;
    bool isStored(const Run &run) const;
    // Until it is done, refused, dead, or nothing has happened for a while.
    void watch(const Run &run);
    // Until it is done, and makes the waits of retries short.
    void waitQuiet(); // until the node does nothing any more
    void waitRestored(ContractId contract); // until nothing of it is to be tried again
    QString converge(const Run &run);
    // Starts the killed node and repeats what it did not take.
    QString revive(Run &run, std::optional<quint32> killAgain);
    // Compares, and ends the contract.
    Outcome concluded(const Run &run, bool mayFail);
    Outcome tidied(const Run &run, Outcome outcome);
    QStringList machine();
    QStringList world(ContractId contract); // now
    // How the world differs from that, when it does for a while.
    QStringList unlike(const QStringList &wanted, ContractId contract);
    QStringList machineOf(const Example &example, const QMap<QString, quint32> &workloads);
    void mustDeploy(const QByteArray &workloads, Deployment *order);

    NodeProgram m_node;
    NodeHost m_host;
    FaultControl m_faults;
    std::unique_ptr<StoreView> m_store;
    QStringList m_empty; // world with the neighbour only
    QStringList m_scars; // differences that failures left: not told again
    QMap<QByteArray, Reference> m_references;
    QMap<QString, QStringList> m_machines;
    QList<double> m_restarts;
    bool m_advanced = false; // the node's clock, since this was unset
    int m_killedTwice = 0;
};

} // namespace zos::testing
