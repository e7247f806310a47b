// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"

#include <QHash>

#include <memory>

namespace zos::hw {

// Work on the same id happens one after the other; different ids do not wait for each other.
class IdQueue
{
public:
    // Holds the id while it lives.
    class Turn
    {
    public:
        Turn(IdQueue *queue, QString id)
            : m_queue(queue)
            , m_id(std::move(id))
        {
        }
        Turn(Turn &&other) noexcept
            : m_queue(std::exchange(other.m_queue, nullptr))
            , m_id(std::move(other.m_id))
        {
        }
        Turn &operator=(Turn &&) = delete;
        ~Turn()
        {
            if (m_queue)
                m_queue->leave(m_id);
        }

    private:
        IdQueue *m_queue;
        QString m_id;
    };

    Task<Turn> enter(QString id)
    {
        const auto waiting = m_waiting.find(id);
        if (waiting == m_waiting.end()) {
            m_waiting.insert(id, {});
        } else {
            const auto gate = std::make_shared<zos::detail::Gate>();
            waiting->append(gate);
            co_await gate->future();
        }
        co_return Turn(this, id);
    }

private:
    void leave(const QString &id)
    {
        const auto waiting = m_waiting.find(id);
        if (waiting == m_waiting.end())
            return;
        if (waiting->isEmpty())
            m_waiting.erase(waiting);
        else
            waiting->takeFirst()->open();
    }

    QHash<QString, QList<std::shared_ptr<zos::detail::Gate>>> m_waiting;
};

} // namespace zos::hw
