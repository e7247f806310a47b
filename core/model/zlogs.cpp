// SPDX-License-Identifier: Apache-2.0
#include "core/model/zlogs.h"

#include "core/model/challenge.h"
#include "core/model/fields.h"

namespace zos {

namespace {

// Scheme of an address as Go's net/url sees it: lower case, "" when there is none.
QString urlScheme(const QString &address)
{
    const auto colon = address.indexOf(u':');
    const auto isLetter
        = [](QChar c) { return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z'); };
    if (colon < 1 || !isLetter(address[0]))
        return {};
    for (const QChar c : QStringView(address).first(colon)) {
        if (!isLetter(c) && !(c >= u'0' && c <= u'9') && c != u'+' && c != u'-' && c != u'.')
            return {};
    }
    return address.first(colon).toLower();
}

} // namespace

Result<std::shared_ptr<const WorkloadData>> ZLogs::decode(const Json &data)
{
    auto decoded = std::make_shared<ZLogs>();
    auto read = JsonFields(data)
                    .text(u"zmachine", decoded->machine)
                    .text(u"output", decoded->output)
                    .finish();
    if (!read)
        return fail(read.error());
    return decoded;
}

void ZLogs::appendChallenge(QByteArray &text) const
{
    Challenge(text).text(machine).text(output);
}

Result<> ZLogs::validate(const Deployment &deployment, const Workload &) const
{
    const auto *source = deployment.find(machine);
    if (!source || source->type != u"zmachine")
        return fail(
            ErrorCode::Invalid, QStringLiteral("no zmachine with name '%1' found").arg(machine));
    const QString scheme = urlScheme(output);
    if (scheme != u"redis" && scheme != u"ws" && scheme != u"wss")
        return fail(ErrorCode::Invalid,
            QStringLiteral("invalid output schema '%1' not supported").arg(scheme));
    return {};
}

} // namespace zos
