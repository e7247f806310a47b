// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "core/provision/engine.h"
#include "core/store/failingstore.h"
#include "hardware/fake/fakeimages.h"
#include "hardware/fake/fakemachines.h"
#include "hardware/fake/fakenetworks.h"
#include "hardware/fake/fakevolumes.h"
#include "tests/core/provision/histories/history.h"
#include "tests/core/provision/histories/reference.h"
#include "tests/core/provision/histories/turnstile.h"
#include "tests/support/memoryledger.h"

#include <QRandomGenerator>
#include <QTemporaryDir>

#include <array>

namespace zos::testing {

// A store that knows how many of its calls have not answered yet.
class CountedStore final : public DeploymentStore
{
public:
    explicit CountedStore(std::unique_ptr<DeploymentStore> inner)
        : m_inner(std::move(inner))
    {
    }
    int running() const { return m_running; }
    Task<Result<>> open() override { return counted(m_inner->open()); }
    Task<Result<StoreContents>> load() override { return counted(m_inner->load()); }
    Task<Result<>> commit(StoreChange change) override
    {
        return counted(m_inner->commit(std::move(change)));
    }
    Task<Result<QList<LogEntry>>> history(DeploymentKey key) override
    {
        return counted(m_inner->history(key));
    }
    Task<Result<QList<StepEntry>>> steps(DeploymentKey key) override
    {
        return counted(m_inner->steps(key));
    }
    Task<Result<QList<WorkloadKey>>> endedWorkloads() override
    {
        return counted(m_inner->endedWorkloads());
    }

private:
    template <class T> Task<T> counted(Task<T> task)
    {
        ++m_running;
        auto outcome = co_await std::move(task);
        --m_running;
        co_return std::move(outcome);
    }
    std::unique_ptr<DeploymentStore> m_inner;
    int m_running = 0;
};

// Plays one history on an engine with a simulated machine, a chain in memory and a store, and
// compares what comes of it with the reference. Machine, chain and store outlive the engine; every
// call the engine makes waits at a turnstile. The same history always runs the same way: one thing
// goes on at a time, and the next one when all of its consequences are there.
class Laboratory
{
public:
    // One that talks prints what happens.
    explicit Laboratory(History history, bool talks = false);
    ~Laboratory();

    QString run(); // what is wrong, empty = nothing
    struct Tally
    {
        int accepted = 0;
        int refused = 0;
        int lost = 0; // requests without an answer
        int lives = 0; // of the node
        int okay = 0; // workloads at the end
        int failed = 0;
        int calls = 0;
    };
    const Tally &tally() const { return m_tally; }

private:
    struct Client
    {
        TwinId twin;
        bool waits = false; // for an answer
        std::optional<Reference::Asked> last;
        QByteArray lastText;
    };

    // ---- the node
    void makeStore();
    void startNode();
    void losePower(bool reboot);
    void upgrade();
    bool isUp() const { return m_engine && m_started && m_started->has_value(); }
    // ---- what moves it
    void flow(); // until nothing moves by itself
    bool letOne();
    QString refusalOf(const QString &call) const; // one that is about to change the machine
    Result<> outcomeOf(const Turnstile::Call &call);
    void turn(std::chrono::milliseconds time);
    void settle(int rounds, std::chrono::milliseconds between); // without faults
    void settleForADay();
    // ---- steps
    void perform(const History::Step &step);
    void create(Client &client);
    void update(Client &client);
    void ask(Client &client, Reference::Asked asked, const QByteArray &text);
    static Task<void> awaitAnswer(
        Laboratory *lab, Task<Result<>> task, int request, int life, Client *client);
    QByteArray sign(const Deployment &deployment, const QByteArrayList &workloads, TwinId signer);
    QByteArrayList newWorkloads(quint32 version, const QStringList &taken);
    QByteArray changedMachine(QByteArray data);
    std::optional<DeploymentKey> someKey(TwinId twin);
    void writeContract(const DeploymentKey &key, const QString &hash);
    void cancel(const DeploymentKey &key, bool loud);
    // ---- looking
    void look(const DeploymentKey &key);
    void lookAround();
    void lookAtList(TwinId twin);
    void compareWorld();
    void endWell();
    void wrong(const QString &what);
    void say(const QString &what) const;
    QStringList objects() const;

    const History m_history;
    const bool m_talks;
    QRandomGenerator m_dice;
    QTemporaryDir m_folder;
    FakeClock m_clock;
    std::unique_ptr<hw::FakeWorld> m_world;
    hw::FakeVolumes m_volumes;
    hw::FakeNetworks m_networks;
    hw::FakeMachines m_machines;
    hw::FakeImages m_images;
    MemoryLedger m_ledger;
    Turnstile m_turnstile;
    std::unique_ptr<CountedStore> m_counted;
    std::unique_ptr<FailingStore> m_store;
    std::unique_ptr<Engine> m_engine;
    std::shared_ptr<std::optional<Result<>>> m_started;
    int m_life = 0;
    bool m_firstLook = false; // of this life
    bool m_storeLives = true; // while the power goes
    bool m_calm = false; // no faults any more
    QString m_outage; // calls that fail
    QStringList m_held; // calls that do not come back
    Reference m_reference;
    QMap<TwinId, Identity> m_identities;
    std::array<Client, 8> m_clients;
    quint64 m_lastContract = 100;
    QString m_wrong;
    Tally m_tally;
};

} // namespace zos::testing
