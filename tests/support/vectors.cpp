// SPDX-License-Identifier: Apache-2.0
#include "tests/support/vectors.h"

#include <QDir>
#include <QDirIterator>
#include <QJsonDocument>

namespace zos::testing {

QList<VectorFile> vectors(const QString &topic)
{
    QList<VectorFile> files;
    QStringList folders { QStringLiteral(ZOS_TEST_DATA "/vectors") };
    if (const auto more = qEnvironmentVariable("ZOS_VECTORS"); !more.isEmpty())
        folders += more;
    for (const auto &folder : folders) {
        QDirIterator found(folder, { topic + QStringLiteral("*.json") }, QDir::Files,
            QDirIterator::Subdirectories);
        while (found.hasNext()) {
            QFile file(found.next());
            if (!file.open(QIODevice::ReadOnly))
                qFatal("cannot read %s", qPrintable(file.fileName()));
            VectorFile vector { found.fileName(), file.readAll(), {} };
            QJsonParseError error;
            vector.document = QJsonDocument::fromJson(vector.text, &error).object();
            if (vector.document.isEmpty())
                qFatal("%s: %s", qPrintable(file.fileName()), qPrintable(error.errorString()));
            files += vector;
        }
    }
    if (files.isEmpty())
        qFatal("no vector file %s*.json", qPrintable(topic));
    return files;
}

} // namespace zos::testing
