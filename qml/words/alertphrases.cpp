// SPDX-License-Identifier: Apache-2.0
#include "qml/words/phrases.h"

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;

QString param(const QJsonObject &params, QLatin1StringView name)
{
    const QJsonValue value = params[name];
    return value.isDouble() ? QString::number(value.toDouble()) : Fmt::plain(value.toString());
}

// "storage: bay 4" reads badly with an empty part: a missing name becomes a dash.
QString named(const QJsonObject &params, QLatin1StringView name)
{
    const QString text = param(params, name);
    return text.isEmpty() ? Fmt::dash() : text;
}
} // namespace

Phrases::AlertText Phrases::alert(const QString &code, const QJsonObject &params) const
{
    for (const auto family :
        { &Phrases::diskAlert, &Phrases::serviceAlert, &Phrases::machineAlert })
        if (const AlertText text = (this->*family)(code, params); !text.title.isEmpty())
            return text;
    return { tr("Unknown problem"), code, tr("The number on the right tells support what it is.") };
}

bool Phrases::knowsAlert(const QString &code) const
{
    return !diskAlert(code, {}).title.isEmpty() || !serviceAlert(code, {}).title.isEmpty()
        || !machineAlert(code, {}).title.isEmpty();
}

Phrases::AlertText Phrases::diskAlert(const QString &code, const QJsonObject &params) const
{
    const QString disk = named(params, "disk"_L1);
    const QString pool = named(params, "pool"_L1);
    const QString place = diskPlace(params);
    if (code == "disk.wearing"_L1) {
        const int sectors = params["reallocated"_L1].toInt();
        QString detail = place;
        if (sectors > 0)
            detail = tr("%1 — %n reallocated sector(s), rising", "", sectors).arg(place);
        return { tr("Disk %1 is wearing out").arg(disk), detail,
            tr("Plan a replacement. The disk is still in use.") };
    }
    if (code == "disk.no_answer"_L1)
        return { tr("Disk %1 does not answer").arg(disk), place,
            tr("Reseat or replace this disk.") };
    if (code == "disk.smart_failed"_L1)
        return { tr("Disk %1 is failing").arg(disk), place, tr("Replace this disk soon.") };
    if (code == "disk.hot"_L1)
        return { tr("Disk %1 is too hot").arg(disk), place,
            tr("Check the airflow around this disk.") };
    if (code == "disk.not_empty"_L1)
        return { tr("Disk %1 is not used").arg(disk), place,
            tr("It holds other data and was left untouched.") };
    if (code == "storage.raid_mode"_L1)
        return { tr("Disks are behind a RAID controller"),
            tr("%1 is in RAID mode: disk health is hidden from the node")
                .arg(named(params, "model"_L1)),
            tr("Switch the controller to JBOD / HBA mode in its setup.") };
    if (code == "storage.no_ssd"_L1)
        return { tr("No SSD found"),
            tr("The cache is kept in memory and the node cannot register."),
            tr("The node needs an SSD to join the grid.") };
    if (code == "pool.degraded"_L1)
        return { tr("Pool %1 is damaged").arg(pool), place,
            tr("Data on this pool is at risk: see its disk.") };
    if (code == "pool.readonly"_L1)
        return { tr("Pool %1 is read-only").arg(pool), place,
            tr("Data on this pool is at risk: see its disk.") };
    if (code == "pool.full"_L1)
        return { tr("Pool %1 is full").arg(pool), place, tr("New workloads are refused.") };
    if (code == "storage.cache_readonly"_L1)
        return { tr("The cache cannot be written"), place,
            tr("Uptime reports stop until this is fixed.") };
    if (code == "storage.state_volatile"_L1)
        return { tr("The node's state is kept in memory only"),
            tr("A restart would lose workloads: new ones are refused, uptime is not reported."),
            tr("The node needs an SSD to join the grid.") };
    return {};
}

