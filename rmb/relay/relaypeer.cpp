// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/relaypeer.h"

#include "rmb/relay/relaycalls.h"
#include "rmb/relay/relaydesk.h"

namespace zos::rmb {

struct RelayPeer::Private
{
    Private(Session *shared, const RelayConfig &config)
        : session(shared)
        , own { shared->twin(), config.session }
        , links(shared, config)
        , desk(shared, &links, own)
        , calls(shared, &links, own)
    {
    }

    void take(const QByteArray &frame, int link);
    void takeRelaysWord(const Envelope &envelope, int link);
    void takeRequest(Envelope envelope, int link);

    Session *session;
    const PeerAddress own;
    RelayLinks links;
    RelayDesk desk;
    RelayCalls calls;
    bool running = false;
};

void RelayPeer::Private::take(const QByteArray &frame, int link)
{
    BusCounters &counters = session->counters();
    if (!running)
        return;
    auto envelope = Envelope::decode(frame);
    if (!envelope) {
        ++counters.malformed;
        ++counters.refused;
        return;
    }
    // The address must be ours to the letter: its connection is signed together with what follows.
    if (!envelope->source || envelope->source->twin == TwinId(0)) {
        takeRelaysWord(*envelope, link);
    } else if (envelope->destination != own) {
        ++counters.misdirected;
        ++counters.refused;
    } else if (std::holds_alternative<RequestPart>(envelope->message)) {
        takeRequest(std::move(*envelope), link);
    } else if (std::holds_alternative<ResponsePart>(envelope->message)
        || std::holds_alternative<ErrorPart>(envelope->message)) {
        calls.take(std::move(*envelope), link);
    } else {
        ++counters.malformed;
        ++counters.refused;
    }
}

// Relays sign nothing; what they say can only be bad news.
void RelayPeer::Private::takeRelaysWord(const Envelope &envelope, int link)
{
    if (!std::holds_alternative<ErrorPart>(envelope.message)) {
        ++session->counters().malformed;
        return;
    }
    ++session->counters().relayErrors;
    if (links.link(link).isSelfPing(envelope.uid))
        links.link(link).selfPingRefused();
    else
        calls.relayComplains(envelope, link);
}

void RelayPeer::Private::takeRequest(Envelope envelope, int link)
{
    if (RelayLink::isSelfPing(envelope)) {
        if (links.link(link).isSelfPing(envelope.uid))
            links.link(link).selfPingArrived();
    } else if (session->router()) {
        desk.take(std::move(envelope), link);
    } else {
        ++session->counters().refused;
    }
}

RelayPeer::RelayPeer(Session *session, RelayConfig config, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(session, std::move(config)))
{
    connect(&d->links, &RelayLinks::received, this,
        [this](const QByteArray &frame, int link) { d->take(frame, link); });
    connect(&d->links, &RelayLinks::changed, this, &RelayPeer::linksChanged);
}

RelayPeer::~RelayPeer() = default;

void RelayPeer::start()
{
    d->running = true;
    (void)d->session->keyIsPublished(); // asks the ledger in time
    d->calls.start();
    d->links.start();
}

Task<void> RelayPeer::stop()
{
    d->running = false;
    auto endingCalls = d->calls.stop();
    co_await std::move(endingCalls);
    auto endingWork = d->desk.stop();
    co_await std::move(endingWork);
    d->links.stop();
}

QList<RelayLinkState> RelayPeer::links() const
{
    return d->links.states();
}

bool RelayPeer::up() const
{
    return d->links.up();
}

Task<Answer> RelayPeer::call(TwinId twin, QString command, QByteArray payload,
    std::chrono::milliseconds lifetime, bool failFast)
{
    return d->calls.call(twin, std::move(command), std::move(payload), lifetime, failFast);
}

} // namespace zos::rmb
