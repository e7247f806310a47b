// SPDX-License-Identifier: Apache-2.0
#include "tests/support/figures.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/runner.h"
#include "tests/system/crashpoints/crashlab.h"

#include <QDate>
#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QRegularExpression>

#include <algorithm>
#include <cstdio>

using namespace zos;
using namespace Qt::StringLiterals;
using testing::FaultPoint;
using testing::Operation;
using testing::Verdict;

// The calls by which the real node changes real hardware, one after the other: killed before and
// after it, refused by the system, without space from there on; and those by which it looks at it,
// refused. The world afterwards is compared with that of a run without a fault. The short form
// takes a few points of each operation, other ones each day or as ZOS_SEED says; ZOS_SOAK takes
// all. ZOS_POINTS is a regular expression: only those, e.g. "kill network create .*rename".
class TestCrashPoints : public QObject
{
    Q_OBJECT
    struct Way
    {
        const char *name;
        int sample; // points of an operation in the short form
        int machineSample; // the same where a machine is started
    };
    static constexpr Way kWays[] = { { "kill", 3, 1 }, { "twice", 1, 1 }, { "fail", 2, 1 },
        { "full", 1, 1 }, { "read", 2, 1 } };
    // What once went wrong is tried each time.
    static constexpr const char *kFound[] = {
        "kill network create rename to .*", // half saves stayed for ever
        "kill zmachine create remove rootfs:.*/.first", // keys of the image could stay
        "fail zmachine update remove folder .*", // folders of images stayed
        "kill resize update rename to .*/initrd.*", // half an initramfs stayed
        "fail zmachine create start bin/mount .*", // an empty folder stayed
        "fail zmount update (attribute|sync) vdisks/.*", // the disk stayed larger
        "fail zmount create sync .*/vdisks.*", // the disk stayed and was not known any more
        "fail network create send to a program.*", // nothing was configured, and all was well
        "read network delete look at network/.*json .1.", // the record stayed
        "read zmount create space of .*", // nothing went to the pool any more
        "read zmachine create look at rootfs.*/.first.*", // keys of the image stayed
        "read zmachine create read guest/initramfs.*", // it started with a part of it
        "read zmachine update look at machines/.*-vm .1.", // its files stayed
        "read zmachine update open images/images.*", // the image stayed mounted
    };
    struct Row
    {
        QString what;
        int points = 0, equal = 0, clean = 0, missed = 0, failed = 0;
        double seconds = 0;
    };
    std::unique_ptr<testing::CrashLab> m_lab;
    QList<testing::Example> m_examples = testing::examples();
    QList<Row> m_table;
    quint32 m_seed = quint32(QDate::currentDate().toJulianDay());
    QRandomGenerator m_random; // of the second kill
    const QRegularExpression m_only { qEnvironmentVariable("ZOS_POINTS") };

    // Everything, or everything of a name.
    static bool isLong()
    {
        return qEnvironmentVariableIsSet("ZOS_SOAK") || qEnvironmentVariableIsSet("ZOS_POINTS");
    }

