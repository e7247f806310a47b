// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtEnvironmentVariables>

namespace zos::testing {

// The long form of a test: CTest entries with the label `soak` set it.
inline bool isSoak()
{
    return qEnvironmentVariableIsSet("ZOS_SOAK");
}

} // namespace zos::testing
