// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/backoff.h"
#include "core/base/task.h"

#include <QPointer>
#include <QThreadPool>
#include <QTimer>

#include <libvirt/libvirt.h>

#include <memory>

namespace zos::hw {

// A connection to libvirt that comes back by itself. libvirt's calls block, so they run on four
// threads of their own; events arrive in the loop.
class LibvirtConnection : public QObject
{
    Q_OBJECT
public:
    explicit LibvirtConnection(QString uri, QObject *parent = nullptr);
    ~LibvirtConnection() override;

    void open(); // tries for ever: after 0.5 s, at last every 10 s
    void close();
    bool isOpen() const { return m_connection != nullptr; }
    // Why it is not open.
    QString trouble() const { return m_trouble; }

    // Runs a blocking function on a copy of the connection. Unavailable when there is none.
    template <class T>
    Task<Result<T>> call(std::function<Result<T>(virConnectPtr)> function,
        std::chrono::milliseconds deadline, QString step);

Q_SIGNALS:
    void opened();
    void lost();
    void lifecycle(const QString &name, int event, int detail); // VIR_DOMAIN_EVENT_...
    void rebooted(const QString &name);

private:
    using Connection = std::shared_ptr<virConnect>;
    friend struct LibvirtReceiver;

    static QThreadPool *threads();
    static Result<Connection> connectBlocking(
        const QString &uri, const QPointer<LibvirtConnection> &owner);
    // Runs on its own: every step looks whether the object is still there.
    static Task<void> attempt(QPointer<LibvirtConnection> self);
    template <class T> static Task<Result<T>> onThread(std::function<Result<T>()> function);
    void dropped();

    const QString m_uri;
    Connection m_connection;
    QString m_trouble;
    Backoff m_backoff { std::chrono::milliseconds(500), std::chrono::seconds(10) };
    QTimer m_retry;
    bool m_wanted = false;
    bool m_attempting = false;
};

// The last error of this thread, as ours: NotFound for a missing domain, else Io.
std::unexpected<Error> libvirtFailure(const QString &step);

template <class T> Task<Result<T>> LibvirtConnection::onThread(std::function<Result<T>()> function)
{
    auto gate = std::make_shared<QFutureInterface<void>>();
    auto value = std::make_shared<std::optional<Result<T>>>();
    gate->reportStarted();
    auto future = gate->future();
    threads()->start([gate, value, function = std::move(function)] {
        value->emplace(function());
        gate->reportFinished();
    });
    co_await future;
    co_return std::move(**value);
}

template <class T>
Task<Result<T>> LibvirtConnection::call(std::function<Result<T>(virConnectPtr)> function,
    std::chrono::milliseconds deadline, QString step)
{
    if (!m_connection)
        co_return fail(ErrorCode::Unavailable,
            m_trouble.isEmpty() ? QStringLiteral("libvirt is not connected")
                                : QStringLiteral("libvirt is not connected: ") + m_trouble);
    std::function<Result<T>()> bound = [connection = m_connection, function = std::move(function)] {
        return function(connection.get());
    };
    auto running = onThread<T>(std::move(bound));
    auto outcome = co_await withDeadline(std::move(running), deadline, step);
    co_return outcome;
}

} // namespace zos::hw
