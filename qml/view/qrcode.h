// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QQmlEngine>
#include <QString>

namespace zos::console {

// QR codes as drawing instructions, for a Shape with whole-pixel modules. Pure functions; level M.
class QrCode : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_SINGLETON

public:
    explicit QrCode(QObject *parent = nullptr);

    // Modules on a side without the quiet zone, 0 when the text is empty or too long.
    Q_INVOKABLE int modules(const QString &text) const;
    // The dark modules as an SVG path, each module `pixels` wide, first module at `offset`.
    Q_INVOKABLE QString path(const QString &text, int pixels, int offset) const;
};

} // namespace zos::console
