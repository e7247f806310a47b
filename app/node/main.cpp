// SPDX-License-Identifier: Apache-2.0
#include "app/api/routes.h"
#include "app/node/logring.h"
#include "app/node/node.h"
#include "app/node/simulation.h"
#include "core/base/logging.h"
#include "core/base/task.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QSocketNotifier>
#include <QUrl>

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

// What runs and in which order it ends: the node before the laboratory it runs in.
struct Program
{
    zos::SystemClock clock;
    std::unique_ptr<zos::app::Simulation> simulation; // only when simulated
    std::unique_ptr<zos::app::Node> node;
    bool stopping = false;
};

zos::Result<> makeNode(Program *program, zos::app::NodeConfig config)
{
    if (!QDir().mkpath(config.stateDir))
        return zos::fail(
            zos::ErrorCode::Io, QStringLiteral("cannot create %1").arg(config.stateDir));
    auto identity = zos::Identity::load(config.stateDir + QStringLiteral("/identity"), true);
    if (!identity)
        return zos::fail(identity.error());
    program->node = std::make_unique<zos::app::Node>(std::move(config), std::move(*identity));
    return {};
}

zos::Task<zos::Result<>> startAll(Program *program)
{
    if (program->simulation) {
        const auto config = co_await program->simulation->prepare(&program->clock);
        if (!config)
            co_return zos::fail(config.error());
        if (const auto made = makeNode(program, *config); !made)
            co_return made;
    }
    const auto started = co_await program->node->start();
    if (!started || !program->simulation)
        co_return started;
    const auto words = program->simulation->announce();
    if (!words)
        co_return zos::fail(words.error());
    std::fputs(qPrintable(*words), stdout);
    std::fflush(stdout);
    co_return zos::Result<>();
}

zos::Task<void> startNode(Program *program)
{
    const auto outcome = co_await startAll(program);
    if (!outcome && !program->stopping) {
        program->stopping = true;
        qCCritical(lcNode).noquote() << "the node cannot run:" << outcome.error().what;
        if (program->node)
            co_await program->node->stop();
        QCoreApplication::exit(1);
    }
}

zos::Task<void> stopNode(Program *program)
{
    if (program->node)
        co_await program->node->stop();
    QCoreApplication::exit(0);
}

// "ADDRESS:PORT", an IPv6 address in brackets.
bool readRelay(const QString &text, zos::app::SimulationWishes &wishes)
{
    const QUrl url(QStringLiteral("ws://") + text);
    wishes.relayPort = static_cast<quint16>(url.port(0));
    return wishes.relayPort != 0 && wishes.relayAddress.setAddress(url.host());
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
        QStringLiteral("Run on simulated hardware described by a JSON file; needs no root. Without "
                       "--config a whole laboratory comes with it: ledger, farm and a user."),
        QStringLiteral("file"));
    const QCommandLineOption stateOption(QStringLiteral("state"),
        QStringLiteral("With --fake: keep everything there, else it goes with the process."),
        QStringLiteral("folder"));
    const QCommandLineOption portOption(QStringLiteral("port"),
        QStringLiteral("With --fake: of the message bus on 127.0.0.1, else any that is free."),
        QStringLiteral("number"));
    const QCommandLineOption relayOption(QStringLiteral("relay"),
        QStringLiteral("With --fake: offer a relay there."), QStringLiteral("address:port"));
    parser.addOptions({ stateOption, portOption, relayOption });
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
    const bool laboratory = parser.isSet(fakeOption) && !parser.isSet(configOption);
    if (!parser.isSet(configOption) && !laboratory) {
        std::fprintf(stderr, "zosd: --config FILE or --fake FILE is needed\n%s",
            qPrintable(parser.helpText()));
        return 2;
    }

    zos::installLogFormat();
    zos::app::installLogRing();
    if (const auto crypto = zos::initCrypto(); !crypto)
        return failed(crypto.error());
    Program program;
    if (laboratory) {
        zos::app::SimulationWishes wishes;
        wishes.machine = parser.value(fakeOption);
        wishes.stateDir = parser.value(stateOption);
        bool number = true;
        if (parser.isSet(portOption))
            wishes.port = parser.value(portOption).toUShort(&number);
        if (!number)
            return failed({ zos::ErrorCode::Invalid, QStringLiteral("--port takes a number") });
        if (parser.isSet(relayOption) && !readRelay(parser.value(relayOption), wishes))
            return failed(
                { zos::ErrorCode::Invalid, QStringLiteral("--relay takes ADDRESS:PORT") });
        program.simulation = std::make_unique<zos::app::Simulation>(std::move(wishes));
    } else {
        auto config = zos::app::NodeConfig::load(parser.value(configOption));
        if (!config)
            return failed(config.error());
        if (parser.isSet(fakeOption))
            config->fakeMachine = parser.value(fakeOption);
        if (const auto made = makeNode(&program, std::move(*config)); !made)
            return failed(made.error());
    }

    QSocketNotifier signal(signalDescriptor, QSocketNotifier::Read);
    QObject::connect(&signal, &QSocketNotifier::activated, &signal, [&] {
        signalfd_siginfo info;
        while (read(signalDescriptor, &info, sizeof info) == sizeof info) { }
        if (!std::exchange(program.stopping, true))
            stopNode(&program);
    });
    QMetaObject::invokeMethod(&app, [&program] { startNode(&program); }, Qt::QueuedConnection);
    return QCoreApplication::exec();
}
