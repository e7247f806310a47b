// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QHash>

#include <deque>

namespace zos {

// Coroutines that work on one thing take turns, in the order they came; different things go on
// side by side. Event loop only.
class KeyedLock
{
public:
    // Holds the turn until it goes out of scope. Keep it in a local variable of the coroutine.
    class Turn
    {
    public:
        Turn(KeyedLock *lock, QString key)
            : m_lock(lock)
            , m_key(std::move(key))
        {
        }
        Turn(Turn &&other) noexcept
            : m_lock(std::exchange(other.m_lock, nullptr))
            , m_key(std::move(other.m_key))
        {
        }
        Turn &operator=(Turn &&) = delete;
        Turn(const Turn &) = delete;
        Turn &operator=(const Turn &) = delete;
        ~Turn()
        {
            if (m_lock)
                m_lock->leave(m_key);
        }

    private:
        KeyedLock *m_lock;
        QString m_key;
    };

    Task<Turn> enter(QString key)
    {
        if (auto waiting = m_waiting.find(key); waiting != m_waiting.end()) {
            auto gate = std::make_shared<detail::Gate>();
            waiting->push_back(gate);
            co_await gate->opened();
        } else {
            m_waiting.insert(key, {});
        }
        co_return Turn(this, key);
    }

private:
    void leave(const QString &key)
    {
        auto waiting = m_waiting.find(key);
        if (waiting->empty()) {
            m_waiting.erase(waiting);
            return;
        }
        const auto next = waiting->front();
        waiting->pop_front();
        next->open();
    }

    using Queue = std::deque<std::shared_ptr<detail::Gate>>;
    QHash<QString, Queue> m_waiting; // an entry exists while somebody has the turn
};

} // namespace zos
