// SPDX-License-Identifier: Apache-2.0
#include "core/store/pagescan.h"

#include <QList>
#include <QString>
#include <QtEndian>

namespace zos {

namespace {

constexpr qsizetype kPage = 4096; // SQLite's own choice
constexpr qsizetype kLongestRecord = 4 << 20;

// A big-endian number of one to nine bytes, seven bits each; moves the place behind it.
std::optional<quint64> varint(QByteArrayView bytes, qsizetype &place)
{
    quint64 value = 0;
    for (int count = 0; count < 9; ++count) {
        if (place >= bytes.size())
            return {};
        const auto byte = static_cast<quint8>(bytes[place++]);
        if (count == 8)
            return (value << 8) | byte;
        value = (value << 7) | (byte & 0x7f);
        if ((byte & 0x80) == 0)
            return value;
    }
    return value;
}

qsizetype sizeOf(quint64 type)
{
    constexpr qsizetype kSizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };
    if (type < 10)
        return kSizes[type];
    return type < 12 ? -1 : qsizetype(std::min<quint64>((type - 12) / 2, kLongestRecord + 1));
}

QVariant valueOf(quint64 type, QByteArrayView bytes)
{
    if (type == 0)
        return {};
    if (type >= 12)
        return type % 2 == 0 ? QVariant(bytes.toByteArray()) : QVariant(QString::fromUtf8(bytes));
    if (type == 7)
        return qFromBigEndian<double>(bytes.data());
    if (type >= 8)
        return qint64(type - 8);
    quint64 value = static_cast<qint8>(bytes[0]) < 0 ? ~quint64(0) : 0;
    for (const char byte : bytes)
        value = (value << 8) | static_cast<quint8>(byte);
    return static_cast<qint64>(value);
}

class Scan
{
public:
    Scan(QByteArrayView file, qsizetype fewest, qsizetype most)
        : m_file(file)
        , m_fewest(fewest)
        , m_most(most)
    {
    }

    enum class Cell { TableLeaf, IndexLeaf, IndexInterior };
    std::optional<LooseRecord> at(qsizetype place, Cell kind) const
    {
        const auto end = std::min(m_file.size(), (place / kPage + 1) * kPage);
        const auto page = m_file.first(end);
        const auto cell = place;
        if (kind == Cell::IndexInterior)
            place += 4; // the child
        const auto size = varint(page, place);
        if (!size || *size < 2 || *size > kLongestRecord)
            return {};
        LooseRecord record;
        if (kind == Cell::TableLeaf) {
            const auto rowid = varint(page, place);
            if (!rowid)
                return {};
            record.rowid = static_cast<qint64>(*rowid);
        }
        // Cheap refusals first: this is asked of every byte of the file.
        if (place >= end || static_cast<quint8>(page[place]) <= m_fewest)
            return {};
        const auto types = head(page, place, qsizetype(*size));
        if (types.isEmpty())
            return {};
        const auto payload = whole(page, place, qsizetype(*size), kind);
        if (!payload)
            return {};
        record.inForce = isInForce(page, cell, kind);
        auto from = qsizetype(static_cast<quint8>((*payload)[0]));
        for (const auto type : types) {
            const auto length = sizeOf(type);
            record.values += valueOf(type, QByteArrayView(*payload).sliced(from, length));
            from += length;
        }
        return record;
    }

private:
    // By the two ways to tell of which one damaged byte spares one: behind the beginning of the
    // page's contents, or in the list of its cells.
    static bool isInForce(QByteArrayView page, qsizetype cell, Cell kind)
    {
        const auto start = cell / kPage * kPage;
        const auto list = start + (kind == Cell::IndexInterior ? 12 : 8);
        if (list > page.size())
            return false;
        const auto number = [&page](qsizetype place) {
            return qsizetype(qFromBigEndian<quint16>(page.data() + place));
        };
        if (cell - start >= number(start + 5))
            return true;
        const auto end = std::min(list + 2 * number(start + 3), page.size() - 1);
        for (auto entry = list; entry < end; entry += 2) {
            if (number(entry) == cell - start)
                return true;
        }
        return false;
    }

    // The types of the columns; empty = no record of ours. A header is shorter than 128 bytes.
    QList<quint64> head(QByteArrayView page, qsizetype place, qsizetype size) const
    {
        const auto length = qsizetype(static_cast<quint8>(page[place]));
        const auto end = place + length;
        if (length > 127 || length > size || end > page.size())
            return {};
        QList<quint64> types;
        auto total = length;
        for (auto next = place + 1; next < end;) {
            const auto type = varint(page.first(end), next);
            const auto bytes = type ? sizeOf(*type) : -1;
            if (bytes < 0 || types.size() == m_most)
                return {};
            total += bytes;
            types += *type;
        }
        if (total != size || types.size() < m_fewest)
            return {};
        return types;
    }

    // With what lies on overflow pages.
    std::optional<QByteArray> whole(
        QByteArrayView page, qsizetype place, qsizetype size, Cell kind) const
    {
        const auto most = kind == Cell::TableLeaf ? kPage - 35 : (kPage - 12) * 64 / 255 - 23;
        const auto least = (kPage - 12) * 32 / 255 - 23;
        auto local = size;
        if (size > most) {
            const auto fitting = least + (size - least) % (kPage - 4);
            local = fitting <= most ? fitting : least;
        }
        if (place + local + (local < size ? 4 : 0) > page.size())
            return {};
        auto bytes = page.sliced(place, local).toByteArray();
        auto link = local < size ? place + local : 0;
        while (bytes.size() < size) {
            const auto next = qsizetype(qFromBigEndian<quint32>(m_file.data() + link));
            if (next < 2 || next > m_file.size() / kPage)
                return {};
            link = (next - 1) * kPage;
            bytes += m_file.sliced(link + 4, std::min(kPage - 4, size - bytes.size()));
        }
        return bytes;
    }

    QByteArrayView m_file;
    qsizetype m_fewest;
    qsizetype m_most;
};

} // namespace

void scanPages(QByteArrayView file, qsizetype fewestColumns, qsizetype mostColumns,
    const std::function<void(const LooseRecord &)> &found)
{
    const Scan scan(file, fewestColumns, mostColumns);
    for (qsizetype place = kPage; place < file.size(); ++place) {
        for (const auto kind :
            { Scan::Cell::TableLeaf, Scan::Cell::IndexLeaf, Scan::Cell::IndexInterior }) {
            if (const auto record = scan.at(place, kind))
                found(*record);
        }
    }
}

} // namespace zos
