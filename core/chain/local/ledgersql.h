// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/error.h"
#include "core/chain/ledger.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariantList>

#include <chrono>
#include <functional>

namespace zos {

// One connection to the ledger's SQLite file: opening, transactions, blocks and events. Lives on
// the worker's thread. Every failure of the database itself is Unavailable: the caller must never
// take "could not look" for "is not there".
class LedgerSql
{
public:
    LedgerSql(QString path, QString connectionName);
    ~LedgerSql();
    Q_DISABLE_COPY_MOVE(LedgerSql)

    // Missing file without `create`: NotFound. Another program's or a newer format: Corrupt.
    Result<> open(bool create, std::chrono::seconds now);
    bool isOpen() const { return m_open; }

    // Runs the closure in one transaction that others see whole or not at all. A write is repeated
    // up to five times when another process keeps the file busy, so the closure must not keep
    // state.
    template <class T>
    Result<T> write(std::chrono::seconds now, const std::function<Result<T>(LedgerSql &)> &change);
    template <class T> Result<T> read(const std::function<Result<T>(LedgerSql &)> &look);

    // Inside a transaction.
    Result<QSqlQuery> query(const QString &sql, const QVariantList &values = {});
    Result<> run(const QString &sql, const QVariantList &values = {});
    Result<qint64> insert(const QString &sql, const QVariantList &values); // new row id
    Result<bool> exists(const QString &sql, const QVariantList &values);

    // Of the transaction that runs.
    quint64 block() const { return m_block; }
    std::chrono::seconds now() const { return m_now; }

    struct EventIds
    {
        FarmId farm;
        NodeId node;
        ContractId contract;
    };
    Result<> append(
        const QString &pallet, const QString &name, const EventIds &ids, const QByteArray &body);

    // Blocks start at the ledger's birth, one every six seconds, and never go back.
    Result<quint64> blockAt(std::chrono::seconds now);
    Result<QString> genesis(); // made with the file, never the same again

    struct Feed
    {
        QList<LedgerEvent> events;
        bool gap = false; // events were removed before they could be read
    };
    // What was committed (by anybody) since the last call.
    Result<Feed> news();

private:
    Result<> begin(bool writing, std::chrono::seconds now);
    Result<> commit();
    void rollBack();
    Error failure(const QSqlError &error);
    Result<> connect();
    Result<> createOrCheck(bool create, std::chrono::seconds now);
    Result<> createSchema(std::chrono::seconds now);
    Result<> prune(std::chrono::seconds now);

    QString m_path;
    QString m_name;
    QSqlDatabase m_database;
    bool m_open = false;
    bool m_busy = false; // the last failure was SQLITE_BUSY
    bool m_wrote = false; // own commits do not show in data_version
    qint64 m_dataVersion = -1;
    qint64 m_lastEvent = 0;
    quint64 m_highestBlock = 0;
    quint64 m_block = 0;
    std::chrono::seconds m_now { 0 };
};

template <class T>
Result<T> LedgerSql::write(
    std::chrono::seconds now, const std::function<Result<T>(LedgerSql &)> &change)
{
    constexpr int attempts = 5;
    for (int attempt = 1;; ++attempt) {
        m_busy = false;
        auto begun = begin(true, now);
        if (begun) {
            auto outcome = change(*this);
            if (!outcome) {
                const bool again = m_busy && attempt < attempts;
                rollBack();
                if (!again)
                    return outcome;
                continue;
            }
            begun = commit();
            if (begun)
                return outcome;
            rollBack();
        }
        if (!m_busy || attempt == attempts)
            return fail(begun.error());
    }
}

template <class T> Result<T> LedgerSql::read(const std::function<Result<T>(LedgerSql &)> &look)
{
    if (const auto begun = begin(false, {}); !begun)
        return fail(begun.error());
    auto outcome = look(*this);
    rollBack();
    return outcome;
}

} // namespace zos
