// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "core/ports/verification.h"

#include <QUrl>

#include <memory>

namespace zos::app {

// Asks the network's service: GET <base>/api/v1/status?twin_id=<n>, answered by
// {"result":{"status":"VERIFIED"}}; any other status means no. One request for all who ask about a
// twin, no repetition, 5 s. A yes is kept for a day and longer while the service is down, a no for
// a minute. Errors: Unavailable.
class KycVerification final : public Verification
{
public:
    KycVerification(QUrl base, const Clock *clock);
    ~KycVerification() override; // what is on its way ends with Cancelled

    Task<Result<bool>> isVerified(TwinId twin) override;
    void setPatience(std::chrono::milliseconds patience); // for tests

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace zos::app
