// SPDX-License-Identifier: Apache-2.0
#include "core/model/md5.h"
#include "core/model/signatures.h"
#include "tests/bench/provision/loadednode.h"
#include "tests/core/provision/rig.h"
#include "tests/support/figures.h"
#include "tests/support/runner.h"
#include "tests/support/synccalls.h"

#include <QElapsedTimer>
#include <QLoggingCategory>
#include <QtCrypto>

#include <sodium.h>
#include <unistd.h>

#include <array>
#include <ctime>

using namespace zos;
using namespace Qt::StringLiterals;
using testing::Rig;
using testing::sideBySide;

// What taking a request costs: the reading and checking of it, the write, and both with many
// deployments stored. Numbers are kept, never asserted.
class TestAcceptanceBench : public QObject
{
    Q_OBJECT
    QCA::Initializer m_qca;
    testing::Figures m_figures { u"acceptance"_s };

    static double milliseconds(const QElapsedTimer &timer)
    {
        return double(timer.nsecsElapsed()) / 1e6;
    }
    static double cpuMilliseconds(clockid_t clock)
    {
        timespec time {};
        ::clock_gettime(clock, &time);
        return double(time.tv_sec) * 1e3 + double(time.tv_nsec) / 1e6;
    }
    static QByteArrayList disk() { return { Rig::disk("data", 1ULL << 20) }; }
    // A disk, a network and sixteen machines: 7 KiB.
    static QByteArrayList large()
    {
        QByteArrayList workloads { Rig::disk("data", 1ULL << 30), Rig::network() };
        for (int n = 0; n < 16; ++n) {
            const auto number = QByteArray::number(10 + n);
            workloads
                += Rig::machine(QByteArray("vm" + number), {}, QByteArray("10.20.2." + number));
        }
        return workloads;
    }
    // The same bytes through everything that is done before the chain is asked, and through the
    // least that has to be done.
    void check(KeyType type)
    {
        const auto identity = Identity::generate(type);
        const auto unsignedText = Rig::compose(5, 0, large(), 42, {});
        const auto hash = Deployment::fromJson(unsignedText)->challengeHash();
        auto text = Rig::compose(5, 0, large(), 42, identity.sign(hash).toHex());
        if (type == KeyType::Sr25519)
            text.replace("ed25519", "sr25519");
        const auto key = identity.publicKey();
        int failures = 0;
        const auto keyOf = [&key](TwinId) -> Result<QByteArray> { return key; };
        const auto verifies = [](bool sr25519, const QByteArray &account, const QByteArray &message,
                                  const QByteArray &signature) {
            return verify(
                sr25519 ? KeyType::Sr25519 : KeyType::Ed25519, account, message, signature);
        };
        const auto name = type == KeyType::Ed25519 ? u"ed25519"_s : u"sr25519"_s;
        const auto ours = [&] {
            const auto deployment = Deployment::fromJson(text);
            failures += !deployment || !deployment->validate()
                || !checkSignatures(
                    *deployment, deployment->challengeHashes().first(), keyOf, verifies);
        };
        const auto challenge = Deployment::fromJson(text)->challenge();
        const auto signature = identity.sign(hash);
        const auto *bytes = reinterpret_cast<const unsigned char *>(hash.constData());
        std::array<unsigned char, 32> scalar, base, point;
        crypto_core_ristretto255_scalar_random(scalar.data());
        const auto bare = [&] {
            QCA::Hash(u"md5"_s).hash(challenge);
            if (type == KeyType::Ed25519) {
                failures += crypto_sign_ed25519_verify_detached(
                                reinterpret_cast<const unsigned char *>(signature.constData()),
                                bytes, quint64(hash.size()),
                                reinterpret_cast<const unsigned char *>(key.constData()))
                    != 0;
            } else {
                failures += crypto_scalarmult_ristretto255_base(base.data(), scalar.data()) != 0;
                failures += crypto_scalarmult_ristretto255(point.data(), scalar.data(), base.data())
                    != 0;
            }
        };
        const auto both = sideBySide(100, ours, bare);
        m_figures.add(u"request of %1 KiB read, checked, hashed, %2"_s
                          .arg(double(text.size()) / 1024, 0, 'f', 1)
                          .arg(name),
            both.ours, u"us"_s, u"bare MD5 and signature"_s, both.bare);
        QCOMPARE(failures, 0);
    }

