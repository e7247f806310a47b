// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/feed/statusfeed.h"
#include "app/node/statuscollector.h"
#include "qml/feed/feedreader.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

namespace lab {

// What the console of a node shows of its ways to the outside: the node's own collector and feed,
// read over the socket by the console's own reader.
class ConsoleView
{
public:
    ConsoleView(zos::Overlay *overlay, zos::rmb::Bus *bus)
        : m_boot(&m_clock)
        , m_feed(m_clock)
        , m_collector(sources(overlay))
        , m_reader(m_folder.filePath(QStringLiteral("console.sock")))
    {
        QObject::connect(&m_collector, &zos::app::StatusCollector::status, &m_feed,
            &zos::app::StatusFeed::publish);
        QObject::connect(&m_reader, &zos::console::FeedReader::status, &m_reader,
            [this](const QJsonObject &document) {
                m_document = document;
                ++m_documents;
            });
        m_collector.setBus(bus);
    }
    bool start()
    {
        if (!m_feed.listen(m_folder.filePath(QStringLiteral("console.sock"))))
            return false;
        m_collector.start();
        m_reader.start();
        return true;
    }
    void stop()
    {
        zos::testing::wait(m_collector.stop());
        m_feed.close();
    }
    // "ok", "warn", "crit"; "" before the first document.
    QString state(QStringView connection) const { return row(connection)[u"state"].toString(); }
    QString code(QStringView connection) const { return row(connection)[u"code"].toString(); }
    int peers() const { return row(u"ygg")[u"params"][u"peers"].toInt(-1); }
    int documents() const { return m_documents; }
    // What it shows, for a person.
    QByteArray text() const
    {
        return QJsonDocument(m_document[u"connections"].toArray()).toJson(QJsonDocument::Compact)
            + " documents " + QByteArray::number(m_documents) + ", not understood "
            + QByteArray::number(m_reader.invalidLines());
    }

private:
    QJsonObject row(QStringView id) const
    {
        const auto rows = m_document[u"connections"].toArray();
        for (const auto &one : rows) {
            if (one[u"id"].toString() == id)
                return one.toObject();
        }
        return {};
    }
    zos::app::StatusSources sources(zos::Overlay *overlay)
    {
        zos::app::StatusSources all;
        all.config = &m_config;
        all.clock = &m_clock;
        all.boot = &m_boot;
        all.overlay = overlay;
        return all;
    }

    QTemporaryDir m_folder;
    const zos::SystemClock m_clock;
    const zos::app::NodeConfig m_config;
    zos::app::BootProgress m_boot;
    zos::app::StatusFeed m_feed;
    zos::app::StatusCollector m_collector;
    zos::console::FeedReader m_reader;
    QJsonObject m_document;
    int m_documents = 0;
};

} // namespace lab
