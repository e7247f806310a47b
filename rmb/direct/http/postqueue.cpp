// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/postqueue.h"

#include <algorithm>

namespace zos::rmb::posting {

bool Post::begin()
{
    timer.start(answerLimit);
    const auto text = body();
    if (!text) {
        done(fail(ErrorCode::Cancelled, QStringLiteral("nothing to send any more")));
        return false;
    }
    const QByteArray plain = peer.address.toString().toLatin1();
    const bool v6 = peer.address.protocol() == QAbstractSocket::IPv6Protocol;
    const QByteArray host = v6 ? QByteArray('[' + plain + ']') : plain;
    bytes = "POST " + path + " HTTP/1.1\r\nHost: " + host + ':' + QByteArray::number(peer.port)
        + "\r\nContent-Type: application/json\r\nContent-Length: "
        + QByteArray::number(text->size()) + "\r\n\r\n" + *text;
    return true;
}

void Post::done(Result<HttpAnswer> result)
{
    if (outcome)
        return;
    outcome = std::move(result);
    gate.open();
}

PostQueue::Queue &PostQueue::queueOf(const QHostAddress &origin)
{
    Queue &queue = m_queues[origin];
    if (queue.empty())
        m_turns.push_back(origin);
    return queue;
}

void PostQueue::erase(QHash<QHostAddress, Queue>::iterator queue, Queue::iterator post)
{
    queue->erase(post);
    --m_size;
    if (queue->empty()) {
        std::erase(m_turns, queue.key());
        m_queues.erase(queue);
    }
}

PostPtr PostQueue::add(const PostPtr &post)
{
    PostPtr leaves;
    if (m_size >= m_limit) {
        auto longest = m_queues.begin();
        for (auto queue = m_queues.begin(); queue != m_queues.end(); ++queue) {
            if (queue->size() > longest->size())
                longest = queue;
        }
        const auto own = m_queues.constFind(post->origin);
        const size_t ownSize = own == m_queues.cend() ? 0 : own->size();
        if (longest == m_queues.end() || longest->size() <= ownSize + 1)
            return post;
        leaves = longest->back();
        erase(longest, std::prev(longest->end()));
    }
    queueOf(post->origin).push_back(post);
    ++m_size;
    return leaves;
}

void PostQueue::putBack(const PostPtr &post)
{
    queueOf(post->origin).push_front(post);
    ++m_size;
}

PostPtr PostQueue::take()
{
    if (m_turns.empty())
        return nullptr;
    const QHostAddress origin = m_turns.front();
    m_turns.pop_front();
    m_turns.push_back(origin);
    const auto queue = m_queues.find(origin);
    PostPtr post = queue->front();
    erase(queue, queue->begin());
    return post;
}

void PostQueue::remove(const PostPtr &post)
{
    const auto queue = m_queues.find(post->origin);
    if (queue == m_queues.end())
        return;
    const auto at = std::ranges::find(*queue, post);
    if (at != queue->end())
        erase(queue, at);
}

} // namespace zos::rmb::posting
