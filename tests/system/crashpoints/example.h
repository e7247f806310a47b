// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QList>
#include <QMap>
#include <QStringList>

namespace zos::testing {

// What is deployed, and into what it is changed. Workloads by name, in two versions.
struct Example
{
    QByteArray name;
    QMap<QString, QByteArray> first;
    QMap<QString, QByteArray> second; // of those that are new or changed, and left out when gone
    QStringList gone;
    bool onlyUpdates = false; // the rest is that of another one

    QByteArray workloads(quint32 version) const;
};
QList<Example> examples();

} // namespace zos::testing
