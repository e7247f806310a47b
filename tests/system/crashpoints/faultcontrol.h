// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/faults/faultpage.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <chrono>

namespace zos::testing {

// One place of a run: the how manieth call of that name, without a name of all.
struct FaultPoint
{
    QByteArray name;
    quint32 occurrence = 0;
    bool needsSpace = false;
    faults::Kind kind = faults::Kind::Change;

    QString text() const;
    // Whether the call hands something to another process, which goes on when we die.
    bool leavesUs() const;
    bool operator==(const FaultPoint &) const = default;
};

// The test's side of the page it shares with the fault library in the program under test.
class FaultControl
{
public:
    FaultControl() = default;
    ~FaultControl();
    Q_DISABLE_COPY_MOVE(FaultControl)
    QString make(const QString &path); // what went wrong

    // From now on points count and the plan holds.
    void arm(
        faults::Action action = faults::Action::Count, const FaultPoint &point = {}, int error = 0);
    void disarm(); // there is space again, too
    bool hit() const;
    int count() const; // changes
    QList<FaultPoint> passed(faults::Kind kind) const;
    void advance(std::chrono::milliseconds time); // the program's monotonic clock

private:
    faults::Page *m_page = nullptr;
};

} // namespace zos::testing
