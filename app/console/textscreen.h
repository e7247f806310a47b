// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "qml/models/consolestate.h"

#include <QObject>

#include <chrono>

namespace zos::app {

// The console for machines without a screen: the same status as a block of at most ten lines of 80
// characters, no escape sequences, ASCII unless the terminal speaks UTF-8. Printed at the start and
// when phase, health or addresses change, at most every 5 s; otherwise each minute with changes.
class TextScreen : public QObject
{
    Q_OBJECT

public:
    TextScreen(const console::ConsoleState &state, const Clock &clock, bool utf8,
        QObject *parent = nullptr);

    // The block for the state of this moment, lines ended by CR LF.
    QByteArray block() const;
    // The block when it is time to print one, else nothing.
    QByteArray due();

private:
    QString alertLine() const;
    QString addressLine() const;
    QString connectionLine() const;
    QString capacityLine() const;
    QString workloadLine() const;
    QString fitted(const QString &line) const;

    const console::ConsoleState &m_state;
    const Clock &m_clock;
    bool m_utf8;
    QString m_urgentKey;
    QByteArray m_printed;
    std::chrono::milliseconds m_printedAt { -1 };
};

} // namespace zos::app
