// SPDX-License-Identifier: Apache-2.0
#include "app/console/sandbox.h"
#include "app/console/textscreen.h"
#include "core/base/logging.h"
#include "qml/feed/feedreader.h"
#include "qml/view/consoleview.h"

#include <QCommandLineParser>
#include <QFile>
#include <QGuiApplication>
#include <QJsonDocument>

#include <cstdio>
#include <optional>

namespace {
using namespace zos;
using namespace Qt::StringLiterals;

struct Options
{
    QString socket, document, page, language, screenshot;
    QSize size;
    bool text = false;
    std::optional<qint64> time;
};

QSize parsedSize(const QString &text)
{
    const QStringList parts = text.split(u'x');
    if (parts.size() != 2)
        return {};
    const QSize size(parts[0].toInt(), parts[1].toInt());
    return size.width() >= 320 && size.height() >= 240 && size.width() <= 7680
            && size.height() <= 4320
        ? size
        : QSize();
}

Result<Options> parsed(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"Shows the status of a node. It listens to the node's status socket and can change nothing."_s);
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOptions({
        { u"socket"_s, u"Status socket of the node."_s, u"path"_s, u"/run/zos/console.sock"_s },
        { u"document"_s, u"Shows a status document from a file instead."_s, u"file"_s },
        { u"page"_s, u"Stays on one page: overview, network, storage, workloads or events."_s,
            u"name"_s },
        { u"size"_s, u"Size of the window; default: the whole screen."_s, u"WxH"_s },
        { u"language"_s, u"Language instead of the one the node asks for."_s, u"code"_s },
        { u"screenshot"_s, u"Renders one picture off screen, saves it and ends."_s, u"file.png"_s },
        { u"text"_s, u"Prints plain text instead, for serial lines."_s },
        { u"time"_s, u"Stops the clock at this Unix time in milliseconds."_s, u"ms"_s },
    });
    parser.process(arguments);
    Options options { parser.value(u"socket"_s), parser.value(u"document"_s),
        parser.value(u"page"_s), parser.value(u"language"_s), parser.value(u"screenshot"_s), {},
        parser.isSet(u"text"_s), std::nullopt };
    if (parser.isSet(u"size"_s)) {
        options.size = parsedSize(parser.value(u"size"_s));
        if (options.size.isEmpty())
            return fail(ErrorCode::Invalid, u"--size is WIDTHxHEIGHT from 320x240 to 7680x4320"_s);
    }
    static const QStringList pages { u"overview"_s, u"network"_s, u"storage"_s, u"workloads"_s,
        u"events"_s };
    if (!options.page.isEmpty() && !pages.contains(options.page))
        return fail(ErrorCode::Invalid, u"--page is one of "_s + pages.join(u", "_s));
    if (parser.isSet(u"time"_s)) {
        bool isNumber = false;
        options.time = parser.value(u"time"_s).toLongLong(&isNumber);
        if (!isNumber)
            return fail(ErrorCode::Invalid, u"--time is a number of milliseconds"_s);
    }
    return options;
}

// A status document, or a test case that has one as its member "document".
Result<QJsonObject> documentOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, path + u": "_s + file.errorString());
    const QByteArray text = file.read(4 * console::FeedCodec::maxLine);
    QJsonObject object = QJsonDocument::fromJson(text).object();
    if (object["document"_L1].isObject())
        object = object["document"_L1].toObject();
    const auto message
        = console::FeedCodec::parse(QJsonDocument(object).toJson(QJsonDocument::Compact));
    if (message.kind != console::FeedCodec::Kind::Status)
        return fail(ErrorCode::Invalid,
            path + u": "_s
                + (message.detail.isEmpty() ? u"not a status document"_s : message.detail));
    return message.document;
}

int failed(const Error &error)
{
    std::fprintf(stderr, "zos-console: %s\n", qPrintable(error.what));
    return 2;
}

void listen(console::FeedReader &reader, console::ConsoleState &state)
{
    QObject::connect(&reader, &console::FeedReader::status, &state, &console::ConsoleState::apply);
    QObject::connect(&reader, &console::FeedReader::beat, &state, &console::ConsoleState::beat);
    QObject::connect(
        &reader, &console::FeedReader::unreadable, &state, &console::ConsoleState::unreadable);
    reader.start();
}

