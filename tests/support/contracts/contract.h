// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/task.h"
#include "tests/support/vectors.h"

#include <QTest>

// The contracts here are test classes whose functions are inherited: a class of a folder's test
// program derives from one, gives it a machine to work on and registers itself with ZOS_TEST.

namespace zos::testing {

// "" when the call worked, otherwise why not.
template <class T> QString trouble(Task<Result<T>> task)
{
    const auto outcome = wait(std::move(task));
    return outcome ? QString() : errorName(outcome.error().code) + u": " + outcome.error().what;
}

// The text of a refusal with that code; anything else says what happened instead.
template <class T> QString refusal(Task<Result<T>> task, ErrorCode code)
{
    const auto outcome = wait(std::move(task));
    if (outcome)
        return QStringLiteral("it worked");
    if (outcome.error().code != code)
        return QStringLiteral("it is %1: %2")
            .arg(errorName(outcome.error().code), outcome.error().what);
    return outcome.error().what;
}

} // namespace zos::testing

// The call has to work.
#define ZOS_WORKS(call)                                                                            \
    do {                                                                                           \
        const auto zosTrouble = zos::testing::trouble(call);                                       \
        QVERIFY2(zosTrouble.isEmpty(), qPrintable(zosTrouble));                                    \
    } while (false)

// The call has to be refused with that code; the text may be anything that says something.
#define ZOS_REFUSED(call, code)                                                                    \
    do {                                                                                           \
        const auto zosText = zos::testing::refusal(call, code);                                    \
        QVERIFY2(!zosText.isEmpty() && !zosText.startsWith(u"it "), qPrintable(zosText));          \
    } while (false)
