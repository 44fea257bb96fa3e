/* store/postgresql.h — the inside of a store in PostgreSQL, for its files:
 *
 *   postgresql.c        the database, transactions
 *   postgresql_round.c  statements
 *   watch.c             a connection beside it
 * Owns    nothing
 * Faults  as store.h has them, with words in the store
 * Thread  the store's */
#ifndef STORE_POSTGRESQL_H
#define STORE_POSTGRESQL_H

#include "store/inside.h"
#include "store/link.h"

#define POSTGRESQL_CHANNEL "plenum" /* of NOTIFY; the payload is schema/token */
#define POSTGRESQL_TOKEN_MAX 17u
#define PARAMETERS_MAX 99
#define KNOWN_MAX 256u

/* A statement that came twice is prepared under a name: the database reads and plans it once. */
struct known {
	char *sql;           /* NULL = the place is free */
	uint32_t generation; /* of the connection that knows the name; 0 = none does yet */
	int count;
	Oid type[PARAMETERS_MAX];
};

struct postgresql_store {
	struct store base;
	struct link link;
	struct known known[KNOWN_MAX]; /* by their words; place n has the name "s<n>" */
	char token[POSTGRESQL_TOKEN_MAX];
	uint32_t changes;
	bool has_changed; /* something in the transaction that is open */
};

struct postgresql_store *postgresql_of(struct store *store);

/* A fault of the link, with its words in the store. */
struct fault postgresql_told(struct store *store, struct fault fault);
bool postgresql_is_loss(struct fault fault);
MUST_USE struct fault postgresql_begin(struct store *store, bool to_read);
MUST_USE struct fault postgresql_commit(struct store *store);
void postgresql_rollback(struct store *store);

/* --- postgresql_round.c: the backend's, as in inside.h --- */

struct fault postgresql_prepare(struct store *store, const char *sql, struct statement **out);
void postgresql_finish(struct statement *base);
void postgresql_bind_null(struct statement *statement, int at);
void postgresql_bind_text(struct statement *statement, int at, const char *text);
void postgresql_bind_int(struct statement *statement, int at, int64_t value);
void postgresql_bind_blob(struct statement *statement, int at, struct octets octets);
struct fault postgresql_step(struct statement *base, bool *has_row);
void postgresql_reset(struct statement *base);
const char *postgresql_text(struct statement *base, int column);
int64_t postgresql_integer(struct statement *base, int column);
struct octets postgresql_blob(struct statement *base, int column);
bool postgresql_is_null(struct statement *base, int column);

/* False: the store is none of PostgreSQL.  Valid as long as the store. */
bool postgresql_whose(struct store *store, const char **url, const char **token);

#endif
