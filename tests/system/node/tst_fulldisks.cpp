// SPDX-License-Identifier: Apache-2.0
#include "tests/support/machines/machinehost.h"
#include "tests/support/node/nodehost.h"
#include "tests/support/runner.h"
#include "tests/system/crashpoints/worldview.h"

#include <QCryptographicHash>
#include <QDir>
#include <QTest>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Takes all there is of a file system, but so many bytes.
class Filler
{
public:
    explicit Filler(const QString &folder, off_t spare = 0)
        : m_file(folder + u"/filler"_s)
    {
        if (!m_file.open(QIODevice::WriteOnly))
            qFatal("%s: %s", qPrintable(m_file.fileName()), qPrintable(m_file.errorString()));
        off_t filled = 0;
        for (off_t chunk = 1 << 30; chunk >= 1 << 12;) {
            if (::fallocate(m_file.handle(), 0, filled, chunk) == 0)
                filled += chunk;
            else
                chunk /= 2;
        }
        if (::ftruncate(m_file.handle(), filled - spare) != 0)
            qFatal("%s: %s", qPrintable(m_file.fileName()), std::strerror(errno));
    }
    ~Filler() { m_file.remove(); }
    Filler(const Filler &) = delete;
    Filler &operator=(const Filler &) = delete;

private:
    QFile m_file;
};

bool tellsOfSpace(const QString &text)
{
    return text.contains(u"space", Qt::CaseInsensitive) || text.contains(u"disk is full");
}

} // namespace

// The whole node on disks that are really full: of its pool, and where it keeps its records.
class TestFullDisks : public QObject
{
    Q_OBJECT
    static constexpr quint64 kMiB = 1 << 20;

    std::unique_ptr<NodeHost> m_host;
    std::unique_ptr<NodeProgram> m_node;
    Deployment m_order; // of one who was here before
    bool m_mounted = false;

