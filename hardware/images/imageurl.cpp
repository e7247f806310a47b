// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/imageurl.h"

#include "core/base/encoding.h"
#include "hardware/images/squashfsfile.h"

namespace zos::hw {

Result<ImageUrl> ImageUrl::parse(const QString &text)
{
    ImageUrl image;
    image.url = QUrl(text, QUrl::StrictMode);
    const auto scheme = image.url.scheme();
    const bool web = scheme == u"http" || scheme == u"https";
    if (text.size() > 2048 || !image.url.isValid() || (!web && scheme != u"file")
        || (web && image.url.host().isEmpty())
        || (!web && (!image.url.host().isEmpty() || !image.url.path().startsWith(u'/'))))
        return fail(ErrorCode::Invalid,
            QStringLiteral("not the URL of an image: http://, https:// or file:// is needed"));
    const auto path = image.url.path();
    if (path.endsWith(u".flist") || path.endsWith(u".fl"))
        return fail(ErrorCode::Invalid, flistRefusal());
    const auto fragment = image.url.fragment();
    if (fragment.startsWith(u"sha256=")) {
        image.sha256 = fragment.mid(7).toLower();
        if (image.sha256.size() != 64 || !strictHex(image.sha256.toLatin1()))
            return fail(ErrorCode::Invalid, QStringLiteral("#sha256= needs 64 hex digits"));
    } else if (!fragment.isEmpty()) {
        return fail(
            ErrorCode::Invalid, QStringLiteral("only #sha256=<hex> may follow an image's URL"));
    }
    image.url.setFragment({});
    return image;
}

} // namespace zos::hw
