// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "tests/support/figures.h"
#include "tests/support/runner.h"

#include <QCryptographicHash>
#include <QPasswordDigestor>

#include <sodium.h>

#include <array>

using namespace zos;
using namespace Qt::StringLiterals;
using testing::sideBySide;

// Signing and checking beside the bare libsodium calls they cannot do without.
class TestIdentityBench : public QObject
{
    Q_OBJECT

    testing::Figures m_figures { u"identity"_s };
    const QByteArray m_message = QByteArray(16, 'h'); // a challenge hash

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void ed25519()
    {
        const auto identity = Identity::generate();
        const auto key = identity.publicKey();
        const auto signature = identity.sign(m_message);
        QVERIFY(verify(KeyType::Ed25519, key, m_message, signature));
        std::array<unsigned char, 32> bareKey;
        std::array<unsigned char, 64> bareSecret, bareSignature;
        crypto_sign_ed25519_keypair(bareKey.data(), bareSecret.data());
        const auto *text = reinterpret_cast<const unsigned char *>(m_message.constData());
        const auto length = quint64(m_message.size());
        int failures = 0;
        const auto signing = sideBySide(
            200, [&] { (void)identity.sign(m_message); },
            [&] {
                failures += crypto_sign_ed25519_detached(
                                bareSignature.data(), nullptr, text, length, bareSecret.data())
                    != 0;
            });
        m_figures.add(
            u"ed25519 signature"_s, signing.ours, u"us"_s, u"bare libsodium"_s, signing.bare);
        const auto checking = sideBySide(
            200, [&] { failures += !verify(KeyType::Ed25519, key, m_message, signature); },
            [&] {
                failures += crypto_sign_ed25519_verify_detached(
                                bareSignature.data(), text, length, bareKey.data())
                    != 0;
            });
        m_figures.add(
            u"ed25519 check"_s, checking.ours, u"us"_s, u"bare libsodium"_s, checking.bare);
        QCOMPARE(failures, 0);
    }

    void sr25519()
    {
        const auto identity = Identity::generate(KeyType::Sr25519);
        const auto key = identity.publicKey();
        const auto signature = identity.sign(m_message);
        QVERIFY(verify(KeyType::Sr25519, key, m_message, signature));
        std::array<unsigned char, 32> scalar, base, point;
        crypto_core_ristretto255_scalar_random(scalar.data());
        int failures = 0;
        const auto signing = sideBySide(
            200, [&] { (void)identity.sign(m_message); },
            [&] {
                failures += crypto_scalarmult_ristretto255_base(base.data(), scalar.data()) != 0;
            });
        m_figures.add(u"sr25519 signature"_s, signing.ours, u"us"_s, u"bare base multiplication"_s,
            signing.bare);
        const auto checking = sideBySide(
            200, [&] { failures += !verify(KeyType::Sr25519, key, m_message, signature); },
            [&] {
                failures += crypto_scalarmult_ristretto255_base(base.data(), scalar.data()) != 0;
                failures += crypto_scalarmult_ristretto255(point.data(), scalar.data(), base.data())
                    != 0;
            });
        m_figures.add(u"sr25519 check"_s, checking.ours, u"us"_s,
            u"bare base and variable multiplication"_s, checking.bare);
        m_figures.judge(u"sr25519 check in bare multiplications"_s, checking.ours / checking.bare,
            u""_s, testing::Figures::Wanted::AtMost, 1.2);
        QCOMPARE(failures, 0);
    }

    void mnemonic()
    {
        const auto words = QString::fromLatin1(Identity::newMnemonic().view());
        // 2048 rounds of HMAC-SHA-512 are the price of the format.
        const QByteArray salt("mnemonic");
        const auto password = words.toUtf8();
        int failures = 0;
        const auto keys = sideBySide(
            3, [&] { failures += !Identity::fromMnemonic(words); },
            [&] {
                QPasswordDigestor::deriveKeyPbkdf2(
                    QCryptographicHash::Sha512, password, salt, 2048, 64);
            });
        m_figures.add(u"key of a mnemonic"_s, keys.ours / 1000, u"ms"_s, u"bare PBKDF2 (Qt)"_s,
            keys.bare / 1000);
        QCOMPARE(failures, 0);
    }
};

ZOS_TEST(TestIdentityBench)
#include "tst_identitybench.moc"
