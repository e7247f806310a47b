// SPDX-License-Identifier: Apache-2.0
#include "core/health/selftestrunner.h"

#include "core/base/json.h"
#include "core/base/logging.h"

#include <QFile>
#include <QRandomGenerator>
#include <QSaveFile>

#include <algorithm>

namespace zos {

namespace {

constexpr qint64 kLargestFile = 1 << 20;

// Nothing when it is none of ours.
std::optional<SelfTestResult> readResult(const Json &json)
{
    const auto text = [&json](QStringView name) {
        const auto *member = json.findExact(name);
        return member && member->isString() ? member->string() : QString();
    };
    const auto *timestamp = json.findExact(u"timestamp");
    const auto *result = json.findExact(u"result");
    const auto *troubles = json.findExact(u"troubles");
    if (!timestamp || !timestamp->isNumber() || !timestamp->toSigned() || !result || !troubles
        || !troubles->isArray() || !(result->isArray() || result->isObject()))
        return {};
    SelfTestResult read { text(u"name"), text(u"description"), *timestamp->toSigned(),
        result->raw(), {} };
    for (const auto &trouble : troubles->items())
        read.troubles += trouble.string();
    return read;
}

} // namespace

std::chrono::seconds nextSelfTest(std::chrono::seconds now, std::chrono::seconds every)
{
    return (now / every + 1) * every;
}

SelfTestRunner::SelfTestRunner(SelfTests &results, const Clock &clock, QString file, QString bootId)
    : m_results(results)
    , m_clock(clock)
    , m_file(std::move(file))
    , m_bootId(std::move(bootId))
    , m_agenda(clock)
{
}

void SelfTestRunner::add(SelfTestPlan plan, Run run)
{
    m_tests.push_back({ std::move(plan), std::move(run) });
}

void SelfTestRunner::start()
{
    load();
    for (const auto &test : m_tests) {
        if (test.plan.eachStart || !m_results.find(test.plan.name))
            m_agenda.at(test.plan.name, test.plan.afterStart, [this, &test] { begin(test); });
        else
            schedule(test);
    }
}

Task<void> SelfTestRunner::stop()
{
    m_agenda.clear();
    co_await m_tasks.finish();
    m_agenda.clear();
}

void SelfTestRunner::schedule(const Test &test)
{
    const auto now = m_clock.now();
    const auto next = nextSelfTest(std::chrono::floor<std::chrono::seconds>(now), test.plan.every);
    const auto later = std::chrono::seconds(
        QRandomGenerator::global()->bounded(qint64(test.plan.jitter.count()) + 1));
    m_agenda.at(test.plan.name, next + later - now, [this, &test] { begin(test); });
}

void SelfTestRunner::begin(const Test &test)
{
    m_tasks.spawn(make(&test));
}

Task<void> SelfTestRunner::make(const Test *test)
{
    auto result = co_await test->run();
    if (m_tasks.token().cancelled())
        co_return;
    for (const auto &trouble : std::as_const(result.troubles))
        qCWarning(lcNode).noquote() << "self test" << result.name << "found:" << trouble;
    m_results.put(std::move(result));
    save();
    schedule(*test);
}

void SelfTestRunner::load()
{
    QFile file(m_file);
    if (!file.open(QIODevice::ReadOnly) || file.size() > kLargestFile)
        return;
    const auto json = Json::parse(file.readAll());
    const auto *boot = json ? json->findExact(u"boot") : nullptr;
    const auto *results = json ? json->findExact(u"results") : nullptr;
    if (!boot || !boot->isString() || boot->string() != m_bootId || !results)
        return;
    for (const auto &item : results->items()) {
        auto result = readResult(item);
        const auto isIt
            = [&result](const Test &test) { return result && test.plan.name == result->name; };
        if (std::ranges::any_of(m_tests, isIt))
            m_results.put(std::move(*result));
    }
}

void SelfTestRunner::save() const
{
    JsonWriter json;
    json.object().key(u"boot").string(m_bootId).key(u"results").array();
    for (const auto &result : m_results.all()) {
        json.object().key(u"name").string(result.name);
        json.key(u"description").string(result.description);
        json.key(u"timestamp").signedNumber(result.timestamp);
        json.key(u"result").raw(result.result).key(u"troubles").array();
        for (const auto &trouble : result.troubles)
            json.string(trouble);
        json.end().end();
    }
    json.end().end();
    QSaveFile file(m_file);
    if (!file.open(QIODevice::WriteOnly) || file.write(json.text()) < 0 || !file.commit())
        qCWarning(lcNode).noquote()
            << "the results of self tests cannot be kept:" << file.errorString();
}

} // namespace zos
