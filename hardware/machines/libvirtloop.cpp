// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/libvirtloop.h"

namespace zos::hw {

namespace {

// A notifier or timer may be running the very code that removes it.
template <class T> void retire(std::unique_ptr<T> &object)
{
    if (object)
        object.release()->deleteLater();
}

void setEvents(QSocketNotifier *read, QSocketNotifier *write, int events)
{
    constexpr int kReading
        = VIR_EVENT_HANDLE_READABLE | VIR_EVENT_HANDLE_HANGUP | VIR_EVENT_HANDLE_ERROR;
    read->setEnabled((events & kReading) != 0);
    write->setEnabled((events & VIR_EVENT_HANDLE_WRITABLE) != 0);
}

void setInterval(QTimer *timer, int milliseconds)
{
    if (milliseconds < 0)
        timer->stop();
    else
        timer->start(milliseconds);
}

} // namespace

LibvirtLoop *LibvirtLoop::instance()
{
    static LibvirtLoop *const loop = new LibvirtLoop;
    return loop;
}

void LibvirtLoop::install()
{
    static const bool done = [] {
        instance();
        virEventRegisterImpl(
            addHandle, updateHandle, removeHandle, addTimeout, updateTimeout, removeTimeout);
        // Errors come back through Result; libvirt would also print each on standard error.
        virSetErrorFunc(nullptr, [](void *, virErrorPtr) { });
        return true;
    }();
    Q_UNUSED(done)
}

void LibvirtLoop::queue(std::function<void()> work)
{
    QMetaObject::invokeMethod(this, std::move(work), Qt::QueuedConnection);
}

int LibvirtLoop::addHandle(
    int fd, int events, virEventHandleCallback call, void *opaque, virFreeCallback release)
{
    auto *const loop = instance();
    const int id = loop->m_nextId++;
    loop->queue([loop, id, fd, events, call, opaque, release] {
        auto handle = std::make_shared<Handle>();
        handle->call = call;
        handle->opaque = opaque;
        handle->release = release;
        handle->fd = fd;
        handle->read = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Read);
        handle->write = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Write);
        setEvents(handle->read.get(), handle->write.get(), events);
        QObject::connect(handle->read.get(), &QSocketNotifier::activated, loop,
            [loop, id] { loop->dispatch(id, VIR_EVENT_HANDLE_READABLE); });
        QObject::connect(handle->write.get(), &QSocketNotifier::activated, loop,
            [loop, id] { loop->dispatch(id, VIR_EVENT_HANDLE_WRITABLE); });
        loop->m_handles.insert(id, handle);
    });
    return id;
}

void LibvirtLoop::updateHandle(int id, int events)
{
    auto *const loop = instance();
    loop->queue([loop, id, events] {
        if (const auto handle = loop->m_handles.value(id))
            setEvents(handle->read.get(), handle->write.get(), events);
    });
}

int LibvirtLoop::removeHandle(int id)
{
    // Never frees from in here: libvirt holds locks that the free callback takes.
    auto *const loop = instance();
    loop->queue([loop, id] {
        const auto handle = loop->m_handles.take(id);
        if (!handle)
            return;
        handle->read->setEnabled(false);
        handle->write->setEnabled(false);
        retire(handle->read);
        retire(handle->write);
        if (handle->release) // may close the descriptor, so it comes last
            handle->release(handle->opaque);
    });
    return 0;
}

void LibvirtLoop::dispatch(int id, int event)
{
    if (const auto handle = m_handles.value(id))
        handle->call(id, handle->fd, event, handle->opaque);
}

int LibvirtLoop::addTimeout(
    int milliseconds, virEventTimeoutCallback call, void *opaque, virFreeCallback release)
{
    auto *const loop = instance();
    const int id = loop->m_nextId++;
    loop->queue([loop, id, milliseconds, call, opaque, release] {
        auto timeout = std::make_shared<Timeout>();
        timeout->call = call;
        timeout->opaque = opaque;
        timeout->release = release;
        timeout->timer = std::make_unique<QTimer>();
        QObject::connect(
            timeout->timer.get(), &QTimer::timeout, loop, [loop, id] { loop->expire(id); });
        setInterval(timeout->timer.get(), milliseconds);
        loop->m_timeouts.insert(id, timeout);
    });
    return id;
}

void LibvirtLoop::updateTimeout(int id, int milliseconds)
{
    auto *const loop = instance();
    loop->queue([loop, id, milliseconds] {
        if (const auto timeout = loop->m_timeouts.value(id))
            setInterval(timeout->timer.get(), milliseconds);
    });
}

int LibvirtLoop::removeTimeout(int id)
{
    auto *const loop = instance();
    loop->queue([loop, id] {
        const auto timeout = loop->m_timeouts.take(id);
        if (!timeout)
            return;
        timeout->timer->stop();
        retire(timeout->timer);
        if (timeout->release)
            timeout->release(timeout->opaque);
    });
    return 0;
}

void LibvirtLoop::expire(int id)
{
    if (const auto timeout = m_timeouts.value(id))
        timeout->call(id, timeout->opaque);
}

} // namespace zos::hw
