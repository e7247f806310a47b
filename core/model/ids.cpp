// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"

#include <algorithm>
#include <optional>

namespace zos {

namespace {

// Ids come back from names of disks and machines, so only the exact form we write is accepted.
std::optional<quint64> idNumber(QStringView text, quint64 max)
{
    bool ok = false;
    const quint64 value = text.toULongLong(&ok);
    if (!ok || value > max || QString::number(value) != text)
        return std::nullopt;
    return value;
}

} // namespace

QString workloadId(TwinId twin, ContractId contract, QStringView name)
{
    return twin.text() + u'-' + contract.text() + u'-' + name;
}

Result<WorkloadIdParts> parseWorkloadId(QStringView id)
{
    const auto parts = id.split(u'-');
    if (parts.size() == 3 && Workload::validateName(parts[2])) {
        const auto twin = idNumber(parts[0], std::numeric_limits<quint32>::max());
        const auto contract = idNumber(parts[1], std::numeric_limits<quint64>::max());
        if (twin && contract) {
            return WorkloadIdParts { TwinId(static_cast<quint32>(*twin)), ContractId(*contract),
                parts[2].toString() };
        }
    }
    return fail(ErrorCode::Invalid,
        QStringLiteral("'%1' is not a workload id")
            .arg(id.first(std::min<qsizetype>(id.size(), 64))));
}

} // namespace zos
