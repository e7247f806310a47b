// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/systemnetspace.h"

#include "hardware/network/linkdump.h"

#include <QDir>
#include <QFile>
#include <QFutureInterface>
#include <QHostAddress>

#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <mutex>
#include <thread>

namespace zos::hw {

namespace netspace {

Result<> enter(const QString &nameSpace)
{
    if (nameSpace.isEmpty())
        return {};
    const int fd = ::open(QFile::encodeName(nameSpace).constData(), O_RDONLY | O_CLOEXEC);
    const bool ok = fd >= 0 && ::setns(fd, CLONE_NEWNET) == 0;
    const int error = errno;
    if (fd >= 0)
        ::close(fd);
    if (ok)
        return {};
    // A plain file is what remains of a namespace whose mount is gone.
    const bool absent = error == ENOENT || error == EINVAL;
    return fail(absent ? ErrorCode::NotFound : ErrorCode::Io,
        QStringLiteral("network namespace %1: %2").arg(nameSpace, qt_error_string(error)));
}

// Runs `job` on a fresh thread inside the namespace and resumes on the event loop.
template <class T> Task<Result<T>> runInside(QString nameSpace, std::function<Result<T>()> job)
{
    auto gate = std::make_shared<QFutureInterface<void>>();
    gate->reportStarted();
    auto future = gate->future();
    auto value = std::make_shared<std::optional<Result<T>>>();
    std::thread([gate, value, nameSpace = std::move(nameSpace), job = std::move(job)] {
        const auto entered = enter(nameSpace);
        if (entered)
            value->emplace(job());
        else
            value->emplace(std::unexpected(entered.error()));
        gate->reportFinished();
    }).detach();
    co_await future;
    co_return std::move(**value);
}

Result<> writeSysctl(const Sysctl &setting)
{
    const auto path = QStringLiteral("/proc/sys/net/") + setting.path;
    const int fd = ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CLOEXEC);
    const bool ok = fd >= 0
        && ::write(fd, setting.value.constData(), size_t(setting.value.size()))
            == setting.value.size();
    const int error = errno;
    if (fd >= 0)
        ::close(fd);
    if (ok || (setting.optional && error == ENOENT))
        return {};
    return fail(ErrorCode::Io, QStringLiteral("write %1: %2").arg(path, qt_error_string(error)));
}

Result<> loadRules(const QByteArray &rules)
{
    // libnftables keeps its interface cache in a global list: one transaction at a time.
    static std::mutex s_one;
    const std::scoped_lock lock(s_one);
    const std::unique_ptr<nft_ctx, void (*)(nft_ctx *)> context(
        ::nft_ctx_new(NFT_CTX_DEFAULT), ::nft_ctx_free);
    if (!context)
        return fail(ErrorCode::Io, QStringLiteral("nftables cannot be opened"));
    ::nft_ctx_buffer_output(context.get());
    ::nft_ctx_buffer_error(context.get());
    if (::nft_run_cmd_from_buffer(context.get(), rules.constData()) == 0)
        return {};
    const auto said = QString::fromUtf8(::nft_ctx_get_error_buffer(context.get()));
    return fail(ErrorCode::Io,
        QStringLiteral("nftables refused the rule set: %1").arg(said.trimmed().left(256)));
}

Result<> configureHere(const QList<Sysctl> &settings, const QByteArray &rules)
{
    for (const auto &setting : settings)
        if (const auto ok = writeSysctl(setting); !ok)
            return ok;
    return rules.isEmpty() ? Result<>() : loadRules(rules);
}

// /proc/net belongs to the process, not to the thread that moved.
Result<QSet<quint16>> readUdpPorts()
{
    QSet<quint16> ports;
    for (const auto *name : { "udp", "udp6" }) {
        QFile file(QStringLiteral("/proc/thread-self/net/") + QLatin1StringView(name));
        if (!file.open(QIODevice::ReadOnly))
            continue; // no IPv6 in this kernel
        const auto lines = file.readAll().split('\n');
        for (const auto &line : lines) {
            const auto fields = line.simplified().split(' ');
            if (fields.size() < 2)
                continue;
            bool ok = false;
            const auto port = fields[1].sliced(fields[1].lastIndexOf(':') + 1).toUShort(&ok, 16);
            if (ok)
                ports.insert(port);
        }
    }
    return ports;
}

Result<QList<InterfaceAddress>> readAddresses()
{
    ifaddrs *list = nullptr;
    if (::getifaddrs(&list) != 0)
        return fail(
            ErrorCode::Io, QStringLiteral("list addresses: %1").arg(qt_error_string(errno)));
    QList<InterfaceAddress> addresses;
    for (const auto *one = list; one; one = one->ifa_next) {
        const int family = one->ifa_addr ? one->ifa_addr->sa_family : AF_UNSPEC;
        if ((family != AF_INET && family != AF_INET6) || !one->ifa_netmask)
            continue;
        QHostAddress address(one->ifa_addr);
        address.setScopeId(QString());
        InterfaceAddress entry { QString::fromUtf8(one->ifa_name), address.toString(), 0 };
        if (family == AF_INET) {
            entry.prefix = std::popcount(
                reinterpret_cast<const sockaddr_in *>(one->ifa_netmask)->sin_addr.s_addr);
        } else {
            for (const auto byte :
                reinterpret_cast<const sockaddr_in6 *>(one->ifa_netmask)->sin6_addr.s6_addr)
                entry.prefix += std::popcount(byte);
        }
        addresses.append(std::move(entry));
    }
    ::freeifaddrs(list);
    return addresses;
}

Result<int> endProcessesOf(const QString &nameSpace)
{
    struct stat own {};
    struct stat target {};
    if (::stat(QFile::encodeName(nameSpace).constData(), &target) != 0)
        return 0;
    if (::stat("/proc/self/ns/net", &own) == 0 && own.st_ino == target.st_ino)
        return fail(ErrorCode::Bug, QStringLiteral("refusing to end processes of the node itself"));
    int ended = 0;
    for (const auto &entry : QDir(QStringLiteral("/proc")).entryList(QDir::Dirs)) {
        bool number = false;
        const auto pid = entry.toInt(&number);
        struct stat seen {};
        const QByteArray path = "/proc/" + entry.toLatin1() + "/ns/net";
        if (!number || pid <= 1 || ::stat(path.constData(), &seen) != 0)
            continue;
        if (seen.st_ino == target.st_ino && seen.st_dev == target.st_dev
            && ::kill(pid, SIGKILL) == 0)
            ++ended;
    }
    return ended;
}

} // namespace netspace

