// SPDX-License-Identifier: Apache-2.0
#include "tests/rmb/direct/http/rawhttp.h"
#include "tests/rmb/relay/server/rawpeer.h"
#include "tests/support/runner.h"

#include <QFile>
#include <QRandomGenerator>

using namespace zos;
using namespace zos::rmb;
using namespace std::chrono_literals;
using testing::eventually;
using testing::peerOf;
using testing::RawHttp;
using testing::RawPeer;
using testing::RelayClient;
using testing::RelayLab;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kMemoryIsReal = false; // freed memory is kept for a while to find misuse
#else
constexpr bool kMemoryIsReal = true;
#endif

constexpr qsizetype kChunk = 64 << 10;

// Of this process, in bytes: relay and clients live in it together.
qint64 residentMemory()
{
    QFile status(QStringLiteral("/proc/self/statm"));
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    return status.readAll().split(' ').value(1).toLongLong() * 4096;
}

// Writes so long that nothing of it waits in this process.
bool pour(RawPeer &peer, qint64 size, qint64 *highest)
{
    const QByteArray chunk(kChunk, 'x');
    for (qint64 sent = 0; sent < size && !peer.isClosed(); sent += kChunk) {
        peer.socket.write(chunk.first(std::min<qint64>(kChunk, size - sent)));
        const bool gone
            = eventually([&] { return peer.socket.bytesToWrite() == 0 || peer.isClosed(); });
        *highest = std::max(*highest, residentMemory());
        if (!gone)
            return false;
    }
    return true;
}

} // namespace

