// SPDX-License-Identifier: Apache-2.0
#include "tests/system/crashpoints/faultcontrol.h"

#include <QFile>
#include <QHash>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace zos::testing {

using namespace Qt::StringLiterals;

QString FaultPoint::text() const
{
    return u"%1 [%2]"_s.arg(QString::fromUtf8(name)).arg(occurrence + 1);
}

bool FaultPoint::leavesUs() const
{
    return name.startsWith("start ") || name.startsWith("send");
}

FaultControl::~FaultControl()
{
    if (m_page)
        ::munmap(m_page, sizeof *m_page);
}

QString FaultControl::make(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite | QIODevice::Truncate)
        || !file.resize(qint64(sizeof(faults::Page))))
        return file.errorString();
    void *memory = ::mmap(
        nullptr, sizeof(faults::Page), PROT_READ | PROT_WRITE, MAP_SHARED, file.handle(), 0);
    if (memory == MAP_FAILED)
        return qt_error_string(errno);
    m_page = static_cast<faults::Page *>(memory);
    m_page->magic = faults::kMagic;
    return {};
}

void FaultControl::arm(faults::Action action, const FaultPoint &point, int error)
{
    disarm();
    m_page->hit = 0;
    m_page->changes.points = 0;
    m_page->reads.points = 0;
    m_page->action = action;
    m_page->kind = point.kind;
    m_page->error = error;
    m_page->occurrence = point.occurrence;
    std::memset(m_page->target, 0, sizeof m_page->target);
    std::memcpy(m_page->target, point.name.constData(),
        std::min(sizeof m_page->target - 1, std::size_t(point.name.size())));
    m_page->armed = 1;
}

void FaultControl::disarm()
{
    m_page->armed = 0;
    m_page->full = 0;
}

bool FaultControl::hit() const
{
    return m_page->hit != 0;
}

int FaultControl::count() const
{
    return int(m_page->changes.points);
}

QList<FaultPoint> FaultControl::passed(faults::Kind kind) const
{
    const auto &log = kind == faults::Kind::Read ? m_page->reads : m_page->changes;
    QList<FaultPoint> points;
    QHash<QByteArray, quint32> seen;
    const auto count = std::min(quint32(log.points), faults::kMostPoints);
    for (quint32 i = 0; i < count; ++i) {
        const QByteArray name(log.passed[i].name);
        points += FaultPoint { name, seen[name]++, log.passed[i].needsSpace != 0, kind };
    }
    return points;
}

void FaultControl::advance(std::chrono::milliseconds time)
{
    m_page->aheadNs += std::chrono::nanoseconds(time).count();
}

} // namespace zos::testing
