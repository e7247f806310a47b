// SPDX-License-Identifier: Apache-2.0
#include "qml/models/keyedlistmodel.h"
#include "tests/support/runner.h"

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>

using namespace zos;
using namespace Qt::StringLiterals;

class TestKeyedListModel : public QObject
{
    Q_OBJECT

private:
    static QVariantMap row(const QString &key, int value, int other = 0)
    {
        return { { u"key"_s, key }, { u"value"_s, value }, { u"other"_s, other } };
    }
    static QStringList keys(const console::KeyedListModel &model)
    {
        QStringList list;
        for (int i = 0; i < model.rowCount(); ++i)
            list += model.data(model.index(i), Qt::UserRole).toString();
        return list;
    }

private Q_SLOTS:
    void changesExactlyTheChangedRoles()
    {
        console::KeyedListModel model({ "key", "value", "other" });
        model.update({ row(u"a"_s, 1), row(u"b"_s, 2) });
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
        model.update({ row(u"a"_s, 1), row(u"b"_s, 3) });
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toModelIndex().row(), 1);
        QCOMPARE(changed[0][2].value<QList<int>>(), (QList<int> { Qt::UserRole + 1 }));
        QCOMPARE(inserted.size() + removed.size(), 0);
        model.update({ row(u"a"_s, 1), row(u"b"_s, 3) });
        QCOMPARE(changed.size(), 1);
    }
    void movesInsertsAndRemovesWithoutReset()
    {
        console::KeyedListModel model({ "key", "value", "other" });
        model.update({ row(u"a"_s, 1), row(u"b"_s, 2), row(u"c"_s, 3) });
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
        QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);
        QSignalSpy counted(&model, &console::KeyedListModel::countChanged);
        model.update({ row(u"c"_s, 3), row(u"d"_s, 4), row(u"a"_s, 1) });
        QCOMPARE(keys(model), (QStringList { u"c"_s, u"d"_s, u"a"_s }));
        QCOMPARE(reset.size(), 0);
        QCOMPARE(inserted.size(), 1);
        QCOMPARE(removed.size(), 1);
        QCOMPARE(moved.size(), 1);
        QCOMPARE(counted.size(), 0);
    }
    void firstOfTwoEqualKeysStays()
    {
        console::KeyedListModel model({ "key", "value", "other" });
        model.update({ row(u"a"_s, 1), row(u"a"_s, 2) });
        QCOMPARE(model.count(), 1);
        QCOMPARE(model.data(model.index(0), Qt::UserRole + 1).toInt(), 1);
    }
    void isReadOnly()
    {
        console::KeyedListModel model({ "key", "value", "other" });
        model.update({ row(u"a"_s, 1) });
        for (int role = 0; role < Qt::UserRole + 4; ++role)
            QVERIFY(!model.setData(model.index(0), 5, role));
        QVERIFY(!(model.flags(model.index(0)) & Qt::ItemIsEditable));
        QVERIFY(
            !model.removeRows(0, 1) && !model.insertRows(0, 1) && !model.moveRows({}, 0, 1, {}, 0));
        QVERIFY(!model.setItemData(model.index(0), { { Qt::UserRole + 1, 7 } }));
        QCOMPARE(model.data(model.index(0), Qt::UserRole + 1).toInt(), 1);
    }
    void anyListBecomesAnyOther()
    {
        QRandomGenerator random(20240611);
        console::KeyedListModel model({ "key", "value", "other" });
        QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (int round = 0; round < 300; ++round) {
            QList<QVariantMap> rows;
            QStringList wanted;
            for (int i = 0; i < random.bounded(12); ++i) {
                const QString key = QString::number(random.bounded(15));
                if (!wanted.contains(key)) {
                    wanted += key;
                    rows += row(key, random.bounded(3), random.bounded(3));
                }
            }
            model.update(rows);
            QCOMPARE(keys(model), wanted);
            for (int i = 0; i < rows.size(); ++i)
                QCOMPARE(model.data(model.index(i), Qt::UserRole + 2), rows[i][u"other"_s]);
        }
    }
};

ZOS_TEST(TestKeyedListModel)
#include "tst_keyedlistmodel.moc"
