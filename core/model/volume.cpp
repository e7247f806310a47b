// SPDX-License-Identifier: Apache-2.0
#include "core/model/volume.h"

#include "core/model/challenge.h"
#include "core/model/fields.h"

namespace zos {

Result<std::shared_ptr<const WorkloadData>> Volume::decode(const Json &data)
{
    auto decoded = std::make_shared<Volume>();
    if (auto read = JsonFields(data).size(u"size", decoded->size).finish(); !read)
        return fail(read.error());
    return decoded;
}

void Volume::appendChallenge(QByteArray &text) const
{
    Challenge(text).number(size.count());
}

Result<> Volume::validate(const Deployment &, const Workload &) const
{
    if (size == Bytes())
        return fail(ErrorCode::Invalid, QStringLiteral("invalid size"));
    return {};
}

Capacity Volume::capacity() const
{
    Capacity capacity;
    capacity.sru = size;
    return capacity;
}

} // namespace zos
