// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "core/identity/secretbytes.h"

#include <QAnyStringView>

namespace zos {

// Entropy of a BIP-39 English mnemonic of 12, 15, 18, 21 or 24 words, checksum verified.
Result<SecretBytes> mnemonicEntropy(QAnyStringView words);
// 16, 20, 24, 28 or 32 bytes of entropy as words, ASCII with a space between them.
SecretBytes mnemonicFor(const SecretBytes &entropy);
// Fresh random entropy for that many words.
SecretBytes newEntropy(int words);
// PBKDF2-HMAC-SHA512 of the entropy itself (Substrate's rule, not the standard BIP-39 seed).
SecretBytes miniSecretOf(const SecretBytes &entropy);

} // namespace zos
