// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/deployment.h"
#include "core/model/netvalues.h"

#include <QMap>
#include <QStringList>

#include <optional>

namespace zos {

struct MachineInterface
{
    QString network; // workload name of a network of this twin on this node
    IpAddress ip;

    bool operator==(const MachineInterface &) const = default;
};

struct MachineMycelium
{
    QString network;
    QByteArray seed; // raw bytes of hex_seed

    bool operator==(const MachineMycelium &) const = default;
};

struct MachineMount
{
    QString name; // zmount, volume or qsfs of the same deployment
    QString mountpoint;

    bool operator==(const MachineMount &) const = default;
};

// A virtual machine or container machine.
struct ZMachine final : WorkloadData
{
    QString flist;
    QString publicIp;
    bool planetary = false;
    QList<MachineInterface> interfaces;
    std::optional<MachineMycelium> mycelium;
    Bytes size; // of the root, 0 = minimum
    quint8 cpu = 0;
    Bytes memory;
    QList<MachineMount> mounts;
    QString entrypoint;
    QMap<QByteArray, QString> env; // by UTF-8 key
    bool corex = false;
    QStringList gpu;

    static Result<std::shared_ptr<const WorkloadData>> decode(const Json &data);
    // The members alone. A light machine has neither public_ip nor planetary.
    enum class Kind { Full, Light };
    static Result<> read(const Json &data, Kind kind, ZMachine &machine);
    void appendChallenge(QByteArray &text) const override;
    Result<> validate(const Deployment &deployment, const Workload &self) const override;
    Capacity capacity() const override;
    Bytes rootSize() const; // max(size, minimum for cpu and memory)

    // Halves of the above that a light machine has in common.
    void appendInterfaces(QByteArray &text) const;
    void appendBody(QByteArray &text) const;
    Result<> validateBody() const;
};

} // namespace zos
