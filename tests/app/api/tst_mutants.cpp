// SPDX-License-Identifier: Apache-2.0
#include "tests/app/api/examples.h"
#include "tests/app/api/jsonmutants.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace Qt::StringLiterals;
using testing::Api;
using testing::JsonMutants;
using testing::Rig;

namespace {

constexpr int kMutants = 200; // of each command and of each signed deployment

quint32 callerOf(app::Access access)
{
    switch (access) {
    case app::Access::Farmer:
        return Api::kFarmer;
    case app::Access::Admin:
        return Api::kAdmin;
    default:
        return Api::kOwner;
    }
}

// Everything a call must not change, as one text.
QByteArray worldOf(Api &api)
{
    QByteArray all = QJsonDocument(api.rig.world->snapshot()).toJson(QJsonDocument::Compact);
    const auto contents = api.rig.memory.contents();
    for (const auto &row : contents.deployments)
        all += row.key.text().toUtf8() + row.request;
    for (const auto &row : contents.workloads)
        all += storedText(row.workload) + row.digest.toUtf8();
    for (const auto &row : contents.pending)
        all += storedText(row.workload);
    all += QByteArray::number(contents.log.size()) + '/'
        + QByteArray::number(contents.tombstones.size()) + '/'
        + QByteArray::number(api.rig.store.commits()) + '/'
        + QByteArray::number(api.rig.engine->usage().used.mru.count());
    return all;
}

// A text that names a cause and holds nothing that was sent to excess.
bool stableText(const Error &error)
{
    return !error.what.isEmpty() && error.what.size() < 1000 && error.code != ErrorCode::Bug
        && !error.what.contains(u"panicked");
}

} // namespace

class TestMutants : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    // R4: refused with a stable text or answered, and never half done.
    void ofEveryPayload_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<quint32>("caller");
        for (const auto &route : app::routes())
            QTest::newRow(route.command)
                << QString::fromLatin1(route.command) << callerOf(route.access);
    }
    void ofEveryPayload()
    {
        QFETCH(QString, command);
        QFETCH(quint32, caller);
        Api api;
        api.selfTests.put({ u"healthcheck"_s, u"d"_s, 5, "{}", {} });
        QCOMPARE(api.deployAll(), "null");
        const auto payload = testing::examplePayload(api, command);
        // The contract a mutant might be accepted for does not exist, or has another hash.
        const bool writes = command.endsWith(u".deploy") || command.endsWith(u".update");
        if (writes)
            api.rig.ledger.contracts[ContractId(command.endsWith(u".deploy") ? 6 : 5)].hash
                = QString(32, u'0');
        const auto before = worldOf(api);
        const auto seed = quint32(qHash(command, 4242));
        QRandomGenerator random(seed);
        const JsonMutants mutants(payload);
        for (int n = 0; n < kMutants; ++n) {
            const auto mutant = mutants.next(random);
            const auto answer = api.call(command, mutant, caller);
            const auto shown = QByteArray("seed " + QByteArray::number(seed) + " mutant "
                + QByteArray::number(n) + ": " + mutant.left(300) + " -> "
                + (answer ? answer->left(200) : answer.error().what.left(200).toUtf8()));
            QVERIFY2(
                answer ? Json::parse(*answer).has_value() && !writes : stableText(answer.error()),
                shown.constData());
            QVERIFY2(worldOf(api) == before, shown.constData());
        }
        QVERIFY(api.rig.idle());
        QCOMPARE(worldOf(api), before);
    }

    // R21: whatever is changed in what was signed, nothing of it happens.
    void ofSignedDeployments_data()
    {
        QTest::addColumn<QByteArrayList>("workloads");
        QTest::newRow("network") << QByteArrayList { Rig::network() };
        QTest::newRow("zmount") << QByteArrayList { Rig::disk("data", 1 << 30) };
        QTest::newRow("zmachine") << QByteArrayList { Rig::machine("vm", {}) };
        QTest::newRow("all together") << Rig::fullSet();
    }
    void ofSignedDeployments()
    {
        QFETCH(QByteArrayList, workloads);
        Api api;
        const auto request = api.rig.request(5, 0, workloads);
        const auto original = *Deployment::fromJson(request);
        const auto before = worldOf(api);
        const auto seed = quint32(qHash(QByteArray(QTest::currentDataTag()), 77));
        QRandomGenerator random(seed);
        const JsonMutants mutants(request);
        QMap<QString, int> refusals;
        int refused = 0;
        for (int tried = 0; refused < kMutants; ++tried) {
            QVERIFY2(tried < 20 * kMutants, "the mutants hardly differ from what was signed");
            const auto mutant = mutants.next(random);
            const auto changed = Deployment::fromJson(mutant);
            // What says the same is the same deployment, however it is written.
            const bool same = changed && changed->challenge() == original.challenge()
                && changed->contract == original.contract && changed->validate();
            const auto &signatures
                = changed ? changed->signatureRequirement.signatures : QList<DeploymentSignature>();
            if (same && !signatures.isEmpty()
                && signatures.first().signature
                    == original.signatureRequirement.signatures.first().signature
                && signatures.first().type != u"sr25519"
                && signatures.first().twin == original.twin)
                continue;
            ++refused;
            const auto answer = api.call(u"zos.deployment.deploy"_s, mutant);
            const auto shown = QByteArray("seed " + QByteArray::number(seed) + " mutant "
                + QByteArray::number(tried) + ": " + mutant.left(600) + " -> "
                + (answer ? *answer : answer.error().what.toUtf8()));
            QVERIFY2(!answer, shown.constData());
            QVERIFY2(stableText(answer.error()), shown.constData());
            // The right text: of the first rule that is broken.
            const auto &said = answer.error().what;
            if (!changed) {
                QCOMPARE(said, changed.error().what);
            } else if (const auto valid = changed->validate(); !valid) {
                QCOMPARE(said, valid.error().what);
            } else if (changed->twin != original.twin) {
                QVERIFY2(said.startsWith(u"twin id mismatch"), shown.constData());
            } else if (changed->challenge() == original.challenge()
                && changed->contract != original.contract) {
                QVERIFY2(said.contains(u"contract not found"), shown.constData());
            } else {
                static const QStringList texts { u"failed to verify signature"_s,
                    u"invalid signature"_s, u"missing required signature for twin"_s,
                    u"failed to get public key for twin"_s,
                    u"originator twin id must be in the signature requests"_s,
                    u"required signature weight is not reached"_s };
                QVERIFY2(std::ranges::any_of(
                             texts, [&said](const QString &text) { return said.contains(text); }),
                    shown.constData());
            }
            ++refusals[said.left(24)];
            QVERIFY2(worldOf(api) == before, shown.constData());
        }
        QVERIFY(refusals.size() >= 4); // not all of them broken in one way
        // And the one that was signed is taken.
        QCOMPARE(api.good(u"zos.deployment.deploy"_s, request), "null");
        QVERIFY(api.rig.idle());
    }
};
ZOS_TEST(TestMutants)
#include "tst_mutants.moc"
