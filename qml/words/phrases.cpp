// SPDX-License-Identifier: Apache-2.0
#include "qml/words/phrases.h"

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;

QString joined(const QStringList &parts)
{
    QStringList filled;
    for (const auto &part : parts)
        if (!part.isEmpty())
            filled += part;
    return filled.join(u" · "_s);
}
} // namespace

QString Phrases::network(const QString &name) const
{
    if (name == "production"_L1)
        return tr("PRODUCTION", "network badge");
    if (name == "testing"_L1)
        return tr("TESTING", "network badge");
    if (name == "qa"_L1)
        return tr("QA", "network badge");
    if (name == "development"_L1)
        return tr("DEVELOPMENT", "network badge");
    if (name == "local"_L1)
        return tr("LOCAL", "network badge: a network made by the node itself");
    return tr("UNKNOWN", "network badge");
}

QString Phrases::connectionName(const QString &id, const QString &network) const
{
    if (id == "lan"_L1)
        return tr("Local network");
    if (id == "internet"_L1)
        return tr("Internet");
    if (id == "chain"_L1)
        return network == "local"_L1 ? tr("Ledger") : tr("TFChain");
    if (id == "rmb"_L1)
        return tr("Message bus");
    if (id == "ygg"_L1)
        return tr("Yggdrasil");
    if (id == "mycelium"_L1)
        return tr("Mycelium");
    if (id == "hub"_L1)
        return tr("Image hub");
    if (id == "graphql"_L1)
        return tr("Grid index");
    if (id == "time"_L1)
        return tr("Time sync");
    return Fmt::plain(id);
}

QString Phrases::connectionDetail(const QString &code, const QJsonObject &params) const
{
    const auto number = [&params](QLatin1StringView name) { return params[name].toInt(); };
    const auto text
        = [&params](QLatin1StringView name) { return Fmt::plain(params[name].toString()); };
    if (code == "lan.up"_L1) {
        const double speed = params["speed_mbps"_L1].toDouble();
        return joined({ text("address"_L1), text("nic"_L1),
            speed > 0 ? m_fmt.rate(speed * 1e6) : QString() });
    }
    if (code == "chain.synced"_L1)
        return tr("block %1").arg(m_fmt.integer(params["block"_L1].toInteger()));
    if (code == "chain.local"_L1)
        return tr("kept on this machine");
    if (code == "chain.unreachable"_L1) {
        if (params.contains("minutes"_L1))
            return tr("unreachable for %1").arg(m_fmt.duration(qint64(number("minutes"_L1)) * 60));
        return tr("unreachable");
    }
    if (code == "rmb.relays"_L1)
        return tr("%1 of %n relay(s)", "", number("total"_L1)).arg(number("up"_L1));
    if (code == "rmb.direct"_L1)
        return tr("direct, ready");
    if (code == "ygg.peers"_L1)
        return tr("%n peer(s)", "", number("peers"_L1));
    if (code == "ygg.local_only"_L1)
        return tr("0 peers, %n on the local network", "", number("peers"_L1));
    if (code == "hub.ok"_L1)
        return text("host"_L1);
    if (code == "time.synced"_L1)
        return params.contains("offset_ms"_L1)
            ? tr("offset %1").arg(m_fmt.milliseconds(params["offset_ms"_L1].toDouble()))
            : tr("synchronised");
    if (code == "time.local"_L1)
        return tr("clock of this machine");
    if (code == "time.unsynced"_L1)
        return tr("not synchronised");
    if (code == "conn.unknown"_L1)
        return tr("not checked yet");
    if (code.endsWith(".unreachable"_L1) || code.endsWith(".down"_L1)
        || code.endsWith(".offline"_L1))
        return tr("unreachable");
    if (code.endsWith(".starting"_L1))
        return tr("starting");
    if (code.endsWith(".off"_L1))
        return tr("switched off");
    if (code.endsWith(".ok"_L1))
        return tr("working");
    return code;
}

