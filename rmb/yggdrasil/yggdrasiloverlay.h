// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/identity/identity.h"
#include "core/ports/overlay.h"
#include "core/ports/services.h"

#include <QElapsedTimer>

namespace zos::rmb {

struct YggdrasilConfig
{
    QString program = QStringLiteral("/usr/sbin/yggdrasil");
    QString directory; // private: configuration (0600) and admin socket
    QString interfaceName = QStringLiteral("ygg0");
    QString networkNamespace; // path, empty = the node's own
    QStringList listen;
    QStringList peers;
    bool multicast = true;
    QString logFile;
    std::chrono::milliseconds lookEvery { 4'000 }; // what is lost shows on the console within 10 s
    std::chrono::milliseconds firstLook { 250 }; // after a change without a peer, then doubled
    std::chrono::milliseconds patience { 60'000 }; // with a daemon that runs and does not answer
    std::chrono::milliseconds startLimit { 20'000 };
};

// The yggdrasil daemon with the identity's own key: address and identity are one. The daemon runs
// as a service, so it outlives the node's process; this object watches it through its admin socket,
// often at first and slowly once a peer is up, adds peers that got lost, starts it again when it is
// gone and replaces one that answers with another key.
class YggdrasilOverlay final : public Overlay
{
    Q_OBJECT
public:
    YggdrasilOverlay(
        Identity identity, Services *services, YggdrasilConfig config, QObject *parent = nullptr);
    ~YggdrasilOverlay() override;

    // Resolves when the daemon answers with the derived address; Timeout after 20 s, watching goes
    // on.
    Task<Result<>> start() override;
    Task<void> stop(); // ends the watching only
    OverlayState state() const override { return m_state; }

private:
    Result<bool> writeConfig() const; // true = something changed
    Task<Result<>> startDaemon();
    Task<void> addLostPeers(QList<OverlayPeer> known);
    ServiceSpec service() const;
    Task<Result<>> look(); // one look at the daemon, updates the state
    Task<void> watch();
    Task<void> repair(Error trouble);
    void logOnce(const Error &trouble);
    void setState(const OverlayState &state);
    QString socketPath() const { return m_config.directory + QStringLiteral("/admin.sock"); }
    QString configPath() const { return m_config.directory + QStringLiteral("/yggdrasil.json"); }

    const Identity m_identity;
    Services *m_services;
    const YggdrasilConfig m_config;
    OverlayState m_state;
    TaskScope m_tasks;
    QElapsedTimer m_silent; // since the daemon stopped answering
    QString m_logged; // the last trouble that was
    bool m_watching = false;
    bool m_mistaken = false; // the daemon has an address that is not ours
    std::vector<std::shared_ptr<detail::Gate>> m_starting; // those who wait for the address

    void release();
};

} // namespace zos::rmb
