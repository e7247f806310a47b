// SPDX-License-Identifier: Apache-2.0
#include "rmb/yggdrasil/adminsocket.h"
#include "rmb/yggdrasil/lookpace.h"
#include "rmb/yggdrasil/yggdrasiloverlay.h"
#include "tests/support/eventually.h"
#include "tests/support/memorysearch.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QLocalServer>
#include <QLocalSocket>
#include <QTemporaryDir>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

// Plays the daemon's admin socket as the real one behaves: one answer, pretty-printed, then closed.
class FakeDaemon : public QObject
{
public:
    explicit FakeDaemon(const QString &address)
        : m_address(address)
    {
        connect(&m_server, &QLocalServer::newConnection, this, [this] {
            while (auto *socket = m_server.nextPendingConnection())
                connect(
                    socket, &QLocalSocket::readyRead, socket, [this, socket] { answer(socket); });
        });
    }
    bool listen(const QString &path) { return m_server.listen(path); }
    void close() { m_server.close(); }

    QJsonArray peers;
    QStringList asked;
    QStringList added;
    bool silent = false;
    QByteArray garbage;

private:
    void answer(QLocalSocket *socket)
    {
        const auto question = QJsonDocument::fromJson(socket->readAll()).object();
        const QString request = question.value(u"request").toString();
        asked += request;
        if (silent)
            return;
        QJsonObject response;
        QString status = u"success"_s;
        if (request == u"getself") {
            response.insert(u"address"_s, m_address);
        } else if (request == u"getpeers") {
            response.insert(u"peers"_s, peers);
        } else if (request == u"addpeer") {
            added += question.value(u"arguments").toObject().value(u"uri").toString();
        } else {
            status = u"error"_s;
        }
        const QJsonObject text { { u"status"_s, status }, { u"response"_s, response },
            { u"error"_s, u"Unknown action"_s } };
        socket->write(garbage.isEmpty() ? QJsonDocument(text).toJson() : garbage);
        socket->flush();
        socket->disconnectFromServer();
    }
    QString m_address;
    QLocalServer m_server;
};

// Services that note what they are told.
class NotedServices : public Services
{
public:
    std::function<void()> onStart;
    QList<ServiceSpec> started;
    QStringList stopped;
    Task<Result<>> start(ServiceSpec spec) override
    {
        started += spec;
        if (onStart)
            onStart();
        co_return {};
    }
    Task<Result<>> stop(QString name) override
    {
        stopped += name;
        co_return {};
    }
    Task<Result<QList<ServiceState>>> list() override { co_return QList<ServiceState> {}; }
};

struct Lab
{
    Lab()
        : identity(Identity::generate())
    {
        config.directory = folder.filePath(u"ygg"_s);
        config.listen = { u"tcp://[::]:9943"_s };
        config.networkNamespace = u"/run/netns/other"_s; // its interface cannot be seen from here
        config.lookEvery = config.firstLook = 5ms;
        config.patience = 30ms;
        config.startLimit = 2s;
    }
    QString socket() const { return config.directory + u"/admin.sock"; }

    QTemporaryDir folder;
    Identity identity;
    NotedServices services;
    YggdrasilConfig config;
};

} // namespace

