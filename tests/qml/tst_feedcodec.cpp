// SPDX-License-Identifier: Apache-2.0
#include "app/feed/statusfeed.h"
#include "qml/feed/documentrules.h"
#include "qml/feed/feedreader.h"
#include "tests/qml/statuscases.h"
#include "tests/support/runner.h"

#include <QJsonDocument>
#include <QLocalServer>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace zos;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using Kind = console::FeedCodec::Kind;

class TestFeedCodec : public QObject
{
    Q_OBJECT

private:
    static QByteArray line(const QJsonObject &document)
    {
        return QJsonDocument(document).toJson(QJsonDocument::Compact) + '\n';
    }

private Q_SLOTS:
    void judgesEveryCase_data()
    {
        QTest::addColumn<QString>("name");
        for (const auto &entry : testing::statusCases())
            QTest::newRow(qPrintable(entry.name)) << entry.name;
    }
    void judgesEveryCase()
    {
        QFETCH(const QString, name);
        for (const auto &entry : testing::statusCases()) {
            if (entry.name != name)
                continue;
            console::FeedCodec codec;
            const auto messages = codec.take(line(entry.document));
            QCOMPARE(messages.size(), 1);
            QVERIFY2(
                (messages[0].kind == Kind::Status) == entry.valid, qPrintable(messages[0].detail));
            if (name == "invalid-major"_L1)
                QCOMPARE(messages[0].kind, Kind::OtherSchema);
        }
    }
    void linesMayArriveInAnyPieces()
    {
        const QByteArray status = line(testing::statusDocument(u"running-ok"_s));
        const QByteArray stream = status
            + "{\"schema\":\"zos.console/"
              "1\",\"kind\":\"beat\",\"seq\":1,\"sent_ms\":1,\"mono_ms\":1}\n"
            + status;
        for (const qsizetype step : { 1, 7, 4096 }) {
            console::FeedCodec codec;
            QList<Kind> kinds;
            for (qsizetype at = 0; at < stream.size(); at += step)
                for (const auto &message : codec.take(
                         QByteArrayView(stream).sliced(at, std::min(step, stream.size() - at))))
                    kinds += message.kind;
            QCOMPARE(kinds, (QList<Kind> { Kind::Status, Kind::Beat, Kind::Status }));
        }
    }
    void longLinesAreSkippedWithoutBeingKept()
    {
        console::FeedCodec codec;
        int invalid = 0;
        for (int i = 0; i < 160; ++i)
            for (const auto &message : codec.take(QByteArray(65536, 'x')))
                invalid += message.kind == Kind::Invalid;
        QCOMPARE(invalid, 1);
        const auto after
            = codec.take(QByteArray("\n" + line(testing::statusDocument(u"minimal"_s))));
        QCOMPARE(after.size(), 1);
        QCOMPARE(after[0].kind, Kind::Status);
    }
    void hostileLinesAreInvalid_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray("\n");
        QTest::newRow("no json") << QByteArray("hello\n");
        QTest::newRow("array") << QByteArray("[1]\n");
        QTest::newRow("invalid utf-8") << QByteArray("{\"schema\":\"\xff\xfe\"}\n");
        QTest::newRow("deep") << QByteArray(QByteArray(100'000, '[') + '\n');
        QTest::newRow("unknown kind")
            << QByteArray("{\"schema\":\"zos.console/1\",\"kind\":\"command\"}\n");
    }
    void hostileLinesAreInvalid()
    {
        QFETCH(const QByteArray, text);
        console::FeedCodec codec;
        const auto messages = codec.take(text);
        QCOMPARE(messages.size(), 1);
        QCOMPARE(messages[0].kind, Kind::Invalid);
    }
    void wrongTypesAreInvalid()
    {
        QRandomGenerator random(7);
        const QJsonObject good = testing::statusDocument(u"running-warn"_s);
        const QList<QJsonValue> wrong { QJsonValue::Null, -1, 1.5, u"text"_s, QJsonArray { 1 },
            QJsonObject { { u"a"_s, u"b"_s } }, true };
        for (auto it = good.begin(); it != good.end(); ++it) {
            if (it.key() == "gpus"_L1)
                continue; // not shown, not checked
            for (const auto &value : wrong) {
                QJsonObject bad = good;
                bad[it.key()] = value;
                const bool sameType
                    = value.type() == it->type() && !value.isObject() && !value.isArray();
                if (sameType && !value.isDouble())
                    continue; // an unknown word is shown as unknown
                QVERIFY2(!console::documentViolation(bad).isEmpty(), qPrintable(it.key()));
            }
        }
        // Bytes flipped at random must never crash and rarely pass.
        QByteArray text = line(good);
        for (int i = 0; i < 300; ++i) {
            QByteArray broken = text;
            broken[random.bounded(int(broken.size()) - 1)] = char(random.bounded(256));
            console::FeedCodec codec;
            codec.take(broken);
        }
    }
    void readerFollowsTheFeedAndReconnects()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"console.sock"_s);
        FakeClock clock;
        auto status = std::make_shared<NodeStatus>();
        status->farm.name = u"one"_s;
        auto feed = std::make_unique<app::StatusFeed>(clock);
        QVERIFY(feed->listen(path).has_value());
        feed->publish(status);
        console::FeedReader reader(path);
        QSignalSpy documents(&reader, &console::FeedReader::status);
        QSignalSpy beats(&reader, &console::FeedReader::beat);
        reader.start();
        QVERIFY(documents.wait(5000));
        QCOMPARE(documents[0][0].toJsonObject()[u"farm"_s][u"name"_s].toString(), u"one"_s);
        clock.advance(4s);
        feed->tick();
        QVERIFY(beats.wait(5000));
        feed = std::make_unique<app::StatusFeed>(clock);
        QVERIFY(feed->listen(path).has_value());
        feed->publish(status);
        QVERIFY(documents.wait(5000));
        QCOMPARE(reader.invalidLines(), 0);
    }
    void threeInvalidLinesAreReported()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"console.sock"_s);
        QLocalServer server;
        QVERIFY(server.listen(path));
        console::FeedReader reader(path);
        QSignalSpy unreadable(&reader, &console::FeedReader::unreadable);
        reader.start();
        QVERIFY(server.waitForNewConnection(5000));
        QLocalSocket *const peer = server.nextPendingConnection();
        peer->write("a\nb\n");
        peer->flush();
        peer->write("c\n");
        peer->flush();
        QVERIFY(unreadable.wait(5000));
        QCOMPARE(reader.invalidLines(), 3);
        QCOMPARE(unreadable.size(), 1);
    }
};

ZOS_TEST(TestFeedCodec)
#include "tst_feedcodec.moc"
