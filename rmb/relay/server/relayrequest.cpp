// SPDX-License-Identifier: Apache-2.0
#include "rmb/relay/server/relayrequest.h"

#include <algorithm>

namespace zos::rmb {

namespace {

std::unexpected<Error> badHead(const char *what)
{
    return fail(ErrorCode::Invalid, QString::fromLatin1(what));
}

bool isToken(QByteArrayView text)
{
    return !text.isEmpty()
        && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

} // namespace

Result<std::optional<RelayRequest>> RelayRequest::parse(QByteArrayView bytes)
{
    const qsizetype end = bytes.indexOf("\r\n\r\n");
    if (end < 0) {
        if (bytes.size() >= kMaxRelayHead)
            return badHead("header exceeds the limit");
        return std::optional<RelayRequest>();
    }
    RelayRequest request;
    request.headSize = end + 4;
    QByteArrayView rest = bytes.first(end);
    bool first = true;
    while (first || !rest.isEmpty()) {
        const qsizetype lineEnd = rest.indexOf("\r\n");
        const QByteArrayView line = lineEnd < 0 ? rest : rest.first(lineEnd);
        rest = lineEnd < 0 ? QByteArrayView() : rest.sliced(lineEnd + 2);
        if (std::exchange(first, false)) {
            const qsizetype method = line.indexOf(' ');
            const qsizetype target = line.lastIndexOf(' ');
            if (method <= 0 || target <= method || line.sliced(target + 1) != "HTTP/1.1"
                || !isToken(line.first(method)))
                return badHead("not HTTP/1.1");
            const QByteArrayView whole = line.sliced(method + 1, target - method - 1);
            const qsizetype query = whole.indexOf('?');
            request.method = line.first(method).toByteArray();
            request.path = (query < 0 ? whole : whole.first(query)).toByteArray();
            request.query = query < 0 ? QByteArray() : whole.sliced(query + 1).toByteArray();
            continue;
        }
        const qsizetype colon = line.indexOf(':');
        if (colon <= 0 || !isToken(line.first(colon)))
            return badHead("broken header line");
        const QByteArray name = line.first(colon).toByteArray().toLower();
        const QByteArrayView value = line.sliced(colon + 1).trimmed();
        // Two statements about the length are somebody's attempt to be read in two ways.
        if (name == "transfer-encoding" || (name == "content-length" && request.bodySize))
            return badHead("unsupported body");
        if (name == "content-length") {
            bool number = false;
            const qint64 size = value.toLongLong(&number);
            if (!number || size < 0 || value.startsWith('+'))
                return badHead("unsupported body");
            request.bodySize = size;
        }
    }
    return std::optional(std::move(request));
}

} // namespace zos::rmb
