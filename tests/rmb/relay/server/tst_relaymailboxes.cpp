// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relaymailboxes.h"
#include "tests/support/runner.h"

#include <QRandomGenerator>

using namespace zos;
using namespace zos::rmb;
using namespace std::chrono_literals;

namespace {

PeerAddress box(quint32 twin, const QString &connection = {})
{
    return { TwinId(twin), connection };
}

QByteArray take(RelayMailboxes &mail, const PeerAddress &to)
{
    const QByteArray *first = mail.first(to);
    if (!first)
        return "-";
    const QByteArray message = *first;
    mail.removeFirst(to);
    return message;
}

} // namespace

class TestRelayMailboxes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsTheOrder()
    {
        FakeClock clock;
        RelayMailboxes mail({}, &clock);
        QVERIFY(mail.isEmpty(box(8)));
        QVERIFY(mail.put(box(8), TwinId(7), "one", 60s));
        QVERIFY(mail.put(box(8, QStringLiteral("s")), TwinId(7), "other session", 60s));
        QVERIFY(mail.put(box(8), TwinId(9), "two", 60s));
        QVERIFY(!mail.isEmpty(box(8)));
        QCOMPARE(take(mail, box(8)), "one");
        QCOMPARE(take(mail, box(8)), "two");
        QCOMPARE(take(mail, box(8)), "-");
        QVERIFY(mail.isEmpty(box(8)));
        QCOMPARE(take(mail, box(8, QStringLiteral("s"))), "other session");
        QCOMPARE(mail.bytes(), 0);
    }
    void forgetsWhatIsOver()
    {
        FakeClock clock;
        RelayMailboxes mail({}, &clock);
        QVERIFY(mail.put(box(8), TwinId(7), "long", 60s));
        QVERIFY(mail.put(box(8), TwinId(7), "short", 10s));
        QVERIFY(mail.put(box(9), TwinId(7), "endless", std::chrono::hours(1'000'000)));
        clock.advance(9'999ms);
        QCOMPARE(mail.first(box(8)) ? *mail.first(box(8)) : "-", "long");
        QCOMPARE(mail.size(), 3);
        clock.advance(1ms);
        mail.dropExpired();
        QCOMPARE(mail.size(), 2);
        clock.advance(50s);
        QCOMPARE(take(mail, box(8)), "-");
        QVERIFY(mail.isEmpty(box(8)));
        clock.advance(1h - 60s);
        QCOMPARE(take(mail, box(9)), "-"); // an hour at most
        QCOMPARE(mail.bytes(), 0);
    }
    void isBoundedForOneSession()
    {
        FakeClock clock;
        RelayMailboxes mail({ 3, 1 << 20, 1 << 20 }, &clock);
        for (int i = 0; i < 3; ++i)
            QVERIFY(mail.put(box(8), TwinId(7), "m", 60s));
        QVERIFY(!mail.put(box(8), TwinId(7), "m", 60s));
        QVERIFY(mail.put(box(8, QStringLiteral("s")), TwinId(7), "m", 60s));
        mail.removeFirst(box(8));
        QVERIFY(mail.put(box(8), TwinId(7), "m", 60s));
        QCOMPARE(mail.size(), 4);
    }
    void isBoundedForOneSender()
    {
        FakeClock clock;
        RelayMailboxes mail({ 256, 10'000, 1 << 20 }, &clock);
        int kept = 0;
        while (kept < 100
            && mail.put(
                box(static_cast<quint32>(100 + kept)), TwinId(7), QByteArray(1'000, 'x'), 60s))
            ++kept;
        QVERIFY(kept >= 4 && kept <= 10);
        QVERIFY(mail.put(box(8), TwinId(9), QByteArray(1'000, 'x'), 60s));
        QVERIFY(!mail.put(box(8), TwinId(7), QByteArray(1'000, 'x'), 60s));
        mail.removeFirst(box(100));
        QVERIFY(mail.put(box(8), TwinId(7), QByteArray(1'000, 'x'), 60s));
    }
    void isBoundedInAll()
    {
        FakeClock clock;
        RelayMailboxes mail({ 1'000'000, 100'000, 100'000 }, &clock);
        quint32 sender = 0;
        while (sender < 10'000 && mail.put(box(8), TwinId(++sender), {}, 60s)) { }
        QVERIFY(mail.size() < 1'000); // empty messages and long names are not free
        QVERIFY(mail.bytes() <= 100'000);
        clock.advance(60s);
        QVERIFY(!mail.put(box(8, QString(50'000, u'x')), TwinId(1), {}, 60s));
        QCOMPARE(mail.size(), 0);
        QCOMPARE(mail.bytes(), 0);
    }
    void anyOrderAddsUp()
    {
        const auto seed = QRandomGenerator::global()->generate();
        QRandomGenerator random(seed);
        FakeClock clock;
        RelayMailboxes mail({ 20, 20'000, 60'000 }, &clock);
        for (int i = 0; i < 5'000; ++i) {
            const auto to = box(random.bounded(5U), QString::number(random.bounded(3U)));
            switch (random.bounded(4U)) {
            case 0:
                mail.removeFirst(to);
                break;
            case 1:
                clock.advance(std::chrono::milliseconds(random.bounded(3'000U)));
                break;
            default:
                mail.put(to, TwinId(random.bounded(4U)), QByteArray(random.bounded(2'000), 'x'),
                    std::chrono::seconds(random.bounded(20U)));
            }
        }
        clock.advance(1h);
        mail.dropExpired();
        QVERIFY2(
            mail.size() == 0 && mail.bytes() == 0, qPrintable(QStringLiteral("seed %1").arg(seed)));
    }
};

ZOS_TEST(TestRelayMailboxes)
#include "tst_relaymailboxes.moc"
