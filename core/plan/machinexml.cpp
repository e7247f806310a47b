// SPDX-License-Identifier: Apache-2.0
#include "core/plan/machineplan.h"

#include <QUuid>
#include <QXmlStreamWriter>

namespace zos {

namespace {

using Attributes = std::initializer_list<std::pair<QAnyStringView, QString>>;

// Spelled out for the guest kernel of the node: what to mount is the init's business.
constexpr QStringView kKernelArguments = u"console=ttyS0 panic=1 reboot=k root=vroot "
                                         "rootfstype=virtiofs rw loglevel=5 printk.devkmsg=on";
// Shortens the start of an emulated machine by a third. Never with KVM: it gives up protection.
constexpr QStringView kEmulationArguments
    = u" mitigations=off cryptomgr.notests no_timer_check tsc=reliable rcupdate.rcu_expedited=1 "
      "audit=0 lsm=capability 8250.nr_uarts=1 initcall_blacklist=jent_mod_init,"
      "load_system_certificate_list,cec_init,sed_opal_init,init_encrypted,snapshot_device_init,"
      "trace_eval_init";

class DomainWriter
{
public:
    DomainWriter(const MachinePlan &plan, const HostTraits &host)
        : m_plan(plan)
        , m_host(host)
        , m_xml(&m_text)
    {
        m_xml.setAutoFormatting(true);
        m_xml.setAutoFormattingIndent(2);
    }

    QByteArray write()
    {
        open("domain", { { "type", m_host.kvm ? QStringLiteral("kvm") : QStringLiteral("qemu") } });
        identity();
        resources();
        boot();
        open("devices");
        text("emulator", {}, m_host.emulator);
        leaf("controller",
            { { "type", QStringLiteral("usb") }, { "model", QStringLiteral("none") } });
        root();
        for (qsizetype i = 0; i < m_plan.disks.size(); ++i)
            disk(i);
        for (const auto &nic : m_plan.nics)
            interface(nic);
        console();
        open("rng", { { "model", QStringLiteral("virtio") } });
        text("backend", { { "model", QStringLiteral("random") } }, QStringLiteral("/dev/urandom"));
        address();
        close();
        leaf("memballoon", { { "model", QStringLiteral("none") } });
        close();
        close();
        return m_text;
    }

private:
    void open(QAnyStringView name, Attributes attributes = {})
    {
        m_xml.writeStartElement(name);
        for (const auto &[key, value] : attributes)
            m_xml.writeAttribute(key, value);
    }
    void close() { m_xml.writeEndElement(); }
    void leaf(QAnyStringView name, Attributes attributes)
    {
        m_xml.writeEmptyElement(name);
        for (const auto &[key, value] : attributes)
            m_xml.writeAttribute(key, value);
    }
    void text(QAnyStringView name, Attributes attributes, const QString &value)
    {
        open(name, attributes);
        m_xml.writeCharacters(value);
        close();
    }
    // Devices in the order of their slots: libvirt adds no bridges, the guest sees a fixed order.
    void address()
    {
        leaf("address",
            { { "type", QStringLiteral("pci") }, { "domain", QStringLiteral("0") },
                { "bus", QStringLiteral("0") }, { "slot", QString::number(m_slot++) },
                { "function", QStringLiteral("0") } });
    }

    void identity()
    {
        static const QUuid kUrlSpace(QStringLiteral("6ba7b811-9dad-11d1-80b4-00c04fd430c8"));
        text("name", {}, m_plan.id);
        text("uuid", {},
            QUuid::createUuidV5(kUrlSpace, QString(QStringLiteral("zos:machine:") + m_plan.id))
                .toString(QUuid::WithoutBraces));
        open("metadata");
        const auto space = QStringLiteral("https://threefold.tech/zos/machine/1");
        m_xml.writeEmptyElement("zos:machine"); // libvirt wants the name space on this element
        m_xml.writeNamespace(space, "zos");
        m_xml.writeAttribute("id", m_plan.id);
        m_xml.writeAttribute("twin", m_plan.twin.text());
        m_xml.writeAttribute("contract", m_plan.contract.text());
        m_xml.writeAttribute("name", m_plan.hostname);
        m_xml.writeAttribute("spec", m_plan.digest());
        close();
    }

    void resources()
    {
        text("memory", { { "unit", QStringLiteral("MiB") } },
            QString::number(m_plan.memory.count() >> 20));
        open("memoryBacking"); // virtiofs needs shared memory
        leaf("source", { { "type", QStringLiteral("memfd") } });
        leaf("access", { { "mode", QStringLiteral("shared") } });
        close();
        text("vcpu", {}, QString::number(m_plan.cpu));
        open("cputune");
        text("shares", {}, QString::number(1024 * m_plan.cpu));
        close();
    }

