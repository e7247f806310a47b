// SPDX-License-Identifier: Apache-2.0
#include "app/cli/session.h"

#include <QStandardPaths>

namespace zos::app {

namespace {

constexpr std::chrono::seconds kCall { 20 };
constexpr std::chrono::milliseconds kPortRetry { 200 };
constexpr int kPortAttempts = 50;

bool isOverlay(const QHostAddress &address)
{
    return address.protocol() == QAbstractSocket::IPv6Protocol
        && (address.toIPv6Address()[0] & 0xfe) == 0x02;
}

} // namespace

Result<ListenAddress> ListenAddress::parse(const QString &text)
{
    const auto wrong = [&text] {
        return fail(ErrorCode::Invalid,
            QStringLiteral("'%1' is not an address to listen on (ADDRESS or [ADDRESS]:PORT)")
                .arg(text.left(64)));
    };
    ListenAddress listen;
    auto host = text;
    QString port;
    if (text.startsWith(u'[')) {
        const auto end = text.indexOf(u']');
        if (end < 0 || (end + 1 < text.size() && text.at(end + 1) != u':'))
            return wrong();
        host = text.mid(1, end - 1);
        port = text.mid(end + 2);
        if (end + 2 == text.size())
            return wrong();
    } else if (text.count(u':') == 1) {
        host = text.section(u':', 0, 0);
        port = text.section(u':', 1);
        if (port.isEmpty())
            return wrong();
    }
    if (!listen.address.setAddress(host))
        return wrong();
    if (!port.isEmpty()) {
        bool number = false;
        listen.port = port.toUShort(&number);
        if (!number)
            return wrong();
    }
    return listen;
}

Session::Session(Invocation line, const Clock *clock)
    : m_line(std::move(line))
    , m_clock(clock)
{
}

Session::~Session() = default;

QString Session::identityPath() const
{
    if (const auto file = m_line.value(QStringLiteral("file")); !file.isEmpty())
        return file;
    if (const auto file = m_line.value(QStringLiteral("identity")); !file.isEmpty())
        return file;
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation)
        + QStringLiteral("/zos/identity");
}

Result<Identity> Session::identity() const
{
    auto loaded = Identity::load(identityPath(), false);
    if (!loaded && loaded.error().code == ErrorCode::NotFound) {
        return fail(ErrorCode::NotFound,
            QStringLiteral("there is no identity at %1: make one with 'zos identity new'")
                .arg(identityPath()));
    }
    return loaded;
}

Task<Result<LocalLedger *>> Session::ledger(bool create)
{
    if (m_ledger)
        co_return m_ledger.get();
    const auto key = identity();
    if (!key)
        co_return fail(key.error());
    auto fresh
        = std::make_unique<LocalLedger>(m_line.value(QStringLiteral("ledger")), *key, m_clock);
    auto opening = fresh->open(create);
    const auto opened = co_await std::move(opening);
    if (!opened)
        co_return fail(opened.error());
    m_ledger = std::move(fresh);
    co_return m_ledger.get();
}

Task<Result<TwinId>> Session::twin()
{
    auto opening = ledger();
    const auto book = co_await std::move(opening);
    if (!book)
        co_return fail(book.error());
    const auto key = identity();
    if (!key)
        co_return fail(key.error());
    auto asking = (*book)->twinOf(key->publicKey());
    const auto id = co_await std::move(asking);
    if (!id && id.error().code == ErrorCode::NotFound) {
        co_return fail(ErrorCode::NotFound,
            QStringLiteral(
                "you are not registered on this ledger: run 'zos twin --ip ADDRESS' first"));
    }
    co_return id;
}

NodeId Session::node() const
{
    return NodeId(m_line.value(QStringLiteral("node")).toUInt());
}

Task<Result<NodeId>> Session::nodeOf(ContractId contract)
{
    if (m_line.has(QStringLiteral("node")))
        co_return node();
    auto opening = ledger();
    const auto book = co_await std::move(opening);
    if (!book)
        co_return fail(book.error());
    auto asking = (*book)->contract(contract);
    const auto found = co_await std::move(asking);
    if (!found && found.error().code == ErrorCode::NotFound) {
        co_return fail(ErrorCode::NotFound,
            found.error().what
                + QStringLiteral("; if it was cancelled, name its node with --node"));
    }
    if (!found)
        co_return fail(found.error());
    if (found->node.value() == 0)
        co_return fail(ErrorCode::Invalid,
            QStringLiteral("contract %1 belongs to no node").arg(contract.text()));
    co_return found->node;
}

Task<Result<>> Session::openPeer()
{
    if (m_peer)
        co_return {};
    const auto listen = ListenAddress::parse(m_line.value(QStringLiteral("listen")));
    if (!listen)
        co_return fail(listen.error());
    const auto key = identity();
    if (!key)
        co_return fail(key.error());
    auto finding = twin();
    const auto self = co_await std::move(finding);
    if (!self)
        co_return fail(self.error());
    rmb::DirectConfig config;
    config.address = listen->address;
    config.port = listen->port;
    config.onlyOverlaySources = isOverlay(listen->address);
    m_bus = std::make_unique<rmb::Session>(*key, *self, m_ledger.get(), nullptr, m_clock);
    auto peer = std::make_unique<rmb::DirectPeer>(m_bus.get(), config);
    // Answers arrive at one well-known port: another command of the same user may still hold it.
    for (int attempt = 1;; ++attempt) {
        auto starting = peer->start();
        const auto started = co_await std::move(starting);
        if (started)
            break;
        if (attempt == kPortAttempts)
            co_return fail(
                started.error().wrapped(QStringLiteral("is another zos command running?")));
        auto waiting = pause(kPortRetry);
        (void)co_await std::move(waiting);
    }
    m_peer = std::move(peer);
    co_return {};
}

std::chrono::milliseconds Session::timeout(std::chrono::seconds fallback) const
{
    const auto option = QStringLiteral("timeout");
    return m_line.has(option) ? std::chrono::seconds(m_line.value(option).toInt()) : fallback;
}

Task<rmb::Answer> Session::call(NodeId node, QString command, QByteArray payload)
{
    auto opening = ledger();
    const auto book = co_await std::move(opening);
    if (!book)
        co_return fail(book.error());
    auto asking = (*book)->node(node);
    const auto record = co_await std::move(asking);
    if (!record)
        co_return fail(record.error());
    auto connecting = openPeer();
    const auto connected = co_await std::move(connecting);
    if (!connected)
        co_return fail(connected.error());
    auto calling
        = m_peer->call(record->twin, std::move(command), std::move(payload), timeout(kCall));
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error().wrapped(QStringLiteral("node %1").arg(node.text())));
    co_return std::move(*answer);
}

Task<void> Session::close()
{
    if (m_peer) {
        auto stopping = m_peer->stop();
        co_await std::move(stopping);
    }
    m_peer.reset();
    if (m_bus) {
        auto stopping = m_bus->stop();
        co_await std::move(stopping);
    }
    m_bus.reset();
    m_ledger.reset();
}

ContractId Session::contract() const
{
    return ContractId(m_line.arguments.value(0).toULongLong());
}

} // namespace zos::app
