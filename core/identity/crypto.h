// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zos {

// Initialises QCA and libsodium on first use; cheap afterwards and safe from any thread. Whether
// everything is there is asked once at the start of a program with initCrypto().
void ensureCrypto();

} // namespace zos
