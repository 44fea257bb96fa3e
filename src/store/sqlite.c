/* store/sqlite.c — a file of SQLite behind the store's words. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "store/copy.h"

#define BUSY_MS 2000
#define COPY_PAGES 1024 /* between two words of progress */

#define KEPT_MAX 128u /* statements that are kept when they are finished, for the next time */

struct sqlite_store {
	struct store base;
	sqlite3 *db;
	sqlite3_stmt *kept[KEPT_MAX]; /* by their words; NULL = none */
};

struct sqlite_statement {
	struct statement base;
	sqlite3_stmt *stmt;
};

static struct sqlite_store *of(struct store *store)
{
	return (struct sqlite_store *)(void *)store;
}

static sqlite3_stmt *stmt_of(struct statement *statement)
{
	return ((struct sqlite_statement *)(void *)statement)->stmt;
}

/* --- faults ----------------------------------------------------------------------------------- */

#define WORDS_FOREIGN "not a database of Plenum's"
#define WORDS_DAMAGED "the database is damaged; put back a copy of it"

static enum fault_kind kind_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return FAULT_CONFLICT;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return FAULT_MALFORMED;
	default:
		return FAULT_SYSTEM;
	}
}

/* A sentence for what SQLite said, or its own words. */
static const char *words_of(sqlite3 *db, int code)
{
	int system = sqlite3_system_errno(db);

	switch (code & 0xff) {
	case SQLITE_NOTADB:
		return WORDS_FOREIGN;
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
		if (system == ENOSPC || system == EDQUOT)
			return "the disk is full";
		break;
	default:
		break;
	}
	return sqlite3_errmsg(db);
}

static struct fault outcome(struct store *store, int code)
{
	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return fault_none();
	if ((code & 0xff) == SQLITE_CANTOPEN)
		return store_say(store, fault_of(FAULT_SYSTEM, (uint16_t)code),
				 "cannot be opened: %s",
				 strerror(sqlite3_system_errno(of(store)->db)));
	uint16_t kept = (code & 0xff) == SQLITE_CORRUPT ? MISFIT_DAMAGED :
			(code & 0xff) == SQLITE_NOTADB  ? MISFIT_FOREIGN :
							  (uint16_t)code;
	return store_say(store, fault_of(kind_of(code), kept), "%s", words_of(of(store)->db, code));
}

/* --- the file --------------------------------------------------------------------------------- */

static struct fault sqlite_run(struct store *store, const char *sql, bool is_schema)
{
	(void)is_schema;
	return outcome(store, sqlite3_exec(of(store)->db, sql, NULL, NULL, NULL));
}

