// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/imagefetcher.h"
#include "hardware/images/squashfsfile.h"
#include "tests/support/runner.h"
#include "tests/support/tinyhttpserver.h"
#include "tests/support/vectors.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtCrypto>
#include <QtEndian>

using namespace zos;
using namespace Qt::StringLiterals;

// Only the superblock is real: nothing is mounted here.
static QByteArray imageBytes(qsizetype size = 5000)
{
    QByteArray bytes(size, 'i');
    bytes.replace(0, 4, "hsqs");
    qToLittleEndian<quint32>(131072, bytes.data() + 12);
    qToLittleEndian<quint16>(17, bytes.data() + 22);
    qToLittleEndian<quint16>(4, bytes.data() + 28);
    qToLittleEndian<quint16>(0, bytes.data() + 30);
    qToLittleEndian<quint64>(static_cast<quint64>(size), bytes.data() + 40);
    return bytes;
}

static QString hexOf(const QByteArray &bytes)
{
    return QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
}

class TestImageFetcher : public QObject
{
    Q_OBJECT
    QCA::Initializer m_crypto;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<TinyHttpServer> m_server;
    std::unique_ptr<hw::ImageFetcher> m_fetcher;

    void makeFetcher(hw::ImageLimits limits = {})
    {
        m_fetcher = std::make_unique<hw::ImageFetcher>(cache(), limits);
    }
    QString cache() const { return m_folder->filePath(u"cache"_s); }
    QStringList cacheFiles() const { return QDir(cache()).entryList(QDir::Files); }
    Result<QString> fetch(const QString &url, CancelToken token = {}, ImageProgress progress = {})
    {
        const auto parsed = hw::ImageUrl::parse(url);
        if (!parsed)
            return fail(parsed.error());
        return testing::wait(m_fetcher->fetch(*parsed, std::move(progress), token));
    }
    void serve(const QByteArray &body, const QByteArray &headers = {})
    {
        m_server->onRequest = [body, headers](QTcpSocket *socket, const QByteArray &) {
            TinyHttpServer::answer(socket, "200 OK", headers, body);
        };
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_server = std::make_unique<TinyHttpServer>();
        makeFetcher();
    }
    void listsWhatIsHere()
    {
        QCOMPARE(testing::wait(m_fetcher->images()), QStringList());
        QStringList all;
        for (int n = 0; n < 3; ++n) {
            serve(imageBytes(5000 + n));
            all += *fetch(m_server->url());
        }
        const auto age = [&](int which, int seconds) {
            QFile file(m_fetcher->path(all.at(which)));
            QVERIFY(file.open(QIODevice::ReadWrite));
            file.setFileTime(QDateTime::fromSecsSinceEpoch(1'000'000 - seconds),
                QFileDevice::FileModificationTime);
        };
        age(0, 20);
        age(1, 10);
        age(2, 30);
        QCOMPARE(
            testing::wait(m_fetcher->images()), QStringList({ all.at(1), all.at(0), all.at(2) }));
    }
    void downloadsChecksAndNamesByHash()
    {
        serve(imageBytes());
        QString said;
        const auto sha256
            = fetch(m_server->url(), {}, [&said](double, const QString &text) { said = text; });
        QVERIFY2(sha256, sha256 ? "" : qPrintable(sha256.error().what));
        QCOMPARE(*sha256, hexOf(imageBytes()));
        QFile file(m_fetcher->path(*sha256));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), imageBytes());
        QVERIFY2(said.startsWith(u"downloading image 100 %"), qPrintable(said));
        QVERIFY(cacheFiles().filter(u".part"_s).isEmpty());
    }
    void asksWhetherItChanged()
    {
        serve(imageBytes(), "ETag: \"v1\"\r\n");
        QVERIFY(fetch(m_server->url()));
        QByteArray head;
        m_server->onRequest = [&head](QTcpSocket *socket, const QByteArray &request) {
            head = request;
            TinyHttpServer::answer(socket, "304 Not Modified", {}, {});
        };
        const auto again = fetch(m_server->url());
        QVERIFY(again);
        QCOMPARE(*again, hexOf(imageBytes()));
        QVERIFY2(head.toLower().contains("if-none-match: \"v1\""), head.constData());
        serve(imageBytes(6000), "ETag: \"v2\"\r\n");
        QCOMPARE(*fetch(m_server->url()), hexOf(imageBytes(6000)));
    }
    void usesTheLastGoodCopyWhileTheServerIsAway()
    {
        serve(imageBytes());
        const auto url = m_server->url();
        QVERIFY(fetch(url));
        m_server->onRequest = [](QTcpSocket *socket, const QByteArray &) {
            TinyHttpServer::answer(socket, "503 Busy", {}, "later");
        };
        QCOMPARE(*fetch(url), hexOf(imageBytes()));
        m_server->onRequest = [](QTcpSocket *socket, const QByteArray &) { // cut off
            socket->write("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhsqs");
            socket->disconnectFromHost();
        };
        QCOMPARE(*fetch(url), hexOf(imageBytes()));
        m_server->close();
        QCOMPARE(*fetch(url), hexOf(imageBytes()));
        makeFetcher(); // also after a restart
        QCOMPARE(*fetch(url), hexOf(imageBytes()));
        const auto other = fetch(url + u"2"_s); // never seen: an error that says so
        QVERIFY(!other);
        QCOMPARE(other.error().code, ErrorCode::Unavailable);
    }
    void aDamagedCopyIsNotUsed()
    {
        serve(imageBytes());
        const auto sha256 = fetch(m_server->url());
        QVERIFY(sha256);
        QFile file(m_fetcher->path(*sha256));
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.seek(4000);
        file.write("damage");
        file.close();
        makeFetcher();
        QCOMPARE(*fetch(m_server->url()), *sha256); // downloaded again
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), imageBytes());
        QCOMPARE(m_server->requests, 2);
    }
    void oneDownloadForAllWhoAskAndACancelKeepsIt()
    {
        QPointer<QTcpSocket> held;
        m_server->onRequest = [&held](QTcpSocket *socket, const QByteArray &) {
            socket->write(
                QByteArray("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5000\r\n\r\n"
                    + imageBytes().first(1000)));
            held = socket;
        };
        const auto url = *hw::ImageUrl::parse(m_server->url());
        CancelToken token;
        auto first = m_fetcher->fetch(url, {}, token);
        auto second = m_fetcher->fetch(url, {}, {});
        auto third = m_fetcher->fetch(url, {}, {});
        QVERIFY(QTest::qWaitFor([&held] { return !held.isNull(); }, 5000));
        token.cancel();
        QCOMPARE(testing::wait(std::move(first)).error().code, ErrorCode::Cancelled);
        held->write(imageBytes().sliced(1000));
        held->disconnectFromHost();
        QCOMPARE(*testing::wait(std::move(second)), hexOf(imageBytes()));
        QCOMPARE(*testing::wait(std::move(third)), hexOf(imageBytes()));
        QCOMPARE(m_server->requests, 1);
    }
    void destructionEndsDownloads()
    {
        QPointer<QTcpSocket> held;
        m_server->onRequest = [&held](QTcpSocket *socket, const QByteArray &) { held = socket; };
        auto task = m_fetcher->fetch(*hw::ImageUrl::parse(m_server->url()), {}, {});
        QVERIFY(QTest::qWaitFor([&held] { return !held.isNull(); }, 5000));
        m_fetcher.reset();
        QCOMPARE(testing::wait(std::move(task)).error().code, ErrorCode::Cancelled);
    }
    void refusals_data()
    {
        QTest::addColumn<QByteArray>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("text");
        const auto image = imageBytes();
        QTest::newRow("web page") << QByteArray("200 OK") << QByteArray("<html>hello")
                                  << ErrorCode::Invalid << u"not a squashfs"_s;
        QTest::newRow("flist v1") << QByteArray("200 OK") << QByteArray("\x1f\x8b\x08\x00 more")
                                  << ErrorCode::Invalid << u"flist images are not supported"_s;
        QTest::newRow("flist v2") << QByteArray("200 OK")
                                  << QByteArray("SQLite format 3\0 more", 21) << ErrorCode::Invalid
                                  << u"flist images are not supported"_s;
        QTest::newRow("short") << QByteArray("200 OK") << image.first(4000) << ErrorCode::Invalid
                               << u"cut off: 4000 of 5000"_s;
        QTest::newRow("too large") << QByteArray("200 OK") << imageBytes(200'000)
                                   << ErrorCode::Limit << u"larger than 100000 bytes"_s;
        QTest::newRow("gone") << QByteArray("404 Not Found") << image << ErrorCode::NotFound
                              << u"no such image"_s;
        QTest::newRow("forbidden")
            << QByteArray("403 Forbidden") << image << ErrorCode::Denied << u"403"_s;
        QTest::newRow("broken") << QByteArray("500 Oops") << image << ErrorCode::Unavailable
                                << u"500"_s;
        QTest::newRow("nothing") << QByteArray("200 OK") << QByteArray() << ErrorCode::Invalid
                                 << u"not a squashfs"_s;
    }
    void refusals()
    {
        QFETCH(QByteArray, status);
        QFETCH(QByteArray, body);
        QFETCH(ErrorCode, code);
        QFETCH(QString, text);
        makeFetcher({ Bytes(100'000), 20_GiB });
        m_server->onRequest = [&](QTcpSocket *socket, const QByteArray &) {
            TinyHttpServer::answer(socket, status, {}, body);
        };
        const auto sha256 = fetch(m_server->url());
        QVERIFY(!sha256);
        QCOMPARE(sha256.error().code, code);
        QVERIFY2(sha256.error().what.contains(text), qPrintable(sha256.error().what));
        QCOMPARE(cacheFiles(), QStringList());
    }
    void endlessBodiesAreCut()
    {
        makeFetcher({ Bytes(100'000), 20_GiB });
        m_server->onRequest = [](QTcpSocket *socket, const QByteArray &) {
            socket->write(
                QByteArray("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + imageBytes(400'000)));
        };
        QCOMPARE(fetch(m_server->url()).error().code, ErrorCode::Limit);
        QCOMPARE(cacheFiles(), QStringList());
    }
    void redirections()
    {
        m_server->onRequest = [this](QTcpSocket *socket, const QByteArray &head) {
            if (head.startsWith("GET /image "))
                TinyHttpServer::answer(socket, "302 Found", "Location: /real\r\n", {});
            else if (head.startsWith("GET /loop "))
                TinyHttpServer::answer(socket, "302 Found", "Location: /loop\r\n", {});
            else if (head.startsWith("GET /file "))
                TinyHttpServer::answer(
                    socket, "302 Found", "Location: file:///etc/hostname\r\n", {});
            else
                TinyHttpServer::answer(socket, "200 OK", {}, imageBytes());
        };
        QVERIFY(fetch(m_server->url()));
        QCOMPARE(fetch(m_server->url(u"/loop"_s)).error().code, ErrorCode::Denied);
        QVERIFY(!fetch(m_server->url(u"/file"_s)));
    }
    void aPinnedHashIsVerifiedAndNeedsNoServerLater()
    {
        serve(imageBytes());
        const auto wrong = fetch(m_server->url() + u"#sha256="_s + QString(64, u'a'));
        QVERIFY(!wrong);
        QCOMPARE(wrong.error().code, ErrorCode::Corrupt);
        const auto pinned = m_server->url() + u"#sha256="_s + hexOf(imageBytes()).toUpper();
        QVERIFY(fetch(pinned));
        const int before = m_server->requests;
        QVERIFY(fetch(pinned));
        QCOMPARE(m_server->requests, before);
    }
    void localFiles()
    {
        const auto path = m_folder->filePath(u"my image.squashfs"_s);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(imageBytes());
        file.close();
        const auto url = QUrl::fromLocalFile(path).toString(QUrl::FullyEncoded);
        QCOMPARE(*fetch(url), hexOf(imageBytes()));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(imageBytes(7000));
        file.close();
        QCOMPARE(*fetch(url), hexOf(imageBytes(7000)));
        QVERIFY(QFile::remove(path));
        QCOMPARE(fetch(url).error().code, ErrorCode::NotFound);
        QCOMPARE(fetch(u"file:///dev/zero"_s).error().code, ErrorCode::Invalid);
        QCOMPARE(fetch(u"file:///etc/passwd"_s).error().code, ErrorCode::Invalid);
    }
    void urls_data()
    {
        QTest::addColumn<QString>("url");
        QTest::newRow("no scheme") << u"image.squashfs"_s;
        QTest::newRow("other scheme") << u"ftp://host/image"_s;
        QTest::newRow("no host") << u"http:///image"_s;
        QTest::newRow("file on a host") << u"file://host/image"_s;
        QTest::newRow("flist") << u"https://hub/a.flist?x=.squashfs"_s;
        QTest::newRow("flist 2") << u"https://hub/a.fl"_s;
        QTest::newRow("other fragment") << u"https://hub/a#md5=1"_s;
        QTest::newRow("short hash") << u"https://hub/a#sha256=12"_s;
        QTest::newRow("not hex") << u"https://hub/a#sha256="_s + QString(64, u'z');
        QTest::newRow("huge") << u"https://hub/"_s + QString(3000, u'a');
    }
    void urls()
    {
        QFETCH(QString, url);
        QCOMPARE(hw::ImageUrl::parse(url).error().code, ErrorCode::Invalid);
    }
    void theCacheIsBounded()
    {
        makeFetcher({ 2_GiB, Bytes(12'000) });
        QStringList kept;
        for (int i = 0; i < 5; ++i) {
            serve(imageBytes(5000 + i));
            const auto sha256 = fetch(m_server->url(u"/%1"_s.arg(i)));
            QVERIFY(sha256);
            QVERIFY(QFile::exists(m_fetcher->path(*sha256)));
        }
        QCOMPARE(cacheFiles().filter(u".squashfs"_s).size(), 2);
    }
};
ZOS_TEST(TestImageFetcher)
#include "tst_imagefetcher.moc"
