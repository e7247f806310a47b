// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QJsonArray>
#include <QString>
#include <QStringList>

#include <algorithm>
#include <ctime>

namespace zos::testing {

// What a benchmark measured. Every figure is printed as it comes; at the end all of them go to
// <name>.json in the folder ZOS_BENCH. Beside a figure stands what nobody could do without (the
// bare library, the bare program): compare ratios between runs and machines, not times.
class Figures
{
public:
    explicit Figures(QString name);
    ~Figures();
    Figures(const Figures &) = delete;
    Figures &operator=(const Figures &) = delete;

    void add(const QString &what, double value, const QString &unit);
    void add(const QString &what, double value, const QString &unit, const QString &bareWhat,
        double bare);
    // Against a target of the product. Whether it is met is said with the figure, counted in the
    // last line and kept in the file; it fails no test, because a busy machine misses any.
    enum class Wanted { AtMost, AtLeast };
    void judge(
        const QString &what, double value, const QString &unit, Wanted wanted, double target);

private:
    const QString m_name;
    QJsonArray m_figures;
    int m_met = 0;
    QStringList m_missed;
};

double median(QList<double> values);

struct SideBySide
{
    double ours = 0;
    double bare = 0;
};

// Microseconds of this thread's processor time a call, median of several rounds taken in turn
// (A B A B), so that a busy machine touches both alike.
template <class Ours, class Bare> SideBySide sideBySide(int calls, Ours ours, Bare bare)
{
    constexpr int kRounds = 9;
    const auto round = [calls](auto &call) {
        const auto now = [] {
            timespec time {};
            ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
            return double(time.tv_sec) * 1e6 + double(time.tv_nsec) / 1e3;
        };
        const double begin = now();
        for (int i = 0; i < calls; ++i)
            call();
        return (now() - begin) / calls;
    };
    round(ours); // warm
    round(bare);
    QList<double> first;
    QList<double> second;
    for (int i = 0; i < kRounds; ++i) {
        first += round(ours);
        second += round(bare);
    }
    return { median(first), median(second) };
}

} // namespace zos::testing
