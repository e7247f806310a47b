// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "tests/support/runner.h"

#include <QElapsedTimer>

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

using namespace zos;

namespace {

// Microseconds a call: the best of several rounds, so that a busy machine spoils little.
template <class F> double microseconds(int calls, F call)
{
    double best = std::numeric_limits<double>::max();
    for (int round = 0; round < 7; ++round) {
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < calls; ++i)
            call();
        best = std::min(best, double(timer.nsecsElapsed()) / 1000 / calls);
    }
    return best;
}

void report(const char *name, double value)
{
    std::printf("BENCH {\"name\":\"identity/%s\",\"unit\":\"us\",\"value\":%.1f}\n", name, value);
    std::fflush(stdout);
}

} // namespace

// Signing and checking beside the bare libsodium calls they cannot do without.
class TestIdentityBench : public QObject
{
    Q_OBJECT

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
        report("ed25519 sign", microseconds(200, [&] { (void)identity.sign(m_message); }));
        report("ed25519 sign, bare libsodium", microseconds(200, [&] {
            crypto_sign_ed25519_detached(
                bareSignature.data(), nullptr, text, length, bareSecret.data());
        }));
        report("ed25519 verify",
            microseconds(200, [&] { (void)verify(KeyType::Ed25519, key, m_message, signature); }));
        int good = 0;
        report("ed25519 verify, bare libsodium", microseconds(200, [&] {
            good += crypto_sign_ed25519_verify_detached(
                        bareSignature.data(), text, length, bareKey.data())
                == 0;
        }));
        QCOMPARE(good, 7 * 200);
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
        report("sr25519 sign", microseconds(200, [&] { (void)identity.sign(m_message); }));
        report("sr25519 sign, bare base multiplication", microseconds(200, [&] {
            failures += crypto_scalarmult_ristretto255_base(base.data(), scalar.data()) != 0;
        }));
        report("sr25519 verify",
            microseconds(200, [&] { (void)verify(KeyType::Sr25519, key, m_message, signature); }));
        report("sr25519 verify, bare base and variable multiplication", microseconds(200, [&] {
            failures += crypto_scalarmult_ristretto255_base(base.data(), scalar.data()) != 0;
            failures
                += crypto_scalarmult_ristretto255(point.data(), scalar.data(), base.data()) != 0;
        }));
        QCOMPARE(failures, 0);
    }

    void mnemonic()
    {
        const auto words = Identity::newMnemonic();
        report("key of a mnemonic",
            microseconds(3, [&] { QVERIFY(Identity::fromMnemonic(words).has_value()); }));
    }
};

ZOS_TEST(TestIdentityBench)
#include "tst_identitybench.moc"
