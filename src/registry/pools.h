/* registry/pools.h — pools, requests and delegations in the store: read, decided about, and written
 * as records; and the addresses of connections, which come from the pools of their LANs.
 *
 * pools_load gives all of it at one moment as a struct numbers_book, pools_load_current what is not
 * over, for RDAP, WHOIS, statistics and connections; numbers_holding tells whose an address or
 * prefix is; pools_ranges walks a pool from its first address to its last without a gap.
 * Owns    a book is the caller's: numbers_book_init/_fini
 * Faults  CONFLICT with a complaint that names clause, version and decision · ABSENT: there is
 *         none · those of the store
 * Thread  that of the store */
#ifndef REGISTRY_POOLS_H
#define REGISTRY_POOLS_H

#include "base/complaint.h"
#include "ledger/record.h"
#include "numbers/decide.h"
#include "registry/registry.h"
#include "store/store.h"

/* The tables, for a step of the schema. */
#define POOLS_TABLES \
	"CREATE TABLE pool (" \
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, prefix TEXT NOT NULL," \
	" opened_at INTEGER NOT NULL, is_closed INTEGER NOT NULL DEFAULT 0) STRICT;" \
	"CREATE TABLE request (" \
	" id INTEGER PRIMARY KEY, pool_id INTEGER NOT NULL REFERENCES pool," \
	" state TEXT NOT NULL, len_bits INTEGER NOT NULL, holder TEXT NOT NULL," \
	" organisation TEXT NOT NULL, purpose TEXT NOT NULL, ipv6 TEXT NOT NULL," \
	" requested_at INTEGER NOT NULL, changed_at INTEGER NOT NULL," \
	" delegation_id INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL," \
	" clause TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '') STRICT;" \
	"CREATE TABLE delegation (" \
	" id INTEGER PRIMARY KEY, pool_id INTEGER NOT NULL REFERENCES pool," \
	" request_id INTEGER NOT NULL, state TEXT NOT NULL, prefix TEXT NOT NULL," \
	" kept_len_bits INTEGER NOT NULL, holder TEXT NOT NULL, organisation TEXT NOT NULL," \
	" granted_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, until_at INTEGER NOT NULL," \
	" reviewed_at INTEGER NOT NULL, version INTEGER NOT NULL, clause TEXT NOT NULL," \
	" reason TEXT NOT NULL) STRICT;" \
	"CREATE INDEX delegation_of_pool ON delegation (pool_id);" \
	"CREATE UNIQUE INDEX delegation_in_hand ON delegation (pool_id, prefix)" \
	" WHERE state <> 'ended';"

extern const struct record_kind pools_record_kinds[];     /* ended by one without a type */
extern const struct derived_table pools_derived_tables[]; /* ended by one without a name */

/* --- reading ---------------------------------------------------------------------------------- */

/* The rules of the rule book in force; the built-in ones where there is none. */
MUST_USE struct fault pools_rules(struct store *store, struct numbers_rules *out);

/* Everything, in order of ids.  MALFORMED: a row that no record can have made. */
MUST_USE struct fault pools_load(struct store *store, struct numbers_book *book);

/* Without what is over, which only grows: enough to see who holds what, to take and to give back,
 * but not to judge a request, which asks who ever held something. */
MUST_USE struct fault pools_load_current(struct store *store, struct numbers_book *book);

/* A stretch of a pool: a delegation that has not ended, or the room between two. */
struct pools_range {
	const struct numbers_pool *pool;
	struct address first;
	struct address last;                         /* included */
	const struct numbers_delegation *delegation; /* NULL: free */
	int64_t review_at_s;                         /* 0 = none */
};

/* From the pool's first address to its last, without a gap; false from `each` ends it. */
MUST_USE struct fault pools_ranges(const struct numbers_book *book,
				   const struct numbers_rules *rules, int64_t pool_id,
				   bool (*each)(void *context, const struct pools_range *range),
				   void *context);

/* Of a holder "AS64500" that belongs to a recorded organisation "ORG-12", else the holder. */
MUST_USE struct fault pools_organisation(struct store *store, const char *holder,
					 char out[NUMBERS_HANDLE_MAX]);

/* --- writing: each in the caller's transaction ------------------------------------------------ */

/* Applies to the book, then writes the record. */
MUST_USE struct fault pools_write(struct store *store, struct numbers_book *book,
				  const struct numbers_event *event, struct complaints *complaints);

#define POOLS_REASON_FIRST "the network's own address"
#define POOLS_REASON_LAST "the broadcast address"

/* A pool, of an event of that kind; of a LAN the exchange keeps its own addresses: the network's,
 * those the route server listens on, the next hop of blackholes.  CONFLICT: it is no LAN's. */
MUST_USE struct fault pools_open(struct store *store, struct numbers_book *book,
				 const struct registry_exchange *exchange,
				 const struct numbers_event *pool, struct complaints *complaints);
MUST_USE struct fault pools_keep_own(struct store *store, struct numbers_book *book,
				     const struct registry_exchange *exchange,
				     const struct numbers_event *pool,
				     struct complaints *complaints);

/* Everything that time alone has brought until now. */
MUST_USE struct fault pools_due(struct store *store, struct numbers_book *book,
				const struct numbers_rules *rules, int64_t now_s,
				struct complaints *complaints);

/* Takes what connections have and pools have not given from the pools of their LANs, and gives back
 * what they have no more.  Called before every commit that changes addresses. */
MUST_USE struct fault pools_settle(struct store *store, int64_t now_s,
				   struct complaints *complaints);

/* "AS64500: it is in quarantine until 2026-12-01T00:00:00Z (clause 4.1 quarantine, rule book
 * version 3, decided by ...)".  The clause is of the rules in force. */
void pools_refuse(const struct numbers_rules *rules, const char *who, enum numbers_reason reason,
		  const struct numbers_cite *cite, const char *more, struct complaints *complaints);

/* The next free addresses on LANs for a new connection of this AS: of the pool named, or of the
 * only one of each family. */
MUST_USE struct fault pools_next(struct store *store, const char *pool_name, uint32_t asn,
				 struct address out[FAMILY_COUNT], uint32_t *count,
				 struct complaints *complaints);

/* An event as a record and back; false: the record is none of these kinds, or no event. */
void pools_record_of(const struct numbers_event *event, struct record *out);
bool pools_event_of(const struct record *record, struct numbers_event *out);

#endif
