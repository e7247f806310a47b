// SPDX-License-Identifier: Apache-2.0
#include "app/api/routes.h"
#include "app/node/node.h"
#include "core/chain/localledger.h"
#include "core/model/deployment.h"
#include "rmb/bus/bus.h"
#include "rmb/wire/directmessage.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTcpServer>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

quint16 freePort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost, 0);
    return server.serverPort();
}

// A user with a twin, a key and a bus of its own.
struct User
{
    User(const QString &ledgerPath, const Clock *clock)
        : identity(Identity::generate())
        , ledger(ledgerPath, identity, clock)
    {
        if (!testing::wait(ledger.open(true)))
            qFatal("cannot open the ledger");
    }
    void join(const Clock *clock)
    {
        const auto port = freePort();
        twin = *testing::wait(ledger.ensureTwin(u"127.0.0.1:%1"_s.arg(port), {}, {}));
        rmb::DirectConfig config;
        config.address = QHostAddress::LocalHost;
        config.port = port;
        config.onlyOverlaySources = false;
        session = std::make_unique<rmb::Session>(identity, twin, &ledger, nullptr, clock);
        peer = std::make_unique<rmb::DirectPeer>(session.get(), config);
        if (!testing::wait(peer->start()))
            qFatal("cannot start the user's bus");
    }
    Identity identity;
    LocalLedger ledger;
    TwinId twin;
    std::unique_ptr<rmb::Session> session;
    std::unique_ptr<rmb::DirectPeer> peer;
};

} // namespace

