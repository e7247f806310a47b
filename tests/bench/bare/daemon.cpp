// SPDX-License-Identifier: Apache-2.0
#include <QCoreApplication>
#include <QNetworkAccessManager>
#include <QSqlDatabase>

// The least a daemon of this kind can be: an event loop with network and database loaded.
int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    QNetworkAccessManager manager;
    auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"));
    database.setDatabaseName(QStringLiteral(":memory:"));
    return database.open() ? QCoreApplication::exec() : 1;
}
