/* unit/store/both.c — what holds for SQLite and PostgreSQL alike. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kit/database.h"
#include "kit/tap.h"
#include "store/store.h"

/* What is bound comes back: octets of any kind, none, and null. */
static void case_values(void)
{
	static const struct store_migration kinds[] = {
		{ "CREATE TABLE v (id INTEGER PRIMARY KEY, t TEXT, b BLOB) STRICT" },
	};
	static const uint8_t octets[] = { 0x00, 0x5c, 0x27, 0xff, 0x00 };
	struct store *store = NULL;
	struct statement *statement = NULL;
	char place[DATABASE_PLACE_MAX];
	char error[256] = "";
	bool has_row = false;

	database_make(place);
	expect_true(!failed(store_open(place, true, kinds, 1, &store, error)));
	expect_true(!failed(store_prepare(
		store, "INSERT INTO v (id, t, b) VALUES (?1, ?2, ?3) RETURNING id", &statement)));
	for (int64_t i = 0; i < 3; i++) {
		store_bind_int(statement, 1, INT64_MIN + i);
		store_bind_text(statement, 2, i == 2 ? NULL : "d\\'\xc3\xa9");
		store_bind_blob(statement, 3, octets_of(i == 0 ? octets : NULL, i == 0 ? 5 : 0));
		expect_true(!failed(store_step(statement, &has_row)) && has_row);
		expect_u64(store_int(statement, 0), INT64_MIN + i);
		expect_true(!failed(store_step(statement, &has_row)) && !has_row);
	}
	store_finish(&statement);
	expect_true(
		!failed(store_prepare(store, "SELECT id, t, b FROM v ORDER BY id", &statement)));
	expect_true(!failed(store_step(statement, &has_row)) && has_row);
	expect_text(store_text(statement, 1), "d\\'\xc3\xa9");
	expect_octets(store_blob(statement, 2).at, store_blob(statement, 2).len_octets, octets, 5);
	store_reset(statement);
	expect_true(!failed(store_step(statement, &has_row)) && has_row);
	expect_u64(store_int(statement, 0), INT64_MIN);
	expect_true(!failed(store_step(statement, &has_row)) && has_row);
	expect_true(!store_is_null(statement, 2) && store_blob(statement, 2).len_octets == 0);
	expect_true(!failed(store_step(statement, &has_row)) && has_row);
	expect_true(store_is_null(statement, 1));
	expect_text(store_text(statement, 1), "");
	store_finish(&statement);
	store_close(store);
	database_unmake(place);
}

static struct fault add(struct store *store, int64_t value)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, "INSERT INTO u (x) VALUES (?1)", &statement));
	store_bind_int(statement, 1, value);
	return store_step(statement, &has_row);
}

/* After a statement that failed, nothing of its transaction can be kept. */
static void case_spoilt(void)
{
	static const struct store_migration unique[] = {
		{ "CREATE TABLE u (x INTEGER PRIMARY KEY) STRICT" },
	};
	struct store *store = NULL;
	char place[DATABASE_PLACE_MAX];
	char error[256] = "";

	database_make(place);
	expect_true(!failed(store_open(place, true, unique, 1, &store, error)));
	expect_true(!failed(add(store, 1)));
	expect_u64(store_changes(store), 1);
	expect_u64(add(store, 1).kind, FAULT_CONFLICT);
	expect_true(!failed(store_begin(store)));
	expect_true(!failed(add(store, 2)));
	expect_u64(add(store, 1).kind, FAULT_CONFLICT);
	expect_u64(add(store, 3).kind, FAULT_CONFLICT);
	expect_u64(store_commit(store).kind, FAULT_CONFLICT);
	expect_true(strcasestr(store_error(store), "unique") != NULL);
	store_rollback(store);
	expect_true(!failed(store_begin(store)));
	expect_true(!failed(add(store, 2)));
	expect_true(!failed(store_commit(store)));
	store_close(store);
	database_unmake(place);
}

static int64_t ask(struct store *store, const char *sql)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	expect_true(!failed(store_prepare(store, sql, &statement)));
	expect_true(!failed(store_step(statement, &has_row)) && has_row);
	return store_int(statement, 0);
}

static const struct store_migration steps[] = {
	{ "CREATE TABLE a (id INTEGER PRIMARY KEY, note TEXT, data BLOB,"
	  " kind TEXT NOT NULL DEFAULT 'INTEGER ?1' CHECK (kind <> 'STRICT')) STRICT;"
	  "CREATE TABLE b (a INTEGER NOT NULL REFERENCES a ON DELETE CASCADE) STRICT" },
	{ "ALTER TABLE a ADD COLUMN more INTEGER NOT NULL DEFAULT 7 CHECK (more > 0);"
	  "CREATE INDEX b_of_a ON b (a); INSERT INTO a (id) VALUES (1); INSERT INTO b VALUES (1)" },
	{ "UPDATE a SET note = CAST(id AS TEXT); INSERT INTO nowhere VALUES (1)" },
};

static void open_at(const char *place, uint32_t count, struct store **out)
{
	char error[256] = "";

	expect_true(!failed(store_open(place, true, steps, count, out, error)));
	expect_text(error, "");
}

/* Steps come one by one, a step that fails leaves nothing, and a newer database is left alone. */
static void case_steps(void)
{
	char place[DATABASE_PLACE_MAX];
	char error[256] = "";
	struct store *store = NULL;

	database_make(place);
	open_at(place, 1, &store);
	store_close(store);
	expect_true(failed(store_open(place, false, steps, 3, &store, error)));
	expect_true(strstr(error, "nowhere") != NULL);
	open_at(place, 2, &store);
	expect_u64(ask(store, "SELECT more FROM a WHERE note IS NULL AND kind = 'INTEGER ?1'"), 7);
	expect_u64(ask(store, "DELETE FROM a WHERE id = 1 RETURNING id"), 1);
	expect_u64(ask(store, "SELECT count(*) FROM b"), 0);
	store_close(store);
	expect_u64(store_open(place, false, steps, 1, &store, error).kind, FAULT_MALFORMED);
	expect_true(strstr(error, "written by a newer Plenum") != NULL);
	database_unmake(place);
}

