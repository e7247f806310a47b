// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/domaincalls.h"

#include "hardware/machines/libvirtconnection.h"

#include <QXmlStreamReader>

#include <libvirt/virterror.h>

#include <cstdlib>

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

// Nothing for domains without our mark: they belong to somebody else.
std::optional<DomainFacts> factsOf(virDomainPtr domain)
{
    char *const metadata = virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT,
        "https://threefold.tech/zos/machine/1", VIR_DOMAIN_AFFECT_LIVE);
    if (!metadata)
        return std::nullopt;
    QXmlStreamReader xml { QByteArray(metadata) };
    std::free(metadata);
    int state = VIR_DOMAIN_NOSTATE;
    if (!xml.readNextStartElement() || virDomainGetState(domain, &state, nullptr, 0) < 0)
        return std::nullopt;
    if (state == VIR_DOMAIN_SHUTOFF || state == VIR_DOMAIN_CRASHED)
        return std::nullopt;
    DomainFacts facts;
    facts.name = QString::fromUtf8(virDomainGetName(domain));
    facts.digest = xml.attributes().value(QStringLiteral("spec")).toString();
    facts.libvirtId = static_cast<int>(virDomainGetID(domain));
    facts.running = state != VIR_DOMAIN_PAUSED;
    return facts;
}

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
    QList<DomainFacts> facts;
    for (int i = 0; i < count; ++i) {
        const DomainHandle domain(all[i]);
        if (auto one = factsOf(domain.get()))
            facts += *one;
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
