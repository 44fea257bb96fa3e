/* store/inside.h — what SQLite and PostgreSQL have in common behind the store's words.
 *
 * store.c keeps what holds for both: the transaction that is open, the fault that spoilt it, the
 * steps of the schema, statements that a test wants to fail.  A backend is a table of functions on
 * its own struct, which begins with the common one.
 * Owns    as store.h
 * Faults  a backend's function that fails has put its words in store->error
 * Thread  that of the store */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include "store/store.h"

#define STORE_NAME_MAX 512u
#define STORE_WORDS_MAX 256u

/* What is wrong with a place that can be read as a database: the code of MALFORMED. */
enum misfit {
	MISFIT_NONE = 0,
	MISFIT_NEWER,
	MISFIT_EMPTY,
	MISFIT_FOREIGN,
	MISFIT_DAMAGED,
};

struct store_backend {
	/* Ours, or empty and to be made ours when `create`; all that is set once is set. */
	struct fault (*settle)(struct store *store, bool create);
	void (*close)(struct store *store);
	struct fault (*version_read)(struct store *store, int64_t *out);
	struct fault (*version_set)(struct store *store, uint32_t version);
	/* Statements without values or rows, several if need be; `is_schema`: a step of it. */
	struct fault (*run)(struct store *store, const char *sql, bool is_schema);
	struct fault (*begin)(struct store *store, bool to_read);
	struct fault (*commit)(struct store *store);
	void (*rollback)(struct store *store);
	struct fault (*verify)(struct store *store, bool *is_sound);
	struct fault (*prepare)(struct store *store, const char *sql, struct statement **out);
	void (*finish)(struct statement *statement);
	void (*bind_null)(struct statement *statement, int at);
	void (*bind_text)(struct statement *statement, int at, const char *text);
	void (*bind_int)(struct statement *statement, int at, int64_t value);
	void (*bind_blob)(struct statement *statement, int at, struct octets octets);
	struct fault (*step)(struct statement *statement, bool *has_row);
	void (*reset)(struct statement *statement);
	const char *(*text)(struct statement *statement, int column);
	int64_t (*integer)(struct statement *statement, int column);
	struct octets (*blob)(struct statement *statement, int column);
	bool (*is_null)(struct statement *statement, int column);
	uint32_t (*changes)(struct store *store);
};

struct store {
	const struct store_backend *backend;
	char name[STORE_NAME_MAX]; /* path, or host and database without user and password */
	char error[STORE_NAME_MAX + STORE_WORDS_MAX];
	bool in_transaction;
	uint32_t fails_in;   /* statements until one is made to fail; 0 = none is */
	struct fault spoilt; /* what failed in the transaction that is open */
};

struct statement {
	struct store *store;
};

/* `words` behind the store's name; gives the fault back. */
struct fault store_say(struct store *store, struct fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool store_is_file(const struct store *store);

/* Opened and ours, but with the tables as they are. */
MUST_USE struct fault store_open_as_is(const char *where, struct store **out, char error[256]);

/* An opened file or link, not yet settled.  LIMIT: out of memory; other faults have their words in
 * the store, which is given all the same. */
MUST_USE struct fault sqlite_store_open(const char *path, bool create, struct store **out);
MUST_USE struct fault postgresql_store_open(const char *url, struct store **out);

#endif
