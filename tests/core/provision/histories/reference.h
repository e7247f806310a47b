// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/store/deploymentstore.h"

#include <QMap>
#include <QSet>
#include <QStringList>

#include <functional>
#include <optional>

namespace zos::testing {

// What the users of a node may count on, told without a word about how it is done: what was
// acknowledged is there, what was refused never was, what is read is what the requests so far can
// have made, nothing that runs is harmed, and everything that is refused or fails has a reason that
// was there. Functions named as questions answer with what is wrong, empty = nothing.
class Reference
{
public:
    struct Limits
    {
        Bytes memory; // for machines
        QList<Bytes> pools;
    };
    struct Asked
    {
        Deployment wanted;
        TwinId sender;
        bool create = true;
        QString flaw; // a piece of the text it must be refused with; empty = it is sound
        bool guessed = false; // made without knowing the version in force
    };
    struct Seen // a deployment as get() shows it
    {
        Deployment deployment;
        QMap<QString, WorkloadResult> results;
    };

    explicit Reference(Limits limits)
        : m_limits(std::move(limits))
    {
    }

    // ---- what happens
    int asks(const Asked &asked);
    QString answers(int request, const Result<> &outcome);
    void breaks(bool politely); // the node's process is gone; what is not answered will never be
    void writes(ContractId contract, const QString &hash); // on the chain
    void ends(ContractId contract);
    void pauses(ContractId contract, bool paused);
    void chainAway(bool away);
    void timePasses(); // more than some steps may take
    void faultInjected() { m_faults = true; }

    // ---- what is seen
    QString sees(const DeploymentKey &key, const std::optional<Seen> &seen);
    bool stays(const QString &machine) const; // its owner wants it, surely
    QString allows(const QString &call) const; // a call that is about to change the machine
    // When nothing is left to do: nothing is half done any more.
    QString rests(const DeploymentKey &key) const;
    QStringList objects() const; // the machine has to have, no others
    QList<DeploymentKey> keys() const { return m_entries.keys(); }
    std::optional<Deployment> inForce(const DeploymentKey &key) const;
    bool isEnding(const DeploymentKey &key) const { return m_entries.value(key).ended; }
    Capacity used() const;

private:
    struct Request
    {
        Asked asked;
        int since = 0; // when it was asked, counted in events
        bool answered = false; // or never will be
        QSet<QString> reasons; // it may be refused for
    };
    struct Fate // of a workload of the version in force
    {
        bool wasOkay = false;
        bool failed = false;
        int asked = 0; // when
        int okay = 0; // since when
        quint32 version = 0;
        WorkloadResult result;
    };
    struct Entry
    {
        QList<Deployment> sure; // accepted versions, the last one is in force
        QSet<int> open; // requests that may still come, or have come, into force
        bool ended = false; // its contract is
        bool gone = false;
        int goneAt = 0;
        bool blind = false; // may have been accepted without a look at the chain
        QMap<QString, Fate> fates;
    };
    struct Contract
    {
        QString hash;
        bool alive = false;
        bool paused = false;
        bool everPaused = false;
    };
    void collectReasons();
    bool mayBeAccepted(const Entry &entry, const Asked &asked) const;
    QSet<QString> reasonsNow(const Request &request) const;
    void accept(const DeploymentKey &key, int request);
    QString seesWorkload(const DeploymentKey &key, Entry &entry, const Workload &shown,
        const WorkloadResult &result);
    bool failsRightly(const DeploymentKey &key, const Entry &entry, const Workload &workload,
        const QString &message) const;
    bool matches(const Entry &entry, const Deployment &shown, const Deployment &wanted,
        const Deployment *next) const;
    bool holds(const DeploymentKey &key, const QString &workload) const; // surely
    bool isChanged(const Entry &entry, const QString &name) const;
    bool networkIsUsed(const DeploymentKey &key) const; // by machines of other deployments
    // Everything that may have been there since, request by request and version by version.
    void everything(
        int since, const std::function<void(const DeploymentKey &, const Workload &)> &call) const;
    static const Workload *asAccepted(const Entry &entry, const QString &name); // as it is shown
    static QString rootSizes(const Entry &entry, const Workload &machine); // "1 or 2"
    Bytes surelyFree(Bytes used) const; // in one pool

    Limits m_limits;
    QMap<DeploymentKey, Entry> m_entries;
    QMap<int, Request> m_requests;
    QMap<ContractId, Contract> m_chain;
    int m_events = 0;
    bool m_away = false;
    bool m_timePassed = false;
    bool m_faults = false;
    bool m_stopping = false;
};

} // namespace zos::testing
