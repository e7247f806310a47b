// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/health/nodestatus.h"

#include <QObject>

namespace zos::app {

// The nine steps from power-on to serving, as the console shows them.
class BootProgress : public QObject
{
    Q_OBJECT
public:
    explicit BootProgress(const Clock *clock, QObject *parent = nullptr);

    void begin(const QString &step);
    void done(const QString &step, const QString &code = {}, const QJsonObject &params = {});
    void warn(const QString &step, const QString &code, const QJsonObject &params = {});
    void failed(const QString &step, const QString &code, const QJsonObject &params = {});

    bool complete() const; // every step ok, warn or skipped
    void describe(NodeStatus &status) const;

Q_SIGNALS:
    void changed();

private:
    void set(
        const QString &step, const QString &state, const QString &code, const QJsonObject &params);
    const Clock *m_clock;
    QList<NodeStatus::BootStep> m_steps;
};

} // namespace zos::app
