// SPDX-License-Identifier: Apache-2.0
#include "app/cli/options.h"
#include "core/chain/localledger.h"
#include "core/model/deployment.h"
#include "rmb/bus/bus.h"
#include "rmb/relay/server/localrelay.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>

using namespace zos;
using namespace zos::app;
using namespace Qt::StringLiterals;

namespace {

template <class T> T wanted(Task<Result<T>> task)
{
    auto outcome = testing::wait(std::move(task));
    if (!outcome)
        qFatal("%s", qPrintable(outcome.error().what));
    if constexpr (!std::is_void_v<T>)
        return std::move(*outcome);
}

// A node that only talks: it checks hash and owner, keeps the last deployment and shows every
// workload as init once, then in its end state.
struct TalkingNode
{
    SystemClock clock;
    QTemporaryDir folder;
    QString path = folder.filePath(u"ledger.sqlite"_s);
    Identity key = Identity::generate();
    LocalLedger ledger { path, key, &clock };
    rmb::Router router;
    std::unique_ptr<rmb::Session> session;
    std::unique_ptr<rmb::DirectPeer> peer;
    NodeId id;

    std::optional<Deployment> stored;
    ResultState ending = ResultState::Ok;
    QString refusal;
    int looks = 0;

    TalkingNode()
    {
        wanted(ledger.open(true));
        const auto twin = wanted(ledger.ensureTwin({}, {}, {}));
        NodeRecord record;
        record.farm = wanted(ledger.createFarm(u"farm"_s, {}));
        record.resources.cru = 4;
        record.resources.mru = 4_GiB;
        id = wanted(ledger.ensureNode(record));
        addHandlers();
        rmb::DirectConfig config;
        config.address = QHostAddress::LocalHost;
        config.port = 0;
        config.onlyOverlaySources = false;
        session = std::make_unique<rmb::Session>(key, twin, &ledger, &router, &clock);
        peer = std::make_unique<rmb::DirectPeer>(session.get(), config);
        wanted(peer->start());
        wanted(ledger.ensureTwin(u"127.0.0.1:%1"_s.arg(peer->port()), {}, {}));
    }
    ~TalkingNode()
    {
        testing::wait(peer->stop());
        testing::wait(session->stop());
    }

