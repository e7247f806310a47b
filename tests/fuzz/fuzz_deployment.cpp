// SPDX-License-Identifier: Apache-2.0
#include "core/model/deployment.h"
#include "tests/core/model/modelvectors.h"
#include "tests/fuzz/fuzz.h"

namespace zos::fuzz {

QByteArrayList seeds()
{
    QByteArrayList all;
    for (const Json &entry : testing::cases(QStringLiteral("deployments-hash")))
        all += testing::requestOf(entry, u"json");
    for (const Json &entry : testing::cases(QStringLiteral("deployments-examples")))
        all += testing::requestOf(entry, u"request");
    for (const Json &entry : testing::cases(QStringLiteral("deployments-signatures")))
        all += testing::requestOf(entry, u"json");
    return all;
}

void tryInput(QByteArrayView input)
{
    const AllocationMeter meter;
    const auto deployment = Deployment::fromJson(input);
    meter.expectAtMost(150, input.size(), 64 << 10);
    if (!deployment) {
        const auto code = deployment.error().code;
        expect(code == ErrorCode::Invalid || code == ErrorCode::Limit, "refusals say why");
        return;
    }
    expect(deployment->workloads.size() <= 256, "the list is bounded");
    const auto valid = deployment->validate();
    const auto challenge = deployment->challenge();
    (void)deployment->capacity();
    const auto text = deployment->toJson();
    const auto again = Deployment::fromJson(text);
    expect(again.has_value(), "what we write is read");
    expect(again->toJson() == text, "writing and reading lose nothing");
    expect(again->challenge() == challenge, "the hashed text stays");
    expect(again->challengeVariants() == deployment->challengeVariants(), "all hashed texts stay");
    const auto validAgain = again->validate();
    expect(validAgain.has_value() == valid.has_value()
            && (valid || validAgain.error().what == valid.error().what),
        "the verdict stays");
    for (qsizetype i = 0; i < deployment->workloads.size(); ++i)
        expect(again->workloads[i].data == deployment->workloads[i].data, "data stays verbatim");
}

} // namespace zos::fuzz
