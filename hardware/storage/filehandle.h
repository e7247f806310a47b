// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFile>

#include <fcntl.h>
#include <unistd.h>

namespace zos::hw {

// An open file descriptor that closes itself; close-on-exec always.
class FileHandle
{
public:
    FileHandle(const QString &path, int flags, mode_t mode = 0)
        : m_fd(::open(QFile::encodeName(path).constData(), flags | O_CLOEXEC, mode))
    {
    }
    ~FileHandle()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    FileHandle(const FileHandle &) = delete;
    FileHandle &operator=(const FileHandle &) = delete;
    bool isOpen() const { return m_fd >= 0; }
    int fd() const { return m_fd; }

private:
    const int m_fd;
};

} // namespace zos::hw
