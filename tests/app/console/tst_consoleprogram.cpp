// SPDX-License-Identifier: Apache-2.0
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

// The program itself, as it runs on a node.
class TestConsoleProgram : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void servesVncFromItsSandbox()
    {
        const QTemporaryDir folder;
        QFile document(folder.filePath(u"status.json"_s));
        QVERIFY(document.open(QIODevice::WriteOnly));
        document.write(QJsonDocument(
            testing::vectors(u"status-cases"_s).first().document[u"cases"_s][0].toObject())
                .toJson());
        document.close();
        // Below the ports that the system gives to connections: one of those may be taken again
        // before the console has it, by another test with a thousand of them.
        QTcpServer probe;
        auto port = quint16(20'000 + QCoreApplication::applicationPid() % 10'000);
        while (!probe.listen(QHostAddress::Any, port))
            QVERIFY(++port < 32'000);
        probe.close();

        QProcess console;
        console.setProcessChannelMode(QProcess::MergedChannels);
        console.start(QStringLiteral(ZOS_CONSOLE_PROGRAM),
            { u"--document"_s, document.fileName(), u"-platform"_s,
                u"vnc:size=640x480:port=%1"_s.arg(port) });
        QByteArray said;
        const bool listens = QTest::qWaitFor(
            [&] {
                said += console.readAll();
                return said.contains("QVncServer") || console.state() == QProcess::NotRunning;
            },
            20'000);
        QVERIFY2(listens && said.contains("created on port"), said.constData());
        QTcpSocket viewer;
        viewer.connectToHost(QHostAddress::LocalHost, port);
        QVERIFY(viewer.waitForConnected());
        QVERIFY(QTest::qWaitFor([&] { return viewer.bytesAvailable() >= 12; }, 20'000));
        QVERIFY(viewer.readAll().startsWith("RFB "));
        console.kill();
        console.waitForFinished();
    }
};
ZOS_TEST(TestConsoleProgram)
#include "tst_consoleprogram.moc"
