// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/systemcommandrunner.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTimer>

#include <signal.h>
#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestSystemCommandRunner : public QObject
{
    Q_OBJECT
    hw::SystemCommandRunner m_runner { { { u"sh"_s, u"/bin/sh"_s },
        { u"gone"_s, u"/nonexistent/gone"_s } } };

    static hw::Command script(const QString &text)
    {
        hw::Command command;
        command.program = u"sh"_s;
        command.arguments = { u"-c"_s, text };
        return command;
    }
    Result<hw::CommandOutput> run(hw::Command command)
    {
        return testing::wait(m_runner.run(std::move(command)));
    }

private Q_SLOTS:
    void givesInputAndCollectsBothOutputs()
    {
        auto command = script(u"cat; echo trouble >&2; exit 3"_s);
        command.input = "hello";
        const auto output = run(command);
        QVERIFY(output);
        QCOMPARE(output->exitCode, 3);
        QCOMPARE(output->out, "hello");
        QCOMPARE(output->err, "trouble\n");
    }
    void inputIsClosedWhenNoneIsGiven() { QCOMPARE(run(script(u"cat; echo end"_s))->out, "end\n"); }
    void inputThatIsNotTakenIsNoSuccess()
    {
        auto command = script(u"exit 0"_s);
        command.input = QByteArray(1 << 20, 'x'); // more than a pipe holds
        const auto output = run(command);
        QVERIFY(!output);
        QCOMPARE(output.error().code, ErrorCode::Io);
        QVERIFY2(output.error().what.contains(u"input"), qPrintable(output.error().what));
        command.arguments.last() = u"exit 4"_s;
        QCOMPARE(run(command)->exitCode, 4);
    }
    void environmentIsEmpty()
    {
        qputenv("ZOS_SECRET", "x");
        const auto output = run(script(u"/usr/bin/env"_s));
        QVERIFY(output);
        QVERIFY(output->out.contains("LC_ALL=C\n"));
        QVERIFY(!output->out.contains("ZOS_SECRET"));
        QVERIFY(!output->out.contains("HOME="));
    }
    void noDescriptorIsInherited()
    {
        QFile open(u"/dev/null"_s);
        QVERIFY(open.open(QIODevice::ReadOnly | QIODevice::ExistingOnly));
        const int leaked = ::dup(open.handle()); // without close-on-exec
        const auto output = run(script(u"ls /proc/self/fd | sort -n | tail -1"_s));
        ::close(leaked);
        QVERIFY(output);
        QVERIFY2(output->out.trimmed().toInt() <= 4, output->out.constData());
    }
    void refusesProgramsOffTheList()
    {
        hw::Command command;
        command.program = u"/bin/sh"_s;
        QCOMPARE(run(command).error().code, ErrorCode::Denied);
    }
    void aMissingProgramIsNotFound()
    {
        hw::Command command;
        command.program = u"gone"_s;
        const auto output = run(command);
        QVERIFY(!output);
        QCOMPARE(output.error().code, ErrorCode::NotFound);
        QVERIFY(output.error().what.contains(u"/nonexistent/gone"));
    }
    void deadlineKillsTheWholeGroup()
    {
        QTemporaryDir folder;
        const auto pidFile = folder.filePath(u"pid"_s);
        auto command = script(u"sleep 300 & echo $! > %1; wait"_s.arg(pidFile));
        command.deadline = 500ms;
        const auto output = run(command);
        QVERIFY(!output);
        QCOMPARE(output.error().code, ErrorCode::Timeout);
        QVERIFY(output.error().what.contains(u"sh did not finish within 0.5 s"));
        QFile file(pidFile);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto pid = static_cast<pid_t>(file.readAll().trimmed().toInt());
        QVERIFY(pid > 1);
        const auto gone = [pid] {
            QFile stat(u"/proc/%1/stat"_s.arg(pid));
            return !stat.open(QIODevice::ReadOnly) || stat.readAll().contains(") Z ");
        };
        QVERIFY(QTest::qWaitFor(gone, 5000));
    }
    void cancelKills()
    {
        auto command = script(u"sleep 300"_s);
        QTimer::singleShot(20, this, [token = command.cancel] { token.cancel(); });
        QCOMPARE(run(command).error().code, ErrorCode::Cancelled);
        QCOMPARE(run(command).error().code, ErrorCode::Cancelled); // already cancelled: not started
    }
    void endlessOutputIsCut()
    {
        const auto output
            = run(script(u"while :; do echo 0123456789012345678901234567890123456789; done"_s));
        QVERIFY(!output);
        QCOMPARE(output.error().code, ErrorCode::Limit);
    }
    void signalIsAnError()
    {
        const auto output = run(script(u"kill -9 $$"_s));
        QVERIFY(!output);
        QCOMPARE(output.error().code, ErrorCode::Io);
        QVERIFY(output.error().what.contains(u"signal 9"));
    }
    void aMissingNamespaceIsNotFound()
    {
        auto command = script(u"true"_s);
        command.networkNamespace = u"/run/netns/none-such"_s;
        QCOMPARE(run(command).error().code, ErrorCode::NotFound);
    }
    void aFileThatIsNoNamespaceIsSaid()
    {
        auto command = script(u"true"_s);
        command.networkNamespace = u"/dev/null"_s;
        const auto output = run(command);
        QVERIFY(!output);
        QVERIFY2(
            output.error().what.contains(u"network namespace"), qPrintable(output.error().what));
    }
    void runOkTurnsRefusalIntoTheLastLine()
    {
        const auto output = testing::wait(hw::runOk(
            &m_runner, script(u"echo first >&2; echo ' why not ' >&2; echo >&2; exit 1"_s)));
        QVERIFY(!output);
        QCOMPARE(output.error().code, ErrorCode::Io);
        QCOMPARE(output.error().what, u"sh: why not"_s);
    }
    void everyAllowedProgramHasAnAbsolutePath()
    {
        const auto programs = hw::allowedPrograms();
        QVERIFY(programs.size() > 10);
        for (const auto &path : programs)
            QVERIFY2(QDir::isAbsolutePath(path), qPrintable(path));
    }
};
ZOS_TEST(TestSystemCommandRunner)
#include "tst_systemcommandrunner.moc"
