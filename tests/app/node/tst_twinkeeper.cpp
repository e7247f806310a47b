// SPDX-License-Identifier: Apache-2.0
#include "app/node/twinkeeper.h"
#include "core/chain/localledger.h"
#include "tests/support/eventually.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QTemporaryDir>
#include <QTimer>

using namespace zos;
using namespace zos::app;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

// A node's twin on a ledger, and another program that has the same key.
struct TwinLab
{
    TwinLab()
        : ledger(folder.filePath(u"ledger"_s), identity, &clock)
        , other(folder.filePath(u"ledger"_s), identity, &clock)
    {
        if (!testing::wait(ledger.open(true)) || !testing::wait(other.open(false)))
            qFatal("no ledger");
        wanted.ip = u"201::1"_s;
        wanted.relay = u"relay.tf"_s;
        wanted.pk = identity.endToEndKey();
        own = *testing::wait(ledger.ensureTwin(wanted.ip, wanted.relay, wanted.pk));
    }
    ~TwinLab() { testing::wait(scope.finish()); }
    void keep(TwinPace pace)
    {
        keeper = std::make_unique<TwinKeeper>(&ledger, own, wanted, pace);
        scope.spawn(keeper->run(scope.token()));
    }
    bool spoil(const QString &relay)
    {
        return testing::wait(other.ensureTwin(wanted.ip, relay, {})).has_value();
    }
    bool isRight()
    {
        const auto now = testing::wait(other.twin(own));
        return now && now->ip == wanted.ip && now->relay == wanted.relay && now->pk == wanted.pk;
    }

    QTemporaryDir folder;
    const SystemClock clock;
    const Identity identity = Identity::generate();
    LocalLedger ledger;
    LocalLedger other;
    Twin wanted;
    TwinId own;
    std::unique_ptr<TwinKeeper> keeper;
    TaskScope scope;
};

} // namespace

class TestTwinKeeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    // Hours before it would look by itself.
    void writesAgainWhatOthersChange()
    {
        TwinLab lab;
        lab.keep({ 5h, 5h, 1ms });
        for (int round = 1; round <= 3; ++round) {
            QVERIFY(lab.spoil(u"elsewhere%1.tf"_s.arg(round)));
            QVERIFY(eventually([&] { return lab.isRight(); }));
            QVERIFY(eventually([&] { return lab.keeper->writes() == round; }));
        }
    }
    void writesWhatIsWrongFromTheBeginning()
    {
        TwinLab lab;
        QVERIFY(lab.spoil({}));
        lab.keep({ 5h, 5h, 1ms });
        QVERIFY(eventually([&] { return lab.isRight(); }));
    }
    void leavesARightRecordAlone()
    {
        TwinLab lab;
        lab.keep({ 1ms, 1ms, 1ms }); // looks all the time
        int beats = 0;
        QTimer beat;
        connect(&beat, &QTimer::timeout, this, [&] { ++beats; });
        beat.start(1);
        QVERIFY(eventually([&] { return beats >= 50; }));
        QCOMPARE(lab.keeper->writes(), 0);
    }
    // Two programs with one key and two opinions: they do not spend the node's money on it.
    void doesNotQuarrel()
    {
        TwinLab lab;
        lab.keep({ 1ms, 1ms, 5h });
        int spoiled = 0;
        while (spoiled < 20) {
            QVERIFY(lab.spoil(u"elsewhere%1.tf"_s.arg(++spoiled)));
            if (spoiled == 1)
                QVERIFY(eventually([&] { return lab.keeper->writes() == 1; }));
        }
        QVERIFY(!lab.isRight());
        QCOMPARE(lab.keeper->writes(), 1);
    }
    // What cannot be written now is tried again.
    void triesAgain()
    {
        TwinLab lab;
        QVERIFY(lab.spoil(u"elsewhere.tf"_s));
        LocalLedger late(lab.folder.filePath(u"ledger"_s), lab.identity, &lab.clock);
        TwinKeeper keeper(&late, lab.own, lab.wanted, { 5h, 1ms, 1ms });
        TaskScope scope;
        scope.spawn(keeper.run(scope.token()));
        int beats = 0;
        QTimer beat;
        connect(&beat, &QTimer::timeout, this, [&] { ++beats; });
        beat.start(1);
        QVERIFY(eventually([&] { return beats >= 20; })); // it cannot be asked yet
        QVERIFY(!lab.isRight());
        QVERIFY(testing::wait(late.open(false)));
        QVERIFY(eventually([&] { return lab.isRight(); }));
        testing::wait(scope.finish());
    }
};
ZOS_TEST(TestTwinKeeper)
#include "tst_twinkeeper.moc"
