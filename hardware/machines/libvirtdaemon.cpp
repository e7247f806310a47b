// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/libvirtdaemon.h"

#include "core/base/unfinishedfiles.h"

#include <QDir>
#include <QFile>
#include <QSaveFile>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zos::hw {

namespace {

Result<> writeSettings(const QString &path, const QByteArray &text)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) < 0 || !file.commit())
        return fail(ErrorCode::Io, QStringLiteral("write %1: %2").arg(path, file.errorString()));
    return {};
}

constexpr qulonglong kOpenFiles = 32768; // of one QEMU

// Raising the limit above ours is refused, and the machine with it.
qulonglong openFilesLimit()
{
    rlimit limit {};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

ServiceSpec daemonService(const QString &name, const QString &settings, const QString &logDir)
{
    ServiceSpec service;
    service.name = name;
    service.command = { QStringLiteral("/usr/sbin/") + name, QStringLiteral("--config"), settings };
    service.logFile = logDir + u'/' + name + QStringLiteral(".log");
    return service;
}

} // namespace

LibvirtDaemon::LibvirtDaemon(Services *services, QString folder, QString logDir, QString etc)
    : m_services(services)
    , m_folder(std::move(folder))
    , m_logDir(std::move(logDir))
    , m_etc(std::move(etc))
{
}

bool LibvirtDaemon::mixedControlGroups()
{
    return QFile::exists(QStringLiteral("/sys/fs/cgroup/unified/cgroup.controllers"));
}

QByteArray LibvirtDaemon::qemuSettings(bool mixedControlGroups, bool kvm)
{
    QByteArray text = "# Written by the node at every start.\n"
                      "user = \"libvirt-qemu\"\n"
                      "group = \"kvm\"\n"
                      "dynamic_ownership = 0\n"
                      "remember_owner = 0\n"
                      "security_driver = \"none\"\n"
                      "seccomp_sandbox = 1\n"
                      "stdio_handler = \"logd\"\n";
    if (openFilesLimit() >= kOpenFiles)
        text += "max_files = " + QByteArray::number(kOpenFiles) + '\n';
    // What a machine's private /dev holds: libvirt's own list, the hidden device left out.
    QByteArrayList devices { "null", "full", "zero", "random", "urandom", "ptmx", "userfaultfd" };
    if (kvm)
        devices += "kvm";
    text += "cgroup_device_acl = [\"/dev/" + devices.join("\", \"/dev/") + "\"]\n";
    text += mixedControlGroups
        ? "cgroup_controllers = []\n"
        : "cgroup_controllers = [\"cpu\", \"cpuset\", \"memory\", \"blkio\"]\n";
    return text;
}

Result<> LibvirtDaemon::hideDevice(const QString &device, const QString &folder)
{
    struct stat info {};
    const auto target = QFile::encodeName(device);
    if (::stat(target.constData(), &info) != 0 || !S_ISCHR(info.st_mode))
        return {}; // absent, or hidden by an earlier start
    const auto cover = QFile::encodeName(folder + QStringLiteral("/hidden"));
    const int fd = ::open(cover.constData(), O_RDONLY | O_CREAT | O_CLOEXEC, 0);
    if (fd >= 0)
        ::close(fd);
    if (fd < 0 || ::mount(cover.constData(), target.constData(), nullptr, MS_BIND, nullptr) != 0)
        return fail(ErrorCode::Io,
            QStringLiteral("hide %1: %2")
                .arg(device, QString::fromLocal8Bit(std::strerror(errno))));
    return {};
}

Task<Result<>> LibvirtDaemon::start(bool kvm)
{
    for (const auto &folder : { m_folder, m_logDir, m_etc }) {
        if (!QDir().mkpath(folder))
            co_return fail(ErrorCode::Io, QStringLiteral("make directory %1").arg(folder));
    }
    if (!kvm) {
        if (auto hidden = hideDevice(QStringLiteral("/dev/kvm"), m_folder); !hidden)
            co_return hidden;
    }
    const auto logSettings = m_folder + QStringLiteral("/virtlogd.conf");
    const auto daemonSettings = m_folder + QStringLiteral("/libvirtd.conf");
    const std::pair<QString, QByteArray> files[] = {
        { m_etc + QStringLiteral("/qemu.conf"), qemuSettings(mixedControlGroups(), kvm) },
        { logSettings, "max_size = 4194304\nmax_backups = 1\n" },
        { daemonSettings,
            "auth_unix_rw = \"none\"\nunix_sock_rw_perms = \"0700\"\nunix_sock_ro_perms = "
            "\"0700\"\n" },
    };
    removeUnfinishedFiles(m_folder, { QStringLiteral("*.conf") });
    removeUnfinishedFiles(m_etc, { QStringLiteral("qemu.conf") });
    for (const auto &[path, text] : files) {
        if (auto written = writeSettings(path, text); !written)
            co_return written;
    }
    // libvirtd asks virtlogd for every machine's log, so that one comes first.
    const QList<ServiceSpec> services { daemonService(
                                            QStringLiteral("virtlogd"), logSettings, m_logDir),
        daemonService(QStringLiteral("libvirtd"), daemonSettings, m_logDir) };
    for (const auto &service : services) {
        const auto started = co_await m_services->start(service);
        if (!started)
            co_return fail(started.error().wrapped(QStringLiteral("start ") + service.name));
    }
    co_return {};
}

} // namespace zos::hw
