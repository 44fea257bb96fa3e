/* kit/database.c — files, and schemas of PostgreSQL. */
#include "kit/database.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/tap.h"

static const char *url_of(void)
{
	return getenv("PLENUM_TEST_DATABASE");
}

bool database_is_postgresql(void)
{
	return url_of() != NULL;
}

static bool run_there(const char *url, const char *sql)
{
	PGconn *conn = PQconnectdb(url);
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		printf("# %s\n", PQerrorMessage(conn));
	PQclear(result);
	PQfinish(conn);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool run_in_file(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	bool ok = sqlite3_open(path, &db) == SQLITE_OK &&
		  sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;

	if (!ok)
		printf("# %s\n", sqlite3_errmsg(db));
	return sqlite3_close(db) == SQLITE_OK && ok;
}

bool database_run(const char *place, const char *sql)
{
	return database_is_postgresql() ? run_there(place, sql) : run_in_file(place, sql);
}

void database_make(char place[DATABASE_PLACE_MAX])
{
	static uint32_t made;
	char sql[64];

	if (!database_is_postgresql()) {
		(void)snprintf(place, DATABASE_PLACE_MAX, "/tmp/plenum-test-XXXXXX");
		int fd = mkstemp(place);
		expect_true(fd >= 0 && close(fd) == 0);
		return;
	}
	made++;
	(void)snprintf(sql, sizeof sql, "CREATE SCHEMA test_%d_%u", (int)getpid(), made);
	expect_true(run_there(url_of(), sql));
	(void)snprintf(place, DATABASE_PLACE_MAX, "%s%soptions=-csearch_path%%3Dtest_%d_%u",
		       url_of(), strchr(url_of(), '?') != NULL ? "&" : "?", (int)getpid(), made);
}

void database_unmake(const char *place)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	char name[DATABASE_PLACE_MAX + 64];

	if (database_is_postgresql()) {
		const char *schema = strrchr(place, 'D');
		(void)snprintf(name, sizeof name,
			       "SET client_min_messages = error;"
			       "DROP SCHEMA %s CASCADE",
			       schema + 1);
		expect_true(run_there(url_of(), name));
		return;
	}
	for (uint32_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		(void)snprintf(name, sizeof name, "%s%s", place, tails[i]);
		(void)unlink(name);
	}
}
