// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/machines.h"
#include "hardware/fake/fakeworld.h"

namespace zos::hw {

// Virtual machines that run nothing. A test plays the guest with crash() and reboot().
class FakeMachines final : public Machines
{
    Q_OBJECT
public:
    explicit FakeMachines(FakeWorld &world, QObject *parent = nullptr)
        : Machines(parent)
        , m_world(world)
    {
    }
    Task<Result<>> start() override;
    VirtualisationFacts virtualisation() const override;
    Task<Result<>> run(MachinePlan plan) override;
    Task<Result<>> stop(QString id, std::chrono::milliseconds patience) override;
    Task<Result<>> destroy(QString id) override;
    Task<Result<>> pauseMachine(QString id) override;
    Task<Result<>> resumeMachine(QString id) override;
    Task<Result<>> growDisk(QString id, QString path) override;
    Task<Result<QList<MachineFacts>>> list() override;
    Task<Result<QByteArray>> consoleLog(QString id, int bytes) override;

    void crash(const QString &id, const QString &reason); // it is gone and says so
    void reboot(const QString &id);

private:
    Task<Result<>> setRunning(QString call, QString id, bool running);

    FakeWorld &m_world;
};

} // namespace zos::hw
