// SPDX-License-Identifier: Apache-2.0
#include "core/model/zdb.h"

#include "core/model/challenge.h"
#include "core/model/fields.h"

namespace zos {

Result<std::shared_ptr<const WorkloadData>> Zdb::decode(const Json &data)
{
    auto decoded = std::make_shared<Zdb>();
    auto read = JsonFields(data)
                    .size(u"size", decoded->size)
                    .text(u"mode", decoded->mode)
                    .text(u"password", decoded->password)
                    .flag(u"public", decoded->isPublic)
                    .finish();
    if (!read)
        return fail(read.error());
    return decoded;
}

void Zdb::appendChallenge(QByteArray &text) const
{
    Challenge(text).number(size.count()).text(mode).text(password).flag(isPublic);
}

Result<> Zdb::validate(const Deployment &, const Workload &) const
{
    if (size == Bytes())
        return fail(ErrorCode::Invalid, QStringLiteral("invalid size"));
    if (mode != u"user" && mode != u"seq")
        return fail(ErrorCode::Invalid, QStringLiteral("invalid mode"));
    return {};
}

Capacity Zdb::capacity() const
{
    Capacity capacity;
    capacity.hru = size;
    return capacity;
}

} // namespace zos
