// SPDX-License-Identifier: Apache-2.0
#include "core/model/capacity.h"

#include "core/base/json.h"

namespace zos {

QByteArray Capacity::toJson() const
{
    JsonWriter json;
    json.object()
        .key(u"cru")
        .number(cru)
        .key(u"sru")
        .number(sru.count())
        .key(u"hru")
        .number(hru.count());
    json.key(u"mru").number(mru.count()).key(u"ipv4u").number(ipv4u).end();
    return json.text();
}

} // namespace zos
