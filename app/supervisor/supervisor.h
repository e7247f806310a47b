// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/supervisor/serviceprocess.h"
#include "core/base/backoff.h"

#include <QElapsedTimer>
#include <QTimer>

#include <functional>
#include <map>

namespace zos::app {

// Keeps services running. What it started is written to a state file before and after each start,
// so that a supervisor that was killed finds its services again instead of starting second ones.
class Supervisor : public QObject
{
    Q_OBJECT
public:
    using Done = std::function<void(Result<>)>;

    explicit Supervisor(QString stateFile);
    ~Supervisor() override;

    // Reads the state file, adopts what runs, starts what should run and does not.
    void restore();
    void start(const ServiceSpec &spec, Done done);
    void stop(const QString &name, Done done);
    void stopAll(Done done);
    QList<ServiceState> list() const;

private:
    struct Service
    {
        ServiceSpec spec;
        ServiceState state;
        std::unique_ptr<ServiceProcess> process;
        QElapsedTimer since;
        Backoff backoff { std::chrono::milliseconds(500), std::chrono::seconds(30) };
        QTimer again; // next start
        QTimer patience; // until SIGKILL
        bool stopping = false;
        QList<Done> waiting; // for the end of a stopping service
    };

    Service &add(const ServiceSpec &spec);
    Result<> launch(Service &service);
    void watch(Service &service);
    void onEnded(const QString &name, const QString &how);
    QByteArray marker(const QString &name) const;
    void save() const;
    void rotateLogs() const;

    const QString m_stateFile;
    std::map<QString, std::unique_ptr<Service>> m_services;
    QTimer m_rotation;
};

} // namespace zos::app
