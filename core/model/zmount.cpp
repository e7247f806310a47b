// SPDX-License-Identifier: Apache-2.0
#include "core/model/zmount.h"

#include "core/model/challenge.h"
#include "core/model/fields.h"

namespace zos {

Result<std::shared_ptr<const WorkloadData>> ZMount::decode(const Json &data)
{
    auto decoded = std::make_shared<ZMount>();
    if (auto read = JsonFields(data).size(u"size", decoded->size).finish(); !read)
        return fail(read.error());
    return decoded;
}

void ZMount::appendChallenge(QByteArray &text) const
{
    Challenge(text).number(size.count());
}

Result<> ZMount::validate(const Deployment &, const Workload &) const
{
    if (size == Bytes())
        return fail(ErrorCode::Invalid, QStringLiteral("invalid size"));
    return {};
}

Capacity ZMount::capacity() const
{
    Capacity capacity;
    capacity.sru = size;
    return capacity;
}

} // namespace zos