    QByteArray view()
    {
        auto shown = *stored;
        for (auto &workload : shown.workloads) {
            workload.result.state = looks > 0 ? ending : ResultState::Init;
            workload.result.message
                = looks > 0 && ending == ResultState::Error ? u"no room for it"_s : QString();
        }
        ++looks;
        return shown.toJson();
    }
    Task<rmb::Answer> accept(rmb::Call call)
    {
        const auto deployment = Deployment::fromJson(call.payload);
        if (!deployment)
            co_return fail(deployment.error());
        auto asking = ledger.contract(deployment->contract);
        const auto contract = co_await std::move(asking);
        if (!contract)
            co_return fail(contract.error());
        if (contract->hash != deployment->challengeHex() || contract->twin != call.twin
            || deployment->twin != call.twin)
            co_return fail(ErrorCode::Denied, u"contract hash does not match deployment hash"_s);
        if (!refusal.isEmpty())
            co_return fail(ErrorCode::Invalid, refusal);
        stored = *deployment;
        looks = 0;
        co_return QByteArray("null");
    }
    Task<rmb::Answer> show(rmb::Call call)
    {
        const auto json = Json::parse(call.payload);
        const auto *number = json ? json->find(u"contract_id") : nullptr;
        if (!stored || !number || number->toUnsigned() != stored->contract.value())
            co_return fail(ErrorCode::NotFound, u"deployment not found"_s);
        co_return view();
    }
    Task<rmb::Answer> list(rmb::Call)
    {
        looks = 1;
        co_return stored ? '[' + view() + ']' : QByteArray("[]");
    }
    Task<rmb::Answer> changes(rmb::Call)
    {
        looks = 1;
        const auto shown = Json::parse(view()).value();
        co_return shown.find(u"workloads")->raw();
    }
    static Task<rmb::Answer> version(rmb::Call)
    {
        co_return QByteArray("{\"zos\":\"1.2.3\",\"zinit\":\"none\"}");
    }
    Task<rmb::Answer> rehearse(rmb::Call call)
    {
        const auto deployment = Deployment::fromJson(call.payload);
        if (!deployment || deployment->signatureRequirement.signatures.size() != 1)
            co_return fail(ErrorCode::Denied, u"failed to verify signature"_s);
        const QByteArray head = "{\"fits\":" + QByteArray(refusal.isEmpty() ? "true" : "false")
            + ",\"refusal\":\"" + refusal.toUtf8() + "\",\"limit\":null";
        co_return QByteArray(head
            + ",\"hash\":\"00\",\"workloads\":[{\"name\":\"disk\",\"type\":\"zmount\","
              "\"capacity\":{},\"pool\":\"pool-a\"}]}");
    }
    static Task<rmb::Answer> timeline(rmb::Call)
    {
        co_return QByteArray(
            "{\"contract_id\":1,\"steps\":[{\"seq\":1,\"workload\":\"disk\",\"wanted\":\"create\","
            "\"step\":\"creating the disk\",\"start_ms\":1000,\"end_ms\":2500,\"error\":\"\"},"
            "{\"seq\":2,\"workload\":\"vm\",\"wanted\":\"create\",\"step\":\"mounting the "
            "image\",\"start_ms\":3000,\"end_ms\":null,\"error\":\"\"}]}");
    }
    static Task<rmb::Answer> logs(rmb::Call call)
    {
        if (call.payload != "{\"contract_id\":1,\"workload\":\"vm\",\"tail\":9}")
            co_return fail(ErrorCode::Invalid, QString::fromUtf8(call.payload));
        co_return QByteArray("{\"text\":\"one\\n\\u001b[31mtwo\\n\",\"truncated\":false}");
    }
    void addHandlers()
    {
        router.add(u"zos.deployment.rehearse"_s,
            [this](rmb::Call call) { return rehearse(std::move(call)); });
        router.add(u"zos.deployment.timeline"_s, timeline);
        router.add(u"zos.deployment.logs"_s, logs);
        router.add(
            u"zos.deployment.deploy"_s, [this](rmb::Call call) { return accept(std::move(call)); });
        router.add(
            u"zos.deployment.get"_s, [this](rmb::Call call) { return show(std::move(call)); });
        router.add(
            u"zos.deployment.list"_s, [this](rmb::Call call) { return list(std::move(call)); });
        router.add(u"zos.deployment.changes"_s,
            [this](rmb::Call call) { return changes(std::move(call)); });
        router.add(u"zos.system.version"_s, version);
    }
};

quint16 freePort()
{
    QTcpServer probe;
    probe.listen(QHostAddress::LocalHost, 0);
    return probe.serverPort();
}

struct Outcome
{
    ExitCode code = ExitCode::Ok;
    QByteArray out;
    QByteArray err;
    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

} // namespace

// The program as a user runs it, against a node on loopback.
class TestProgram : public QObject
{
    Q_OBJECT

    std::unique_ptr<TalkingNode> m_node;
    QProcessEnvironment m_environment;

