// SPDX-License-Identifier: Apache-2.0
#include "tests/support/runner.h"
#include "tests/system/npm/relayworld.h"

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using lab::NpmScript;

// @threefold/grid_client against the real node program through its relay: the calls it has for a
// node, and a deployment it builds, hashes and signs itself. Functions build on each other, each
// for both users.
class TestGridClient : public QObject
{
    Q_OBJECT
    std::unique_ptr<lab::RelayWorld> m_world;
    struct Case
    {
        std::unique_ptr<lab::Person> user;
        std::unique_ptr<NpmScript> client;
        ContractId contract;
    };
    std::map<bool, Case> m_cases; // by encryption

    Case &current()
    {
        QFETCH_GLOBAL(bool, encrypts);
        return m_cases[encrypts];
    }

    QJsonObject ask(const QString &method)
    {
        return current().client->ask({ { u"module"_s, u"zos"_s }, { u"method"_s, method },
            { u"options"_s,
                QJsonObject {
                    { u"nodeId"_s, static_cast<qint64>(m_world->node().node.value()) } } } });
    }
    QJsonObject call(const QString &command, const QString &payload = {})
    {
        return current().client->ask({ { u"command"_s, command }, { u"payload"_s, payload },
            { u"to"_s, static_cast<qint64>(m_world->node().nodeTwin().value()) } });
    }
    qint64 nodeTwin() const { return static_cast<qint64>(m_world->node().nodeTwin().value()); }
    QJsonObject send(const QString &what)
    {
        return current().client->ask({ { u"send"_s, what }, { u"to"_s, nodeTwin() },
            { u"contract"_s, static_cast<qint64>(current().contract.value()) } });
    }
    // The first workload once it is ok in that version; what was answered last when it never is.
    QJsonObject okay(int version)
    {
        QJsonObject workload;
        for (int tries = 0; tries < 20; ++tries) {
            const auto answer = call(u"zos.deployment.get"_s, contractText());
            workload
                = answer.value(u"ok").toObject().value(u"workloads").toArray().first().toObject();
            if (workload.value(u"version").toInt() == version
                && workload.value(u"result").toObject().value(u"state").toString() == u"ok")
                break;
        }
        return workload;
    }
    static qint64 sizeOf(const QJsonObject &workload)
    {
        return workload.value(u"data").toObject().value(u"size").toInteger();
    }
    QString contractText() { return u"{\"contract_id\":%1}"_s.arg(current().contract.value()); }
    static QString text(const QJsonObject &answer)
    {
        return QString::fromUtf8(QJsonDocument(answer).toJson());
    }

private Q_SLOTS:
    void initTestCase_data()
    {
        QTest::addColumn<KeyType>("type");
        QTest::addColumn<bool>("encrypts");
        QTest::newRow("an sr25519 key, encrypted") << KeyType::Sr25519 << true;
        QTest::newRow("an ed25519 key, plain") << KeyType::Ed25519 << false;
    }
    void initTestCase()
    {
        if (const auto obstacle = NpmScript::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        QVERIFY(initCrypto());
        m_world = std::make_unique<lab::RelayWorld>();
        const auto trouble = m_world->start();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
    }
    void cleanupTestCase()
    {
        m_cases.clear();
        m_world.reset();
    }

    void connects()
    {
        QFETCH_GLOBAL(KeyType, type);
        QFETCH_GLOBAL(bool, encrypts);
        auto &[user, client, contract] = current();
        user = m_world->user(type, encrypts);
        client = m_world->client(u"gridclient.mjs"_s, *user, encrypts);
        QVERIFY2(client->isReady(), client->complaints().constData());
    }
    void readsTheNode()
    {
        auto answer = ask(u"pingNode"_s);
        QVERIFY2(answer.value(u"ok").toObject().contains(u"zos"), qPrintable(text(answer)));
        answer = ask(u"getNodeStatistics"_s);
        QVERIFY2(answer.value(u"ok").toObject().value(u"total").toObject().contains(u"sru"),
            qPrintable(text(answer)));
        answer = ask(u"getStoragePools"_s);
        QVERIFY2(!answer.value(u"ok").toArray().isEmpty(), qPrintable(text(answer)));
        answer = ask(u"listNetworkInterfaces"_s);
        QVERIFY2(answer.value(u"ok").toObject().contains(u"zos"), qPrintable(text(answer)));
        answer = ask(u"hasPublicIPv6"_s);
        QVERIFY2(answer.value(u"ok").isBool(), qPrintable(text(answer)));
    }
    void deploys()
    {
        auto answer = current().client->ask({ { u"disk"_s, u"data"_s }, { u"gigabytes"_s, 1 } });
        const auto hash = answer.value(u"ok").toString();
        QCOMPARE(hash.size(), 32);
        const auto contract = testing::wait(
            current().user->ledger.createNodeContract(m_world->node().node, hash, {}, 0));
        QVERIFY(contract);
        current().contract = *contract;
        answer = send(u"deploy"_s);
        QVERIFY2(answer.contains(u"ok"), qPrintable(text(answer)));
        const auto workload = okay(0);
        QCOMPARE(workload.value(u"result").toObject().value(u"state").toString(), u"ok"_s);
        QCOMPARE(sizeOf(workload), 1LL << 30);
        QCOMPARE(workload.value(u"name").toString(), u"data"_s);
        QCOMPARE(workload.value(u"type").toString(), u"zmount"_s);
    }
    void seesTheChanges()
    {
        const auto answer = call(u"zos.deployment.changes"_s, contractText());
        const auto changes = answer.value(u"ok").toArray();
        QVERIFY2(!changes.isEmpty(), qPrintable(text(answer)));
        QCOMPARE(changes.last().toObject().value(u"result").toObject().value(u"state").toString(),
            u"ok"_s);
    }
    void lists()
    {
        const auto answer = call(u"zos.deployment.list"_s);
        const auto all = answer.value(u"ok").toArray();
        QVERIFY2(all.size() == 1, qPrintable(text(answer)));
        QCOMPARE(all.first().toObject().value(u"contract_id").toInteger(),
            qint64(current().contract.value()));
    }
    // Read back with the client's own classes: what the node keeps of its data, order and versions
    // has to give the hash of the contract again.
    void updates()
    {
        auto answer = current().client->ask(
            { { u"grow"_s, u"data"_s }, { u"gigabytes"_s, 2 }, { u"to"_s, nodeTwin() },
                { u"contract"_s, static_cast<qint64>(current().contract.value()) } });
        const auto hash = answer.value(u"ok").toString();
        QVERIFY2(hash.size() == 32, qPrintable(text(answer)));
        // Before its contract has the new hash it is refused, and nothing changes.
        answer = send(u"update"_s);
        QVERIFY2(answer.value(u"error").toString().contains(
                     u"contract hash does not match deployment hash"),
            qPrintable(text(answer)));
        QCOMPARE(sizeOf(okay(0)), 1LL << 30);
        QVERIFY(
            testing::wait(current().user->ledger.updateNodeContract(current().contract, hash, {})));
        answer = send(u"update"_s);
        QVERIFY2(answer.contains(u"ok"), qPrintable(text(answer)));
        const auto workload = okay(1);
        QCOMPARE(sizeOf(workload), 2LL << 30);
        QCOMPARE(workload.value(u"result").toObject().value(u"state").toString(), u"ok"_s);
        answer = send(u"update"_s); // once more
        QVERIFY2(answer.value(u"error").toString().contains(
                     u"expecting deployment version 2, got 1: upgrade validation error"),
            qPrintable(text(answer)));
    }
    void seesTheContractEnd()
    {
        QVERIFY(testing::wait(current().user->ledger.cancelContract(current().contract)));
        QJsonObject answer;
        for (int tries = 0; tries < 20; ++tries) {
            answer = call(u"zos.deployment.get"_s, contractText());
            if (answer.contains(u"error"))
                break;
        }
        QVERIFY2(answer.value(u"error").toString().endsWith(u"0 deployment not found"),
            qPrintable(text(answer)));
    }
    void isToldWhatIsWrong()
    {
        const auto answer = call(u"zos.deployment.deploy"_s, u"{\"version\":0}"_s);
        QVERIFY2(answer.value(u"error").toString().contains(u"0 twin id mismatch"_s),
            qPrintable(text(answer)));
    }
    // All of the above: nothing went in clear where both keys are known, and the other way round.
    void wentAsItShould()
    {
        QFETCH_GLOBAL(bool, encrypts);
        const auto seen = current().client->ask({ { u"seen"_s, true } }).value(u"ok").toObject();
        for (const auto &side : { u"requests"_s, u"responses"_s }) {
            const auto counts = seen.value(side).toObject();
            const auto cipher = counts.value(u"cipher").toInt();
            const auto plain = counts.value(u"plain").toInt();
            QVERIFY2((encrypts ? cipher : plain) >= 5, qPrintable(text(seen)));
            QVERIFY2((encrypts ? plain : cipher) == 0, qPrintable(text(seen)));
        }
        // Calls without a payload have nothing to hide; each answer has something to say.
        QCOMPARE(seen.value(u"responses").toObject().value(u"empty").toInt(), 0);
    }
};

ZOS_TEST(TestGridClient)
#include "tst_gridclient.moc"
