// SPDX-License-Identifier: Apache-2.0
#include <QDateTime>
#include <QGuiApplication>
#include <QQmlComponent>
#include <QQuickItem>
#include <QQuickView>
#include <QTimer>

using namespace Qt::StringLiterals;

// The least a console can be: one window with the time of day, painted once a second.
int main(int argc, char **argv)
{
    QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
    const QGuiApplication app(argc, argv);
    QQuickView view;
    QQmlComponent component(view.engine());
    component.setData("import QtQuick\nText { width: 1024; height: 768 }", {});
    auto *const text = qobject_cast<QQuickItem *>(component.create());
    if (!text)
        return 1;
    view.setContent({}, &component, text);
    view.show();
    QTimer clock;
    QObject::connect(&clock, &QTimer::timeout, text, [text] {
        text->setProperty("text", QDateTime::currentDateTime().toString(u"hh:mm:ss"_s));
    });
    clock.start(1000);
    return QGuiApplication::exec();
}
