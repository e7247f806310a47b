// SPDX-License-Identifier: Apache-2.0
#include "tests/support/machines/machinehost.h"

#include "hardware/machines/machinefiles.h"
#include "hardware/process/supervisorservices.h"
#include "tests/support/vectors.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSysInfo>

#include <signal.h>
#include <unistd.h>

namespace zos::testing {

using namespace Qt::StringLiterals;

MachineHost::MachineHost()
    : m_runner({ { u"ip"_s, u"/usr/sbin/ip"_s }, { u"curl"_s, u"/usr/bin/curl"_s },
          { u"virsh"_s, u"/usr/bin/virsh"_s }, { u"unsquashfs"_s, u"/usr/bin/unsquashfs"_s },
          { u"mkfs"_s, u"/usr/sbin/mkfs.ext4"_s }, { u"truncate"_s, u"/usr/bin/truncate"_s } })
{
}

MachineHost::~MachineHost()
{
    for (const auto &name : { u"libvirtd"_s, u"virtlogd"_s }) {
        if (m_services && !wait(m_services->stop(name)))
            qWarning("%s does not stop", qPrintable(name));
    }
    if (m_supervisor > 0)
        ::kill(static_cast<pid_t>(m_supervisor), SIGTERM);
    output(u"ip"_s, { u"link"_s, u"del"_s, u"vmtap0"_s });
    output(u"ip"_s, { u"link"_s, u"del"_s, u"vmbridge"_s });
}

QString MachineHost::obstacle()
{
    if (::geteuid() != 0)
        return u"needs root"_s;
    if (QSysInfo::machineHostName() != u"zos-test")
        return u"needs name spaces of its own: tests/support/isolated"_s;
    for (const auto &program :
        { u"/usr/sbin/libvirtd"_s, u"/usr/bin/qemu-system-x86_64"_s, u"/usr/libexec/virtiofsd"_s,
            QString(QStringLiteral(ZOS_BINARY_DIR "/guest/vmlinux")) }) {
        if (!QFile::exists(program))
            return u"needs "_s + program;
    }
    return {};
}

QString MachineHost::must(const QString &program, const QStringList &arguments) const
{
    const auto done = wait(hw::runOk(&m_runner, program, arguments));
    return done ? QString() : program + u' ' + arguments.join(u' ') + u": "_s + done.error().what;
}

QByteArray MachineHost::output(const QString &program, const QStringList &arguments) const
{
    const auto done = wait(hw::runOk(&m_runner, program, arguments));
    return done ? done->out : QByteArray();
}

QString MachineHost::make()
{
    // Outside /tmp: QEMU's account must reach the disk.
    m_folder = std::make_unique<QTemporaryDir>(u"/run/zos/test-XXXXXX"_s);
    if (!m_folder->isValid())
        return m_folder->errorString();
    QFile::setPermissions(
        m_folder->path(), QFile::permissions(m_folder->path()) | QFile::ExeGroup | QFile::ExeOther);
    const auto guest = QStringLiteral(ZOS_BINARY_DIR "/guest/");
    const auto disk = m_folder->filePath(u"disk"_s);
    const QList<std::pair<QString, QStringList>> steps {
        { u"unsquashfs"_s,
            { u"-q"_s, u"-n"_s, u"-d"_s, m_folder->filePath(u"root"_s),
                guest + u"example.squashfs"_s } },
        { u"truncate"_s, { u"-s"_s, u"64M"_s, disk } },
        { u"mkfs"_s, { u"-q"_s, u"-F"_s, disk, u"48M"_s } },
        { u"ip"_s, { u"link"_s, u"add"_s, u"vmbridge"_s, u"type"_s, u"bridge"_s } },
        { u"ip"_s, { u"addr"_s, u"add"_s, u"10.20.2.1/24"_s, u"dev"_s, u"vmbridge"_s } },
        { u"ip"_s,
            { u"-6"_s, u"addr"_s, u"add"_s, u"fd12:3456:789a:2::1/64"_s, u"dev"_s, u"vmbridge"_s,
                u"nodad"_s } },
        { u"ip"_s,
            { u"tuntap"_s, u"add"_s, u"dev"_s, u"vmtap0"_s, u"mode"_s, u"tap"_s, u"vnet_hdr"_s } },
        { u"ip"_s, { u"link"_s, u"set"_s, u"vmtap0"_s, u"master"_s, u"vmbridge"_s, u"up"_s } },
        { u"ip"_s, { u"link"_s, u"set"_s, u"vmbridge"_s, u"up"_s } },
    };
    for (const auto &[program, arguments] : steps) {
        if (const auto trouble = must(program, arguments); !trouble.isEmpty())
            return trouble;
    }
    const auto socket = m_folder->filePath(u"supervisor.sock"_s);
    QProcess supervisor;
    supervisor.setProgram(QStringLiteral(ZOS_BINARY_DIR "/bin/zos-supervisor"));
    supervisor.setArguments({ u"--stop-all"_s, socket });
    supervisor.setStandardOutputFile(m_folder->filePath(u"supervisor.log"_s));
    supervisor.setStandardErrorFile(m_folder->filePath(u"supervisor.log"_s));
    if (!supervisor.startDetached(&m_supervisor))
        return supervisor.errorString();
    if (!QTest::qWaitFor([&] { return QFile::exists(socket); }, 10000))
        return u"the supervisor does not answer"_s;
    m_services = std::make_unique<hw::SupervisorServices>(socket);
    m_config.runDir = u"/run/zos/machines"_s;
    m_config.logDir = m_folder->filePath(u"log/machines"_s);
    m_config.guestKernel = guest + u"vmlinux"_s;
    m_config.guestInitramfs = guest + u"initramfs"_s;
    m_config.manageLibvirt = true;
    m_config.services = m_services.get();
    return {};
}

std::unique_ptr<hw::LibvirtMachines> MachineHost::machines() const
{
    return std::make_unique<hw::LibvirtMachines>(m_config);
}

MachinePlan MachineHost::plan() const
{
    ZMachine data;
    data.cpu = 1;
    data.memory = 256_MiB;
    data.entrypoint = u"/entrypoint.sh 'a b' \"c\\\"d\""_s;
    data.env = { { "SSH_KEY", u"ssh-ed25519 AAAA me\nssh-rsa BBBB you"_s },
        { "GREETING", u"it's \"you\" & 100% <x>"_s } };
    NicPlan nic;
    nic.name = u"eth0"_s;
    nic.tap = u"vmtap0"_s;
    nic.bridge = u"vmbridge"_s;
    nic.mac = u"5a:39:c1:05:26:64"_s;
    nic.addresses = { u"10.20.2.2/24"_s, u"fd12:3456:789a:2::2/64"_s };
    nic.routes = { { *IpNet::parse(u"0.0.0.0/0"), u"10.20.2.1"_s },
        { *IpNet::parse(u"::/0"), u"fd12:3456:789a:2::1"_s } };
    nic.dns = { u"10.20.2.1"_s };
    MachineInput input;
    input.id = u"10-20-vm1"_s;
    input.twin = TwinId(10);
    input.contract = ContractId(20);
    input.name = u"vm1"_s;
    input.data = &data;
    input.rootPath = m_folder->filePath(u"root"_s);
    input.disks = { { m_folder->filePath(u"disk"_s), u"zd-0"_s, u"/data"_s, u"10-20-data"_s } };
    input.nics = { nic };
    auto planned = planMachine(input);
    if (!planned)
        qFatal("%s", qPrintable(planned.error().what));
    return *planned;
}

QByteArray MachineHost::get(const QString &path) const
{
    hw::Command command;
    command.program = u"curl"_s;
    command.arguments = { u"--silent"_s, u"--fail"_s, u"--globoff"_s, u"--connect-timeout"_s,
        u"2"_s, u"--max-time"_s, u"20"_s, u"--retry"_s, u"60"_s, u"--retry-delay"_s, u"1"_s,
        u"--retry-all-errors"_s, u"--retry-max-time"_s, u"60"_s, u"http://10.20.2.2"_s + path };
    command.deadline = std::chrono::seconds(90);
    const auto done = wait(hw::runOk(&m_runner, command));
    return done ? done->out : QByteArray();
}

QString MachineHost::prepareBare(const QString &id, const QByteArray &xml) const
{
    const hw::MachineFiles files(m_config.runDir, m_config.logDir, id);
    if (const auto done = files.prepare(plan(), m_config.guestInitramfs); !done)
        return done.error().what;
    const auto done = files.writeXml(xml);
    return done ? QString() : done.error().what;
}

qint64 MachineHost::servicePid(const QString &name) const
{
    const auto all = wait(m_services->list());
    if (!all)
        return 0;
    const auto found = std::ranges::find(*all, name, &ServiceState::name);
    return found == all->end() ? 0 : found->pid;
}

QList<qint64> MachineHost::processes(const QByteArray &name) const
{
    QList<qint64> found;
    const auto entries = QDir(u"/proc"_s).entryList({ u"[0-9]*"_s }, QDir::Dirs);
    for (const auto &entry : entries) {
        QFile file(u"/proc/%1/stat"_s.arg(entry));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const auto stat = file.readAll();
        if (stat.contains(QByteArray('(' + name)) && !stat.contains(") Z "))
            found += entry.toLongLong();
    }
    return found;
}

} // namespace zos::testing
