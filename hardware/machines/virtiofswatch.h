// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHash>
#include <QList>
#include <QObject>

#include <memory>

namespace zos::hw {

// Watches the processes that serve a machine's shared directories. When one dies the machine
// hangs, yet QEMU and libvirt say nothing.
class VirtiofsWatch : public QObject
{
    Q_OBJECT
public:
    VirtiofsWatch();
    ~VirtiofsWatch() override;

    // Replaces what was watched for this machine. A process that is gone already counts as ended.
    void watch(const QString &id, const QList<qint64> &processes);
    void forget(const QString &id);

Q_SIGNALS:
    void ended(const QString &id); // once per watch()

private:
    struct Process;
    QHash<QString, std::vector<std::shared_ptr<Process>>> m_machines;
};

} // namespace zos::hw
