// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/eventually.h"

#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

namespace zos::lab {

// A script of tests/support/npm with the packages installed by tests/support/npm/install: a stub or
// the driver of a foreign client. It ends when this does.
class NpmScript
{
public:
    // Why the packages are not there, "" when they are.
    static QString obstacle()
    {
        const QDir npm(QStringLiteral(ZOS_NPM));
        if (npm.exists(QStringLiteral("installed")))
            return {};
        QFile skipped(npm.filePath(QStringLiteral("skipped")));
        if (skipped.open(QIODevice::ReadOnly))
            return QString::fromUtf8(skipped.readAll()).trimmed();
        return QStringLiteral("run tests/support/npm/install first");
    }

    NpmScript(const QString &name, const QJsonObject &options)
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("ZOS_NPM"), QStringLiteral(ZOS_NPM));
        environment.insert(QStringLiteral("HOME"), QDir::tempPath());
        m_process.setProcessEnvironment(environment);
        m_process.start(QStringLiteral("node"),
            { QStringLiteral(ZOS_NPM_SCRIPTS "/") + name,
                QString::fromUtf8(QJsonDocument(options).toJson(QJsonDocument::Compact)) });
        const auto first = nextLine();
        m_ready = first.value(QStringLiteral("ready")).toBool();
        m_port = static_cast<quint16>(first.value(QStringLiteral("port")).toInt());
    }
    ~NpmScript()
    {
        m_process.closeWriteChannel();
        if (!m_process.waitForFinished(5'000)) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }
    bool isReady() const { return m_ready; }
    quint16 port() const { return m_port; } // of a stub
    QByteArray complaints() { return m_process.readAllStandardError(); }

    // {"ok": …} or {"error": …}; empty when the script is gone or takes more than a minute.
    QJsonObject ask(QJsonObject question)
    {
        question.insert(QStringLiteral("id"), ++m_asked);
        m_process.write(QJsonDocument(question).toJson(QJsonDocument::Compact) + '\n');
        for (;;) {
            const auto answer = nextLine();
            if (answer.isEmpty() || answer.value(QStringLiteral("id")).toInt() == m_asked)
                return answer;
        }
    }

private:
    QJsonObject nextLine()
    {
        testing::eventually(
            [this] { return m_process.canReadLine() || m_process.state() == QProcess::NotRunning; },
            std::chrono::minutes(1));
        return QJsonDocument::fromJson(m_process.readLine()).object();
    }

    QProcess m_process;
    bool m_ready = false;
    quint16 m_port = 0;
    int m_asked = 0;
};

} // namespace zos::lab
