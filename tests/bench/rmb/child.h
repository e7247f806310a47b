// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArrayList>
#include <QHash>

#include <sys/types.h>

namespace zos::bench {

// This program once more in a process of its own, in one of its serving modes: it prints one line
// of names and ports and serves until its input, our pipe, ends; so it ends with us.
class Child
{
public:
    explicit Child(QByteArrayList arguments);
    ~Child();
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    pid_t pid() const { return m_pid; }
    quint16 port(const QByteArray &name) const { return m_ports.value(name); } // 0 = not there

private:
    pid_t m_pid = 0;
    int m_input = -1;
    QHash<QByteArray, quint16> m_ports;
};

// The other end: serves until our input ends.
void serveUntilInputEnds();

} // namespace zos::bench
