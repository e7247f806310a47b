// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"

#include <QUrl>

namespace zos::hw {

// What a tenant wrote as image: http, https or file, perhaps pinned by "#sha256=<64 hex digits>".
struct ImageUrl
{
    QUrl url; // without fragment
    QString sha256; // lower case, empty when not pinned

    static Result<ImageUrl> parse(const QString &text);
};

} // namespace zos::hw
