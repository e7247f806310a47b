// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ports/services.h"

namespace zos::hw {

// Services kept by the program zos-supervisor. Every call is one short connection to its socket,
// so a supervisor that was restarted is simply used again. Errors: Unavailable when it is not
// there.
class SupervisorServices final : public Services
{
public:
    explicit SupervisorServices(QString socketPath);
    Task<Result<>> start(ServiceSpec spec) override;
    Task<Result<>> stop(QString name) override;
    Task<Result<QList<ServiceState>>> list() override;

private:
    const QString m_socketPath;
};

} // namespace zos::hw
