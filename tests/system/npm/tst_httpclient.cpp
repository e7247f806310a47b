// SPDX-License-Identifier: Apache-2.0
#include "tests/support/runner.h"
#include "tests/system/npm/nodelab.h"

using namespace zos;
using namespace Qt::StringLiterals;
using lab::NpmScript;

// ts-rmb-http-client, the client of the direct transport's time, against the real node program
// through a grid proxy that only passes on. It verifies every answer's signature itself.
class TestHttpClient : public QObject
{
    Q_OBJECT
    std::unique_ptr<lab::NodeLab> m_lab;
    std::unique_ptr<NpmScript> m_proxy;
    std::map<KeyType, std::unique_ptr<lab::Person>> m_users;

    std::unique_ptr<NpmScript> client(const lab::Person &user)
    {
        const QString proxy = u"http://127.0.0.1:%1"_s.arg(m_proxy->port());
        return std::make_unique<NpmScript>(u"httpclient.mjs"_s,
            QJsonObject { { u"twin"_s, static_cast<qint64>(user.twin.value()) },
                { u"proxy"_s, proxy }, { u"graphql"_s, QString(proxy + u"/graphql"_s) },
                { u"mnemonic"_s, user.words }, { u"type"_s, user.type() } });
    }
    QJsonObject call(const QString &command, const QString &payload = {}) const
    {
        return { { u"command"_s, command }, { u"payload"_s, payload },
            { u"to"_s, static_cast<qint64>(m_lab->nodeTwin().value()) } };
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = NpmScript::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto());
        m_lab = std::make_unique<lab::NodeLab>();
        const auto trouble = m_lab->start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        QList<TwinId> twins { m_lab->nodeTwin() };
        for (const auto type : { KeyType::Ed25519, KeyType::Sr25519 }) {
            auto &user = m_users[type];
            user = std::make_unique<lab::Person>(m_lab->path(u"ledger"_s), type, &m_lab->clock);
            user->join({}, {});
            twins += user->twin;
        }
        m_lab->showTwins(u"twins.json"_s, twins);
        m_proxy = std::make_unique<NpmScript>(u"gridproxy.mjs"_s,
            QJsonObject { { u"twins"_s, m_lab->path(u"twins.json"_s) },
                { u"node"_s, u"127.0.0.1:%1"_s.arg(m_lab->busPort) } });
        QVERIFY2(m_proxy->isReady(), m_proxy->complaints().constData());
    }
    void cleanupTestCase()
    {
        m_proxy.reset();
        m_users.clear();
        m_lab.reset();
    }

    void isServed_data()
    {
        QTest::addColumn<KeyType>("type");
        QTest::newRow("with an ed25519 key") << KeyType::Ed25519;
        QTest::newRow("with an sr25519 key") << KeyType::Sr25519;
    }
    void isServed()
    {
        QFETCH(KeyType, type);
        const auto script = client(*m_users.at(type));
        QVERIFY(script->isReady());
        const std::pair<QString, QStringList> calls[] = {
            { u"zos.system.version"_s, { u"zos"_s } },
            { u"zos.statistics.get"_s, { u"total"_s, u"used"_s } },
            { u"zos.storage.pools"_s, {} },
            { u"zos.network.interfaces"_s, {} },
        };
        for (const auto &[command, members] : calls) {
            const auto answer = script->ask(call(command));
            const auto reply = answer.value(u"ok").toObject();
            QVERIFY2(!reply.isEmpty(),
                qPrintable(
                    QString::fromUtf8(QJsonDocument(answer).toJson() + script->complaints())));
            QCOMPARE(reply.value(u"cmd").toString(), command);
            QVERIFY(reply.value(u"err").isNull());
            const auto result = QJsonDocument::fromJson(reply.value(u"dat").toString().toUtf8());
            QVERIFY2(!result.isEmpty(), qPrintable(command));
            for (const auto &member : members)
                QVERIFY2(result.object().contains(member), qPrintable(command + u' ' + member));
        }
    }
    void isToldWhatIsWrong()
    {
        const auto script = client(*m_users.at(KeyType::Sr25519));
        auto answer = script->ask(call(u"zos.nothing.here"_s));
        QCOMPARE(answer.value(u"ok").toObject().value(u"err").toString(), u"function not found"_s);
        answer = script->ask(call(u"zos.deployment.get"_s, u"{\"contract_id\":999}"_s));
        QCOMPARE(
            answer.value(u"ok").toObject().value(u"err").toString(), u"deployment not found"_s);
    }
    void isRefusedInAnotherName()
    {
        auto &user = *m_users.at(KeyType::Ed25519);
        lab::Person stranger(m_lab->path(u"ledger"_s), KeyType::Ed25519, &m_lab->clock);
        stranger.twin = user.twin;
        const auto script = client(stranger);
        // Something the twin itself did not ask for within the same second: that is a replay.
        const auto answer = script->ask(call(u"zos.system.hypervisor"_s));
        QVERIFY2(
            answer.value(u"error").toString().contains(u"401"), QJsonDocument(answer).toJson());
    }
};

ZOS_TEST(TestHttpClient)
#include "tst_httpclient.moc"
