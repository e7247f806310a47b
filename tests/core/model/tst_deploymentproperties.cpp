// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "tests/core/model/modelvectors.h"
#include "tests/core/model/mutation.h"
#include "tests/support/runner.h"

#include <QRandomGenerator>
#include <QtCrypto>

#include <algorithm>

using namespace zos;

namespace {

// The same JSON value with members in another order and white space wherever it is allowed.
QByteArray rewritten(const Json &json, QRandomGenerator &random)
{
    const auto space = [&] { return QByteArray(" \n\t\r").repeated(1).left(random.bounded(5)); };
    QByteArray text = space();
    if (json.isObject()) {
        auto members = json.members();
        std::shuffle(members.begin(), members.end(), random);
        text += '{';
        for (qsizetype i = 0; i < members.size(); ++i) {
            text += (i ? "," : "") + space() + jsonString(members[i].first) + space() + ':';
            text += rewritten(members[i].second, random);
        }
        text += space() + '}';
    } else if (json.isArray()) {
        text += '[';
        for (qsizetype i = 0; i < json.items().size(); ++i)
            text += (i ? "," : "") + rewritten(json.items()[i], random);
        text += space() + ']';
    } else {
        text += json.raw();
    }
    return text + space();
}

QList<std::pair<QString, QByteArray>> requests(bool signedOnes)
{
    QList<std::pair<QString, QByteArray>> all;
    for (const auto &vector : testing::cases(QStringLiteral("deployments-hash")))
        all.emplaceBack(QStringLiteral("hash ") + testing::textOf(vector, u"name"),
            testing::requestOf(vector, u"json"));
    for (const auto &vector : testing::cases(QStringLiteral("deployments-examples")))
        all.emplaceBack(QStringLiteral("example ") + testing::textOf(vector, u"name"),
            testing::requestOf(vector, u"request"));
    if (!signedOnes)
        return all;
    for (const auto &vector : testing::cases(QStringLiteral("deployments-signatures")))
        all.emplaceBack(QStringLiteral("signed ") + testing::textOf(vector, u"name"),
            testing::requestOf(vector, u"json"));
    return all;
}

} // namespace

class TestDeploymentProperties : public QObject
{
    Q_OBJECT
    QCA::Initializer m_qca;

    void addRequests(bool signedOnes = true)
    {
        QTest::addColumn<QByteArray>("request");
        for (const auto &[name, request] : requests(signedOnes))
            QTest::newRow(qPrintable(name)) << request;
    }

private Q_SLOTS:
    void hashIgnoresOrderAndSpace_data() { addRequests(); }
    void hashIgnoresOrderAndSpace()
    {
        QFETCH(QByteArray, request);
        const auto original = testing::parsed(request);
        const auto json = Json::parse(request);
        QVERIFY(json);
        QRandomGenerator random(20261124);
        for (int i = 0; i < 20; ++i) {
            const auto text = rewritten(*json, random);
            const auto other = testing::parsed(text);
            QCOMPARE(other.has_value(), original.has_value());
            if (other)
                QCOMPARE(other->challenge(), original->challenge());
        }
    }
    void survivesWritingAndReading_data() { addRequests(); }
    void survivesWritingAndReading()
    {
        QFETCH(QByteArray, request);
        const auto original = testing::parsed(request);
        if (!original)
            return;
        const auto text = original->toJson();
        const auto again = testing::parsed(text);
        QVERIFY2(again, again ? "" : qPrintable(again.error().what));
        QCOMPARE(again->toJson(), text);
        QCOMPARE(again->challenge(), original->challenge());
        QCOMPARE(again->contract, original->contract);
        QCOMPARE(again->challengeVariants(), original->challengeVariants());
        for (qsizetype i = 0; i < original->workloads.size(); ++i)
            QCOMPARE(again->workloads[i].data, original->workloads[i].data);
    }
    void mutantsDecodeOrAreRefused_data() { addRequests(false); }
    void mutantsDecodeOrAreRefused()
    {
        QFETCH(QByteArray, request);
        constexpr quint32 seed = 4711;
        QRandomGenerator random(seed);
        int decoded = 0;
        for (int i = 0; i < 200; ++i) {
            const auto mutant = testing::mutated(request, random);
            const auto deployment = testing::parsed(mutant);
            if (!deployment) {
                const auto code = deployment.error().code;
                QVERIFY2(
                    code == ErrorCode::Invalid || code == ErrorCode::Limit, mutant.constData());
                continue;
            }
            ++decoded;
            if (const auto valid = deployment->validate(); !valid)
                QVERIFY2(valid.error().code == ErrorCode::Invalid, mutant.constData());
            // What was decoded must mean the same after it was written.
            const auto again = testing::parsed(deployment->toJson());
            QVERIFY2(again, mutant.constData());
            QVERIFY2(again->challenge() == deployment->challenge(), mutant.constData());
            deployment->capacity();
        }
        QVERIFY2(
            decoded > 0, "every mutant was refused: the mutations are too strong to test anything");
    }
};

ZOS_TEST(TestDeploymentProperties)
#include "tst_deploymentproperties.moc"
