// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QByteArray>

namespace zos::rmb {

// Reads one HTTP/1.1 answer from a stream of bytes, piece by piece and bounded.
class HttpAnswerReader
{
public:
    // True when the answer is complete. Protocol errors are final.
    Result<bool> feed(QByteArrayView bytes);
    // The peer closed: completes an answer without a length, else Unavailable.
    Result<> finish();

    bool begun() const { return m_begun; }
    bool keepAlive() const { return m_keepAlive && !m_untilClose && m_buffer.isEmpty(); }
    int status() const { return m_status; }
    const QByteArray &body() const { return m_body; }

private:
    enum class Part { Head, Body, ChunkSize, ChunkData, ChunkEnd, Trailer, Done };
    Result<> readHead(const QByteArray &head);
    Result<bool> readLine(QByteArray &line); // false = not complete yet
    Result<bool> readChunked();

    QByteArray m_buffer;
    QByteArray m_body;
    Part m_part = Part::Head;
    qsizetype m_left = 0; // of the body or of the chunk
    int m_status = 0;
    int m_trailers = 0;
    bool m_begun = false;
    bool m_keepAlive = true;
    bool m_untilClose = false;
    bool m_chunked = false;
};

} // namespace zos::rmb
