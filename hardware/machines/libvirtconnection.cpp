// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/libvirtconnection.h"

#include "core/base/logging.h"
#include "hardware/machines/libvirtloop.h"

#include <QPointer>

#include <libvirt/virterror.h>

namespace zos::hw {

// What libvirt hands back with an event; it outlives our object when the object goes first.
struct LibvirtReceiver
{
    QPointer<LibvirtConnection> owner;

    static void release(void *opaque) { delete static_cast<LibvirtReceiver *>(opaque); }
    static LibvirtConnection *of(void *opaque)
    {
        return static_cast<LibvirtReceiver *>(opaque)->owner;
    }

    static int lifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void *opaque)
    {
        if (auto *owner = of(opaque))
            Q_EMIT owner->lifecycle(QString::fromUtf8(virDomainGetName(domain)), event, detail);
        return 0;
    }
    static void reboot(virConnectPtr, virDomainPtr domain, void *opaque)
    {
        if (auto *owner = of(opaque))
            Q_EMIT owner->rebooted(QString::fromUtf8(virDomainGetName(domain)));
    }
    static void closed(virConnectPtr, int, void *opaque)
    {
        // Queued: libvirt holds the connection's lock here.
        if (auto *owner = of(opaque))
            QMetaObject::invokeMethod(owner, [owner] { owner->dropped(); }, Qt::QueuedConnection);
    }
};

std::unexpected<Error> libvirtFailure(const QString &step)
{
    const auto *const error = virGetLastError();
    const auto code = error ? error->code : VIR_ERR_INTERNAL_ERROR;
    auto text = error && error->message ? QString::fromUtf8(error->message)
                                        : QStringLiteral("unknown error");
    if (text.size() > 2048)
        text = u"..." + text.right(2048);
    return fail(code == VIR_ERR_NO_DOMAIN ? ErrorCode::NotFound : ErrorCode::Io,
        step + QStringLiteral(": ") + text.trimmed());
}

LibvirtConnection::LibvirtConnection(QString uri, QObject *parent)
    : QObject(parent)
    , m_uri(std::move(uri))
{
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, [this] { attempt(this); });
}

LibvirtConnection::~LibvirtConnection()
{
    close();
}

QThreadPool *LibvirtConnection::threads()
{
    // Never destroyed: a call that hangs must not hold up the end of the program.
    static QThreadPool *const pool = [] {
        auto *made = new QThreadPool;
        made->setMaxThreadCount(4);
        return made;
    }();
    return pool;
}

Result<LibvirtConnection::Connection> LibvirtConnection::connectBlocking(
    const QString &uri, const QPointer<LibvirtConnection> &owner)
{
    auto *const raw = virConnectOpen(uri.toUtf8().constData());
    if (!raw)
        return libvirtFailure(QStringLiteral("connect to ") + uri);
    // Closing talks to the server, so a thread does it, after the last call that uses it. The
    // registrations hold references and must go first.
    const auto registered = std::make_shared<QList<int>>();
    // Ours to free: a driver that has no such callback accepts it and forgets the receiver.
    const auto watcher = std::make_shared<LibvirtReceiver>(owner);
    Connection connection(raw, [registered, watcher](virConnectPtr last) {
        threads()->start([registered, watcher, last] {
            for (const int id : *registered)
                virConnectDomainEventDeregisterAny(last, id);
            virConnectUnregisterCloseCallback(last, LibvirtReceiver::closed);
            virConnectClose(last);
        });
    });
    // Drivers inside this process have nothing to keep alive.
    const auto supported = [] { return virGetLastErrorCode() != VIR_ERR_NO_SUPPORT; };
    if (virConnectSetKeepAlive(raw, 5, 3) < 0 && supported())
        return libvirtFailure(QStringLiteral("set up keep-alive"));
    if (virConnectRegisterCloseCallback(raw, LibvirtReceiver::closed, watcher.get(), nullptr) < 0
        && supported())
        return libvirtFailure(QStringLiteral("watch the connection"));
    const std::pair<int, virConnectDomainEventGenericCallback> events[] = {
        { VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(LibvirtReceiver::lifecycle) },
        { VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK(LibvirtReceiver::reboot) }
    };
    for (const auto &[event, call] : events) {
        // libvirt takes a receiver over only when it accepts the registration.
        auto receiver = std::make_unique<LibvirtReceiver>(owner);
        const int id = virConnectDomainEventRegisterAny(
            raw, nullptr, event, call, receiver.get(), LibvirtReceiver::release);
        if (id < 0)
            return libvirtFailure(QStringLiteral("watch machines"));
        static_cast<void>(receiver.release());
        registered->append(id);
    }
    return connection;
}

void LibvirtConnection::open()
{
    LibvirtLoop::install();
    m_wanted = true;
    if (!m_connection && !m_attempting)
        attempt(this);
}

void LibvirtConnection::close()
{
    m_wanted = false;
    m_retry.stop();
    m_connection.reset();
}

Task<void> LibvirtConnection::attempt(QPointer<LibvirtConnection> self)
{
    self->m_attempting = true;
    std::function<Result<Connection>()> work
        = [uri = self->m_uri, owner = self] { return connectBlocking(uri, owner); };
    auto running = onThread<Connection>(std::move(work));
    auto made = co_await withDeadline(
        std::move(running), std::chrono::seconds(20), QStringLiteral("connecting to libvirt"));
    if (!self)
        co_return;
    self->m_attempting = false;
    if (!self->m_wanted)
        co_return;
    if (!made) {
        if (self->m_trouble != made.error().what)
            qCWarning(lcMachines, "%s", qUtf8Printable(made.error().what));
        self->m_trouble = made.error().what;
        self->m_retry.start(self->m_backoff.next());
        co_return;
    }
    self->m_backoff.reset();
    self->m_trouble.clear();
    self->m_connection = std::move(*made);
    Q_EMIT self->opened();
}

void LibvirtConnection::dropped()
{
    if (!m_connection)
        return;
    m_connection.reset();
    m_trouble = QStringLiteral("the connection was lost");
    if (m_wanted)
        m_retry.start(m_backoff.next());
    Q_EMIT lost();
}

} // namespace zos::hw
