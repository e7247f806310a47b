// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "qml/words/fmt.h"

#include <QCoreApplication>
#include <QJsonObject>
#include <QString>

namespace zos::console {

// Every sentence the console says. The feed carries codes and parameters only; the words belong to
// the console, in the language of the moment. Unknown codes read as themselves.
class Phrases
{
    Q_DECLARE_TR_FUNCTIONS(Phrases)

public:
    struct AlertText
    {
        QString title, detail, advice;
    };

    explicit Phrases(const Fmt &fmt)
        : m_fmt(fmt)
    {
    }

    AlertText alert(const QString &code, const QJsonObject &params) const;
    bool knowsAlert(const QString &code) const;

    QString network(const QString &name) const; // badge, capitals
    // On a network the node made itself the chain is a ledger on this machine.
    QString connectionName(const QString &id, const QString &network) const;
    QString connectionDetail(const QString &code, const QJsonObject &params) const;
    QString stepName(const QString &id, const QString &network) const;
    // What the running step is doing.
    QString stepActivity(const QString &id) const;
    QString workloadState(const QString &state) const;
    QString diskReason(const QString &code, const QJsonObject &disk) const;
    QString nicRole(const QString &role) const; // badge, capitals
    QString updateStep(const QString &code, const QJsonObject &params, const QString &state) const;

private:
    QString diskPlace(const QJsonObject &params) const; // "Seagate Exos · serial ZA1 · bay 4"
    AlertText diskAlert(const QString &code, const QJsonObject &params) const;
    AlertText serviceAlert(const QString &code, const QJsonObject &params) const;
    AlertText machineAlert(const QString &code, const QJsonObject &params) const;

    const Fmt &m_fmt;
};

} // namespace zos::console
