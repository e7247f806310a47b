// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "tests/support/runner.h"
#include "tests/system/npm/relayworld.h"

using namespace zos;
using namespace Qt::StringLiterals;
using lab::NpmScript;

// @threefold/rmb_direct_client and, through the relay of the real node program, that node. The
// client verifies and decrypts every answer itself.
class TestRelayClient : public QObject
{
    Q_OBJECT
    std::unique_ptr<lab::RelayWorld> m_world;

    static QJsonObject call(TwinId to, const QString &command, const QString &payload = {})
    {
        return { { u"command"_s, command }, { u"payload"_s, payload },
            { u"to"_s, static_cast<qint64>(to.value()) } };
    }

    // A disk for this user, signed by it; the contract's number is not part of what is signed.
    QByteArray signedDisk(const lab::Person &user, quint64 contract, QString *hash) const
    {
        const auto compose = [&](const QByteArray &signature) -> QByteArray {
            const auto twin = user.twin.text().toLatin1();
            const QByteArray type
                = user.identity.type() == KeyType::Sr25519 ? "sr25519" : "ed25519";
            return "{\"version\":0,\"twin_id\":" + twin
                + ",\"contract_id\":" + QByteArray::number(contract)
                + ",\"expiration\":0,\"metadata\":\"\",\"description\":\"\",\"workloads\":[{"
                  "\"version\":0,\"name\":\"data\",\"type\":\"zmount\",\"data\":{\"size\":"
                  "1073741824},"
                  "\"metadata\":\"\",\"description\":\"\"}],\"signature_requirement\":{"
                  "\"requests\":[{"
                  "\"twin_id\":"
                + twin
                + ",\"required\":false,\"weight\":1}],\"weight_required\":1,\"signature_style\":"
                  "\"\","
                  "\"signatures\":[{\"twin_id\":"
                + twin + ",\"signature_type\":\"" + type + "\",\"signature\":\"" + signature
                + "\"}]}}";
        };
        const auto deployment = Deployment::fromJson(compose({}));
        *hash = deployment->challengeHex();
        return compose(user.identity.sign(deployment->challengeHash()).toHex());
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = NpmScript::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto());
        m_world = std::make_unique<lab::RelayWorld>();
        const auto trouble = m_world->start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    }
    void cleanupTestCase() { m_world.reset(); }

    void isServed_data()
    {
        QTest::addColumn<KeyType>("type");
        QTest::addColumn<bool>("encrypts");
        QTest::newRow("an ed25519 key, encrypted") << KeyType::Ed25519 << true;
        QTest::newRow("an sr25519 key, encrypted") << KeyType::Sr25519 << true;
        QTest::newRow("an ed25519 key, plain") << KeyType::Ed25519 << false;
        QTest::newRow("an sr25519 key, plain") << KeyType::Sr25519 << false;
    }
    void isServed()
    {
        QFETCH(KeyType, type);
        QFETCH(bool, encrypts);
        const auto user = m_world->user(type, encrypts);
        const auto script = m_world->client(u"relayclient.mjs"_s, *user, encrypts);
        QVERIFY2(script->isReady(), script->complaints().constData());
        const auto node = m_world->node().nodeTwin();

        auto answer = script->ask(call(node, u"zos.system.version"_s));
        const auto version = answer.value(u"ok").toObject();
        QVERIFY2(version.value(u"result").toObject().contains(u"zos"),
            qPrintable(QString::fromUtf8(QJsonDocument(answer).toJson())));
        QCOMPARE(version.value(u"payload").toString(), encrypts ? u"cipher"_s : u"plain"_s);
        QVERIFY(
            script->ask({ { u"ping"_s, true } }).value(u"ok").toObject().value(u"result").toBool());
        const auto ask = [&](const QString &command, const QString &payload = {}) -> QJsonValue {
            const auto said = script->ask(call(node, command, payload));
            return said.value(u"ok").toObject().value(u"result");
        };
        QVERIFY(ask(u"zos.statistics.get"_s).toObject().contains(u"total"));
        QVERIFY(!ask(u"zos.storage.pools"_s).toArray().isEmpty());
        QVERIFY(ask(u"zos.network.interfaces"_s).toObject().contains(u"zos"));
        QString hash;
        (void)signedDisk(*user, 0, &hash);
        const auto contract
            = testing::wait(user->ledger.createNodeContract(m_world->node().node, hash, {}, 0));
        QVERIFY(contract);
        const auto about = u"{\"contract_id\":%1}"_s.arg(contract->value());
        answer = script->ask(call(node, u"zos.deployment.deploy"_s,
            QString::fromUtf8(signedDisk(*user, contract->value(), &hash))));
        QVERIFY2(answer.contains(u"ok"), QJsonDocument(answer).toJson().constData());
        QJsonObject workload;
        for (int tries = 0; tries < 20; ++tries) {
            const auto shown = ask(u"zos.deployment.get"_s, about).toObject();
            workload = shown.value(u"workloads").toArray().first().toObject();
            if (workload.value(u"result").toObject().value(u"state").toString() == u"ok")
                break;
        }
        QCOMPARE(workload.value(u"result").toObject().value(u"state").toString(), u"ok"_s);
        QVERIFY(!ask(u"zos.deployment.changes"_s, about).toArray().isEmpty());
        QVERIFY(testing::wait(user->ledger.cancelContract(*contract)));
        // A payload of its own: encrypted, if at all.
        answer = script->ask(call(node, u"zos.deployment.get"_s, u"{\"contract_id\":999}"_s));
        QCOMPARE(answer.value(u"error").toString(), u"0 deployment not found"_s);
        answer = script->ask(call(node, u"zos.nothing.here"_s));
        QCOMPARE(answer.value(u"error").toString(), u"0 function is not found"_s);
        answer = script->ask(call(m_world->node().farmer.twin, u"zos.system.version"_s));
        QCOMPARE(answer.value(u"error").toString(), u"0 relay info is not set for this twin"_s);
    }
};

ZOS_TEST(TestRelayClient)
#include "tst_relayclient.moc"
