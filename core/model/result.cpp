// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "core/model/fields.h"
#include "core/model/timestamp.h"

#include <array>

namespace zos {

namespace {

struct StateText
{
    ResultState state;
    QLatin1StringView text;
};

constexpr std::array kStates {
    StateText { ResultState::Init, QLatin1StringView("init") },
    StateText { ResultState::Ok, QLatin1StringView("ok") },
    StateText { ResultState::Error, QLatin1StringView("error") },
    StateText { ResultState::Deleted, QLatin1StringView("deleted") },
    StateText { ResultState::Paused, QLatin1StringView("paused") },
    StateText { ResultState::Unchanged, QLatin1StringView("unchanged") },
};

} // namespace

QString stateName(ResultState state)
{
    for (const auto &entry : kStates) {
        if (entry.state == state)
            return entry.text;
    }
    return {};
}

Result<ResultState> resultStateFrom(QStringView text)
{
    for (const auto &entry : kStates) {
        if (entry.text == text)
            return entry.state;
    }
    return fail(ErrorCode::Invalid,
        QStringLiteral("unknown result state '%1'")
            .arg(text.first(std::min<qsizetype>(text.size(), 32))));
}

QByteArray WorkloadResult::toJson() const
{
    JsonWriter json;
    json.object().key(u"created").signedNumber(created).key(u"state").string(stateName(state));
    json.key(u"message").string(message);
    json.key(u"data").raw(data.isEmpty() ? QByteArrayView("null") : QByteArrayView(data)).end();
    return json.text();
}

Result<WorkloadResult> WorkloadResult::fromJson(const Json &json)
{
    WorkloadResult result;
    QString state;
    auto read = JsonFields(json)
                    .each(u"created",
                        [&](const Json &value) { return readTimestamp(value, result.created); })
                    .text(u"state", state)
                    .text(u"message", result.message)
                    .each(u"data",
                        [&](const Json &value) -> Result<> {
                            result.data = value.raw();
                            return {};
                        })
                    .finish();
    if (!read)
        return fail(read.error());
    const auto known = resultStateFrom(state);
    if (!known)
        return fail(known.error());
    result.state = *known;
    return result;
}

} // namespace zos
