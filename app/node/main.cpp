// SPDX-License-Identifier: Apache-2.0
#include "app/api/routes.h"
#include "app/node/logring.h"
#include "app/node/node.h"
#include "core/base/logging.h"
#include "core/base/task.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QSocketNotifier>

#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace {

// SIGTERM and SIGINT as events of the loop instead of code in a signal handler.
int openSignals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

zos::Task<void> startNode(zos::app::Node *node)
{
    const auto outcome = co_await node->start();
    if (!outcome) {
        qCCritical(lcNode).noquote() << "the node cannot run:" << outcome.error().what;
        co_await node->stop();
        QCoreApplication::exit(1);
    }
}

zos::Task<void> stopNode(zos::app::Node *node)
{
    co_await node->stop();
    QCoreApplication::exit(0);
}

int failed(const zos::Error &error)
{
    std::fprintf(stderr, "zosd: %s\n", qPrintable(error.what));
    return 2;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication::setApplicationName(QStringLiteral("zosd"));
    QCoreApplication::setApplicationVersion(QStringLiteral(ZOS_VERSION));
    umask(022);
    const int signalDescriptor = openSignals();
    zos::choosePlainEventLoop();
    QCoreApplication app(argc, argv);

    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("The node: joins a farm and serves the workloads of its users."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption configOption(QStringLiteral("config"),
        QStringLiteral("Configuration file (JSON)."), QStringLiteral("file"));
    const QCommandLineOption fakeOption(QStringLiteral("fake"),
        QStringLiteral("Run on simulated hardware described by a JSON file; needs no root."),
        QStringLiteral("file"));
    const QCommandLineOption apiOption(QStringLiteral("print-api"),
        QStringLiteral("Print every command of the node, who may call it and what it takes and "
                       "answers (JSON), and exit."));
    parser.addOption(apiOption);
    parser.addOption(configOption);
    parser.addOption(fakeOption);
    parser.process(app);
    if (parser.isSet(apiOption)) {
        std::fputs(zos::app::apiSnapshot().constData(), stdout);
        return 0;
    }
    if (!parser.isSet(configOption)) {
        std::fprintf(stderr, "zosd: --config FILE is needed\n%s", qPrintable(parser.helpText()));
        return 2;
    }

    zos::installLogFormat();
    zos::app::installLogRing();
    auto config = zos::app::NodeConfig::load(parser.value(configOption));
    if (!config)
        return failed(config.error());
    if (parser.isSet(fakeOption))
        config->fakeMachine = parser.value(fakeOption);
    if (const auto crypto = zos::initCrypto(); !crypto)
        return failed(crypto.error());
    if (!QDir().mkpath(config->stateDir))
        return failed(
            { zos::ErrorCode::Io, QStringLiteral("cannot create %1").arg(config->stateDir) });
    auto identity = zos::Identity::load(config->stateDir + QStringLiteral("/identity"), true);
    if (!identity)
        return failed(identity.error());

    zos::app::Node node(std::move(*config), std::move(*identity));
    QSocketNotifier signal(signalDescriptor, QSocketNotifier::Read);
    bool stopping = false;
    QObject::connect(&signal, &QSocketNotifier::activated, &node, [&] {
        signalfd_siginfo info;
        while (read(signalDescriptor, &info, sizeof info) == sizeof info) { }
        if (!std::exchange(stopping, true))
            stopNode(&node);
    });
    QMetaObject::invokeMethod(&node, [&node] { startNode(&node); }, Qt::QueuedConnection);
    return QCoreApplication::exec();
}
