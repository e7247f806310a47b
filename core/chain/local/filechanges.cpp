// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/filechanges.h"

#include <QFile>
#include <QFileInfo>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace zos {

FileChanges::FileChanges(const QString &path)
    : m_folder(QFile::encodeName(QFileInfo(path).absolutePath()))
    , m_name(QFile::encodeName(QFileInfo(path).fileName()))
    , m_call(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    , m_notify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
{
    watch();
}

FileChanges::~FileChanges()
{
    ::close(m_call);
    if (m_notify >= 0)
        ::close(m_notify);
}

// The folder, not the file: SQLite makes and removes its companions as it goes.
void FileChanges::watch()
{
    m_watch = ::inotify_add_watch(m_notify, m_folder.constData(),
        IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_ONLYDIR);
}

bool FileChanges::wait(std::chrono::milliseconds atMost)
{
    if (!watches())
        watch();
    std::array<pollfd, 2> sources { { { m_call, POLLIN, 0 }, { m_notify, POLLIN, 0 } } };
    (void)::poll(sources.data(), sources.size(), static_cast<int>(atMost.count()));
    if (sources[0].revents != 0) {
        eventfd_t calls = 0;
        (void)::eventfd_read(m_call, &calls);
    }
    return sources[1].revents != 0 && takeTouches();
}

void FileChanges::wake()
{
    (void)::eventfd_write(m_call, 1);
}

bool FileChanges::takeTouches()
{
    bool ours = false;
    alignas(inotify_event) std::array<char, 4096> buffer;
    ssize_t got = 0;
    while ((got = ::read(m_notify, buffer.data(), buffer.size())) > 0) {
        for (ssize_t at = 0; at < got;) {
            inotify_event event;
            std::memcpy(&event, buffer.data() + at, sizeof event);
            if ((event.mask & IN_IGNORED) != 0)
                m_watch = -1; // the folder is gone
            const char *name = buffer.data() + at + sizeof event;
            // An event without a name tells that events were lost.
            ours = ours || event.len == 0 || QByteArray(name).startsWith(m_name);
            at += ssize_t(sizeof event) + ssize_t(event.len);
        }
    }
    return ours;
}

} // namespace zos
