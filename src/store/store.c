/* store/store.c — SQLite behind the store's words. */
#include "store/store.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define BUSY_MS 2000
#define WORDS_MAX 192u

struct store {
	sqlite3 *db;
	char path[PATH_MAX];
	char error[PATH_MAX + WORDS_MAX];
	uint32_t fails_in; /* statements until one is made to fail; 0 = none is */
	bool was_made_to_fail;
	struct fault spoilt; /* what failed in the transaction that is open */
};

struct statement {
	sqlite3_stmt *stmt;
	struct store *store;
};

static struct fault fault_of_code(int code)
{
	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return fault_none();
	if ((code & 0xff) == SQLITE_CONSTRAINT)
		return fault_of(FAULT_CONFLICT, (uint16_t)code);
	if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT)
		return fault_of(FAULT_MALFORMED, (uint16_t)code);
	return fault_of(FAULT_SYSTEM, (uint16_t)code);
}

/* The turn of the statement that a test wants to fail. */
static bool is_made_to_fail(struct store *store)
{
	store->was_made_to_fail = store->fails_in == 1;
	if (store->fails_in != 0)
		store->fails_in--;
	return store->was_made_to_fail;
}

static const char *words_of(struct store *store, uint16_t code);

/* Keeps what went wrong in words; in a transaction all that follows fails as this did. */
static struct fault failure(struct store *store, struct fault fault)
{
	const char *words = store->was_made_to_fail ? "made to fail" : words_of(store, fault.code);

	(void)snprintf(store->error, sizeof store->error, "%s: %s", store->path,
		       words != NULL ? words : sqlite3_errmsg(store->db));
	if (sqlite3_get_autocommit(store->db) == 0)
		store->spoilt = fault;
	return fault;
}

static struct fault execute(struct store *store, const char *sql)
{
	if (failed(store->spoilt))
		return store->spoilt;
	if (is_made_to_fail(store))
		return failure(store, fault_of(FAULT_SYSTEM, SQLITE_IOERR));
	struct fault fault = fault_of_code(sqlite3_exec(store->db, sql, NULL, NULL, NULL));
	return failed(fault) ? failure(store, fault) : fault;
}

static struct fault pragma_read(struct store *store, const char *sql, int64_t *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, sql, &statement));
	TRY(store_step(statement, &has_row));
	*out = has_row ? store_int(statement, 0) : 0;
	return fault_none();
}

/* What is wrong with a file that can be read as a database. */
enum misfit {
	MISFIT_NONE = 0, /* it is none */
	MISFIT_NEWER,
	MISFIT_EMPTY,
	MISFIT_FOREIGN,
};

/* A new file is ours when it is empty; any other must say so. */
static struct fault recognise(struct store *store, bool create, bool *is_new)
{
	int64_t id = 0;
	int64_t tables = 0;

	TRY(pragma_read(store, "PRAGMA application_id", &id));
	TRY(pragma_read(store, "SELECT count(*) FROM sqlite_master", &tables));
	*is_new = id == 0 && tables == 0;
	if (*is_new)
		return create ? fault_none() : fault_of(FAULT_MALFORMED, MISFIT_EMPTY);
	return id == STORE_APPLICATION_ID ? fault_none() :
					    fault_of(FAULT_MALFORMED, MISFIT_FOREIGN);
}

static struct fault version_set(struct store *store, uint32_t version)
{
	char sql[64];

	(void)snprintf(sql, sizeof sql, "PRAGMA user_version = %u", version);
	return execute(store, sql);
}

static struct fault migrate(struct store *store, const struct store_migration *migrations,
			    uint32_t count)
{
	int64_t version = 0;

	TRY(pragma_read(store, "PRAGMA user_version", &version));
	if (version < 0 || version > count)
		return fault_of(FAULT_MALFORMED, MISFIT_NEWER);
	for (uint32_t i = (uint32_t)version; i < count; i++) {
		TRY(store_begin(store));
		struct fault fault = execute(store, migrations[i].sql);
		if (!failed(fault))
			fault = version_set(store, i + 1);
		if (!failed(fault))
			fault = store_commit(store);
		if (failed(fault)) {
			store_rollback(store);
			return fault;
		}
	}
	return fault_none();
}

