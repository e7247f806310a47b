// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/supervisorservices.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QFile>
#include <QLocalSocket>
#include <QProcess>
#include <QTemporaryDir>

#include <signal.h>

using namespace zos;
using namespace Qt::StringLiterals;

// The real program, as the user the tests run as, through the real client.
class TestSupervisor : public QObject
{
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<QProcess> m_program;
    std::unique_ptr<hw::SupervisorServices> m_services;

    QString socketPath() const { return m_folder->filePath(u"s/supervisor"_s); }
    void launch(bool stopAll = false)
    {
        m_program = std::make_unique<QProcess>();
        m_program->setProcessChannelMode(QProcess::ForwardedChannels);
        QStringList arguments { socketPath() };
        if (stopAll)
            arguments.prepend(u"--stop-all"_s);
        m_program->start(QStringLiteral(ZOS_SUPERVISOR), arguments);
        QVERIFY(m_program->waitForStarted());
        QVERIFY(QTest::qWaitFor(
            [this] { return testing::wait(m_services->list()).has_value(); }, 10000));
    }
    void killSupervisor()
    {
        m_program->kill();
        QVERIFY(m_program->waitForFinished());
    }
    static ServiceSpec sleeper(const QString &name)
    {
        ServiceSpec spec;
        spec.name = name;
        spec.command = { u"/bin/sleep"_s, u"600"_s };
        return spec;
    }
    ServiceSpec shell(const QString &name, const QString &script) const
    {
        ServiceSpec spec;
        spec.name = name;
        spec.command = { u"/bin/sh"_s, u"-c"_s, script };
        spec.logFile = m_folder->filePath(name + u".log"_s);
        return spec;
    }
    ServiceState state(const QString &name)
    {
        const auto all = testing::wait(m_services->list());
        for (const auto &one : all.value_or(QList<ServiceState>())) {
            if (one.name == name)
                return one;
        }
        return {};
    }
    static bool alive(qint64 pid)
    {
        QFile stat(u"/proc/%1/stat"_s.arg(pid));
        return stat.open(QIODevice::ReadOnly) && !stat.readAll().contains(") Z ");
    }
    QByteArray raw(const QByteArray &request)
    {
        QLocalSocket socket;
        socket.connectToServer(socketPath());
        if (!socket.waitForConnected(5000))
            return {};
        socket.write(request);
        QByteArray answer;
        while (!answer.endsWith('\n') && socket.waitForReadyRead(5000))
            answer += socket.readAll();
        return answer;
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_services = std::make_unique<hw::SupervisorServices>(socketPath());
        launch();
    }
    void cleanup()
    {
        const auto all = testing::wait(m_services->list());
        for (const auto &one : all.value_or(QList<ServiceState>()))
            QVERIFY(testing::wait(m_services->stop(one.name)));
        killSupervisor();
    }
    void startsListsAndStops()
    {
        QVERIFY(testing::wait(m_services->start(sleeper(u"a"_s))));
        const auto running = state(u"a"_s);
        QVERIFY(running.running);
        QVERIFY(alive(running.pid));
        QCOMPARE(running.starts, 1);
        QVERIFY(testing::wait(m_services->start(sleeper(u"a"_s))));
        QCOMPARE(state(u"a"_s).pid, running.pid); // equal spec: nothing changes
        QVERIFY(testing::wait(m_services->stop(u"a"_s)));
        QVERIFY(!alive(running.pid));
        QVERIFY(testing::wait(m_services->list())->isEmpty());
        QVERIFY(testing::wait(m_services->stop(u"a"_s))); // absent is success
    }
    void anotherSpecReplaces()
    {
        QVERIFY(testing::wait(m_services->start(sleeper(u"a"_s))));
        const auto before = state(u"a"_s).pid;
        auto other = sleeper(u"a"_s);
        other.command.last() = u"601"_s;
        QVERIFY(testing::wait(m_services->start(other)));
        QVERIFY(!alive(before));
        QVERIFY(state(u"a"_s).pid != before);
    }
    void servicesOutliveAKilledSupervisorAndAreAdopted()
    {
        QVERIFY(testing::wait(m_services->start(sleeper(u"a"_s))));
        QVERIFY(testing::wait(m_services->start(sleeper(u"b"_s))));
        const auto a = state(u"a"_s);
        const auto b = state(u"b"_s);
        killSupervisor();
        QVERIFY(alive(a.pid));
        const auto away = testing::wait(m_services->list());
        QVERIFY(!away);
        QCOMPARE(away.error().code, ErrorCode::Unavailable);
        ::kill(static_cast<pid_t>(b.pid), SIGKILL); // dies while nobody looks
        launch();
        QCOMPARE(state(u"a"_s).pid, a.pid);
        QVERIFY(state(u"a"_s).running);
        QVERIFY(QTest::qWaitFor(
            [this, b] { return state(u"b"_s).running && state(u"b"_s).pid != b.pid; }, 10000));
        ::kill(static_cast<pid_t>(a.pid), SIGKILL); // an adopted one is watched too
        QVERIFY(QTest::qWaitFor(
            [this, a] { return state(u"a"_s).running && state(u"a"_s).pid != a.pid; }, 10000));
    }
    void aServiceMissingFromTheStateFileIsFoundByItsMark()
    {
        QVERIFY(testing::wait(m_services->start(sleeper(u"a"_s))));
        const auto pid = state(u"a"_s).pid;
        killSupervisor();
        QFile file(socketPath() + u".state"_s);
        QVERIFY(file.open(QIODevice::ReadWrite));
        auto text = file.readAll();
        text.replace(QByteArray("\"pid\":" + QByteArray::number(pid)),
            QByteArray("\"pid\":0")); // as if killed right after fork
        file.resize(0);
        file.seek(0);
        file.write(text);
        file.close();
        launch();
        QCOMPARE(state(u"a"_s).pid, pid);
    }
    void terminateLeavesServicesRunning()
    {
        QVERIFY(testing::wait(m_services->start(sleeper(u"a"_s))));
        const auto pid = state(u"a"_s).pid;
        m_program->terminate();
        QVERIFY(m_program->waitForFinished());
        QVERIFY(alive(pid));
        launch(true);
        QCOMPARE(state(u"a"_s).pid, pid);
        m_program->terminate();
        QVERIFY(m_program->waitForFinished());
        QVERIFY(!alive(pid));
        launch();
        QVERIFY(testing::wait(m_services->list())->isEmpty());
    }
    void endedServicesComeBackWithBackOff()
    {
        QVERIFY(testing::wait(m_services->start(shell(u"a"_s, u"echo run; exit 7"_s))));
        QVERIFY(QTest::qWaitFor([this] { return state(u"a"_s).starts >= 2; }, 10000));
        QVERIFY(
            QTest::qWaitFor([this] { return state(u"a"_s).lastExit == u"exit status 7"_s; }, 5000));
        const auto logged = [this] {
            QFile log(m_folder->filePath(u"a.log"_s));
            return log.open(QIODevice::ReadOnly) && log.readAll().startsWith("run\nrun\n");
        };
        QVERIFY(QTest::qWaitFor(logged, 5000));
    }
    void aLongLogIsRotated()
    {
        QVERIFY(testing::wait(
            m_services->start(shell(u"a"_s, u"head -c 1500000 /dev/zero; exec /bin/sleep 600"_s))));
        const auto log = m_folder->filePath(u"a.log"_s);
        QVERIFY(QTest::qWaitFor([log] { return QFile(log + u".1"_s).size() == 1 << 20; }, 10000));
        QVERIFY(QTest::qWaitFor([log] { return QFile(log).size() == 0; }, 5000));
    }
    void onceIsOnce()
    {
        auto once = shell(u"a"_s, u"kill -9 $$"_s);
        once.restart = false;
        QVERIFY(testing::wait(m_services->start(once)));
        QVERIFY(QTest::qWaitFor([this] { return state(u"a"_s).lastExit == u"signal 9"_s; }, 5000));
        QCOMPARE(state(u"a"_s).starts, 1);
        QVERIFY(!state(u"a"_s).running);
    }
    void aStubbornServiceIsKilled()
    {
        QVERIFY(testing::wait(m_services->start(
            shell(u"a"_s, u"trap '' TERM; echo up; while :; do /bin/sleep 0.2; done"_s))));
        const auto pid = state(u"a"_s).pid;
        QFile log(m_folder->filePath(u"a.log"_s));
        QVERIFY(QTest::qWaitFor([&log] { return log.size() > 0; }, 5000));
        QVERIFY(testing::wait(m_services->stop(u"a"_s)));
        QVERIFY(!alive(pid));
    }
    void refusals_data()
    {
        QTest::addColumn<ServiceSpec>("spec");
        QTest::addColumn<ErrorCode>("code");
        auto spec = sleeper(u"a"_s);
        spec.name = u"A/../b"_s;
        QTest::newRow("bad name") << spec << ErrorCode::Invalid;
        spec = sleeper(u"a"_s);
        spec.command = { u"sleep"_s };
        QTest::newRow("relative program") << spec << ErrorCode::Invalid;
        spec = sleeper(u"a"_s);
        spec.command = { u"/nonexistent/program"_s };
        QTest::newRow("missing program") << spec << ErrorCode::NotFound;
        spec = sleeper(u"a"_s);
        spec.networkNamespace = u"/run/netns/none-such"_s;
        QTest::newRow("missing namespace") << spec << ErrorCode::NotFound;
        spec = sleeper(u"a"_s);
        spec.logFile = u"/nonexistent/log"_s;
        QTest::newRow("log file in no folder") << spec << ErrorCode::Io;
    }
    void refusals()
    {
        QFETCH(ServiceSpec, spec);
        QFETCH(ErrorCode, code);
        const auto started = testing::wait(m_services->start(spec));
        QVERIFY(!started);
        QCOMPARE(started.error().code, code);
        QVERIFY(testing::wait(m_services->list())->isEmpty());
    }
    void brokenRequestsAreAnswered()
    {
        QVERIFY(raw("nonsense\n").contains("\"error\":\"protocol\""));
        QVERIFY(raw("{\"op\":\"reboot\"}\n").contains("\"error\":\"protocol\""));
        QVERIFY(
            raw("{\"op\":\"start\",\"spec\":{\"name\":7}}\n").contains("\"error\":\"invalid\""));
        QCOMPARE(raw(QByteArray(600 << 10, 'x')), QByteArray()); // cut off
        QVERIFY(testing::wait(m_services->list()));
    }
    void theSocketIsPrivate()
    {
        QCOMPARE(QFile(socketPath()).permissions()
                & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther),
            QFile::Permissions());
    }
    void aSecondSupervisorRefusesToStart()
    {
        QProcess second;
        second.start(QStringLiteral(ZOS_SUPERVISOR), { socketPath() });
        QVERIFY(second.waitForFinished());
        QCOMPARE(second.exitCode(), 1);
        QVERIFY(testing::wait(m_services->list()));
    }
};
ZOS_TEST(TestSupervisor)
#include "tst_supervisor.moc"