    // One of them may be killed before its call and after it.
    struct Case
    {
        FaultPoint point;
        bool after = false;
    };
    static QList<Case> casesOf(const QByteArray &way, const QList<FaultPoint> &points)
    {
        QList<Case> cases;
        QHash<QByteArray, quint32> times;
        for (const auto &point : points)
            ++times[point.name];
        for (const auto &point : points) {
            // The same is read many times: then the first and the last time stand for all.
            if (point.kind == faults::Kind::Read && point.occurrence > 0
                && point.occurrence + 1 < times[point.name])
                continue;
            if (way != "full" || point.needsSpace)
                cases += Case { point, false };
            if (way == "kill" && (point.leavesUs() || point == points.last()))
                cases += Case { point, true };
        }
        return cases;
    }
    // Spread over the operation.
    QList<Case> chosen(const QString &row, QList<Case> cases, int sample)
    {
        if (isLong() || cases.size() <= sample)
            return cases;
        QRandomGenerator random(m_seed + quint32(qHash(row, 0)));
        QList<Case> some;
        for (const auto &one : std::as_const(cases)) {
            const QString name = row + u' ' + one.point.text();
            if (std::ranges::any_of(kFound, [&name](const char *found) {
                    const QRegularExpression pattern(QString::fromLatin1(found));
                    return pattern.match(name).hasMatch();
                }))
                some += one;
        }
        for (int i = 0; i < sample; ++i) {
            const auto from = cases.size() * i / sample;
            const auto to = cases.size() * (i + 1) / sample;
            some += cases[from + random.bounded(to - from)];
        }
        return some;
    }
    testing::Outcome tried(const QByteArray &way, const testing::Example &example,
        Operation operation, const Case &one)
    {
        if (way == "kill")
            return m_lab->killed(example, operation, one.point, one.after);
        if (way == "twice") {
            // A start passes about 60 points.
            const auto again = quint32(m_random.bounded(60));
            auto outcome = m_lab->killed(example, operation, one.point, false, again);
            outcome.why += u" (again at point %1 of the start)"_s.arg(again + 1);
            return outcome;
        }
        return way == "full" ? m_lab->full(example, operation, one.point)
                             : m_lab->refused(example, operation, one.point);
    }
    static void count(Row &row, Verdict verdict)
    {
        ++row.points;
        row.equal += verdict == Verdict::Equal ? 1 : 0;
        row.clean += verdict == Verdict::Clean ? 1 : 0;
        row.missed += verdict == Verdict::NotReached ? 1 : 0;
        row.failed += verdict == Verdict::Failed ? 1 : 0;
    }

public:
    TestCrashPoints()
    {
        if (isLong() && !qEnvironmentVariableIsSet("QTEST_FUNCTION_TIMEOUT"))
            qputenv("QTEST_FUNCTION_TIMEOUT", "7200000"); // hundreds of points in one function
    }

private Q_SLOTS:
    void initTestCase()
    {
#ifdef __SANITIZE_ADDRESS__
        QSKIP("its library has to be the first to be loaded");
#endif
        for (const auto &obstacle :
            { testing::MachineHost::obstacle(), testing::NodeHost::obstacle() }) {
            if (!obstacle.isEmpty())
                QSKIP(qPrintable(obstacle));
        }
        QVERIFY(initCrypto());
        if (qEnvironmentVariableIsSet("ZOS_SEED"))
            m_seed = quint32(qEnvironmentVariableIntValue("ZOS_SEED"));
        m_lab = std::make_unique<testing::CrashLab>();
        const auto trouble = m_lab->make();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        qInfo("ZOS_SEED=%u", m_seed);
        m_random.seed(m_seed);
    }
    void cleanupTestCase()
    {
        if (!m_lab)
            return;
        const auto restarts = m_lab->restarts();
        const int twice = m_lab->killedTwice();
        m_lab.reset();
        std::printf("POINTS %-24s %6s %6s %11s %7s %11s %8s\n", "", "points", "equal",
            "error+clean", "failed", "not reached", "seconds");
        for (const auto &row : std::as_const(m_table))
            std::printf("POINTS %-24s %6d %6d %11d %7d %11d %8.1f\n", qPrintable(row.what),
                row.points, row.equal, row.clean, row.failed, row.missed, row.seconds);
        if (!restarts.isEmpty())
            std::printf(
                "POINTS %d kills: start to all as wanted %.0f ms (median), %.0f ms (most)\n",
                int(restarts.size()), testing::median(restarts),
                *std::ranges::max_element(restarts));
        std::printf("POINTS %d killed again while starting\n", twice);
        std::fflush(stdout);
    }

    void points_data()
    {
        QTest::addColumn<int>("way");
        QTest::addColumn<int>("example");
        QTest::addColumn<Operation>("operation");
        for (int way = 0; way < int(std::size(kWays)); ++way) {
            for (int example = 0; example < m_examples.size(); ++example) {
                for (const auto operation :
                    { Operation::Create, Operation::Update, Operation::Delete }) {
                    if (m_examples[example].onlyUpdates && operation != Operation::Update)
                        continue;
                    const QByteArray name = QByteArray(kWays[way].name) + ' '
                        + m_examples[example].name + ' ' + nameOf(operation);
                    QTest::newRow(name.constData()) << way << example << operation;
                }
            }
        }
    }
    void points()
    {
        QFETCH(int, way);
        QFETCH(int, example);
        QFETCH(Operation, operation);
        const auto &one = m_examples[example];
        Row row { QString::fromLatin1(QTest::currentDataTag()) };
        QElapsedTimer clock;
        clock.start();
        const auto &how = kWays[way];
        const auto &reference = m_lab->reference(one, operation);
        const auto passed = QByteArray(how.name) == "read" ? reference.reads : reference.points;
        QVERIFY2(passed.size() > 5, "the library sees nothing");
        const bool machine = one.first.contains(u"vm"_s);
        QStringList failures;
        for (const auto &chance :
            chosen(row.what, casesOf(how.name, passed), machine ? how.machineSample : how.sample)) {
            const QString name
                = row.what + (chance.after ? u" after "_s : u" "_s) + chance.point.text();
            if (!m_only.match(name).hasMatch())
                continue;
            const auto outcome = tried(how.name, one, operation, chance);
            count(row, outcome.verdict);
            if (outcome.verdict == Verdict::Failed)
                failures += name + u": "_s + outcome.why;
            if (isLong())
                qInfo("%7.1f s %s: %s %s", double(clock.elapsed()) / 1000, qPrintable(name),
                    outcome.verdict == Verdict::Equal            ? "equal"
                        : outcome.verdict == Verdict::Clean      ? "clean"
                        : outcome.verdict == Verdict::NotReached ? "not reached"
                                                                 : "FAILED",
                    qPrintable(outcome.why));
        }
        row.seconds = double(clock.elapsed()) / 1000;
        m_table += row;
        QVERIFY2(failures.isEmpty(), qPrintable(failures.join(u'\n')));
    }
};
ZOS_TEST(TestCrashPoints)
#include "tst_crashpoints.moc"
