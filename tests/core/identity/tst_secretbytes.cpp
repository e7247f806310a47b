// SPDX-License-Identifier: Apache-2.0
#include "core/identity/endtoend.h"
#include "core/identity/identity.h"
#include "tests/support/logcatcher.h"
#include "tests/support/memorysearch.h"
#include "tests/support/runner.h"

#include <QTemporaryDir>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

bool s_lockingFails = false;
const quint8 *s_watched = nullptr; // somebody's bytes ..
std::size_t s_watchedSize = 0;
bool s_unlockedFull = false; // .. were not zeros yet when the lock on them was given up

} // namespace

// In place of the C library's.
extern "C" int mlock(const void *address, std::size_t length)
{
    if (s_lockingFails) {
        errno = ENOMEM;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_mlock, address, length));
}

extern "C" int munlock(const void *address, std::size_t length)
{
    const auto *begin = static_cast<const quint8 *>(address);
    if (s_watched && s_watched >= begin && s_watched < begin + length) {
        s_unlockedFull
            = std::any_of(s_watched, s_watched + s_watchedSize, [](quint8 byte) { return byte; });
        s_watched = nullptr;
    }
    return static_cast<int>(::syscall(SYS_munlock, address, length));
}

// Needs 1 MiB of memory that may be locked (RLIMIT_MEMLOCK): the usual limit is eight times that.
class TestSecretBytes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }
    void cleanup() { s_lockingFails = false; }

    void isLockedAndLeftOutOfDumps()
    {
        const SecretBytes secret(32);
        const auto flags = testing::flagsOfMemoryAt(quintptr(secret.data())).split(' ');
        QVERIFY2(flags.contains("lo"), flags.join(' '));
        QVERIFY2(flags.contains("dd"), flags.join(' '));
        QVERIFY(std::ranges::all_of(secret.view(), [](char byte) { return byte == 0; }));
    }
    void staysLockedWhenMovedAndFrozen()
    {
        SecretBytes first(32);
        first.data()[0] = 7;
        const auto *place = first.data();
        SecretBytes second(std::move(first));
        QCOMPARE(second.data(), place);
        second.freeze();
        const auto flags = testing::flagsOfMemoryAt(quintptr(place)).split(' ');
        QVERIFY(flags.contains("lo"));
        QVERIFY(!flags.contains("wr"));
        QCOMPARE(second.data()[0], 7);
    }
    void isWipedAndGivenBack()
    {
        quintptr place = 0;
        {
            SecretBytes secret(32);
            std::ranges::fill_n(secret.data(), 32, quint8(0xa5));
            secret.freeze();
            place = quintptr(secret.data());
            s_unlockedFull = true;
            s_watchedSize = secret.size();
            s_watched = secret.data();
        }
        QVERIFY(!s_watched); // the lock on it was given up ..
        QVERIFY(!s_unlockedFull); // .. after it had been wiped
        QCOMPARE(testing::flagsOfMemoryAt(place), QByteArray());
    }
    void saysOnceThatItCannotLock()
    {
        const testing::LogCatcher log;
        s_lockingFails = true;
        const SecretBytes first(32), second(32);
        const auto lines = log.lines(u"zos.node"_s);
        QCOMPARE(lines.size(), 1);
        QVERIFY2(lines.first().contains(u"RLIMIT_MEMLOCK"_s), qPrintable(lines.first()));
    }

    // Everything that is done with keys, and afterwards the whole memory is searched for them.
    void keysNeverLeaveLockedMemory_data()
    {
        QTest::addColumn<char>("type");
        QTest::newRow("ed25519") << 'e';
        QTest::newRow("sr25519") << 's';
    }
    void keysNeverLeaveLockedMemory()
    {
        QFETCH(char, type);
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"identity"_s);
        const auto words = Identity::newMnemonic(24);
        const auto made = Identity::fromText(words.view(), KeyType(type)).value();
        QVERIFY(made.save(path).has_value());
        const auto identity = Identity::load(path, false).value();
        QVERIFY(verifyTyped(made.publicKey(), "text", identity.typedSignature("text")));
        const auto other = Identity::generate(KeyType(type));
        const auto sealing = EndToEnd::between(identity, other.endToEndKey()).value();
        const auto opening = EndToEnd::between(other, identity.endToEndKey()).value();
        QCOMPARE(opening.open(sealing.seal("text")).value(), "text");

        // The seed, and the words in both encodings.
        SecretBytes line(128), seed(32), wide(2 * words.size());
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly | QIODevice::Unbuffered));
        QVERIFY(file.read(reinterpret_cast<char *>(line.data()), qint64(line.size())) > 64);
        const auto digits = line.part(type == 's' ? 8 : 0, 64);
        const auto value
            = [](quint8 digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
        for (std::size_t i = 0; i < 32; ++i)
            seed.data()[i] = quint8(value(digits[2 * i]) << 4 | value(digits[2 * i + 1]));
        for (std::size_t i = 0; i < words.size(); ++i)
            wide.data()[2 * i] = words.data()[i];
        QVERIFY(Identity::fromSeed(seed.view(), KeyType(type))->publicKey() == made.publicKey());
        QCOMPARE(testing::copiesInOrdinaryMemory(seed.part(0, 32)), 0);
        QCOMPARE(testing::copiesInOrdinaryMemory(digits), 0);
        QCOMPARE(testing::copiesInOrdinaryMemory(words.part(0, words.size())), 0);
        QCOMPARE(testing::copiesInOrdinaryMemory(wide.part(0, wide.size()), 32), 0);
        if (type == 'e') {
            const auto key = identity.yggdrasilKey();
            QCOMPARE(testing::copiesInOrdinaryMemory(key.part(0, 64)), 0);
        }
        const QByteArray careless = words.view().toByteArray(); // the search does find copies
        QCOMPARE(
            testing::copiesInOrdinaryMemory(words.part(0, words.size())), careless.size() / 16);
    }
};

ZOS_TEST(TestSecretBytes)
#include "tst_secretbytes.moc"
