// SPDX-License-Identifier: Apache-2.0
#include "core/identity/identity.h"
#include "core/identity/identitysecret.h"

#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace zos {

namespace {

// The file: "sr25519 " for that type, then 64 hex digits (also with 0x in front), a space, the
// address of the key and a line end.
constexpr std::string_view kSrPrefix = "sr25519 ";
constexpr std::size_t kFileLimit = 192;

class IdentityFd
{
public:
    explicit IdentityFd(int fd)
        : m_fd(fd)
    {
    }
    ~IdentityFd()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Q_DISABLE_COPY_MOVE(IdentityFd)
    int get() const { return m_fd; }

private:
    int m_fd;
};

std::unexpected<Error> fileError(const QString &path, int error)
{
    const auto code = error == ENOENT ? ErrorCode::NotFound
        : error == EEXIST             ? ErrorCode::Exists
        : error == EACCES             ? ErrorCode::Denied
                                      : ErrorCode::Io;
    return fail(code,
        QStringLiteral("identity file %1: %2").arg(path, QString::fromLocal8Bit(strerror(error))));
}

Result<> checkOwnership(const QString &path, int fd)
{
    struct stat facts;
    if (::fstat(fd, &facts) != 0)
        return fileError(path, errno);
    if (!S_ISREG(facts.st_mode))
        return fail(
            ErrorCode::Denied, QStringLiteral("identity file %1 is not a regular file").arg(path));
    if ((facts.st_mode & 0077) != 0) {
        return fail(ErrorCode::Denied,
            QStringLiteral("identity file %1 can be used by others (mode %2): chmod 600 it")
                .arg(path)
                .arg(QString::number(facts.st_mode & 0777, 8)));
    }
    // Root could read it, and would be whom that user wants.
    if (facts.st_uid != ::geteuid()) {
        return fail(ErrorCode::Denied,
            QStringLiteral("identity file %1 belongs to another user (id %2): chown it")
                .arg(path)
                .arg(facts.st_uid));
    }
    return {};
}

Result<> writeAll(const QString &path, int fd, std::span<const quint8> bytes)
{
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fileError(path, errno);
        bytes = bytes.subspan(std::size_t(written));
    }
    if (::fsync(fd) != 0)
        return fileError(path, errno);
    return {};
}

// Nothing when it is no seed.
std::optional<SecretBytes> seedOf(std::string_view digits)
{
    if (digits.starts_with("0x"))
        digits.remove_prefix(2);
    SecretBytes seed(32);
    std::size_t decoded = 0;
    if (digits.size() != 2 * seed.size()
        || sodium_hex2bin(
               seed.data(), seed.size(), digits.data(), digits.size(), nullptr, &decoded, nullptr)
            != 0
        || decoded != seed.size())
        return std::nullopt;
    return seed;
}

} // namespace

Result<Identity> Identity::fromText(QByteArrayView text, KeyType type)
{
    const auto trimmed = text.trimmed();
    if (const auto seed = seedOf({ trimmed.data(), std::size_t(trimmed.size()) }))
        return fromSeed(seed->view(), type);
    return fromMnemonic(QUtf8StringView(trimmed), type);
}

Result<Identity> Identity::load(const QString &path, bool create)
{
    const IdentityFd file(::open(
        QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) {
        if (errno != ENOENT || !create)
            return fileError(path, errno);
        auto fresh = generate();
        const auto saved = fresh.save(path);
        if (saved)
            return fresh;
        // Another process was faster: its identity counts.
        return saved.error().code == ErrorCode::Exists ? load(path, false) : fail(saved.error());
    }
    if (auto mine = checkOwnership(path, file.get()); !mine)
        return fail(mine.error());

    SecretBytes text(kFileLimit);
    const auto length = ::read(file.get(), text.data(), text.size());
    if (length < 0)
        return fileError(path, errno);
    std::string_view rest(reinterpret_cast<const char *>(text.data()), std::size_t(length));
    while (!rest.empty() && (rest.back() == '\n' || rest.back() == ' '))
        rest.remove_suffix(1);
    auto type = KeyType::Ed25519;
    if (rest.starts_with(kSrPrefix)) {
        type = KeyType::Sr25519;
        rest.remove_prefix(kSrPrefix.size());
    }
    const auto seal = rest.substr(std::min(rest.find(' '), rest.size()));
    rest.remove_suffix(seal.size());
    const auto seed = seedOf(rest);
    if (!seed) {
        return fail(ErrorCode::Corrupt,
            QStringLiteral("identity file %1 does not hold a seed of 64 hex digits").arg(path));
    }
    auto identity = Identity(std::make_shared<const Secret>(type, seed->part(0, seed->size())));
    if (!seal.empty() && QLatin1StringView(seal) != QString(u' ' + identity.address())) {
        return fail(ErrorCode::Corrupt,
            QStringLiteral("identity file %1 is damaged: its seed does not make the key of the "
                           "address behind it")
                .arg(path));
    }
    return identity;
}

Result<> Identity::save(const QString &path) const
{
    SecretBytes text(kFileLimit);
    auto *end = text.data();
    if (type() == KeyType::Sr25519)
        end = std::copy(kSrPrefix.begin(), kSrPrefix.end(), end);
    const auto seed = m_secret->seed();
    sodium_bin2hex(reinterpret_cast<char *>(end), 2 * seed.size() + 1, seed.data(), seed.size());
    end += 2 * seed.size();
    end = std::ranges::copy(QString(u' ' + address() + u'\n').toLatin1(), end).out;

    // Complete and on disk under another name first, then linked: the name never shows half a key,
    // and an existing identity is never overwritten.
    const auto target = QFile::encodeName(path);
    const QByteArray temporary = target + ".new." + QByteArray::number(qint64(::getpid())) + '.'
        + QByteArray::number(randombytes_random(), 16);
    Result<> done;
    {
        const IdentityFd file(
            ::open(temporary.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (file.get() < 0)
            return fileError(path, errno);
        done = writeAll(path, file.get(), text.part(0, std::size_t(end - text.data())));
    }
    if (done && ::link(temporary.constData(), target.constData()) != 0)
        done = fileError(path, errno);
    ::unlink(temporary.constData());
    if (!done)
        return done;
    const IdentityFd folder(::open(
        QFile::encodeName(QFileInfo(path).path()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0)
        return fileError(path, errno);
    return {};
}

} // namespace zos
