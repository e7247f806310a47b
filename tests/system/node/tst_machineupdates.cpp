// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"
#include "core/plan/networkplan.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/node/nodehost.h"
#include "tests/support/runner.h"

#include <QRegularExpression>
#include <QTest>

#include <memory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int kNumber = 1; // of its network
constexpr auto kPatience = 120s; // for a guest, emulated on a busy machine
constexpr quint64 kMiB = 1 << 20;

// What the machine is to be; one after another is changed.
struct Wanted
{
    QByteArray entrypoint = "/report.sh first";
    QByteArray word = "one";
    int cpu = 1;
    quint64 memory = 256 * kMiB;
    quint64 root = 512 * kMiB;
    quint64 disk = 64 * kMiB;
    quint64 another = 0; // size of a second one, when there is one
    bool mounted = true; // it too

    QByteArray workloads() const
    {
        auto machine = machineWorkload(
            kNumber, QStringLiteral("file://" ZOS_BINARY_DIR "/guest/example.squashfs"));
        const auto set
            = [&machine](const QByteArray &name, const QByteArray &from, const QByteArray &to) {
                  const QByteArray before = '"' + name + "\":" + from;
                  const QByteArray after = '"' + name + "\":" + to;
                  machine.replace(before, after);
              };
        const QByteArray command = '"' + entrypoint + '"';
        const QByteArray variables = "{\"WORD\":\"" + word + "\"}";
        set("entrypoint", "\"/entrypoint.sh\"", command);
        set("env", "{\"GREETING\":\"hello\"}", variables);
        set("cpu", "1", QByteArray::number(cpu));
        set("memory", "268435456", QByteArray::number(memory));
        set("size", "536870912", QByteArray::number(root));
        if (another > 0 && mounted)
            machine.replace(
                "\"mounts\":[", "\"mounts\":[{\"name\":\"more\",\"mountpoint\":\"/more\"},");
        QByteArrayList all { networkWorkload(kNumber), diskWorkload("data", disk), machine };
        if (another > 0)
            all += diskWorkload("more", another);
        return all.join(',');
    }
};

// A line of /report.sh in the example image: what the guest sees of itself.
struct Report
{
    int boot = 0;
    int tick = 0;
    QString told;
    int cpus = 0;
    int memory = 0; // KiB
    qint64 sectors = 0; // of its disk
    QString kept; // what is written there
    QString mounts; // of all its disks
    bool room = false; // its root takes more than it did at first

    // Of the last whole line of a console.
    static std::optional<Report> last(const QString &console)
    {
        static const QRegularExpression line(
            u"report boot=(\\d+) tick=(\\d+) (entrypoint=.* word=\\S*) cpus=(\\d+) "
            "memory=(\\d+) sectors=(\\d+) kept=(\\S*) mounts=(\\S*) room=(yes|no)\\r?\\n"_s);
        std::optional<Report> found;
        for (auto all = line.globalMatch(console); all.hasNext();) {
            const auto one = all.next();
            found = { one.captured(1).toInt(), one.captured(2).toInt(), one.captured(3),
                one.captured(4).toInt(), one.captured(5).toInt(), one.captured(6).toLongLong(),
                one.captured(7), one.captured(8), one.captured(9) == u"yes" };
        }
        return found;
    }
};

} // namespace

// A machine of the real node, changed by its user while it runs, as its guest sees it.
class TestMachineUpdates : public QObject
{
    Q_OBJECT

    std::unique_ptr<NodeHost> m_host;
    std::unique_ptr<NodeProgram> m_node;
    Deployment m_order;
    Wanted m_wanted;
    bool m_broken = false;

