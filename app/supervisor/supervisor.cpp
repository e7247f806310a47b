// SPDX-License-Identifier: Apache-2.0
#include "app/supervisor/supervisor.h"

#include "core/base/logging.h"
#include "hardware/process/serviceprotocol.h"

#include <QFile>
#include <QSaveFile>

#include <signal.h>

namespace zos::app {

namespace {

using namespace std::chrono_literals;

constexpr qint64 kMaxLog = 1 << 20;
constexpr std::size_t kMaxServices = 1024;

// The service writes to the file itself and goes on doing so: the content is copied away and the
// file emptied (it is open for appending). Output written in between is lost, which is bearable.
void rotateLog(const QString &path)
{
    QFile file(path);
    if (file.size() <= kMaxLog || !file.open(QIODevice::ReadWrite | QIODevice::ExistingOnly))
        return;
    file.seek(std::max<qint64>(0, file.size() - kMaxLog));
    QSaveFile old(path + QStringLiteral(".1"));
    if (old.open(QIODevice::WriteOnly) && old.write(file.read(kMaxLog)) >= 0)
        old.commit();
    file.resize(0);
}

} // namespace

Supervisor::Supervisor(QString stateFile)
    : m_stateFile(std::move(stateFile))
{
    connect(&m_rotation, &QTimer::timeout, this, [this] { rotateLogs(); });
    m_rotation.start(2s);
}

Supervisor::~Supervisor() = default;

QByteArray Supervisor::marker(const QString &name) const
{
    return "ZOS_SERVICE=" + name.toUtf8() + '@' + m_stateFile.toUtf8();
}

void Supervisor::restore()
{
    QFile file(m_stateFile);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const auto json = Json::parse(file.read(4 << 20));
    const auto *boot = json ? json->findExact(u"boot") : nullptr;
    const auto *services = json ? json->findExact(u"services") : nullptr;
    if (!boot || !services || boot->string() != bootId())
        return; // another boot: nothing of it runs, and the node asks for what it wants
    for (const auto &item : services->items()) {
        const auto *specJson = item.findExact(u"spec");
        const auto *pid = item.findExact(u"pid");
        const auto *startTime = item.findExact(u"startTime");
        const auto *starts = item.findExact(u"starts");
        const auto spec = specJson ? hw::serviceprotocol::readSpec(*specJson)
                                   : Result<ServiceSpec>(fail(ErrorCode::Corrupt, {}));
        if (!spec || !pid || !startTime || !starts)
            continue;
        auto &service = add(*spec);
        service.state.starts = static_cast<int>(starts->toUnsigned(1 << 30).value_or(0));
        const ProcessIdentity known { pid->toSigned().value_or(0),
            startTime->toUnsigned().value_or(0) };
        service.process = ServiceProcess::adopt(known);
        if (!service.process) {
            // Killed between fork and writing the state: the process carries a mark.
            if (const auto found = findMarkedProcess(marker(spec->name)))
                service.process = ServiceProcess::adopt(*found);
        }
        if (service.process) {
            qCInfo(lcServices).noquote()
                << "adopted" << spec->name << "pid" << service.process->identity().pid;
            watch(service);
        } else if (service.spec.restart) {
            service.again.start(0ms);
        }
    }
    save();
}

Supervisor::Service &Supervisor::add(const ServiceSpec &spec)
{
    auto made = std::make_unique<Service>();
    auto &service = *made;
    service.spec = spec;
    service.state.name = spec.name;
    service.again.setSingleShot(true);
    service.patience.setSingleShot(true);
    connect(&service.again, &QTimer::timeout, this, [this, &service] {
        if (const auto launched = launch(service); !launched)
            qCWarning(lcServices).noquote() << service.spec.name << launched.error().what;
    });
    connect(&service.patience, &QTimer::timeout, this, [&service] {
        if (service.process)
            service.process->signal(SIGKILL);
    });
    m_services[spec.name] = std::move(made);
    return service;
}

void Supervisor::watch(Service &service)
{
    service.state.running = true;
    service.state.pid = service.process->identity().pid;
    service.since.start();
    connect(
        service.process.get(), &ServiceProcess::ended, this,
        [this, name = service.spec.name](const QString &how) { onEnded(name, how); },
        Qt::QueuedConnection);
}

Result<> Supervisor::launch(Service &service)
{
    service.again.stop();
    save(); // the name first: a process without an entry would never be found again
    auto process = ServiceProcess::start(service.spec, marker(service.spec.name));
    ++service.state.starts;
    if (!process) {
        service.state.lastExit = process.error().what;
        if (service.spec.restart) {
            service.again.start(service.backoff.next());
        }
        return fail(process.error());
    }
    service.process = std::move(*process);
    watch(service);
    save();
    return {};
}

void Supervisor::start(const ServiceSpec &spec, Done done)
{
    const auto found = m_services.find(spec.name);
    if (found != m_services.end()) {
        auto &service = *found->second;
        if (!service.stopping && service.spec == spec) {
            done(service.state.running ? Result<>() : launch(service));
            return;
        }
        stop(spec.name, [this, spec, done](const Result<> &) { start(spec, done); });
        return;
    }
    if (m_services.size() >= kMaxServices) {
        done(fail(ErrorCode::Limit, QStringLiteral("more than %1 services").arg(kMaxServices)));
        return;
    }
    const auto launched = launch(add(spec));
    if (!launched) { // never ran: the asker decides, nothing is kept
        m_services.erase(spec.name);
        save();
    }
    done(launched);
}

void Supervisor::stop(const QString &name, Done done)
{
    const auto found = m_services.find(name);
    if (found == m_services.end()) {
        done({});
        return;
    }
    auto &service = *found->second;
    service.again.stop();
    if (!service.process) {
        m_services.erase(found);
        save();
        done({});
        return;
    }
    service.waiting += std::move(done);
    if (service.stopping)
        return;
    service.stopping = true;
    service.process->signal(SIGTERM);
    service.patience.start(5s);
}

void Supervisor::onEnded(const QString &name, const QString &how)
{
    const auto found = m_services.find(name);
    if (found == m_services.end())
        return;
    auto &service = *found->second;
    service.process.reset();
    service.state.running = false;
    service.state.pid = 0;
    service.state.lastExit = how;
    if (service.stopping) {
        const auto waiting = std::exchange(service.waiting, {});
        m_services.erase(found);
        save();
        for (const auto &done : waiting)
            done({});
        return;
    }
    if (service.spec.restart) {
        if (service.since.hasExpired(30'000))
            service.backoff.reset();
        const auto wait = service.backoff.next();
        qCWarning(lcServices).noquote()
            << name << "ended:" << how << "- again in" << wait.count() << "ms";
        service.again.start(wait);
    }
    save();
}

void Supervisor::stopAll(Done done)
{
    auto left = std::make_shared<std::size_t>(m_services.size() + 1);
    const auto one = [left, done](const Result<> &) {
        if (--*left == 0)
            done({});
    };
    QStringList names;
    for (const auto &[name, service] : m_services)
        names += name;
    for (const auto &name : names)
        stop(name, one);
    one({});
}

QList<ServiceState> Supervisor::list() const
{
    QList<ServiceState> states;
    for (const auto &[name, service] : m_services)
        states += service->state;
    return states;
}

void Supervisor::save() const
{
    JsonWriter writer;
    writer.object().key(u"boot").string(bootId()).key(u"services").array();
    for (const auto &[name, service] : m_services) {
        const auto identity = service->process ? service->process->identity() : ProcessIdentity();
        writer.object().key(u"spec");
        hw::serviceprotocol::write(writer, service->spec);
        writer.key(u"pid").signedNumber(identity.pid).key(u"startTime").number(identity.startTime);
        writer.key(u"starts").signedNumber(service->state.starts).end();
    }
    writer.end().end();
    QSaveFile file(m_stateFile);
    if (!file.open(QIODevice::WriteOnly) || file.write(writer.text()) < 0 || !file.commit())
        qCCritical(lcServices).noquote() << "cannot write" << m_stateFile << file.errorString();
}

void Supervisor::rotateLogs() const
{
    for (const auto &[name, service] : m_services) {
        if (!service->spec.logFile.isEmpty())
            rotateLog(service->spec.logFile);
    }
}

} // namespace zos::app
