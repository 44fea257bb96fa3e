/* store/store.h — the database: statements with bound parameters, transactions, migrations.
 *
 * A file of SQLite, which one process writes and checkpoints, as the directory's lock sees to; or a
 * database of PostgreSQL, which several processes share, each changing it alone.  Every text that
 * is bound or read is UTF-8; columns are read as what they are asked for.
 *
 * SQL is what SQLite 3.40 and PostgreSQL 15 both understand, so:
 *   parameters   ?1 to ?99, each bound before the first step; one is always of the same kind
 *   types        INTEGER (64 bits), TEXT, BLOB, INTEGER PRIMARY KEY; tables end with STRICT; in
 *                CAST, too.  No REAL, no BOOLEAN: a flag is an INTEGER, asked as "flag = 1"
 *   ids          given by us, or "INSERT ... RETURNING id"; no rowid, no AUTOINCREMENT
 *   conflicts    INSERT ... ON CONFLICT (columns) DO NOTHING or DO UPDATE; no INSERT OR.  Whether a
 *                row was added says store_changes
 *   functions    coalesce count length lower max min sum substr upper; || on texts; LIKE is not
 *                alike in both: compare lower() of both sides.  octet_length of a BLOB is length
 *   order        said with ORDER BY wherever it matters, with a last column that is unique; texts
 *                in order of their octets.  Every column that is not in an aggregate is grouped by
 *   names        no quotes round them, so none of SQL's words: user, order, group, end, offset
 *   transactions after a statement that failed only store_rollback helps: all that come before it
 *                fail as that one did, so ask before you insert, or ON CONFLICT DO NOTHING
 *   reads        a result may be held in memory whole: walk a long table in slices, as in
 *                "WHERE id > ?1 ORDER BY id LIMIT 1000"
 *
 * Owns    store and statements: x_open/x_close, x_prepare/x_finish
 * Faults  SYSTEM; store_error says it in words · CONFLICT: a constraint · LIMIT: out of memory ·
 *         MALFORMED: it is no database of Plenum's, or damaged
 * Thread  the record thread, or the one command that holds the directory */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/octets.h"

/* The code of SYSTEM when the connection was lost at a commit: it may have been kept. */
#define STORE_UNSURE 0x7001u

#define STORE_APPLICATION_ID 0x504c4e4d /* "PLNM" in the file's header */

struct store;
struct statement;

/* A step of the schema: applied once, in order, each in its transaction with its number. */
struct store_migration {
	const char *sql;
};

/* Opens the file or the database that `where` names, or makes it when `create`; brings it up to
 * `count` migrations.  What is wrong is said in `error` in one sentence. */
MUST_USE struct fault store_open(const char *where, bool create,
				 const struct store_migration *migrations, uint32_t count,
				 struct store **out, char error[256]);
/* An empty one that lives in memory, until it is closed. */
MUST_USE struct fault store_open_memory(const struct store_migration *migrations, uint32_t count,
					struct store **out, char error[256]);
void store_close(struct store *store); /* NULL is allowed */

/* Whether it names a database of PostgreSQL, rather than a file; whether as such it can be read. */
bool store_is_url(const char *where);
bool store_url_is_good(const char *url);
bool store_url_has_password(const char *url);

/* The TCP ports its connections go to, `max` at most; how many. */
uint32_t store_url_ports(const char *url, uint16_t *out, uint32_t max);

/* What went wrong last, with the store's name; that memory is out, when it knows of nothing. */
const char *store_error(struct store *store);

/* What a fault of a function that reads a store came from. */
const char *store_why(struct store *store, struct fault fault);

/* The file's path, or host and database without user and password. */
const char *store_name(const struct store *store);

/* Reads the file's structure through, indexes against their tables; not sound: SQLite found damage,
 * and store_error says so. */
MUST_USE struct fault store_verify(struct store *store, bool *is_sound);

/* Whether tables, indexes and all else that a file's schema may have are those of `like`, word for
 * word: a trigger that somebody left would change what is recorded.  Of PostgreSQL: always. */
MUST_USE struct fault store_compare_schema(struct store *store, struct store *like, bool *is_same);

/* For tests: the `count`th statement from now on fails with SYSTEM and is not run; 0 = none. */
void store_fail_after(struct store *store, uint32_t count);

/* To change: alone among all processes of the database.  To read: what several statements read is
 * of one moment.  A connection that was lost is made anew here, and at a statement outside of
 * transactions; nowhere else. */
MUST_USE struct fault store_begin(struct store *store);
MUST_USE struct fault store_begin_read(struct store *store);
MUST_USE struct fault store_commit(struct store *store);
void store_rollback(struct store *store);

/* `sql` is ours, never put together from values. */
MUST_USE struct fault store_prepare(struct store *store, const char *sql, struct statement **out);
void store_finish(struct statement **statement); /* for CLEAN */
void store_bind_null(struct statement *statement, int at);
void store_bind_text(struct statement *statement, int at, const char *text); /* NULL binds null */
void store_bind_int(struct statement *statement, int at, int64_t value);
void store_bind_blob(struct statement *statement, int at, struct octets octets); /* copied */

/* *has_row: a row stands ready; false at the end, after which other values may be bound for
 * another round. */
MUST_USE struct fault store_step(struct statement *statement, bool *has_row);
void store_reset(struct statement *statement); /* ready for another round before the end */

/* From the row that stands ready, valid until the next step; "", 0 and no octets for null. */
const char *store_text(struct statement *statement, int column);
int64_t store_int(struct statement *statement, int column);
struct octets store_blob(struct statement *statement, int column);
bool store_is_null(struct statement *statement, int column);

/* Rows changed by the last statement that was stepped to its end. */
uint32_t store_changes(struct store *store);

#endif