/* A statement in many rounds, with values of other kinds, and long ones. */
static void case_rounds(void)
{
	enum { LONG = 1 << 20 };
	char place[DATABASE_PLACE_MAX];
	struct store *store = NULL;
	struct statement *statement = NULL;
	uint8_t *octets = malloc(LONG);
	bool has_row = false;

	database_make(place);
	open_at(place, 2, &store);
	for (uint32_t i = 0; i < LONG; i++)
		octets[i] = (uint8_t)(i * 7 >> 3);
	expect_true(!failed(store_begin(store)));
	expect_true(!failed(
		store_prepare(store,
			      "INSERT INTO a (id, note, data, more) VALUES (?1, ?2, ?3, ?4)"
			      " ON CONFLICT (id) DO UPDATE SET more = a.more + excluded.more",
			      &statement)));
	for (int64_t i = 1; i <= 50; i++) {
		store_bind_int(statement, 1, i);
		store_bind_text(statement, 2, i % 3 == 0 ? NULL : "note");
		store_bind_blob(statement, 3, octets_of(octets, i == 9 ? LONG : (uint32_t)i));
		if (i % 5 == 0)
			store_bind_null(statement, 3);
		store_bind_int(statement, 4, i);
		expect_true(!failed(store_step(statement, &has_row)) && !has_row);
		expect_u64(store_changes(store), 1);
	}
	store_finish(&statement);
	expect_true(!failed(store_commit(store)));
	expect_u64(ask(store, "SELECT more FROM a WHERE id = 1"), 8);
	expect_u64(ask(store, "SELECT sum(more) FROM a"), 50 * 51 / 2 + 7);
	expect_u64(ask(store, "SELECT count(*) FROM a WHERE note IS NULL AND id > 1"), 16);
	expect_u64(ask(store, "SELECT count(*) FROM a WHERE data IS NULL AND id > 1"), 10);
	expect_true(!failed(store_prepare(store, "SELECT data, length(data) FROM a WHERE id = ?1",
					  &statement)));
	for (int64_t i = 9; i < 12; i++) {
		store_bind_int(statement, 1, i);
		expect_true(!failed(store_step(statement, &has_row)) && has_row);
		expect_true(store_is_null(statement, 0) == (i == 10));
		uint32_t len = i == 9 ? LONG : i == 10 ? 0 : 11;
		expect_octets(store_blob(statement, 0).at, store_blob(statement, 0).len_octets,
			      octets, len);
		expect_u64(store_int(statement, 1), len);
		store_reset(statement);
	}
	store_finish(&statement);
	store_close(store);
	database_unmake(place);
	free(octets);
}

/* What a transaction to read sees does not move, whatever others keep meanwhile. */
static void case_moment(void)
{
	char place[DATABASE_PLACE_MAX];
	struct store *one = NULL;
	struct store *other = NULL;

	database_make(place);
	open_at(place, 2, &one);
	open_at(place, 2, &other);
	expect_true(!failed(store_begin_read(one)));
	expect_u64(ask(one, "SELECT count(*) FROM a"), 1);
	expect_true(!failed(store_begin(other)));
	expect_u64(ask(other, "INSERT INTO a (id) VALUES (2) RETURNING id"), 2);
	expect_true(!failed(store_commit(other)));
	expect_u64(ask(one, "SELECT count(*) FROM a"), 1);
	expect_true(!failed(store_commit(one)));
	expect_u64(ask(one, "SELECT count(*) FROM a"), 2);
	store_close(one);
	store_close(other);
	database_unmake(place);
}

/* Texts are in order of their octets, whatever the language of the machine. */
static void case_order(void)
{
	static const char *const names[] = { "b", "B", "a", "\xc3\xa4", "A", "_" };
	char place[DATABASE_PLACE_MAX];
	char seen[32] = "";
	struct store *store = NULL;
	struct statement *statement = NULL;
	bool has_row = false;

	database_make(place);
	open_at(place, 2, &store);
	expect_true(!failed(
		store_prepare(store, "INSERT INTO a (id, note) VALUES (?1, ?2)", &statement)));
	for (int64_t i = 0; i < 6; i++) {
		store_bind_int(statement, 1, 100 + i);
		store_bind_text(statement, 2, names[i]);
		expect_true(!failed(store_step(statement, &has_row)));
	}
	store_finish(&statement);
	expect_true(!failed(store_prepare(store, "SELECT note FROM a WHERE id >= 100 ORDER BY note",
					  &statement)));
	for (uint32_t i = 0; i < 6; i++) {
		expect_true(!failed(store_step(statement, &has_row)) && has_row);
		size_t len = strlen(seen);
		(void)snprintf(seen + len, sizeof seen - len, "%s", store_text(statement, 0));
	}
	expect_text(seen, "AB_ab\xc3\xa4");
	store_finish(&statement);
	store_close(store);
	database_unmake(place);
}

static const struct tap_case cases[] = {
	{ "values", case_values, 0 }, { "spoilt", case_spoilt, 0 }, { "steps", case_steps, 0 },
	{ "rounds", case_rounds, 0 }, { "moment", case_moment, 0 }, { "order", case_order, 0 },
};

TAP_MAIN(cases)