    struct Rate
    {
        double perSecond = 0;
        double loop = 0; // milliseconds of processor time each: the event loop
        double others = 0; // signatures and store
        double syncs = 0; // each
        bool good = true;
    };
    // `most` requests at a time until all are answered.
    static Rate measure(bench::LoadedNode &node, int requests, int most)
    {
        std::vector<bench::LoadedNode::Request> all;
        for (int n = 0; n < requests; ++n)
            all.push_back(node.request(disk(), quint32(n % 64)));
        Rate rate;
        const int syncs = testing::syncCalls();
        const double loop = cpuMilliseconds(CLOCK_THREAD_CPUTIME_ID);
        const double whole = cpuMilliseconds(CLOCK_PROCESS_CPUTIME_ID);
        QElapsedTimer timer;
        timer.start();
        QList<Rig::Answer> open;
        const auto take = [&] {
            open.removeIf([&rate](const Rig::Answer &answer) {
                rate.good = rate.good && (!answer->has_value() || **answer);
                return answer->has_value();
            });
        };
        for (const auto &request : all) {
            open += Rig::begin(node.engine().deploy(request.twin, request.json));
            while (open.size() >= most) {
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
                take();
            }
        }
        while (!open.isEmpty()) {
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
            take();
        }
        rate.perSecond = requests * 1000.0 / milliseconds(timer);
        rate.loop = (cpuMilliseconds(CLOCK_THREAD_CPUTIME_ID) - loop) / requests;
        rate.others = (cpuMilliseconds(CLOCK_PROCESS_CPUTIME_ID) - whole) / requests - rate.loop;
        rate.syncs = double(testing::syncCalls() - syncs) / requests;
        return rate;
    }
    double syncPerSecond() const
    {
        QTemporaryDir folder(QStringLiteral(ZOS_BINARY_DIR "/bench-XXXXXX"));
        QFile file(folder.filePath(u"bare"_s));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
            return 0;
        // Blocks the file has already, as in the store's log once it has been used.
        constexpr int kCalls = 100;
        const QByteArray page(4096, 'p');
        file.write(page.repeated(kCalls));
        file.seek(0);
        ::fsync(file.handle());
        QElapsedTimer timer;
        timer.start();
        for (int n = 0; n < kCalls; ++n) {
            file.write(page);
            ::fdatasync(file.handle());
        }
        return kCalls * 1000.0 / milliseconds(timer);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(initCrypto());
        QLoggingCategory::setFilterRules(u"zos.*=false"_s);
    }
    void cleanupTestCase() { QLoggingCategory::setFilterRules({}); }

    void readAndChecked()
    {
        check(KeyType::Ed25519);
        check(KeyType::Sr25519);
    }

    void accepted_data()
    {
        QTest::addColumn<int>("stored");
        for (const int stored : { 1, 100, 1000, 10000 })
            QTest::addRow("%d stored", stored) << stored;
    }
    void accepted()
    {
        QFETCH(int, stored);
        bench::LoadedNode node;
        node.preload(stored);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(node.start() && node.idle());
        const double started = milliseconds(timer) / 1000;
        const double bare = syncPerSecond();
        (void)measure(node, 20, 1); // warm
        QVERIFY(node.idle());
        const auto single = measure(node, 100, 1);
        QVERIFY(node.idle());
        const auto many = measure(node, 400, 32);
        QVERIFY(node.idle() && single.good && many.good);
        const auto with = u"%1 stored: "_s.arg(stored);
        m_figures.add(with + u"start, a disk each, until all is looked at", started, u"s"_s);
        m_figures.add(
            with + u"accepted one by one", single.perSecond, u"1/s"_s, u"bare fdatasync"_s, bare);
        m_figures.add(
            with + u"accepted, 32 at a time", many.perSecond, u"1/s"_s, u"bare fdatasync"_s, bare);
        m_figures.add(with + u"processor time each, event loop", many.loop, u"ms"_s);
        m_figures.add(with + u"processor time each, signature and store", many.others, u"ms"_s);
        m_figures.add(with + u"syncs each, 32 at a time", many.syncs, u""_s);
    }

    // Until a client can be told something.
    void firstWords()
    {
        bench::LoadedNode node;
        node.preload(1000);
        QVERIFY(node.start() && node.idle());
        QList<double> refused, visible, rehearsed;
        for (int n = 0; n < 60; ++n) {
            const auto huge = node.request({ Rig::disk("data", 1ULL << 60) });
            QElapsedTimer timer;
            timer.start();
            QVERIFY(!testing::wait(node.engine().deploy(huge.twin, huge.json)));
            refused += milliseconds(timer);
            const auto fine = node.request(disk());
            timer.restart();
            QVERIFY(testing::wait(node.engine().rehearse(fine.twin, fine.json)));
            rehearsed += milliseconds(timer);
            timer.restart();
            QVERIFY(testing::wait(node.engine().deploy(fine.twin, fine.json)));
            QVERIFY(node.engine().get(fine.twin, fine.contract));
            visible += milliseconds(timer);
            QVERIFY(node.idle());
        }
        const auto judge = [this](const QString &what, const QList<double> &took, double target) {
            m_figures.add(what + u", median", testing::median(took), u"ms"_s);
            m_figures.judge(what + u", longest", std::ranges::max(took), u"ms"_s,
                testing::Figures::Wanted::AtMost, target);
        };
        judge(u"refusal of what does not fit"_s, refused, 100);
        judge(u"rehearsal"_s, rehearsed, 50);
        judge(u"request to first visible state"_s, visible, 50);
    }
};
ZOS_TEST(TestAcceptanceBench)
#include "tst_acceptancebench.moc"
