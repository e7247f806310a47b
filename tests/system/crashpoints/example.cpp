// SPDX-License-Identifier: Apache-2.0
#include "tests/system/crashpoints/example.h"

#include "tests/support/node/nodeprogram.h"

namespace zos::testing {

using namespace Qt::StringLiterals;

namespace {

constexpr int kTenant = 2; // number of its network

} // namespace

QByteArray Example::workloads(quint32 version) const
{
    auto all = first;
    if (version > 0) {
        for (const auto &workload : gone)
            all.remove(workload);
        all.insert(second);
    }
    return QByteArrayList(all.values()).join(',');
}

QList<Example> examples()
{
    const auto image = QStringLiteral("file://" ZOS_BINARY_DIR "/guest/example.squashfs");
    const auto net = QString::fromLatin1("net" + QByteArray::number(kTenant));
    const auto network = networkWorkload(kTenant);
    auto changed = network;
    changed.replace(".3.0/24", ".7.0/24"); // its peer is elsewhere now
    const auto disk = diskWorkload("data", 64 << 20);
    const auto machine = machineWorkload(kTenant, image);
    auto larger = machine;
    larger.replace("\"cpu\":1", "\"cpu\":2")
        .replace("\"memory\":268435456", "\"memory\":301989888")
        .replace("\"mounts\":[", "\"mounts\":[{\"name\":\"more\",\"mountpoint\":\"/more\"},");
    return {
        { "network", { { net, network } }, { { net, changed } }, {} },
        { "zmount", { { u"data"_s, disk } }, { { u"data"_s, diskWorkload("data", 96 << 20) } },
            {} },
        { "zmachine", { { net, network }, { u"data"_s, disk }, { u"vm"_s, machine } }, {},
            { u"vm"_s } },
        { "resize", { { net, network }, { u"data"_s, disk }, { u"vm"_s, machine } },
            { { u"data"_s, diskWorkload("data", 96 << 20) },
                { u"more"_s, diskWorkload("more", 32 << 20) }, { u"vm"_s, larger } },
            {}, true },
    };
}

} // namespace zos::testing