    QString id() const { return workloadId(m_order.twin, m_order.contract, u"vm"_s); }
    // Of libvirt; another one after every start by the node, the same when the guest reboots.
    QByteArray domain() const { return tool(u"virsh"_s, { u"domid"_s, id() }); }
    QString console() const
    {
        const auto answer = m_node->call(u"zos.deployment.logs"_s,
            "{\"contract_id\":" + m_order.contract.text().toLatin1() + ",\"workload\":\"vm\"}");
        const auto json = answer ? Json::parse(*answer) : Result<Json>();
        const auto *text = json ? json->find(u"text") : nullptr;
        return text ? text->string() : QString();
    }
    Report report() const { return Report::last(console()).value_or(Report()); }
    // What it says when it is so; what it said last when it never is.
    Report reportWhen(const std::function<bool(const Report &)> &holds) const
    {
        Report seen;
        (void)lookOften(
            [&] {
                seen = report();
                return holds(seen);
            },
            kPatience);
        return seen;
    }
    Report nextReport() const
    {
        const auto now = report();
        return reportWhen(
            [&now](const Report &later) { return later.boot > now.boot || later.tick > now.tick; });
    }
    WorkloadResult resultOf(QStringView name) const
    {
        const auto view = m_node->view(m_order.contract);
        if (!view)
            return { 0, ResultState::Error, view.error().what, {} };
        const auto found = std::ranges::find(view->workloads, name, &app::WorkloadView::name);
        return found == view->workloads.end() ? WorkloadResult() : found->result;
    }
    // In force, by what the node tells everybody who waits for it.
    bool isAt(QStringView name, quint32 version) const
    {
        const auto answer = m_node->call(u"zos.deployment.get"_s,
            "{\"contract_id\":" + m_order.contract.text().toLatin1() + '}');
        const auto deployment = answer ? Deployment::fromJson(*answer) : Result<Deployment>();
        const auto *workload = deployment ? deployment->find(name) : nullptr;
        return workload && workload->version == version;
    }
    // The change is accepted and in force.
    QString changed(const QStringList &names)
    {
        if (const auto refusal = m_node->update(&m_order, m_wanted.workloads(), names);
            !refusal.isEmpty())
            return refusal;
        for (const auto &name : names) {
            if (!lookOften([&] { return isAt(name, m_order.version); }, kPatience))
                return name + u" does not change: "_s + resultOf(name).message + m_node->log();
            if (resultOf(name).state != ResultState::Ok)
                return name + u" is "_s + stateName(resultOf(name).state) + u": "_s
                    + resultOf(name).message;
        }
        return {};
    }
    // Whatever it is asked by a neighbour of its network.
    void ask(const QString &path) const
    {
        const auto space = networkNames(networkId(m_order.twin, u"net1")).nameSpace;
        (void)tool(u"ip"_s,
            { u"netns"_s, u"exec"_s, space, u"curl"_s, u"--silent"_s, u"--fail"_s, u"--max-time"_s,
                u"20"_s, u"http://10.21.2.2"_s + path });
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = MachineHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        if (const auto obstacle = NodeHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_host = std::make_unique<NodeHost>();
        m_node = std::make_unique<NodeProgram>();
        const auto trouble = m_host->begin(m_node.get());
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        const auto order = m_node->order(m_wanted.workloads());
        QVERIFY(order);
        m_order = *order;
        const auto taken = m_node->call(u"zos.deployment.deploy"_s, m_order.toJson());
        QVERIFY2(taken, taken ? "" : qPrintable(taken.error().what));
        QCOMPARE(m_node->wait(m_order.contract), QString());
        const auto seen = reportWhen([](const Report &now) { return now.tick > 0; });
        QVERIFY2(seen.tick > 0, qPrintable(console()));
        QCOMPARE(seen.boot, 1);
        QCOMPARE(seen.told, u"entrypoint=first word=one"_s);
        QCOMPARE(seen.cpus, 1);
        QCOMPARE(seen.sectors, 64 << 11);
        QCOMPARE(seen.kept, u"boot-1"_s);
        QVERIFY(!seen.room);
    }
    void init()
    {
        if (m_broken)
            QSKIP("an earlier step failed");
    }
    void cleanup() { m_broken = m_broken || QTest::currentTestFailed(); }
    void cleanupTestCase()
    {
        if (m_node && m_node->isRunning()) {
            const auto left = m_node->cancel(m_order.contract);
            QVERIFY2(left.isEmpty() || m_broken, qPrintable(left));
            QVERIFY(m_node->stop().isEmpty());
        }
        m_node.reset();
        m_host.reset();
    }

    void anotherEntrypointComesWithTheNextStart()
    {
        const auto running = domain();
        m_wanted.entrypoint = "/report.sh second";
        m_wanted.word = "two";
        const auto trouble = changed({ u"vm"_s });
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        const auto still = nextReport();
        QCOMPARE(still.boot, 1);
        QCOMPARE(still.told, u"entrypoint=first word=one"_s);
        QCOMPARE(domain(), running);

        ask(u"/cgi-bin/do?reboot"_s);
        const auto anew = reportWhen(
            [](const Report &now) { return now.told == u"entrypoint=second word=two"; });
        QCOMPARE(anew.told, u"entrypoint=second word=two"_s);
        QCOMPARE(anew.kept, u"boot-1"_s);
        QCOMPARE(resultOf(u"vm").state, ResultState::Ok);
    }
    void anotherSizeStartsItOnce()
    {
        const auto before = report();
        const auto running = domain();
        m_wanted.cpu = 2;
        m_wanted.memory = 320 * kMiB;
        const auto trouble = changed({ u"vm"_s });
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        const auto larger = reportWhen([](const Report &now) { return now.cpus == 2; });
        QCOMPARE(larger.cpus, 2);
        QVERIFY2(larger.memory - before.memory > 48 << 10, qPrintable(console()));
        QCOMPARE(larger.boot, before.boot + 1);
        QCOMPARE(larger.told, before.told);
        QCOMPARE(larger.kept, u"boot-1"_s);
        QVERIFY(domain() != running);
    }
    void itsDiskAndItsRootGrowUnderIt()
    {
        const auto before = report();
        const auto running = domain();
        QVERIFY(!before.room);
        m_wanted.disk = 96 * kMiB;
        m_wanted.root = 768 * kMiB;
        const auto trouble = changed({ u"vm"_s, u"data"_s });
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        const auto larger
            = reportWhen([](const Report &now) { return now.sectors == 96 << 11 && now.room; });
        QCOMPARE(larger.sectors, 96 << 11);
        QVERIFY(larger.room);
        QCOMPARE(larger.kept, u"boot-1"_s);
        QCOMPARE(larger.boot, before.boot);
        QVERIFY(larger.tick > before.tick);
        QCOMPARE(domain(), running);
    }
    void disksComeAndGo()
    {
        const auto before = report();
        QCOMPARE(before.mounts, u"/data;"_s);
        m_wanted.another = 32 * kMiB;
        auto trouble = changed({ u"vm"_s, u"more"_s });
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        const auto two
            = reportWhen([&before](const Report &now) { return now.boot == before.boot + 1; });
        QCOMPARE(two.boot, before.boot + 1);
        QVERIFY2(two.mounts.contains(u"/data;") && two.mounts.contains(u"/more;"),
            qPrintable(two.mounts));
        QCOMPARE(two.sectors, before.sectors);
        QCOMPARE(two.kept, u"boot-1"_s);

        m_wanted.mounted = false;
        trouble = changed({ u"vm"_s });
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        const auto one = reportWhen([&two](const Report &now) { return now.boot == two.boot + 1; });
        QCOMPARE(one.boot, two.boot + 1);
        QCOMPARE(one.mounts, u"/data;"_s);
        QCOMPARE(one.kept, u"boot-1"_s);
        m_wanted.another = 0;
        QCOMPARE(m_node->update(&m_order, m_wanted.workloads(), {}), QString());
        QCOMPARE(nextReport().boot, one.boot);
    }
    // Nearly everything is known as soon as it is asked for; the rest when its turn comes.
    void whatIsImpossibleLeavesItAsItIs()
    {
        const auto before = report();
        const auto running = domain();
        const auto possible = m_wanted;
        m_wanted.root = 2048 * kMiB; // the least for that much
        m_wanted.cpu = 200;
        const auto tooMany = changed({ u"vm"_s });
        QVERIFY2(tooMany.startsWith(u"invalid cpu"), qPrintable(tooMany));
        m_wanted.cpu = possible.cpu;
        m_wanted.memory = quint64(1) << 50;
        const auto tooMuch = changed({ u"vm"_s });
        QVERIFY2(tooMuch.contains(u"memory"), qPrintable(tooMuch));
        m_wanted = possible;
        m_wanted.disk = quint64(1) << 40;
        const auto tooLarge = changed({ u"data"_s });
        QVERIFY2(tooLarge.contains(u"not enough space"), qPrintable(tooLarge));
        m_wanted.disk = possible.disk / 2;
        QCOMPARE(m_node->update(&m_order, m_wanted.workloads(), { u"data"_s }), QString());
        QVERIFY2(lookOften([this] { return !resultOf(u"data").message.isEmpty(); }, kPatience),
            qPrintable(m_node->log()));
        QCOMPARE(resultOf(u"data").message, u"not safe to shrink a disk"_s);
        QCOMPARE(resultOf(u"data").state, ResultState::Ok);
        QCOMPARE(resultOf(u"vm").state, ResultState::Ok);
        const auto after = nextReport();
        QCOMPARE(after.boot, before.boot);
        QCOMPARE(after.cpus, before.cpus);
        QCOMPARE(after.sectors, before.sectors);
        QCOMPARE(domain(), running);
        // And its owner is not stuck with it.
        m_wanted = possible;
        const auto trouble = changed({ u"data"_s });
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        QCOMPARE(resultOf(u"data").message, QString());
        QCOMPARE(nextReport().boot, before.boot);
        QCOMPARE(domain(), running);
    }
    void standsStillWhileItIsNotPaidFor()
    {
        const auto running = domain();
        QCOMPARE(m_node->setGrace(m_order.contract, true), QString());
        QVERIFY(
            lookOften([this] { return resultOf(u"vm").state == ResultState::Paused; }, kPatience));
        QCOMPARE(tool(u"virsh"_s, { u"domstate"_s, id() }), "paused");
        const auto frozen = report();
        // Meanwhile another one is served: that takes much longer than a line of a guest that runs.
        const auto other = m_node->deploy(networkWorkload(2) + ',' + diskWorkload("other", kMiB));
        QVERIFY2(other, other ? "" : qPrintable(other.error().what));
        QCOMPARE(m_node->wait(*other), QString());
        QCOMPARE(m_node->cancel(*other), QString());
        QCOMPARE(report().tick, frozen.tick);

        QCOMPARE(m_node->setGrace(m_order.contract, false), QString());
        QVERIFY(lookOften([this] { return resultOf(u"vm").state == ResultState::Ok; }, kPatience));
        const auto on = nextReport();
        QVERIFY(on.tick > frozen.tick);
        QCOMPARE(on.boot, frozen.boot);
        QCOMPARE(on.kept, u"boot-1"_s);
        QCOMPARE(domain(), running);
        // No line was left out or said twice.
        const auto said = console();
        for (int tick = frozen.tick; tick <= on.tick; ++tick)
            QCOMPARE(said.count(u"boot=%1 tick=%2 "_s.arg(on.boot).arg(tick)), 1);
    }
};

ZOS_TEST(TestMachineUpdates)

#include "tst_machineupdates.moc"
