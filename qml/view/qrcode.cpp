// SPDX-License-Identifier: Apache-2.0
#include "qml/view/qrcode.h"

#include <qrencode.h>

#include <memory>

namespace zos::console {

namespace {
using Code = std::unique_ptr<QRcode, decltype(&QRcode_free)>;

Code encoded(const QString &text)
{
    const QByteArray bytes = text.toUtf8();
    if (bytes.isEmpty() || bytes.size() > 300)
        return { nullptr, &QRcode_free };
    return { QRcode_encodeString8bit(bytes.constData(), 0, QR_ECLEVEL_M), &QRcode_free };
}
} // namespace

QrCode::QrCode(QObject *parent)
    : QObject(parent)
{
}

int QrCode::modules(const QString &text) const
{
    const Code code = encoded(text);
    return code ? code->width : 0;
}

QString QrCode::path(const QString &text, int pixels, int offset) const
{
    const Code code = encoded(text);
    QString path;
    if (!code)
        return path;
    const auto isDark
        = [&code](int x, int y) { return (code->data[y * code->width + x] & 1) != 0; };
    for (int y = 0; y < code->width; ++y)
        for (int x = 0; x < code->width; ++x) {
            if (!isDark(x, y))
                continue;
            const int begin = x;
            while (x + 1 < code->width && isDark(x + 1, y))
                ++x;
            path += QStringLiteral("M%1 %2h%3v%4h-%3z")
                        .arg(offset + begin * pixels)
                        .arg(offset + y * pixels)
                        .arg((x + 1 - begin) * pixels)
                        .arg(pixels);
        }
    return path;
}

} // namespace zos::console
