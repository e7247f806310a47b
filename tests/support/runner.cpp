// SPDX-License-Identifier: Apache-2.0
#include "tests/support/runner.h"

#include <QStandardPaths>

#include <cstdio>
#include <vector>

namespace zos::testing {

namespace {
struct Entry
{
    const char *name;
    std::function<std::unique_ptr<QObject>()> make;
};
std::vector<Entry> &entries()
{
    static std::vector<Entry> all;
    return all;
}
} // namespace

Registration::Registration(const char *name, std::function<std::unique_ptr<QObject>()> make)
{
    entries().push_back({ name, std::move(make) });
}

[[gnu::weak]] std::unique_ptr<QCoreApplication> makeApplication(int &argc, char **argv)
{
    return std::make_unique<QCoreApplication>(argc, argv);
}

} // namespace zos::testing

int main(int argc, char **argv)
{
    using namespace zos::testing;
    const auto application = makeApplication(argc, argv);
    QStandardPaths::setTestModeEnabled(true);
    QStringList arguments = QCoreApplication::arguments();
    QByteArray wanted;
    if (arguments.size() > 1 && !arguments.at(1).startsWith(u'-'))
        wanted = arguments.takeAt(1).toUtf8();
    int failures = 0;
    bool found = false;
    for (const auto &entry : entries()) {
        if (!wanted.isEmpty() && wanted != entry.name)
            continue;
        found = true;
        const auto object = entry.make();
        failures += QTest::qExec(object.get(), arguments);
    }
    if (!found) {
        std::fprintf(stderr, "no test class %s here\n", wanted.constData());
        return 127;
    }
    return failures > 0 ? 1 : 0;
}
