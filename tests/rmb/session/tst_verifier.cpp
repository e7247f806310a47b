// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "rmb/session/verifier.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using testing::eventually;
using Verdict = Verifier::Verdict;

namespace {

// Collects verdicts in the order they come.
struct Checks
{
    Identity identity = Identity::generate();
    QByteArray challenge = QByteArray(16, 'c');
    QByteArray signature = identity.typedSignature(challenge);
    QList<std::pair<int, Verdict>> verdicts;
    Verifier verifier;

    ~Checks() { testing::wait(verifier.stop()); }
    Verifier::Job job(int number, bool good = true)
    {
        Verifier::Job made;
        made.key = identity.publicKey();
        made.challenge = challenge;
        made.signature = signature;
        if (!good)
            made.signature[10] = char(made.signature[10] ^ 1);
        made.then = [this, number](Verdict verdict) { verdicts += std::pair(number, verdict); };
        return made;
    }
    qsizetype count(Verdict verdict) const
    {
        return std::ranges::count(verdicts, verdict, &std::pair<int, Verdict>::second);
    }
    qsizetype placeOf(int number) const
    {
        const auto found = std::ranges::find(verdicts, number, &std::pair<int, Verdict>::first);
        return found - verdicts.begin();
    }
};

} // namespace

class TestVerifier : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void tellsGoodFromBad_data()
    {
        QTest::addColumn<int>("jobs");
        QTest::addColumn<bool>("inTurn");
        QTest::newRow("one at once") << 1 << false;
        QTest::newRow("a batch") << 100 << false;
        QTest::newRow("one in turn") << 1 << true;
        QTest::newRow("many in turn") << 100 << true;
    }
    void tellsGoodFromBad()
    {
        QFETCH(int, jobs);
        QFETCH(bool, inTurn);
        Checks checks;
        for (int i = 0; i < jobs; ++i) {
            if (inTurn)
                checks.verifier.checkInTurn(
                    TwinId(quint32(i % 7)), false, checks.job(i, i % 3 == 0));
            else
                checks.verifier.check(checks.job(i, i % 3 == 0));
        }
        QVERIFY(checks.verdicts.isEmpty()); // never inside the caller
        QVERIFY(eventually([&] { return checks.verdicts.size() == jobs; }));
        for (const auto &[number, verdict] : std::as_const(checks.verdicts))
            QCOMPARE(verdict, number % 3 == 0 ? Verdict::Genuine : Verdict::Forged);
    }
    void refusesSignaturesOfAnotherShape_data()
    {
        QTest::addColumn<int>("size");
        for (const int size : { 0, 1, 63, 64, 66, 4096 })
            QTest::addRow("%d bytes", size) << size;
    }
    void refusesSignaturesOfAnotherShape()
    {
        QFETCH(int, size);
        Checks checks;
        auto job = checks.job(0);
        job.signature.resize(size, 'e');
        checks.verifier.check(std::move(job));
        auto keyless = checks.job(1);
        keyless.key.clear();
        checks.verifier.check(std::move(keyless));
        QVERIFY(eventually([&] { return checks.verdicts.size() == 2; }));
        QCOMPARE(checks.count(Verdict::Forged), 2);
    }
    void thoseInTurnShareOneQueue()
    {
        Checks checks;
        for (int i = 0; i < 1000; ++i)
            checks.verifier.checkInTurn(TwinId(quint32(i)), false, checks.job(i, false));
        QVERIFY(eventually([&] { return checks.verdicts.size() == 1000; }));
        QCOMPARE(checks.count(Verdict::Forged), 256);
        QCOMPARE(checks.count(Verdict::Unchecked), 744);
    }
    void garbageInOneNameDelaysOnlyThatName()
    {
        Checks checks;
        for (int i = 0; i < 500; ++i)
            checks.verifier.checkInTurn(TwinId(1), true, checks.job(i, false));
        checks.verifier.checkInTurn(TwinId(2), false, checks.job(1000));
        checks.verifier.check(checks.job(1001));
        QVERIFY(eventually([&] { return checks.verdicts.size() == 502; }));
        QCOMPARE(checks.count(Verdict::Genuine), 2);
        QCOMPARE(checks.count(Verdict::Forged), 32); // of one suspect
        const auto garbageBefore = [&](int number) {
            const auto end = checks.verdicts.begin() + checks.placeOf(number);
            return std::count_if(checks.verdicts.begin(), end,
                [](const auto &entry) { return entry.second == Verdict::Forged; });
        };
        QVERIFY(garbageBefore(1000) <= 16);
        QVERIFY(garbageBefore(1001) <= 16);
    }
    void newcomerTakesAPlaceOfTheLongestQueue()
    {
        Checks checks;
        int number = 0;
        for (quint32 twin = 0; twin < 4; ++twin) {
            for (int i = 0; i < 64; ++i)
                checks.verifier.checkInTurn(TwinId(twin), false, checks.job(number++, false));
        }
        checks.verifier.checkInTurn(TwinId(100), false, checks.job(9999));
        QVERIFY(eventually([&] { return checks.verdicts.size() == 257; }));
        QCOMPARE(checks.count(Verdict::Genuine), 1);
        QCOMPARE(checks.count(Verdict::Unchecked), 1);
    }
    void endsWithEverythingAnswered()
    {
        Checks checks;
        for (int i = 0; i < 100; ++i) {
            checks.verifier.check(checks.job(i));
            checks.verifier.checkInTurn(TwinId(1), false, checks.job(1000 + i));
        }
        testing::wait(checks.verifier.stop());
        QCOMPARE(checks.verdicts.size(), 200);
        QCOMPARE(checks.count(Verdict::Unchecked), 200);
        checks.verifier.check(checks.job(5000));
        QVERIFY(eventually([&] { return checks.verdicts.size() == 201; }));
    }
    void verdictsMayAskForMore()
    {
        Checks checks;
        int rounds = 0;
        std::function<void(Verdict)> next = [&](Verdict) {
            if (++rounds == 50)
                return;
            auto job = checks.job(rounds);
            job.then = next;
            checks.verifier.check(std::move(job));
        };
        auto first = checks.job(0);
        first.then = next;
        checks.verifier.check(std::move(first));
        QVERIFY(eventually([&] { return rounds == 50; }));
    }
};
ZOS_TEST(TestVerifier)
#include "tst_verifier.moc"
