// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/api/nodeapi.h"
#include "core/health/selftests.h"
#include "hardware/fake/fakeinventory.h"
#include "hardware/fake/fakeoverlay.h"
#include "tests/core/provision/rig.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace zos::testing {

// The whole API on a simulated node; every call goes through the router as those of a peer do.
struct Api
{
    static constexpr quint32 kOwner = Rig::kTwin;
    static constexpr quint32 kOther = Rig::kTwin + 1;
    static constexpr quint32 kFarmer = 7;
    static constexpr quint32 kAdmin = 9;
    static constexpr quint32 kUnknown = 4711; // to the ledger
    static constexpr quint32 kGone = 4712; // from the ledger, once had a twin
    static constexpr FarmId kFarm { 3 };

    Api()
        : inventory(*rig.world)
        , overlay(*rig.world, QStringLiteral("201:1::1"), QStringLiteral("301:1::/64"))
    {
        rig.ledger.farms.insert(
            kFarm, Farm { kFarm, QStringLiteral("farm"), TwinId(kFarmer), {}, {} });
        if (!rig.start())
            qFatal("the engine does not start");
        makeApi(&rig.networks);
    }
    ~Api() { wait(api->stop()); }
    // Its handlers ask these networks; the engine goes on with the simulated ones.
    void makeApi(Networks *networks)
    {
        if (api)
            wait(api->stop());
        app::ApiParts parts;
        parts.engine = rig.engine.get();
        parts.networks = networks;
        parts.volumes = &rig.volumes;
        parts.machines = &rig.machines;
        parts.images = &rig.images;
        parts.inventory = &inventory;
        parts.overlay = &overlay;
        parts.ledger = &rig.ledger;
        parts.clock = &rig.clock;
        parts.selfTests = &selfTests;
        parts.farm = kFarm;
        parts.farmer = TwinId(kFarmer);
        parts.admins = { TwinId(kAdmin) };
        api = std::make_unique<app::NodeApi>(router, parts);
    }
    // The node's process, on what is in the store.
    bool restart()
    {
        wait(api->stop());
        rig.crash();
        const bool started = rig.start();
        api.reset();
        makeApi(&rig.networks);
        return started;
    }
    rmb::Answer call(const QString &command, const QByteArray &payload = {}, quint32 twin = kOwner)
    {
        rmb::Call call;
        call.twin = TwinId(twin);
        call.command = command;
        call.payload = payload;
        return wait(router.route(std::move(call), std::chrono::seconds(10)));
    }
    QByteArray good(const QString &command, const QByteArray &payload = {}, quint32 twin = kOwner)
    {
        const auto answer = call(command, payload, twin);
        return answer ? *answer : "failed: " + answer.error().what.toUtf8();
    }
    QString refusal(const QString &command, const QByteArray &payload = {}, quint32 twin = kOwner)
    {
        const auto answer = call(command, payload, twin);
        return answer ? QStringLiteral("accepted") : answer.error().what;
    }
    QByteArray deployAll()
    {
        const auto answer
            = good(QStringLiteral("zos.deployment.deploy"), rig.request(5, 0, Rig::fullSet()));
        return rig.idle() ? answer : "never idle";
    }

    Rig rig;
    hw::FakeInventory inventory;
    hw::FakeOverlay overlay;
    SelfTests selfTests;
    rmb::Router router;
    std::unique_ptr<app::NodeApi> api;
};

inline QJsonObject object(const QByteArray &text)
{
    return QJsonDocument::fromJson(text).object();
}

} // namespace zos::testing
