// SPDX-License-Identifier: Apache-2.0
#include "qml/feed/feedcodec.h"

#include "qml/feed/documentrules.h"

#include <QJsonDocument>
#include <QJsonParseError>

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;
constexpr QLatin1StringView ownSchema("zos.console/1");
} // namespace

QList<FeedCodec::Message> FeedCodec::take(QByteArrayView bytes)
{
    QList<Message> messages;
    while (!bytes.isEmpty()) {
        const qsizetype end = bytes.indexOf('\n');
        const QByteArrayView part = end < 0 ? bytes : bytes.first(end);
        bytes = end < 0 ? QByteArrayView() : bytes.sliced(end + 1);
        if (!m_skipping && m_line.size() + part.size() > maxLine) {
            m_skipping = true;
            m_line.clear();
            messages += Message { Kind::Invalid, {}, u"longer than 256 KiB"_s };
        }
        if (!m_skipping)
            m_line += part;
        if (end < 0)
            break;
        if (!m_skipping)
            messages += parse(m_line);
        m_skipping = false;
        m_line.clear();
    }
    return messages;
}

void FeedCodec::reset()
{
    m_line.clear();
    m_skipping = false;
}

FeedCodec::Message FeedCodec::parse(QByteArrayView line)
{
    if (line.size() > maxLine)
        return { Kind::Invalid, {}, u"longer than 256 KiB"_s };
    QJsonParseError error;
    const QJsonDocument json = QJsonDocument::fromJson(line.toByteArray(), &error);
    if (!json.isObject())
        return { Kind::Invalid, {}, u"not a JSON object: "_s + error.errorString() };
    const QJsonObject document = json.object();
    const QString schema = document["schema"_L1].toString();
    if (schema != ownSchema) {
        const bool related = schema.startsWith("zos.console/"_L1) && schema.size() <= 24;
        return { related ? Kind::OtherSchema : Kind::Invalid, {},
            related ? schema : u"not a status"_s };
    }
    const QString kind = document["kind"_L1].toString();
    if (kind == "beat"_L1)
        return { Kind::Beat, {}, {} };
    if (kind != "status"_L1)
        return { Kind::Invalid, {}, u"unknown kind"_s };
    const QString violation = documentViolation(document);
    if (!violation.isEmpty())
        return { Kind::Invalid, {}, violation };
    return { Kind::Status, document, {} };
}

} // namespace zos::console
