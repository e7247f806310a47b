// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCoreApplication>
#include <QObject>
#include <QTest>

#include <functional>
#include <memory>

// Put ZOS_TEST(TestThing) on a line of its own instead of QTEST_MAIN: one program holds all test
// classes of a folder; "program TestThing [function...]" runs one class, no argument runs all.
#define ZOS_TEST(Class)                                                                            \
    static const zos::testing::Registration registration##Class(                                   \
        #Class, [] { return std::unique_ptr<QObject>(new Class); });

namespace zos::testing {

struct Registration
{
    Registration(const char *name, std::function<std::unique_ptr<QObject>()> make);
};

// The application object of a test program. A program that needs a window system defines its own.
std::unique_ptr<QCoreApplication> makeApplication(int &argc, char **argv);

} // namespace zos::testing
