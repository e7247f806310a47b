// SPDX-License-Identifier: Apache-2.0
// zos-supervisor: keeps the programs that carry tenants' traffic running, apart from the node.
#include "app/supervisor/supervisor.h"
#include "app/supervisor/supervisorsocket.h"
#include "core/base/logging.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

// Held until the process ends: two supervisors of one socket would fight over its services.
bool lockOnce(const QString &path)
{
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
}

int endSignals()
{
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

} // namespace

int main(int argc, char **argv)
{
    using zos::app::Supervisor;
    const int signalFd = endSignals(); // before any thread exists
    ::umask(077);
    ::signal(SIGPIPE, SIG_IGN);
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("zos-supervisor"));
    QCoreApplication::setApplicationVersion(QStringLiteral(ZOS_VERSION));
    zos::installLogFormat();

    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Keeps services of a node running while the node itself comes and goes."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption stopAll(QStringLiteral("stop-all"),
        QStringLiteral("On SIGTERM stop all services; without it they go on running."));
    parser.addOption(stopAll);
    parser.addPositionalArgument(QStringLiteral("socket"),
        QStringLiteral("Unix socket to listen on; state is kept beside it."));
    parser.process(app);
    const auto arguments = parser.positionalArguments();
    if (arguments.size() != 1)
        parser.showHelp(2);
    const auto socketPath = QFileInfo(arguments.first()).absoluteFilePath();
    QDir().mkpath(QFileInfo(socketPath).absolutePath());
    if (!lockOnce(socketPath + QStringLiteral(".lock"))) {
        qCCritical(lcServices).noquote() << "another supervisor serves" << socketPath;
        return 1;
    }

    Supervisor supervisor(socketPath + QStringLiteral(".state"));
    supervisor.restore();
    zos::app::SupervisorSocket socket(&supervisor);
    if (const auto listening = socket.listen(socketPath); !listening) {
        qCCritical(lcServices).noquote() << listening.error().what;
        return 1;
    }
    const bool withServices = parser.isSet(stopAll);
    QSocketNotifier end(signalFd, QSocketNotifier::Read);
    QObject::connect(&end, &QSocketNotifier::activated, &app, [&] {
        end.setEnabled(false);
        if (withServices)
            supervisor.stopAll([](const zos::Result<> &) { QCoreApplication::quit(); });
        else
            QCoreApplication::quit();
    });
    return QCoreApplication::exec();
}