QString Phrases::stepName(const QString &id, const QString &network) const
{
    if (id == "hardware"_L1)
        return tr("Hardware", "start-up step");
    if (id == "disks"_L1)
        return tr("Disks", "start-up step");
    if (id == "network"_L1)
        return tr("Network", "start-up step");
    if (id == "time"_L1)
        return tr("Time", "start-up step");
    if (id == "identity"_L1)
        return tr("Node identity", "start-up step");
    if (id == "chain"_L1)
        return network == "local"_L1 ? tr("Ledger", "start-up step")
                                     : tr("TFChain", "start-up step");
    if (id == "registration"_L1)
        return tr("Registration", "start-up step");
    if (id == "bus"_L1)
        return tr("Message bus", "start-up step");
    if (id == "workloads"_L1)
        return tr("Workloads", "start-up step");
    if (id == "update"_L1)
        return tr("Update", "start-up step");
    return Fmt::plain(id);
}

QString Phrases::stepActivity(const QString &id) const
{
    if (id == "hardware"_L1)
        return tr("looking at the hardware");
    if (id == "disks"_L1)
        return tr("preparing disks");
    if (id == "network"_L1)
        return tr("waiting for an address");
    if (id == "time"_L1)
        return tr("asking for the time");
    if (id == "identity"_L1)
        return tr("loading keys");
    if (id == "chain"_L1)
        return tr("connecting");
    if (id == "registration"_L1)
        return tr("registering the node");
    if (id == "bus"_L1)
        return tr("connecting");
    if (id == "workloads"_L1)
        return tr("bringing workloads back");
    if (id == "update"_L1)
        return tr("looking for an update");
    return {};
}

QString Phrases::workloadState(const QString &state) const
{
    if (state == "ok"_L1)
        return tr("running", "workload");
    if (state == "error"_L1)
        return tr("failed", "workload");
    if (state == "paused"_L1)
        return tr("paused", "workload");
    if (state == "init"_L1)
        return tr("starting", "workload");
    if (state == "deleted"_L1)
        return tr("deleted", "workload");
    if (state == "unchanged"_L1)
        return tr("running", "workload");
    return tr("unknown", "workload");
}

QString Phrases::diskReason(const QString &code, const QJsonObject &disk) const
{
    if (code.isEmpty())
        return disk["state"_L1].toString() == "ok"_L1 ? tr("healthy", "disk")
                                                      : tr("not checked", "disk");
    if (code == "disk.wearing"_L1) {
        const int sectors = disk["reallocated"_L1].toInt();
        return sectors > 0 ? tr("%n reallocated sector(s)", "", sectors)
                           : tr("wearing out", "disk");
    }
    if (code == "disk.no_answer"_L1)
        return tr("no answer", "disk");
    if (code == "disk.smart_failed"_L1)
        return tr("failing", "disk");
    if (code == "disk.hot"_L1)
        return tr("too hot", "disk");
    if (code == "disk.not_empty"_L1)
        return tr("holds other data", "disk");
    if (code == "storage.raid_mode"_L1)
        return tr("behind RAID", "disk");
    return code;
}

QString Phrases::nicRole(const QString &role) const
{
    if (role == "zos"_L1)
        return tr("NODE", "network port badge");
    if (role == "public"_L1)
        return tr("PUBLIC", "network port badge");
    if (role == "member"_L1)
        return tr("MEMBER", "network port badge");
    return {};
}

QString Phrases::updateStep(
    const QString &code, const QJsonObject &params, const QString &state) const
{
    if (code == "update.writing"_L1)
        return tr("Writing system image %1")
            .arg(Fmt::plain(params["slot"_L1].toString()).toUpper());
    if (state == "downloading"_L1)
        return tr("Downloading");
    if (state == "verifying"_L1)
        return tr("Checking the signature");
    if (state == "reboot_pending"_L1)
        return tr("Restarting soon");
    return tr("Installing");
}

QString Phrases::diskPlace(const QJsonObject &params) const
{
    const auto text
        = [&params](QLatin1StringView name) { return Fmt::plain(params[name].toString()); };
    return joined({ text("model"_L1),
        text("serial"_L1).isEmpty() ? QString() : tr("serial %1").arg(text("serial"_L1)),
        text("slot"_L1).isEmpty() ? QString() : tr("bay %1").arg(text("slot"_L1)) });
}

} // namespace zos::console
