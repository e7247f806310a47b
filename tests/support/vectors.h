// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCoro/QCoroTask>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QTest>

namespace zos::testing {

struct VectorFile
{
    QString name; // e.g. "deployments-hash.json"
    QByteArray text; // the file itself, for readers that must not lose number tokens
    QJsonObject document;
};

// All files named <topic>*.json of tests/data/vectors and, when ZOS_VECTORS names a folder, of that
// folder too (also one level below, e.g. console/). A missing topic is a test failure, not a skip.
QList<VectorFile> vectors(const QString &topic);

// Runs the event loop until the task is done and returns its value. For tests only.
template <class T> T wait(QCoro::Task<T> task)
{
    return QCoro::waitFor(std::move(task));
}

} // namespace zos::testing
