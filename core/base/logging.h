// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QLoggingCategory>
#include <QString>

// All log categories of the project. Default level: info.
Q_DECLARE_LOGGING_CATEGORY(lcNode) // zos.node
Q_DECLARE_LOGGING_CATEGORY(lcEngine) // zos.engine
Q_DECLARE_LOGGING_CATEGORY(lcStore) // zos.store
Q_DECLARE_LOGGING_CATEGORY(lcChain) // zos.chain
Q_DECLARE_LOGGING_CATEGORY(lcRmb) // zos.rmb
Q_DECLARE_LOGGING_CATEGORY(lcYggdrasil) // zos.yggdrasil
Q_DECLARE_LOGGING_CATEGORY(lcStorage) // zos.storage
Q_DECLARE_LOGGING_CATEGORY(lcNetwork) // zos.network
Q_DECLARE_LOGGING_CATEGORY(lcMachines) // zos.machines
Q_DECLARE_LOGGING_CATEGORY(lcImages) // zos.images
Q_DECLARE_LOGGING_CATEGORY(lcServices) // zos.services
Q_DECLARE_LOGGING_CATEGORY(lcFeed) // zos.feed
Q_DECLARE_LOGGING_CATEGORY(lcConsole) // zos.console

namespace zos {

// For text that came from outside: quoted, control characters escaped, at most 128 characters.
QString quoted(const QString &outside);

// Lines "<level>TIME unit: message" on standard error; level as journald's <n> prefix when not a
// terminal.
void installLogFormat();

} // namespace zos
