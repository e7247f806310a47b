// SPDX-License-Identifier: Apache-2.0
#include "tests/support/processuse.h"

#include <QDir>
#include <QFile>

namespace zos::testing {

namespace {
using namespace Qt::StringLiterals;

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// The number behind a name such as "Rss:" in a file of such lines.
double numberOf(const QByteArray &text, QByteArrayView name)
{
    for (const auto &line : text.split('\n')) {
        if (line.startsWith(name))
            return line.sliced(name.size()).simplified().split(' ').first().toDouble();
    }
    return 0;
}
} // namespace

ProcessUse ProcessUse::of(qint64 pid)
{
    ProcessUse use;
    const auto folder = u"/proc/%1/"_s.arg(pid);
    const auto threads = QDir(folder + u"task"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const auto &thread : threads) {
        const auto own = folder + u"task/"_s + thread;
        use.cpuSeconds += contents(own + u"/schedstat"_s).split(' ').first().toDouble() / 1e9;
        use.wakeups += numberOf(contents(own + u"/status"_s), "voluntary_ctxt_switches:");
    }
    const auto memory = contents(folder + u"smaps_rollup"_s);
    use.rssMib = numberOf(memory, "Rss:") / 1024;
    use.pssMib = numberOf(memory, "Pss:") / 1024;
    use.threads = int(threads.size());
    return use;
}

} // namespace zos::testing
