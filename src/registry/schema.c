/* registry/schema.c — the tables, step by step.  A step that is out is never changed. */
#include "ledger/record.h"
#include "registry/registry.h"

const struct store_migration registry_migrations[] = {
	{ "CREATE TABLE member ("
	  " id INTEGER PRIMARY KEY, asn INTEGER NOT NULL UNIQUE CHECK (asn BETWEEN 1 AND "
	  "4294967295),"
	  " name TEXT NOT NULL, as_macro TEXT NOT NULL DEFAULT '') STRICT;"
	  "CREATE TABLE connection ("
	  " id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,"
	  " routes_max_ipv4 INTEGER NOT NULL DEFAULT 0, routes_max_ipv6 INTEGER NOT NULL DEFAULT 0,"
	  " takes_blackhole INTEGER NOT NULL DEFAULT 0, is_active INTEGER NOT NULL DEFAULT 0,"
	  " add_path INTEGER NOT NULL DEFAULT 0, gtsm INTEGER NOT NULL DEFAULT 0,"
	  " password TEXT NOT NULL DEFAULT '') STRICT;"
	  "CREATE TABLE address ("
	  " slot INTEGER PRIMARY KEY CHECK (slot BETWEEN 0 AND 4095),"
	  " connection_id INTEGER NOT NULL REFERENCES connection ON DELETE CASCADE,"
	  " address TEXT NOT NULL UNIQUE) STRICT;" },
	/* Without the indexes every removal of a member or connection reads both tables through. */
	{ "ALTER TABLE connection ADD COLUMN allow_as2 INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE connection ADD COLUMN require_role INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE connection ADD COLUMN port INTEGER NOT NULL DEFAULT 0"
	  " CHECK (port BETWEEN 0 AND 65535);"
	  "ALTER TABLE connection ADD COLUMN local_ipv4 TEXT NOT NULL DEFAULT '';"
	  "ALTER TABLE connection ADD COLUMN local_ipv6 TEXT NOT NULL DEFAULT '';"
	  "CREATE INDEX connection_of_member ON connection (member_id);"
	  "CREATE INDEX address_of_connection ON address (connection_id);" },
	{ "ALTER TABLE connection ADD COLUMN extended_message INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE connection ADD COLUMN limit_action TEXT NOT NULL DEFAULT 'default'"
	  " CHECK (limit_action IN ('default', 'warn', 'block', 'shut'));" },
	/* The log: ledger/log.c. */
	{ LEDGER_TABLES },
};
const uint32_t registry_migration_count = sizeof registry_migrations / sizeof *registry_migrations;
