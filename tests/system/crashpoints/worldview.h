// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace zos::testing {

// Everything a node has made of its machine, as sorted lines "<kind> <thing>" that are the same in
// every run: name spaces, links, addresses, routes, WireGuard, firewalls, mounts, pools with sizes
// and limits, files of the node, domains with their descriptions, services, processes.
QStringList takeMachine(const QString &stateFolder);

// What differs from run to run for what it stands for: the number of a contract, and what is made
// of it.
QStringList withoutNumbers(const QStringList &lines, const QString &twin, const QString &contract);

// Lines that are in one of both only, "-" those of `before`; empty = equal.
QStringList differences(const QStringList &before, const QStringList &after);

} // namespace zos::testing
