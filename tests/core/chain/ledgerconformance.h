// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/chain/ledger.h"
#include "core/identity/identity.h"
#include "tests/support/vectors.h"

#include <QSignalSpy>
#include <QTest>

#include <memory>

// The value of a call that has to work; stops the program with the reason otherwise.
namespace zos::testing {
template <class T> T must(Task<Result<T>> task)
{
    auto outcome = wait(std::move(task));
    if (!outcome)
        qFatal("%s", qPrintable(outcome.error().what));
    if constexpr (!std::is_void_v<T>)
        return std::move(*outcome);
}
} // namespace zos::testing

// What every Ledger must do, whoever made it. A test class of a ledger has one slot for each case
// that calls it here. A Maker has:
//   std::unique_ptr<zos::Ledger> connect(const zos::Identity &)  a ready connection to one network
//   void startGrace(ContractId), endGrace(ContractId)            what billing does
//   qint64 now()                                                 the network's time in seconds
template <class Maker> struct LedgerConformance
{
    template <class T> static T wait(zos::Task<T> task)
    {
        return zos::testing::wait(std::move(task));
    }
    template <class T> static QString refusal(zos::Task<zos::Result<T>> task, zos::ErrorCode code)
    {
        const auto outcome = wait(std::move(task));
        if (outcome)
            return QStringLiteral("it worked");
        if (outcome.error().code != code)
            return QStringLiteral("%1: %2").arg(
                zos::errorName(outcome.error().code), outcome.error().what);
        return outcome.error().what;
    }

    static QString hash(int number)
    {
        return QStringLiteral("%1").arg(number, 32, 16, QLatin1Char('0'));
    }

    static zos::NodeRecord record(zos::FarmId farm)
    {
        zos::NodeRecord record;
        record.farm = farm;
        record.resources.cru = 8;
        record.resources.sru = zos::Bytes(quint64(1) << 40);
        record.resources.mru = zos::Bytes(0xffff'ffff'ffff'fff0); // beyond a signed integer
        record.country = QStringLiteral("Belgium");
        record.city = QStringLiteral("Ghent");
        record.latitude = QStringLiteral("51.0538");
        record.longitude = QStringLiteral("3.7192");
        record.interfaces = { { QStringLiteral("zos"), QStringLiteral("02:7a:6f:73:00:01"),
            { QStringLiteral("198.51.100.10"), QStringLiteral("fe80::1:2:3:4") } } };
        record.serial = QStringLiteral("Not Specified");
        return record;
    }

    // A farmer (twin 1, farm 1), a node (twin 2, node 1) and a user (twin 3).
    struct World
    {
        Maker maker;
        std::unique_ptr<zos::Ledger> farmer = maker.connect(zos::Identity::generate());
        std::unique_ptr<zos::Ledger> node = maker.connect(zos::Identity::generate());
        std::unique_ptr<zos::Ledger> user
            = maker.connect(zos::Identity::generate(zos::KeyType::Sr25519));
        zos::FarmId farm;
        zos::NodeId nodeId;

        explicit World(const QList<zos::PublicIp> &ips = {})
        {
            zos::testing::must(farmer->ensureTwin({}, {}, {}));
            farm = zos::testing::must(farmer->createFarm(QStringLiteral("farm"), ips));
            zos::testing::must(node->ensureTwin(QStringLiteral("200:1::2"), {}, {}));
            nodeId = zos::testing::must(node->ensureNode(record(farm)));
            zos::testing::must(user->ensureTwin(QStringLiteral("200:1::3"), {}, {}));
        }
        zos::ContractId contract(int number, quint32 ips = 0)
        {
            return zos::testing::must(
                user->createNodeContract(nodeId, hash(number), QStringLiteral("data"), ips));
        }
    };

    static QList<zos::PublicIp> addresses(int count)
    {
        QList<zos::PublicIp> ips;
        for (int i = 0; i < count; ++i)
            ips += { QStringLiteral("203.0.113.%1/24").arg(10 + i), QStringLiteral("203.0.113.1"),
                {} };
        return ips;
    }

    static void idsCountFromOne()
    {
        World world;
        QCOMPARE(world.farm, zos::FarmId(1));
        QCOMPARE(world.nodeId, zos::NodeId(1));
        QCOMPARE(zos::testing::must(world.farmer->ensureTwin({}, {}, {})), zos::TwinId(1));
        QCOMPARE(zos::testing::must(world.node->nodeOf(zos::TwinId(2))), zos::NodeId(1));
        QCOMPARE(world.contract(1), zos::ContractId(1));
        QCOMPARE(world.contract(2), zos::ContractId(2));
    }

    static void twinsAreUpdatedInPlace()
    {
        Maker maker;
        const auto key = zos::Identity::generate();
        const auto ledger = maker.connect(key);
        QCOMPARE(refusal(ledger->twinOf(key.publicKey()), zos::ErrorCode::NotFound),
            QStringLiteral("TwinNotExists"));
        QVERIFY(refusal(ledger->twin(zos::TwinId(1)), zos::ErrorCode::NotFound)
                .contains(QStringLiteral("twin 1")));
        const auto id = zos::testing::must(ledger->ensureTwin(
            QStringLiteral("200::1"), QStringLiteral("a.example_b.example"), QByteArray(33, '\2')));
        auto twin = zos::testing::must(ledger->twin(id));
        QCOMPARE(twin.account, key.publicKey());
        QCOMPARE(twin.ip, QStringLiteral("200::1"));
        QCOMPARE(twin.relay, QStringLiteral("a.example_b.example"));
        QCOMPARE(twin.pk, QByteArray(33, '\2'));
        QCOMPARE(zos::testing::must(ledger->ensureTwin({}, {}, {})), id);
        twin = zos::testing::must(ledger->twin(id));
        QCOMPARE(twin.ip, QString());
        QCOMPARE(twin.pk, QByteArray());
        QCOMPARE(zos::testing::must(ledger->twinOf(key.publicKey())), id);
        QCOMPARE(
            refusal(ledger->ensureTwin(QStringLiteral("<nil>"), {}, {}), zos::ErrorCode::Invalid),
            QStringLiteral("InvalidTwinIp"));
        QCOMPARE(refusal(ledger->ensureTwin({}, QStringLiteral("wss://a/"), {}),
                     zos::ErrorCode::Invalid),
            QStringLiteral("InvalidRelayAddress"));
    }

    static void farmsHaveUniqueNamesAndSoundAddresses()
    {
        World world;
        using zos::ErrorCode;
        auto &ledger = *world.farmer;
        QCOMPARE(refusal(ledger.createFarm(QStringLiteral("farm"), {}), ErrorCode::Exists),
            QStringLiteral("FarmExists"));
        QCOMPARE(refusal(ledger.createFarm(QStringLiteral("ab"), {}), ErrorCode::Invalid),
            QStringLiteral("FarmNameTooShort"));
        QCOMPARE(refusal(ledger.createFarm(QString(41, QLatin1Char('a')), {}), ErrorCode::Invalid),
            QStringLiteral("FarmNameTooLong"));
        QCOMPARE(refusal(ledger.createFarm(QStringLiteral("a farm"), {}), ErrorCode::Invalid),
            QStringLiteral("InvalidFarmName"));
        for (const auto *bad :
            { "203.0.113.5/24|203.0.114.1", "203.0.113.5/24|203.0.113.5", "203.0.113.5|203.0.113.1",
                "203.0.113.5/33|203.0.113.1", "203.0.113.5/24|2001:db8::1", "x/24|203.0.113.1" }) {
            const auto parts = QString::fromLatin1(bad).split(QLatin1Char('|'));
            QList<zos::PublicIp> ips { { parts.at(0), parts.at(1), {} } };
            QCOMPARE(refusal(ledger.createFarm(QStringLiteral("other"), ips), ErrorCode::Invalid),
                QStringLiteral("InvalidPublicIP"));
        }
        QCOMPARE(refusal(ledger.createFarm(QStringLiteral("other"), addresses(1) + addresses(1)),
                     ErrorCode::Exists),
            QStringLiteral("IpExists"));
        // None of the refusals has used up an id.
        QCOMPARE(zos::testing::must(ledger.createFarm(QStringLiteral("other"), addresses(2))),
            zos::FarmId(2));
        const auto farm = zos::testing::must(ledger.farm(zos::FarmId(2)));
        QCOMPARE(farm.name, QStringLiteral("other"));
        QCOMPARE(farm.twin, zos::TwinId(1));
        QCOMPARE(farm.publicIps.size(), 2);
        QCOMPARE(farm.publicIps.at(1).ip, QStringLiteral("203.0.113.11/24"));
        QCOMPARE(refusal(ledger.farm(zos::FarmId(3)), ErrorCode::NotFound),
            QStringLiteral("there is no farm 3"));
        const auto stranger = world.maker.connect(zos::Identity::generate());
        QCOMPARE(refusal(stranger->createFarm(QStringLiteral("third"), {}), ErrorCode::NotFound),
            QStringLiteral("TwinNotExists"));
    }

    static void aTwinHasOneNode()
    {
        World world;
        auto node = record(world.farm);
        auto stored = zos::testing::must(world.user->node(world.nodeId));
        QCOMPARE(stored.id, world.nodeId);
        QCOMPARE(stored.twin, zos::TwinId(2));
        QCOMPARE(stored.resources, node.resources);
        QCOMPARE(stored.interfaces, node.interfaces);
        QCOMPARE(stored.city, node.city);
        QCOMPARE(stored.serial, node.serial);
        node.city.clear();
        node.resources.cru = 16;
        QCOMPARE(zos::testing::must(world.node->ensureNode(node)), world.nodeId);
        stored = zos::testing::must(world.user->node(world.nodeId));
        QCOMPARE(stored.resources.cru, quint64(16));
        QCOMPARE(stored.city, QStringLiteral("Unknown"));
        QVERIFY(!wait(world.user->node(zos::NodeId(2))).has_value());
        QVERIFY(!wait(world.user->nodeOf(zos::TwinId(1))).has_value());
    }

    static void nodesKeepTheLimits()
    {
        World world;
        const auto refused = [&world](void (*spoil)(zos::NodeRecord &)) {
            auto node = record(world.farm);
            spoil(node);
            return refusal(world.node->ensureNode(node), zos::ErrorCode::Invalid);
        };
        QCOMPARE(refused([](zos::NodeRecord &node) { node.resources.cru = 0; }),
            QStringLiteral("InvalidCRUInput"));
        QCOMPARE(refused([](zos::NodeRecord &node) { node.city = QString(59, QLatin1Char('x')); }),
            QStringLiteral("CityNameTooLong"));
        QCOMPARE(refused([](zos::NodeRecord &node) { node.latitude = QStringLiteral("91"); }),
            QStringLiteral("InvalidLatitudeInput"));
        QCOMPARE(refused([](zos::NodeRecord &node) { node.longitude = QStringLiteral("east"); }),
            QStringLiteral("InvalidLongitudeInput"));
        QCOMPARE(
            refused([](zos::NodeRecord &node) { node.serial = QString(129, QLatin1Char('x')); }),
            QStringLiteral("SerialNumberTooLong"));
        QCOMPARE(
            refused([](zos::NodeRecord &node) { node.interfaces[0].name = QStringLiteral("Z"); }),
            QStringLiteral("InvalidInterfaceName"));
        QCOMPARE(refused([](zos::NodeRecord &node) { node.interfaces[0].mac.chop(1); }),
            QStringLiteral("InvalidMacAddress"));
        QCOMPARE(refused([](zos::NodeRecord &node) {
            node.interfaces[0].ips += QStringLiteral("10.0.0.1/24");
        }),
            QStringLiteral("InvalidInterfaceIP"));
        auto node = record(zos::FarmId(7));
        QCOMPARE(refusal(world.node->ensureNode(node), zos::ErrorCode::NotFound),
            QStringLiteral("FarmNotExists"));
        const auto stranger = world.maker.connect(zos::Identity::generate());
        QCOMPARE(refusal(stranger->ensureNode(record(world.farm)), zos::ErrorCode::NotFound),
            QStringLiteral("TwinNotExists"));
    }

    static void contractsLiveAndEnd()
    {
        World world;
        const auto id = world.contract(1);
        const auto contract = zos::testing::must(world.node->contract(id));
        QCOMPARE(contract.id, id);
        QCOMPARE(contract.state, zos::ContractState::Created);
        QCOMPARE(contract.kind, zos::ContractKind::Node);
        QCOMPARE(contract.twin, zos::TwinId(3));
        QCOMPARE(contract.node, world.nodeId);
        QCOMPARE(contract.hash, hash(1));
        QCOMPARE(contract.data, QStringLiteral("data"));
        QCOMPARE(zos::testing::must(world.user->createNodeContract(world.nodeId, hash(2), {}, 0)),
            zos::ContractId(2));
        QCOMPARE(zos::testing::must(world.node->activeContracts(world.nodeId)),
            (QList { zos::ContractId(1), zos::ContractId(2) }));
        QVERIFY(wait(world.user->cancelContract(id)).has_value());
        QCOMPARE(refusal(world.node->contract(id), zos::ErrorCode::NotFound),
            QStringLiteral("there is no contract 1"));
        QCOMPARE(zos::testing::must(world.node->activeContracts(world.nodeId)),
            (QList { zos::ContractId(2) }));
        QCOMPARE(refusal(world.user->cancelContract(id), zos::ErrorCode::NotFound),
            QStringLiteral("ContractNotExists"));
        // The hash is free again, the id is not.
        QCOMPARE(world.contract(1), zos::ContractId(3));
        QVERIFY(!wait(world.node->activeContracts(zos::NodeId(9))).has_value());
        QVERIFY(refusal(world.node->rentContract(world.nodeId), zos::ErrorCode::NotFound)
                .contains(QStringLiteral("not rented")));
    }

    static void contractsAreChecked()
    {
        using zos::ErrorCode;
        World world;
        auto &user = *world.user;
        world.contract(1);
        QCOMPARE(refusal(user.createNodeContract(world.nodeId, hash(1), {}, 0), ErrorCode::Exists),
            QStringLiteral("ContractIsNotUnique"));
        QCOMPARE(
            refusal(user.createNodeContract(zos::NodeId(9), hash(2), {}, 0), ErrorCode::NotFound),
            QStringLiteral("NodeNotExists"));
        QVERIFY(
            !wait(user.createNodeContract(world.nodeId, hash(2).chopped(1), {}, 0)).has_value());
        QVERIFY(
            !wait(user.createNodeContract(world.nodeId, hash(2), QString(513, QLatin1Char('x')), 0))
                .has_value());
        QCOMPARE(refusal(user.createNodeContract(world.nodeId, hash(2), {}, 1), ErrorCode::Limit),
            QStringLiteral("FarmHasNotEnoughPublicIPs"));
        const auto stranger = world.maker.connect(zos::Identity::generate());
        QCOMPARE(refusal(stranger->createNodeContract(world.nodeId, hash(2), {}, 0),
                     ErrorCode::NotFound),
            QStringLiteral("TwinNotExists"));
        QCOMPARE(world.contract(2), zos::ContractId(2));
    }

    static void onlyTheOwnerChangesAContract()
    {
        using zos::ErrorCode;
        World world;
        const auto first = world.contract(1);
        const auto second = world.contract(2);
        QCOMPARE(refusal(world.node->updateNodeContract(first, hash(3), {}), ErrorCode::Denied),
            QStringLiteral("TwinNotAuthorizedToUpdateContract"));
        QCOMPARE(refusal(world.farmer->cancelContract(first), ErrorCode::Denied),
            QStringLiteral("TwinNotAuthorizedToCancelContract"));
        QCOMPARE(refusal(world.user->updateNodeContract(first, hash(2), {}), ErrorCode::Exists),
            QStringLiteral("ContractIsNotUnique"));
        QCOMPARE(refusal(world.user->updateNodeContract(zos::ContractId(9), hash(2), {}),
                     ErrorCode::NotFound),
            QStringLiteral("ContractNotExists"));
        QVERIFY(wait(world.user->updateNodeContract(first, hash(1), QStringLiteral("new")))
                .has_value());
        QCOMPARE(zos::testing::must(world.user->contract(first)).data, QStringLiteral("new"));
        QVERIFY(wait(world.user->updateNodeContract(first, hash(3), {})).has_value());
        QCOMPARE(zos::testing::must(world.user->contract(first)).hash, hash(3));
        QVERIFY(wait(world.user->updateNodeContract(second, hash(1), {})).has_value());
    }

    static void publicAddressesAreReservedInOrder()
    {
        World world(addresses(3));
        const auto first = world.contract(1, 1);
        const auto second = world.contract(2, 1);
        QCOMPARE(zos::testing::must(world.user->contract(second)).publicIps.at(0).ip,
            QStringLiteral("203.0.113.11/24"));
        QCOMPARE(refusal(world.user->createNodeContract(world.nodeId, hash(3), {}, 4),
                     zos::ErrorCode::Limit),
            QStringLiteral("FarmHasNotEnoughPublicIPs"));
        QCOMPARE(refusal(world.user->createNodeContract(world.nodeId, hash(3), {}, 2),
                     zos::ErrorCode::Limit),
            QStringLiteral("FarmHasNotEnoughPublicIPsFree"));
        auto farm = zos::testing::must(world.user->farm(world.farm));
        QCOMPARE(farm.publicIps.at(0).contract, first);
        QCOMPARE(farm.publicIps.at(1).contract, second);
        QCOMPARE(farm.publicIps.at(2).contract, zos::ContractId(0));
        QVERIFY(wait(world.user->cancelContract(first)).has_value());
        const auto third = world.contract(3, 2);
        QCOMPARE(third, zos::ContractId(3));
        const auto ips = zos::testing::must(world.user->contract(third)).publicIps;
        QCOMPARE(ips.size(), 2);
        QCOMPARE(ips.at(0).ip, QStringLiteral("203.0.113.10/24"));
        QCOMPARE(ips.at(0).gateway, QStringLiteral("203.0.113.1"));
        QCOMPARE(ips.at(1).ip, QStringLiteral("203.0.113.12/24"));
    }

    static void graceComesAndGoes()
    {
        World world;
        const auto id = world.contract(1);
        world.maker.startGrace(id);
        QCOMPARE(
            zos::testing::must(world.node->contract(id)).state, zos::ContractState::GracePeriod);
        QCOMPARE(zos::testing::must(world.node->activeContracts(world.nodeId)), QList { id });
        QCOMPARE(refusal(world.user->updateNodeContract(id, hash(2), {}), zos::ErrorCode::Denied),
            QStringLiteral("CannotUpdateContractInGraceState"));
        world.maker.endGrace(id);
        QCOMPARE(zos::testing::must(world.node->contract(id)).state, zos::ContractState::Created);
        world.maker.startGrace(id);
        QVERIFY(wait(world.user->cancelContract(id)).has_value());
        QVERIFY(!wait(world.node->contract(id)).has_value());
    }

    static void reportsComeFromTheNodeOnly()
    {
        using zos::ErrorCode;
        World world;
        const auto id = world.contract(1);
        const auto other = world.maker.connect(zos::Identity::generate());
        zos::testing::must(other->ensureTwin({}, {}, {}));
        QCOMPARE(zos::testing::must(other->ensureNode(record(world.farm))), zos::NodeId(2));
        zos::Capacity used;
        used.cru = 2;
        used.mru = zos::Bytes(3);
        used.sru = zos::Bytes(std::numeric_limits<qint64>::max());
        used.hru = zos::Bytes(5);
        QCOMPARE(zos::testing::must(world.node->contractResources(id)), zos::Capacity());
        const QList<zos::ContractResources> own { { id, used }, { zos::ContractId(99), used } };
        QVERIFY(wait(world.node->reportResources(own)).has_value());
        // What was reported last is there to be read, by anybody.
        QCOMPARE(zos::testing::must(world.user->contractResources(id)), used);
        QCOMPARE(refusal(world.node->contractResources(zos::ContractId(99)), ErrorCode::NotFound)
                     .isEmpty(),
            false);
        QCOMPARE(refusal(other->reportResources(own), ErrorCode::Denied),
            QStringLiteral("NodeNotAuthorizedToReportResources"));
        QCOMPARE(refusal(world.user->reportResources(own), ErrorCode::NotFound),
            QStringLiteral("NodeNotExists"));
        const auto now = world.maker.now();
        QVERIFY(wait(world.node->reportUptime(1000, now - 30)).has_value());
        QCOMPARE(refusal(world.node->reportUptime(1000, now + 61), ErrorCode::Invalid),
            QStringLiteral("InvalidTimestampHint"));
        QCOMPARE(refusal(world.node->reportUptime(1000, std::numeric_limits<qint64>::min()),
                     ErrorCode::Invalid),
            QStringLiteral("InvalidTimestampHint"));
        QCOMPARE(refusal(world.user->reportUptime(1000, now), ErrorCode::NotFound),
            QStringLiteral("NodeNotExists"));
    }

    static void eventsReachOtherConnections()
    {
        using Kind = zos::LedgerEvent::Kind;
        World world;
        QList<Kind> best, final;
        QList<zos::LedgerEvent> seen;
        QObject::connect(world.node.get(), &zos::Ledger::event, world.node.get(),
            [&](const zos::LedgerEvent &event, bool isFinal) {
                (isFinal ? final : best) += event.kind;
                if (isFinal)
                    seen += event;
            });
        const auto id = world.contract(1);
        QVERIFY(wait(world.user->updateNodeContract(id, hash(2), {})).has_value());
        world.maker.startGrace(id);
        world.maker.endGrace(id);
        QVERIFY(wait(world.user->cancelContract(id)).has_value());
        zos::testing::must(world.user->ensureTwin(QStringLiteral("200:1::4"), {}, {}));
        zos::testing::must(
            world.node->ensureTwin(QStringLiteral("200:1::5"), {}, {})); // its own change too
        const QList<Kind> expected { Kind::ContractCreated, Kind::ContractUpdated,
            Kind::GraceStarted, Kind::GraceEnded, Kind::ContractCanceled, Kind::TwinUpdated,
            Kind::TwinUpdated };
        // Events of before the connection may still be on their way; what follows is complete and
        // in order.
        QVERIFY(QTest::qWaitFor(
            [&] {
                return final.size() >= expected.size() && final.last(expected.size()) == expected;
            },
            10'000));
        QCOMPARE(best, final);
        const auto created = seen.at(seen.size() - expected.size());
        QCOMPARE(created.contract, id);
        QCOMPARE(created.node, world.nodeId);
        QCOMPARE(created.twin, zos::TwinId(3));
        QCOMPARE(seen.last().twin, zos::TwinId(2));
    }
};
