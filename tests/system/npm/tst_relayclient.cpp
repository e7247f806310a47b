// SPDX-License-Identifier: Apache-2.0
#include "tests/support/runner.h"
#include "tests/system/npm/nodelab.h"

using namespace zos;
using namespace Qt::StringLiterals;
using lab::NpmScript;

// @threefold/rmb_direct_client through the node's own relay: token, envelopes, pings and errors.
class TestRelayClient : public QObject
{
    Q_OBJECT
    std::unique_ptr<lab::NodeLab> m_lab;
    std::unique_ptr<NpmScript> m_chain;
    std::map<KeyType, std::unique_ptr<lab::Person>> m_users;

    std::unique_ptr<NpmScript> client(const lab::Person &user, const QString &session = u"tests"_s)
    {
        return std::make_unique<NpmScript>(u"relayclient.mjs"_s,
            QJsonObject { { u"chain"_s, u"ws://127.0.0.1:%1"_s.arg(m_chain->port()) },
                { u"relay"_s, m_lab->relayUrl() }, { u"mnemonic"_s, user.words },
                { u"session"_s, session }, { u"type"_s, user.type() } });
    }
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
        m_lab = std::make_unique<lab::NodeLab>();
        const auto trouble = m_lab->start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        QList<TwinId> twins { m_lab->farmer.twin, m_lab->nodeTwin() };
        for (const auto type : { KeyType::Ed25519, KeyType::Sr25519 }) {
            auto &user = m_users[type];
            user = std::make_unique<lab::Person>(m_lab->path(u"ledger"_s), type, &m_lab->clock);
            user->join(u"relay.local"_s, user->identity.endToEndKey());
            twins += user->twin;
        }
        m_lab->showTwins(twins);
        m_chain = std::make_unique<NpmScript>(
            u"chain.mjs"_s, QJsonObject { { u"twins"_s, m_lab->path(m_lab->twinsFile()) } });
        QVERIFY2(m_chain->isReady(), m_chain->complaints().constData());
    }
    void cleanupTestCase()
    {
        m_chain.reset();
        m_users.clear();
        m_lab.reset();
    }

    void isToldWhatIsWrong_data()
    {
        QTest::addColumn<KeyType>("type");
        QTest::newRow("with an ed25519 key") << KeyType::Ed25519;
        QTest::newRow("with an sr25519 key") << KeyType::Sr25519;
    }
    void isToldWhatIsWrong()
    {
        QFETCH(KeyType, type);
        const auto script = client(*m_users.at(type));
        QVERIFY2(script->isReady(), script->complaints().constData());
        const auto answer = script->ask(call(m_lab->farmer.twin, u"zos.system.version"_s));
        QCOMPARE(answer.value(u"error").toString(), u"0 relay info is not set for this twin"_s);
    }
};

ZOS_TEST(TestRelayClient)
#include "tst_relayclient.moc"