SystemNetSpace::SystemNetSpace(QString directory)
    : m_directory(std::move(directory))
{
}

Task<Result<LinkMap>> SystemNetSpace::links(QString nameSpace)
{
    return netspace::runInside<LinkMap>(std::move(nameSpace), [] { return dumpLinks(); });
}

Task<Result<QList<InterfaceAddress>>> SystemNetSpace::addresses(QString nameSpace)
{
    return netspace::runInside<QList<InterfaceAddress>>(
        std::move(nameSpace), [] { return netspace::readAddresses(); });
}

Task<Result<>> SystemNetSpace::configure(
    QString nameSpace, QList<Sysctl> settings, QByteArray rules)
{
    return netspace::runInside<void>(
        std::move(nameSpace), [settings = std::move(settings), rules = std::move(rules)] {
            return netspace::configureHere(settings, rules);
        });
}

Task<Result<QSet<quint16>>> SystemNetSpace::udpPorts(QString nameSpace)
{
    return netspace::runInside<QSet<quint16>>(
        std::move(nameSpace), [] { return netspace::readUdpPorts(); });
}

Task<Result<int>> SystemNetSpace::endProcesses(QString nameSpace)
{
    return netspace::runInside<int>(
        QString(), [nameSpace] { return netspace::endProcessesOf(nameSpace); });
}

QStringList SystemNetSpace::names() const
{
    return QDir(m_directory).entryList(QDir::Files | QDir::System);
}

} // namespace zos::hw
