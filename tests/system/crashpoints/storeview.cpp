// SPDX-License-Identifier: Apache-2.0
#include "tests/system/crashpoints/storeview.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <functional>

namespace zos::testing {

using namespace Qt::StringLiterals;

namespace {

const QString kConnection = u"store view"_s;

using Each = std::function<void(const QSqlQuery &)>;

// For as long as it lives.
class OpenStore
{
public:
    explicit OpenStore(const QString &path)
    {
        auto database = QSqlDatabase::addDatabase(u"QSQLITE"_s, kConnection);
        database.setConnectOptions(u"QSQLITE_OPEN_READONLY;QSQLITE_BUSY_TIMEOUT=5000"_s);
        database.setDatabaseName(path);
        m_open = database.open();
    }
    ~OpenStore() { QSqlDatabase::removeDatabase(kConnection); }
    void each(const QString &text, const Each &take) const
    {
        QSqlQuery query(QSqlDatabase::database(kConnection, false));
        query.setForwardOnly(true);
        if (!m_open || !query.exec(text))
            qFatal("the store cannot be read: %s", qPrintable(query.lastError().text()));
        while (query.next())
            take(query);
    }

private:
    bool m_open = false;
};

QJsonObject object(const QVariant &value)
{
    return QJsonDocument::fromJson(value.toByteArray()).object();
}

QString resultOf(const QJsonObject &body)
{
    const auto result = body.value(u"result").toObject();
    return u"%1 v%2 %3 %4"_s.arg(body.value(u"name").toString())
        .arg(body.value(u"version").toInt())
        .arg(result.value(u"state").toString(), result.value(u"message").toString())
        .trimmed();
}

} // namespace

StoreView::StoreView(QString path)
    : m_path(std::move(path))
{
}

StoreView::State StoreView::of(ContractId contract) const
{
    const OpenStore store(m_path);
    const auto where = u" WHERE contract=%1"_s.arg(contract.value());
    State state;
    store.each(u"SELECT request, deleting FROM deployment"_s + where, [&](const QSqlQuery &row) {
        state.stored = true;
        state.deleting = row.value(1).toBool();
        state.version = quint32(object(row.value(0)).value(u"version").toInt());
    });
    store.each(u"SELECT 1 FROM ended"_s + where, [&](const QSqlQuery &) { state.ended = true; });
    int open = 0;
    store.each(u"SELECT 1 FROM pending"_s + where, [&](const QSqlQuery &) { ++open; });
    store.each(u"SELECT 1 FROM tombstone"_s + where, [&](const QSqlQuery &) {
        state.removing = true;
        ++open;
    });
    int workloads = 0;
    QStringList results;
    store.each(u"SELECT body FROM workload"_s + where, [&](const QSqlQuery &row) {
        const auto body = object(row.value(0));
        const auto text = body.value(u"result").toObject().value(u"state").toString();
        ++workloads;
        if (text == u"ok")
            state.fine.insert(
                body.value(u"name").toString(), quint32(body.value(u"version").toInt()));
        open += text == u"init" || text.isEmpty() ? 1 : 0;
        results += resultOf(body);
    });
    state.settled = state.ended ? !state.stored : state.stored && !state.deleting && open == 0;
    state.allOk = state.settled && !state.ended && workloads > 0 && state.fine.size() == workloads;
    state.results = results.join(u'\n');
    return state;
}

QStringList StoreView::lines(ContractId historyOf) const
{
    const OpenStore store(m_path);
    QStringList lines;
    store.each(u"SELECT contract, request, contract_checked, deleting FROM deployment"_s,
        [&](const QSqlQuery &row) {
            lines
                += u"store deployment %1 v%2 checked=%3 deleting=%4"_s.arg(row.value(0).toString())
                       .arg(object(row.value(1)).value(u"version").toInt())
                       .arg(row.value(2).toInt())
                       .arg(row.value(3).toInt());
        });
    store.each(u"SELECT contract, body, digest FROM workload"_s, [&](const QSqlQuery &row) {
        lines += u"store workload %1 %2 data=%3 digest=%4"_s.arg(row.value(0).toString(),
            resultOf(object(row.value(1))),
            QString::fromUtf8(QJsonDocument(
                object(row.value(1)).value(u"result").toObject().value(u"data").toObject())
                    .toJson(QJsonDocument::Compact)),
            row.value(2).toString().isEmpty() ? u"no"_s : u"yes"_s);
    });
    store.each(u"SELECT contract, name, version FROM pending"_s, [&](const QSqlQuery &row) {
        lines += u"store pending %1 %2 v%3"_s.arg(
            row.value(0).toString(), row.value(1).toString(), row.value(2).toString());
    });
    store.each(u"SELECT contract, name, keep_result FROM tombstone"_s, [&](const QSqlQuery &row) {
        lines += u"store tombstone %1 %2 keep=%3"_s.arg(
            row.value(0).toString(), row.value(1).toString(), row.value(2).toString());
    });
    store.each(u"SELECT contract, state FROM contract"_s, [&](const QSqlQuery &row) {
        lines += u"store contract %1 %2"_s.arg(row.value(0).toString(), row.value(1).toString());
    });
    QMap<QString, int> number; // each workload's history has its order, that of all has none
    store.each(u"SELECT body FROM log WHERE contract=%1 ORDER BY seq"_s.arg(historyOf.value()),
        [&](const QSqlQuery &row) {
            auto body = object(row.value(0));
            auto result = body.value(u"result").toObject();
            // An event says that the contract is over, or its absence does.
            if (result.value(u"state").toString() == u"deleted")
                result.remove(u"message");
            body.insert(u"result"_s, result);
            const auto name = body.value(u"name").toString();
            lines += u"history %1 %2"_s.arg(++number[name], 3, 10, '0'_L1).arg(resultOf(body));
        });
    return lines;
}

} // namespace zos::testing
