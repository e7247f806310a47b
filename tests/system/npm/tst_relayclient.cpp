// SPDX-License-Identifier: Apache-2.0
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
