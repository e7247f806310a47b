// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/supervisor/procinfo.h"
#include "core/ports/services.h"

#include <QSocketNotifier>

#include <memory>

namespace zos::app {

// One program running on its own: a session leader that neither notices nor minds when the
// supervisor goes away. Watched through a pidfd, so that an adopted process, which is nobody's
// child here, is watched the same way as a started one.
class ServiceProcess : public QObject
{
    Q_OBJECT
public:
    // Starts the program; success means that exec succeeded.
    static Result<std::unique_ptr<ServiceProcess>> start(
        const ServiceSpec &spec, const QByteArray &marker);
    // Takes over a process of a former supervisor; null when it is gone.
    static std::unique_ptr<ServiceProcess> adopt(ProcessIdentity identity);
    ~ServiceProcess() override;

    ProcessIdentity identity() const { return m_identity; }
    void signal(int number) const;

Q_SIGNALS:
    void ended(const QString &how); // "exit status 1", "signal 9", "ended"

private:
    ServiceProcess(ProcessIdentity identity, int pidFd);
    void reap();

    const ProcessIdentity m_identity;
    const int m_pidFd;
    QSocketNotifier m_notifier;
};

} // namespace zos::app
