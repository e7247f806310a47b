// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "qml/models/consolestate.h"

#include <QQuickView>
#include <QTimer>
#include <QTranslator>

namespace zos::console {

// The window of the console: fonts, translations, the QML scene and the tick at each full second.
// Knows nothing of sockets. Owned by the program.
class ConsoleView : public QObject
{
    Q_OBJECT

public:
    // Chooses the software renderer and quiet defaults; call before QGuiApplication exists.
    static void prepareProcess();

    // `page` pins one page and stops the rotation; empty = rotate.
    ConsoleView(
        ConsoleState &state, const QSize &size, const QString &page, QObject *parent = nullptr);
    ~ConsoleView() override;

    QQuickView &window() { return *m_view; }
    QStringList warnings() const { return m_warnings; } // what QML complained about
    int frames() const { return m_frames; } // painted so far
    void startClock();

private:
    void loadFonts();
    void useLanguage(const QString &language);
    void armClock();

    ConsoleState &m_state;
    QTranslator m_translator;
    std::unique_ptr<QQuickView> m_view;
    QTimer m_clock;
    QStringList m_warnings;
    int m_frames = 0;
};

} // namespace zos::console
