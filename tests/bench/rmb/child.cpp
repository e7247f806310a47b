// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rmb/child.h"

#include <QCoreApplication>
#include <QFile>
#include <QSocketNotifier>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace zos::bench {

Child::Child(QByteArrayList arguments)
{
    int in[2] {};
    int out[2] {};
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
        return;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    arguments.prepend(QFile::encodeName(QCoreApplication::applicationFilePath()));
    std::vector<char *> words;
    for (auto &argument : arguments)
        words.push_back(argument.data());
    words.push_back(nullptr);
    if (::posix_spawn(&m_pid, words[0], &actions, nullptr, words.data(), environ) != 0)
        m_pid = 0;
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    m_input = in[1];
    QFile pipe;
    if (m_pid > 0 && pipe.open(out[0], QIODevice::ReadOnly, QFileDevice::AutoCloseHandle)) {
        const auto said = pipe.readLine().trimmed().split(' ');
        for (qsizetype i = 0; i + 1 < said.size(); i += 2)
            m_ports.insert(said[i], said[i + 1].toUShort());
    }
}

Child::~Child()
{
    ::close(m_input);
    if (m_pid > 0)
        ::waitpid(m_pid, nullptr, 0);
}

void serveUntilInputEnds()
{
    QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, &input, [&input] {
        char text[64];
        if (::read(STDIN_FILENO, text, sizeof text) <= 0) {
            input.setEnabled(false);
            QCoreApplication::quit();
        }
    });
    QCoreApplication::exec();
}

} // namespace zos::bench
