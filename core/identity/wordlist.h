// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace zos {

// The 2048 English words of BIP-39. Eleven bits of a mnemonic are an index into this list.
inline constexpr std::size_t kWordCount = 2048;
std::string_view mnemonicWord(std::size_t index);
std::optional<std::size_t> mnemonicWordIndex(std::string_view word);

} // namespace zos
