// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/domaincalls.h"

#include "hardware/machines/libvirtconnection.h"

#include <QFile>
#include <QXmlStreamReader>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace zos::hw {

namespace {

struct DomainFree
{
    void operator()(virDomainPtr domain) const { virDomainFree(domain); }
};
using DomainHandle = std::unique_ptr<virDomain, DomainFree>;

Result<DomainHandle> findDomain(virConnectPtr connection, const QString &name)
{
    DomainHandle domain(virDomainLookupByName(connection, name.toUtf8().constData()));
    if (!domain)
        return libvirtFailure(QStringLiteral("find machine"));
    return domain;
}

// Of a domain that cannot be asked: none when it is gone or not ours.
Result<std::optional<DomainFacts>> noFacts()
{
    const auto code = virGetLastErrorCode();
    if (code == VIR_ERR_NO_DOMAIN || code == VIR_ERR_NO_DOMAIN_METADATA
        || code == VIR_ERR_OPERATION_INVALID)
        return std::nullopt;
    return libvirtFailure(QStringLiteral("look at a machine"));
}

// Nothing for domains without our mark: they belong to somebody else.
Result<std::optional<DomainFacts>> factsOf(virDomainPtr domain)
{
    char *const metadata = virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT,
        "https://threefold.tech/zos/machine/1", VIR_DOMAIN_AFFECT_LIVE);
    if (!metadata)
        return noFacts();
    QXmlStreamReader xml { QByteArray(metadata) };
    std::free(metadata);
    int state = VIR_DOMAIN_NOSTATE;
    if (!xml.readNextStartElement())
        return std::nullopt;
    if (virDomainGetState(domain, &state, nullptr, 0) < 0)
        return noFacts();
    if (state == VIR_DOMAIN_SHUTOFF || state == VIR_DOMAIN_CRASHED)
        return std::nullopt;
    DomainFacts facts;
    facts.name = QString::fromUtf8(virDomainGetName(domain));
    facts.digest = xml.attributes().value(QStringLiteral("spec")).toString();
    facts.libvirtId = static_cast<int>(virDomainGetID(domain));
    facts.running = state != VIR_DOMAIN_PAUSED;
    return facts;
}

// The other end of a machine's serial line.
class SerialLine
{
public:
    static Result<std::unique_ptr<SerialLine>> open(const QString &socket)
    {
        auto line = std::make_unique<SerialLine>();
        const auto path = QFile::encodeName(socket);
        sockaddr_un address {};
        address.sun_family = AF_UNIX;
        if (path.size() >= static_cast<qsizetype>(sizeof address.sun_path))
            return fail(ErrorCode::Invalid, QStringLiteral("%1 is too long").arg(socket));
        std::memcpy(address.sun_path, path.constData(), static_cast<size_t>(path.size()));
        line->m_socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (line->m_socket < 0
            || ::connect(
                   line->m_socket, reinterpret_cast<const sockaddr *>(&address), sizeof address)
                != 0)
            return fail(ErrorCode::Io,
                QStringLiteral("connect to %1: %2")
                    .arg(socket, QString::fromLocal8Bit(std::strerror(errno))));
        return line;
    }
    SerialLine() = default;
    ~SerialLine() { ::close(m_socket); }
    SerialLine(const SerialLine &) = delete;
    SerialLine &operator=(const SerialLine &) = delete;

    bool send(char key) const { return ::send(m_socket, &key, 1, MSG_NOSIGNAL) == 1; }
    // Until QEMU has taken what was sent and hangs up: what a client sent that is gone is lost.
    void finish() const
    {
        ::shutdown(m_socket, SHUT_WR);
        char rest[1024];
        pollfd reading { m_socket, POLLIN, 0 };
        for (int reads = 0; reads < 1024 && ::poll(&reading, 1, 1000) > 0; ++reads) {
            if (::recv(m_socket, rest, sizeof rest, 0) <= 0)
                return;
        }
    }

private:
    int m_socket = -1;
};

QString dotted(unsigned long version)
{
    return QStringLiteral("%1.%2.%3")
        .arg(version / 1000000)
        .arg(version / 1000 % 1000)
        .arg(version % 1000);
}

} // namespace

