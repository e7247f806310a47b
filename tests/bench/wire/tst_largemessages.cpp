// SPDX-License-Identifier: Apache-2.0
#include "core/base/encoding.h"
#include "core/identity/endtoend.h"
#include "rmb/wire/directmessage.h"
#include "rmb/wire/envelope.h"
#include "tests/support/figures.h"
#include "tests/support/runner.h"

#include <QCryptographicHash>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using testing::Figures;
using testing::sideBySide;

// What one message of the largest size costs the event loop: everything beside the signature check,
// which is the workers', and the direct decoding, which is theirs from 64 KiB on.
class TestLargeMessages : public QObject
{
    Q_OBJECT

    static constexpr double kMost = 20'000; // us
    Figures m_figures { u"wire"_s };
    const Identity m_own = Identity::generate();
    const Identity m_peer = Identity::generate();

    template <class Ours> void cost(const QString &what, const QByteArray &text, Ours ours)
    {
        const auto figures = sideBySide(
            1, ours, [&] { (void)QCryptographicHash::hash(text, QCryptographicHash::Md5); });
        m_figures.judge(what, figures.ours, u"us"_s, Figures::Wanted::AtMost, kMost);
        m_figures.add(what + u" beside one hash"_s, figures.ours, u"us"_s, u"MD5 of the text"_s,
            figures.bare);
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void throughARelay()
    {
        const QByteArray text((4 << 20) - 1024, 'm');
        const auto ours = EndToEnd::between(m_own, m_peer.endToEndKey()).value();
        const auto theirs = EndToEnd::between(m_peer, m_own.endToEndKey()).value();
        Envelope envelope;
        envelope.uid = u"00000000-0000-4000-8000-000000000001"_s;
        envelope.timestamp = 1'700'000'000;
        envelope.expiration = 300;
        envelope.source = PeerAddress { TwinId(7), {} };
        envelope.destination = PeerAddress { TwinId(9), {} };
        envelope.message = RequestPart { u"zos.deployment.deploy"_s };
        envelope.payloadKind = Envelope::Payload::Cipher;
        envelope.payload = theirs.seal(text);
        envelope.sign(m_peer);
        const auto bytes = envelope.encode();
        cost(u"relay, 4 MiB received: decode and hash"_s, text, [&] {
            const auto message = Envelope::decode(bytes);
            (void)message->challenge();
        });
        cost(u"relay, 4 MiB received: decrypt"_s, text, [&] { (void)ours.open(envelope.payload); });
        auto answer = envelope;
        const QByteArray large(2'900'000, 'm');
        cost(u"relay, largest answer: encrypt, sign and encode"_s, large, [&] {
            answer.payload = ours.seal(large);
            answer.sign(m_own);
            (void)answer.encode();
        });
    }
    void directly()
    {
        DirectMessage message;
        message.uid = u"00000000-0000-4000-8000-000000000001"_s;
        message.cmd = u"zos.deployment.deploy"_s;
        message.src = TwinId(7);
        message.dst = { TwinId(9) };
        message.ret = u"zos.reply.1"_s;
        message.dat = QByteArray(3 << 20, 'm').toBase64(); // 4 MiB
        message.sign(m_peer);
        cost(u"direct, 4 MiB received: hash and base64"_s, message.dat, [&] {
            (void)message.challenge();
            (void)strictBase64(message.dat);
        });
        const QByteArray large(2'900'000, 'm');
        cost(u"direct, largest answer: base64, sign and encode"_s, large, [&] {
            auto reply = message.reply(1'700'000'000);
            reply.dat = large.toBase64();
            reply.sign(m_own);
            (void)reply.encode();
        });
    }
};

ZOS_TEST(TestLargeMessages)
#include "tst_largemessages.moc"
