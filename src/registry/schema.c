/* registry/schema.c — the tables, step by step.  A step that is out is never changed. */
#include "ledger/ledger.h"
#include "registry/pools.h"
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
	/* What is recorded beside sessions: fact_kinds.c has the same fields.  A port may name a
	 * switch that is not recorded, as exports do. */
	{ "CREATE TABLE exchange_profile ("
	  " id INTEGER PRIMARY KEY, ixp_id INTEGER, ixf_id INTEGER, shortname TEXT, name TEXT,"
	  " country TEXT, url TEXT, peeringdb_id INTEGER, support_email TEXT, support_phone TEXT,"
	  " support_contact_hours TEXT, emergency_email TEXT, emergency_phone TEXT,"
	  " emergency_contact_hours TEXT, billing_email TEXT, billing_phone TEXT,"
	  " billing_contact_hours TEXT, peering_policy_list TEXT, stats_api TEXT) STRICT;"
	  "CREATE TABLE switch ("
	  " id INTEGER PRIMARY KEY, name TEXT, colo TEXT, pdb_facility_id INTEGER, city TEXT,"
	  " country TEXT, manufacturer TEXT, model TEXT, software TEXT) STRICT;"
	  "CREATE TABLE vlan ("
	  " id INTEGER PRIMARY KEY, name TEXT, ipv4_prefix TEXT, ipv6_prefix TEXT,"
	  " ipv4_looking_glasses TEXT, ipv6_looking_glasses TEXT) STRICT;"
	  "CREATE TABLE organisation ("
	  " id INTEGER PRIMARY KEY, name TEXT, legal_id TEXT, address TEXT, country TEXT,"
	  " url TEXT, joined TEXT) STRICT;"
	  "CREATE TABLE member_profile ("
	  " member_asn INTEGER PRIMARY KEY REFERENCES member (asn) ON DELETE CASCADE,"
	  " member_type TEXT, organisation INTEGER REFERENCES organisation (id), url TEXT,"
	  " peering_policy TEXT, peering_policy_url TEXT, member_since TEXT) STRICT;"
	  "CREATE TABLE connection_profile ("
	  " connection_id INTEGER PRIMARY KEY REFERENCES connection (id) ON DELETE CASCADE,"
	  " state TEXT, connected_since TEXT) STRICT;"
	  "CREATE TABLE port ("
	  " id INTEGER PRIMARY KEY,"
	  " connection INTEGER NOT NULL REFERENCES connection (id) ON DELETE CASCADE,"
	  " switch INTEGER, name TEXT, speed_mbps INTEGER, if_type TEXT) STRICT;"
	  "CREATE TABLE address_profile ("
	  " address TEXT PRIMARY KEY REFERENCES address (address) ON DELETE CASCADE,"
	  " routeserver TEXT, mac_addresses TEXT, as_macro TEXT, service TEXT, os TEXT,"
	  " os_version TEXT, daemon TEXT, daemon_version TEXT) STRICT;"
	  "CREATE TABLE contact ("
	  " id INTEGER PRIMARY KEY, asn INTEGER REFERENCES member (asn) ON DELETE CASCADE,"
	  " organisation INTEGER REFERENCES organisation (id), role TEXT, public TEXT, hours TEXT,"
	  " name TEXT, email TEXT, phone TEXT, erased TEXT) STRICT;"
	  "CREATE TABLE document ("
	  " id INTEGER PRIMARY KEY, asn INTEGER REFERENCES member (asn) ON DELETE CASCADE,"
	  " organisation INTEGER REFERENCES organisation (id), title TEXT, version TEXT,"
	  " sha256 TEXT, signed_at TEXT, signed_by TEXT, erased TEXT) STRICT;"
	  "CREATE INDEX port_of_connection ON port (connection);"
	  "CREATE INDEX contact_of_member ON contact (asn);"
	  "CREATE INDEX document_of_member ON document (asn);" },
	{ LEDGER_KEY_TABLE },
	{ "ALTER TABLE connection ADD COLUMN link_local TEXT NOT NULL DEFAULT '';"
	  "ALTER TABLE connection ADD COLUMN slat_ipv4 TEXT NOT NULL DEFAULT '';" },
	{ POOLS_TABLES },
	/* Versions of the rule book: registry/rules.c. */
	{ "CREATE TABLE rulebook_version ("
	  " number INTEGER PRIMARY KEY, digest TEXT NOT NULL, text TEXT NOT NULL,"
	  " decision TEXT NOT NULL, decided_by TEXT NOT NULL, from_s INTEGER NOT NULL,"
	  " at_s INTEGER NOT NULL) STRICT;" },
	/* Every address that is added is looked for among these. */
	{ "CREATE INDEX connection_of_slat_ipv4 ON connection (slat_ipv4);" },
};
const uint32_t registry_migration_count = sizeof registry_migrations / sizeof *registry_migrations;
