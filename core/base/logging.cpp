// SPDX-License-Identifier: Apache-2.0
#include "core/base/logging.h"

#include <QDateTime>

#include <unistd.h>

#include <cstdio>

Q_LOGGING_CATEGORY(lcNode, "zos.node", QtInfoMsg)
Q_LOGGING_CATEGORY(lcEngine, "zos.engine", QtInfoMsg)
Q_LOGGING_CATEGORY(lcStore, "zos.store", QtInfoMsg)
Q_LOGGING_CATEGORY(lcChain, "zos.chain", QtInfoMsg)
Q_LOGGING_CATEGORY(lcRmb, "zos.rmb", QtInfoMsg)
Q_LOGGING_CATEGORY(lcYggdrasil, "zos.yggdrasil", QtInfoMsg)
Q_LOGGING_CATEGORY(lcStorage, "zos.storage", QtInfoMsg)
Q_LOGGING_CATEGORY(lcNetwork, "zos.network", QtInfoMsg)
Q_LOGGING_CATEGORY(lcMachines, "zos.machines", QtInfoMsg)
Q_LOGGING_CATEGORY(lcImages, "zos.images", QtInfoMsg)
Q_LOGGING_CATEGORY(lcServices, "zos.services", QtInfoMsg)
Q_LOGGING_CATEGORY(lcFeed, "zos.feed", QtInfoMsg)
Q_LOGGING_CATEGORY(lcConsole, "zos.console", QtInfoMsg)

namespace zos {

QString quoted(const QString &outside)
{
    QString text = u'"' + outside.left(128);
    for (qsizetype i = 1; i < text.size(); ++i) {
        const auto c = text[i];
        if (c.category() == QChar::Other_Control || c == u'"')
            text[i] = u'?';
    }
    if (outside.size() > 128)
        text += u"…";
    return text + u'"';
}

namespace {

void writeLogLine(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    static const bool terminal = isatty(STDERR_FILENO) != 0;
    const char *level = "6";
    const char *word = "info ";
    switch (type) {
    case QtDebugMsg:
        level = "7";
        word = "debug";
        break;
    case QtInfoMsg:
        break;
    case QtWarningMsg:
        level = "4";
        word = "warn ";
        break;
    case QtCriticalMsg:
        level = "3";
        word = "error";
        break;
    case QtFatalMsg:
        level = "2";
        word = "fatal";
        break;
    }
    const auto text = message.toUtf8();
    const auto time = QDateTime::currentDateTimeUtc().toString(u"HH:mm:ss.zzz").toUtf8();
    const char *unit = context.category ? context.category : "default";
    if (terminal)
        std::fprintf(stderr, "%s %s %-14s %s\n", time.constData(), word, unit, text.constData());
    else
        std::fprintf(stderr, "<%s>%s %s %s\n", level, time.constData(), unit, text.constData());
}

} // namespace

void installLogFormat()
{
    qInstallMessageHandler(writeLogLine);
}

} // namespace zos