Result<QList<DomainFacts>> listDomains(virConnectPtr connection)
{
    virDomainPtr *all = nullptr;
    const int count = virConnectListAllDomains(connection, &all, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
    if (count < 0)
        return libvirtFailure(QStringLiteral("list machines"));
    Result<QList<DomainFacts>> facts;
    for (int i = 0; i < count; ++i) {
        const DomainHandle domain(all[i]);
        const auto one = factsOf(domain.get());
        if (!one)
            facts = fail(one.error()); // never a part of them: the others would count as gone
        else if (facts && *one)
            *facts += **one;
    }
    std::free(all);
    return facts;
}

Result<int> createDomain(virConnectPtr connection, const QByteArray &xml, bool paused)
{
    const DomainHandle domain(virDomainCreateXML(
        connection, xml.constData(), paused ? VIR_DOMAIN_START_PAUSED : VIR_DOMAIN_NONE));
    if (domain)
        return static_cast<int>(virDomainGetID(domain.get()));
    auto failure = libvirtFailure(QStringLiteral("start machine"));
    const auto &text = failure.error().what;
    if (text.contains(QStringLiteral("already being removed"))
        || text.contains(QStringLiteral("already exists"))
        || text.contains(QStringLiteral("already active")))
        failure.error().code = ErrorCode::Busy;
    return failure;
}

Result<> destroyDomain(virConnectPtr connection, const QString &name)
{
    const auto domain = findDomain(connection, name);
    if (!domain)
        return domain.error().code == ErrorCode::NotFound ? Result<>() : fail(domain.error());
    // Gently first: QEMU writes back what it still holds.
    if (virDomainDestroyFlags(domain->get(), VIR_DOMAIN_DESTROY_GRACEFUL) == 0
        || virDomainDestroy(domain->get()) == 0)
        return {};
    auto failure = libvirtFailure(QStringLiteral("stop machine"));
    const auto *const error = virGetLastError();
    // Ended by itself in between.
    if (failure.error().code == ErrorCode::NotFound
        || (error && error->code == VIR_ERR_OPERATION_INVALID))
        return {};
    return failure;
}

Result<> setDomainRunning(virConnectPtr connection, const QString &name, bool running)
{
    const auto domain = findDomain(connection, name);
    if (!domain)
        return fail(domain.error());
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain->get(), &state, nullptr, 0) < 0)
        return libvirtFailure(QStringLiteral("look at machine"));
    if ((state != VIR_DOMAIN_PAUSED) == running)
        return {};
    if ((running ? virDomainResume(domain->get()) : virDomainSuspend(domain->get())) < 0)
        return libvirtFailure(
            running ? QStringLiteral("resume machine") : QStringLiteral("pause machine"));
    return {};
}

Result<> pressSystemKey(
    virConnectPtr connection, const QString &name, const QString &consoleSocket, char key)
{
    const auto domain = findDomain(connection, name);
    if (!domain)
        return fail(domain.error());
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain->get(), &state, nullptr, 0) < 0)
        return libvirtFailure(QStringLiteral("look at machine"));
    if (state != VIR_DOMAIN_RUNNING)
        return fail(ErrorCode::Invalid, QStringLiteral("it does not run"));
    const auto line = SerialLine::open(consoleSocket);
    if (!line)
        return fail(line.error());
    char *answer = nullptr;
    // The only serial device has this name in libvirt.
    const int sent = virDomainQemuMonitorCommand(domain->get(),
        R"({"execute":"chardev-send-break","arguments":{"id":"charserial0"}})", &answer, 0);
    const bool taken = sent == 0 && !QByteArrayView(answer).contains("\"error\"");
    std::free(answer);
    if (sent != 0)
        return libvirtFailure(QStringLiteral("send a break"));
    if (!taken || !(*line)->send(key))
        return fail(ErrorCode::Io, QStringLiteral("the serial line takes no key"));
    (*line)->finish();
    return {};
}

Result<> announceDiskSize(virConnectPtr connection, const QString &name, const QString &path)
{
    const auto domain = findDomain(connection, name);
    if (!domain)
        return fail(domain.error());
    const auto file = QFile::encodeName(path);
    struct stat info {};
    if (::stat(file.constData(), &info) != 0)
        return fail(ErrorCode::NotFound, QStringLiteral("%1 does not exist").arg(path));
    // Never another size than the file has: QEMU would cut it or leave its end unreserved.
    if (virDomainBlockResize(domain->get(), file.constData(),
            static_cast<unsigned long long>(info.st_size), VIR_DOMAIN_BLOCK_RESIZE_BYTES)
        == 0)
        return {};
    auto failure = libvirtFailure(QStringLiteral("resize disk"));
    const auto *const error = virGetLastError();
    if (error && (error->code == VIR_ERR_INVALID_ARG || error->code == VIR_ERR_OPERATION_INVALID))
        failure.error().code = ErrorCode::NotFound;
    return failure;
}

Result<QString> hypervisorVersion(virConnectPtr connection)
{
    unsigned long emulator = 0;
    unsigned long library = 0;
    if (virConnectGetVersion(connection, &emulator) < 0
        || virConnectGetLibVersion(connection, &library) < 0)
        return libvirtFailure(QStringLiteral("ask for versions"));
    return QStringLiteral("QEMU %1, libvirt %2").arg(dotted(emulator), dotted(library));
}

} // namespace zos::hw