class TestRelayHostile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto()); }

    // R5 of the reliability list.
    void boundsAFrame_data()
    {
        QTest::addColumn<qint64>("size");
        QTest::newRow("a byte more") << qint64(kMaxEnvelope) + 1;
        QTest::newRow("8 MiB") << (qint64(8) << 20);
        QTest::newRow("64 MiB") << (qint64(64) << 20);
        QTest::newRow("more than there is") << std::numeric_limits<qint64>::max();
    }
    void boundsAFrame()
    {
        QFETCH(qint64, size);
        RelayLab lab;
        RawPeer peer(lab, 7);
        QVERIFY(peer.entered);
        const qint64 before = residentMemory();
        qint64 highest = before;
        peer.socket.write(RawPeer::frameHead('\x82', static_cast<quint64>(size)));
        QVERIFY(pour(peer, std::min<qint64>(size, 64 << 20), &highest));
        QCOMPARE(peer.closeCode(), 1009);
        QVERIFY(eventually([&] { return lab.relay->sessions() == 0; }));
        if (kMemoryIsReal)
            QVERIFY2(highest - before < kMaxEnvelope + (8 << 20),
                qPrintable(QString::number(highest - before)));
    }
    void boundsAFragmentedMessage_data()
    {
        QTest::addColumn<qsizetype>("fragment");
        QTest::newRow("of 64 KiB each") << kChunk;
        QTest::newRow("of one byte each") << qsizetype(1);
    }
    void boundsAFragmentedMessage()
    {
        QFETCH(qsizetype, fragment);
        RelayLab lab;
        RawPeer peer(lab, 7);
        QVERIFY(peer.entered);
        const qint64 before = residentMemory();
        qint64 highest = before;
        // As many fragments as fit a chunk, none of them the last.
        const auto size = static_cast<quint64>(fragment);
        const QByteArray one = RawPeer::frameHead('\0', size) + QByteArray(fragment, 'x');
        const QByteArray many = one.repeated(std::max<qsizetype>(1, kChunk / one.size()));
        peer.socket.write(RawPeer::frameHead('\x02', size) + QByteArray(fragment, 'x'));
        const qsizetype rounds = 8 * kMaxEnvelope / fragment / (many.size() / one.size());
        for (qsizetype i = 0; i < rounds && !peer.isClosed() && lab.relay->sessions() > 0; ++i) {
            peer.socket.write(many);
            QVERIFY(eventually([&] { return peer.socket.bytesToWrite() == 0 || peer.isClosed(); }));
            highest = std::max(highest, residentMemory());
        }
        QCOMPARE(peer.closeCode(), 1009);
        QVERIFY(eventually([&] { return lab.relay->sessions() == 0; }));
        if (kMemoryIsReal)
            QVERIFY2(highest - before < kMaxEnvelope + (8 << 20),
                qPrintable(QString::number(highest - before)));
    }
    void endsTheSession_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("code");
        const auto frame = [](char first, const QByteArray &payload) {
            return RawPeer::frameHead(first, static_cast<quint64>(payload.size())) + payload;
        };
        QTest::newRow("a text message") << frame('\x81', "hello") << 1003;
        QTest::newRow("no envelope") << frame('\x82', "\xff\xff\xff\xff\xff") << 1002;
        QTest::newRow("text that is no text") << frame('\x81', "\xff\xfe") << 1007;
        QTest::newRow("a frame without a mask") << QByteArray("\x82\x01x", 3) << 1002;
        QTest::newRow("an unknown opcode") << frame('\x83', "x") << 1002;
        QTest::newRow("a reserved bit") << frame('\xc2', "x") << 1002;
        QTest::newRow("a continuation of nothing") << frame('\x80', "x") << 1002;
        QTest::newRow("a ping in fragments") << frame('\x09', "x") << 1002;
        QTest::newRow("a ping of 200 bytes") << frame('\x89', QByteArray(200, 'x')) << 1002;
        QTest::newRow("a goodbye") << frame('\x88', QByteArray("\x03\xe8", 2)) << 1000;
    }
    void endsTheSession()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, code);
        RelayLab lab;
        RawPeer peer(lab, 7);
        RelayClient eight(lab, 8);
        QVERIFY(peer.entered);
        peer.socket.write(bytes);
        QCOMPARE(peer.closeCode(), code);
        QVERIFY(eventually([&] { return peer.isClosed(); }));
        QVERIFY(eventually([&] { return lab.relay->sessions() == 1; }));
        QVERIFY(eight.settle(peerOf(8)));
        QVERIFY(eight.inbox.isEmpty());
    }
    void livesThroughNoise()
    {
        const auto seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        RelayLab lab;
        RelayClient eight(lab, 8);
        const QByteArray honest = lab.request(peerOf(7), peerOf(9)).encode();
        for (int i = 0; i < 100; ++i) {
            RawPeer peer(lab, 7);
            QVERIFY(peer.entered);
            QByteArray noise = i % 2 ? honest : QByteArray(random.bounded(1, 300), '\0');
            for (int changes = 0; changes < 4; ++changes)
                noise[random.bounded(noise.size())] = static_cast<char>(random.bounded(256));
            if (i % 3)
                peer.frame('\x82', noise);
            else
                peer.socket.write(noise);
            peer.socket.flush();
        }
        QVERIFY(eight.settle(peerOf(8)));
        QVERIFY(eight.isOpen());
    }

    // R6: who holds connections open without saying who he is.
    void halfOpenConnectionsMakeRoom()
    {
        LocalRelayLimits limits;
        limits.halfOpen = 8;
        limits.handshake = 1h; // no help from time
        limits.perAddress = 1000;
        RelayLab lab(limits);
        RelayClient eight(lab, 8);
        std::vector<std::unique_ptr<RawPeer>> idle;
        for (int i = 0; i < 50; ++i) {
            idle.push_back(std::make_unique<RawPeer>(lab.relay->port()));
            idle.back()->socket.write("GET /?");
        }
        const auto open = [&] {
            return std::ranges::count_if(idle, [](const auto &peer) { return !peer->isClosed(); });
        };
        QVERIFY(eventually([&] { return open() <= 8; }));
        RelayClient seven(lab, 7);
        QVERIFY(seven.isOpen());
        QVERIFY(eight.settle(peerOf(8)));
    }
    void aSlowHandshakeEnds()
    {
        LocalRelayLimits limits;
        limits.handshake = 300ms;
        RelayLab lab(limits);
        RelayClient eight(lab, 8);
        RawPeer peer(lab.relay->port());
        const QByteArray handshake = RawPeer::handshake(lab.token(7));
        qsizetype sent = 0;
        QVERIFY(eventually([&] { // byte by byte, so that it is never idle
            if (sent < handshake.size() - 1)
                peer.socket.write(handshake.sliced(sent++, 1));
            peer.socket.flush();
            return peer.isClosed();
        }));
        QCOMPARE(lab.relay->sessions(), 1);
        QVERIFY(eight.settle(peerOf(8)));
    }
    void aSlowLedgerDoesNotHoldTheDoor()
    {
        LocalRelayLimits limits;
        limits.handshake = 100ms;
        RelayLab lab(limits);
        lab.ledger.delay = 500ms;
        RawPeer peer(lab, 7);
        QVERIFY(!peer.entered);
        QVERIFY(peer.isClosed());
        QVERIFY(eventually([&] { return lab.ledger.lookups == 1; }));
    }
    void aFrameInDripsEnds()
    {
        LocalRelayLimits limits;
        limits.pingEvery = 50ms;
        limits.silence = 300ms;
        RelayLab lab(limits);
        RelayClient eight(lab, 8);
        RawPeer peer(lab, 7);
        QVERIFY(peer.entered);
        peer.socket.write(RawPeer::frameHead('\x82', 1'000'000));
        QVERIFY(eventually([&] {
            peer.socket.write("x");
            peer.socket.flush();
            peer.socket.readAll();
            return lab.relay->sessions() == 1;
        }));
        QVERIFY(eight.settle(peerOf(8)));
        QVERIFY(eight.isOpen());
    }
    void boundsConnections_data()
    {
        QTest::addColumn<int>("all");
        QTest::addColumn<int>("perAddress");
        QTest::newRow("in all") << 3 << 100;
        QTest::newRow("of an address") << 100 << 3;
    }
    void boundsConnections()
    {
        QFETCH(int, all);
        QFETCH(int, perAddress);
        LocalRelayLimits limits;
        limits.connections = all;
        limits.perAddress = perAddress;
        RelayLab lab(limits);
        RelayClient a(lab, 7, QStringLiteral("a"));
        RelayClient b(lab, 7, QStringLiteral("b"));
        auto idle = std::make_unique<RawPeer>(lab.relay->port());
        auto c = std::make_unique<RelayClient>(lab, 8); // who says nothing makes room
        QVERIFY(c->isOpen());
        QVERIFY(eventually([&] { return idle->isClosed(); }));
        RelayClient refused(lab, 9);
        QVERIFY(!refused.isOpen());
        c.reset(); // a place becomes free
        QVERIFY(eventually([&] { return lab.relay->sessions() == 2; }));
        QVERIFY(eventually([&] {
            const RelayClient again(lab, 9);
            return again.isOpen();
        }));
        QVERIFY(a.isOpen() && b.isOpen());
    }

    // R13 and floods: nothing is kept without bound for who does not read.
    void boundsWhatIsUnread()
    {
        LocalRelayLimits limits;
        limits.bytesPerMinute = 1 << 30;
        limits.unsent = 1 << 20;
        limits.queued = 16;
        RelayLab lab(limits);
        RelayClient seven(lab, 7);
        RawPeer deaf(lab, 8);
        deaf.socket.setReadBufferSize(1);
        auto envelope = lab.request(peerOf(7), peerOf(8));
        envelope.payload = QByteArray(500'000, 'x');
        const QByteArray bytes = envelope.encode();
        int sent = 0;
        const auto fill = [&](auto full) {
            return eventually([&] {
                if (sent < 200 && seven.socket.bytesToWrite() == 0) {
                    seven.send(bytes);
                    ++sent;
                }
                return full();
            });
        };
        QVERIFY(fill([&] { return lab.relay->counters().queued > 0; }));
        QVERIFY(seven.settle(peerOf(7)));
        // A small one would fit, but must not overtake.
        const auto queued = lab.relay->counters().queued;
        const QByteArray small = lab.request(peerOf(7), peerOf(8)).encode();
        seven.send(small);
        QVERIFY(seven.settle(peerOf(7)));
        QCOMPARE(lab.relay->counters().queued, queued + 1);
        QVERIFY(fill([&] { return !seven.inbox.isEmpty(); }));
        QCOMPARE(seven.nextError(), QStringLiteral("destination offline and its queue is full"));
        QVERIFY(seven.settle(peerOf(7)));
        QCOMPARE(lab.relay->counters().queued, 16);
        // It reads again: everything that was taken arrives.
        const auto taken = lab.relay->counters().forwarded + lab.relay->counters().queued;
        deaf.socket.setReadBufferSize(0);
        qint64 received = 0;
        QVERIFY(eventually([&] {
            received += deaf.socket.readAll().size();
            return received >= static_cast<qint64>(taken - 1) * bytes.size() + small.size();
        }));
        QCOMPARE(lab.relay->counters().forwarded, taken);
    }
    void leavesNothingBehind()
    {
        RelayLab lab;
        for (int i = 0; i < 30; ++i) {
            RelayClient seven(lab, 7);
            RawPeer idle(lab.relay->port());
            RawPeer refused(lab.relay->port());
            refused.socket.write("GET / HTTP/1.1\r\n\r\n");
            QVERIFY(seven.settle(peerOf(7)));
        }
        QVERIFY(eventually([&] { return lab.relay->sessions() == 0; }));
        QVERIFY(eventually([&] {
            RawHttp http(lab.relay->port());
            http.send("GET /metrics HTTP/1.1\r\n\r\n");
            return http.status() == 200 && http.body().contains("relay_connections 1\n");
        }));
    }
};

ZOS_TEST(TestRelayHostile)
#include "tst_relayhostile.moc"
