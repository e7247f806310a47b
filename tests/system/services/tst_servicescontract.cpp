// SPDX-License-Identifier: Apache-2.0
#include "hardware/process/supervisorservices.h"
#include "tests/support/contracts/servicescontract.h"
#include "tests/support/runner.h"

#include <QProcess>
#include <QTemporaryDir>

using namespace zos;
using namespace Qt::StringLiterals;

// The real supervisor through its real client.
class TestServicesContract : public testing::ServicesContract
{
    Q_OBJECT
    QTemporaryDir m_folder;
    QProcess m_supervisor;
    std::unique_ptr<hw::SupervisorServices> m_services;

    Services &services() override { return *m_services; }
    void restart() override
    {
        m_services = std::make_unique<hw::SupervisorServices>(m_folder.filePath(u"supervisor"_s));
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_supervisor.start(QStringLiteral(ZOS_SUPERVISOR),
            { u"--stop-all"_s, m_folder.filePath(u"supervisor"_s) });
        QVERIFY(m_supervisor.waitForStarted());
        restart();
        QVERIFY(QTest::qWaitFor(
            [this] { return testing::wait(m_services->list()).has_value(); }, 10000));
    }
    void cleanupTestCase()
    {
        m_supervisor.terminate();
        m_supervisor.waitForFinished();
    }
};
ZOS_TEST(TestServicesContract)
#include "tst_servicescontract.moc"
