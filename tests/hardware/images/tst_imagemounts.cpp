// SPDX-License-Identifier: Apache-2.0
#include "hardware/images/imagemounts.h"
#include "tests/support/runner.h"
#include "tests/support/vectors.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QTemporaryDir>

#include <sys/stat.h>

using namespace zos;
using namespace Qt::StringLiterals;

class TestImageMounts : public QObject
{
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_image;

    void put(const QString &path, const QByteArray &content)
    {
        const auto full = m_image->filePath(path);
        QVERIFY(QDir().mkpath(QFileInfo(full).path()));
        QFile file(full);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    Result<hw::imagemounts::ImageContent> inspect() const
    {
        return hw::imagemounts::inspect(m_image->path());
    }

private Q_SLOTS:
    void init() { m_image = std::make_unique<QTemporaryDir>(); }
    void modesOfTheReference()
    {
        for (const auto &vector : testing::vectors(u"machine-flist-mode"_s)) {
            for (const auto &value : vector.document[u"cases"_s].toArray()) {
                init();
                const auto files = value[u"files"_s].toObject();
                bool escapes = false;
                for (auto it = files.begin(); it != files.end(); ++it) {
                    const auto kind = it->toString();
                    if (kind.startsWith(u"l:")) {
                        const auto full = m_image->path() + it.key();
                        QVERIFY(QDir().mkpath(QFileInfo(full).path()));
                        QVERIFY(QFile::link(kind.mid(2), full));
                        escapes = escapes || kind.contains(u"..");
                    } else if (kind == u"d") {
                        QVERIFY(QDir().mkpath(m_image->path() + it.key()));
                    } else {
                        put(it.key().mid(1), "x");
                    }
                }
                const auto content = inspect();
                const auto result = value[u"result"_s].toObject();
                // The reference follows a link out of the image to a file of the host; here the
                // image ends.
                if (escapes) {
                    QVERIFY(!content);
                    continue;
                }
                if (result.isEmpty()) {
                    QVERIFY(!content);
                    continue;
                }
                QVERIFY2(content, content ? "" : qPrintable(content.error().what));
                const auto expected = !result[u"container"_s].toBool() ? ImageMode::FullMachine
                    : result[u"kernel"_s].toString().isEmpty()         ? ImageMode::Container
                                                                       : ImageMode::OwnKernel;
                QCOMPARE(int(content->mode), int(expected));
            }
        }
    }
    void strangeFilesAreRefused()
    {
        QVERIFY(QDir().mkpath(m_image->filePath(u"image.raw"_s)));
        QCOMPARE(inspect().error().code, ErrorCode::Invalid);
        init();
        put(u"boot/vmlinuz"_s, {}); // empty
        QVERIFY(!inspect());
        init();
        QCOMPARE(
            ::mkfifo(QFile::encodeName(m_image->filePath(u".startup.toml"_s)).constData(), 0600),
            0);
        QVERIFY(!inspect()); // and did not wait for a writer
        init();
        QVERIFY(QFile::link(u"/etc/hostname"_s, m_image->filePath(u".startup.toml"_s)));
        QVERIFY(!inspect());
        init();
        QVERIFY(QFile::link(u"/proc/self/environ"_s, m_image->filePath(u".startup.toml"_s)));
        QVERIFY(!inspect());
        init();
        put(u".startup.toml"_s, QByteArray(70'000, '#'));
        QVERIFY(inspect().error().what.contains(u"64 KiB"));
        init();
        QFile kernel(m_image->filePath(u"vmlinuz"_s));
        QVERIFY(kernel.open(QIODevice::WriteOnly) && kernel.resize(300 << 20));
        QVERIFY(QDir().mkpath(m_image->filePath(u"boot"_s)));
        QVERIFY(QFile::link(
            u"/vmlinuz"_s, m_image->filePath(u"boot/vmlinuz"_s))); // absolute: of the image
        QVERIFY(inspect().error().what.contains(u"256 MiB"));
    }
    void startupFileAndMergedUsr()
    {
        put(u"etc/real.toml"_s, "[startup]\n");
        QVERIFY(QFile::link(u"/etc/real.toml"_s, m_image->filePath(u".startup.toml"_s)));
        QVERIFY(QDir().mkpath(m_image->filePath(u"lib"_s)));
        QCOMPARE(inspect()->startupToml, u"[startup]\n"_s);
        QVERIFY(!inspect()->mergedUsr);
        QVERIFY(QDir().rmdir(m_image->filePath(u"lib"_s)));
        QVERIFY(QFile::link(u"usr/lib"_s, m_image->filePath(u"lib"_s)));
        QVERIFY(inspect()->mergedUsr);
    }
};
ZOS_TEST(TestImageMounts)
#include "tst_imagemounts.moc"