Result<> showFile(const Options &options, console::ConsoleState &state)
{
    if (options.time || !options.document.isEmpty())
        state.freezeAt(options.time);
    if (options.document.isEmpty())
        return {};
    const auto document = documentOf(options.document);
    if (!document)
        return fail(document.error());
    state.apply(*document);
    return {};
}

// As the first thing the event loop does: nothing from outside was read yet, and the platform has
// opened what it opens late (the VNC platform its listening socket).
void enterSandboxFirst(QObject &context)
{
    QMetaObject::invokeMethod(
        &context,
        [] {
            if (const auto done = app::enterSandbox(); !done)
                qCWarning(lcConsole, "%s", qPrintable(done.error().what));
        },
        Qt::QueuedConnection);
}

int runText(QCoreApplication &application, const Options &options)
{
    const SystemClock clock;
    console::ConsoleState state(clock);
    state.forceLanguage(u"en"_s);
    QTranslator plurals;
    if (plurals.load(u":/i18n/zos_en.qm"_s))
        QCoreApplication::installTranslator(&plurals);
    if (const auto shown = showFile(options, state); !shown)
        return failed(shown.error());
    app::TextScreen screen(
        state, clock, qEnvironmentVariable("LANG").contains("UTF-8"_L1, Qt::CaseInsensitive));
    const auto print = [&screen] {
        const QByteArray text = screen.due();
        std::fwrite(text.constData(), 1, size_t(text.size()), stdout);
        std::fflush(stdout);
    };
    if (!options.document.isEmpty()) {
        print();
        return 0;
    }
    console::FeedReader reader(options.socket);
    QTimer second;
    QObject::connect(&second, &QTimer::timeout, &state, &console::ConsoleState::tick);
    QObject::connect(&state, &console::ConsoleState::secondChanged, &screen, print);
    QObject::connect(&state, &console::ConsoleState::documentShown, &screen, print);
    second.start(1000);
    enterSandboxFirst(state);
    listen(reader, state);
    return application.exec();
}

// Saves the window once it was painted with what it should show.
void saveSoon(console::ConsoleView &view, const QString &path)
{
    QTimer::singleShot(0, &view, [&view, path] {
        const QImage picture = view.window().grabWindow();
        const bool saved = picture.save(path);
        for (const auto &warning : view.warnings())
            std::fprintf(stderr, "%s\n", qPrintable(warning));
        QCoreApplication::exit(saved ? 0 : 1);
    });
}

int runWindow(QGuiApplication &application, const Options &options)
{
    const SystemClock clock;
    console::ConsoleState state(clock);
    if (!options.language.isEmpty())
        state.forceLanguage(options.language);
    const bool shoots = !options.screenshot.isEmpty();
    console::ConsoleView view(
        state, options.size.isEmpty() ? QSize(1024, 768) : options.size, options.page);
    if (const auto shown = showFile(options, state); !shown)
        return failed(shown.error());
    if (options.size.isEmpty() && !shoots)
        view.window().showFullScreen();
    else
        view.window().show();
    if (shoots && !options.document.isEmpty())
        saveSoon(view, options.screenshot);
    else if (shoots)
        QObject::connect(
            &state, &console::ConsoleState::documentShown, &view,
            [&] { saveSoon(view, options.screenshot); }, Qt::SingleShotConnection);
    if (!shoots)
        enterSandboxFirst(state);
    std::optional<console::FeedReader> reader;
    if (options.document.isEmpty())
        listen(reader.emplace(options.socket), state);
    view.startClock();
    return application.exec();
}
} // namespace

int main(int argc, char **argv)
{
    installLogFormat();
    QCoreApplication::setApplicationName(u"zos-console"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(ZOS_VERSION));
    // The platform is chosen before anything is parsed: text needs none, pictures need no screen.
    bool text = false;
    bool shoots = false;
    for (int i = 1; i < argc; ++i) {
        const QByteArrayView argument(argv[i]);
        text = text || argument == "--text";
        shoots = shoots || argument.startsWith("--screenshot");
    }
    if (text) {
        QCoreApplication application(argc, argv);
        const auto options = parsed(QCoreApplication::arguments());
        return options ? runText(application, *options) : failed(options.error());
    }
    if (shoots)
        qputenv("QT_QPA_PLATFORM", "offscreen");
    console::ConsoleView::prepareProcess();
    QGuiApplication application(argc, argv);
    const auto options = parsed(QCoreApplication::arguments());
    return options ? runWindow(application, *options) : failed(options.error());
}
