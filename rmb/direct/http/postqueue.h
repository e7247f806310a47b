// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rmb/direct/http/httpclient.h"

#include <QHash>
#include <QTimer>

#include <deque>

namespace zos::rmb::posting {

struct Endpoint
{
    QHostAddress address;
    quint16 port = 0;
    bool operator==(const Endpoint &) const = default;
};

// One request of an HttpClient until its outcome is known.
struct Post
{
    Endpoint peer;
    QHostAddress origin; // whom it counts for
    QByteArray path;
    HttpClient::Body body;
    QByteArray bytes; // what went out, to be sent again unchanged
    QTimer timer; // of its turn first, then of the answer
    std::chrono::milliseconds answerLimit {};
    detail::Gate gate;
    std::optional<Result<HttpAnswer>> outcome;
    bool resent = false;

    // Makes the bytes; false when it is not to be sent any more.
    bool begin();
    void done(Result<HttpAnswer> result);
};
using PostPtr = std::shared_ptr<Post>;

// What waits for a connection: origins take turns, and a full queue takes a newcomer at the cost of
// the origin that waits with the most.
class PostQueue
{
public:
    explicit PostQueue(int limit)
        : m_limit(limit)
    {
    }
    // Null, or the one that does not wait any more; that may be the newcomer.
    PostPtr add(const PostPtr &post);
    void putBack(const PostPtr &post); // it was taken but cannot go now
    PostPtr take(); // of the origin whose turn it is; null when nothing waits
    void remove(const PostPtr &post);
    int size() const { return m_size; }
    int origins() const { return static_cast<int>(m_turns.size()); }

private:
    using Queue = std::deque<PostPtr>;
    Queue &queueOf(const QHostAddress &origin);
    void erase(QHash<QHostAddress, Queue>::iterator queue, Queue::iterator post);

    int m_limit;
    QHash<QHostAddress, Queue> m_queues; // none is empty
    std::deque<QHostAddress> m_turns; // of the same origins
    int m_size = 0;
};

} // namespace zos::rmb::posting
