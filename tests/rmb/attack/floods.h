// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "rmb/direct/http/httpanswerreader.h"
#include "rmb/wire/directmessage.h"
#include "rmb/wire/envelope.h"
#include "tests/rmb/attack/attackpeer.h"

#include <QElapsedTimer>
#include <QHostAddress>
#include <QMap>
#include <QTcpSocket>
#include <QTimer>
#include <QUuid>

#include <functional>

namespace zos::testing {

// Writes the messages of all attackers in turn, 1 KiB of payload each.
class AttackPen
{
public:
    explicit AttackPen(bool forged, quint32 attackers = kAttackers)
        : m_forged(forged)
    {
        for (quint32 i = 0; i < attackers; ++i)
            m_keys.push_back(attackKey(kFirstAttacker + i));
    }
    QByteArray directRequest()
    {
        rmb::DirectMessage message;
        message.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
        message.cmd = QStringLiteral("attack.count");
        message.exp = 60;
        message.tries = 1;
        message.dat = payload().toBase64();
        message.src = TwinId(kFirstAttacker + m_next);
        message.dst = { TwinId(kAttackedTwin) };
        message.ret = QStringLiteral("msgbus.system.reply");
        message.now = time();
        message.sign(key());
        if (m_forged)
            message.sig = message.sig.first(message.sig.size() - 8) + "00000000";
        turn();
        return message.encode();
    }
    QByteArray relayRequest()
    {
        rmb::Envelope envelope;
        envelope.uid = QUuid::createUuid().toString(QUuid::WithoutBraces);
        envelope.timestamp = time();
        envelope.expiration = 60;
        envelope.source = rmb::PeerAddress { TwinId(kFirstAttacker + m_next), {} };
        envelope.destination = rmb::PeerAddress { TwinId(kAttackedTwin), {} };
        envelope.message = rmb::RequestPart { QStringLiteral("attack.count") };
        envelope.schema = QStringLiteral("application/json");
        envelope.payloadKind = rmb::Envelope::Payload::Plain;
        envelope.payload = payload();
        envelope.sign(key());
        if (m_forged)
            envelope.signature.replace(61, 4, "\0\0\0\0", 4);
        turn();
        return envelope.encode();
    }

private:
    static quint64 time() { return static_cast<quint64>(SystemClock().seconds().count()); }
    static QByteArray payload() { return '"' + QByteArray(1022, 'x') + '"'; }
    const Identity &key() const { return m_keys[m_next]; }
    void turn() { m_next = (m_next + 1) % quint32(m_keys.size()); }

    bool m_forged;
    std::vector<Identity> m_keys;
    quint32 m_next = 0;
};

// Posts over all connections a node takes, 16 from each of many addresses, or over most of those it
// takes from one, each time as soon as the last answer is there: what the node cannot take stays
// with us.
class DirectFlood : public QObject
{
public:
    using Write = std::function<QByteArray()>; // the next body

    DirectFlood(quint16 port, Write write)
        : m_port(port)
        , m_write(std::move(write))
    {
    }
    void start(int connections = 272)
    {
        for (int i = 0; i < connections; ++i)
            open(attackerAddress(quint32(i) / 16));
    }
    void startFrom(const QHostAddress &address, int connections)
    {
        for (int i = 0; i < connections; ++i)
            open(address);
    }
    void stop() { m_stopped = true; } // no further request
    int sent = 0;
    int cut = 0; // connections that ended under a request
    QMap<int, int> statuses;
    int waiting() const { return m_waiting; }
    int answers() const
    {
        int sum = 0;
        for (const int number : statuses)
            sum += number;
        return sum;
    }

private:
    struct Line
    {
        QTcpSocket socket;
        rmb::HttpAnswerReader reader;
        bool waits = false;
    };
    void open(const QHostAddress &from)
    {
        auto *line = new Line;
        line->socket.setParent(nullptr);
        m_lines.emplace_back(line);
        auto *socket = &line->socket;
        connect(socket, &QTcpSocket::connected, this, [this, line] { next(line); });
        connect(socket, &QTcpSocket::readyRead, this, [this, line] { read(line); });
        connect(socket, &QTcpSocket::disconnected, this, [this, line, from] {
            if (std::exchange(line->waits, false)) {
                ++cut;
                --m_waiting;
            }
            if (!m_stopped)
                again(line, from);
        });
        connect(socket, &QTcpSocket::errorOccurred, this, [this, line, from] {
            if (!m_stopped && line->socket.state() == QAbstractSocket::UnconnectedState)
                again(line, from);
        });
        again(line, from);
    }
    void again(Line *line, const QHostAddress &from)
    {
        QTimer::singleShot(1, this, [this, line, from] {
            if (m_stopped || line->socket.state() != QAbstractSocket::UnconnectedState)
                return;
            line->socket.bind(from);
            line->socket.connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
        });
    }
    void next(Line *line)
    {
        if (m_stopped)
            return;
        const QByteArray body = m_write();
        if (body.isEmpty())
            return;
        line->reader = {};
        line->waits = true;
        ++m_waiting;
        ++sent;
        line->socket.write("POST /zbus-remote HTTP/1.1\r\nHost: node\r\nContent-Length: "
            + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    }
    void read(Line *line)
    {
        const auto fed = line->reader.feed(line->socket.readAll());
        if (!line->waits || (fed && !*fed))
            return;
        ++statuses[fed ? line->reader.status() : 0];
        line->waits = false;
        --m_waiting;
        next(line);
    }

    quint16 m_port;
    Write m_write;
    std::vector<std::unique_ptr<Line>> m_lines;
    int m_waiting = 0;
    bool m_stopped = false;
};

} // namespace zos::testing
