// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QQmlEngine>
#include <QString>

// Values the pages bind to, ready to be shown: words in the language of the moment, shares clamped
// to 0..1. All members are constant as far as QML is concerned.
namespace zos::console {

// Who this is: the top line of every page.
struct HeaderFacts
{
    Q_GADGET
    QML_VALUE_TYPE(headerFacts)
    Q_PROPERTY(QString title MEMBER title CONSTANT FINAL)
    Q_PROPERTY(QString farm MEMBER farm CONSTANT FINAL)
    Q_PROPERTY(QString farmNumber MEMBER farmNumber CONSTANT FINAL)
    Q_PROPERTY(QString badge MEMBER badge CONSTANT FINAL)
    Q_PROPERTY(QString network MEMBER network CONSTANT FINAL)

public:
    QString title;
    QString farm;
    QString farmNumber;
    QString badge;
    QString network;
    bool operator==(const HeaderFacts &) const = default;
};

// The one sentence.
struct HeroFacts
{
    Q_GADGET
    QML_VALUE_TYPE(heroFacts)
    Q_PROPERTY(QString level MEMBER level CONSTANT FINAL)
    Q_PROPERTY(QString title MEMBER title CONSTANT FINAL)
    Q_PROPERTY(QString detail MEMBER detail CONSTANT FINAL)
    Q_PROPERTY(QString more MEMBER more CONSTANT FINAL)

public:
    QString level;
    QString title;
    QString detail;
    QString more;
    bool operator==(const HeroFacts &) const = default;
};

// The bottom line.
struct FooterFacts
{
    Q_GADGET
    QML_VALUE_TYPE(footerFacts)
    Q_PROPERTY(QString version MEMBER version CONSTANT FINAL)
    Q_PROPERTY(QString kernel MEMBER kernel CONSTANT FINAL)
    Q_PROPERTY(QString uptime MEMBER uptime CONSTANT FINAL)
    Q_PROPERTY(QString uptimeLong MEMBER uptimeLong CONSTANT FINAL)
    Q_PROPERTY(QString note MEMBER note CONSTANT FINAL)

public:
    QString version;
    QString kernel;
    QString uptime;
    QString uptimeLong;
    QString note;
    bool operator==(const FooterFacts &) const = default;
};

// Where the start has got to.
struct BootFacts
{
    Q_GADGET
    QML_VALUE_TYPE(bootFacts)
    Q_PROPERTY(QString title MEMBER title CONSTANT FINAL)
    Q_PROPERTY(QString detail MEMBER detail CONSTANT FINAL)
    Q_PROPERTY(QString level MEMBER level CONSTANT FINAL)
    Q_PROPERTY(double share MEMBER share CONSTANT FINAL)

public:
    QString title;
    QString detail;
    QString level;
    double share = 0;
    bool operator==(const BootFacts &) const = default;
};

// An update being installed.
struct UpdateFacts
{
    Q_GADGET
    QML_VALUE_TYPE(updateFacts)
    Q_PROPERTY(QString versions MEMBER versions CONSTANT FINAL)
    Q_PROPERTY(QString step MEMBER step CONSTANT FINAL)
    Q_PROPERTY(QString promise MEMBER promise CONSTANT FINAL)
    Q_PROPERTY(QString percent MEMBER percent CONSTANT FINAL)
    Q_PROPERTY(double share MEMBER share CONSTANT FINAL)

public:
    QString versions;
    QString step;
    QString promise;
    QString percent;
    double share = 0;
    bool operator==(const UpdateFacts &) const = default;
};

// A sentence that fills the screen.
struct MessageFacts
{
    Q_GADGET
    QML_VALUE_TYPE(messageFacts)
    Q_PROPERTY(QString state MEMBER state CONSTANT FINAL)
    Q_PROPERTY(QString title MEMBER title CONSTANT FINAL)
    Q_PROPERTY(QString detail MEMBER detail CONSTANT FINAL)

public:
    QString state;
    QString title;
    QString detail;
    bool operator==(const MessageFacts &) const = default;
};

// What a farmer needs to find this machine in a DHCP list.
struct MachineFacts
{
    Q_GADGET
    QML_VALUE_TYPE(machineFacts)
    Q_PROPERTY(QString model MEMBER model CONSTANT FINAL)
    Q_PROPERTY(QString address MEMBER address CONSTANT FINAL)
    Q_PROPERTY(QString mac MEMBER mac CONSTANT FINAL)
    Q_PROPERTY(QString helpPage MEMBER helpPage CONSTANT FINAL)

public:
    QString model;
    QString address;
    QString mac;
    QString helpPage;
    bool operator==(const MachineFacts &) const = default;
};

// What the overview shows beside its lists.
struct OverviewFacts
{
    Q_GADGET
    QML_VALUE_TYPE(overviewFacts)
    Q_PROPERTY(QString nodePage MEMBER nodePage CONSTANT FINAL)
    Q_PROPERTY(QString workloads MEMBER workloads CONSTANT FINAL)
    Q_PROPERTY(QString workloadsLong MEMBER workloadsLong CONSTANT FINAL)
    Q_PROPERTY(QString ports MEMBER ports CONSTANT FINAL)
    Q_PROPERTY(QString publicKind MEMBER publicKind CONSTANT FINAL)
    Q_PROPERTY(bool hasWorkloads MEMBER hasWorkloads CONSTANT FINAL)
    Q_PROPERTY(bool hasPublic MEMBER hasPublic CONSTANT FINAL)

public:
    QString nodePage;
    QString workloads;
    QString workloadsLong;
    QString ports;
    QString publicKind;
    bool hasWorkloads = false;
    bool hasPublic = false;
    bool operator==(const OverviewFacts &) const = default;
};

} // namespace zos::console
