// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QString>

namespace zos::testing {

// What eight clients, a chain, a machine and its power do to a node, one after the other. Each step
// throws its own dice, so that a history without some of its steps is a history still.
struct History
{
    enum class Kind {
        Create,
        Update,
        Cancel,
        Look,
        Grace,
        Chain, // goes away or comes back
        Crash, // of the node
        Reboot, // of its machine
        Upgrade, // of the node: it is stopped and started
        GuestCrash,
        Outage, // one kind of call fails until the next of these
        Hold, // a call that does not come back until the next of these
        Time,
        Turns, // some of the waiting calls go on
    };
    struct Step
    {
        Kind kind = Kind::Turns;
        quint32 client = 0;
        quint32 dice = 0;
    };

    quint64 seed = 0;
    double faults = 0; // of all calls
    bool durable = false; // on a SQLite file
    QList<Step> steps;

    static History random(quint64 seed);
    static QString textOf(const Step &step);
    QString text() const;
};

} // namespace zos::testing
