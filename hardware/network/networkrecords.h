// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QHash>
#include <QString>
#include <QStringList>

namespace zos::hw {

// A port of a network that answers beside its own for a while (portgrace.h).
struct PortGrace
{
    quint16 port = 0;
    qint64 until = 0; // milliseconds since the machine started
    friend bool operator==(const PortGrace &, const PortGrace &) = default;
};

// What the node remembers of a network it made, beside the kernel objects themselves. Holds no key.
struct NetworkRecord
{
    QString id;
    quint32 dmz = 0; // its address behind the node, host order
    quint16 port = 0; // WireGuard
    QByteArray digest; // of the plan; empty while it is being changed
    QByteArray layout; // digest of addresses and routes
    QByteArray rules; // digest of the firewall
    QByteArray wireguard; // digest of the device's configuration
    QString range;
    QHash<QString, QString> endpoints; // public key -> configured endpoint
    QList<PortGrace> graces; // newest first
};

// The records, one file <id>.json (mode 0600) each, and the addresses given to networks:
// 100.127.0.2 to 100.127.255.254, always the next one after the last given. Meant for a directory
// that a reboot empties, like the objects it describes.
class NetworkRecords
{
public:
    explicit NetworkRecords(QString directory);
    Result<> load(); // files that do not parse are dropped: their network is then built anew
    const NetworkRecord *find(const QString &id) const;
    QStringList ids() const { return m_records.keys(); }
    const QHash<QString, NetworkRecord> &all() const { return m_records; }
    Result<> save(const NetworkRecord &record);
    Result<> erase(const QString &id);
    // The address of the network, a new one when it has none. Limit when none is left.
    Result<quint32> allocate(const QString &id);

private:
    QString path(const QString &name) const;

    const QString m_directory;
    QHash<QString, NetworkRecord> m_records;
    quint32 m_last; // address given last
};

} // namespace zos::hw
