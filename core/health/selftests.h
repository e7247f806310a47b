// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QList>
#include <QStringList>

namespace zos {

// What a test found that the node makes of itself every now and then.
struct SelfTestResult
{
    QString name; // "healthcheck"
    QString description;
    qint64 timestamp = 0; // Unix seconds
    QByteArray result; // JSON, of a shape of its own for each test
    QStringList troubles; // for people; none = all is well
};

// The newest result of each test.
class SelfTests
{
public:
    void put(SelfTestResult result);
    const SelfTestResult *find(QStringView name) const;
    const QList<SelfTestResult> &all() const { return m_results; }

private:
    QList<SelfTestResult> m_results; // by name
};

} // namespace zos
