// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "core/base/json.h"
#include "core/plan/networkplan.h"

#include <QFile>
#include <QtCrypto>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zos::app {

namespace {

Result<QString> readKey(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::NotFound,
            QStringLiteral("cannot read the key %1: %2").arg(path, file.errorString()));
    return QString::fromLatin1(file.read(256).trimmed());
}

// A new file only its owner can read; an existing one is never overwritten.
Result<> writeKey(const QString &path, const QByteArray &text)
{
    const int fd = ::open(
        QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(errno == EEXIST ? ErrorCode::Exists : ErrorCode::Io,
            QStringLiteral("cannot make %1: %2")
                .arg(path, QString::fromLocal8Bit(strerror(errno))));
    const bool whole = ::write(fd, text.constData(), std::size_t(text.size())) == text.size()
        && ::fsync(fd) == 0;
    ::close(fd);
    if (!whole)
        return fail(ErrorCode::Io, QStringLiteral("cannot write %1").arg(path));
    return {};
}

// "host" gets the port of the network; a bare IPv6 address gets brackets.
QString endpointText(const QString &host, quint16 port)
{
    if (host.startsWith(u'['))
        return host.endsWith(u']') ? host + u':' + QString::number(port) : host;
    if (host.count(u':') > 1)
        return u'[' + host + QStringLiteral("]:") + QString::number(port);
    return host.contains(u':') ? host : host + u':' + QString::number(port);
}

Result<QByteArray> userConfig(const Deployment &deployment, const Invocation &line)
{
    const auto name = line.value(QStringLiteral("network"));
    const auto *workload = deployment.find(name);
    const auto *network = workload ? workload->as<Network>() : nullptr;
    if (!network)
        return fail(
            ErrorCode::NotFound, QStringLiteral("the deployment has no network '%1'").arg(name));
    const auto plan = planNetwork(deployment.twin, name, *network);
    if (!plan)
        return fail(plan.error());
    const auto path = line.value(QStringLiteral("key"));
    const auto secret = readKey(path);
    if (!secret)
        return fail(secret.error());
    const auto open = wireguardPublicKey(*secret);
    if (!open)
        return fail(open.error().wrapped(path));
    for (const auto &peer : network->peers) {
        if (peer.publicKey == *open) {
            const auto endpoint = endpointText(
                line.value(QStringLiteral("endpoint")), network->wireguardListenPort);
            return userWireguardConfig(*plan, *secret, peer.subnet, endpoint);
        }
    }
    return fail(ErrorCode::NotFound,
        QStringLiteral("network '%1' has no peer with your public key %2").arg(name, *open));
}

} // namespace

Task<Result<ExitCode>> wireguardFile(Session *session)
{
    const auto contract = session->contract();
    auto finding = session->nodeOf(contract);
    const auto node = co_await std::move(finding);
    if (!node)
        co_return fail(node.error());
    JsonWriter query;
    const auto payload = query.object().key(u"contract_id").number(contract.value()).end().text();
    auto calling = session->call(*node, QStringLiteral("zos.deployment.get"), payload);
    const auto answer = co_await std::move(calling);
    if (!answer)
        co_return fail(answer.error());
    const auto deployment = Deployment::fromJson(*answer);
    if (!deployment)
        co_return fail(deployment.error().wrapped(QStringLiteral("the node's answer")));
    const auto config = userConfig(*deployment, session->line());
    if (!config)
        co_return fail(config.error());
    if (session->line().json()) {
        JsonWriter json;
        printJson(json.object().key(u"config").string(QString::fromUtf8(*config)).end().text());
    } else {
        printText(QString::fromUtf8(*config));
    }
    co_return ExitCode::Ok;
}

Task<Result<ExitCode>> wireguardKey(Session *session)
{
    auto bytes = QCA::Random::randomArray(32).toByteArray();
    bytes[0] = char(quint8(bytes.at(0)) & 0xf8);
    bytes[31] = char((quint8(bytes.at(31)) & 0x7f) | 0x40);
    const auto secret = QString::fromLatin1(bytes.toBase64());
    const auto open = wireguardPublicKey(secret);
    if (!open)
        co_return fail(open.error());
    const auto path = session->line().value(QStringLiteral("file"));
    if (!path.isEmpty()) {
        if (const auto written = writeKey(path, secret.toLatin1() + '\n'); !written)
            co_return fail(written.error());
    }
    if (session->line().json()) {
        JsonWriter json;
        json.object().key(u"public_key").string(*open);
        json.key(path.isEmpty() ? u"private_key" : u"file").string(path.isEmpty() ? secret : path);
        printJson(json.end().text());
    } else {
        const QString first = path.isEmpty() ? QStringLiteral("private key ") + secret
                                             : QStringLiteral("private key in ") + path;
        printText(first + QStringLiteral("\npublic key  ") + *open + u'\n');
    }
    co_return ExitCode::Ok;
}

} // namespace zos::app
