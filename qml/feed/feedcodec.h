// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QList>
#include <QString>

namespace zos::console {

// Cuts the byte stream of the feed into lines and judges each: bounded in size, valid JSON, the
// right schema, every value in range. Keeps nothing but the unfinished line.
class FeedCodec
{
public:
    static constexpr qsizetype maxLine = 256 * 1024;

    enum class Kind { Status, Beat, Invalid, OtherSchema };
    struct Message
    {
        Kind kind = Kind::Invalid;
        QJsonObject document; // Status only
        QString detail; // why it is invalid, or the name of the other schema
    };

    QList<Message> take(QByteArrayView bytes);
    void reset();

    static Message parse(QByteArrayView line);

private:
    QByteArray m_line;
    bool m_skipping = false; // the rest of a line that is too long
};

} // namespace zos::console