    void boot()
    {
        open("os");
        text("type", { { "arch", QStringLiteral("x86_64") }, { "machine", QStringLiteral("q35") } },
            QStringLiteral("hvm"));
        text("kernel", {}, m_host.kernel);
        text("initrd", {}, m_host.initrd);
        auto arguments = kKernelArguments.toString();
        if (!m_host.kvm)
            arguments += kEmulationArguments;
        text("cmdline", {}, arguments);
        close();
        open("features");
        leaf("acpi", {}); // without it libvirt passes acpi=off: no power-off, one CPU
        leaf("apic", {});
        leaf("ps2", { { "state", QStringLiteral("off") } });
        leaf("vmport", { { "state", QStringLiteral("off") } });
        if (!m_host.kvm) {
            open("tcg");
            text("tb-cache", { { "unit", QStringLiteral("MiB") } }, QStringLiteral("64"));
            close();
        }
        close();
        if (m_host.kvm) {
            leaf("cpu",
                { { "mode", QStringLiteral("host-passthrough") },
                    { "migratable", QStringLiteral("off") } });
        } else {
            open("cpu", { { "mode", QStringLiteral("custom") } });
            text("model", {}, QStringLiteral("Westmere"));
            close();
        }
        open("clock", { { "offset", QStringLiteral("utc") } });
        leaf("timer", { { "name", QStringLiteral("hpet") }, { "present", QStringLiteral("no") } });
        close();
        text("on_poweroff", {}, QStringLiteral("destroy"));
        text("on_reboot", {}, QStringLiteral("restart"));
        text("on_crash", {}, QStringLiteral("destroy"));
    }

    void root()
    {
        open("filesystem",
            { { "type", QStringLiteral("mount") },
                { "accessmode", QStringLiteral("passthrough") } });
        leaf("driver", { { "type", QStringLiteral("virtiofs") } });
        open("binary", { { "path", m_host.virtiofsd }, { "xattr", QStringLiteral("on") } });
        leaf("cache", { { "mode", QStringLiteral("always") } });
        leaf("sandbox", { { "mode", QStringLiteral("chroot") } });
        close();
        leaf("source", { { "dir", m_plan.rootPath } });
        leaf("target", { { "dir", QStringLiteral("vroot") } });
        address();
        close();
    }

    void disk(qsizetype index)
    {
        const auto &disk = m_plan.disks[index];
        open("disk", { { "type", QStringLiteral("file") }, { "device", QStringLiteral("disk") } });
        leaf("driver",
            { { "name", QStringLiteral("qemu") }, { "type", QStringLiteral("raw") },
                { "cache", QStringLiteral("none") }, { "io", QStringLiteral("native") },
                { "discard", QStringLiteral("unmap") } });
        leaf("source", { { "file", disk.path } });
        leaf("target",
            { { "dev", QStringLiteral("vd") + QChar(u'a' + static_cast<char16_t>(index)) },
                { "bus", QStringLiteral("virtio") } });
        text("serial", {}, disk.serial);
        address();
        close();
    }

    void interface(const NicPlan &nic)
    {
        open("interface", { { "type", QStringLiteral("ethernet") } });
        leaf("mac", { { "address", nic.mac } });
        leaf("target", { { "dev", nic.tap }, { "managed", QStringLiteral("no") } });
        leaf("model", { { "type", QStringLiteral("virtio") } });
        leaf("rom", { { "enabled", QStringLiteral("no") } });
        address();
        close();
    }

    void console()
    {
        open("serial", { { "type", QStringLiteral("unix") } });
        leaf("source", { { "mode", QStringLiteral("bind") }, { "path", m_host.consoleSocket } });
        leaf("log", { { "file", m_host.consoleLog }, { "append", QStringLiteral("on") } });
        leaf("target",
            { { "type", QStringLiteral("isa-serial") }, { "port", QStringLiteral("0") } });
        close();
    }

    const MachinePlan &m_plan;
    const HostTraits &m_host;
    QByteArray m_text;
    QXmlStreamWriter m_xml;
    int m_slot = 2; // 0 and 1 belong to the chipset
};

} // namespace

QByteArray domainXml(const MachinePlan &plan, const HostTraits &host)
{
    return DomainWriter(plan, host).write();
}

} // namespace zos
