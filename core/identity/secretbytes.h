// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArrayView>
#include <QtTypes>

#include <cstddef>
#include <span>

namespace zos {

// A fixed number of secret bytes in memory that is locked, fenced by guard pages, kept out of core
// dumps and wiped when freed. Not copyable: a secret has one place. Where the system refuses to
// lock memory (RLIMIT_MEMLOCK) the program goes on with memory that could be swapped out, and says
// so once in its log.
class SecretBytes
{
public:
    explicit SecretBytes(std::size_t size); // zeros
    ~SecretBytes();
    SecretBytes(SecretBytes &&other) noexcept;
    SecretBytes &operator=(SecretBytes &&other) noexcept;
    SecretBytes(const SecretBytes &) = delete;
    SecretBytes &operator=(const SecretBytes &) = delete;

    quint8 *data() { return m_data; }
    const quint8 *data() const { return m_data; }
    std::size_t size() const { return m_size; }
    std::span<const quint8> part(std::size_t offset, std::size_t length) const;
    // To look at in place: a QByteArray made of it would be a copy in ordinary memory.
    QByteArrayView view() const { return { m_data, qsizetype(m_size) }; }
    // From here on a write to the memory ends the program.
    void freeze();

private:
    quint8 *m_data = nullptr;
    std::size_t m_size = 0;
};

} // namespace zos
