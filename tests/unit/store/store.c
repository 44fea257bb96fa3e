/* unit/store/store.c — files that are no database of ours, each with its sentence. */
#include "store/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/tap.h"

static const struct store_migration steps[] = {
	{ "CREATE TABLE a (x INTEGER) STRICT" },
	{ "CREATE TABLE b (y INTEGER) STRICT; INSERT INTO a VALUES (1)" },
	{ "INSERT INTO a VALUES (2); INSERT INTO nowhere VALUES (1)" },
};

static void path_make(char path[64])
{
	char folder[] = "/tmp/plenum-test-XXXXXX";

	expect_true(mkdtemp(folder) != NULL);
	(void)snprintf(path, 64, "%s/db", folder);
}

static void path_unmake(char *path)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	char name[96];

	for (uint32_t i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof name, "%s%s", path, tails[i]);
		(void)unlink(name);
	}
	*strrchr(path, '/') = '\0';
	(void)rmdir(path);
}

static bool opens(const char *path, bool create, uint32_t count, char error[256])
{
	struct store *store = NULL;

	error[0] = '\0';
	bool ok = !failed(store_open(path, create, steps, count, &store, error));
	store_close(store);
	expect_true(ok == (error[0] == '\0'));
	return ok;
}

static void sql_run(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	expect_u64(sqlite3_open(path, &db), SQLITE_OK);
	expect_u64(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	expect_u64(sqlite3_close(db), SQLITE_OK);
}

static void write_octets(const char *path, const char *octets, size_t len)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	expect_true(fd >= 0 && write(fd, octets, len) == (ssize_t)len && close(fd) == 0);
}

static void case_strangers(void)
{
	char path[64];
	char error[256];

	path_make(path);
	expect_true(!opens(path, false, 1, error));
	expect_true(strstr(error, "cannot be opened: No such file") != NULL);
	write_octets(path, "", 0);
	expect_true(!opens(path, false, 1, error));
	expect_true(strstr(error, "empty, not a database of Plenum's") != NULL);
	write_octets(path, "just some text that somebody wrote", 34);
	expect_true(!opens(path, true, 1, error));
	expect_true(strstr(error, ": not a database of Plenum's") != NULL);
	(void)unlink(path);
	sql_run(path, "CREATE TABLE somebody_elses (x)");
	expect_true(!opens(path, true, 1, error));
	expect_true(strstr(error, ": not a database of Plenum's") != NULL);
	(void)unlink(path);
	sql_run(path, "PRAGMA application_id = 252006674; CREATE TABLE t (x)");
	expect_true(!opens(path, false, 1, error));
	expect_true(strstr(error, ": not a database of Plenum's") != NULL);
	(void)unlink(path);
	expect_u64(mkdir(path, 0700), 0);
	expect_true(!opens(path, false, 1, error));
	expect_true(strlen(error) > strlen(path));
	(void)rmdir(path);
	path_unmake(path);
}

static void case_versions(void)
{
	char path[64];
	char error[256];
	struct store *store = NULL;

	path_make(path);
	expect_true(opens(path, true, 1, error));
	expect_true(opens(path, false, 2, error));
	expect_true(opens(path, false, 2, error));
	expect_true(!opens(path, false, 1, error));
	expect_true(strstr(error, "written by a newer Plenum") != NULL);
	/* A step that fails leaves nothing of itself. */
	expect_true(!opens(path, false, 3, error));
	expect_true(!failed(store_open(path, false, steps, 2, &store, error)));
	struct statement *statement = NULL;
	bool has_row = false;
	bool is_sound = false;
	expect_true(!failed(store_prepare(store, "SELECT count(*) FROM a", &statement)));
	expect_true(!failed(store_step(statement, &has_row)) && has_row);
	expect_u64(store_int(statement, 0), 1);
	store_finish(&statement);
	expect_true(!failed(store_verify(store, &is_sound)) && is_sound);
	store_close(store);
	path_unmake(path);
}

static void case_held(void)
{
	char path[64];
	char error[256];
	sqlite3 *other = NULL;
	struct store *store = NULL;

	path_make(path);
	expect_true(opens(path, true, 1, error));
	expect_u64(sqlite3_open(path, &other), SQLITE_OK);
	expect_u64(sqlite3_exec(other,
				"PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
				"INSERT INTO a VALUES (9)",
				NULL, NULL, NULL),
		   SQLITE_OK);
	expect_true(!opens(path, false, 1, error));
	expect_true(strstr(error, "another program holds the database") != NULL);
	expect_u64(sqlite3_close(other), SQLITE_OK);
	/* Open already, and somebody else in the middle of writing. */
	expect_true(!failed(store_open(path, false, steps, 1, &store, error)));
	expect_u64(sqlite3_open(path, &other), SQLITE_OK);
	expect_u64(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	expect_true(failed(store_begin(store)));
	expect_true(strstr(store_error(store), "another program holds the database") != NULL);
	expect_u64(sqlite3_close(other), SQLITE_OK);
	expect_true(!failed(store_begin(store)));
	store_rollback(store);
	store_close(store);
	path_unmake(path);
}

/* A page in the middle: the file opens, and what is wrong names it. */
static void page_spoil(const char *path)
{
	static const uint8_t spoilt[512] = { 0x5a, 0x5a, 0x5a };
	char expected[128];
	char error[256];
	struct store *store = NULL;
	bool is_sound = true;

	expect_true(opens(path, true, 2, error));
	int fd = open(path, O_WRONLY);
	expect_true(pwrite(fd, spoilt, sizeof spoilt, 4096) == (ssize_t)sizeof spoilt);
	expect_u64(close(fd), 0);
	expect_true(!failed(store_open(path, false, steps, 2, &store, error)));
	expect_true(failed(store_verify(store, &is_sound)) || !is_sound);
	(void)snprintf(expected, sizeof expected,
		       "%s: the database is damaged; put back a copy of it", path);
	expect_text(store_error(store), expected);
	store_close(store);
	(void)unlink(path);
}

/* A file cut short, and one that may only be read. */
static void case_damaged(void)
{
	char path[64];
	char error[256];

	path_make(path);
	expect_true(opens(path, true, 2, error));
	expect_u64(truncate(path, 5000), 0);
	if (!opens(path, false, 2, error))
		expect_true(strstr(error, "damaged") != NULL);
	(void)unlink(path);
	page_spoil(path);
	expect_true(opens(path, true, 2, error));
	sql_run(path, "PRAGMA journal_mode = DELETE");
	expect_u64(truncate(path, 150), 0);
	expect_true(!opens(path, false, 2, error));
	expect_true(strstr(error, "damaged") != NULL || strstr(error, "not a database") != NULL);
	path_unmake(path);
}

static const struct tap_case cases[] = {
	{ "strangers' files", case_strangers, 0 },
	{ "versions", case_versions, 0 },
	{ "held by another program", case_held, 0 },
	{ "damaged", case_damaged, 0 },
};
TAP_MAIN(cases)
