// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "core/base/json.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

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

// `words`: of an identity just made with them.
void printIdentity(
    const Session *session, const Identity &identity, const SecretBytes *words = nullptr)
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
        const auto text = json.end().text();
        if (!words) {
            printJson(text);
            return;
        }
        printText(QString::fromUtf8(text.chopped(1) + ",\"mnemonic\":\""));
        printSecret(*words);
        printText(QStringLiteral("\"}\n"));
        return;
    }
    auto text = QStringLiteral("type        %1\npublic key  %2\naddress     %3\n")
                    .arg(typeName(identity.type()), key, identity.address());
    if (overlay)
        text += QStringLiteral("yggdrasil   %1 (of a daemon that uses this key)\n")
                    .arg(yggdrasilAddress(identity.publicKey()));
    text += QStringLiteral("file        %1\n").arg(session->identityPath());
    if (words)
        text += QStringLiteral("\nWrite these words down; they are not shown again:\n  ");
    printText(text);
    if (words) {
        printSecret(*words);
        printText(QStringLiteral("\n"));
    }
}

// The mnemonic or the hex seed on standard input.
Result<Identity> readIdentity(KeyType type)
{
    SecretBytes line(1024);
    QFile input;
    if (!input.open(STDIN_FILENO, QIODevice::ReadOnly | QIODevice::Unbuffered))
        return fail(ErrorCode::Io, QStringLiteral("standard input cannot be read"));
    qint64 length = 0;
    while (length < qint64(line.size()) && !line.view().contains('\n')) {
        const auto more = input.read(
            reinterpret_cast<char *>(line.data()) + length, qint64(line.size()) - length);
        if (more <= 0)
            break;
        length += more;
    }
    const auto end = line.view().indexOf('\n');
    return Identity::fromText(line.view().first(end < 0 ? length : end), type);
}

} // namespace

Task<Result<ExitCode>> identityNew(Session *session)
{
    const auto type = chosenType(session);
    std::optional<SecretBytes> words;
    if (session->line().has(QStringLiteral("mnemonic")))
        words = Identity::newMnemonic();
    const auto identity = words ? Identity::fromMnemonic(QUtf8StringView(words->view()), type)
                                : Result<Identity>(Identity::generate(type));
    if (!identity)
        co_return fail(identity.error());
    if (const auto kept = keepIdentity(*identity, session->identityPath()); !kept)
        co_return fail(kept.error());
    printIdentity(session, *identity, words ? &*words : nullptr);
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> identityImport(Session *session)
{
    const auto identity = readIdentity(chosenType(session));
    if (!identity)
        co_return fail(identity.error());
    if (const auto kept = keepIdentity(*identity, session->identityPath()); !kept)
        co_return fail(kept.error());
    printIdentity(session, *identity);
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> identityShow(Session *session)
{
    const auto identity = session->identity();
    if (!identity)
        co_return fail(identity.error());
    printIdentity(session, *identity);
    co_return ExitCode::Ok;
}

} // namespace zos::app
