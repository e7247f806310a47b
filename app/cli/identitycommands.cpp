// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "core/base/encoding.h"
#include "core/base/json.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace zos::app {

namespace {

KeyType chosenType(const Session *session)
{
    const auto type = session->line().value(QStringLiteral("type"));
    return type == QStringLiteral("sr25519") ? KeyType::Sr25519 : KeyType::Ed25519;
}

QString typeName(KeyType type)
{
    return type == KeyType::Sr25519 ? QStringLiteral("sr25519") : QStringLiteral("ed25519");
}

Result<> keepIdentity(const Identity &identity, const QString &path)
{
    const auto folder = QFileInfo(path).path();
    if (!QDir().mkpath(folder))
        return fail(ErrorCode::Io, QStringLiteral("cannot make the folder %1").arg(folder));
    auto saved = identity.save(path);
    if (!saved && saved.error().code == ErrorCode::Exists)
        return fail(ErrorCode::Exists,
            QStringLiteral("%1 holds an identity already; it is not overwritten").arg(path));
    return saved;
}

void printIdentity(const Session *session, const Identity &identity, const QString &mnemonic)
{
    const auto key = QString::fromLatin1(identity.publicKey().toHex());
    const bool overlay = identity.type() == KeyType::Ed25519;
    if (session->line().json()) {
        JsonWriter json;
        json.object().key(u"type").string(typeName(identity.type())).key(u"public_key").string(key);
        json.key(u"address")
            .string(identity.address())
            .key(u"file")
            .string(session->identityPath());
        if (overlay)
            json.key(u"yggdrasil").string(yggdrasilAddress(identity.publicKey()));
        if (!mnemonic.isEmpty())
            json.key(u"mnemonic").string(mnemonic);
        printJson(json.end().text());
        return;
    }
    auto text = QStringLiteral("type        %1\npublic key  %2\naddress     %3\n")
                    .arg(typeName(identity.type()), key, identity.address());
    if (overlay)
        text += QStringLiteral("yggdrasil   %1 (of a daemon that uses this key)\n")
                    .arg(yggdrasilAddress(identity.publicKey()));
    text += QStringLiteral("file        %1\n").arg(session->identityPath());
    if (!mnemonic.isEmpty())
        text += QStringLiteral("\nWrite these words down; they are not shown again:\n  %1\n")
                    .arg(mnemonic);
    printText(text);
}

// The mnemonic or the hex seed on standard input.
Result<Identity> readIdentity(KeyType type)
{
    constexpr qint64 limit = 1024;
    QFile input;
    if (!input.open(stdin, QIODevice::ReadOnly))
        return fail(ErrorCode::Io, QStringLiteral("standard input cannot be read"));
    const auto text = input.readLine(limit).trimmed();
    const auto digits = text.startsWith("0x") ? text.sliced(2) : text;
    if (const auto seed = strictHex(digits); seed && seed->size() == 32)
        return Identity::fromSeed(*seed, type);
    return Identity::fromMnemonic(QString::fromUtf8(text), type);
}

} // namespace

Task<Result<ExitCode>> identityNew(Session *session)
{
    const auto type = chosenType(session);
    QString mnemonic;
    auto identity = Result<Identity>(Identity::generate(type));
    if (session->line().has(QStringLiteral("mnemonic"))) {
        mnemonic = Identity::newMnemonic();
        identity = Identity::fromMnemonic(mnemonic, type);
    }
    if (!identity)
        co_return fail(identity.error());
    if (const auto kept = keepIdentity(*identity, session->identityPath()); !kept)
        co_return fail(kept.error());
    printIdentity(session, *identity, mnemonic);
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> identityImport(Session *session)
{
    const auto identity = readIdentity(chosenType(session));
    if (!identity)
        co_return fail(identity.error());
    if (const auto kept = keepIdentity(*identity, session->identityPath()); !kept)
        co_return fail(kept.error());
    printIdentity(session, *identity, {});
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> identityShow(Session *session)
{
    const auto identity = session->identity();
    if (!identity)
        co_return fail(identity.error());
    printIdentity(session, *identity, {});
    co_return ExitCode::Ok;
}

} // namespace zos::app
