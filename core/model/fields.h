// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/json.h"
#include "core/base/units.h"
#include "core/model/limits.h"
#include "core/model/netvalues.h"

#include <QStringList>

#include <concepts>

namespace zos {

// Reads the members of one object into variables with the rules of Go's encoding/json that client
// hashes depend on: names match without case, a repeated member is applied again on top of the
// first (so objects merge and the last scalar wins), null leaves a scalar as it is and empties
// lists. The first error sticks and is reported by finish().
class JsonFields
{
public:
    explicit JsonFields(const Json &object); // null reads as an object without members

    // use(const Json &) -> Result<> for every member of that name, in written order.
    template <class Use> JsonFields &each(QStringView name, Use use)
    {
        if (!m_object)
            return *this;
        m_known += name;
        for (const auto &[key, value] : m_object->members()) {
            if (!m_error && matches(key, name))
                note(name, use(value));
        }
        return *this;
    }
    template <std::unsigned_integral T> JsonFields &number(QStringView name, T &value)
    {
        return each(name, [&](const Json &json) { return read(json, value); });
    }
    // A struct with a function Result<> decode(const Json &, T &).
    template <class T, class Decode> JsonFields &object(QStringView name, T &value, Decode decode)
    {
        return each(name, [&](const Json &json) { return decode(json, value); });
    }
    template <class T, class Decode>
    JsonFields &list(QStringView name, QList<T> &values, qsizetype max, Decode decode)
    {
        return each(name, [&](const Json &json) -> Result<> {
            values.clear();
            if (auto usable = isList(json, max); !usable)
                return usable;
            values.reserve(json.items().size());
            for (const Json &item : json.items()) {
                T value {};
                if (auto done = decode(item, value); !done)
                    return fail(placed(u'[' + QString::number(values.size()) + u']', done.error()));
                values += std::move(value);
            }
            return {};
        });
    }
    JsonFields &flag(QStringView name, bool &value);
    JsonFields &text(QStringView name, QString &value);
    JsonFields &texts(QStringView name, QStringList &values, qsizetype max);
    JsonFields &address(QStringView name, IpAddress &value);
    JsonFields &net(QStringView name, IpNet &value);
    JsonFields &hex(QStringView name, QByteArray &value);
    JsonFields &size(QStringView name, Bytes &value);

    // All members whose names were not asked for so far, as an object in the order written; empty
    // when there are none. At most limits::unknownBytes.
    JsonFields &others(QByteArray &object);

    Result<> finish() const;

    // One value each; what a member of that type accepts.
    template <std::unsigned_integral T> static Result<> read(const Json &json, T &value)
    {
        quint64 wide = value;
        auto done = readUnsigned(json, std::numeric_limits<T>::max(), wide);
        value = static_cast<T>(wide);
        return done;
    }
    static Result<> readText(const Json &json, QString &value, qsizetype max = limits::textBytes);
    static Result<> readAddress(const Json &json, IpAddress &value);
    static Result<> readNet(const Json &json, IpNet &value);

private:
    static bool matches(const QString &key, QStringView name);
    static Result<> readUnsigned(const Json &json, quint64 max, quint64 &value);
    // peers[2].subnet: reason
    static Error placed(const QString &place, const Error &error);
    static Result<> isList(const Json &json, qsizetype max);
    void note(QStringView name, Result<> outcome);

    const Json *m_object = nullptr;
    QList<QStringView> m_known;
    std::optional<Error> m_error;
};

} // namespace zos