static struct fault number_read(struct store *store, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(of(store)->db, sql, -1, &stmt, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	*out = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	struct fault fault = outcome(store, code);
	(void)sqlite3_finalize(stmt);
	return fault;
}

/* A new file is ours when it is empty; any other must say so. */
static struct fault recognise(struct store *store, bool create, bool *is_new)
{
	int64_t id = 0;
	int64_t tables = 0;

	TRY(number_read(store, "PRAGMA application_id", &id));
	TRY(number_read(store, "SELECT count(*) FROM sqlite_master", &tables));
	*is_new = id == 0 && tables == 0;
	if (*is_new && !create)
		return store_say(store, fault_of(FAULT_MALFORMED, MISFIT_EMPTY),
				 "empty, " WORDS_FOREIGN);
	if (!*is_new && id != STORE_APPLICATION_ID)
		return store_say(store, fault_of(FAULT_MALFORMED, MISFIT_FOREIGN), WORDS_FOREIGN);
	return fault_none();
}

static struct fault sqlite_settle(struct store *store, bool create)
{
	char sql[64];
	bool is_new = false;

	TRY(outcome(store, sqlite3_busy_timeout(of(store)->db, BUSY_MS)));
	TRY(recognise(store, create, &is_new));
	if (is_new) {
		(void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
		TRY(sqlite_run(store, sql, false));
	}
	TRY(sqlite_run(store, "PRAGMA journal_mode = WAL", false));
	TRY(sqlite_run(store, "PRAGMA synchronous = FULL", false));
	/* A served exchange reaches no folder of temporary files. */
	TRY(sqlite_run(store, "PRAGMA temp_store = MEMORY", false));
	return sqlite_run(store, "PRAGMA foreign_keys = ON", false);
}

static void kept_drop(struct sqlite_store *store)
{
	for (uint32_t i = 0; i < KEPT_MAX; i++) {
		(void)sqlite3_finalize(store->kept[i]);
		store->kept[i] = NULL;
	}
}

static void sqlite_store_close(struct store *store)
{
	kept_drop(of(store));
	CHECK(sqlite3_close(of(store)->db) == SQLITE_OK);
	free(store);
}

static struct fault version_read(struct store *store, int64_t *out)
{
	return number_read(store, "PRAGMA user_version", out);
}

static struct fault version_set(struct store *store, uint32_t version)
{
	char sql[64];

	(void)snprintf(sql, sizeof sql, "PRAGMA user_version = %u", version);
	return sqlite_run(store, sql, false);
}

static struct fault sqlite_begin(struct store *store, bool to_read)
{
	return sqlite_run(store, to_read ? "BEGIN" : "BEGIN IMMEDIATE", false);
}

static struct fault sqlite_commit(struct store *store)
{
	return sqlite_run(store, "COMMIT", false);
}

static void sqlite_rollback(struct store *store)
{
	if (sqlite3_get_autocommit(of(store)->db) == 0)
		(void)sqlite3_exec(of(store)->db, "ROLLBACK", NULL, NULL, NULL);
}

/* What the check says of a page that could not be read is no damage: the error's code; else OK. */
static int unread_code(const char *finding)
{
	static const char mark[] = "error code=";
	const char *at = strstr(finding, mark);
	int code = at != NULL ? (int)strtol(at + strlen(mark), NULL, 10) : SQLITE_OK;

	return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ? SQLITE_OK : code;
}

static struct fault sqlite_verify(struct store *store, bool *is_sound)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(of(store)->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	const char *finding = code == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) :
						   NULL;
	*is_sound = finding != NULL && strcmp(finding, "ok") == 0;
	if (finding != NULL && unread_code(finding) != SQLITE_OK)
		code = unread_code(finding);
	struct fault fault = outcome(store, code);
	if (code != SQLITE_ROW && finding != NULL)
		fault = store_say(store, fault, "cannot be read: %s", sqlite3_errstr(code));
	(void)sqlite3_finalize(stmt);
	if (!failed(fault) && !*is_sound)
		(void)store_say(store, fault, WORDS_DAMAGED);
	return fault;
}

/* --- statements ------------------------------------------------------------------------------- */

/* Parsing takes longer than running most of them; words stand in one place, or in few. */
static sqlite3_stmt **kept_at(struct sqlite_store *store, const char *sql)
{
	uint32_t hash = 2166136261u;

	for (const char *at = sql; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	return &store->kept[hash % KEPT_MAX];
}

static struct fault sqlite_prepare(struct store *store, const char *sql, struct statement **out)
{
	struct sqlite_statement *statement = calloc(1, sizeof *statement);
	sqlite3_stmt **kept = kept_at(of(store), sql);

	if (statement == NULL)
		return store_say(store, fault_of(FAULT_LIMIT, 0), "out of memory");
	*out = &statement->base;
	if (*kept != NULL && strcmp(sqlite3_sql(*kept), sql) == 0) {
		statement->stmt = *kept;
		*kept = NULL;
		return fault_none();
	}
	struct fault fault = outcome(
		store, sqlite3_prepare_v2(of(store)->db, sql, -1, &statement->stmt, NULL));
	if (failed(fault)) {
		*out = NULL;
		free(statement);
	}
	return fault;
}

static void sqlite_finish(struct statement *statement)
{
	sqlite3_stmt *stmt = stmt_of(statement);
	const char *sql = sqlite3_sql(stmt);
	sqlite3_stmt **kept = kept_at(of(statement->store), sql != NULL ? sql : "");

	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	(void)sqlite3_finalize(*kept);
	*kept = stmt;
	free(statement);
}

static void sqlite_bind_null(struct statement *statement, int at)
{
	CHECK(sqlite3_bind_null(stmt_of(statement), at) == SQLITE_OK);
}

static void sqlite_bind_text(struct statement *statement, int at, const char *text)
{
	int code = sqlite3_bind_text(stmt_of(statement), at, text, -1, SQLITE_TRANSIENT);

	CHECK(code == SQLITE_OK || code == SQLITE_NOMEM || code == SQLITE_TOOBIG);
}

static void sqlite_bind_int(struct statement *statement, int at, int64_t value)
{
	CHECK(sqlite3_bind_int64(stmt_of(statement), at, value) == SQLITE_OK);
}

static void sqlite_bind_blob(struct statement *statement, int at, struct octets octets)
{
	/* Without an address SQLite would bind null. */
	const void *from = octets.len_octets == 0 ? "" : (const void *)octets.at;
	int code = sqlite3_bind_blob64(stmt_of(statement), at, from, octets.len_octets,
				       SQLITE_TRANSIENT);

	CHECK(code == SQLITE_OK || code == SQLITE_NOMEM || code == SQLITE_TOOBIG);
}

static struct fault sqlite_step(struct statement *statement, bool *has_row)
{
	int code = sqlite3_step(stmt_of(statement));

	*has_row = code == SQLITE_ROW;
	if (*has_row)
		return fault_none();
	struct fault fault = outcome(statement->store, code);
	(void)sqlite3_reset(stmt_of(statement));
	return fault;
}

static void sqlite_statement_reset(struct statement *statement)
{
	(void)sqlite3_reset(stmt_of(statement));
}

static const char *sqlite_text(struct statement *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt_of(statement), column);

	return text != NULL ? text : "";
}

static int64_t sqlite_integer(struct statement *statement, int column)
{
	return sqlite3_column_int64(stmt_of(statement), column);
}

static struct octets sqlite_blob(struct statement *statement, int column)
{
	const void *at = sqlite3_column_blob(stmt_of(statement), column);

	return octets_of(at, (uint32_t)sqlite3_column_bytes(stmt_of(statement), column));
}

static bool sqlite_is_null(struct statement *statement, int column)
{
	return sqlite3_column_type(stmt_of(statement), column) == SQLITE_NULL;
}

static uint32_t sqlite_changes(struct store *store)
{
	return (uint32_t)sqlite3_changes(of(store)->db);
}

static const struct store_backend sqlite_backend = {
	.settle = sqlite_settle,
	.close = sqlite_store_close,
	.version_read = version_read,
	.version_set = version_set,
	.run = sqlite_run,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.verify = sqlite_verify,
	.prepare = sqlite_prepare,
	.finish = sqlite_finish,
	.bind_null = sqlite_bind_null,
	.bind_text = sqlite_bind_text,
	.bind_int = sqlite_bind_int,
	.bind_blob = sqlite_bind_blob,
	.step = sqlite_step,
	.reset = sqlite_statement_reset,
	.text = sqlite_text,
	.integer = sqlite_integer,
	.blob = sqlite_blob,
	.is_null = sqlite_is_null,
	.changes = sqlite_changes,
};

bool store_is_file(const struct store *store)
{
	return store->backend == &sqlite_backend;
}

struct fault sqlite_copy(struct store *from, struct store *to, struct store_progress progress)
{
	int code = SQLITE_OK;
	sqlite3_backup *backup = NULL;

	backup = sqlite3_backup_init(of(to)->db, "main", of(from)->db, "main");
	if (backup == NULL)
		return outcome(to, sqlite3_errcode(of(to)->db));
	while (code == SQLITE_OK) {
		code = sqlite3_backup_step(backup, COPY_PAGES);
		int total = sqlite3_backup_pagecount(backup);
		int left = sqlite3_backup_remaining(backup);
		progress.said(progress.context,
			      total == 0 ? 100 : (uint32_t)((int64_t)(total - left) * 100 / total));
	}
	int end = sqlite3_backup_finish(backup);
	return outcome(to, code == SQLITE_DONE ? end : code);
}

/* SQLite opens a file only for reading when it could not otherwise, whatever stood in the way: that
 * who serves has no descriptor left for a moment is not to last until it ends. */
static struct fault writable_check(struct sqlite_store *store, const char *path)
{
	if (sqlite3_db_readonly(store->db, "main") != 1 || access(path, W_OK) != 0)
		return fault_none();
	return store_say(&store->base, fault_of(FAULT_SYSTEM, SQLITE_CANTOPEN),
			 "cannot be opened for writing just now; try again");
}

struct fault sqlite_store_open(const char *path, bool create, struct store **out)
{
	int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) |
		    SQLITE_OPEN_EXRESCODE;
	struct sqlite_store *store = calloc(1, sizeof *store);

	if (store == NULL)
		return fault_of(FAULT_LIMIT, 0);
	store->base.backend = &sqlite_backend;
	(void)snprintf(store->base.name, sizeof store->base.name, "%s", path);
	*out = &store->base;
	TRY(outcome(&store->base, sqlite3_open_v2(path, &store->db, flags, NULL)));
	return writable_check(store, path);
}
