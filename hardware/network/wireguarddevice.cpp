// SPDX-License-Identifier: Apache-2.0
#include "hardware/network/wireguarddevice.h"

#include "core/base/logging.h"
#include "hardware/network/ipcommand.h"

#include <QElapsedTimer>
#include <QFile>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace zos::hw {

namespace {

constexpr auto kServiceReady = std::chrono::seconds(10);

// The service's name may hold lower case only, a network's id has both cases.
QString wireguardService(const NetworkNames &names)
{
    return QStringLiteral("wireguard-") + QString::fromLatin1(names.id.toLatin1().toHex());
}

bool isListening(const QString &path)
{
    sockaddr_un address {};
    const auto name = QFile::encodeName(path);
    if (name.size() >= qsizetype(sizeof address.sun_path))
        return false;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.constData(), size_t(name.size()));
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    const bool ok
        = ::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    ::close(fd);
    return ok;
}

} // namespace

WireguardDevice::WireguardDevice(CommandRunner *runner, Services *services, QString socketDir)
    : m_runner(runner)
    , m_services(services)
    , m_socketDir(std::move(socketDir))
{
}

QString WireguardDevice::socketPath(const NetworkNames &names) const
{
    return m_socketDir + u'/' + names.wireguard + QStringLiteral(".sock");
}

Task<Result<bool>> WireguardDevice::kernelCan()
{
    const auto turn = co_await m_probe.enter(QString());
    if (m_kernel)
        co_return *m_kernel;
    const auto probe = QStringLiteral("w-probe");
    const auto add = ipCommand({ QStringLiteral("link"), QStringLiteral("add"),
        QStringLiteral("name"), probe, QStringLiteral("type"), QStringLiteral("wireguard") });
    const auto added = co_await m_runner->run(add);
    if (!added)
        co_return fail(added.error());
    m_kernel = added->exitCode == 0;
    if (*m_kernel) {
        const auto remove = ipCommand(
            { QStringLiteral("link"), QStringLiteral("del"), QStringLiteral("dev"), probe });
        const auto removed = co_await runOk(m_runner, remove);
        if (!removed)
            co_return fail(removed.error());
    }
    qCInfo(lcNetwork, "WireGuard: %s",
        *m_kernel ? "in the kernel" : "this kernel has none, using wireguard-go");
    co_return *m_kernel;
}

Task<Result<>> WireguardDevice::startService(NetworkNames names, bool fresh)
{
    ServiceSpec spec;
    spec.name = wireguardService(names);
    spec.command
        = { QStringLiteral("/usr/bin/wireguard-go"), QStringLiteral("-f"), names.wireguard };
    // Started again by itself it would make an empty device in the wrong name space.
    spec.restart = false;
    if (!fresh) {
        const auto stopped = co_await m_services->stop(spec.name);
        if (!stopped)
            co_return stopped;
    }
    const auto path = socketPath(names);
    if (QFile::exists(path) && !isListening(path))
        QFile::remove(path);
    const auto started = co_await m_services->start(spec);
    if (!started)
        co_return started;
    QElapsedTimer waited;
    waited.start();
    while (!isListening(path)) {
        if (waited.durationElapsed() > kServiceReady)
            co_return fail(
                ErrorCode::Timeout, QStringLiteral("wireguard-go did not open %1").arg(path));
        const auto paused = co_await pause(std::chrono::milliseconds(3));
        if (!paused)
            co_return paused;
    }
    co_return Result<>();
}

Task<Result<>> WireguardDevice::create(NetworkNames names, bool fresh)
{
    const auto kernel = co_await kernelCan();
    if (!kernel)
        co_return fail(kernel.error().wrapped(QStringLiteral("look for WireGuard")));
    if (!*kernel) {
        const auto started = co_await startService(names, fresh);
        if (!started)
            co_return fail(started.error().wrapped(QStringLiteral("start WireGuard")));
        co_return Result<>();
    }
    const auto make
        = ipCommand({ QStringLiteral("link"), QStringLiteral("add"), QStringLiteral("name"),
            names.wireguard, QStringLiteral("type"), QStringLiteral("wireguard") });
    const auto made = co_await runOk(m_runner, make);
    if (!made)
        co_return fail(made.error().wrapped(QStringLiteral("create WireGuard device")));
    co_return Result<>();
}

Task<Result<>> WireguardDevice::moveInside(NetworkNames names)
{
    const auto move = ipCommand({ QStringLiteral("link"), QStringLiteral("set"),
        QStringLiteral("dev"), names.wireguard, QStringLiteral("netns"), names.nameSpace });
    auto moved = co_await runOk(m_runner, move);
    if (!moved && !m_kernel.value_or(true)) {
        // It goes with its process, and on a busy machine one was gone before it could be moved.
        qCWarning(lcNetwork, "WireGuard device %s is started again: %s",
            qUtf8Printable(names.wireguard), qUtf8Printable(moved.error().what));
        const auto again = co_await create(names, false);
        if (!again)
            co_return again;
        moved = co_await runOk(m_runner, move);
    }
    if (!moved)
        co_return fail(moved.error().wrapped(QStringLiteral("move WireGuard device")));
    co_return Result<>();
}

Task<Result<>> WireguardDevice::configure(NetworkNames names, QString nameSpace, QByteArray text)
{
    Command command;
    command.program = QStringLiteral("wg");
    command.arguments
        = { QStringLiteral("syncconf"), names.wireguard, QStringLiteral("/dev/stdin") };
    command.input = std::move(text);
    command.networkNamespace = std::move(nameSpace);
    const auto done = co_await runOk(m_runner, command);
    if (!done)
        co_return fail(done.error().wrapped(QStringLiteral("configure WireGuard")));
    co_return Result<>();
}

Task<Result<QStringList>> WireguardDevice::endpoints(NetworkNames names, QString nameSpace)
{
    Command command;
    command.program = QStringLiteral("wg");
    command.arguments = { QStringLiteral("show"), names.wireguard, QStringLiteral("endpoints") };
    command.networkNamespace = std::move(nameSpace);
    const auto done = co_await runOk(m_runner, command);
    if (!done)
        co_return fail(done.error().wrapped(QStringLiteral("read WireGuard's peers")));
    QStringList endpoints;
    for (const auto &line : done->out.split('\n')) {
        const auto fields = line.split('\t'); // key, address or "(none)"
        if (fields.size() == 2 && fields.last() != "(none)")
            endpoints += QString::fromLatin1(fields.last());
    }
    co_return endpoints;
}

Task<Result<>> WireguardDevice::remove(NetworkNames names, QString nameSpace, bool inside)
{
    const auto stopped = co_await m_services->stop(wireguardService(names));
    QFile::remove(socketPath(names));
    if (inside) {
        // wireguard-go takes its device along; only the kernel's is still there.
        const auto command = ipCommand({ QStringLiteral("link"), QStringLiteral("del"),
                                           QStringLiteral("dev"), names.wireguard },
            std::move(nameSpace));
        const auto gone = co_await m_runner->run(command);
        if (!gone)
            co_return fail(gone.error());
    }
    co_return stopped;
}

} // namespace zos::hw