// The whole node, on a simulated machine, called over the real bus by honest and dishonest users.
class TestHostileCalls : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;
    SystemClock m_clock;
    quint16 m_port = 0;
    QUrl m_relay;
    TwinId m_nodeTwin;
    NodeId m_node { 1 };
    const Identity m_nodeIdentity = Identity::generate();
    bool m_otherType = false; // requests carry a zdb instead of a zmount
    std::unique_ptr<User> m_farmer, m_user, m_stranger;
    app::NodeConfig m_config;
    std::unique_ptr<app::Node> m_nodeProgram;

    void startNode()
    {
        m_nodeProgram = std::make_unique<app::Node>(m_config, m_nodeIdentity);
        const auto started = testing::wait(m_nodeProgram->start());
        QVERIFY2(started, started ? "" : qPrintable(started.error().what));
    }
    // SQLite's files of the ledger, all at once.
    void moveLedger(const QString &from, const QString &to) const
    {
        for (const auto *end : { "", "-wal", "-shm" }) {
            const auto ending = QString::fromLatin1(end);
            if (QFile::exists(path(from + ending)))
                QVERIFY(QFile::rename(path(from + ending), path(to + ending)));
        }
    }

    QString path(const QString &name) const { return m_dir.filePath(name); }
    int uptimeReports() const
    {
        int count = -1;
        {
            auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"reports"_s);
            database.setDatabaseName(path(u"ledger"_s));
            QSqlQuery query(database);
            if (database.open() && query.exec(u"SELECT count(*) FROM uptime"_s) && query.next())
                count = query.value(0).toInt();
        }
        QSqlDatabase::removeDatabase(u"reports"_s);
        return count;
    }

    rmb::Answer call(User &user, const QString &command, const QByteArray &payload)
    {
        return testing::wait(user.peer->call(m_nodeTwin, command, payload, 20s));
    }
    QByteArray state() // what an honest user sees of the node
    {
        return call(*m_user, u"zos.deployment.list"_s, "null").value_or("?")
            + call(*m_user, u"zos.storage.pools"_s, "null").value_or("?");
    }

    QByteArray workload(quint64 size) const
    {
        if (m_otherType)
            return "{\"version\":0,\"name\":\"data\",\"type\":\"zdb\",\"data\":{\"mode\":\"seq\","
                   "\"size\":"
                + QByteArray::number(size) + "}}";
        return "{\"version\":0,\"name\":\"data\",\"type\":\"zmount\",\"metadata\":\"\","
               "\"description\":\"\",\"data\":{\"size\":"
            + QByteArray::number(size) + "}}";
    }
    // A complete request; the signature is over the hash of what is written here.
    QByteArray request(const User &signer, TwinId twin, ContractId contract, quint64 size) const
    {
        const auto unsignedText = [&](const QByteArray &signatures) {
            return QByteArray("{\"version\":0,\"twin_id\":" + twin.text().toLatin1()
                + ",\"contract_id\":" + contract.text().toLatin1()
                + ",\"expiration\":0,\"metadata\":\"\",\"description\":\"\",\"workloads\":["
                + workload(size) + "],\"signature_requirement\":{\"requests\":[{\"twin_id\":"
                + twin.text().toLatin1()
                + ",\"required\":false,\"weight\":1}],\"weight_required\":1,\"signature_style\":"
                  "\"\",\"signatures\":["
                + signatures + "]}}");
        };
        const auto hash = Deployment::fromJson(unsignedText({}))->challengeHash();
        return unsignedText("{\"twin_id\":" + twin.text().toLatin1()
            + ",\"signature_type\":\"ed25519\",\"signature\":\""
            + signer.identity.sign(hash).toHex() + "\"}");
    }
    ContractId contractFor(const QByteArray &text, User &owner)
    {
        const auto hash = Deployment::fromJson(text)->challengeHex();
        const auto id = testing::wait(owner.ledger.createNodeContract(m_node, hash, {}, 0));
        return id ? *id : ContractId(0);
    }
    // The contract id is not hashed: make the contract first, then put its id into the request.
    QByteArray contracted(User &owner, quint64 size)
    {
        const auto id = contractFor(request(owner, owner.twin, ContractId(0), size), owner);
        return request(owner, owner.twin, id, size);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        m_port = freePort();
        QFile machine(path(u"machine.json"_s));
        QVERIFY(machine.open(QIODevice::WriteOnly));
        machine.write("{\"cpu\":{\"model\":\"simulated\",\"threads\":4},\"memory\":8589934592,"
                      "\"disks\":[{\"name\":\"sda\",\"kind\":\"ssd\",\"size\":107374182400}],"
                      "\"nics\":[{\"name\":\"eth0\",\"mac\":\"02:00:00:00:00:01\"}]}");
        machine.close();
        m_farmer = std::make_unique<User>(path(u"ledger"_s), &m_clock);
        m_user = std::make_unique<User>(path(u"ledger"_s), &m_clock);
        m_stranger = std::make_unique<User>(path(u"ledger"_s), &m_clock);
        m_farmer->join(&m_clock);
        m_user->join(&m_clock);
        m_stranger->join(&m_clock);
        const auto farm = testing::wait(m_farmer->ledger.createFarm(u"farm"_s, {}));
        QVERIFY(farm);

        auto &config = m_config;
        config.farm = *farm;
        config.ledger = path(u"ledger"_s);
        config.stateDir = path(u"state"_s);
        config.runDir = path(u"run"_s);
        config.cacheDir = path(u"cache"_s);
        config.logDir = path(u"log"_s);
        config.rmbAddress = QHostAddress::LocalHost;
        config.rmbPort = m_port;
        config.localRelayAddress = QHostAddress::LocalHost;
        config.localRelayPort = freePort();
        m_relay = config.busRelays().first();
        config.reservedMemory = 1_GiB;
        config.fakeMachine = path(u"machine.json"_s);
        startNode();
        m_nodeTwin = testing::wait(m_user->ledger.node(m_node))->twin;
    }
    void cleanupTestCase()
    {
        for (auto *user : { m_farmer.get(), m_user.get(), m_stranger.get() }) {
            testing::wait(user->peer->stop());
            testing::wait(user->session->stop());
        }
        const auto before = uptimeReports();
        testing::wait(m_nodeProgram->stop());
        QCOMPARE(uptimeReports(), before + 1); // its last word
    }

    void servesAnHonestUser()
    {
        const auto text = contracted(*m_user, 1 << 30);
        const auto contract = Deployment::fromJson(text)->contract;
        QCOMPARE(call(*m_user, u"zos.deployment.deploy"_s, text).value_or("refused"), "null");
        const QByteArray get = "{\"contract_id\":" + contract.text().toLatin1() + "}";
        QVERIFY(testing::eventually([&] {
            return call(*m_user, u"zos.deployment.get"_s, get)
                .value_or("")
                .contains("\"state\":\"ok\"");
        }));
        // The same again, with another message: refused, nothing changes.
        const auto before = state();
        const auto again = call(*m_user, u"zos.deployment.deploy"_s, text);
        QVERIFY(!again);
        QVERIFY2(again.error().what.contains(u"exists"), qPrintable(again.error().what));
        QCOMPARE(state(), before);
        // Nobody else sees it.
        QCOMPARE(call(*m_stranger, u"zos.deployment.list"_s, "null").value_or("?"), "[]");
        QCOMPARE(
            call(*m_stranger, u"zos.deployment.get"_s, get).error().what, u"deployment not found");
    }
    // The node is at its own relay, says so on the ledger and answers there too.
    void servesThroughItsRelay()
    {
        const auto record = testing::wait(m_user->ledger.twin(m_nodeTwin));
        QCOMPARE(record->relay, rmb::relayField({ m_relay }));
        QCOMPARE(record->ip, u"127.0.0.1:%1"_s.arg(m_port));
        QCOMPARE(record->pk.size(), 33);
        rmb::RelayConfig config;
        config.relays = { m_relay };
        config.session = u"tests"_s;
        rmb::RelayPeer peer(m_user->session.get(), config);
        peer.start();
        const auto viaRelay
            = testing::wait(peer.call(m_nodeTwin, u"zos.deployment.list"_s, "null", 20s));
        QVERIFY2(viaRelay, viaRelay ? "" : qPrintable(viaRelay.error().what));
        QCOMPARE(*viaRelay, call(*m_user, u"zos.deployment.list"_s, "null").value_or("?"));
        testing::wait(peer.stop());
        // And the console counts it.
        QLocalSocket console;
        console.connectToServer(path(u"run/console.sock"_s));
        QJsonObject row;
        const auto shown = [&] {
            while (console.canReadLine()) {
                const auto document = QJsonDocument::fromJson(console.readLine()).object();
                for (const auto &entry : document[u"connections"_s].toArray()) {
                    if (entry[u"id"].toString() == u"rmb")
                        row = entry.toObject();
                }
            }
            return row[u"code"_s].toString() == u"rmb.relays"
                && row[u"params"_s][u"up"].toInt() == 1;
        };
        QVERIFY(testing::eventually(shown, 20s));
        QCOMPARE(row[u"params"_s][u"total"].toInt(), 1);
        QCOMPARE(row[u"state"_s].toString(), u"ok"_s);
    }
    // Somebody with the node's key writes something else: the node writes what is true.
    void keepsItsTwinTrue()
    {
        const auto before = testing::wait(m_user->ledger.twin(m_nodeTwin));
        LocalLedger other(path(u"ledger"_s), m_nodeIdentity, &m_clock);
        QVERIFY(testing::wait(other.open(false)));
        QCOMPARE(
            testing::wait(other.ensureTwin(before->ip, u"relay.elsewhere.tf"_s, {})), m_nodeTwin);
        const auto right = [&] {
            const auto now = testing::wait(m_user->ledger.twin(m_nodeTwin));
            return now && now->relay == before->relay && now->pk == before->pk;
        };
        QVERIFY(!before->relay.isEmpty() && before->relay != u"relay.elsewhere.tf");
        QVERIFY(testing::eventually(right, 20s));
    }
    void refusesWithTheRightText_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("says");
        QTest::newRow("a hash that is not the contract's")
            << u"hash"_s << u"contract hash does not match deployment hash"_s;
        QTest::newRow("a forged signature") << u"forged"_s << u"failed to verify signature"_s;
        QTest::newRow("somebody else's twin") << u"twin"_s << u"twin id mismatch"_s;
        QTest::newRow("a contract nobody made") << u"contract"_s << u"contract"_s;
        QTest::newRow("somebody else's contract")
            << u"stolen"_s << u"contract does not belong to twin"_s;
        QTest::newRow("broken JSON") << u"json"_s << u"JSON"_s;
        QTest::newRow("an empty payload") << u"empty"_s << u"unexpected end of JSON input"_s;
        QTest::newRow("larger than the node") << u"large"_s << u"ssd"_s;
        QTest::newRow("a type that is not served")
            << u"type"_s << u"workload type 'zdb' is not supported by this node"_s;
    }
    void refusesWithTheRightText()
    {
        QFETCH(QString, kind);
        QFETCH(QString, says);
        constexpr quint64 size = 2ULL << 30;
        QByteArray text;
        if (kind == u"hash")
            text = request(*m_user, m_user->twin,
                Deployment::fromJson(contracted(*m_user, size))->contract, size + 1);
        else if (kind == u"forged")
            text = request(*m_stranger, m_user->twin,
                Deployment::fromJson(contracted(*m_user, size + 2))->contract, size + 2);
        else if (kind == u"twin")
            text = request(*m_user, m_stranger->twin, ContractId(1), size);
        else if (kind == u"contract")
            text = request(*m_user, m_user->twin, ContractId(4711), size);
        else if (kind == u"stolen")
            text = request(*m_user, m_user->twin,
                Deployment::fromJson(contracted(*m_stranger, size + 3))->contract, size + 3);
        else if (kind == u"json")
            text = "{\"version\":0,";
        else if (kind == u"large")
            text = contracted(*m_user, 1ULL << 45);
        else if (kind == u"type") {
            m_otherType = true;
            text = contracted(*m_user, size + 4);
            m_otherType = false;
        }
        const auto before = state();
        const auto answer = call(*m_user, u"zos.deployment.deploy"_s, text);
        QVERIFY(!answer);
        QVERIFY2(answer.error().what.contains(says), qPrintable(answer.error().what));
        QCOMPARE(state(), before);
    }
    void refusesOnTheWire_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::newRow("garbage") << QByteArray("not json") << 400;
        QTest::newRow("ten megabytes") << QByteArray(10 << 20, 'x') << 413;
        QTest::newRow("an unsigned message") << QByteArray(
            "{\"ver\":1,\"uid\":\"1\",\"cmd\":\"zos.system.version\",\"exp\":60,\"try\":1,\"dat\":"
            "\"\",\"tag\":null,"
            "\"src\":2,\"dst\":[%NODE%],\"ret\":\"r\",\"shm\":\"\",\"now\":%NOW%,\"err\":null,"
            "\"sig\":\"\"}") << 401;
    }
    void refusesOnTheWire()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        body.replace("%NODE%", m_nodeTwin.text().toLatin1());
        body.replace("%NOW%", QByteArray::number(m_clock.seconds().count()));
        const auto before = state();
        QNetworkAccessManager manager;
        QNetworkRequest request(QUrl(u"http://127.0.0.1:%1/zbus-remote"_s.arg(m_port)));
        request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
        const std::unique_ptr<QNetworkReply> reply(manager.post(request, body));
        QVERIFY(testing::eventually([&] { return reply->isFinished(); }));
        const auto answered = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        // A peer may also cut the line while we are still sending too much.
        QVERIFY2(answered == status || (status == 413 && answered == 0),
            qPrintable(QString::number(answered)));
        QCOMPARE(state(), before);
    }
    // What the bus refused is told to the console: each figure the bus has, and with its value.
    void theConsoleSeesWhatTheBusDropped()
    {
        QLocalSocket console;
        console.connectToServer(path(u"run/console.sock"_s));
        QJsonObject dropped;
        const auto shown = [&] {
            while (console.canReadLine()) {
                const auto document = QJsonDocument::fromJson(console.readLine()).object();
                dropped = document.value(u"bus").toObject().value(u"dropped").toObject();
            }
            return dropped.value(u"malformed").toInt() > 0
                && dropped.value(u"bad_signatures").toInt() > 0;
        };
        QNetworkAccessManager manager;
        const auto visit = [&](QByteArray body) {
            QNetworkRequest request(QUrl(u"http://127.0.0.1:%1/zbus-remote"_s.arg(m_port)));
            request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
            const std::unique_ptr<QNetworkReply> reply(manager.post(request, body));
            testing::eventually([&] { return reply->isFinished(); });
        };
        visit("not json");
        rmb::DirectMessage forged;
        forged.uid = u"1"_s;
        forged.cmd = u"zos.system.version"_s;
        forged.exp = 60;
        forged.src = m_user->twin;
        forged.dst = { m_nodeTwin };
        forged.ret = u"r"_s;
        forged.now = quint64(m_clock.seconds().count());
        forged.sign(m_stranger->identity);
        visit(forged.encode());
        QVERIFY2(testing::eventually(shown, 20s), QJsonDocument(dropped).toJson().constData());
        const auto known = rmb::BusCounters().entries();
        QCOMPARE(dropped.size(), known.size());
        for (const auto &[name, count] : known)
            QVERIFY2(dropped.contains(name), qPrintable(name));
        QVERIFY(dropped.value(u"accepted").toInt() > 0);
        QVERIFY(dropped.value(u"refused").toInt() >= 2);
    }
    // Of all commands, those that everybody may call included.
    void refusesTwinsTheLedgerDoesNotKnow()
    {
        const auto identity = Identity::generate();
        const auto before = state();
        QNetworkAccessManager manager;
        for (const auto &route : app::routes()) {
            rmb::DirectMessage message;
            message.uid = QString::fromLatin1(route.command);
            message.cmd = message.uid;
            message.exp = 60;
            message.src = TwinId(4711);
            message.dst = { m_nodeTwin };
            message.ret = u"r"_s;
            message.now = quint64(m_clock.seconds().count());
            message.sign(identity);
            QNetworkRequest request(QUrl(u"http://127.0.0.1:%1/zbus-remote"_s.arg(m_port)));
            request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/json"_s);
            const std::unique_ptr<QNetworkReply> reply(manager.post(request, message.encode()));
            QVERIFY(testing::eventually([&] { return reply->isFinished(); }));
            QCOMPARE(reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), 401);
            QVERIFY2(reply->readAll().contains("source twin 4711 not found"), route.command);
        }
        QCOMPARE(state(), before);
    }
    void answersUnknownCommands()
    {
        QCOMPARE(call(*m_user, u"zos.nothing"_s, {}).error().what, u"function not found");
        QCOMPARE(call(*m_user, u"zos.deployment.delete"_s, "{}").error().what,
            u"deletion over the api is disabled, please cancel your contract instead");
        QCOMPARE(call(*m_user, u"zos.network.public_config_get"_s, {}).error().what,
            u"no public configuration");
        QCOMPARE(call(*m_user, u"zos.network.has_ipv6"_s, {}).value_or("?"), "false");
    }
    void removesWhatIsCancelled()
    {
        const auto text = contracted(*m_user, 3ULL << 30);
        const auto contract = Deployment::fromJson(text)->contract;
        const auto before = call(*m_user, u"zos.storage.pools"_s, {}).value_or("?");
        QVERIFY(call(*m_user, u"zos.deployment.deploy"_s, text));
        QVERIFY(testing::eventually(
            [&] { return call(*m_user, u"zos.storage.pools"_s, {}).value_or("?") != before; }));
        QVERIFY(testing::wait(m_user->ledger.cancelContract(contract)));
        QVERIFY(testing::eventually(
            [&] { return call(*m_user, u"zos.storage.pools"_s, {}).value_or("?") == before; },
            20s));
    }
    // Registered before, it serves at once, and joins the ledger when that can be opened.
    void startsWithoutItsLedgerAndFindsItLater()
    {
        testing::wait(m_nodeProgram->stop());
        m_nodeProgram.reset();
        moveLedger(u"ledger"_s, u"away"_s);
        startNode();
        moveLedger(u"away"_s, u"ledger"_s);
        m_otherType = false;
        const auto text = contracted(*m_user, 5ULL << 30);
        const auto contract = Deployment::fromJson(text)->contract;
        rmb::Answer accepted;
        const bool served = testing::eventually(
            [&] {
                accepted = call(*m_user, u"zos.deployment.deploy"_s, text);
                return accepted.has_value();
            },
            40s);
        QVERIFY2(served, accepted ? "" : qPrintable(accepted.error().what));
        const QByteArray get = "{\"contract_id\":" + contract.text().toLatin1() + "}";
        QVERIFY(testing::eventually(
            [&] {
                return call(*m_user, u"zos.deployment.get"_s, get)
                    .value_or("")
                    .contains("\"state\":\"ok\"");
            },
            40s));
    }
};
ZOS_TEST(TestHostileCalls)
#include "tst_hostilecalls.moc"
