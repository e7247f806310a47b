// SPDX-License-Identifier: Apache-2.0
#include "tests/support/eventually.h"
#include "tests/support/machines/machinehost.h"
#include "tests/support/runner.h"

#include <QDir>
#include <QLocalServer>
#include <QLocalSocket>

using namespace zos;
using namespace Qt::StringLiterals;

namespace {

// A way to libvirt that is cut behind a request: it is carried out, and nobody hears of it.
class Cable
{
public:
    explicit Cable(const QString &path)
    {
        if (!m_server.listen(path))
            qFatal("%s: %s", qPrintable(path), qPrintable(m_server.errorString()));
        QObject::connect(&m_server, &QLocalServer::newConnection, &m_server, [this] {
            while (auto *client = m_server.nextPendingConnection())
                join(client);
        });
    }
    void cutBehind(const QByteArray &mark) { m_mark = mark; }
    bool wasCut() const { return m_cut; }

private:
    void join(QLocalSocket *client)
    {
        auto *server = new QLocalSocket(&m_server);
        server->connectToServer(u"/run/libvirt/libvirt-sock"_s);
        if (server->state() != QLocalSocket::ConnectedState)
            return client->abort(); // libvirt is not there yet
        QObject::connect(client, &QLocalSocket::readyRead, server, [this, client, server] {
            const auto bytes = client->readAll();
            server->write(bytes);
            if (m_mark.isEmpty() || !bytes.contains(m_mark))
                return;
            m_mark.clear();
            m_cut = true;
            client->abort();
        });
        QObject::connect(server, &QLocalSocket::readyRead, client,
            [client, server] { client->write(server->readAll()); });
        QObject::connect(server, &QLocalSocket::disconnected, client, &QLocalSocket::abort);
        // What was cut stays open towards libvirt, which then has no reason to give up.
        QObject::connect(client, &QLocalSocket::disconnected, server, [this, server] {
            if (!m_cut)
                server->abort();
        });
    }

    QLocalServer m_server;
    QByteArray m_mark;
    bool m_cut = false;
};

} // namespace

class TestLostAnswers : public QObject
{
    Q_OBJECT
    std::unique_ptr<testing::MachineHost> m_host;
    std::unique_ptr<Cable> m_cable;
    std::unique_ptr<hw::LibvirtMachines> m_machines;

    QByteArray running() const
    {
        return m_host->output(u"virsh"_s, { u"list"_s, u"--name"_s }).trimmed();
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const auto obstacle = testing::MachineHost::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_host = std::make_unique<testing::MachineHost>();
        const auto trouble = m_host->make();
        QVERIFY2(trouble.isEmpty(), qPrintable(trouble));
        auto config = m_host->config();
        const QString way = config.runDir + u".way"_s;
        config.uri = u"qemu+unix:///system?socket="_s + way;
        m_cable = std::make_unique<Cable>(way);
        m_machines = std::make_unique<hw::LibvirtMachines>(config);
        const auto started = testing::wait(m_machines->start());
        QVERIFY2(started, started ? "" : qPrintable(started.error().what));
    }
    void cleanupTestCase()
    {
        m_machines.reset();
        m_cable.reset();
        m_host.reset();
    }

    // What counts as not started does not run.
    void aStartNobodyHeardOfIsTakenBack()
    {
        const auto plan = m_host->plan();
        m_cable->cutBehind("<domain ");
        const auto run = testing::wait(m_machines->run(plan));
        QVERIFY(m_cable->wasCut());
        QVERIFY(!run);
        QCOMPARE(running(), QByteArray());
        QVERIFY(!QFile::exists(m_host->config().runDir + u'/' + plan.id));
        const auto listed = testing::wait(m_machines->list());
        QVERIFY(listed && listed->isEmpty());
        const auto again = testing::wait(m_machines->run(plan));
        QVERIFY2(again, again ? "" : qPrintable(again.error().what));
        QCOMPARE(running(), plan.id.toUtf8());
        QVERIFY(testing::wait(m_machines->destroy(plan.id)));
        QCOMPARE(running(), QByteArray());
    }
};

ZOS_TEST(TestLostAnswers)

#include "tst_lostanswers.moc"
