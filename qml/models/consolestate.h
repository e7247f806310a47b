// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/clock.h"
#include "qml/models/facts.h"
#include "qml/models/keyedlistmodel.h"
#include "qml/models/rows.h"

#include <QJsonObject>
#include <QObject>
#include <QQmlEngine>
#include <QStringList>

#include <optional>

namespace zos::console {

// Everything the pages show, read-only for them: values and lists made from the newest status
// document, the language and the time. A property changes only when what is shown changes. Fed by
// FeedReader or a file, ticked once a second; lives on the main thread, keeps nothing on disk.
class ConsoleState : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the console")
    Q_PROPERTY(QString view READ view NOTIFY viewChanged FINAL)
    Q_PROPERTY(QStringList pages READ pages NOTIFY viewChanged FINAL)
    Q_PROPERTY(bool critical READ critical NOTIFY viewChanged FINAL)
    Q_PROPERTY(bool rotate READ rotate NOTIFY viewChanged FINAL)
    Q_PROPERTY(bool stale READ stale NOTIFY staleChanged FINAL)
    Q_PROPERTY(bool dimmed READ dimmed NOTIFY dimmedChanged FINAL)
    Q_PROPERTY(bool clockSynced READ clockSynced NOTIFY clockChanged FINAL)
    Q_PROPERTY(QString clock READ clock NOTIFY clockChanged FINAL)
    Q_PROPERTY(QString clockShort READ clockShort NOTIFY clockShortChanged FINAL)
    Q_PROPERTY(int second READ second NOTIFY secondChanged FINAL)
    Q_PROPERTY(int alarms READ alarms NOTIFY alarmsChanged FINAL)
    Q_PROPERTY(zos::console::HeaderFacts header READ header NOTIFY headerChanged FINAL)
    Q_PROPERTY(zos::console::HeroFacts hero READ hero NOTIFY heroChanged FINAL)
    Q_PROPERTY(zos::console::FooterFacts footer READ footer NOTIFY footerChanged FINAL)
    Q_PROPERTY(zos::console::BootFacts boot READ boot NOTIFY bootChanged FINAL)
    Q_PROPERTY(zos::console::UpdateFacts update READ update NOTIFY updateChanged FINAL)
    Q_PROPERTY(zos::console::MessageFacts message READ message NOTIFY messageChanged FINAL)
    Q_PROPERTY(zos::console::MachineFacts machine READ machine NOTIFY machineChanged FINAL)
    Q_PROPERTY(zos::console::OverviewFacts overview READ overview NOTIFY overviewChanged FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *tiles READ tiles CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *connections READ connections CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *workloadCounts READ workloadCounts CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *workloads READ workloads CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *alerts READ alerts CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *log READ log CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *steps READ steps CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *nics READ nics CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *addresses READ addresses CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *publicAddresses READ publicAddresses CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *disks READ disks CONSTANT FINAL)
    Q_PROPERTY(zos::console::KeyedListModel *pools READ pools CONSTANT FINAL)

public:
    explicit ConsoleState(const Clock &clock, QObject *parent = nullptr);

    // --- fed from C++ only -----------------------------------------------------------------
    void apply(const QJsonObject &document);
    // The node is alive and nothing changed.
    void beat();
    // The node speaks another format (its name) or nothing readable (empty).
    void unreadable(const QString &schema);
    // A document from a file: time stands at its moment and it never gets old.
    void freezeAt(std::optional<qint64> wallClockMs);
    void tick();
    // Says everything again, after the language changed.
    void retranslate();
    QString language() const { return m_language; }
    void forceLanguage(const QString &language);
    // What the text screen is made of.
    const QJsonObject &document() const { return m_document; }
    const Fmt &fmt() const { return m_fmt; }
    const Phrases &phrases() const { return m_phrases; }

