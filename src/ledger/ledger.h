/* ledger/ledger.h — the log as it stands in the store: its size, leaves, hashes and key; erasing
 * what is private; and whether everything is as the log says.
 * Owns    what a function fills
 * Faults  ABSENT: no such leaf · MALFORMED: the log's tables are not what they were · the store's
 * Thread  that of the store */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "ledger/checkpoint.h"
#include "ledger/record.h"
#include "ledger/tile.h"
#include "text/sink.h"

/* "enforcement": a route server took a rule book into force: digest, server, previous.
 * "key-replaced": the log is signed with another key from here on, and why.
 * "rollback-accepted": the log goes on from an older copy of itself, and why. */
extern const struct record_kind ledger_record_kinds[];

/* Origin is not filled in. */
MUST_USE struct fault ledger_head(struct store *store, struct checkpoint *out);

/* Hashes out of the store, for proofs and tiles; as long as the store is open. */
struct hashes ledger_hashes(struct store *store);

/* Cards in order from number `from`; `each` false ends the walk, and may not write the store. */
MUST_USE struct fault ledger_walk(struct store *store, uint64_t from,
				  bool (*each)(void *context, uint64_t number, struct octets card,
					       const struct merkle_hash *hash),
				  void *context);
MUST_USE struct fault ledger_card(struct store *store, uint64_t number, char out[RECORD_CARD_MAX],
				  uint32_t *len);

/* A tile's octets, for publication: hashes, or entries each behind its length in two octets. */
MUST_USE struct fault ledger_tile(struct store *store, uint32_t level, uint64_t index,
				  uint32_t width, struct text_buffer *out);

/* Private values and blobs of a record that was read: blobs' text lies in `room`, whose former
 * contents go. */
MUST_USE struct fault ledger_load(struct store *store, struct record *record,
				  struct text_buffer *room);

/* Erases the private values of all records that `concerns`, in the caller's transaction; the salted
 * digests stay in the log.  That it was done is for a record to say. */
MUST_USE struct fault ledger_erase(struct store *store,
				   bool (*concerns)(void *context, const struct record *record),
				   void *context, uint32_t *count);

/* The key that others check checkpoints with; "" = there is none yet. */
MUST_USE struct fault ledger_key_get(struct store *store, char out[NOTE_KEY_TEXT_MAX]);
/* Nothing is set when it is no longer the one `before`. */
MUST_USE struct fault ledger_key_set(struct store *store, const char *before, const char *verifier);

/* The tables for it, for a step of the schema. */
#define LEDGER_KEY_TABLE \
	"CREATE TABLE ledger_key (" \
	" id INTEGER PRIMARY KEY CHECK (id = 0), verifier TEXT NOT NULL) STRICT;" \
	"INSERT INTO ledger_key (id, verifier) VALUES (0, '');"

/* --- everything against the log --------------------------------------------------------------- */

struct ledger_verification {
	struct store *store;
	const struct store_migration *migrations; /* for an empty store to replay into */
	uint32_t migration_count;
	const struct record_kind *const *kinds;                        /* lists, ended by NULL */
	const struct derived_table *const *tables;                     /* likewise */
	void (*progress)(void *context, uint64_t done, uint64_t size); /* may be NULL */
	void *context;
};

struct ledger_verdict {
	struct merkle_hash root;
	uint64_t size;   /* leaves */
	uint64_t rows;   /* of derived tables, compared */
	uint64_t blobs;  /* whose digest was worked out again */
	uint64_t kept;   /* private values, likewise */
	uint64_t erased; /* private values that are gone */
};

/* Replays the log into an empty store and compares; what differs is an error in `findings`.  A
 * fault is only that the store could not be read. */
MUST_USE struct fault ledger_verify(const struct ledger_verification *verification,
				    struct ledger_verdict *out, struct complaints *findings);

#endif
