// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hardware/process/commandrunner.h"

namespace zos::hw {

struct KvmVerdict
{
    bool usable = false;
    QString reason; // why not; empty when usable
};

// Finds out whether KVM runs a guest, by running one: a hundred bytes of code that must end the
// emulator with a certain status. That /dev/kvm exists and libvirt lists KVM proves nothing.
class KvmProbe
{
public:
    // The runner needs the program "qemu". `folder` takes the probe and the remembered verdict,
    // which counts until the next boot or another emulator.
    KvmProbe(CommandRunner *runner, QString emulator, QString folder);

    Task<Result<KvmVerdict>> probe();
    // One run with the given accelerator ("kvm", "tcg"): status 33 within the limit is usable.
    static Task<Result<KvmVerdict>> attempt(CommandRunner *runner, QString folder,
        QString accelerator, std::chrono::milliseconds limit);
    static QByteArray program(); // the guest: an ELF file QEMU boots by its multiboot header

private:
    static Task<Result<KvmVerdict>> decide(CommandRunner *runner, QString emulator, QString folder);

    CommandRunner *const m_runner;
    const QString m_emulator;
    const QString m_folder;
};

} // namespace zos::hw
