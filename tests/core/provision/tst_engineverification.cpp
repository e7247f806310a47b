// SPDX-License-Identifier: Apache-2.0
#include "tests/core/provision/rig.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::testing;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// Where a network wants to know its people.
class TestEngineVerification : public QObject
{
    Q_OBJECT
private:
    class Service final : public Verification
    {
    public:
        Task<Result<bool>> isVerified(TwinId twin) override
        {
            asked += twin.value();
            if (hangs)
                co_await gate.opened();
            co_return answer;
        }
        Result<bool> answer = true;
        QList<quint32> asked;
        bool hangs = false;
        zos::detail::Gate gate;
    };

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    void onlyTheVerifiedAreServed_data()
    {
        QTest::addColumn<QString>("answer");
        QTest::addColumn<QString>("text");
        QTest::newRow("yes") << u"yes"_s << QString();
        QTest::newRow("no") << u"no"_s << u"user with twin id 42 is not verified"_s;
        QTest::newRow("down") << u"down"_s << u"failed to get twin verification status"_s;
        QTest::newRow("silent") << u"silent"_s << u"failed to get twin verification status"_s;
    }
    void onlyTheVerifiedAreServed()
    {
        QFETCH(QString, answer);
        QFETCH(QString, text);
        Service service;
        if (answer == u"down")
            service.answer = fail(ErrorCode::Unavailable, u"no route to host"_s);
        else
            service.answer = answer == u"yes";
        service.hangs = answer == u"silent";
        Rig rig;
        rig.verification = &service;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 30) });
        const auto outcome = Rig::begin(rig.engine->deploy(TwinId(Rig::kTwin), json));
        if (answer == u"silent") {
            QVERIFY(rig.rests(10s));
            rig.turn(10s);
        }
        QVERIFY(eventually([&outcome] { return outcome->has_value(); }));
        QCOMPARE(service.asked, QList<quint32> { Rig::kTwin });
        QVERIFY(rig.idle());
        if (text.isEmpty()) {
            QVERIFY((*outcome)->has_value());
            QCOMPARE(rig.state(5, "data"), u"ok"_s);
        } else {
            QCOMPARE((*outcome)->error().what, text);
            QVERIFY(!rig.engine->get(TwinId(Rig::kTwin), ContractId(5)));
            QVERIFY(rig.memory.contents().deployments.isEmpty());
            QVERIFY(testing::wait(rig.volumes.list())->isEmpty());
        }
        service.gate.open();
        QCoreApplication::processEvents();
    }

    // In the order of the rules: who sends comes first, what is signed later.
    void asksInItsTurn()
    {
        Service service;
        service.answer = false;
        Rig rig;
        rig.verification = &service;
        QVERIFY(rig.start());
        const auto json = rig.request(5, 0, { Rig::disk("data", 1 << 30) });
        const auto refusal = [&rig](quint32 sender, const QByteArray &text) {
            return testing::wait(rig.engine->deploy(TwinId(sender), text)).error().what;
        };
        QCOMPARE(
            refusal(Rig::kTwin + 1, json), u"twin id mismatch (deployment: 42, message: 43)"_s);
        QCOMPARE(service.asked, QList<quint32>());
        const auto forged = Rig::compose(
            5, 0, { Rig::disk("data", 1 << 30) }, Rig::kTwin, QByteArray(64, '\x07').toHex());
        QCOMPARE(refusal(Rig::kTwin, forged), u"user with twin id 42 is not verified"_s);
    }

    // A node that could not keep its word takes no work, but goes on with what it has.
    void refusesWorkForAReason()
    {
        Rig rig;
        QVERIFY(rig.start());
        const TwinId twin(Rig::kTwin);
        const auto first = rig.request(5, 0, { Rig::disk("data", 1 << 30) });
        rig.engine->refuseWork(u"not now"_s);
        QCOMPARE(testing::wait(rig.engine->deploy(twin, first)).error().what, u"not now"_s);
        QVERIFY(rig.memory.contents().deployments.isEmpty());
        rig.engine->refuseWork({});
        QVERIFY(testing::wait(rig.engine->deploy(twin, first)));
        rig.engine->refuseWork(u"not now"_s);
        QVERIFY(rig.idle());
        QCOMPARE(rig.state(5, "data"), u"ok"_s);
        const auto next = rig.request(5, 1, { Rig::disk("data", 2ULL << 30, 1) });
        QCOMPARE(testing::wait(rig.engine->update(twin, next)).error().what, u"not now"_s);
        QCOMPARE(rig.get(5).version, 0U);
    }

    void changesAskAsWell()
    {
        Service service;
        Rig rig;
        rig.verification = &service;
        QVERIFY(rig.start());
        const TwinId twin(Rig::kTwin);
        QVERIFY(testing::wait(
            rig.engine->deploy(twin, rig.request(5, 0, { Rig::disk("data", 1 << 30) }))));
        QVERIFY(rig.idle());
        service.answer = false;
        const auto refused = testing::wait(
            rig.engine->update(twin, rig.request(5, 1, { Rig::disk("data", 2 << 29, 1) })));
        QCOMPARE(refused.error().what, u"user with twin id 42 is not verified"_s);
        QCOMPARE(rig.get(5).version, 0U);
        QCOMPARE(rig.state(5, "data"), u"ok"_s);
    }
};
ZOS_TEST(TestEngineVerification)
#include "tst_engineverification.moc"
