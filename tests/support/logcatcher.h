// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>

namespace zos::testing {

// Keeps the lines that are logged while it lives, in place of showing them.
class LogCatcher
{
public:
    LogCatcher()
    {
        s_lines.clear();
        m_before = qInstallMessageHandler(
            [](QtMsgType, const QMessageLogContext &context, const QString &text) {
                s_lines += QString::fromLatin1(context.category) + QStringLiteral(": ") + text;
            });
    }
    ~LogCatcher() { qInstallMessageHandler(m_before); }
    Q_DISABLE_COPY_MOVE(LogCatcher)

    QStringList lines(const QString &category) const
    {
        return s_lines.filter(QString(category + QStringLiteral(": ")));
    }

private:
    static inline QStringList s_lines;
    QtMessageHandler m_before;
};

} // namespace zos::testing
