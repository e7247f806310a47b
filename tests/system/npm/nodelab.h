// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/localledger.h"
#include "tests/support/eventually.h"
#include "tests/support/vectors.h"
#include "tests/system/npm/npmscript.h"

#include <QJsonArray>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

namespace zos::lab {

// Somebody with words, a key of one type and a twin on the ledger.
struct Person
{
    Person(const QString &path, KeyType type, const Clock *clock)
        : words(QString::fromLatin1(Identity::newMnemonic().view()))
        , identity(*Identity::fromMnemonic(words, type))
        , ledger(path, identity, clock)
    {
        if (!testing::wait(ledger.open(true)))
            qFatal("cannot open the ledger");
    }
    void join(const QString &relay, const QByteArray &pk)
    {
        const auto joined = testing::wait(ledger.ensureTwin({}, relay, pk));
        if (!joined)
            qFatal("no twin: %s", qPrintable(joined.error().what));
        twin = *joined;
    }
    QString type() const
    {
        return identity.type() == KeyType::Sr25519 ? QStringLiteral("sr25519")
                                                   : QStringLiteral("ed25519");
    }
    QString words;
    Identity identity;
    LocalLedger ledger;
    TwinId twin;
};

// A network `local` with the real node program on a simulated machine, its relay, and the stubs
// foreign clients need around it.
class NodeLab
{
public:
    NodeLab()
        : farmer(path(QStringLiteral("ledger")), KeyType::Ed25519, &clock)
    {
    }
    ~NodeLab()
    {
        m_node.terminate();
        if (!m_node.waitForFinished(10'000)) {
            m_node.kill();
            m_node.waitForFinished();
        }
    }
    // What went wrong, "" when the node serves.
    QString start()
    {
        farmer.join({}, {});
        const auto farm = testing::wait(farmer.ledger.createFarm(QStringLiteral("lab"), {}));
        if (!farm)
            return farm.error().what;
        busPort = freePort();
        relayPort = freePort();
        write(QStringLiteral("machine.json"),
            "{\"cpu\":{\"model\":\"simulated\",\"threads\":4},\"memory\":8589934592,"
            "\"disks\":[{\"name\":\"sda\",\"kind\":\"ssd\",\"size\":107374182400}],"
            "\"nics\":[{\"name\":\"eth0\",\"mac\":\"02:00:00:00:00:01\"}]}");
        const QJsonObject config {
            { QStringLiteral("farm"), static_cast<qint64>(farm->value()) },
            { QStringLiteral("network"), QStringLiteral("local") },
            { QStringLiteral("ledger"), path(QStringLiteral("ledger")) },
            { QStringLiteral("state_dir"), path(QStringLiteral("node")) },
            { QStringLiteral("run_dir"), path(QStringLiteral("run")) },
            { QStringLiteral("fake_machine"), path(QStringLiteral("machine.json")) },
            { QStringLiteral("rmb_address"), QStringLiteral("127.0.0.1") },
            { QStringLiteral("rmb_port"), busPort },
            { QStringLiteral("local_relay"), QStringLiteral("127.0.0.1:%1").arg(relayPort) },
        };
        write(QStringLiteral("zosd.json"), QJsonDocument(config).toJson());
        m_node.setStandardErrorFile(path(QStringLiteral("zosd.log")));
        m_node.start(QCoreApplication::applicationDirPath() + QStringLiteral("/zosd"),
            { QStringLiteral("--config"), path(QStringLiteral("zosd.json")) });
        const bool serves = testing::eventually(
            [this] {
                return m_node.state() == QProcess::NotRunning
                    || (listens(busPort) && listens(relayPort));
            },
            std::chrono::seconds(60));
        if (!serves || m_node.state() == QProcess::NotRunning)
            return log();
        const auto id = testing::wait(farmer.ledger.nodeOf(nodeTwin()));
        node = id.value_or(NodeId());
        return id ? QString() : id.error().what;
    }
    // The node registers after the farmer made his twin.
    TwinId nodeTwin() const { return TwinId(farmer.twin.value() + 1); }

    // A file for the stubs to look at. Clients compare a twin's relay with their own relay's URL in
    // a way no ledger can hold; a client whose twin differed would try to change it. With
    // `onlyKeyOf` nobody publishes a key for end-to-end encryption but that person.
    void showTwins(const QString &name, const QList<TwinId> &ids, const Person *onlyKeyOf = nullptr)
    {
        QJsonArray twins;
        for (const TwinId id : ids) {
            const auto twin = testing::wait(farmer.ledger.twin(id));
            if (!twin)
                qFatal("a twin is missing");
            QByteArray key = twin->pk;
            if (onlyKeyOf)
                key = onlyKeyOf->twin == id ? onlyKeyOf->identity.endToEndKey() : QByteArray();
            QString pk;
            if (!key.isEmpty())
                pk = QStringLiteral("0x") + QString::fromLatin1(key.toHex());
            twins += QJsonObject {
                { QStringLiteral("id"), static_cast<qint64>(id.value()) },
                { QStringLiteral("account"), ss58(twin->account) },
                { QStringLiteral("relay"), twin->relay },
                { QStringLiteral("pk"), pk },
            };
        }
        const QJsonObject nodes { { QStringLiteral("id"), static_cast<qint64>(node.value()) },
            { QStringLiteral("twin"), static_cast<qint64>(nodeTwin().value()) } };
        write(name,
            QJsonDocument(QJsonObject { { QStringLiteral("twins"), twins },
                              { QStringLiteral("nodes"), QJsonArray { nodes } } })
                .toJson());
    }
    QString relayUrl() const { return QStringLiteral("ws://127.0.0.1:%1").arg(relayPort); }
    // `relay` of a twin as existing clients compare it with the relay they use (rmb.md section 9).
    QString relayField() const { return QStringLiteral("ws:/127.0.0.1:%1").arg(relayPort); }
    QString path(const QString &name) const { return m_dir.filePath(name); }
    QString log() const
    {
        QFile file(path(QStringLiteral("zosd.log")));
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll())
                                              : QStringLiteral("the node wrote nothing");
    }

    SystemClock clock;

private:
    QTemporaryDir m_dir;
    QProcess m_node;

public:
    Person farmer;
    NodeId node;
    quint16 busPort = 0;
    quint16 relayPort = 0;

private:
    static quint16 freePort()
    {
        QTcpServer server;
        server.listen(QHostAddress::LocalHost, 0);
        return server.serverPort();
    }
    static bool listens(quint16 port)
    {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
        return socket.waitForConnected(1'000);
    }
    void write(const QString &name, const QByteArray &text)
    {
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write a file of the test");
    }
};

} // namespace zos::lab
