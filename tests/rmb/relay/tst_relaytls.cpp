// SPDX-License-Identifier: Apache-2.0
#include "tests/rmb/relay/relaygrid.h"
#include "tests/support/runner.h"

#include <QFile>
#include <QProcess>
#include <QScopeGuard>
#include <QSslCertificate>
#include <QSslKey>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

using namespace zos;
using namespace zos::rmb;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

// An authority and what it vouches for, made by openssl.
class TestAuthority
{
public:
    explicit TestAuthority(const QString &name)
    {
        run({ u"-x509"_s, u"-subj"_s, u"/CN="_s + name, u"-keyout"_s, path(u"ca.key"_s), u"-out"_s,
            certificate() });
    }
    QString certificate() const { return path(u"ca.pem"_s); }

    // A server that calls itself by that name, until then.
    QSslConfiguration server(const QString &name, const QString &until = u"20991231235959Z"_s) const
    {
        run({ u"-x509"_s, u"-CA"_s, certificate(), u"-CAkey"_s, path(u"ca.key"_s), u"-subj"_s,
            u"/CN="_s + name, u"-addext"_s, u"subjectAltName=DNS:"_s + name, u"-not_before"_s,
            u"20200101000000Z"_s, u"-not_after"_s, until, u"-keyout"_s, path(u"server.key"_s),
            u"-out"_s, path(u"server.pem"_s) });
        QSslConfiguration tls;
        QFile key(path(u"server.key"_s));
        if (!key.open(QIODevice::ReadOnly))
            qFatal("no key");
        tls.setPrivateKey(QSslKey(&key, QSsl::Ec));
        tls.setLocalCertificate(QSslCertificate::fromPath(path(u"server.pem"_s)).value(0));
        return tls;
    }

private:
    QString path(const QString &name) const { return m_folder.filePath(name); }
    static void run(const QStringList &arguments)
    {
        QProcess openssl;
        openssl.start(u"openssl"_s,
            QStringList { u"req"_s, u"-newkey"_s, u"ec"_s, u"-pkeyopt"_s,
                u"ec_paramgen_curve:prime256v1"_s, u"-nodes"_s, u"-batch"_s }
                + arguments);
        if (!openssl.waitForFinished() || openssl.exitCode() != 0)
            qFatal("openssl: %s", openssl.readAllStandardError().constData());
    }

    QTemporaryDir m_folder;
};

} // namespace

// wss: our token goes to nobody but the relay whose name a known authority vouches for.
class TestRelayTls : public QObject
{
    Q_OBJECT
    // What a laboratory with an authority of its own sets, as for OpenSSL's other users.
    static void trust(const QString &file) { qputenv("SSL_CERT_FILE", QFile::encodeName(file)); }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }
    void cleanup() { qunsetenv("SSL_CERT_FILE"); }

    void servesBehindAKnownAuthority()
    {
        const TestAuthority authority(u"laboratory"_s);
        trust(authority.certificate());
        testing::TestRelay relay(1, authority.server(u"localhost"_s));
        QCOMPARE(relay.url().scheme(), u"wss"_s);
        testing::RelayGrid grid(0);
        grid.startNode(testing::quickRelays({ relay.url() }));
        grid.start(grid.user, testing::kUserTwin, nullptr,
            testing::quickRelays({ relay.url() }, u"cli"_s), {});
        QVERIFY2(eventually([&] { return grid.node.peer->up() && grid.user.peer->up(); }),
            qPrintable(grid.node.peer->links().first().trouble));
        const auto answer = grid.ask(u"test.echo"_s, "1");
        QCOMPARE(answer.value_or("?"), "{\"twin\":7,\"got\":1}");
        // And again after it was away, without anything remembered of the first time.
        relay.shut();
        QVERIFY(eventually([&] { return !grid.node.peer->up() && !grid.user.peer->up(); }));
        relay.open();
        QVERIFY(eventually([&] { return grid.node.peer->up() && grid.user.peer->up(); }));
        QVERIFY(grid.ask(u"test.echo"_s).has_value());
    }
    void refuses_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("until");
        QTest::addColumn<QString>("trusted");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *what, const QString &name, const QString &until,
                             const QString &trusted, const QString &says) {
            QTest::newRow(what) << name << until << trusted << says;
        };
        const QString localhost = u"localhost"_s;
        const QString later = u"20991231235959Z"_s;
        row("an authority nobody knows", localhost, later, u"none"_s, u"ertificate"_s);
        row("another authority's word", localhost, later, u"other"_s, u"ertificate"_s);
        row("another host's name", u"relay.elsewhere.tf"_s, later, u"its own"_s, u"host name"_s);
        row("a name that only begins alike", u"localhost.elsewhere.tf"_s, later, u"its own"_s,
            u"host name"_s);
        row("no authority where one should be", localhost, later, u"missing"_s, u"ertificate"_s);
        row("what is over", localhost, u"20210101000000Z"_s, u"its own"_s, u"expired"_s);
    }
    void refuses()
    {
        QFETCH(QString, name);
        QFETCH(QString, until);
        QFETCH(QString, trusted);
        QFETCH(QString, says);
        const TestAuthority authority(u"laboratory"_s);
        const TestAuthority other(u"laboratory"_s); // the same name, another key
        if (trusted == u"missing")
            trust(u"/nothing/here.pem"_s);
        else if (trusted != u"none")
            trust((trusted == u"other" ? other : authority).certificate());
        testing::TestRelay relay(1, authority.server(name, until));
        testing::RelayGrid grid(0);
        grid.startNode(testing::quickRelays({ relay.url() }));
        const auto trouble = [&] { return grid.node.peer->links().first().trouble; };
        QVERIFY2(eventually([&] { return trouble().contains(says); }), qPrintable(trouble()));
        QVERIFY(!grid.node.peer->up());
        QCOMPARE(relay.connects, 0);
        QVERIFY(relay.tokens.isEmpty());
    }
    // Whoever sits in between and knows no certificate sees nothing of the token.
    void saysNothingInTheOpen()
    {
        QTcpServer open;
        QVERIFY(open.listen(QHostAddress::LocalHost, 0));
        QByteArray heard;
        connect(&open, &QTcpServer::newConnection, &open, [&] {
            while (auto *socket = open.nextPendingConnection()) {
                connect(socket, &QTcpSocket::readyRead, socket, [&heard, socket] {
                    heard += socket->readAll();
                    socket->write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
                });
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
        testing::RelayGrid grid(0);
        grid.startNode(
            testing::quickRelays({ QUrl(u"wss://localhost:%1"_s.arg(open.serverPort())) }));
        QVERIFY(eventually([&] { return !heard.isEmpty(); }));
        const auto trouble = [&] { return grid.node.peer->links().first().trouble; };
        QVERIFY(eventually([&] { return trouble() != u"not connected yet"; }));
        QVERIFY(heard.startsWith("\x16\x03")); // a TLS handshake
        QVERIFY(!heard.contains("GET ") && !heard.contains("eyJ"));
        QVERIFY(!grid.node.peer->up());
    }
};
ZOS_TEST(TestRelayTls)
#include "tst_relaytls.moc"
