// SPDX-License-Identifier: Apache-2.0
#include "qml/view/consoleview.h"
#include "tests/support/runner.h"

#include <QGuiApplication>

// Off screen with the console's own renderer: the picture a node would show.
std::unique_ptr<QCoreApplication> zos::testing::makeApplication(int &argc, char **argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    console::ConsoleView::prepareProcess();
    return std::make_unique<QGuiApplication>(argc, argv);
}
