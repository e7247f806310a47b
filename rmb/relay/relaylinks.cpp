// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/relaylinks.h"

#include <algorithm>

namespace zos::rmb {

namespace {
constexpr qsizetype kMaxRelays = 4;
constexpr size_t kMaxWaiting = 256;
constexpr qsizetype kMaxWaitingBytes = 16 << 20;
} // namespace

RelayLinks::RelayLinks(Session *session, const RelayConfig &config, QObject *parent)
    : QObject(parent)
    , m_session(session)
{
    for (const QUrl &relay : config.relays.first(std::min(config.relays.size(), kMaxRelays))) {
        const int number = static_cast<int>(m_links.size());
        m_links.push_back(std::make_unique<RelayLink>(session, config, relay));
        connect(m_links.back().get(), &RelayLink::received, this,
            [this, number](const QByteArray &frame) { Q_EMIT received(frame, number); });
        connect(m_links.back().get(), &RelayLink::changed, this, &RelayLinks::onChanged);
    }
}

void RelayLinks::start()
{
    for (const auto &link : m_links)
        link->start();
}

void RelayLinks::stop()
{
    for (const auto &link : m_links)
        link->stop();
    m_session->counters().repliesFailed += m_waiting.size();
    m_waiting.clear();
    m_waitingBytes = 0;
}

QList<RelayLinkState> RelayLinks::states() const
{
    QList<RelayLinkState> list;
    for (const auto &link : m_links)
        list += link->state();
    return list;
}

bool RelayLinks::up() const
{
    return std::ranges::any_of(m_links, [](const auto &link) { return link->up(); });
}

bool RelayLinks::send(const QByteArray &frame, int preferred)
{
    if (link(preferred).send(frame))
        return true;
    return std::ranges::any_of(m_links, [&](const auto &other) { return other->send(frame); });
}

void RelayLinks::deliver(const QByteArray &frame, int preferred, quint64 expires)
{
    BusCounters &counters = m_session->counters();
    if (send(frame, preferred)) {
        ++counters.repliesSent;
        return;
    }
    while (!m_waiting.empty()
        && (m_waiting.size() >= kMaxWaiting || m_waitingBytes + frame.size() > kMaxWaitingBytes)) {
        m_waitingBytes -= m_waiting.front().frame.size();
        m_waiting.pop_front();
        ++counters.repliesFailed;
    }
    m_waiting.push_back({ frame, expires });
    m_waitingBytes += frame.size();
}

void RelayLinks::onChanged()
{
    BusCounters &counters = m_session->counters();
    const quint64 time = m_session->time();
    while (!m_waiting.empty()) {
        const Waiting &next = m_waiting.front();
        if (next.expires <= time)
            ++counters.repliesFailed;
        else if (send(next.frame, 0))
            ++counters.repliesSent;
        else
            break;
        m_waitingBytes -= next.frame.size();
        m_waiting.pop_front();
    }
    Q_EMIT changed();
}

QList<int> RelayLinks::towards(const QString &relayField) const
{
    const QStringList theirs = relayField.split(u'_');
    QList<int> order;
    for (int number = 0; std::cmp_less(number, m_links.size()); ++number) {
        if (link(number).up())
            order += number;
    }
    std::ranges::stable_sort(order, std::ranges::greater(), [&](int number) {
        return theirs.contains(rmb::relayField({ link(number).state().relay }));
    });
    return order;
}

QString relayField(const QList<QUrl> &relays)
{
    QStringList names;
    for (const QUrl &relay : relays) {
        QString name = relay.host();
        if (relay.scheme() != u"wss" || relay.port(443) != 443) {
            name = relay.toString(QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment);
            name.remove(QStringLiteral("wss://"));
            if (const qsizetype slash = name.indexOf(u'/'); slash >= 0)
                name.remove(slash, 1);
        }
        names += name;
    }
    names.sort();
    names.removeDuplicates();
    return names.join(u'_');
}

QList<QUrl> relaysOf(const QString &field)
{
    QList<QUrl> relays;
    const auto names = field.split(u'_', Qt::SkipEmptyParts);
    for (const auto &name : names) {
        const bool plain = name.startsWith(u"ws:/");
        if (const auto url = relayUrl((plain ? QStringLiteral("ws://") : QStringLiteral("wss://"))
                + name.sliced(plain ? 4 : 0)))
            relays += *url;
    }
    return relays;
}

std::optional<QUrl> relayUrl(const QString &text)
{
    QUrl url(text, QUrl::StrictMode);
    const bool scheme = url.scheme() == u"wss" || url.scheme() == u"ws";
    const bool bare = (url.path().isEmpty() || url.path() == u"/") && !url.hasQuery()
        && !url.hasFragment() && url.userInfo().isEmpty();
    // '_' joins the names in a twin record.
    if (!url.isValid() || !scheme || !bare || url.host().isEmpty() || url.host().contains(u'_'))
        return std::nullopt;
    return url;
}

} // namespace zos::rmb
