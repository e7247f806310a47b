// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"

#include "core/model/challenge.h"
#include "core/model/md5.h"
#include "core/model/networklight.h"

#include <QSet>

#include <algorithm>

namespace zos {

namespace {

enum class LightForm { Reference, TypeScript };

QByteArray challengeText(const Deployment &deployment, LightForm form)
{
    QByteArray bytes;
    Challenge text(bytes);
    text.number(deployment.version).number(deployment.twin.value()).text(deployment.metadata);
    text.text(deployment.description).number(deployment.expiration);
    for (const auto &workload : deployment.workloads) {
        text.number(workload.version).text(workload.name).text(workload.type);
        text.text(workload.metadata).text(workload.description);
        const auto *light = form == LightForm::TypeScript ? workload.as<NetworkLight>() : nullptr;
        if (light)
            light->appendTypeScriptChallenge(bytes);
        else if (workload.decoded)
            workload.decoded->appendChallenge(bytes);
    }
    const auto &requirement = deployment.signatureRequirement;
    for (const auto &request : requirement.requests)
        text.number(request.twin.value()).flag(request.required).number(request.weight);
    text.number(requirement.weightRequired).text(requirement.style);
    return bytes;
}

} // namespace

Result<> Workload::validateName(QStringView name)
{
    const auto refuse = [](QString what) { return fail(ErrorCode::Invalid, std::move(what)); };
    const auto usable = [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9')
            || c == u'_';
    };
    if (name.isEmpty())
        return refuse(QStringLiteral("name cannot be empty"));
    if (name.size() > 36 || name.toUtf8().size() > 36)
        return refuse(QStringLiteral("name cannot exceed 36 characters"));
    if (!std::all_of(name.begin(), name.end(), usable))
        return refuse(QStringLiteral("unsupported character in workload name"));
    // The planetary network's device has this name inside machines.
    if (name == u"ygg")
        return refuse(QStringLiteral("invalid name 'ygg' is reserved"));
    return {};
}

Result<> Deployment::validate() const
{
    return validateInOrder({});
}

Result<> Deployment::validateInOrder(const QMap<qsizetype, Error> &undecodable) const
{
    QSet<QString> names;
    for (qsizetype place = 0; place < workloads.size(); ++place) {
        const auto &workload = workloads.at(place);
        if (workload.version > version) {
            return fail(ErrorCode::Invalid,
                QStringLiteral(
                    "workload '%1' version '%2' cannot be higher than deployment version '%3'")
                    .arg(workload.name, QString::number(workload.version),
                        QString::number(version)));
        }
        if (auto named = Workload::validateName(workload.name); !named)
            return fail(
                named.error().wrapped(QStringLiteral("name '%1' is invalid").arg(workload.name)));
        if (names.contains(workload.name)) {
            return fail(ErrorCode::Invalid,
                QStringLiteral("multiple workloads with the same name '%1'").arg(workload.name));
        }
        names += workload.name;
        if (const auto trouble = undecodable.constFind(place); trouble != undecodable.cend())
            return fail(*trouble);
        if (!workload.decoded)
            return fail(ErrorCode::Bug,
                QStringLiteral("workload '%1' was never decoded").arg(workload.name));
        if (auto valid = workload.decoded->validate(*this, workload); !valid)
            return valid;
    }
    return {};
}

QByteArray Deployment::challenge() const
{
    return challengeText(*this, LightForm::Reference);
}

QList<QByteArray> Deployment::challengeVariants() const
{
    // The form before 2025-09 (subnet and mycelium only) may leave out nothing but absent values,
    // and then it is the same text as the TypeScript one: two forms cover all three.
    QList<QByteArray> texts { challenge() };
    if (auto other = challengeText(*this, LightForm::TypeScript); other != texts.first())
        texts += std::move(other);
    return texts;
}

QList<QByteArray> Deployment::challengeHashes() const
{
    QList<QByteArray> hashes;
    for (const auto &text : challengeVariants())
        hashes += md5(text);
    return hashes;
}

QByteArray Deployment::challengeHash() const
{
    return md5(challenge());
}

QString Deployment::challengeHex() const
{
    return QString::fromLatin1(challengeHash().toHex());
}

const Workload *Deployment::find(QStringView name) const
{
    for (const auto &workload : workloads) {
        if (workload.name == name)
            return &workload;
    }
    return nullptr;
}

Capacity Deployment::capacity() const
{
    Capacity sum;
    for (const auto &workload : workloads)
        sum += workload.capacity();
    return sum;
}

QByteArray signedMessage(const QByteArray &challengeHash, QStringView style)
{
    if (style != u"polka-wallet")
        return challengeHash;
    return "<Bytes>" + challengeHash.toHex() + "</Bytes>";
}

} // namespace zos
