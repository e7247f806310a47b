// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "core/identity/mnemonic.h"
#include "core/identity/wordlist.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

QByteArray unhex(const QJsonValue &value)
{
    auto text = value.toString();
    if (text.startsWith(u"0x"))
        text.remove(0, 2);
    return QByteArray::fromHex(text.toLatin1());
}

void cases(const QString &topic, const QString &list)
{
    QTest::addColumn<QJsonObject>("vector");
    for (const auto &file : testing::vectors(topic)) {
        int number = 0;
        for (const auto &entry : file.document.value(list).toArray())
            QTest::addRow("%s %d", qPrintable(file.name), number++) << entry.toObject();
    }
}

} // namespace

class TestIdentity : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto ready = initCrypto();
        QVERIFY2(ready.has_value(), ready ? "" : qPrintable(ready.error().what));
    }

    void wordListIsTheStandardOne()
    {
        QByteArray text;
        for (std::size_t i = 0; i < kWordCount; ++i) {
            const auto word = mnemonicWord(i);
            text += QByteArray(word.data(), qsizetype(word.size())) + '\n';
            QCOMPARE(mnemonicWordIndex(word), std::optional(i));
        }
        QCOMPARE(QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex(),
            "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
        QVERIFY(!mnemonicWordIndex("zzz"));
        QVERIFY(!mnemonicWordIndex(""));
    }

    void derivesKeysAndAddresses_data() { cases(u"rmb-identity"_s, u"cases"_s); }
    void derivesKeysAndAddresses()
    {
        QFETCH(QJsonObject, vector);
        const auto words = vector.value(u"mnemonic"_s).toString();
        const auto seed = unhex(vector.value(u"mini_secret"_s));
        for (const auto type : { KeyType::Ed25519, KeyType::Sr25519 }) {
            const auto name = type == KeyType::Ed25519 ? u"ed25519"_s : u"sr25519"_s;
            const auto key = words.isEmpty() ? Identity::fromSeed(seed, type)
                                             : Identity::fromMnemonic(words, type);
            QVERIFY(key.has_value());
            QCOMPARE(key->publicKey(), unhex(vector.value(name + u"_public"_s)));
            QCOMPARE(key->address(), vector.value(name + u"_ss58_42"_s).toString());
            QCOMPARE(fromSs58(key->address()).value(), key->publicKey());
            QVERIFY(verify(type, key->publicKey(), "message", key->sign("message")));
        }
        if (!words.isEmpty()) {
            const auto entropy = mnemonicEntropy(words).value();
            QCOMPARE(entropy.view().toByteArray(), unhex(vector.value(u"entropy"_s)));
            QCOMPARE(QString::fromLatin1(mnemonicFor(entropy).view()), words);
            QVERIFY(!unhex(vector.value(u"bip39_standard_seed_NOT_used"_s)).startsWith(seed));
        } else {
            const auto digits = vector.value(u"hex_seed"_s).toString().toLatin1();
            QCOMPARE(
                Identity::fromText(digits)->publicKey(), unhex(vector.value(u"ed25519_public"_s)));
        }
        const auto node = Identity::fromSeed(seed).value();
        const auto overlay = vector.value(u"yggdrasil"_s).toObject();
        QCOMPARE(QString::fromLatin1(node.yggdrasilKey().view()),
            overlay.value(u"PrivateKey"_s).toString());
        QCOMPARE(node.publicKey(), unhex(overlay.value(u"PublicKey"_s)));
        QCOMPARE(yggdrasilAddress(node.publicKey()), overlay.value(u"address"_s).toString());
        QCOMPARE(yggdrasilSubnet(node.publicKey()), overlay.value(u"subnet"_s).toString());
    }

    void derivesOverlayAddresses_data() { cases(u"rmb-yggdrasil"_s, u"cases"_s); }
    void derivesOverlayAddresses()
    {
        QFETCH(QJsonObject, vector);
        const auto key = unhex(vector.value(u"public"_s));
        QCOMPARE(yggdrasilAddress(key), vector.value(u"address"_s).toString());
        QCOMPARE(yggdrasilSubnet(key), vector.value(u"subnet"_s).toString());
        QCOMPARE(yggdrasilGateway(key), vector.value(u"gateway"_s).toString());
        const auto named = vector.value(u"zos_subnet_for"_s).toArray();
        QVERIFY(!named.isEmpty());
        for (const auto &entry : named) {
            const auto address = entry.toObject();
            QCOMPARE(yggdrasilSubnetAddress(key, address.value(u"input"_s).toString().toLatin1()),
                address.value(u"address"_s).toString());
        }
    }
    // The daemon's own export of the key it was given: PKCS#8 of an ed25519 seed.
    void keyIsThatOfTheDaemon_data() { cases(u"rmb-yggdrasil"_s, u"cases"_s); }
    void keyIsThatOfTheDaemon()
    {
        QFETCH(QJsonObject, vector);
        const auto identity = Identity::fromSeed(unhex(vector.value(u"seed"_s))).value();
        const auto key = identity.yggdrasilKey();
        QCOMPARE(QString::fromLatin1(key.view()), vector.value(u"PrivateKey"_s).toString());
        const auto lines = vector.value(u"pem"_s).toString().split(u'\n');
        QCOMPARE(lines.size(), 3);
        QCOMPARE(lines.first(), u"-----BEGIN PRIVATE KEY-----"_s);
        QCOMPARE(lines.last(), u"-----END PRIVATE KEY-----"_s);
        const auto der = QByteArray::fromBase64(lines.at(1).toLatin1());
        QCOMPARE(der.first(16).toHex(), "302e020100300506032b657004220420");
        QCOMPARE(der.sliced(16).toHex(), key.view().first(64).toByteArray());
        QCOMPARE(Identity::fromSeed(der.sliced(16))->publicKey(), unhex(vector.value(u"public"_s)));
    }

    void readsAndWritesAddresses_data() { cases(u"chain-primitives"_s, u"ss58"_s); }
    void readsAndWritesAddresses()
    {
        QFETCH(QJsonObject, vector);
        const auto key = unhex(vector.value(u"publicKey"_s));
        const auto address = vector.value(u"prefix42"_s).toString();
        QCOMPARE(ss58(key), address);
        QCOMPARE(fromSs58(address).value(), key);
        QCOMPARE(fromSs58(vector.value(u"prefix0"_s).toString()).error().code, ErrorCode::Invalid);
    }

    void refusesBrokenAddresses_data() { cases(u"chain-primitives"_s, u"ss58Invalid"_s); }
    void refusesBrokenAddresses()
    {
        QFETCH(QJsonObject, vector);
        const auto key = fromSs58(vector.value(u"address"_s).toString());
        QVERIFY(!key.has_value());
        QCOMPARE(key.error().code, ErrorCode::Invalid);
    }

    void signsLikeTheStandard_data() { cases(u"chain-primitives"_s, u"ed25519"_s); }
    void signsLikeTheStandard()
    {
        QFETCH(QJsonObject, vector);
        const auto key = Identity::fromSeed(unhex(vector.value(u"seed"_s))).value();
        const auto message = unhex(vector.value(u"message"_s));
        QCOMPARE(key.publicKey(), unhex(vector.value(u"publicKey"_s)));
        QCOMPARE(key.address(), vector.value(u"ss58"_s).toString());
        QCOMPARE(key.sign(message), unhex(vector.value(u"signature"_s)));
    }

    void refusesBadMnemonics_data()
    {
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("part");
        const auto good = u"neck stage box cup core magic produce exercise happy rely vocal then"_s;
        QTest::newRow("empty") << QString() << u"this one has 0"_s;
        QTest::newRow("11 words") << good.section(u' ', 0, 10) << u"this one has 11"_s;
        QTest::newRow("13 words") << good + u" neck"_s << u"this one has 13"_s;
        QTest::newRow("27 words") << (good + u' ' + good + u" neck neck neck"_s)
                                  << u"this one has 27"_s;
        QTest::newRow("unknown word") << QString(good).replace(u"box"_s, u"bxo"_s) << u"word 3"_s;
        QTest::newRow("two words swapped")
            << u"stage neck box cup core magic produce exercise happy rely vocal then"_s
            << u"checksum"_s;
    }
    void refusesBadMnemonics()
    {
        QFETCH(QString, words);
        QFETCH(QString, part);
        const auto key = Identity::fromMnemonic(words);
        QVERIFY(!key.has_value());
        QCOMPARE(key.error().code, ErrorCode::Invalid);
        QVERIFY2(key.error().what.contains(part), qPrintable(key.error().what));
    }

    void makesMnemonicsOfEveryLength()
    {
        for (const int words : { 12, 15, 18, 21, 24 }) {
            const auto text = QString::fromLatin1(Identity::newMnemonic(words).view());
            QCOMPARE(text.split(u' ').size(), words);
            const auto key = Identity::fromMnemonic(text);
            QVERIFY(key.has_value());
            QCOMPARE(Identity::fromMnemonic(u"  "_s + text.toUpper() + u'\n')->publicKey(),
                key->publicKey());
            QVERIFY(Identity::newMnemonic(words).view() != text.toLatin1());
        }
    }

    void takesASeedOrWords()
    {
        const auto words = Identity::newMnemonic();
        const QByteArray line = " " + words.view().toByteArray() + " \n";
        const auto spoken = Identity::fromText(line);
        QCOMPARE(spoken->publicKey(),
            Identity::fromMnemonic(QUtf8StringView(words.view()))->publicKey());
        const QByteArray digits(64, 'a');
        const auto seed = Identity::fromSeed(QByteArray(32, '\xaa'), KeyType::Sr25519).value();
        for (const auto &text : { digits, QByteArray("0x" + digits), digits.toUpper() })
            QCOMPARE(Identity::fromText(text, KeyType::Sr25519)->publicKey(), seed.publicKey());
        QCOMPARE(Identity::fromText(digits.chopped(2)).error().code, ErrorCode::Invalid);
        QCOMPARE(Identity::fromText("").error().code, ErrorCode::Invalid);
    }

    void refusesSeedsOfOtherLengths()
    {
        QVERIFY(!Identity::fromSeed(QByteArray(31, 'x')).has_value());
        QVERIFY(!Identity::fromSeed(QByteArray(33, 'x')).has_value());
    }

    void typedSignatureCarriesItsType()
    {
        for (const auto type : { KeyType::Ed25519, KeyType::Sr25519 }) {
            const auto key = Identity::generate(type);
            auto signature = key.typedSignature("hello");
            QCOMPARE(signature.size(), 65);
            QCOMPARE(signature.at(0), char(type));
            QVERIFY(verifyTyped(key.publicKey(), "hello", signature));
            QVERIFY(!verifyTyped(key.publicKey(), "hellO", signature));
            QVERIFY(!verifyTyped(Identity::generate(type).publicKey(), "hello", signature));
            QVERIFY(!verifyTyped(key.publicKey(), "hello", signature.chopped(1)));
            QVERIFY(!verifyTyped(key.publicKey(), "hello", signature + 'x'));
            QVERIFY(!verifyTyped(key.publicKey(), "hello", {}));
            signature[0] = type == KeyType::Ed25519 ? 's' : 'e';
            QVERIFY(!verifyTyped(key.publicKey(), "hello", signature));
            signature[0] = 'x';
            QVERIFY(!verifyTyped(key.publicKey(), "hello", signature));
        }
    }

    void keepsItsKeyInAPrivateFile_data()
    {
        QTest::addColumn<char>("type");
        QTest::newRow("ed25519") << 'e';
        QTest::newRow("sr25519") << 's';
    }
    void keepsItsKeyInAPrivateFile()
    {
        QFETCH(char, type);
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"identity"_s);
        QCOMPARE(Identity::load(path, false).error().code, ErrorCode::NotFound);
        const auto key = Identity::generate(KeyType(type));
        QVERIFY(key.save(path).has_value());
        QCOMPARE(QFile::permissions(path) & ~(QFile::ReadUser | QFile::WriteUser),
            QFile::ReadOwner | QFile::WriteOwner);
        const auto again = Identity::load(path, true).value();
        QCOMPARE(again.publicKey(), key.publicKey());
        QCOMPARE(again.type(), key.type());
        QCOMPARE(key.save(path).error().code, ErrorCode::Exists);
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
    }

    // Whatever one byte of it becomes: it is refused or the same key as before.
    void refusesADamagedFile_data() { keepsItsKeyInAPrivateFile_data(); }
    void refusesADamagedFile()
    {
        QFETCH(char, type);
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"identity"_s);
        const auto mine = Identity::generate(KeyType(type));
        QVERIFY(mine.save(path).has_value());
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        const auto good = file.readAll();
        const auto loaded = [&](const QByteArray &text) {
            file.resize(0);
            file.seek(0);
            file.write(text);
            file.flush();
            return Identity::load(path, true);
        };
        int refused = 0;
        for (qsizetype i = 0; i < good.size(); ++i) {
            auto altered = good;
            altered[i] = altered.at(i) == '1' ? '2' : '1';
            const auto result = loaded(altered);
            if (result) {
                QCOMPARE(result->publicKey(), mine.publicKey());
                continue;
            }
            QCOMPARE(result.error().code, ErrorCode::Corrupt);
            ++refused;
        }
        QVERIFY2(refused >= good.size() - 1, qPrintable(QString::number(refused)));
        // Torn: only a whole seed is one, and then it is the right one.
        for (qsizetype length = 0; length < good.size(); ++length) {
            const auto result = loaded(good.first(length));
            if (result)
                QCOMPARE(result->publicKey(), mine.publicKey());
            else
                QCOMPARE(result.error().code, ErrorCode::Corrupt);
        }
        QVERIFY(loaded(good).has_value());
        auto foreign = good;
        foreign.replace(mine.address().toLatin1(), Identity::generate().address().toLatin1());
        const auto result = loaded(foreign);
        QVERIFY2(result.error().what.contains(u"damaged"_s), qPrintable(result.error().what));
    }

    void createsAMissingFileOnce()
    {
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"identity"_s);
        const auto key = Identity::load(path, true).value();
        QCOMPARE(Identity::load(path, true)->publicKey(), key.publicKey());
        QCOMPARE(Identity::load(path, false)->publicKey(), key.publicKey());
        QVERIFY(!Identity::load(folder.filePath(u"no/such/folder"_s), true).has_value());
    }

    void refusesAFileOthersCanRead()
    {
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"identity"_s);
        QVERIFY(Identity::load(path, true).has_value());
        QVERIFY(
            QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup));
        QCOMPARE(Identity::load(path, true).error().code, ErrorCode::Denied);
        QVERIFY(QFile::setPermissions(path, QFile::ReadOwner));
        QVERIFY(Identity::load(path, true).has_value());
        const auto link = folder.filePath(u"link"_s);
        QVERIFY(QFile::link(path, link));
        QVERIFY(!Identity::load(link, true).has_value());
        QVERIFY(!Identity::load(folder.path(), true).has_value());
    }

    void refusesAFileThatHoldsNoSeed_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("good");
        const QByteArray hex(64, 'a');
        QTest::newRow("hex") << hex << true;
        QTest::newRow("hex and line end") << hex + '\n' << true;
        QTest::newRow("0x") << "0x" + hex << true;
        QTest::newRow("empty") << QByteArray() << false;
        QTest::newRow("short") << hex.chopped(1) << false;
        QTest::newRow("long") << hex + "aa" << false;
        QTest::newRow("very long") << QByteArray(100'000, 'a') << false;
        QTest::newRow("no hex") << hex.chopped(1) + 'g' << false;
        QTest::newRow("other type") << "secp256k1 " + hex << false;
    }
    void refusesAFileThatHoldsNoSeed()
    {
        QFETCH(QByteArray, text);
        QFETCH(bool, good);
        const QTemporaryDir folder;
        QFile file(folder.filePath(u"identity"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.close();
        QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
        const auto key = Identity::load(file.fileName(), true);
        QCOMPARE(key.has_value(), good);
        if (!good)
            QCOMPARE(key.error().code, ErrorCode::Corrupt);
    }
};

ZOS_TEST(TestIdentity)
#include "tst_identity.moc"
