// SPDX-License-Identifier: Apache-2.0
#include "core/chain/local/ledgerschema.h"

namespace zos {

QStringList ledgerSchema()
{
    return {
        QStringLiteral("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"),
        QStringLiteral(
            "CREATE TABLE account (public_key BLOB PRIMARY KEY CHECK (length(public_key) = 32), "
            "balance TEXT NOT NULL DEFAULT '0', nonce INTEGER NOT NULL DEFAULT 0) STRICT"),
        QStringLiteral(
            "CREATE TABLE terms (id INTEGER PRIMARY KEY, public_key BLOB NOT NULL REFERENCES "
            "account, timestamp INTEGER NOT NULL, link TEXT NOT NULL, hash TEXT NOT NULL) "
            "STRICT"),
        QStringLiteral(
            "CREATE TABLE twin (id INTEGER PRIMARY KEY AUTOINCREMENT, public_key BLOB NOT NULL "
            "UNIQUE REFERENCES account, ip TEXT, relay TEXT, pk BLOB) STRICT"),
        QStringLiteral(
            "CREATE TABLE farm (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL "
            "UNIQUE, twin_id INTEGER NOT NULL REFERENCES twin, pricing_policy_id INTEGER NOT "
            "NULL DEFAULT 1, certification INTEGER NOT NULL DEFAULT 0, dedicated INTEGER NOT "
            "NULL DEFAULT 0) STRICT"),
        QStringLiteral(
            "CREATE TABLE farm_ip (farm_id INTEGER NOT NULL REFERENCES farm ON DELETE CASCADE, "
            "pos INTEGER NOT NULL, ip TEXT NOT NULL, gateway TEXT NOT NULL, contract_id INTEGER "
            "NOT NULL DEFAULT 0, PRIMARY KEY (farm_id, pos), UNIQUE (farm_id, ip)) STRICT, "
            "WITHOUT ROWID"),
        QStringLiteral(
            "CREATE TABLE node (id INTEGER PRIMARY KEY AUTOINCREMENT, farm_id INTEGER NOT NULL "
            "REFERENCES farm, twin_id INTEGER NOT NULL UNIQUE REFERENCES twin, hru TEXT NOT "
            "NULL, sru TEXT NOT NULL, cru TEXT NOT NULL, mru TEXT NOT NULL, city TEXT NOT NULL, "
            "country TEXT NOT NULL, latitude TEXT NOT NULL, longitude TEXT NOT NULL, "
            "public_config TEXT, created INTEGER NOT NULL, farming_policy_id INTEGER NOT NULL "
            "DEFAULT 1, interfaces TEXT NOT NULL DEFAULT '[]', certification INTEGER NOT NULL "
            "DEFAULT 0, secure_boot INTEGER NOT NULL, virtualized INTEGER NOT NULL, "
            "serial_number TEXT, connection_price INTEGER NOT NULL DEFAULT 80, power_state "
            "INTEGER NOT NULL DEFAULT 0, power_down_block INTEGER, power_target INTEGER NOT "
            "NULL DEFAULT 0, extra_fee INTEGER NOT NULL DEFAULT 0) STRICT"),
        QStringLiteral("CREATE INDEX node_farm ON node (farm_id)"),
        QStringLiteral(
            "CREATE TABLE contract (id INTEGER PRIMARY KEY AUTOINCREMENT, twin_id INTEGER NOT "
            "NULL REFERENCES twin, kind INTEGER NOT NULL CHECK (kind IN (0,1,2)), state INTEGER "
            "NOT NULL DEFAULT 0 CHECK (state IN (0,1,2)), cause INTEGER, grace_block INTEGER, "
            "node_id INTEGER, hash TEXT CHECK (hash IS NULL OR length(CAST(hash AS BLOB)) = "
            "32), data TEXT, public_ips INTEGER NOT NULL DEFAULT 0, name TEXT, "
            "solution_provider_id INTEGER, created INTEGER NOT NULL, removed_block INTEGER, "
            "CHECK ((kind = 0) = (hash IS NOT NULL)), CHECK ((kind = 1) = (name IS NOT NULL))) "
            "STRICT"),
        QStringLiteral(
            "CREATE UNIQUE INDEX contract_hash ON contract (node_id, hash) WHERE kind = 0 AND "
            "state <> 1"),
        QStringLiteral(
            "CREATE UNIQUE INDEX contract_name ON contract (name) WHERE kind = 1 AND state <> 1"),
        QStringLiteral(
            "CREATE UNIQUE INDEX contract_rent ON contract (node_id) WHERE kind = 2 AND state "
            "<> 1"),
        QStringLiteral(
            "CREATE INDEX contract_active ON contract (node_id, id) WHERE kind = 0 AND state <> "
            "1"),
        QStringLiteral(
            "CREATE TABLE resources (contract_id INTEGER PRIMARY KEY REFERENCES contract, hru "
            "TEXT NOT NULL, sru TEXT NOT NULL, cru TEXT NOT NULL, mru TEXT NOT NULL) STRICT"),
        QStringLiteral(
            "CREATE TABLE nru_report (id INTEGER PRIMARY KEY, contract_id INTEGER NOT NULL, "
            "timestamp INTEGER NOT NULL, window INTEGER NOT NULL, nru TEXT NOT NULL) STRICT"),
        QStringLiteral(
            "CREATE TABLE uptime (node_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, uptime "
            "INTEGER NOT NULL) STRICT"),
        QStringLiteral(
            "CREATE TABLE block (number INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL) STRICT"),
        QStringLiteral(
            "CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, block INTEGER NOT NULL "
            "REFERENCES block, pallet TEXT NOT NULL, name TEXT NOT NULL, farm_id INTEGER, "
            "node_id INTEGER, contract_id INTEGER, body TEXT NOT NULL) STRICT"),
        QStringLiteral("CREATE INDEX event_block ON event (block)"),
        QStringLiteral(
            "CREATE TRIGGER contract_keep BEFORE DELETE ON contract BEGIN SELECT RAISE(ABORT, "
            "'contracts are never deleted'); END"),
    };
}

} // namespace zos
