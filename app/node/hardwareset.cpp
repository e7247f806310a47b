// SPDX-License-Identifier: Apache-2.0
#include "app/node/hardwareset.h"

#include "hardware/fake/fakeimages.h"
#include "hardware/fake/fakeinventory.h"
#include "hardware/fake/fakemachines.h"
#include "hardware/fake/fakenetworks.h"
#include "hardware/fake/fakeoverlay.h"
#include "hardware/fake/fakeservices.h"
#include "hardware/fake/fakevolumes.h"
#include "hardware/fake/fakeworld.h"
#include "hardware/images/squashfsimages.h"
#include "hardware/inventory/systeminventory.h"
#include "hardware/machines/libvirtmachines.h"
#include "hardware/network/kernelnetworks.h"
#include "hardware/process/supervisorservices.h"
#include "hardware/process/systemcommandrunner.h"
#include "hardware/storage/btrfsvolumes.h"
#include "rmb/yggdrasil/yggdrasiloverlay.h"

namespace zos::app {

HardwareSet::HardwareSet() = default;
HardwareSet::HardwareSet(HardwareSet &&) noexcept = default;
HardwareSet &HardwareSet::operator=(HardwareSet &&) noexcept = default;

HardwareSet::~HardwareSet()
{
    overlay.reset();
    images.reset();
    machines.reset();
    networks.reset();
    volumes.reset();
    inventory.reset();
    services.reset();
    runner.reset();
    world.reset();
}

HardwareSet HardwareSet::real(const NodeConfig &config, const Identity &identity)
{
    HardwareSet set;
    set.runner = std::make_unique<hw::SystemCommandRunner>();
    set.services = std::make_unique<hw::SupervisorServices>(config.supervisor);
    set.inventory
        = std::make_unique<hw::SystemInventory>(config.devices, set.runner.get(), config.minDevice);
    set.volumes = std::make_unique<hw::BtrfsVolumes>(
        set.inventory.get(), set.runner.get(), config.mountRoot, config.pins);

    hw::KernelNetworks::Config networks;
    networks.uplinkBridge = config.bridge;
    networks.runDir = config.runDir + u"/network";
    networks.dns = config.dns;
    set.networks
        = std::make_unique<hw::KernelNetworks>(networks, set.runner.get(), set.services.get());

    hw::LibvirtConfig machines;
    machines.runDir = config.runDir + u"/machines";
    machines.logDir = config.logDir + u"/machines";
    machines.guestKernel = config.guestKernel;
    machines.guestInitramfs = config.guestInitramfs;
    machines.manageLibvirt = config.manageLibvirt;
    machines.services = set.services.get();
    set.machines = std::make_unique<hw::LibvirtMachines>(machines);

    set.images = std::make_unique<hw::SquashfsImages>(
        config.cacheDir + u"/images", config.runDir + u"/images", set.runner.get());

    rmb::YggdrasilConfig overlay;
    overlay.directory = config.runDir + u"/yggdrasil";
    overlay.listen = config.yggdrasilListen;
    overlay.peers = config.yggdrasilPeers;
    overlay.multicast = config.yggdrasilMulticast;
    overlay.logFile = config.logDir + u"/yggdrasil.log";
    set.overlay = std::make_unique<rmb::YggdrasilOverlay>(identity, set.services.get(), overlay);
    return set;
}

Result<HardwareSet> HardwareSet::simulated(const NodeConfig &config, const Identity &identity)
{
    auto world = hw::FakeWorld::load(config.fakeMachine);
    if (!world)
        return fail(world.error());
    if (!config.fakeDisks.isEmpty()) {
        if (const auto kept = (*world)->keepDisksIn(config.fakeDisks); !kept)
            return fail(kept.error());
    }
    HardwareSet set;
    set.world = std::move(*world);
    set.services = std::make_unique<hw::FakeServices>(*set.world);
    set.inventory = std::make_unique<hw::FakeInventory>(*set.world);
    set.volumes = std::make_unique<hw::FakeVolumes>(*set.world);
    set.networks = std::make_unique<hw::FakeNetworks>(*set.world);
    set.machines = std::make_unique<hw::FakeMachines>(*set.world);
    set.images = std::make_unique<hw::FakeImages>(*set.world);
    set.overlay = std::make_unique<hw::FakeOverlay>(
        *set.world, yggdrasilAddress(identity.publicKey()), yggdrasilSubnet(identity.publicKey()));
    return set;
}

} // namespace zos::app
