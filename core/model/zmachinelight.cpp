// SPDX-License-Identifier: Apache-2.0
#include "core/model/zmachinelight.h"

#include "core/model/challenge.h"

namespace zos {

Result<std::shared_ptr<const WorkloadData>> ZMachineLight::decode(const Json &data)
{
    auto decoded = std::make_shared<ZMachineLight>();
    if (auto read = ZMachine::read(data, ZMachine::Kind::Light, decoded->machine); !read)
        return fail(read.error());
    return decoded;
}

void ZMachineLight::appendChallenge(QByteArray &text) const
{
    Challenge(text).text(machine.flist);
    machine.appendInterfaces(text);
    machine.appendBody(text);
}

Result<> ZMachineLight::validate(const Deployment &, const Workload &) const
{
    return machine.validateBody();
}

Capacity ZMachineLight::capacity() const
{
    return machine.capacity();
}

} // namespace zos