class TestYggdrasilOverlay : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void startsTheDaemonWithOurKey()
    {
        Lab lab;
        lab.config.peers = { u"tcp://192.0.2.1:9943"_s, u"tls://192.0.2.2:1?key=abcd"_s,
            u"tls://192.0.2.3:1?maxbackoff=5m"_s };
        FakeDaemon daemon(yggdrasilAddress(lab.identity.publicKey()));
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        lab.services.onStart = [&] { QVERIFY(daemon.listen(lab.socket())); };
        const auto started = testing::wait(overlay.start());
        QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().what));
        QVERIFY(overlay.state().running);
        QCOMPARE(overlay.state().address, yggdrasilAddress(lab.identity.publicKey()));
        QCOMPARE(overlay.state().subnet, yggdrasilSubnet(lab.identity.publicKey()));
        QCOMPARE(lab.services.started.first().name, u"yggdrasil"_s);
        QVERIFY(lab.services.started.first().command.contains(u"-useconffile"_s));

        QFile file(lab.services.started.first().command.last());
        QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        QCOMPARE(QFile::permissions(lab.config.directory) & (QFile::ExeGroup | QFile::ExeOther),
            QFile::Permissions());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto config = QJsonDocument::fromJson(file.readAll()).object();
        QVERIFY(config.value(u"PrivateKey").toString().toLatin1()
            == lab.identity.yggdrasilKey().view());
        QCOMPARE(config.value(u"AdminListen").toString(), u"unix://"_s + lab.socket());
        // A peer that was away for long is not left alone as long again.
        const QJsonArray peers { u"tcp://192.0.2.1:9943?maxbackoff=30s"_s,
            u"tls://192.0.2.2:1?key=abcd&maxbackoff=30s"_s, u"tls://192.0.2.3:1?maxbackoff=5m"_s };
        QCOMPARE(config.value(u"Peers").toArray(), peers);
        testing::wait(overlay.stop());
    }
    // Written, compared with what is there and written anew, and no copy stays anywhere.
    void keepsTheKeyOutOfOrdinaryMemory()
    {
#ifdef __SANITIZE_ADDRESS__
        QSKIP("a sanitizer locks no memory");
#endif
        Lab lab;
        FakeDaemon daemon(yggdrasilAddress(lab.identity.publicKey()));
        QVERIFY(QDir().mkpath(lab.config.directory));
        QVERIFY(daemon.listen(lab.socket()));
        const auto key = lab.identity.yggdrasilKey();
        qsizetype copies = 0; // counted before the memory is used again for something else
        lab.services.onStart
            = [&] { copies += testing::copiesInOrdinaryMemory(key.part(0, key.size())); };
        for (const bool listens : { true, true, false }) {
            if (!listens)
                lab.config.listen.clear();
            YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
            QVERIFY(testing::wait(overlay.start()).has_value());
            testing::wait(overlay.stop());
        }
        QCOMPARE(copies, 0);
        QCOMPARE(lab.services.started.size(), 3);
        QCOMPARE(lab.services.stopped.size(), 2); // it was written twice
    }
    void keepsAServiceWhoseConfigurationIsUnchanged()
    {
        Lab lab;
        FakeDaemon daemon(yggdrasilAddress(lab.identity.publicKey()));
        lab.services.onStart = [&] { daemon.listen(lab.socket()); };
        for (int run = 0; run < 2; ++run) {
            YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
            QVERIFY(testing::wait(overlay.start()).has_value());
            testing::wait(overlay.stop());
        }
        QCOMPARE(lab.services.stopped.size(), 1); // only the first time, when the file was new
        lab.config.listen.clear();
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        QVERIFY(testing::wait(overlay.start()).has_value());
        QCOMPARE(lab.services.stopped.size(), 2);
        testing::wait(overlay.stop());
    }
    void reportsPeersAndLatency()
    {
        Lab lab;
        FakeDaemon daemon(yggdrasilAddress(lab.identity.publicKey()));
        daemon.peers = { QJsonObject { { u"remote"_s, u"tcp://192.0.2.1:1"_s }, { u"up"_s, true },
                             { u"latency"_s, 12'500'000 } },
            QJsonObject { { u"remote"_s, u"tls://192.0.2.2:1"_s }, { u"up"_s, false } } };
        lab.services.onStart = [&] { daemon.listen(lab.socket()); };
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        QVERIFY(testing::wait(overlay.start()).has_value());
        const auto peers = overlay.state().peers;
        QCOMPARE(peers.size(), 2);
        QVERIFY(peers.first().up);
        QCOMPARE(peers.first().latency.value_or(0ms), 12ms);
        QVERIFY(!peers.last().latency);
        testing::wait(overlay.stop());
    }
    // A peer comes up moments after the daemon: the console must not wait for the slow beat.
    void looksSoonUntilAPeerIsUp()
    {
        Lab lab;
        lab.config.firstLook = 1ms;
        lab.config.lookEvery = 1h;
        FakeDaemon daemon(yggdrasilAddress(lab.identity.publicKey()));
        lab.services.onStart = [&] { daemon.listen(lab.socket()); };
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        QVERIFY(testing::wait(overlay.start()).has_value());
        QVERIFY(eventually([&] { return daemon.asked.count(u"getpeers"_s) >= 4; }));
        QVERIFY(overlay.state().peers.isEmpty());
        daemon.peers
            = { QJsonObject { { u"remote"_s, u"tcp://192.0.2.1:1"_s }, { u"up"_s, true } } };
        QVERIFY(eventually([&] { return overlay.state().peers.size() == 1; }));
        testing::wait(overlay.stop());
    }
    void paceOfLooks()
    {
        const auto about = [](std::chrono::milliseconds pause, std::chrono::milliseconds wanted) {
            return pause >= wanted * 4 / 5 && pause <= wanted * 6 / 5;
        };
        OverlayState state;
        LookPace pace(100ms, 1s);
        const auto slowsDown = [&] { // of growing pauses from the first one on
            return about(pace.after(state), 100ms) && about(pace.after(state), 200ms)
                && about(pace.after(state), 400ms) && about(pace.after(state), 800ms)
                && about(pace.after(state), 1s) && pace.after(state) <= 1s;
        };
        QVERIFY(slowsDown());
        state.running = true;
        QVERIFY(slowsDown()); // it has just come up
        state.peers = { OverlayPeer { u"tcp://192.0.2.1:1"_s, true, {} } };
        QCOMPARE(pace.after(state), 1s);
        QCOMPARE(pace.after(state), 1s);
        state.peers.first().up = false;
        QVERIFY(slowsDown()); // it has just been lost
    }
    void addsPeersThatGotLost()
    {
        Lab lab;
        lab.config.peers = { u"tcp://192.0.2.1:1?key=abcd"_s, u"tcp://192.0.2.2:1"_s };
        FakeDaemon daemon(yggdrasilAddress(lab.identity.publicKey()));
        daemon.peers
            = { QJsonObject { { u"remote"_s, u"tcp://192.0.2.1:1"_s }, { u"up"_s, true } } };
        lab.services.onStart = [&] { daemon.listen(lab.socket()); };
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        QVERIFY(testing::wait(overlay.start()).has_value());
        QCOMPARE(daemon.added.first(), u"tcp://192.0.2.2:1?maxbackoff=30s"_s);
        QVERIFY(daemon.added.filter(u"192.0.2.1"_s).isEmpty());
        testing::wait(overlay.stop());
    }
    void refusesAForeignAddress()
    {
        Lab lab;
        FakeDaemon daemon(u"201:1::1"_s);
        lab.services.onStart = [&] { daemon.listen(lab.socket()); };
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        const auto started = testing::wait(overlay.start());
        QCOMPARE(started.error().code, ErrorCode::Corrupt);
        QVERIFY(overlay.state().trouble.contains(u"201:1::1"_s));
        QVERIFY(!overlay.state().running);
        testing::wait(overlay.stop());
    }
    // R12: somebody gave it another key.
    void replacesADaemonWithAnotherKey()
    {
        Lab lab;
        lab.config.patience = 1h;
        const QString own = yggdrasilAddress(lab.identity.publicKey());
        auto daemon = std::make_unique<FakeDaemon>(own);
        lab.services.onStart = [&] { daemon->listen(lab.socket()); };
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        QVERIFY(testing::wait(overlay.start()).has_value());
        const auto stops = lab.services.stopped.size();
        daemon = std::make_unique<FakeDaemon>(u"201:1::1"_s);
        QVERIFY(daemon->listen(lab.socket()));
        lab.services.onStart = nullptr;
        QVERIFY(eventually([&] { return overlay.state().trouble.contains(u"201:1::1"_s); }));
        QVERIFY(!overlay.state().running);
        lab.services.onStart = [&] {
            daemon = std::make_unique<FakeDaemon>(own);
            daemon->listen(lab.socket());
        };
        QVERIFY(eventually([&] { return overlay.state().running; }));
        QVERIFY(lab.services.stopped.size() > stops);
        testing::wait(overlay.stop());
    }
    void startsALostDaemonAgain()
    {
        Lab lab;
        FakeDaemon daemon(yggdrasilAddress(lab.identity.publicKey()));
        lab.services.onStart = [&] { daemon.listen(lab.socket()); };
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        QVERIFY(testing::wait(overlay.start()).has_value());
        const auto starts = lab.services.started.size();
        const auto stops = lab.services.stopped.size();
        lab.services.onStart = nullptr;
        daemon.close();
        QVERIFY(eventually(
            [&] { return lab.services.started.size() > starts && !overlay.state().running; }));
        QVERIFY(!overlay.state().trouble.isEmpty());
        // Running but mute: it is stopped before it is started.
        QVERIFY(eventually([&] { return lab.services.stopped.size() > stops; }));
        lab.services.onStart = [&] { daemon.listen(lab.socket()); };
        QVERIFY(eventually([&] { return overlay.state().running; }));
        testing::wait(overlay.stop());
    }
    void saysWhenNothingAnswers()
    {
        Lab lab;
        lab.config.startLimit = 50ms;
        YggdrasilOverlay overlay(lab.identity, &lab.services, lab.config);
        QCOMPARE(testing::wait(overlay.start()).error().code, ErrorCode::Timeout);
        testing::wait(overlay.stop());
    }
    void adminSocketErrors()
    {
        Lab lab;
        QVERIFY(QDir().mkpath(lab.config.directory));
        QCOMPARE(testing::wait(askYggdrasil(lab.socket(), u"getself"_s)).error().code,
            ErrorCode::Unavailable);
        FakeDaemon daemon(u"201::1"_s);
        QVERIFY(daemon.listen(lab.socket()));
        QCOMPARE(
            testing::wait(askYggdrasil(lab.socket(), u"nonsense"_s)).error().code, ErrorCode::Io);
        daemon.garbage = "not JSON";
        QCOMPARE(testing::wait(askYggdrasil(lab.socket(), u"getself"_s)).error().code,
            ErrorCode::Protocol);
        daemon.garbage = QByteArray(2 << 20, ' ');
        QCOMPARE(testing::wait(askYggdrasil(lab.socket(), u"getself"_s)).error().code,
            ErrorCode::Protocol);
        daemon.silent = true;
        QCOMPARE(testing::wait(askYggdrasil(lab.socket(), u"getself"_s, {}, 20ms)).error().code,
            ErrorCode::Timeout);
    }
};
ZOS_TEST(TestYggdrasilOverlay)
#include "tst_yggdrasiloverlay.moc"
