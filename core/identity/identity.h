// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "core/identity/secretbytes.h"

#include <QAnyStringView>
#include <QByteArray>
#include <QString>

#include <memory>

namespace zos {

enum class KeyType : char { Ed25519 = 'e', Sr25519 = 's' }; // the type byte of every signature

// A private key in locked, wiped memory. Copies share it. Signing never leaves this class.
class Identity
{
public:
    // They look at the secret where it is and copy it to locked memory only.
    static Result<Identity> fromMnemonic(QAnyStringView words, KeyType type = KeyType::Ed25519);
    static Result<Identity> fromSeed(
        QByteArrayView miniSecret, KeyType type = KeyType::Ed25519); // 32 bytes
    // A seed of 64 hex digits, perhaps with 0x in front, or a mnemonic.
    static Result<Identity> fromText(QByteArrayView text, KeyType type = KeyType::Ed25519);
    static Identity generate(KeyType type = KeyType::Ed25519);
    static SecretBytes newMnemonic(int words = 12); // ASCII, a space between the words

    // A sealed file: mode 0600, of the user who runs the program, written whole and durably under
    // another name before it gets its own, never overwritten. One line of text:
    //   ["sr25519 "] seed (64 hex digits) [" " address of its key]
    // The address is the seal: a file that was cut or changed does not fit it and is refused
    // (Corrupt). The seed itself is not encrypted: who is this user, or root, has it. A line
    // without an address is taken as well: so a seed made elsewhere can be handed over.
    // Errors of both: NotFound, Exists, Denied (others can read it, not ours, no plain file), Io.
    static Result<Identity> load(
        const QString &path, bool create); // made when missing and `create`
    Result<> save(const QString &path) const;

    KeyType type() const;
    QByteArray publicKey() const; // 32 bytes = account id
    QString address() const; // SS58, prefix 42
    QByteArray sign(const QByteArray &message) const; // 64 bytes
    QByteArray typedSignature(const QByteArray &message) const; // type byte + 64 bytes
    // For the yggdrasil configuration only: hex of seed and public key (128 digits), ed25519
    // identities.
    SecretBytes yggdrasilKey() const;
    // 33 bytes, compressed point of secp256k1: `pk` of the twin (rmb.md 2.5).
    QByteArray endToEndKey() const;

private:
    friend class EndToEnd;
    struct Secret;
    explicit Identity(std::shared_ptr<const Secret> secret);
    std::shared_ptr<const Secret> m_secret;
};

// signature: exactly 64 bytes. Strict encodings only (canonical S and points, marker bit for
// sr25519).
bool verify(KeyType type, const QByteArray &publicKey, const QByteArray &message,
    const QByteArray &signature);
// 65 bytes with the type byte in front; unknown types do not verify.
bool verifyTyped(
    const QByteArray &publicKey, const QByteArray &message, const QByteArray &signature);

QString ss58(const QByteArray &publicKey); // prefix 42
Result<QByteArray> fromSs58(QStringView address);

// Yggdrasil address (02..) and /64 subnet (03..) of an ed25519 public key, RFC 5952 text.
QString yggdrasilAddress(const QByteArray &publicKey);
QString yggdrasilSubnet(const QByteArray &publicKey); // "3xx:...::/64"
// In that subnet: the gateway of the machines behind the node, "3xx:...::1/64", and the address of
// whom the bytes name (for a machine those of its interface's hardware address), whose interface
// id are the first 8 bytes of their SHA-512.
QString yggdrasilGateway(const QByteArray &publicKey);
QString yggdrasilSubnetAddress(const QByteArray &publicKey, const QByteArray &name);

// Must be called once at start of a program: initialises QCA and libsodium and checks that every
// primitive is there (Unavailable names what is missing).
Result<> initCrypto();

} // namespace zos
