/* unit/ledger/world.h — a database with the log's tables and one derived table, in a file. */
#ifndef UNIT_LEDGER_WORLD_H
#define UNIT_LEDGER_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/database.h"
#include "kit/tap.h"
#include "ledger/ledger.h"

struct world {
	struct store *store;
	struct complaints complaints;
	char path[DATABASE_PLACE_MAX];
};

/* "thing": a name and a number, derived. */
static inline struct fault thing_apply(struct store *store, const struct record *record,
				       struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	const char *name = record_text_of(record, "name");
	const char *secret = record_text_of(record, "secret");
	int64_t id = 0;
	bool has_row = false;

	if (name == NULL || !record_int_of(record, "id", &id)) {
		complain(complaints, false, "thing: has no name or no id");
		return fault_of(FAULT_MALFORMED, 0);
	}
	TRY(store_prepare(store, "INSERT INTO thing (id, name, secret) VALUES (?1, ?2, ?3)",
			  &statement));
	store_bind_int(statement, 1, id);
	store_bind_text(statement, 2, name);
	store_bind_text(statement, 3, secret != NULL ? secret : "");
	return store_step(statement, &has_row);
}

static const struct record_kind thing_kinds[] = { { "thing", thing_apply }, { NULL, NULL } };
static const struct derived_table thing_tables[] = { { "thing", "id, name, secret", "id" },
						     { NULL, NULL, NULL } };

static const struct store_migration world_migrations[] = {
	{ LEDGER_TABLES LEDGER_KEY_TABLE },
	{ "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL, secret TEXT NOT NULL)"
	  " STRICT" },
};

static inline void world_open(struct world *world)
{
	char error[256] = "";

	expect_true(
		!failed(store_open(world->path, true, world_migrations, 2, &world->store, error)));
	expect_text(error, "");
}

static inline void world_init(struct world *world)
{
	*world = (struct world){ 0 };
	database_make(world->path);
	world_open(world);
}

static inline void world_fini(struct world *world)
{
	store_close(world->store);
	database_unmake(world->path);
}

static inline void thing_make(struct record *record, int64_t id, const char *name,
			      const char *secret)
{
	record_begin(record, "thing", 1795835539 + id);
	record_int(record, "id", id);
	record_text(record, "name", name);
	if (secret != NULL)
		record_private(record, "secret", secret);
}

/* One thing in a transaction of its own. */
static inline bool thing_write(struct world *world, int64_t id, const char *name,
			       const char *secret)
{
	static struct record record;

	thing_make(&record, id, name, secret);
	struct fault fault = store_begin(world->store);
	if (!failed(fault))
		fault = ledger_write(world->store, thing_kinds, &record, &world->complaints);
	if (!failed(fault))
		fault = store_commit(world->store);
	if (failed(fault))
		store_rollback(world->store);
	return !failed(fault);
}

/* The first column of the first row, as text; valid until the next. */
static inline const char *ask(struct world *world, const char *sql)
{
	static char text[4096];
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	text[0] = '\0';
	expect_true(!failed(store_prepare(world->store, sql, &statement)));
	expect_true(!failed(store_step(statement, &has_row)));
	if (has_row)
		(void)snprintf(text, sizeof text, "%s", store_text(statement, 0));
	return text;
}

#endif
