// SPDX-License-Identifier: Apache-2.0
#include "core/base/task.h"
#include "tests/qml/statuscases.h"
#include "tests/support/figures.h"
#include "tests/support/processuse.h"
#include "tests/support/runner.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QLocalServer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>

#include <unistd.h>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Speaks to the console as a node does: a document when it connects, then a document a second when
// something shown changes, else a beat every four seconds. Plain descriptors, because the console
// shuts its sending side down, which a QLocalSocket takes for the end.
class Feed : public QLocalServer
{
public:
    Feed(const QString &path, bool changes)
        : m_document(testing::statusDocument(u"running-ok"_s))
    {
        connect(&m_timer, &QTimer::timeout, this, changes ? &Feed::change : &Feed::beat);
        m_timer.start(changes ? 1000 : 4000);
        listen(path);
    }
    ~Feed() override { ::close(m_reader); }
    int connections() const { return m_connections; }

protected:
    void incomingConnection(quintptr descriptor) override
    {
        m_reader = int(descriptor);
        ++m_connections;
        send(m_document);
    }

private:
    void send(QJsonObject message)
    {
        message[u"seq"_s] = ++m_seq;
        message[u"sent_ms"_s] = QDateTime::currentMSecsSinceEpoch();
        message[u"mono_ms"_s] = QDateTime::currentMSecsSinceEpoch();
        const QByteArray line = QJsonDocument(message).toJson(QJsonDocument::Compact) + '\n';
        if (m_reader >= 0
            && ::write(m_reader, line.constData(), size_t(line.size())) != line.size())
            qWarning("the console does not read");
    }
    void beat() { send({ { u"schema"_s, u"zos.console/1"_s }, { u"kind"_s, u"beat"_s } }); }
    void change() // processors and memory, as on a busy node
    {
        QJsonObject usage = m_document[u"usage"_s].toObject();
        usage[u"cpu"_s] = 0.2 + (m_seq % 50) / 100.0;
        usage[u"mem"_s] = 0.4 + (m_seq % 9) / 100.0;
        m_document[u"usage"_s] = usage;
        send(m_document);
    }

    int m_reader = -1;
    int m_connections = 0;
    QTimer m_timer;
    QJsonObject m_document;
    int m_seq = 0;
};

} // namespace

// The console as the node runs it, off screen with its software renderer, at rest: how much memory,
// processor time, how many wake-ups and frames. The bare window paints a clock, nothing else.
class TestConsoleBench : public QObject
{
    Q_OBJECT
    static constexpr auto kTime = 12s;
    testing::Figures m_figures { u"console"_s };
    testing::ProcessUse m_bare; // per second, memory as it is

    struct Rest
    {
        testing::ProcessUse use;
        double frames = 0; // a second
    };

    // Starts the program, lets it settle, then watches it.
    std::optional<Rest> watch(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s);
        environment.insert(u"QT_LOGGING_RULES"_s, u"qt.scenegraph.time.renderloop.debug=true"_s);
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QCoreApplication::applicationDirPath() + u'/' + program, arguments);
        int frames = 0;
        connect(&process, &QProcess::readyRead, &process,
            [&] { frames += int(process.readAll().count("Frame rendered")); });
        (void)testing::wait(pause(4s));
        frames = 0;
        const auto before = testing::ProcessUse::of(process.processId());
        QElapsedTimer clock;
        clock.start();
        (void)testing::wait(pause(kTime));
        const double took = double(clock.nsecsElapsed()) / 1e9;
        Rest rest { testing::ProcessUse::of(process.processId()), frames / took };
        rest.use.cpuSeconds = (rest.use.cpuSeconds - before.cpuSeconds) / took;
        rest.use.wakeups = (rest.use.wakeups - before.wakeups) / took;
        const bool ran = process.state() == QProcess::Running;
        process.kill();
        process.waitForFinished();
        return ran ? std::optional(rest) : std::nullopt;
    }
    void report(const QString &what, const Rest &rest)
    {
        m_figures.add(
            what + u": memory, PSS"_s, rest.use.pssMib, u"MiB"_s, u"bare window"_s, m_bare.pssMib);
        m_figures.add(
            what + u": memory, RSS"_s, rest.use.rssMib, u"MiB"_s, u"bare window"_s, m_bare.rssMib);
        m_figures.add(what + u": of one CPU"_s, rest.use.cpuSeconds * 100, u"%"_s, u"bare window"_s,
            m_bare.cpuSeconds * 100);
        m_figures.add(
            what + u": wake-ups"_s, rest.use.wakeups, u"1/s"_s, u"bare window"_s, m_bare.wakeups);
        m_figures.add(what + u": frames"_s, rest.frames, u"1/s"_s);
    }

private Q_SLOTS:
    void initTestCase()
    {
        const auto bare = watch(u"bench_bare_window"_s, {});
        QVERIFY(bare);
        m_bare = bare->use;
    }
    void atRest_data()
    {
        QTest::addColumn<bool>("changes");
        QTest::newRow("still") << false;
        QTest::newRow("a change a second") << true;
    }
    void atRest()
    {
        QFETCH(bool, changes);
        const QTemporaryDir folder;
        const auto path = folder.filePath(u"console.sock"_s);
        const Feed feed(path, changes);
        const auto rest = watch(u"zos-console"_s, { u"--socket"_s, path });
        QVERIFY(rest);
        QCOMPARE(feed.connections(), 1);
        QVERIFY(!changes || rest->frames > 0.5); // it shows what changes
        report(QString::fromLatin1(QTest::currentDataTag()), *rest);
    }
};
ZOS_TEST(TestConsoleBench)
#include "tst_consolebench.moc"
