// SPDX-License-Identifier: Apache-2.0
#include "tests/app/api/examples.h"
#include "tests/app/api/shapes.h"
#include "tests/support/runner.h"

#include <QFile>

using namespace zos;
using namespace Qt::StringLiterals;
using testing::Api;

namespace {

QByteArray committedSnapshot()
{
    QFile file(QStringLiteral(ZOS_API_JSON));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot read %s", ZOS_API_JSON);
    return file.readAll();
}

struct Caller
{
    QString name;
    quint32 twin;
};

QList<Caller> callers()
{
    return { { u"other"_s, Api::kOther }, { u"farmer"_s, Api::kFarmer },
        { u"admin"_s, Api::kAdmin }, { u"unknown"_s, Api::kUnknown }, { u"gone"_s, Api::kGone },
        { u"owner"_s, Api::kOwner } };
}

bool mayCall(const QString &access, const QString &caller)
{
    return access == u"any" || access == u"owner" || access == caller;
}

// What somebody gets who asks for what belongs to others.
QString foreignAnswer(const QString &command, quint32 twin)
{
    if (command == u"zos.deployment.list" || command == u"zos.network.list_private_ips")
        return u"[]"_s;
    if (command == u"zos.deployment.deploy" || command == u"zos.deployment.update"
        || command == u"zos.deployment.rehearse")
        return u"failed: twin id mismatch (deployment: 42, message: %1)"_s.arg(twin);
    return u"failed: deployment not found"_s;
}

} // namespace

// Who may call what, cell by cell, held against the committed description of the interface.
class TestCallers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(initCrypto().has_value()); }

    void theInterfaceIsTheCommittedOne()
    {
        // A change of it is meant: zosd --print-api > app/api/api.json
        QCOMPARE(QString::fromUtf8(app::apiSnapshot()), QString::fromUtf8(committedSnapshot()));
        Api api;
        QStringList commands;
        const auto snapshot = Json::parse(committedSnapshot());
        QVERIFY(snapshot.has_value());
        for (const auto &entry : snapshot->findExact(u"commands")->items())
            commands += entry.findExact(u"command")->string();
        commands.sort();
        QCOMPARE(api.router.commands(), commands);
    }

    void everyCell_data()
    {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("may");
        QTest::addColumn<Json>("answer");
        const auto snapshot = Json::parse(committedSnapshot());
        for (const auto &entry : snapshot->findExact(u"commands")->items())
            QTest::newRow(qPrintable(entry.findExact(u"command")->string()))
                << entry.findExact(u"command")->string() << entry.findExact(u"may")->string()
                << *entry.findExact(u"answer");
    }
    void everyCell()
    {
        QFETCH(QString, command);
        QFETCH(QString, may);
        QFETCH(Json, answer);
        const auto snapshot = Json::parse(committedSnapshot());
        const testing::Shapes shapes(*snapshot->findExact(u"shapes"));
        Api api;
        Twin gone = api.rig.ledger.twins.value(TwinId(Api::kOther));
        gone.id = TwinId(Api::kGone);
        api.rig.ledger.twins.insert(gone.id, gone);
        api.good(u"zos.system.version"_s, {}, Api::kGone);
        api.rig.ledger.twins.remove(gone.id);
        api.selfTests.put({ u"healthcheck"_s, u"d"_s, 5, "{}", {} });
        QCOMPARE(api.deployAll(), "null");
        const auto payload = testing::examplePayload(api, command);
        for (const auto &caller : callers()) {
            const auto world = api.rig.world->snapshot();
            const auto commits = api.rig.store.commits();
            const auto got = api.good(command, payload, caller.twin);
            const auto cell = QByteArray(caller.name.toUtf8() + ": " + got);
            const auto usual = testing::usualRefusal(command);
            if (!mayCall(may, caller.name)) {
                QVERIFY2(got == "failed: unauthorized", cell.constData());
            } else if (!usual.isEmpty()) {
                QCOMPARE(got, "failed: " + usual.toUtf8());
            } else if (may == u"owner" && caller.name != u"owner") {
                QCOMPARE(QString::fromUtf8(got), foreignAnswer(command, caller.twin));
            } else {
                const auto value = Json::parse(got);
                QVERIFY2(value.has_value(), cell.constData());
                const auto bad = shapes.mismatch(answer, *value);
                QVERIFY2(bad.isEmpty(), QByteArray(cell + '\n' + bad.toUtf8()).constData());
                continue;
            }
            QCOMPARE(api.rig.world->snapshot(), world);
            QCOMPARE(api.rig.store.commits(), commits);
        }
    }

    void unknownCommandsAreNone()
    {
        Api api;
        for (const auto &command : { u"zos.nothing"_s, u"zos.deployment"_s, QString(),
                 u"ZOS.SYSTEM.VERSION"_s, u"zos.network.public_config_set"_s, u"zos.logs.vm"_s }) {
            for (const auto &caller : callers())
                QCOMPARE(api.refusal(command, {}, caller.twin), u"function not found"_s);
        }
    }
};
ZOS_TEST(TestCallers)
#include "tst_callers.moc"
