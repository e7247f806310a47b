// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "core/model/signatures.h"
#include "tests/core/model/modelvectors.h"
#include "tests/support/runner.h"

using namespace zos;

namespace {

bool verifyForReal(
    bool sr25519, const QByteArray &key, const QByteArray &message, const QByteArray &signature)
{
    return verify(sr25519 ? KeyType::Sr25519 : KeyType::Ed25519, key, message, signature);
}

} // namespace

class TestSignatures : public QObject
{
    Q_OBJECT

    static QByteArray signature(quint32 twin, const QByteArray &type = "sr25519")
    {
        return "{\"twin_id\":" + QByteArray::number(twin) + ",\"signature\":\""
            + QByteArray(128, 'a') + "\",\"signature_type\":\"" + type + "\"}";
    }
    static Deployment deployment(
        const QByteArray &requests, quint64 weight, const QByteArray &signatures)
    {
        return *testing::parsed("{\"twin_id\":5,\"signature_requirement\":{\"requests\":["
            + requests + "],\"weight_required\":" + QByteArray::number(weight) + ",\"signatures\":["
            + signatures + "]}}");
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }
    void checksLikeTheReference_data()
    {
        QTest::addColumn<Json>("vector");
        for (const auto &vector : testing::cases(QStringLiteral("deployments-signatures")))
            QTest::newRow(qPrintable(testing::textOf(vector, u"name"))) << vector;
    }
    void checksLikeTheReference()
    {
        QFETCH(Json, vector);
        const auto deployment = testing::parsed(testing::requestOf(vector, u"json"));
        QVERIFY(deployment);
        const auto key = [&](TwinId twin) -> Result<QByteArray> {
            const auto *known = vector.findExact(u"twin_public_keys")->findExact(twin.text());
            if (!known)
                return fail(ErrorCode::NotFound, QStringLiteral("unknown twin"));
            return QByteArray::fromHex(known->string().toLatin1());
        };
        const auto checked
            = checkSignatures(*deployment, deployment->challengeHash(), key, verifyForReal);
        QVERIFY2(checked.has_value() == testing::flagOf(vector, u"better_node_ok"),
            checked ? "accepted" : qPrintable(checked.error().what));
        // Texts are the reference's wherever both refuse; only the hex library words its error
        // itself.
        const auto text = testing::textOf(vector, u"reference_error");
        if (!checked && !text.isEmpty())
            QCOMPARE(checked.error().what.section(QStringLiteral(": "), 0, 0),
                text.section(QStringLiteral(": "), 0, 0));
    }
    void signsTheExamples()
    {
        for (const auto &vector : testing::cases(QStringLiteral("deployments-examples"))) {
            const auto deployment = testing::parsed(testing::requestOf(vector, u"request"));
            QVERIFY(deployment);
            const auto key = [&](TwinId twin) -> Result<QByteArray> {
                return QByteArray::fromHex(vector.findExact(u"twin_public_keys")
                        ->findExact(twin.text())
                        ->string()
                        .toLatin1());
            };
            const auto hash = deployment->challengeHash();
            QVERIFY(checkSignatures(*deployment, hash, key, verifyForReal));
            for (int bit = 0; bit < 128; ++bit) {
                auto wrong = hash;
                wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << bit % 8));
                QVERIFY(!checkSignatures(*deployment, wrong, key, verifyForReal));
            }
        }
    }
    void asksOnlyForKeysItNeeds()
    {
        const auto wanted = deployment(
            R"({"twin_id":5},{"twin_id":6,"weight":1},{"twin_id":7,"weight":1},{"twin_id":5,"weight":9},{"twin_id":7})",
            1,
            signature(5) + ',' + signature(7) + ',' + signature(7, "ed25519") + ',' + signature(8));
        QList<TwinId> asked;
        QList<bool> kinds;
        const auto key = [&](TwinId twin) -> Result<QByteArray> {
            asked += twin;
            return QByteArray(32, 'k');
        };
        const auto accept = [&](bool sr25519, const QByteArray &, const QByteArray &message,
                                const QByteArray &bytes) {
            kinds += sr25519;
            return message == "hash" && bytes == QByteArray(64, '\xaa');
        };
        QVERIFY(checkSignatures(wanted, "hash", key, accept));
        const QList<TwinId> expected { TwinId(5), TwinId(7) };
        QCOMPARE(asked, expected);
        QCOMPARE(kinds, QList<bool>({ true, true })); // the first entry of a twin counts
        QCOMPARE(signersOf(wanted), expected);
    }
    void keepsWhyAKeyIsMissing()
    {
        const auto key = [](TwinId) -> Result<QByteArray> {
            return fail(ErrorCode::Unavailable, QStringLiteral("no chain"));
        };
        const auto checked = checkSignatures(
            deployment(R"({"twin_id":5})", 0, signature(5)), "hash", key, verifyForReal);
        QVERIFY(!checked);
        QCOMPARE(checked.error().code, ErrorCode::Unavailable);
        QCOMPARE(checked.error().what,
            QStringLiteral("failed to get public key for twin '5': no chain"));
    }
    void takesWeightsThatDoNotFit()
    {
        const auto key = [](TwinId) -> Result<QByteArray> { return QByteArray(32, 'k'); };
        const auto accept
            = [](bool, const QByteArray &, const QByteArray &, const QByteArray &) { return true; };
        const auto wanted
            = deployment(R"({"twin_id":5,"weight":18446744073709551615},{"twin_id":6,"weight":2})",
                18446744073709551615ULL, signature(5) + ',' + signature(6));
        QVERIFY(checkSignatures(wanted, "hash", key, accept));
    }
};

ZOS_TEST(TestSignatures)
#include "tst_signatures.moc"
