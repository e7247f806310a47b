// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/histories/history.h"

#include <QRandomGenerator>
#include <QStringList>

#include <array>

namespace zos::testing {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array kNames { "create", "update", "cancel", "look", "grace", "chain", "crash",
    "reboot", "upgrade", "guest crash", "outage", "hold", "time", "turns" };

} // namespace

History History::random(quint64 seed)
{
    const quint32 words[] { quint32(seed), quint32(seed >> 32) };
    QRandomGenerator dice(words, 2);
    History history;
    history.seed = seed;
    history.durable = seed % 16 == 0;
    const auto weather = dice.bounded(10);
    history.faults = weather < 5 ? 0 : weather < 8 ? 0.02 : 0.08;
    const bool slow = dice.bounded(3) == 0;
    const QList<std::pair<Kind, int>> weights { { Kind::Create, 14 }, { Kind::Update, 16 },
        { Kind::Cancel, 4 }, { Kind::Look, 5 }, { Kind::Grace, 3 }, { Kind::Chain, 2 },
        { Kind::Crash, 2 }, { Kind::Reboot, 1 }, { Kind::Upgrade, 1 }, { Kind::GuestCrash, 1 },
        { Kind::Outage, history.faults > 0.05 ? 2 : 0 }, { Kind::Hold, slow ? 4 : 0 },
        { Kind::Time, 6 }, { Kind::Turns, 45 } };
    int sum = 0;
    for (const auto &[kind, weight] : weights)
        sum += weight;
    for (auto left = dice.bounded(40, 120); left > 0; --left) {
        int roll = dice.bounded(sum);
        for (const auto &[kind, weight] : weights) {
            if (roll < weight) {
                history.steps += Step { kind, dice.bounded(8U), dice.generate() };
                break;
            }
            roll -= weight;
        }
    }
    return history;
}

QString History::textOf(const Step &step)
{
    return u"  %1 client %2 dice %3"_s.arg(QLatin1StringView(kNames.at(size_t(step.kind))))
        .arg(step.client)
        .arg(step.dice);
}

QString History::text() const
{
    QStringList lines { u"history %1, %2 % of the calls fail, store %3"_s.arg(seed)
            .arg(faults * 100)
            .arg(durable ? u"on disk"_s : u"in memory"_s) };
    for (const auto &step : steps)
        lines += textOf(step);
    return lines.join(u'\n');
}

} // namespace zos::testing
