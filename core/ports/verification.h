// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "core/base/units.h"

namespace zos {

// Whether the person behind a twin has shown who they are, where a network asks for that.
class Verification
{
public:
    virtual ~Verification() = default;
    // An error means that it cannot be told now. Answers within 10 s.
    virtual Task<Result<bool>> isVerified(TwinId twin) = 0;
};

} // namespace zos