    // --- for QML ---------------------------------------------------------------------------
    QString view() const { return m_view; } // boot pages unconfigured update message
    QStringList pages() const { return m_pages; }
    bool critical() const { return m_critical; }
    bool rotate() const { return m_rotate; }
    bool stale() const { return m_stale; }
    bool dimmed() const { return m_dimmed; }
    bool clockSynced() const { return m_clockSynced; }
    QString clock() const { return m_clockText; }
    QString clockShort() const { return m_clockShort; }
    int second() const { return m_second; }
    int alarms() const { return m_alarms; } // grows with each new warning or worse
    HeaderFacts header() const { return m_header; }
    HeroFacts hero() const { return m_hero; }
    FooterFacts footer() const { return m_footer; }
    BootFacts boot() const { return m_boot; }
    UpdateFacts update() const { return m_update; }
    MessageFacts message() const { return m_message; }
    MachineFacts machine() const { return m_machine; }
    OverviewFacts overview() const { return m_overview; }
    KeyedListModel *tiles() { return &m_tiles; }
    KeyedListModel *connections() { return &m_connections; }
    KeyedListModel *workloadCounts() { return &m_workloadCounts; }
    KeyedListModel *workloads() { return &m_workloads; }
    KeyedListModel *alerts() { return &m_alertList; }
    KeyedListModel *log() { return &m_log; }
    KeyedListModel *steps() { return &m_steps; }
    KeyedListModel *nics() { return &m_nics; }
    KeyedListModel *addresses() { return &m_addresses; }
    KeyedListModel *publicAddresses() { return &m_publicAddresses; }
    KeyedListModel *disks() { return &m_disks; }
    KeyedListModel *pools() { return &m_poolList; }

Q_SIGNALS:
    void languageChanged(const QString &language);
    void documentShown();
    void viewChanged();
    void staleChanged();
    void dimmedChanged();
    void clockChanged();
    void clockShortChanged();
    void secondChanged();
    void alarmsChanged();
    void headerChanged();
    void heroChanged();
    void footerChanged();
    void bootChanged();
    void updateChanged();
    void messageChanged();
    void machineChanged();
    void overviewChanged();

private:
    using Ms = std::chrono::milliseconds;
    template <class T> void set(T &member, const T &value, void (ConsoleState::*signal)());

    qint64 nodeNowMs() const; // the node's wall clock
    qint64 silenceMs() const; // since the node last spoke
    void refreshAll();
    void refreshFacts();
    void refreshTimes();
    void refreshView();
    void refreshDim();
    void noticeAlarms();
    QString viewOfPhase(const QString &phase) const;
    HeaderFacts makeHeader() const;
    HeroFacts makeHero() const;
    FooterFacts makeFooter() const;
    BootFacts makeBoot() const;
    UpdateFacts makeUpdate() const;
    MessageFacts makeMessage() const;
    MachineFacts makeMachine() const;
    OverviewFacts makeOverview() const;

    const Clock &m_time;
    QString m_language = QStringLiteral("en");
    bool m_languageForced = false;
    Fmt m_fmt;
    Phrases m_phrases { m_fmt };
    QJsonObject m_document;
    bool m_hasDocument = false;
    bool m_frozen = false;
    std::optional<qint64> m_frozenMs;
    std::optional<QString> m_otherSchema;
    Ms m_startedAt;
    Ms m_heardAt;
    Ms m_steadySince; // last change of health or phase
    QString m_steadyKey;
    QStringList m_alarmKeys;
    bool m_alarmsKnown = false;
    qint64 m_minute = -1;

    QString m_view = QStringLiteral("boot");
    QStringList m_pages;
    bool m_critical = false;
    bool m_rotate = true;
    bool m_stale = false;
    bool m_dimmed = false;
    bool m_clockSynced = true;
    QString m_clockText, m_clockShort;
    int m_second = 0;
    int m_alarms = 0;
    HeaderFacts m_header;
    HeroFacts m_hero;
    FooterFacts m_footer;
    BootFacts m_boot;
    UpdateFacts m_update;
    MessageFacts m_message;
    MachineFacts m_machine;
    OverviewFacts m_overview;
    KeyedListModel m_tiles, m_connections, m_workloadCounts, m_workloads, m_alertList, m_log,
        m_steps, m_nics, m_addresses, m_publicAddresses, m_disks, m_poolList;
};

} // namespace zos::console
