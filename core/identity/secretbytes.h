// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTypes>

#include <cstddef>
#include <span>

namespace zos {

// A fixed number of secret bytes in memory that is locked, fenced by guard pages, kept out of core
// dumps and wiped when freed. Not copyable: a secret has one place.
class SecretBytes
{
public:
    explicit SecretBytes(std::size_t size);
    ~SecretBytes();
    SecretBytes(SecretBytes &&other) noexcept;
    SecretBytes &operator=(SecretBytes &&other) noexcept;
    SecretBytes(const SecretBytes &) = delete;
    SecretBytes &operator=(const SecretBytes &) = delete;

    quint8 *data() { return m_data; }
    const quint8 *data() const { return m_data; }
    std::size_t size() const { return m_size; }
    std::span<const quint8> part(std::size_t offset, std::size_t length) const;
    // From here on a write to the memory ends the program.
    void freeze();

private:
    quint8 *m_data = nullptr;
    std::size_t m_size = 0;
};

} // namespace zos
