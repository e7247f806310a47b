// SPDX-License-Identifier: Apache-2.0
#include "rmb/direct/http/httpanswerreader.h"

#include <QList>

#include <algorithm>

namespace zos::rmb {

namespace {
constexpr qsizetype kMaxHead = 16 << 10;
constexpr qsizetype kMaxBody = 64 << 10;
constexpr qsizetype kMaxLine = 1 << 10;
constexpr int kMaxTrailers = 64;

std::unexpected<Error> garbled(const QString &what)
{
    return fail(ErrorCode::Protocol, QStringLiteral("peer answered no valid HTTP: %1").arg(what));
}
} // namespace

Result<bool> HttpAnswerReader::feed(QByteArrayView bytes)
{
    m_buffer.append(bytes);
    m_begun = m_begun || !m_buffer.isEmpty();
    while (m_part == Part::Head) {
        const qsizetype end = m_buffer.indexOf("\r\n\r\n");
        // Of the end itself three bytes may be here already.
        if (end > kMaxHead || (end < 0 && m_buffer.size() > kMaxHead + 3))
            return garbled(QStringLiteral("head exceeds %1 bytes").arg(kMaxHead));
        if (end < 0)
            return false;
        const QByteArray head = m_buffer.first(end);
        m_buffer.remove(0, end + 4);
        if (auto read = readHead(head); !read)
            return fail(read.error());
        if (m_status >= 200)
            break;
        m_part = Part::Head; // 100 Continue and its kin
    }
    if (m_part == Part::Body) {
        const qsizetype size = m_untilClose ? m_buffer.size() : std::min(m_left, m_buffer.size());
        m_body.append(m_buffer.first(size));
        m_buffer.remove(0, size);
        m_left -= size;
        if (m_body.size() > kMaxBody)
            return garbled(QStringLiteral("body exceeds %1 bytes").arg(kMaxBody));
        if (!m_untilClose && m_left == 0)
            m_part = Part::Done;
    } else if (m_part != Part::Done) {
        return readChunked();
    }
    return m_part == Part::Done;
}

Result<> HttpAnswerReader::finish()
{
    if (m_part == Part::Body && m_untilClose)
        m_part = Part::Done;
    if (m_part != Part::Done)
        return fail(ErrorCode::Unavailable,
            QStringLiteral("peer closed the connection before it answered"));
    return {};
}

Result<> HttpAnswerReader::readHead(const QByteArray &head)
{
    const QList<QByteArray> lines = head.split('\n');
    const QByteArray &first = lines.first();
    bool isNumber = false;
    m_status = first.mid(9, 3).toInt(&isNumber);
    if (!first.startsWith("HTTP/1.") || !isNumber || m_status < 100 || m_status > 599)
        return garbled(QStringLiteral("status line"));
    m_keepAlive = !first.startsWith("HTTP/1.0");
    m_chunked = false;
    qsizetype length = -1;
    for (const QByteArray &line : lines.sliced(1)) {
        const qsizetype colon = line.indexOf(':');
        if (colon <= 0)
            return garbled(QStringLiteral("header line"));
        const QByteArray name = line.first(colon).trimmed().toLower();
        const QByteArray value = line.sliced(colon + 1).trimmed().toLower();
        if (name == "content-length") {
            bool ok = false;
            length = value.toLongLong(&ok);
            if (!ok || length < 0 || length > kMaxBody)
                return garbled(QStringLiteral("content length"));
        } else if (name == "transfer-encoding") {
            m_chunked = value == "chunked";
            if (!m_chunked)
                return garbled(QStringLiteral("transfer encoding"));
        } else if (name == "connection") {
            m_keepAlive = m_keepAlive ? value != "close" : value == "keep-alive";
        }
    }
    if (m_status == 204 || m_status == 304)
        length = 0;
    m_part = m_chunked ? Part::ChunkSize : Part::Body;
    m_untilClose = !m_chunked && length < 0;
    m_left = std::max<qsizetype>(length, 0);
    return {};
}

Result<bool> HttpAnswerReader::readLine(QByteArray &line)
{
    const qsizetype end = m_buffer.indexOf("\r\n");
    if (end > kMaxLine || (end < 0 && m_buffer.size() > kMaxLine + 1))
        return garbled(QStringLiteral("chunk line"));
    if (end < 0)
        return false;
    line = m_buffer.first(end);
    m_buffer.remove(0, end + 2);
    return true;
}

Result<bool> HttpAnswerReader::readChunked()
{
    for (;;) {
        QByteArray line;
        if (m_part == Part::ChunkData) {
            const qsizetype size = std::min(m_left, m_buffer.size());
            m_body.append(m_buffer.first(size));
            m_buffer.remove(0, size);
            m_left -= size;
            if (m_left > 0)
                return false;
            m_part = Part::ChunkEnd;
        }
        const auto complete = readLine(line);
        if (!complete || !*complete)
            return complete;
        if (m_part == Part::ChunkEnd) {
            if (!line.isEmpty())
                return garbled(QStringLiteral("chunk end"));
            m_part = Part::ChunkSize;
        } else if (m_part == Part::ChunkSize) {
            bool ok = false;
            m_left = line.first(line.indexOf(';') < 0 ? line.size() : line.indexOf(';'))
                         .trimmed()
                         .toLongLong(&ok, 16);
            if (!ok || m_left < 0 || m_body.size() + m_left > kMaxBody)
                return garbled(QStringLiteral("chunk size"));
            m_part = m_left == 0 ? Part::Trailer : Part::ChunkData;
        } else if (line.isEmpty()) {
            m_part = Part::Done;
            return true;
        } else if (++m_trailers > kMaxTrailers) {
            return garbled(QStringLiteral("trailer"));
        }
    }
}

} // namespace zos::rmb
