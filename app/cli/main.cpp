// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "core/base/logging.h"
#include "core/base/task.h"

#include <QCoreApplication>
#include <QTimer>

#include <csignal>

namespace {

zos::Task<void> runAndExit(zos::app::Session *session)
{
    const auto code = co_await zos::app::runCommand(session);
    QCoreApplication::exit(code);
}

} // namespace

int main(int argc, char **argv)
{
    using namespace zos::app;
    std::signal(SIGPIPE, SIG_IGN);
    QCoreApplication::setApplicationName(QStringLiteral("zos"));
    zos::choosePlainEventLoop();
    const QCoreApplication app(argc, argv);
    zos::installLogFormat();
    QLoggingCategory::setFilterRules(QStringLiteral("*.info=false\n*.debug=false"));

    const auto line
        = Invocation::parse(QCoreApplication::arguments().sliced(1), Invocation::variables());
    if (!line) {
        printError(QStringLiteral("zos: %1\nsee: zos --help").arg(line.error().what));
        return int(ExitCode::Usage);
    }
    if (line->help) {
        printText(helpText(line->command));
        return int(ExitCode::Ok);
    }
    if (line->version) {
        printText(QStringLiteral("zos " ZOS_VERSION "\n"));
        return int(ExitCode::Ok);
    }
    if (const auto ready = zos::initCrypto(); !ready) {
        printError(QStringLiteral("zos: ") + ready.error().what);
        return int(ExitCode::Unreachable);
    }
    const zos::SystemClock clock;
    Session session(*line, &clock);
    // From the running loop: a command that ends at once would call exit() before exec().
    QTimer::singleShot(0, &app, [&session] { runAndExit(&session); });
    return QCoreApplication::exec();
}
