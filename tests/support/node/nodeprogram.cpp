// SPDX-License-Identifier: Apache-2.0
#include "tests/support/node/nodeprogram.h"

#include "tests/support/vectors.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QJsonDocument>
#include <QTcpServer>

#include <csignal>

namespace zos::testing {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {
constexpr NodeId kNode { 1 };

quint16 freePort()
{
    QTcpServer probe;
    probe.listen(QHostAddress::LocalHost, 0);
    return probe.serverPort();
}

QByteArray query(ContractId contract)
{
    return "{\"contract_id\":" + contract.text().toLatin1() + '}';
}
} // namespace

bool lookOften(const std::function<bool()> &holds, std::chrono::milliseconds limit)
{
    const QDeadlineTimer deadline(limit);
    while (!holds()) {
        if (deadline.hasExpired())
            return false;
        (void)testing::wait(pause(10ms));
    }
    return true;
}

NodeProgram::NodeProgram()
    : m_folder(
          QStringLiteral(ZOS_BINARY_DIR "/node-XXXXXX")) // a real disk: commits cost what they cost
    , m_identity(Identity::generate())
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.setStandardOutputFile(path(u"zosd.log"_s), QIODevice::Append);
}

NodeProgram::~NodeProgram()
{
    (void)stop();
    if (m_peer)
        testing::wait(m_peer->stop());
    if (m_session)
        testing::wait(m_session->stop());
}

QString NodeProgram::make()
{
    m_ledger = std::make_unique<LocalLedger>(path(u"ledger.sqlite"_s), m_identity, &m_clock);
    if (const auto opened = testing::wait(m_ledger->open(true)); !opened)
        return opened.error().what;
    const auto port = freePort();
    const auto user = testing::wait(m_ledger->ensureTwin(u"127.0.0.1:%1"_s.arg(port), {}, {}));
    if (!user)
        return user.error().what;
    m_user = *user;
    const auto farm = testing::wait(m_ledger->createFarm(u"tests"_s, {}));
    if (!farm)
        return farm.error().what;
    rmb::DirectConfig config;
    config.address = QHostAddress::LocalHost;
    config.port = port;
    config.onlyOverlaySources = false;
    m_session
        = std::make_unique<rmb::Session>(m_identity, m_user, m_ledger.get(), nullptr, &m_clock);
    if (const auto started = m_session->start(); !started)
        return started.error().what;
    m_peer = std::make_unique<rmb::DirectPeer>(m_session.get(), config);
    if (const auto started = testing::wait(m_peer->start()); !started)
        return started.error().what;

    m_settings.insert(u"farm"_s, qint64(farm->value()));
    m_settings.insert(u"ledger"_s, path(u"ledger.sqlite"_s));
    m_settings.insert(u"state_dir"_s, path(u"state"_s));
    m_settings.insert(u"log_dir"_s, path(u"log"_s));
    m_settings.insert(u"rmb_address"_s, u"127.0.0.1"_s);
    m_settings.insert(u"rmb_port"_s, freePort());
    QFile file(path(u"zosd.json"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(m_settings).toJson()) < 0)
        return file.errorString();
    return {};
}

void NodeProgram::setVariable(const QString &name, const QString &value)
{
    auto environment = m_process.processEnvironment();
    if (environment.isEmpty())
        environment = QProcessEnvironment::systemEnvironment();
    environment.insert(name, value);
    m_process.setProcessEnvironment(environment);
}

QString NodeProgram::start()
{
    m_process.start(
        QCoreApplication::applicationDirPath() + u"/zosd", { u"--config"_s, path(u"zosd.json"_s) });
    const bool answers = lookOften(
        [&] {
            if (const auto node = testing::wait(m_ledger->node(kNode)))
                m_twin = node->twin;
            return m_process.state() == QProcess::NotRunning
                || (m_twin.value() != 0 && call(u"zos.system.version"_s, "null"));
        },
        60s);
    if (answers && m_process.state() == QProcess::Running)
        return {};
    return u"the node does not answer: "_s + log();
}

QString NodeProgram::log() const
{
    QFile file(path(u"zosd.log"_s));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll().right(3000))
                                          : u"it wrote nothing"_s;
}

QString NodeProgram::stop()
{
    m_process.terminate();
    return m_process.waitForFinished(20000) ? QString() : u"the node does not end"_s;
}

bool NodeProgram::waitKilled()
{
    return (m_process.state() == QProcess::NotRunning || m_process.waitForFinished(10000))
        && m_process.exitStatus() == QProcess::CrashExit && m_process.exitCode() == SIGKILL;
}

rmb::Answer NodeProgram::call(const QString &command, const QByteArray &payload)
{
    return testing::wait(m_peer->call(m_twin, command, payload, 20s, true));
}

LateAnswer NodeProgram::callLater(const QString &command, const QByteArray &payload)
{
    auto answer = std::make_shared<std::optional<rmb::Answer>>();
    [](rmb::DirectPeer *peer, TwinId twin, QString name, QByteArray body,
        LateAnswer target) -> Task<void> {
        *target = co_await peer->call(twin, name, body, 20s, true);
    }(m_peer.get(), m_twin, command, payload, answer);
    return answer;
}

