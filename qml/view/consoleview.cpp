// SPDX-License-Identifier: Apache-2.0
#include "qml/view/consoleview.h"

#include "core/base/logging.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDirIterator>
#include <QFontDatabase>
#include <QQmlEngine>
#include <QQuickItem>

// Made by the build for the modules' types; nothing else would keep them in the program.
void qml_register_types_Zos_Console();
void qml_register_types_Zos_Console_Models();

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;
} // namespace

void ConsoleView::prepareProcess()
{
    // Nothing to click, nothing to animate, no GPU: the picture is the same on every machine.
    QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
    qputenv("QSG_RENDER_LOOP", "basic");
    qputenv("QML_DISABLE_DISK_CACHE", "1");
    qputenv("QT_QPA_FB_DISABLE_INPUT", "1");
    QCoreApplication::setAttribute(Qt::AA_DisableShaderDiskCache);
}

ConsoleView::ConsoleView(
    ConsoleState &state, const QSize &size, const QString &page, QObject *parent)
    : QObject(parent)
    , m_state(state)
    , m_view(std::make_unique<QQuickView>())
{
    qml_register_types_Zos_Console_Models();
    qml_register_types_Zos_Console();
    loadFonts();
    useLanguage(state.language());
    connect(&state, &ConsoleState::languageChanged, this, &ConsoleView::useLanguage);
    connect(m_view->engine(), &QQmlEngine::warnings, this, [this](const QList<QQmlError> &errors) {
        for (const auto &error : errors)
            m_warnings += error.toString();
    });
    connect(
        m_view.get(), &QQuickWindow::afterRendering, this, [this] { ++m_frames; },
        Qt::DirectConnection);
    m_view->setResizeMode(QQuickView::SizeRootObjectToView);
    m_view->setColor(Qt::black);
    m_view->resize(size);
    m_view->setInitialProperties(
        { { u"node"_s, QVariant::fromValue(&state) }, { u"pinnedPage"_s, page } });
    m_view->loadFromModule("Zos.Console", "Main");
    m_clock.setSingleShot(true);
    m_clock.setTimerType(Qt::PreciseTimer);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        m_state.tick();
        armClock();
    });
}

ConsoleView::~ConsoleView()
{
    QCoreApplication::removeTranslator(&m_translator);
}

void ConsoleView::loadFonts()
{
    static const bool loaded = [] {
        QDirIterator files(u":/fonts"_s);
        while (files.hasNext())
            if (QFontDatabase::addApplicationFont(files.next()) < 0)
                qCWarning(lcConsole, "font %s cannot be used", qPrintable(files.filePath()));
        return true;
    }();
    Q_UNUSED(loaded)
}

void ConsoleView::useLanguage(const QString &language)
{
    QCoreApplication::removeTranslator(&m_translator);
    // English has a file too: it holds the plural forms.
    if (!m_translator.load(u":/i18n/zos_"_s + language.section(u'_', 0, 0) + u".qm"_s))
        (void)m_translator.load(u":/i18n/zos_en.qm"_s);
    QCoreApplication::installTranslator(&m_translator);
    m_view->engine()->retranslate();
    m_state.retranslate();
}

void ConsoleView::startClock()
{
    armClock();
}

void ConsoleView::armClock()
{
    // A few milliseconds late rather than early, so that the shown second is the new one.
    m_clock.start(int(1005 - QDateTime::currentMSecsSinceEpoch() % 1000));
}

} // namespace zos::console
