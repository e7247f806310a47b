// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHash>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <libvirt/libvirt.h>

#include <atomic>
#include <functional>
#include <memory>

namespace zos::hw {

// libvirt's event loop is ours. libvirt registers descriptors and timers from whatever thread
// makes a call, so every request is handed to the loop's thread, in order; notifications are
// delivered there only.
class LibvirtLoop : public QObject
{
    Q_OBJECT
public:
    // Once per process, before the first connection, from the thread that runs the event loop. It
    // stays for the life of the process: libvirt has no way to give it back.
    static void install();

private:
    LibvirtLoop() = default;

    struct Handle
    {
        std::unique_ptr<QSocketNotifier> read;
        std::unique_ptr<QSocketNotifier> write;
        virEventHandleCallback call = nullptr;
        void *opaque = nullptr;
        virFreeCallback release = nullptr;
        int fd = -1;
    };
    struct Timeout
    {
        std::unique_ptr<QTimer> timer;
        virEventTimeoutCallback call = nullptr;
        void *opaque = nullptr;
        virFreeCallback release = nullptr;
    };

    static LibvirtLoop *instance();
    static int addHandle(
        int fd, int events, virEventHandleCallback call, void *opaque, virFreeCallback release);
    static void updateHandle(int id, int events);
    static int removeHandle(int id);
    static int addTimeout(
        int milliseconds, virEventTimeoutCallback call, void *opaque, virFreeCallback release);
    static void updateTimeout(int id, int milliseconds);
    static int removeTimeout(int id);

    void queue(std::function<void()> work);
    void dispatch(int id, int event);
    void expire(int id);

    std::atomic<int> m_nextId { 1 };
    QHash<int, std::shared_ptr<Handle>> m_handles;
    QHash<int, std::shared_ptr<Timeout>> m_timeouts;
};

} // namespace zos::hw
