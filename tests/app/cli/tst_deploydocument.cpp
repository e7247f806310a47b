// SPDX-License-Identifier: Apache-2.0
#include "app/cli/deploydocument.h"
#include "app/cli/options.h"
#include "core/model/signatures.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace zos;
using namespace zos::app;
using namespace Qt::StringLiterals;

namespace {

// The public development key that signed the examples.
const QByteArray kAlice
    = QByteArray::fromHex("e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a");

const QByteArray kDisk
    = R"({"description":"d","workloads":[{"name":"disk","type":"zmount","data":{"size":1073741824}}]})";

QByteArray answerOf(const QByteArray &first, const QByteArray &second)
{
    const auto workload = [](const char *name, const QByteArray &state) {
        return R"({"name":")" + QByteArray(name)
            + R"(","type":"zmount","result":{"created":1,"state":")" + state
            + R"(","message":"m","data":null}})";
    };
    return R"({"contract_id":18446744073709551615,"description":"d","workloads":[)"
        + workload("a", first) + ',' + workload("b", second) + "]}";
}

} // namespace

class TestDeployDocument : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void completesLikeTheOldClients_data()
    {
        QTest::addColumn<QJsonObject>("vector");
        for (const auto &file : testing::vectors(u"deployments-examples"_s)) {
            for (const auto &entry : file.document.value(u"cases"_s).toArray()) {
                const auto vector = entry.toObject();
                QTest::newRow(qPrintable(vector.value(u"name"_s).toString())) << vector;
            }
        }
    }
    void completesLikeTheOldClients()
    {
        QFETCH(QJsonObject, vector);
        // What a user would write: the same request without what the program fills in.
        auto request = vector.value(u"request"_s).toObject();
        const TwinId owner(quint32(request.value(u"twin_id"_s).toInt()));
        for (const auto &name :
            { u"twin_id"_s, u"contract_id"_s, u"version"_s, u"signature_requirement"_s })
            request.remove(name);
        auto deployment = completeDeployment(QJsonDocument(request).toJson(), owner);
        QVERIFY2(deployment.has_value(), deployment ? "" : qPrintable(deployment.error().what));
        QCOMPARE(deployment->challengeHex(), vector.value(u"hash"_s).toString());

        const auto identity = Identity::fromSeed(kAlice, KeyType::Sr25519).value();
        signDeployment(*deployment, identity);
        const auto key
            = vector.value(u"twin_public_keys"_s).toObject().value(owner.text()).toString();
        QCOMPARE(QString::fromLatin1(identity.publicKey().toHex()), key);
        const auto sent = Deployment::fromJson(deployment->toJson()).value();
        QCOMPARE(sent.challengeHex(), deployment->challengeHex());
        const auto checked = checkSignatures(
            sent, sent.challengeHash(),
            [&](TwinId) { return Result<QByteArray>(identity.publicKey()); },
            [](bool sr25519, const QByteArray &signer, const QByteArray &message,
                const QByteArray &signature) {
                return verify(
                    sr25519 ? KeyType::Sr25519 : KeyType::Ed25519, signer, message, signature);
            });
        QVERIFY2(checked.has_value(), checked ? "" : qPrintable(checked.error().what));
    }

    void signsWithTheOwnersKind_data()
    {
        QTest::addColumn<char>("type");
        QTest::newRow("ed25519") << 'e';
        QTest::newRow("sr25519") << 's';
    }
    void signsWithTheOwnersKind()
    {
        QFETCH(char, type);
        const auto identity = Identity::generate(KeyType(type));
        auto deployment = completeDeployment(kDisk, TwinId(5)).value();
        const auto hash = deployment.challengeHash();
        signDeployment(deployment, identity);
        signDeployment(deployment, identity);
        QCOMPARE(deployment.challengeHash(), hash);
        QCOMPARE(deployment.signatureRequirement.signatures.size(), 1);
        const auto &signature = deployment.signatureRequirement.signatures.first();
        QCOMPARE(signature.twin, TwinId(5));
        QCOMPARE(signature.type, type == 's' ? u"sr25519"_s : u"ed25519"_s);
        QVERIFY(verify(KeyType(type), identity.publicKey(), hash,
            QByteArray::fromHex(signature.signature.toLatin1())));
    }

    void fillsInOwnerAndRequirement()
    {
        const auto deployment = completeDeployment(kDisk, TwinId(5)).value();
        QCOMPARE(deployment.twin, TwinId(5));
        QCOMPARE(deployment.version, quint32(0));
        QCOMPARE(deployment.contract, ContractId(0));
        const auto &requirement = deployment.signatureRequirement;
        QCOMPARE(requirement.requests.size(), 1);
        QCOMPARE(requirement.requests.first().twin, TwinId(5));
        QCOMPARE(requirement.requests.first().required, false);
        QCOMPARE(requirement.requests.first().weight, quint64(1));
        QCOMPARE(requirement.weightRequired, quint64(1));
    }

    void refusesWhatTheNodeWouldRefuse_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("no JSON") << QByteArray("{");
        QTest::newRow("no object") << QByteArray("[]");
        QTest::newRow("no workloads") << QByteArray("{}");
        QTest::newRow("somebody else's")
            << QByteArray(kDisk).replace("{\"desc", "{\"twin_id\":6,\"desc");
        QTest::newRow("unknown type") << QByteArray(kDisk).replace("zmount", "zmounts");
        QTest::newRow("bad name") << QByteArray(kDisk).replace("\"disk\"", "\"d i s k\"");
        QTest::newRow("size is text") << QByteArray(kDisk).replace("1073741824", "\"1\"");
    }
    void refusesWhatTheNodeWouldRefuse()
    {
        QFETCH(QByteArray, text);
        const auto deployment = completeDeployment(text, TwinId(5));
        QVERIFY(!deployment.has_value());
        QCOMPARE(exitCodeFor(deployment.error().code), ExitCode::Refused);
    }

    void keepsShortMetadataOnTheContract()
    {
        auto deployment = completeDeployment(kDisk, TwinId(5)).value();
        deployment.metadata = QString(512, u'x');
        QCOMPARE(contractData(deployment), deployment.metadata);
        deployment.metadata += u'x';
        QCOMPARE(contractData(deployment), QString());
    }

    void readsStatesOfAnAnswer_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QString>("state");
        QTest::addColumn<bool>("allOk");
        QTest::addColumn<bool>("failed");
        QTest::newRow("ready") << QByteArray("ok") << QByteArray("ok") << u"ok"_s << true << false;
        QTest::newRow("paused counts as ready")
            << QByteArray("paused") << QByteArray("ok") << u"ok"_s << true << false;
        QTest::newRow("half way") << QByteArray("ok") << QByteArray("init") << u"init"_s << false
                                  << false;
        QTest::newRow("failed") << QByteArray("error") << QByteArray("init") << u"error"_s << false
                                << true;
        QTest::newRow("removed") << QByteArray("deleted") << QByteArray("deleted") << u"deleted"_s
                                 << false << true;
    }
    void readsStatesOfAnAnswer()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        const auto view = DeploymentView::fromAnswer(answerOf(first, second)).value();
        QCOMPARE(view.contract.value(), std::numeric_limits<quint64>::max());
        QTEST(view.stateName(), "state");
        QTEST(view.allOk(), "allOk");
        QTEST(view.anyFailed(), "failed");
        QCOMPARE(view.table().count(u'\n'), 3);
    }

    void refusesAnswersThatAreNoDeployments()
    {
        for (const auto *text : { "", "null", "[]", "{}", "{\"workloads\":[{}]}",
                 "{\"workloads\":[{\"name\":\"a\",\"result\":{\"state\":\"odd\"}}]}" })
            QVERIFY2(!DeploymentView::fromAnswer(text).has_value(), text);
    }
};

ZOS_TEST(TestDeployDocument)
#include "tst_deploydocument.moc"
