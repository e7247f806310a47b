// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/eventually.h"
#include "tests/support/soak.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

namespace zos::testing {

// An attack_peer as a child of the test.
class AttackChild
{
public:
    ~AttackChild() { end(); }
    // False when it does not come up.
    bool start(const QStringList &arguments)
    {
        m_process = std::make_unique<QProcess>();
        m_process->setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process->start(
            QCoreApplication::applicationDirPath() + QStringLiteral("/attack_peer"), arguments);
        const QByteArray line = nextLine();
        m_port = line.startsWith("port ") ? line.sliced(5).toUShort() : quint16(0);
        return m_port > 0;
    }
    void end()
    {
        if (!m_process)
            return;
        m_process->closeWriteChannel();
        // The event loop runs on: a relay of the test may still have to deliver.
        const auto ended = [this] { return m_process->state() == QProcess::NotRunning; };
        if (!eventually(ended, std::chrono::seconds(40)))
            kill();
        m_process.reset();
    }
    void kill() // at whatever instruction it is
    {
        m_process->kill();
        m_process->waitForFinished();
        m_process.reset();
    }
    bool alive() const { return m_process && m_process->state() == QProcess::Running; }
    quint16 port() const { return m_port; }
    void tell(const QByteArray &line) { m_process->write(line + '\n'); }
    QJsonObject report()
    {
        tell("report");
        return QJsonDocument::fromJson(nextLine()).object();
    }
    qint64 count(const QString &name) { return report().value(name).toInteger(-1); }
    int openFiles() const
    {
        const QDir folder(QStringLiteral("/proc/%1/fd").arg(m_process->processId()));
        return static_cast<int>(folder.entryList(QDir::Files | QDir::System).size());
    }
    // Always 0 under AddressSanitizer, which keeps what is freed: there is nothing to judge then.
    double residentMib() const
    {
#ifdef __SANITIZE_ADDRESS__
        return 0;
#endif
        QFile file(QStringLiteral("/proc/%1/status").arg(m_process->processId()));
        if (!file.open(QIODevice::ReadOnly))
            return 0;
        const QByteArray text = file.readAll();
        const auto at = text.indexOf("VmRSS:");
        return text.mid(at + 6).simplified().split(' ').first().toDouble() / 1024;
    }

private:
    QByteArray nextLine()
    {
        eventually(
            [this] {
                return m_process->canReadLine() || m_process->state() == QProcess::NotRunning;
            },
            std::chrono::seconds(30));
        return m_process->readLine().trimmed();
    }

    std::unique_ptr<QProcess> m_process;
    quint16 m_port = 0;
};

} // namespace zos::testing
