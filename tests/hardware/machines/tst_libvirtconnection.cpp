// SPDX-License-Identifier: Apache-2.0
#include "hardware/machines/domaincalls.h"
#include "hardware/machines/libvirtconnection.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QThread>

using namespace zos;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

// Against libvirt's own simulated hypervisor, which needs no daemon and no rights.
class TestLibvirtConnection : public QObject
{
    Q_OBJECT
    QTemporaryDir m_folder;
    std::unique_ptr<hw::LibvirtConnection> m_connection;

    static QByteArray xml(const QByteArray &name, bool ours = true)
    {
        const QByteArray mark = ours
            ? "<metadata><zos:machine xmlns:zos='https://threefold.tech/zos/machine/1' "
              "spec='d1'/></metadata>"
            : "";
        return "<domain type='test'><name>" + name + "</name>" + mark
            + "<memory>1024</memory><os><type>hvm</type></os></domain>";
    }
    template <class T>
    Result<T> ask(
        std::function<Result<T>(virConnectPtr)> call, std::chrono::milliseconds limit = 20s)
    {
        return testing::wait(m_connection->call(std::move(call), limit, u"asking"_s));
    }
    Result<int> create(const QByteArray &name, bool ours = true)
    {
        return ask<int>(
            [=](virConnectPtr c) { return hw::createDomain(c, xml(name, ours), false); });
    }
    Result<> destroy(const QString &name)
    {
        return ask<void>([=](virConnectPtr c) { return hw::destroyDomain(c, name); });
    }

private Q_SLOTS:
    void init()
    {
        // A hypervisor described by a file is one of its own, shared with no other connection.
        QFile host(m_folder.filePath(u"host.xml"_s));
        QVERIFY(host.open(QIODevice::WriteOnly));
        host.write("<node/>");
        host.close();
        m_connection = std::make_unique<hw::LibvirtConnection>(u"test://"_s + host.fileName());
        m_connection->open();
        QVERIFY(QTest::qWaitFor([this] { return m_connection->isOpen(); }, 20000));
    }
    void cleanup() { m_connection.reset(); }

    void eventsArriveInTheLoop()
    {
        QSignalSpy events(m_connection.get(), &hw::LibvirtConnection::lifecycle);
        QThread *seen = nullptr;
        connect(
            m_connection.get(), &hw::LibvirtConnection::lifecycle, this,
            [&seen] { seen = QThread::currentThread(); }, Qt::DirectConnection);
        QVERIFY(create("a"));
        QVERIFY(destroy(u"a"_s));
        QVERIFY(QTest::qWaitFor([&] { return events.size() >= 2; }, 20000));
        QCOMPARE(events.first()[0].toString(), u"a"_s);
        QCOMPARE(events.last()[1].toInt(), int(VIR_DOMAIN_EVENT_STOPPED));
        QCOMPARE(seen, thread());
    }
    void onlyOurDomainsAreListed()
    {
        QVERIFY(create("mine"));
        QVERIFY(create("foreign", false));
        const auto domains = ask<QList<hw::DomainFacts>>(hw::listDomains);
        QVERIFY(domains);
        QCOMPARE(domains->size(), 1);
        QCOMPARE(domains->first().name, u"mine"_s);
        QCOMPARE(domains->first().digest, u"d1"_s);
        QVERIFY(domains->first().running);
    }
    void pausesAndResumes()
    {
        QVERIFY(create("p"));
        const auto set = [this](bool running) {
            return ask<void>(
                [=](virConnectPtr c) { return hw::setDomainRunning(c, u"p"_s, running); });
        };
        QVERIFY(set(false));
        QVERIFY(set(false));
        QVERIFY(!ask<QList<hw::DomainFacts>>(hw::listDomains)->first().running);
        QVERIFY(set(true));
        QVERIFY(ask<QList<hw::DomainFacts>>(hw::listDomains)->first().running);
    }
    void aTakenNameIsBusyAndAnAbsentOneFine()
    {
        QVERIFY(create("twice"));
        const auto again = create("twice");
        QVERIFY(!again);
        QCOMPARE(again.error().code, ErrorCode::Busy);
        QVERIFY(destroy(u"twice"_s));
        QVERIFY(destroy(u"twice"_s));
        const auto paused
            = ask<void>([](virConnectPtr c) { return hw::setDomainRunning(c, u"none"_s, false); });
        QCOMPARE(paused.error().code, ErrorCode::NotFound);
    }
    void brokenXmlIsRefusedWithLibvirtsWords()
    {
        const auto refused
            = ask<int>([](virConnectPtr c) { return hw::createDomain(c, "<domain", false); });
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Io);
        QVERIFY(refused.error().what.startsWith(u"start machine: "));
    }
    void aSlowCallMeetsItsDeadline()
    {
        // Shared: the call goes on after the deadline took its answer away.
        const auto go = std::make_shared<std::atomic<bool>>(false);
        const auto late = ask<int>(
            [go](virConnectPtr) -> Result<int> {
                while (!*go)
                    QThread::yieldCurrentThread();
                return 1;
            },
            50ms);
        *go = true;
        QVERIFY(!late);
        QCOMPARE(late.error().code, ErrorCode::Timeout);
    }
    void withoutConnectionCallsAreUnavailable()
    {
        m_connection->close();
        const auto domains = ask<QList<hw::DomainFacts>>(hw::listDomains);
        QVERIFY(!domains);
        QCOMPARE(domains.error().code, ErrorCode::Unavailable);
    }
    void anUnreachableServerIsNamedAndTriedAgain()
    {
        hw::LibvirtConnection other(u"qemu+unix:///system?socket=/nonexistent/libvirt"_s);
        other.open();
        QVERIFY(QTest::qWaitFor([&] { return !other.trouble().isEmpty(); }, 20000));
        QVERIFY2(other.trouble().contains(u"/nonexistent/libvirt"), qPrintable(other.trouble()));
        QVERIFY(!other.isOpen());
    }
    void manyCallsFromManyThreadsLoseNothing()
    {
        QSignalSpy events(m_connection.get(), &hw::LibvirtConnection::lifecycle);
        std::vector<Task<Result<int>>> running;
        for (int i = 0; i < 40; ++i) {
            std::function<Result<int>(virConnectPtr)> call = [i](virConnectPtr c) {
                auto created = hw::createDomain(c, xml("m" + QByteArray::number(i)), false);
                if (created && !hw::destroyDomain(c, u"m%1"_s.arg(i)))
                    created = fail(ErrorCode::Bug, u"not destroyed"_s);
                return created;
            };
            running.push_back(m_connection->call(std::move(call), 60s, u"pair"_s));
        }
        for (auto &task : running) {
            const auto result = testing::wait(std::move(task));
            QVERIFY2(result, result ? "" : qPrintable(result.error().what));
        }
        QVERIFY(QTest::qWaitFor([&] { return events.size() >= 80; }, 20000));
    }
};
ZOS_TEST(TestLibvirtConnection)
#include "tst_libvirtconnection.moc"