    QString stateFolder() const { return m_node->path(u"state"_s); }
    static QString pool()
    {
        const auto pools = QDir(u"/mnt"_s).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot);
        return pools.isEmpty() ? QString() : pools.first().filePath();
    }
    QString fileOf(const QString &name) const
    {
        return pool() + u"/vdisks/"_s + workloadId(m_order.twin, m_order.contract, name);
    }
    QByteArray contentOf(const QString &name) const
    {
        QFile file(fileOf(name));
        QCryptographicHash hash(QCryptographicHash::Sha256);
        return file.open(QIODevice::ReadOnly) && hash.addData(&file) ? hash.result() : QByteArray();
    }
    WorkloadResult resultOf(ContractId contract, QStringView name) const
    {
        const auto view = m_node->view(contract);
        if (!view)
            return { 0, ResultState::Error, view.error().what, {} };
        const auto found = std::ranges::find(view->workloads, name, &app::WorkloadView::name);
        return found == view->workloads.end() ? WorkloadResult() : found->result;
    }
    bool hasEnded(ContractId contract) const
    {
        return lookOften(
            [&] {
                const auto view = m_node->view(contract);
                return view && std::ranges::none_of(view->workloads, [](const auto &workload) {
                    return workload.result.state == ResultState::Init;
                });
            },
            120s);
    }
    QStringList world() const { return takeMachine(stateFolder()); }
    // As it was, however long the last of it takes.
    QStringList changedSince(const QStringList &before) const
    {
        QStringList found;
        (void)lookOften(
            [&] {
                found = differences(before, world());
                return found.isEmpty();
            },
            20s);
        return found;
    }
    // With its network, without a disk.
    static QByteArray guestAlone()
    {
        auto machine = machineWorkload(
            1, QStringLiteral("file://" ZOS_BINARY_DIR "/guest/example.squashfs"));
        const auto mounts = machine.indexOf("\"mounts\":[");
        machine.replace(mounts, machine.indexOf(']', mounts) + 1 - mounts, "\"mounts\":[]");
        return networkWorkload(1) + ',' + machine;
    }
    static Deployment ordered(const Result<Deployment> &order)
    {
        if (!order)
            qFatal("%s", qPrintable(order.error().what));
        return *order;
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
        QFile image(m_node->path(u"state.img"_s));
        QVERIFY(image.open(QIODevice::WriteOnly) && image.resize(qint64(48 * kMiB)));
        tool(u"mkfs.ext4"_s, { u"-q"_s, u"-m0"_s, image.fileName() });
        QVERIFY(QDir().mkpath(stateFolder()));
        m_mounted = tool(u"mount"_s, { u"-oloop"_s, image.fileName(), stateFolder() }).isEmpty();
        QVERIFY(m_mounted);
        const auto trouble = m_host->begin(m_node.get());
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        m_order = ordered(m_node->order(diskWorkload("mine", 64 * kMiB)));
        QVERIFY(m_node->call(u"zos.deployment.deploy"_s, m_order.toJson()));
        QCOMPARE(m_node->wait(m_order.contract), QString());
        QFile disk(fileOf(u"mine"_s));
        QVERIFY(disk.open(QIODevice::ReadWrite) && disk.write("somebody's") > 0);
        const auto guest = m_node->deploy(guestAlone()); // leaves an image in the cache
        QVERIFY2(guest, guest ? "" : qPrintable(guest.error().what));
        QCOMPARE(m_node->wait(*guest), QString());
        QCOMPARE(m_node->cancel(*guest), QString());
    }
    void cleanupTestCase()
    {
        if (m_node && m_node->isRunning())
            QCOMPARE(m_node->stop(), QString());
        if (m_mounted)
            tool(u"umount"_s, { stateFolder() });
        m_host.reset();
        m_node.reset();
    }

    void aFullPool()
    {
        const auto content = contentOf(u"mine"_s);
        auto filler = std::make_unique<Filler>(pool());
        const auto before = world();

        // A disk there is no room for: its error says so, and nothing of it stays.
        const auto large = m_node->deploy(diskWorkload("large", 512 * kMiB));
        QVERIFY2(large, large ? "" : qPrintable(large.error().what));
        QVERIFY(hasEnded(*large));
        QCOMPARE(resultOf(*large, u"large").state, ResultState::Error);
        QVERIFY2(tellsOfSpace(resultOf(*large, u"large").message),
            qPrintable(resultOf(*large, u"large").message));
        QCOMPARE(changedSince(before).join(u"\n"_s), QString());
        // A machine starts, as long as its root takes nothing, and goes without a trace.
        const auto guest = m_node->deploy(guestAlone());
        QVERIFY2(guest, guest ? "" : qPrintable(guest.error().what));
        QCOMPARE(m_node->wait(*guest), QString());
        QCOMPARE(m_node->cancel(*guest), QString());
        QCOMPARE(changedSince(before).join(u"\n"_s), QString());

        // One that is to grow stays as it is, and its owner can write all of it.
        QCOMPARE(
            m_node->update(&m_order, diskWorkload("mine", 128 * kMiB), { u"mine"_s }), QString());
        QVERIFY(
            lookOften([&] { return !resultOf(m_order.contract, u"mine").message.isEmpty(); }, 60s));
        const auto mine = resultOf(m_order.contract, u"mine");
        QCOMPARE(mine.state, ResultState::Ok);
        QVERIFY2(tellsOfSpace(mine.message), qPrintable(mine.message));
        QCOMPARE(contentOf(u"mine"_s), content);
        QCOMPARE(changedSince(before).join(u"\n"_s), QString());
        QFile disk(fileOf(u"mine"_s));
        QVERIFY(disk.open(QIODevice::ReadWrite));
        const QByteArray block(qsizetype(kMiB), 'z');
        for (int i = 0; i < 64; ++i)
            QCOMPARE(disk.write(block), block.size());
        QVERIFY(disk.flush() && ::fsync(disk.handle()) == 0);

        // Others go, and with them what they had.
        QCOMPARE(m_node->cancel(*large), QString());
        filler.reset();
        const auto now = m_node->deploy(diskWorkload("now", 512 * kMiB));
        QVERIFY2(now, now ? "" : qPrintable(now.error().what));
        QCOMPARE(m_node->wait(*now), QString());
        QCOMPARE(m_node->cancel(*now), QString());
        QCOMPARE(
            m_node->update(&m_order, diskWorkload("mine", 128 * kMiB), { u"mine"_s }), QString());
        QVERIFY(lookOften([&] { return QFileInfo(fileOf(u"mine"_s)).size() == 128 * kMiB; }, 60s));
    }

    // Where it keeps its records: what it cannot keep it does not promise.
    void aFullStateFolder()
    {
        QList<ContractId> promised;
        QList<ContractId> refused;
        auto filler = std::make_unique<Filler>(stateFolder(), 512 << 10);
        for (int i = 0; refused.size() < 3; ++i) {
            QVERIFY(i < 200);
            const auto name = QByteArray("full" + QByteArray::number(i));
            const auto order = ordered(m_node->order(diskWorkload(name, kMiB)));
            const auto answer = m_node->call(u"zos.deployment.deploy"_s, order.toJson());
            QVERIFY(m_node->isRunning());
            (answer ? promised : refused) += order.contract;
            QVERIFY2(answer || tellsOfSpace(answer.error().what),
                qPrintable(answer ? QString() : answer.error().what));
        }
        QVERIFY(!promised.isEmpty());
        filler.reset();
        QVERIFY2(
            lookOften([&] { return bool(m_node->view(m_order.contract)); }, 60s), // serves again
            qPrintable(m_node->log()));
        ::kill(pid_t(m_node->pid()), SIGKILL);
        QVERIFY(m_node->waitKilled());
        QCOMPARE(m_node->start(), QString());
        QCOMPARE(resultOf(m_order.contract, u"mine").state, ResultState::Ok);
        for (const auto &contract : std::as_const(promised))
            QCOMPARE(m_node->wait(contract), QString());
        for (const auto &contract : std::as_const(refused))
            QVERIFY(!m_node->view(contract));
        const auto now = m_node->deploy(diskWorkload("later", kMiB));
        QVERIFY2(now, now ? "" : qPrintable(now.error().what));
        QCOMPARE(m_node->wait(*now), QString());
    }
};

ZOS_TEST(TestFullDisks)

#include "tst_fulldisks.moc"
