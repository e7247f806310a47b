// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/yggdrasil/yggdrasiloverlay.h"
#include "tests/system/network/networklab.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QTemporaryDir>

namespace lab {

// A machine of its own: network name space, yggdrasil daemon, room for one program.
struct OverlayMachine
{
    OverlayMachine(const QString &name, char seed, const QTemporaryDir &folder)
        : space(name)
        , identity(*Identity::fromSeed(QByteArray(32, seed)))
    {
        config.directory = folder.filePath(name);
        config.networkNamespace = spaceOf(name);
        config.multicast = false;
        config.lookEvery = std::chrono::milliseconds(200);
        config.logFile = folder.filePath(name + u".log");
    }
    void open() { overlay = std::make_unique<rmb::YggdrasilOverlay>(identity, &services, config); }
    bool connected() const
    {
        const auto peers = overlay->state().peers;
        return overlay->state().running && std::ranges::any_of(peers, &OverlayPeer::up);
    }
    QString address() const { return yggdrasilAddress(identity.publicKey()); }

    QString space;
    Identity identity;
    ChildServices services;
    rmb::YggdrasilConfig config;
    std::unique_ptr<rmb::YggdrasilOverlay> overlay;
};

// Two of them joined by one cable: the node listens, the user knows it. The keys are those of the
// two peers of bench_rmb.
struct OverlayPair
{
    static QString obstacle()
    {
        if (!isIsolated())
            return QStringLiteral(
                "needs root in a network name space of its own (tests/support/isolated)");
        if (!QFileInfo::exists(QStringLiteral("/usr/sbin/yggdrasil"))
            || !QFileInfo::exists(QStringLiteral("/dev/net/tun")))
            return QStringLiteral("needs yggdrasil and /dev/net/tun");
        return {};
    }
    enum class Meet { ByAddress, ByMulticast };
    bool make(Meet meet = Meet::ByAddress)
    {
        if (!batch({},
                "netns add bus-node\nnetns add bus-user\n"
                "link add name v0 netns bus-node type veth peer name v0 netns bus-user\n"))
            return false;
        for (auto *machine : { &node, &user }) {
            const QByteArray number = machine == &node ? "1" : "2";
            if (!batch(machine->space,
                    "link set lo up\naddr add 10.99.0." + number + "/24 dev v0\nlink set v0 up\n"))
                return false;
        }
        if (meet == Meet::ByMulticast) {
            node.config.multicast = user.config.multicast = true;
        } else {
            node.config.listen = { QStringLiteral("tcp://10.99.0.1:9943") };
            user.config.peers = { QStringLiteral("tcp://10.99.0.1:9943") };
        }
        node.open();
        user.open();
        return true;
    }
    bool connected() const { return node.connected() && user.connected(); }
    void stop()
    {
        for (auto *machine : { &node, &user }) {
            if (machine->overlay)
                testing::wait(machine->overlay->stop());
        }
    }
    static QString busProgram()
    {
        return QCoreApplication::applicationDirPath() + QStringLiteral("/bench_rmb");
    }
    // The node's peer of the bus, serving until the pair goes.
    bool serve()
    {
        ServiceSpec serving;
        serving.name = QStringLiteral("bus");
        // Its input must stay open: the bus ends with it.
        serving.command = { QStringLiteral("/bin/sh"), QStringLiteral("-c"),
            QStringLiteral("sleep 1000 | exec %1 serve %2 8051 %3")
                .arg(busProgram(), node.address(), user.address()) };
        serving.networkNamespace = spaceOf(node.space);
        return testing::wait(node.services.start(serving)).has_value();
    }
    // The user's peer in one of its modes, "ask" or "bench".
    Result<hw::CommandOutput> asUser(const QString &mode, std::chrono::seconds limit) const
    {
        hw::SystemCommandRunner runner({ { QStringLiteral("bench_rmb"), busProgram() } });
        hw::Command command;
        command.program = QStringLiteral("bench_rmb");
        command.arguments = { mode, user.address(), QStringLiteral("8051"), node.address() };
        command.networkNamespace = spaceOf(user.space);
        command.deadline = limit;
        return testing::wait(runner.run(command));
    }

    QTemporaryDir folder;
    OverlayMachine node { QStringLiteral("bus-node"), 'n', folder };
    OverlayMachine user { QStringLiteral("bus-user"), 'u', folder };
};

} // namespace lab
