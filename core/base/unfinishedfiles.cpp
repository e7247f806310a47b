// SPDX-License-Identifier: Apache-2.0
#include "core/base/unfinishedfiles.h"

#include <QDir>

#include <algorithm>

namespace zos {

void removeUnfinishedFiles(const QString &folder, const QStringList &names)
{
    constexpr qsizetype kLetters = 6;
    QStringList patterns;
    for (const auto &name : names)
        patterns += name + QStringLiteral(".??????");
    QDir dir(folder);
    for (const auto &name : dir.entryList(patterns, QDir::Files | QDir::Hidden)) {
        const auto letters = QStringView(name).last(kLetters);
        const bool random = std::ranges::all_of(
            letters, [](QChar letter) { return letter.unicode() < 128 && letter.isLetter(); });
        if (random)
            dir.remove(name);
    }
}

} // namespace zos
