// SPDX-License-Identifier: Apache-2.0
#include "app/feed/statusfeed.h"
#include "tests/support/runner.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

using namespace zos;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace feedtest {
bool within(const std::function<bool()> &condition)
{
    return QTest::qWaitFor(condition, 5000);
}

// A console made of plain system calls, so that the test sees what the kernel does.
class Client : public QObject
{
public:
    explicit Client(const QString &path)
        : m_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address {};
        address.sun_family = AF_UNIX;
        const QByteArray name = path.toLocal8Bit();
        std::copy(name.begin(), name.end(), address.sun_path);
        m_connected
            = ::connect(m_fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 0;
    }
    ~Client() override { ::close(m_fd); }

    bool connected() const { return m_connected; }
    void smallBuffer() const
    {
        const int bytes = 4096;
        ::setsockopt(m_fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    }
    // All complete lines that arrived until now.
    QList<QJsonObject> lines()
    {
        char buffer[65536];
        for (;;) {
            const auto size = ::recv(m_fd, buffer, sizeof(buffer), 0);
            m_ended = size == 0;
            if (size <= 0)
                break;
            m_text.append(buffer, size);
        }
        QList<QJsonObject> documents;
        for (qsizetype end = m_text.indexOf('\n'); end >= 0; end = m_text.indexOf('\n')) {
            documents += QJsonDocument::fromJson(m_text.first(end)).object();
            m_text.remove(0, end + 1);
        }
        return documents;
    }
    bool ended()
    {
        lines();
        return m_ended;
    }
    int write(const QByteArray &bytes) const
    {
        return ::send(m_fd, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL) < 0 ? errno : 0;
    }

private:
    int m_fd;
    bool m_connected = false;
    bool m_ended = false;
    QByteArray m_text;
};

NodeStatusPtr status(const QString &farm, int logLines = 0)
{
    auto made = std::make_shared<NodeStatus>();
    made->farm.name = farm;
    for (int i = 0; i < logLines; ++i)
        made->log += { quint64(i), 0, u"info"_s, u"unit"_s, QString(240, u'x') };
    return made;
}
} // namespace feedtest
using namespace feedtest;

class TestStatusFeed : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->filePath(u"console.sock"_s);
        m_feed = std::make_unique<app::StatusFeed>(m_clock);
        QVERIFY(m_feed->listen(m_path).has_value());
    }
    void cleanup() { m_feed.reset(); }

    void socketIsForOwnerAndGroup()
    {
        const auto mode = QFileInfo(m_path).permissions();
        QVERIFY(mode & QFileDevice::ReadGroup && mode & QFileDevice::WriteGroup);
        QVERIFY(
            !(mode & (QFileDevice::ReadOther | QFileDevice::WriteOther | QFileDevice::ExeOther)));
    }
    void sendsTheLatestDocumentFirst()
    {
        m_feed->publish(status(u"one"_s));
        m_feed->publish(status(u"two"_s));
        const auto client = connected();
        const auto lines = received(*client, 1);
        QCOMPARE(lines.size(), 1);
        QCOMPARE(lines[0][u"farm"_s][u"name"_s].toString(), u"two"_s);
        QCOMPARE(lines[0][u"mono_ms"_s].toInteger(), m_clock.monotonic().count());
        QCOMPARE(lines[0][u"kind"_s].toString(), u"status"_s);
    }
    void whatAClientSendsIsRefused()
    {
        m_feed->publish(status(u"one"_s));
        const auto client = connected();
        QCOMPARE(received(*client, 1).size(), 1);
        QCOMPARE(client->write("{\"reboot\":true}\n"), EPIPE);
        QCOMPARE(m_feed->readers(), 1);
        m_clock.advance(1s);
        m_feed->publish(status(u"two"_s));
        QCOMPARE(received(*client, 1).at(0)[u"farm"_s][u"name"_s].toString(), u"two"_s);
    }
    void atMostOneDocumentASecond()
    {
        m_feed->publish(status(u"0"_s));
        const auto client = connected();
        QCOMPARE(received(*client, 1).size(), 1);
        for (int i = 1; i < 100; ++i)
            m_feed->publish(status(QString::number(i)));
        QCOMPARE(client->lines().size(), 0);
        m_clock.advance(1s);
        m_feed->tick();
        const auto lines = received(*client, 1);
        QCOMPARE(lines.size(), 1);
        QCOMPARE(lines[0][u"farm"_s][u"name"_s].toString(), u"99"_s);
    }
    void unchangedStatusSendsABeatOnly()
    {
        m_feed->publish(status(u"same"_s));
        const auto client = connected();
        const qint64 seq = received(*client, 1).at(0)[u"seq"_s].toInteger();
        QList<QJsonObject> lines;
        for (int i = 0; i < 8; ++i) {
            m_clock.advance(1s);
            auto next = std::make_shared<NodeStatus>(*status(u"same"_s));
            next->node.uptimeSeconds = quint64(i);
            m_feed->publish(next);
            m_feed->tick();
            lines += client->lines();
        }
        QCOMPARE(lines.size(), 2);
        for (const auto &line : lines) {
            QCOMPARE(line[u"kind"_s].toString(), u"beat"_s);
            QVERIFY(line[u"seq"_s].toInteger() > seq);
        }
        const auto late = connected();
        QCOMPARE(received(*late, 1).at(0)[u"node"_s][u"uptime_s"_s].toInteger(), 7);
    }
    void stuckReaderGetsTheNewestThenIsClosed()
    {
        m_feed->publish(status(u"first"_s, 60));
        const auto client = connected();
        client->smallBuffer();
        for (int i = 0; i < 40; ++i) {
            m_clock.advance(1s);
            m_feed->publish(status(u"n"_s + QString::number(i), 60));
            if (m_feed->readers() == 0)
                break;
        }
        QCOMPARE(m_feed->readers(), 0);
        QVERIFY(within([&] { return client->ended(); }));
    }
    void slowReaderSkipsToTheNewest()
    {
        m_feed->publish(status(u"first"_s, 60));
        const auto client = connected();
        QString last;
        // About fourteen of these fill the socket; the reader then has ten seconds left.
        constexpr int sent = 20;
        for (int i = 0; i < sent; ++i) {
            m_clock.advance(1s);
            last = u"n"_s + QString::number(i);
            m_feed->publish(status(last, 60));
        }
        QList<QJsonObject> lines;
        QVERIFY(within([&] {
            lines += client->lines();
            return !lines.isEmpty() && lines.last()[u"farm"_s][u"name"_s] == last;
        }));
        QVERIFY2(lines.size() < sent, qPrintable(QString::number(lines.size())));
        QCOMPARE(m_feed->readers(), 1);
    }
    void atMostFourReaders()
    {
        m_feed->publish(status(u"x"_s));
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 6; ++i)
            clients.push_back(std::make_unique<Client>(m_path));
        QVERIFY(within([&] { return m_feed->readers() == 4; }));
        QVERIFY(within([&] { return clients[5]->ended(); }));
        clients.erase(clients.begin());
        m_clock.advance(5s);
        m_feed->tick();
        QVERIFY(within([&] { return m_feed->readers() == 3; }));
    }
    void otherUsersAreRefused()
    {
        if (::geteuid() == 0)
            QSKIP("root may always connect");
        m_feed->setAllowedUsers({ 4242 });
        m_feed->publish(status(u"x"_s));
        Client client(m_path);
        QVERIFY(within([&] { return client.ended(); }));
        QCOMPARE(m_feed->readers(), 0);
    }
    void hugeDocumentsAreCutToTheLimit()
    {
        auto huge = std::make_shared<NodeStatus>();
        const QString wide(200, QChar(0x6F22));
        for (int i = 0; i < 200; ++i) {
            huge->disks += { wide, wide, wide, wide, wide, wide, 1, wide, wide, {} };
            huge->workloads
                += { wide + QString::number(i), wide, u"ok"_s, {}, wide, 1, 1, 1, 1, 1, 1, 1 };
            huge->log += { quint64(i), 0, u"info"_s, wide, wide };
        }
        huge->phase = NodeStatus::Phase::Running;
        m_feed->publish(huge);
        const auto client = connected();
        const auto lines = received(*client, 1);
        QCOMPARE(lines.size(), 1);
        QVERIFY(!lines[0].contains(u"log"_s));
        QVERIFY(QJsonDocument(lines[0]).toJson(QJsonDocument::Compact).size()
            <= app::StatusFeed::maxLine);
    }
    void staleSocketIsReplaced()
    {
        m_feed->close();
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.close();
        QVERIFY(m_feed->listen(m_path).has_value());
        m_feed->close();
        QVERIFY(!m_feed->listen(u"/proc/no/such/folder"_s).has_value());
    }

private:
    std::unique_ptr<Client> connected()
    {
        const int before = m_feed->readers();
        auto client = std::make_unique<Client>(m_path);
        if (!within([&] { return m_feed->readers() == before + 1; }))
            qFatal("not accepted");
        return client;
    }
    static QList<QJsonObject> received(Client &client, qsizetype count)
    {
        QList<QJsonObject> lines;
        if (!within([&] { return (lines += client.lines()).size() >= count; }))
            qWarning("only %lld lines", qlonglong(lines.size()));
        return lines;
    }

    FakeClock m_clock;
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    std::unique_ptr<app::StatusFeed> m_feed;
};

ZOS_TEST(TestStatusFeed)
#include "tst_statusfeed.moc"
