// SPDX-License-Identifier: Apache-2.0
#include "app/cli/session.h"

#include <QStandardPaths>
#include <QUuid>

namespace zos::app {

namespace {

constexpr std::chrono::seconds kCall { 20 };
constexpr std::chrono::seconds kConnect { 5 };
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

Result<QList<QUrl>> Session::relays() const
{
    QList<QUrl> relays;
    const auto texts = m_line.values(QStringLiteral("relay"));
    for (const auto &text : texts) {
        const auto url = rmb::relayUrl(text);
        if (!url)
            return fail(ErrorCode::Invalid,
                QStringLiteral("'%1' is no relay (wss://NAME)").arg(text.left(64)));
        relays += *url;
    }
    return relays;
}

Task<Result<QList<QUrl>>> Session::relaysTowards(TwinId node)
{
    auto given = relays();
    if (!given || !given->isEmpty())
        co_return given;
    auto reading = m_ledger->twin(node);
    const auto twin = co_await std::move(reading);
    if (!twin)
        co_return fail(twin.error());
    co_return rmb::relaysOf(twin->relay);
}

Task<Result<>> Session::openBus(TwinId node)
{
    if (m_bus)
        co_return {};
    const auto key = identity();
    if (!key)
        co_return fail(key.error());
    auto finding = twin();
    const auto self = co_await std::move(finding);
    if (!self)
        co_return fail(self.error());
    rmb::BusConfig config;
    const auto way = m_line.value(QStringLiteral("transport"));
    if (way != u"direct") {
        auto asking = relaysTowards(node);
        const auto relays = co_await std::move(asking);
        if (!relays)
            co_return fail(relays.error());
        config.relay.relays = *relays;
        // Answers find this program among others of the same user.
        config.relay.session = QUuid::createUuid().toString(QUuid::Id128).first(10);
    }
    if (way != u"relay" && m_line.has(QStringLiteral("listen"))) {
        const auto listen = ListenAddress::parse(m_line.value(QStringLiteral("listen")));
        if (!listen)
            co_return fail(listen.error());
        auto &direct = config.direct.emplace();
        direct.address = listen->address;
        direct.port = listen->port;
        direct.onlyOverlaySources = isOverlay(listen->address);
    }
    if (!config.direct && config.relay.relays.isEmpty())
        co_return fail(ErrorCode::Unavailable,
            QStringLiteral("there is no relay on the way to the node: name one with --relay"));
    const bool relayed = !config.relay.relays.isEmpty();
    config.directWhenNeeded = relayed;
    m_bus = std::make_unique<rmb::Bus>(
        *key, *self, m_ledger.get(), nullptr, m_clock, std::move(config));
    if (const auto started = m_bus->start(); !started)
        co_return fail(started.error());
    if (relayed) {
        auto connecting = m_bus->connected(kConnect);
        if (co_await std::move(connecting))
            co_return {};
    }
    co_return co_await listen();
}

// Answers arrive at one well-known port: another command of the same user may still hold it.
Task<Result<>> Session::listen()
{
    for (int attempt = 1;; ++attempt) {
        auto listening = m_bus->listen();
        const auto listens = co_await std::move(listening);
        if (listens)
            break;
        if (attempt == kPortAttempts)
            co_return fail(
                listens.error().wrapped(QStringLiteral("is another zos command running?")));
        auto waiting = pause(kPortRetry);
        (void)co_await std::move(waiting);
    }
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
    auto connecting = openBus(record->twin);
    const auto connected = co_await std::move(connecting);
    if (!connected)
        co_return fail(connected.error());
    auto calling
        = m_bus->call(record->twin, std::move(command), std::move(payload), timeout(kCall));
    auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error().wrapped(QStringLiteral("node %1").arg(node.text())));
    co_return std::move(*answer);
}

Task<void> Session::close()
{
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