Result<Deployment> NodeProgram::order(const QByteArray &workloads)
{
    auto deployment = app::completeDeployment("{\"workloads\":[" + workloads + "]}", m_user);
    if (!deployment)
        return deployment;
    const auto contract
        = testing::wait(m_ledger->createNodeContract(kNode, deployment->challengeHex(), {}, 0));
    if (!contract)
        return fail(contract.error());
    deployment->contract = *contract;
    app::signDeployment(*deployment, m_identity);
    return deployment;
}

Result<Deployment> NodeProgram::nextOrder(
    const Deployment &before, const QByteArray &workloads, const QStringList &changed)
{
    auto next = app::completeDeployment("{\"workloads\":[" + workloads + "]}", m_user);
    if (!next)
        return next;
    next->contract = before.contract;
    next->version = before.version + 1;
    for (auto &workload : next->workloads) {
        const auto *old = before.find(workload.name);
        workload.version = changed.contains(workload.name) || !old ? next->version : old->version;
    }
    if (const auto updated
        = testing::wait(m_ledger->updateNodeContract(before.contract, next->challengeHex(), {}));
        !updated)
        return fail(updated.error());
    app::signDeployment(*next, m_identity);
    return next;
}

Result<ContractId> NodeProgram::deploy(const QByteArray &workloads)
{
    const auto deployment = order(workloads);
    if (!deployment)
        return fail(deployment.error());
    const auto taken = call(u"zos.deployment.deploy"_s, deployment->toJson());
    if (!taken)
        return fail(taken.error());
    return deployment->contract;
}

Result<app::DeploymentView> NodeProgram::view(ContractId contract)
{
    const auto answer = call(u"zos.deployment.get"_s, query(contract));
    if (!answer)
        return fail(answer.error());
    return app::DeploymentView::fromAnswer(*answer);
}

QString NodeProgram::wait(ContractId contract)
{
    Result<app::DeploymentView> seen;
    const bool ended = lookOften(
        [&] {
            seen = view(contract);
            return !seen || seen->allOk() || seen->anyFailed();
        },
        120s);
    if (!seen)
        return seen.error().what;
    return ended && seen->allOk() ? QString() : seen->table();
}

QString NodeProgram::update(
    Deployment *before, const QByteArray &workloads, const QStringList &changed)
{
    const auto next = nextOrder(*before, workloads, changed);
    if (!next)
        return next.error().what;
    const auto taken = call(u"zos.deployment.update"_s, next->toJson());
    if (!taken)
        return taken.error().what;
    *before = *next;
    return {};
}

QString NodeProgram::setGrace(ContractId contract, bool grace)
{
    const auto done
        = testing::wait(grace ? m_ledger->startGrace(contract) : m_ledger->endGrace(contract));
    return done ? QString() : done.error().what;
}

QString NodeProgram::cancelContract(ContractId contract)
{
    const auto cancelled = testing::wait(m_ledger->cancelContract(contract));
    return cancelled ? QString() : cancelled.error().what;
}

QString NodeProgram::cancel(ContractId contract)
{
    if (const auto trouble = cancelContract(contract); !trouble.isEmpty())
        return trouble;
    const bool gone = lookOften(
        [&] {
            const auto seen = view(contract);
            return !seen || std::ranges::all_of(seen->workloads, [](const auto &workload) {
                return workload.result.state == ResultState::Deleted;
            });
        },
        60s);
    return gone ? QString() : u"it is not removed"_s;
}

QByteArray networkWorkload(int number)
{
    const QByteArray net = "10." + QByteArray::number(20 + number) + '.';
    const QByteArray key = QByteArray(31, 'k').append(char(number)).toBase64();
    return "{\"name\":\"net" + QByteArray::number(number)
        + "\",\"type\":\"network\",\"data\":{\"ip_range\":\"" + net + "0.0/16\",\"subnet\":\"" + net
        + "2.0/24\",\"wireguard_private_key\":\"" + key + "\",\"wireguard_listen_port\":"
        + QByteArray::number(7000 + number) + ",\"peers\":[{\"subnet\":\"" + net
        + "3.0/24\",\"wireguard_public_key\":\"" + QByteArray(32, 'p').toBase64()
        + "\",\"allowed_ips\":[\"" + net + "3.0/24\"],\"endpoint\":\"\"}]}}";
}

QByteArray diskWorkload(const QByteArray &name, quint64 size)
{
    return "{\"name\":\"" + name
        + "\",\"type\":\"zmount\",\"data\":{\"size\":" + QByteArray::number(size) + "}}";
}

QByteArray machineWorkload(int number, const QString &image, const QByteArray &name, int address)
{
    const auto text = QByteArray::number(number);
    return "{\"name\":\"" + name + "\",\"type\":\"zmachine\",\"data\":{\"flist\":\""
        + image.toUtf8() + "\",\"network\":{\"public_ip\":\"\",\"interfaces\":[{\"network\":\"net"
        + text + "\",\"ip\":\"10." + QByteArray::number(20 + number) + ".2."
        + QByteArray::number(address)
        + "\"}],\"planetary\":false},\"size\":536870912,\"compute_capacity\":{\"cpu\":1,"
          "\"memory\":268435456},\"mounts\":[{\"name\":\"data\",\"mountpoint\":\"/data\"}],"
          "\"entrypoint\":\"/entrypoint.sh\",\"env\":{\"GREETING\":\"hello\"},\"corex\":false,"
          "\"gpu\":[]}}";
}

} // namespace zos::testing
