// SPDX-License-Identifier: Apache-2.0
#include "core/identity/secretbytes.h"

#include "core/base/logging.h"
#include "core/identity/crypto.h"

#include <sodium.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace zos {

namespace {

void warnOfUnlockedSecrets(int error)
{
    static std::atomic_bool warned = false;
    if (!warned.exchange(true)) {
        qCWarning(lcNode).noquote()
            << QStringLiteral("secret keys are in memory that may be swapped out: it cannot be "
                              "locked: %1 (see RLIMIT_MEMLOCK)")
                   .arg(QString::fromLocal8Bit(strerror(error)));
    }
}

} // namespace

SecretBytes::SecretBytes(std::size_t size)
    : m_size(size)
{
    ensureCrypto();
    m_data = static_cast<quint8 *>(sodium_malloc(size));
    if (!m_data)
        throw std::bad_alloc();
    // The library locks as well, and does not tell when it could not. Locking twice is locking
    // once.
    if (::mlock(m_data, size) != 0)
        warnOfUnlockedSecrets(errno);
    sodium_memzero(m_data, size);
}

SecretBytes::~SecretBytes()
{
    sodium_free(m_data);
}

SecretBytes::SecretBytes(SecretBytes &&other) noexcept
    : m_data(std::exchange(other.m_data, nullptr))
    , m_size(std::exchange(other.m_size, 0))
{
}

SecretBytes &SecretBytes::operator=(SecretBytes &&other) noexcept
{
    std::swap(m_data, other.m_data);
    std::swap(m_size, other.m_size);
    return *this;
}

std::span<const quint8> SecretBytes::part(std::size_t offset, std::size_t length) const
{
    return std::span<const quint8>(m_data, m_size).subspan(offset, length);
}

void SecretBytes::freeze()
{
    sodium_mprotect_readonly(m_data);
}

} // namespace zos
