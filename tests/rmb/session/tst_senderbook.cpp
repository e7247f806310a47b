// SPDX-License-Identifier: Apache-2.0
#include "rmb/session/senderbook.h"
#include "tests/support/runner.h"

using namespace zos;
using namespace zos::rmb;
using namespace std::chrono_literals;

namespace {
constexpr Sender kCaller { TwinId(7), 1 };
constexpr Sender kSameNameElsewhere { TwinId(7), 2 };
} // namespace

class TestSenderBook : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void trustsTheProven()
    {
        FakeClock clock;
        SenderBook book(&clock);
        QVERIFY(!book.trusted(kCaller));
        QVERIFY(!book.suspect(kCaller));
        book.good(kCaller);
        QVERIFY(book.trusted(kCaller));
        QVERIFY(!book.trusted(kSameNameElsewhere));
    }
    void suspectsAfterTwentyFailures()
    {
        FakeClock clock;
        SenderBook book(&clock);
        book.good(kCaller);
        for (int i = 0; i < 19; ++i)
            QVERIFY(!book.failed(kCaller));
        QVERIFY(book.trusted(kCaller));
        QVERIFY(book.failed(kCaller));
        QVERIFY(!book.trusted(kCaller));
        QVERIFY(book.suspect(kCaller));
        QVERIFY(!book.failed(kCaller)); // said once
        book.good(kCaller); // a good one does not buy the next bad ones
        QVERIFY(!book.trusted(kCaller));
    }
    void abuseOfANameElsewhereHurtsNobody()
    {
        FakeClock clock;
        SenderBook book(&clock);
        book.good(kCaller);
        for (int i = 0; i < 50; ++i)
            book.failed(kSameNameElsewhere);
        QVERIFY(book.suspect(kSameNameElsewhere));
        QVERIFY(book.trusted(kCaller));
    }
    void forgivesAfterAMinute()
    {
        FakeClock clock;
        SenderBook book(&clock);
        book.good(kCaller);
        for (int i = 0; i < 20; ++i)
            book.failed(kCaller);
        clock.advance(59s);
        QVERIFY(book.suspect(kCaller));
        book.failed(kCaller);
        clock.advance(59s);
        QVERIFY(book.suspect(kCaller));
        clock.advance(1s);
        QVERIFY(book.trusted(kCaller));
        QVERIFY(!book.failed(kCaller)); // counted from the beginning
        QVERIFY(book.trusted(kCaller));
    }
    void answersOnceASecond()
    {
        FakeClock clock;
        SenderBook book(&clock);
        QVERIFY(book.mayAnswer(TwinId(7)));
        QVERIFY(!book.mayAnswer(TwinId(7)));
        QVERIFY(book.mayAnswer(TwinId(8)));
        clock.advance(999ms);
        QVERIFY(!book.mayAnswer(TwinId(7)));
        clock.advance(1ms);
        QVERIFY(book.mayAnswer(TwinId(7)));
    }
    void answersTwentyNamesASecond()
    {
        FakeClock clock;
        SenderBook book(&clock);
        int answered = 0;
        for (quint32 twin = 0; twin < 1000; ++twin)
            answered += book.mayAnswer(TwinId(twin)) ? 1 : 0;
        QCOMPARE(answered, 20);
        clock.advance(1s);
        QVERIFY(book.mayAnswer(TwinId(1)));
    }
    void isBoundedAndKeepsTheProven()
    {
        FakeClock clock;
        SenderBook book(&clock);
        book.good(kCaller);
        for (quint32 twin = 100; twin < 50'000; ++twin)
            book.failed({ TwinId(twin), 3 });
        QVERIFY(book.size() <= 10'000);
        QVERIFY(book.trusted(kCaller));
    }
};
ZOS_TEST(TestSenderBook)
#include "tst_senderbook.moc"
