// SPDX-License-Identifier: Apache-2.0
#include "qml/feed/documentrules.h"

#include <QJsonArray>

#include <cmath>
#include <memory>
#include <vector>

namespace zos::console {

namespace {
using namespace Qt::StringLiterals;

struct Member;

struct Rule
{
    enum class Type { Integer, Number, Text, Bool, Object, List, Params };

    Type type = Type::Text;
    double min = 0;
    double max = 0;
    qsizetype size = 0; // longest text or list
    bool mayBeNull = false;
    std::shared_ptr<const std::vector<Member>> members {}; // of an object
    std::shared_ptr<const Rule> item {}; // of a list
};

struct Member
{
    QString name;
    Rule rule;
    bool optional = false;
};

constexpr double largest = 9.3e18;
constexpr double largestId = 4294967295.0;

Rule integer(double min = 0, double max = largest)
{
    return { Rule::Type::Integer, min, max };
}
Rule number(double min = 0, double max = largest)
{
    return { Rule::Type::Number, min, max };
}
Rule text(qsizetype size)
{
    return { Rule::Type::Text, 0, 0, size };
}
Rule word()
{
    return text(48);
}
Rule flag()
{
    return { Rule::Type::Bool };
}
Rule params()
{
    return { Rule::Type::Params };
}
Rule object(std::vector<Member> members)
{
    return { Rule::Type::Object, 0, 0, 0, false,
        std::make_shared<const std::vector<Member>>(std::move(members)) };
}
Rule list(qsizetype size, Rule item)
{
    return { Rule::Type::List, 0, 0, size, false, {},
        std::make_shared<const Rule>(std::move(item)) };
}
Rule orNull(Rule rule)
{
    rule.mayBeNull = true;
    return rule;
}

Rule nodeRule()
{
    return object({ { u"id"_s, orNull(integer(0, largestId)) },
        { u"twin_id"_s, orNull(integer(0, largestId)) }, { u"account"_s, orNull(text(64)) },
        { u"hostname"_s, text(64) }, { u"version"_s, text(48) }, { u"kernel"_s, text(64) },
        { u"arch"_s, text(16) }, { u"uptime_s"_s, integer() },
        { u"hardware"_s,
            object({ { u"vendor"_s, text(64) }, { u"product"_s, text(64) },
                { u"serial_tail"_s, orNull(text(4)) }, { u"cpu_model"_s, text(96) },
                { u"cpu_threads"_s, integer() }, { u"virtualized"_s, orNull(text(32)) } }) },
        { u"secure_boot"_s, word() }, { u"tpm"_s, word() }, { u"kvm"_s, flag() },
        { u"registration"_s,
            object({ { u"state"_s, word() }, { u"code"_s, orNull(word()) },
                { u"params"_s, params() }, { u"since_ms"_s, orNull(integer()) } }) },
        { u"power"_s, object({ { u"state"_s, word() }, { u"target"_s, word() } }), true } });
}

Rule capacityRule()
{
    const Rule amount = object({ { u"total"_s, integer() }, { u"system"_s, integer() },
        { u"reserved"_s, integer() }, { u"used"_s, orNull(integer()) } });
    return object({ { u"cru"_s, amount }, { u"mru"_s, amount }, { u"sru"_s, amount },
        { u"hru"_s, amount }, { u"ipv4"_s, amount } });
}

Rule netRule()
{
    const Rule address = text(64);
    const Rule nic = object({ { u"name"_s, text(32) }, { u"mac"_s, text(17) },
        { u"driver"_s, text(32) }, { u"state"_s, word() }, { u"carrier"_s, flag() },
        { u"speed_mbps"_s, orNull(integer()) }, { u"role"_s, list(3, word()) },
        { u"addresses"_s, list(8, address) }, { u"rx_bps"_s, orNull(integer()) },
        { u"tx_bps"_s, orNull(integer()) }, { u"errors"_s, integer() } });
    return object({ { u"nics"_s, list(32, nic) },
        { u"bridge"_s,
            object({ { u"name"_s, text(16) }, { u"addresses"_s, list(8, address) },
                { u"gateway4"_s, orNull(address) }, { u"gateway6"_s, orNull(address) } }) },
        { u"dns"_s, list(6, address) },
        { u"ygg"_s,
            object({ { u"address"_s, orNull(address) }, { u"subnet"_s, orNull(address) },
                { u"peers"_s, integer() } }) },
        { u"mycelium"_s, object({ { u"address"_s, orNull(address) }, { u"peers"_s, integer() } }) },
        { u"exit"_s, object({ { u"mode"_s, word() }, { u"nic"_s, orNull(text(32)) } }) },
        { u"wg_ports"_s, integer() },
        { u"public"_s,
            object({ { u"set"_s, flag() }, { u"type"_s, word() }, { u"ipv4"_s, orNull(address) },
                { u"gw4"_s, orNull(address) }, { u"ipv6"_s, orNull(address) },
                { u"gw6"_s, orNull(address) }, { u"domain"_s, orNull(text(255)) } }) },
        { u"vlan"_s,
            object({ { u"private"_s, orNull(integer(1, 4094)) },
                { u"public"_s, orNull(integer(1, 4094)) } }) } });
}

Rule storageRule()
{
    const Rule controller = object({ { u"id"_s, text(32) }, { u"model"_s, text(96) },
        { u"driver"_s, text(32) }, { u"mode"_s, word() }, { u"state"_s, word() } });
    const Rule disk = object({ { u"name"_s, text(32) }, { u"model"_s, text(96) },
        { u"serial"_s, text(64) }, { u"kind"_s, word() }, { u"bus"_s, word() },
        { u"slot"_s, orNull(text(16)) }, { u"size"_s, integer() }, { u"state"_s, word() },
        { u"codes"_s, list(6, word()) }, { u"params"_s, params() }, { u"smart"_s, word() },
        { u"temp_c"_s, orNull(integer(-40, 150)) }, { u"power_on_h"_s, orNull(integer()) },
        { u"wear_pct"_s, orNull(integer(0, 255)) }, { u"reallocated"_s, orNull(integer()) },
        { u"pending"_s, orNull(integer()) }, { u"pool"_s, orNull(text(40)) },
        { u"role"_s, word() } });
    const Rule pool = object({ { u"id"_s, text(40) }, { u"kind"_s, word() }, { u"role"_s, word() },
        { u"state"_s, word() }, { u"codes"_s, list(6, word()) }, { u"total"_s, integer() },
        { u"reserved"_s, integer() }, { u"used"_s, integer() }, { u"disks"_s, list(16, text(32)) },
        { u"profile"_s, word() }, { u"asleep"_s, flag() },
        { u"scrub"_s,
            object(
                { { u"last_ms"_s, orNull(integer()) }, { u"errors"_s, orNull(integer()) } }) } });
    return object({ { u"controllers"_s, list(16, controller) }, { u"disks"_s, list(128, disk) },
        { u"pools"_s, list(128, pool) },
        { u"cache"_s,
            object({ { u"state"_s, word() }, { u"total"_s, orNull(integer()) },
                { u"used"_s, orNull(integer()) } }) } });
}

Rule workloadsRule()
{
    const Rule item = object({ { u"key"_s, text(64) }, { u"type"_s, text(32) },
        { u"state"_s, word() }, { u"contract_id"_s, integer() },
        { u"twin_id"_s, integer(0, largestId) }, { u"cru"_s, integer() }, { u"mru"_s, integer() },
        { u"sru"_s, integer() }, { u"hru"_s, integer() }, { u"created_ms"_s, orNull(integer()) },
        { u"code"_s, orNull(word()) }, { u"message"_s, orNull(text(160)) } });
    return object({ { u"deployments"_s, integer() }, { u"total"_s, integer() },
        { u"by_state"_s,
            object({ { u"ok"_s, integer() }, { u"error"_s, integer() }, { u"paused"_s, integer() },
                { u"init"_s, integer() } }) },
        { u"items"_s, list(200, item) }, { u"truncated"_s, flag() } });
}

Rule updateRule()
{
    return object({ { u"state"_s, word() }, { u"current"_s, text(48) },
        { u"target"_s, orNull(text(48)) }, { u"progress"_s, orNull(number(0, 1)) },
        { u"slot"_s, word() }, { u"code"_s, orNull(word()) }, { u"params"_s, params() },
        { u"next_check_ms"_s, orNull(integer()) }, { u"last_boot_bad"_s, flag() } });
}

Rule statusRule()
{
    const Rule connection = object({ { u"id"_s, word() }, { u"state"_s, word() },
        { u"code"_s, word() }, { u"params"_s, params() }, { u"latency_ms"_s, orNull(number()) },
        { u"since_ms"_s, orNull(integer()) } });
    const Rule alert = object({ { u"key"_s, text(80) }, { u"code"_s, word() },
        { u"ref"_s, text(20) }, { u"severity"_s, word() }, { u"since_ms"_s, integer() },
        { u"params"_s, params() }, { u"count"_s, integer(1) } });
    const Rule logLine = object({ { u"seq"_s, integer() }, { u"t_ms"_s, integer() },
        { u"level"_s, word() }, { u"unit"_s, text(16) }, { u"msg"_s, text(240) } });
    const Rule step
        = object({ { u"id"_s, word() }, { u"state"_s, word() }, { u"code"_s, orNull(word()) },
            { u"params"_s, params() }, { u"started_ms"_s, orNull(integer()) } });
    return object({ { u"schema"_s, word() }, { u"kind"_s, word() }, { u"seq"_s, integer() },
        { u"sent_ms"_s, integer() }, { u"mono_ms"_s, integer() },
        { u"stale_after_ms"_s, integer(2000, 60000) }, { u"phase"_s, word() },
        { u"health"_s,
            object(
                { { u"level"_s, word() }, { u"warn"_s, integer() }, { u"crit"_s, integer() } }) },
        { u"node"_s, nodeRule() },
        { u"farm"_s,
            object({ { u"id"_s, orNull(integer(0, largestId)) }, { u"name"_s, orNull(text(64)) },
                { u"state"_s, word() } }) },
        { u"network"_s, object({ { u"name"_s, word() }, { u"runmode"_s, text(16) } }) },
        { u"capacity"_s, capacityRule(), true },
        { u"usage"_s,
            object({ { u"cpu"_s, orNull(number(0, 1)) }, { u"load1"_s, orNull(number()) },
                { u"mem"_s, orNull(number(0, 1)) }, { u"sample_s"_s, integer(1) } }),
            true },
        { u"connections"_s, list(16, connection), true }, { u"net"_s, netRule(), true },
        { u"storage"_s, storageRule(), true }, { u"workloads"_s, workloadsRule(), true },
        { u"alerts"_s, list(32, alert), true }, { u"log"_s, list(60, logLine), true },
        { u"boot"_s,
            object({ { u"step"_s, integer() }, { u"steps"_s, list(12, step) },
                { u"attempt"_s, integer(1) } }) },
        { u"update"_s, updateRule(), true },
        { u"time"_s,
            object({ { u"synced"_s, flag() }, { u"source"_s, orNull(text(128)) },
                { u"offset_ms"_s, orNull(number(-largest)) }, { u"zone"_s, text(48) },
                { u"utc_offset_s"_s, integer(-50400, 50400) } }) },
        { u"links"_s,
            object({ { u"node_page"_s, orNull(text(200)) }, { u"help"_s, orNull(text(200)) } }),
            true },
        { u"display"_s,
            object({ { u"language"_s, text(5) }, { u"rotate"_s, flag() },
                { u"dim_after_s"_s, integer() }, { u"blank"_s, word() }, { u"seconds"_s, flag() },
                { u"keys"_s, flag() } }) } });
}

QString violation(const Rule &rule, const QJsonValue &value, const QString &path);

QString objectViolation(const Rule &rule, const QJsonObject &object, const QString &path)
{
    for (const auto &member : *rule.members) {
        const QJsonValue value = object[member.name];
        if (value.isUndefined()) {
            if (!member.optional)
                return path + u": no "_s + member.name;
            continue;
        }
        if (const QString bad = violation(member.rule, value, path + u'.' + member.name);
            !bad.isEmpty())
            return bad;
    }
    return {};
}

bool areParams(const QJsonObject &object)
{
    if (object.size() > 12)
        return false;
    for (const QJsonValue value : object)
        if (!value.isDouble() && !(value.isString() && value.toString().size() <= 320))
            return false;
    return true;
}

bool isLonger(const QString &value, qsizetype limit)
{
    // The limit counts characters; only texts near it need the exact count.
    return value.size() > limit && (value.size() > 2 * limit || value.toUcs4().size() > limit);
}

QString violation(const Rule &rule, const QJsonValue &value, const QString &path)
{
    using Type = Rule::Type;
    if (value.isNull())
        return rule.mayBeNull ? QString() : path + u": is null"_s;
    switch (rule.type) {
    case Type::Integer:
    case Type::Number:
        if (!value.isDouble() || value.toDouble() < rule.min || value.toDouble() > rule.max)
            return path + u": not a number in range"_s;
        if (rule.type == Type::Integer && std::floor(value.toDouble()) != value.toDouble())
            return path + u": not an integer"_s;
        return {};
    case Type::Text:
        return value.isString() && !isLonger(value.toString(), rule.size)
            ? QString()
            : path + u": not a text in bounds"_s;
    case Type::Bool:
        return value.isBool() ? QString() : path + u": not true or false"_s;
    case Type::Params:
        return value.isObject() && areParams(value.toObject()) ? QString()
                                                               : path + u": not flat parameters"_s;
    case Type::Object:
        return value.isObject() ? objectViolation(rule, value.toObject(), path)
                                : path + u": not an object"_s;
    case Type::List:
        break;
    }
    const QJsonArray items = value.toArray();
    if (!value.isArray() || items.size() > rule.size)
        return path + u": not a list in bounds"_s;
    for (const auto &item : items)
        if (const QString bad = violation(*rule.item, item, path); !bad.isEmpty())
            return bad;
    return {};
}
} // namespace

QString documentViolation(const QJsonObject &document)
{
    static const Rule rule = statusRule();
    return violation(rule, document, u"status"_s);
}

} // namespace zos::console