static struct fault prepare_file(struct store *store, bool create,
				 const struct store_migration *migrations, uint32_t count)
{
	char sql[64];
	bool is_new = false;

	TRY(fault_of_code(sqlite3_busy_timeout(store->db, BUSY_MS)));
	TRY(recognise(store, create, &is_new));
	if (is_new) {
		(void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
		TRY(execute(store, sql));
	}
	TRY(execute(store, "PRAGMA journal_mode = WAL"));
	TRY(execute(store, "PRAGMA synchronous = FULL"));
	TRY(execute(store, "PRAGMA foreign_keys = ON"));
	return migrate(store, migrations, count);
}

#define WORDS_DAMAGED "the database is damaged; put back a copy of it"

/* A sentence for what SQLite said, NULL when its own words serve. */
static const char *words_of(struct store *store, uint16_t code)
{
	int system = sqlite3_system_errno(store->db);

	switch (code & 0xff) {
	case SQLITE_NOTADB:
		return "not a database of Plenum's";
	case SQLITE_CORRUPT:
		return WORDS_DAMAGED;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "another program holds the database; end it and try again";
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return "may not be written; see whose file and folder it is";
	case SQLITE_FULL:
		return "the disk is full";
	case SQLITE_IOERR:
		return system == ENOSPC || system == EDQUOT ? "the disk is full" : NULL;
	default:
		return NULL;
	}
}

static void explain(const char *path, struct store *store, uint32_t count, struct fault fault,
		    char error[256])
{
	bool is_misfit = fault.kind == FAULT_MALFORMED && fault.code <= MISFIT_FOREIGN;
	const char *words = is_misfit ? NULL : words_of(store, fault.code);

	if (is_misfit && fault.code == MISFIT_NEWER)
		(void)snprintf(error, 256,
			       "%s: written by a newer Plenum (this one knows %u versions of the "
			       "tables); use that one",
			       path, count);
	else if (is_misfit)
		(void)snprintf(error, 256, "%s: %snot a database of Plenum's", path,
			       fault.code == MISFIT_EMPTY ? "empty, " : "");
	else if ((fault.code & 0xff) == SQLITE_CANTOPEN)
		(void)snprintf(error, 256, "%s: cannot be opened: %s", path,
			       strerror(sqlite3_system_errno(store->db)));
	else
		(void)snprintf(error, 256, "%s: %s", path,
			       words != NULL ? words : sqlite3_errmsg(store->db));
}

struct fault store_open(const char *path, bool create, const struct store_migration *migrations,
			uint32_t count, struct store **out, char error[256])
{
	int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) |
		    SQLITE_OPEN_EXRESCODE;
	struct store *store = calloc(1, sizeof *store);

	if (store == NULL)
		return fault_of(FAULT_LIMIT, 0);
	(void)snprintf(store->path, sizeof store->path, "%s", path);
	struct fault fault = fault_of_code(sqlite3_open_v2(path, &store->db, flags, NULL));
	if (!failed(fault))
		fault = prepare_file(store, create, migrations, count);
	if (failed(fault)) {
		explain(path, store, count, fault, error);
		store_close(store);
		return fault;
	}
	*out = store;
	return fault_none();
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	CHECK(sqlite3_close(store->db) == SQLITE_OK);
	free(store);
}

struct fault store_open_memory(const struct store_migration *migrations, uint32_t count,
			       struct store **out, char error[256])
{
	return store_open(":memory:", true, migrations, count, out, error);
}

const char *store_error(struct store *store)
{
	return store->error;
}

void store_fail_after(struct store *store, uint32_t count)
{
	store->fails_in = count;
}