Phrases::AlertText Phrases::serviceAlert(const QString &code, const QJsonObject &params) const
{
    if (code == "chain.unreachable"_L1) {
        const int servers = params["servers"_L1].toInt();
        QString detail = tr("Running workloads are not affected.");
        const QString first = param(params, "first"_L1);
        if (servers > 0 && !first.isEmpty())
            detail = tr("No answer from %n server(s), first %1", "", servers).arg(first);
        return { tr("TFChain cannot be reached"), detail,
            tr("Check the cable, the router and the internet line. The node retries by itself.") };
    }
    if (code == "chain.stalled"_L1)
        return { tr("TFChain is not moving"), tr("Running workloads are not affected."),
            tr("Nothing to do: the chain itself is slow.") };
    if (code == "reg.failed"_L1)
        return { tr("Registration was refused"), param(params, "reason"_L1),
            tr("The node tries again by itself.") };
    if (code == "rmb.offline"_L1)
        return { tr("Users cannot reach the node"), tr("No way to the message bus."),
            tr("Running workloads are not affected.") };
    if (code == "ygg.no_peers"_L1)
        return { tr("Yggdrasil has no peers"), tr("Running workloads are not affected."),
            tr("Outgoing TCP to the peers may be blocked.") };
    if (code == "hub.unreachable"_L1)
        return { tr("Images cannot be fetched"), param(params, "host"_L1),
            tr("New machines wait; running ones are not affected.") };
    if (code == "time.unsynced"_L1)
        return { tr("The clock is not synchronised"), param(params, "source"_L1),
            tr("Allow UDP port 123 to the internet.") };
    if (code == "net.no_link"_L1)
        return { tr("No network cable"), tr("No port has a link."),
            tr("Plug in a network cable.") };
    if (code == "net.no_address"_L1)
        return { tr("No network address"), param(params, "nic"_L1),
            tr("Check that the router gives out addresses (DHCP).") };
    if (code == "net.slow_link"_L1)
        return { tr("Slow link on %1").arg(named(params, "nic"_L1)),
            m_fmt.rate(params["speed_mbps"_L1].toDouble() * 1e6),
            tr("Check cable and switch port.") };
    if (code == "net.no_internet"_L1)
        return { tr("No internet"), tr("None of the probes answers."),
            tr("Check the router and the internet line.") };
    if (code == "net.public_mismatch"_L1)
        return { tr("Public network does not work"), param(params, "nic"_L1),
            tr("Check the second cable or the VLAN.") };
    if (code == "update.failed"_L1)
        return { tr("The update failed"), param(params, "reason"_L1),
            tr("The node tries again by itself.") };
    if (code == "update.rolled_back"_L1)
        return { tr("The update was taken back"), tr("The new version did not become healthy."),
            tr("The node went back to %1.").arg(named(params, "version"_L1)) };
    if (code == "wl.error"_L1)
        return { tr("A workload failed"), tr("Contract %1").arg(named(params, "contract"_L1)),
            tr("The user sees the reason.") };
    return {};
}

Phrases::AlertText Phrases::machineAlert(const QString &code, const QJsonObject &params) const
{
    if (code == "config.no_farm"_L1)
        return { tr("No farm configured"), tr("The node does not know which farm it belongs to."),
            tr("Start the node with farmer_id=<id>, or use a stick labelled ZOS-CONFIG.") };
    if (code == "config.bad_value"_L1)
        return { tr("A boot option is wrong"),
            tr("%1 = %2").arg(named(params, "name"_L1), named(params, "value"_L1)),
            tr("Correct the boot option.") };
    if (code == "config.farm_not_found"_L1)
        return { tr("Farm %1 does not exist").arg(named(params, "farm"_L1)),
            tr("The chain does not know this farm."),
            tr("Check the farm number on the dashboard.") };
    if (code == "config.conflict"_L1)
        return { tr("Two settings disagree"), named(params, "name"_L1),
            tr("The value from %1 is used.").arg(named(params, "source"_L1)) };
    if (code == "hw.no_kvm"_L1)
        return { tr("Virtualisation is switched off"), tr("The node cannot start machines."),
            tr("Switch on virtualisation (VT-x / AMD-V) in the BIOS.") };
    if (code == "hw.memory_error"_L1)
        return { tr("Memory errors"),
            tr("Memory module %1 is failing.").arg(named(params, "slot"_L1)),
            tr("Plan a replacement.") };
    if (code == "hw.too_hot"_L1)
        return { tr("The machine is too hot"), param(params, "sensor"_L1),
            tr("Check fans and dust.") };
    if (code == "hw.last_boot_crashed"_L1)
        return { tr("The last run ended in a crash"), param(params, "time"_L1),
            tr("If it repeats, test memory and power.") };
    return {};
}

} // namespace zos::console
