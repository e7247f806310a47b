// SPDX-License-Identifier: Apache-2.0
#include "app/node/logring.h"

#include <QDateTime>
#include <QMutex>

namespace zos::app {

namespace {

struct LogRing
{
    QMutex mutex; // messages come from every thread
    QList<NodeStatus::LogLine> lines;
    quint64 sequence = 0;
    QtMessageHandler next = nullptr;
};

LogRing &logRing()
{
    static LogRing ring;
    return ring;
}

QString levelName(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return QStringLiteral("debug");
    case QtInfoMsg:
        return QStringLiteral("info");
    case QtWarningMsg:
        return QStringLiteral("warn");
    case QtCriticalMsg:
    case QtFatalMsg:
        return QStringLiteral("error");
    }
    return QStringLiteral("info");
}

void keepLine(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    auto &ring = logRing();
    if (type != QtDebugMsg) {
        const QMutexLocker lock(&ring.mutex);
        auto unit = QString::fromLatin1(context.category);
        if (unit.startsWith(u"zos."))
            unit.remove(0, 4);
        ring.lines += NodeStatus::LogLine { ++ring.sequence, QDateTime::currentMSecsSinceEpoch(),
            levelName(type), unit.left(16), message.simplified().left(240) };
        if (ring.lines.size() > 60)
            ring.lines.removeFirst();
    }
    if (ring.next)
        ring.next(type, context, message);
}

} // namespace

void installLogRing()
{
    logRing().next = qInstallMessageHandler(keepLine);
}

QList<NodeStatus::LogLine> recentLogLines()
{
    auto &ring = logRing();
    const QMutexLocker lock(&ring.mutex);
    return ring.lines;
}

} // namespace zos::app
