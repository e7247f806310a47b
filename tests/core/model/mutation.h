// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArrayList>
#include <QRandomGenerator>

#include <algorithm>

namespace zos::testing {

// The text with one to three random edits that parsers find awkward. Never empty.
inline QByteArray mutated(const QByteArray &text, QRandomGenerator &random)
{
    static const QByteArrayList tokens { "null", "true", "-1", "18446744073709551616", "1e9",
        "\"\"", "[]", "{}", "[[[[", "\\ud800", "\xff\xfe", "::", "10.20.2.0/24", ",", "\"",
        "\"data\":", "\"type\":\"zdb\"", "0.5" };
    QByteArray copy = text;
    for (int edits = random.bounded(1, 4); edits > 0; --edits) {
        const auto at = random.bounded(copy.size() + 1);
        const auto length = std::min<qsizetype>(random.bounded(1, 9), copy.size() - at);
        switch (random.bounded(6)) {
        case 0:
            copy.remove(at, length);
            break;
        case 1:
            copy.insert(at, tokens[random.bounded(tokens.size())]);
            break;
        case 2:
            copy.replace(at, length, tokens[random.bounded(tokens.size())]);
            break;
        case 3:
            copy.insert(at, copy.mid(random.bounded(copy.size() + 1), random.bounded(64)));
            break;
        case 4:
            copy.truncate(std::max<qsizetype>(1, at));
            break;
        default:
            if (at < copy.size())
                copy[at] = static_cast<char>(random.bounded(256));
        }
        if (copy.isEmpty())
            copy = "{";
    }
    return copy;
}

} // namespace zos::testing