    Outcome zos(const QStringList &words, const QString &input = {})
    {
        QProcess process;
        if (!input.isEmpty())
            process.setStandardInputFile(input);
        process.setProcessEnvironment(m_environment);
        process.start(QStringLiteral(ZOS_PROGRAM), words);
        if (!QTest::qWaitFor(
                [&process] { return process.state() == QProcess::NotRunning; }, 30'000))
            process.kill();
        if (process.exitStatus() != QProcess::NormalExit)
            qFatal("zos ended badly: %s", process.readAllStandardError().constData());
        return { ExitCode(process.exitCode()), process.readAllStandardOutput(),
            process.readAllStandardError() };
    }
    QString write(const QString &name, const QByteArray &text) const
    {
        const auto path = m_node->folder.filePath(name);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(path));
        return path;
    }
    QString disk(int size = 1 << 30) const
    {
        return write(u"disk.json"_s,
            "{\"description\":\"a "
            "disk\",\"workloads\":[{\"name\":\"disk\",\"type\":\"zmount\",\"data\":{\"size\":"
                + QByteArray::number(size) + "}}]}");
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void init()
    {
        m_node = std::make_unique<TalkingNode>();
        const auto port = freePort();
        m_environment = QProcessEnvironment::systemEnvironment();
        m_environment.insert(u"ZOS_LEDGER"_s, m_node->path);
        m_environment.insert(u"ZOS_IDENTITY"_s, m_node->folder.filePath(u"keys/me"_s));
        m_environment.insert(u"ZOS_LISTEN"_s, u"127.0.0.1:%1"_s.arg(port));
        m_environment.insert(u"ZOS_NODE"_s, m_node->id.text());
        QCOMPARE(zos({ u"identity"_s, u"new"_s, u"--type"_s, u"sr25519"_s }).code, ExitCode::Ok);
        const auto twin = zos({ u"twin"_s, u"--ip"_s, u"127.0.0.1:%1"_s.arg(port), u"--json"_s });
        QCOMPARE(twin.json().value(u"twin_id"_s).toInt(), 2);
    }
    void cleanup() { m_node.reset(); }

    // Words and seed are shown or read once; both make the same identity again.
    void importsWhatItShowed()
    {
        const auto file = [this](const QString &name) {
            const auto path = m_node->folder.filePath(name);
            m_environment.insert(u"ZOS_IDENTITY"_s, path);
            return path;
        };
        const auto first = file(u"keys/first"_s);
        const auto made = zos({ u"identity"_s, u"new"_s, u"--mnemonic"_s, u"--json"_s }).json();
        const auto words = made.value(u"mnemonic"_s).toString().toLatin1();
        QCOMPARE(words.count(' '), 11);
        QFile kept(first);
        QVERIFY(kept.open(QIODevice::ReadOnly));
        const auto line = kept.readAll();
        QCOMPARE(line.size(), 64 + 1 + made.value(u"address"_s).toString().size() + 1);
        int number = 0;
        for (const auto &text :
            { words, QByteArray(words + '\n'), QByteArray("  " + words.toUpper() + " \nmore\n"),
                line.first(64), QByteArray("0x" + line.first(64) + '\n') }) {
            file(u"keys/again%1"_s.arg(++number));
            const auto again
                = zos({ u"identity"_s, u"import"_s, u"--json"_s }, write(u"words"_s, text));
            QVERIFY2(again.code == ExitCode::Ok, again.err.constData());
            QCOMPARE(again.json().value(u"address"_s), made.value(u"address"_s));
            QVERIFY(!again.json().contains(u"mnemonic"_s));
        }
        file(u"keys/none"_s);
        for (const auto &text :
            { QByteArray("\n"), words.first(40), line.first(63), QByteArray(5'000, 'a') })
            QCOMPARE(zos({ u"identity"_s, u"import"_s }, write(u"words"_s, text)).code,
                ExitCode::Refused);
        QVERIFY(!QFile::exists(m_node->folder.filePath(u"keys/none"_s)));
        const auto shown = zos({ u"identity"_s, u"new"_s, u"--mnemonic"_s });
        QCOMPARE(shown.code, ExitCode::Ok);
        QCOMPARE(shown.out.trimmed().split('\n').last().trimmed().count(' '), 11);
    }

    void deploysAndDeletes()
    {
        const auto deployed = zos({ u"deploy"_s, disk(), u"--json"_s });
        QVERIFY2(deployed.code == ExitCode::Ok, deployed.err.constData());
        QCOMPARE(deployed.json().value(u"contract_id"_s).toInt(), 1);
        QCOMPARE(deployed.json().value(u"state"_s).toString(), u"ok"_s);
        QCOMPARE(deployed.json().value(u"workloads"_s).toArray().size(), 1);
        QCOMPARE(m_node->looks, 2);
        QCOMPARE(m_node->stored->signatureRequirement.signatures.value(0).type, u"sr25519"_s);
        QCOMPARE(deployed.json().value(u"hash"_s).toString(), m_node->stored->challengeHex());

        QVERIFY(zos({ u"get"_s, u"1"_s }).out.contains("disk"));
        QCOMPARE(zos({ u"get"_s, u"1"_s, u"--json"_s }).json().value(u"contract_id"_s).toInt(), 1);
        QVERIFY(zos({ u"list"_s }).out.contains("a disk"));
        QVERIFY(zos({ u"changes"_s, u"1"_s }).out.contains("ok"));

        const auto again = zos({ u"deploy"_s, disk() });
        QCOMPARE(again.code, ExitCode::Refused);
        QVERIFY2(again.err.contains("ContractIsNotUnique"), again.err.constData());

        QCOMPARE(zos({ u"delete"_s, u"1"_s }).code, ExitCode::Ok);
        QCOMPARE(testing::wait(m_node->ledger.contract(ContractId(1))).error().code,
            ErrorCode::NotFound);
        QCOMPARE(zos({ u"delete"_s, u"1"_s }).code, ExitCode::Refused);
    }

    void followsWithATable()
    {
        const auto deployed = zos({ u"deploy"_s, disk() });
        QCOMPARE(deployed.code, ExitCode::Ok);
        const auto lines = deployed.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 4);
        QVERIFY(lines.at(0).startsWith("contract 1 on node 1"));
        QVERIFY(lines.at(1).startsWith("WORKLOAD"));
        QVERIFY(lines.at(2).contains("init"));
        QVERIFY(lines.at(3).contains("ok"));
    }

    void aRefusedDeploymentLeavesNoContract()
    {
        m_node->refusal = u"no such disk type"_s;
        const auto refused = zos({ u"deploy"_s, disk(), u"--json"_s });
        QCOMPARE(refused.code, ExitCode::Refused);
        QVERIFY2(refused.err.contains("no such disk type") && refused.err.contains("is cancelled"),
            refused.err.constData());
        QVERIFY(testing::wait(m_node->ledger.activeContracts(m_node->id)).value().isEmpty());
    }

    void aFailedWorkloadIsToldApart()
    {
        m_node->ending = ResultState::Error;
        const auto failed = zos({ u"deploy"_s, disk() });
        QCOMPARE(failed.code, ExitCode::Failed);
        QVERIFY(failed.out.contains("no room for it"));
        QVERIFY(failed.err.contains("zos delete 1"));
        const auto json = zos({ u"deploy"_s, disk(1 << 20), u"--json"_s });
        QCOMPARE(json.code, ExitCode::Failed);
        QCOMPARE(json.json().value(u"state"_s).toString(), u"error"_s);
    }

    // Twin, relay and key on the ledger; then the same questions through the relay alone.
    void callsThroughARelay()
    {
        SystemClock clock;
        rmb::LocalRelay relay(&m_node->ledger, &clock);
        QVERIFY(relay.start(QHostAddress::LocalHost, 0).has_value());
        const auto url = u"ws://127.0.0.1:%1"_s.arg(relay.port());
        m_environment.remove(u"ZOS_LISTEN"_s);
        const auto none = zos({ u"node"_s, u"--transport"_s, u"relay"_s });
        QCOMPARE(none.code, ExitCode::Unreachable);
        QVERIFY2(none.err.contains("--relay"), none.err.constData());

        rmb::RelayConfig config;
        config.relays = { QUrl(url) };
        rmb::RelayPeer peer(m_node->session.get(), config);
        peer.start();
        const auto node = wanted(m_node->ledger.twinOf(m_node->key.publicKey()));
        const auto record = wanted(m_node->ledger.twin(node));
        wanted(m_node->ledger.ensureTwin(
            record.ip, rmb::relayField(config.relays), m_node->key.endToEndKey()));
        const auto twin = zos({ u"twin"_s, u"--relay"_s, url, u"--json"_s });
        QVERIFY2(twin.code == ExitCode::Ok, twin.err.constData());
        QCOMPARE(twin.json().value(u"relay"_s).toString(), u"ws:/127.0.0.1:%1"_s.arg(relay.port()));
        QVERIFY(!wanted(m_node->ledger.twin(TwinId(2))).pk.isEmpty());

        // The node's twin names its relay.
        const auto found = zos({ u"node"_s, u"--transport"_s, u"relay"_s });
        QVERIFY2(found.code == ExitCode::Ok, found.err.constData());
        QVERIFY(found.out.contains("1.2.3"));
        const auto named = zos({ u"call"_s, u"zos.system.version"_s, u"--relay"_s, url });
        QVERIFY2(named.code == ExitCode::Ok, named.err.constData());
        QCOMPARE(relay.counters().forwarded >= 4, true);
        QCOMPARE(zos({ u"node"_s, u"--relay"_s, u"http://x"_s }).code, ExitCode::Refused);
        testing::wait(peer.stop());
        testing::wait(relay.stop());
    }
    // The node's twin names a relay that is no help: the program answers all the same.
    void callsDirectlyWhenTheRelayDoesNotHelp_data()
    {
        QTest::addColumn<bool>("there");
        QTest::newRow("nothing listens there") << false;
        QTest::newRow("the node is not connected to it") << true;
    }
    void callsDirectlyWhenTheRelayDoesNotHelp()
    {
        QFETCH(bool, there);
        SystemClock clock;
        rmb::LocalRelay relay(&m_node->ledger, &clock);
        QVERIFY(relay.start(QHostAddress::LocalHost, 0).has_value());
        const QList<QUrl> relays { QUrl(u"ws://127.0.0.1:%1"_s.arg(relay.port())) };
        if (!there)
            testing::wait(relay.stop());
        const auto node = wanted(m_node->ledger.twinOf(m_node->key.publicKey()));
        const auto record = wanted(m_node->ledger.twin(node));
        wanted(m_node->ledger.ensureTwin(
            record.ip, rmb::relayField(relays), m_node->key.endToEndKey()));
        const QStringList call { u"call"_s, u"zos.system.version"_s, u"--timeout"_s, u"4"_s };
        const auto relayed = zos(call + QStringList { u"--transport"_s, u"relay"_s });
        QCOMPARE(relayed.code, ExitCode::Unreachable);
        QCOMPARE(m_node->session->counters().accepted, 0);
        const auto answered = zos(call);
        QVERIFY2(answered.code == ExitCode::Ok, answered.err.constData());
        QVERIFY2(answered.out.contains("1.2.3"), answered.out.constData());
        QCOMPARE(m_node->session->counters().accepted, 1);
        // The relay was tried first: it was asked to deliver, and said that it cannot.
        QCOMPARE(relay.counters().sessions, there ? 2 : 0);
        QVERIFY(!there || relay.counters().answeredErrors > 0);
        testing::wait(relay.stop());
    }
    void aSilentNodeLeavesNoContract()
    {
        testing::wait(m_node->peer->stop());
        const auto silent = zos({ u"deploy"_s, disk(), u"--timeout"_s, u"2"_s });
        QCOMPARE(silent.code, ExitCode::Unreachable);
        QVERIFY2(silent.err.contains("is cancelled"), silent.err.constData());
        QVERIFY(testing::wait(m_node->ledger.activeContracts(m_node->id)).value().isEmpty());
    }

    void rehearsesWithoutAContract()
    {
        const auto fits = zos({ u"rehearse"_s, disk() });
        QVERIFY2(fits.code == ExitCode::Ok, fits.err.constData());
        QVERIFY(fits.out.contains("pool-a") && fits.out.contains("it fits on node 1"));
        m_node->refusal = u"no room left"_s;
        const auto refused = zos({ u"rehearse"_s, disk() });
        QCOMPARE(refused.code, ExitCode::Refused);
        QVERIFY(refused.out.contains("it does not fit on node 1: no room left"));
        const auto json = zos({ u"rehearse"_s, disk(), u"--json"_s });
        QCOMPARE(json.code, ExitCode::Refused);
        QCOMPARE(json.json().value(u"refusal"_s).toString(), u"no room left"_s);
        QVERIFY(testing::wait(m_node->ledger.activeContracts(m_node->id)).value().isEmpty());
    }

    void showsTheTimelineAndTheConsole()
    {
        const auto steps = zos({ u"timeline"_s, u"1"_s, u"--node"_s, u"1"_s });
        QVERIFY2(steps.code == ExitCode::Ok, steps.err.constData());
        QVERIFY(steps.out.contains("1.500 s") && steps.out.contains("creating the disk"));
        QVERIFY(steps.out.contains("runs"));
        // What a guest prints cannot steer the terminal.
        const QStringList logs { u"logs"_s, u"1"_s, u"vm"_s, u"--node"_s, u"1"_s, u"--tail"_s };
        QCOMPARE(zos(logs + QStringList { u"9"_s }).out, "one\n [31mtwo\n");
        QCOMPARE(zos(logs + QStringList { u"x"_s }).code, ExitCode::Refused);
        QCOMPARE(zos({ u"logs"_s, u"1"_s }).code, ExitCode::Usage);
    }

    void aBadFileCostsNothing()
    {
        const auto path = write(
            u"bad.json"_s, "{\"workloads\":[{\"name\":\"d\",\"type\":\"nonsense\",\"data\":{}}]}");
        QCOMPARE(zos({ u"deploy"_s, path }).code, ExitCode::Refused);
        QVERIFY(testing::wait(m_node->ledger.activeContracts(m_node->id)).value().isEmpty());
    }

    void callsAnything()
    {
        QCOMPARE(zos({ u"node"_s }).out, "zos        1.2.3\nzinit      none\n");
        QCOMPARE(zos({ u"call"_s, u"zos.system.version"_s, u"--json"_s }).out,
            "{\"zos\":\"1.2.3\",\"zinit\":\"none\"}\n");
        const auto unknown = zos({ u"call"_s, u"zos.nothing.here"_s });
        QCOMPARE(unknown.code, ExitCode::Refused);
        QVERIFY2(unknown.err.contains("function not found"), unknown.err.constData());
        const auto missing = zos({ u"get"_s, u"999"_s, u"--node"_s, u"1"_s });
        QCOMPARE(missing.code, ExitCode::Refused);
        QVERIFY2(missing.err.contains("deployment not found"), missing.err.constData());
        QCOMPARE(zos({ u"call"_s, u"a.b"_s, u"{"_s }).code, ExitCode::Refused);
        QCOMPARE(zos({ u"nonsense"_s }).code, ExitCode::Usage);
    }

    void printsAWireguardFile()
    {
        const auto path = m_node->folder.filePath(u"my.key"_s);
        const auto open = zos({ u"key"_s, u"wireguard"_s, u"--file"_s, path, u"--json"_s })
                              .json()
                              .value(u"public_key"_s)
                              .toString();
        QCOMPARE(
            QFile::permissions(path) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        const auto node = zos({ u"key"_s, u"wireguard"_s, u"--json"_s }).json();
        const QByteArray text = "{\"workloads\":[{\"name\":\"net\",\"type\":\"network\",\"data\":{"
                                "\"ip_range\":\"10.20.0.0/16\","
                                "\"subnet\":\"10.20.2.0/24\",\"wireguard_private_key\":\""
            + node.value(u"private_key"_s).toString().toLatin1()
            + "\",\"wireguard_listen_port\":7777,\"peers\":[{\"subnet\":\"10.20.3.0/"
              "24\",\"wireguard_public_key\":\""
            + open.toLatin1()
            + "\",\"allowed_ips\":[\"10.20.3.0/24\",\"100.64.20.3/32\"],\"endpoint\":\"\"}]}}]}";
        const auto deployed = zos({ u"deploy"_s, write(u"net.json"_s, text) });
        QVERIFY2(deployed.code == ExitCode::Ok, deployed.err.constData());
        const QStringList command { u"wireguard"_s, u"1"_s, u"--network"_s, u"net"_s, u"--key"_s,
            path, u"--endpoint"_s };
        const auto config = zos(command + QStringList { u"198.51.100.10"_s });
        QVERIFY2(config.code == ExitCode::Ok, config.err.constData());
        const QByteArray keyLine
            = "PublicKey = " + node.value(u"public_key"_s).toString().toLatin1() + '\n';
        QVERIFY(config.out.startsWith("[Interface]\n"));
        QVERIFY(config.out.contains("Address = 100.64.20.3/32\n"));
        QVERIFY(config.out.contains("Endpoint = 198.51.100.10:7777\n"));
        QVERIFY(config.out.contains(keyLine));
        QVERIFY(zos(command + QStringList { u"2001:db8::1"_s })
                .out.contains("Endpoint = [2001:db8::1]:7777\n"));
        QVERIFY(zos(command + QStringList { u"host.example:99"_s })
                .out.contains("Endpoint = host.example:99\n"));

        const auto other = m_node->folder.filePath(u"other.key"_s);
        QCOMPARE(zos({ u"key"_s, u"wireguard"_s, u"--file"_s, other }).code, ExitCode::Ok);
        QCOMPARE(zos({ u"key"_s, u"wireguard"_s, u"--file"_s, other }).code, ExitCode::Refused);
        const auto stranger = zos({ u"wireguard"_s, u"1"_s, u"--network"_s, u"net"_s,
            u"--endpoint"_s, u"h"_s, u"--key"_s, other });
        QCOMPARE(stranger.code, ExitCode::Refused);
        QVERIFY(stranger.err.contains("has no peer with your public key"));
    }
};

ZOS_TEST(TestProgram)
#include "tst_program.moc"