struct fault store_verify(struct store *store, bool *is_sound)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, "PRAGMA quick_check(1)", &statement));
	TRY(store_step(statement, &has_row));
	*is_sound = has_row && strcmp(store_text(statement, 0), "ok") == 0;
	if (!*is_sound)
		(void)snprintf(store->error, sizeof store->error, "%s: %s", store->path,
			       WORDS_DAMAGED);
	return fault_none();
}

struct fault store_begin(struct store *store)
{
	return execute(store, "BEGIN IMMEDIATE");
}

struct fault store_commit(struct store *store)
{
	return execute(store, "COMMIT");
}

void store_rollback(struct store *store)
{
	store->spoilt = fault_none();
	if (sqlite3_get_autocommit(store->db) == 0)
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

struct fault store_prepare(struct store *store, const char *sql, struct statement **out)
{
	struct statement *statement = calloc(1, sizeof *statement);

	if (statement == NULL)
		return fault_of(FAULT_LIMIT, 0);
	statement->store = store;
	struct fault fault = fault_of_code(
		sqlite3_prepare_v2(store->db, sql, -1, &statement->stmt, NULL));
	if (failed(fault)) {
		free(statement);
		return failure(store, fault);
	}
	*out = statement;
	return fault_none();
}

void store_finish(struct statement **statement)
{
	if (*statement == NULL)
		return;
	(void)sqlite3_finalize((*statement)->stmt);
	free(*statement);
	*statement = NULL;
}

void store_bind_text(struct statement *statement, int at, const char *text)
{
	int code = text == NULL ?
			   sqlite3_bind_null(statement->stmt, at) :
			   sqlite3_bind_text(statement->stmt, at, text, -1, SQLITE_TRANSIENT);

	CHECK(code == SQLITE_OK || code == SQLITE_NOMEM || code == SQLITE_TOOBIG);
}

void store_bind_int(struct statement *statement, int at, int64_t value)
{
	CHECK(sqlite3_bind_int64(statement->stmt, at, value) == SQLITE_OK);
}

void store_bind_blob(struct statement *statement, int at, struct octets octets)
{
	/* Without an address SQLite would bind null. */
	const void *from = octets.len_octets == 0 ? "" : (const void *)octets.at;
	int code = sqlite3_bind_blob64(statement->stmt, at, from, octets.len_octets,
				       SQLITE_TRANSIENT);

	CHECK(code == SQLITE_OK || code == SQLITE_NOMEM || code == SQLITE_TOOBIG);
}

struct fault store_step(struct statement *statement, bool *has_row)
{
	struct store *store = statement->store;

	*has_row = false;
	if (failed(store->spoilt))
		return store->spoilt;
	if (is_made_to_fail(store))
		return failure(store, fault_of(FAULT_SYSTEM, SQLITE_IOERR));
	int code = sqlite3_step(statement->stmt);
	*has_row = code == SQLITE_ROW;
	if (code == SQLITE_ROW)
		return fault_none();
	struct fault fault = fault_of_code(code);
	if (failed(fault))
		fault = failure(store, fault);
	store_reset(statement);
	return fault;
}

void store_reset(struct statement *statement)
{
	(void)sqlite3_reset(statement->stmt);
}

const char *store_text(struct statement *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement->stmt, column);

	return text != NULL ? text : "";
}

int64_t store_int(struct statement *statement, int column)
{
	return sqlite3_column_int64(statement->stmt, column);
}

struct octets store_blob(struct statement *statement, int column)
{
	const void *at = sqlite3_column_blob(statement->stmt, column);

	return octets_of(at, (uint32_t)sqlite3_column_bytes(statement->stmt, column));
}

bool store_is_null(struct statement *statement, int column)
{
	return sqlite3_column_type(statement->stmt, column) == SQLITE_NULL;
}

uint32_t store_changes(struct store *store)
{
	return (uint32_t)sqlite3_changes(store->db);
}
