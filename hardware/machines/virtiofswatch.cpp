// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/virtiofswatch.h"

#include <QSocketNotifier>

#include <sys/syscall.h>
#include <unistd.h>

namespace zos::hw {

struct VirtiofsWatch::Process
{
    explicit Process(int descriptor)
        : fd(descriptor)
        , notifier(new QSocketNotifier(descriptor, QSocketNotifier::Read))
    {
    }
    ~Process()
    {
        // May run inside the notifier's own signal.
        notifier->setEnabled(false);
        notifier->deleteLater();
        ::close(fd);
    }
    Q_DISABLE_COPY_MOVE(Process)

    const int fd;
    QSocketNotifier *const notifier;
};

VirtiofsWatch::VirtiofsWatch() = default;
VirtiofsWatch::~VirtiofsWatch() = default;

void VirtiofsWatch::watch(const QString &id, const QList<qint64> &processes)
{
    m_machines.remove(id);
    auto &watched = m_machines[id];
    const auto report = [this, id] {
        if (m_machines.remove(id) > 0)
            Q_EMIT ended(id);
    };
    for (const auto process : processes) {
        const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
        if (fd < 0) {
            QMetaObject::invokeMethod(this, report, Qt::QueuedConnection);
            continue;
        }
        watched.push_back(std::make_shared<Process>(fd));
        connect(watched.back()->notifier, &QSocketNotifier::activated, this, report);
    }
}

void VirtiofsWatch::forget(const QString &id)
{
    m_machines.remove(id);
}

} // namespace zos::hw
