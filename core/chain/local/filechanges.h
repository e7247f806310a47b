// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QString>
#include <QtTypes>

#include <chrono>

namespace zos {

// A thread's place to sleep until another thread calls, a file or one of its companions
// (SQLite's "-wal" and "-journal") is touched by any process, or time is up.
class FileChanges
{
public:
    explicit FileChanges(const QString &path);
    ~FileChanges();
    Q_DISABLE_COPY_MOVE(FileChanges)

    // True: the file was touched. Touches and calls before the wait count as well.
    bool wait(std::chrono::milliseconds atMost);
    void wake(); // from any thread
    // False: the folder is not there yet or the kernel watches no more of them. Touches go unseen
    // until a later wait() succeeds in watching.
    bool watches() const { return m_watch >= 0; }

private:
    void watch();
    bool takeTouches();

    QByteArray m_folder;
    QByteArray m_name;
    int m_call = -1;
    int m_notify = -1;
    int m_watch = -1;
};

} // namespace zos
