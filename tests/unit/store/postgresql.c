/* unit/store/postgresql.c — what is so with PostgreSQL alone: losses, turns, strangers, words. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/database.h"
#include "kit/tap.h"
#include "store/store.h"

#define END_ALL \
	"SELECT pg_terminate_backend(pid) FROM pg_stat_activity" \
	" WHERE application_name = 'plenum'"

static const struct store_migration steps[] = {
	{ "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT" },
	{ "CREATE TABLE b (id INTEGER PRIMARY KEY) STRICT" },
};

static void begin(char place[DATABASE_PLACE_MAX], struct store **store)
{
	char error[256] = "";

	if (!database_is_postgresql())
		tap_skip("no PostgreSQL; tests/kit/postgres.py runs this with one");
	database_make(place);
	expect_true(!failed(store_open(place, true, steps, 2, store, error)));
	expect_text(error, "");
}

static struct fault add(struct store *store, int64_t id)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, "INSERT INTO a (id) VALUES (?1)", &statement));
	store_bind_int(statement, 1, id);
	return store_step(statement, &has_row);
}

static int64_t count(struct store *store)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	expect_true(!failed(store_prepare(store, "SELECT count(*) FROM a", &statement)));
	expect_true(!failed(store_step(statement, &has_row)) && has_row);
	return store_int(statement, 0);
}

/* Between transactions nothing is lost; inside one all of it is, and it is said. */
static void case_loss(void)
{
	char place[DATABASE_PLACE_MAX];
	struct store *store = NULL;

	begin(place, &store);
	expect_true(!failed(add(store, 1)));
	expect_true(database_run(place, END_ALL));
	expect_u64(count(store), 1);
	expect_true(database_run(place, END_ALL));
	expect_true(!failed(store_begin(store)));
	expect_true(!failed(add(store, 2)));
	expect_true(database_run(place, END_ALL));
	expect_u64(add(store, 3).kind, FAULT_SYSTEM);
	expect_true(strstr(store_error(store), "connection") != NULL);
	expect_true(strstr(store_error(store), "postgresql://") == store_error(store));
	expect_u64(add(store, 4).kind, FAULT_SYSTEM);
	expect_u64(store_commit(store).kind, FAULT_SYSTEM);
	store_rollback(store);
	expect_u64(count(store), 1);
	expect_true(!failed(store_begin(store)));
	expect_true(!failed(add(store, 2)));
	expect_true(database_run(place, END_ALL));
	expect_u64(store_commit(store).code, STORE_UNSURE);
	expect_true(strstr(store_error(store), "look whether it was") != NULL);
	store_rollback(store);
	expect_u64(count(store), 1);
	store_close(store);
	database_unmake(place);
}

/* A statement that was prepared before a loss is prepared again. */
static void case_prepared_loss(void)
{
	char place[DATABASE_PLACE_MAX];
	struct store *store = NULL;
	struct statement *statement = NULL;
	bool has_row = false;

	begin(place, &store);
	expect_true(!failed(store_prepare(store, "INSERT INTO a (id) VALUES (?1)", &statement)));
	for (int64_t i = 0; i < 6; i++) {
		store_bind_int(statement, 1, i);
		expect_true(!failed(store_step(statement, &has_row)));
		if (i == 3)
			expect_true(database_run(place, END_ALL));
	}
	store_finish(&statement);
	expect_u64(count(store), 6);
	store_close(store);
	database_unmake(place);
}

struct turn {
	struct store *store;
	_Atomic bool has_begun;
};

static void *turn_take(void *context)
{
	struct turn *turn = context;

	expect_true(!failed(store_begin(turn->store)));
	atomic_store(&turn->has_begun, true);
	expect_u64(count(turn->store), 1);
	expect_true(!failed(add(turn->store, 2)));
	expect_true(!failed(store_commit(turn->store)));
	return NULL;
}

/* Who comes second waits, and sees what the first one kept. */
static void case_turns(void)
{
	char place[DATABASE_PLACE_MAX];
	char error[256] = "";
	struct store *store = NULL;
	struct turn turn = { 0 };
	pthread_t thread;

	begin(place, &store);
	expect_true(!failed(store_open(place, false, steps, 2, &turn.store, error)));
	expect_true(!failed(store_begin(store)));
	expect_true(pthread_create(&thread, NULL, turn_take, &turn) == 0);
	while (!database_run(place, "SELECT 1 / count(*) FROM pg_locks WHERE NOT granted"
				    " AND locktype = 'advisory'"))
		;
	expect_true(!atomic_load(&turn.has_begun));
	expect_true(!failed(add(store, 1)));
	expect_true(!failed(store_commit(store)));
	expect_true(pthread_join(thread, NULL) == 0);
	expect_u64(count(store), 2);
	store_close(turn.store);
	store_close(store);
	database_unmake(place);
}

/* Many processes that start at once on an empty database. */
static void case_race(void)
{
	enum { PROCESSES = 8 };
	char place[DATABASE_PLACE_MAX];
	char error[256] = "";
	struct store *store = NULL;

	if (!database_is_postgresql())
		tap_skip("no PostgreSQL; tests/kit/postgres.py runs this with one");
	database_make(place);
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			bool ok = !failed(store_open(place, true, steps, 2, &store, error));
			if (!ok)
				printf("# %s\n", error);
			store_close(store);
			(void)fflush(stdout);
			_exit(ok ? 0 : 1);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = 1;
		expect_true(wait(&status) > 0);
		expect_u64(status, 0);
	}
	database_unmake(place);
}

static bool refuses(const char *place, const char *words)
{
	char error[256] = "";
	struct store *store = NULL;
	bool is_refused = failed(store_open(place, false, steps, 2, &store, error));

	store_close(is_refused ? NULL : store);
	bool is_said = strstr(error, words) != NULL && strstr(error, "sesame") == NULL;
	if (!is_said)
		printf("# %s: \"%s\"\n", place, error);
	return is_refused && is_said;
}

/* Somebody else's tables, an empty place, no place: each said, and nobody's password. */
static void case_strangers(void)
{
	char place[DATABASE_PLACE_MAX];
	char other[DATABASE_PLACE_MAX + 16];
	struct store *store = NULL;

	begin(place, &store);
	store_close(store);
	expect_true(database_run(place, "DROP TABLE a, b, plenum_store"));
	expect_true(refuses(place, "empty, not a database of Plenum's"));
	expect_true(database_run(place, "CREATE TABLE theirs (x BIGINT)"));
	expect_true(refuses(place, "holds tables that are not Plenum's"));
	(void)snprintf(other, sizeof other, "%s_not", place);
	expect_true(refuses(other, "there is no schema to work in"));
	database_unmake(place);
	expect_true(refuses("postgresql://me:sesame@127.0.0.1:1/x",
			    "postgresql://127.0.0.1:1/x: the database cannot be reached: "
			    "Connection refused"));
	expect_true(refuses("postgresql:///x?host=/nowhere&password=sesame",
			    "postgresql:///nowhere/x: the database cannot be reached: "));
	expect_true(refuses("postgresql://me:sesame@h/x?bad=1", "not a URL such as"));
	expect_true(!store_url_is_good("postgresql://me:sesame@[::1/x"));
	expect_true(store_url_is_good("postgres://h/x") && !store_url_is_good("exchange.db"));
}

static const struct tap_case cases[] = {
	{ "loss", case_loss, 0 },           { "prepared loss", case_prepared_loss, 0 },
	{ "turns", case_turns, 0 },         { "race", case_race, 0 },
	{ "strangers", case_strangers, 0 },
};

TAP_MAIN(cases)
