// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/resultstore.h"
#include "tests/support/runner.h"

#include <QTest>

using namespace zos;
using namespace zos::rmb;
using namespace std::chrono_literals;

namespace {
DirectMessage resultOf(qsizetype size)
{
    DirectMessage message;
    message.dat = QByteArray(size, 'x');
    return message;
}
QString queueName(int number)
{
    return QStringLiteral("queue-%1").arg(number);
}
} // namespace

class TestResultStore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsForItsTime()
    {
        FakeClock clock;
        ResultStore store({}, &clock);
        store.put(queueName(1), TwinId(7), resultOf(3));
        clock.advance(29min);
        QVERIFY(store.find(queueName(1)));
        QCOMPARE(store.find(queueName(1))->message.dat, "xxx"); // reading consumes nothing
        QVERIFY(!store.find(queueName(2)));
        clock.advance(1min);
        QVERIFY(!store.find(queueName(1)));
        QCOMPARE(store.size(), 0);
    }
    void boundsEachTwin()
    {
        FakeClock clock;
        ResultStore store({ 10, 3, 1 << 20, 10'000, 30min }, &clock);
        for (int i = 0; i < 5; ++i)
            QCOMPARE(store.put(queueName(i), TwinId(7), resultOf(1)), i < 3 ? 0 : 1);
        QVERIFY(!store.find(queueName(1)));
        QVERIFY(store.find(queueName(2)));
        QCOMPARE(store.size(), 3);
        QCOMPARE(store.put(queueName(9), TwinId(7), resultOf(4'000)), 3); // only this one fits
        QCOMPARE(store.size(), 1);
        QCOMPARE(store.put(queueName(10), TwinId(7), resultOf(10'000)), 1); // never fits
        QVERIFY(!store.find(queueName(10)));
        QVERIFY(store.find(queueName(9)));
    }
    void boundsAll()
    {
        FakeClock clock;
        ResultStore store({ 4, 3, 10'000, 10'000, 30min }, &clock);
        for (int i = 0; i < 6; ++i)
            store.put(queueName(i), TwinId(quint32(i)), resultOf(1));
        QCOMPARE(store.size(), 4);
        QVERIFY(!store.find(queueName(1)));
        store.put(queueName(6), TwinId(6), resultOf(3'500));
        QCOMPARE(store.size(), 2);
        QVERIFY(store.find(queueName(5)));
        QCOMPARE(store.put(queueName(6), TwinId(6), resultOf(1)), 0); // replaces its own
        QCOMPARE(store.size(), 2);
    }
};
ZOS_TEST(TestResultStore)
#include "tst_resultstore.moc"
