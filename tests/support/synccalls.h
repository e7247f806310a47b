// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zos::testing {

// How often this process asked the kernel to bring a file to the disk: a program that calls this
// has its own fsync() and fdatasync(), which every library in it uses. It has to be linked with
// zos_test_syncs, so that libraries loaded later find them too.
int syncCalls();

// While this lives such calls wait; waiting() tells how many.
class HeldSyncs
{
public:
    HeldSyncs();
    ~HeldSyncs();
    HeldSyncs(const HeldSyncs &) = delete;
    HeldSyncs &operator=(const HeldSyncs &) = delete;
    int waiting() const;
};

} // namespace zos::testing
