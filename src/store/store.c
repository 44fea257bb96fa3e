/* store/store.c — what holds for both backends.
 *
 * Invariant: while a transaction is open and something in it failed, `spoilt` is that fault, and
 * nothing is run before store_rollback. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "store/inside.h"
#include "store/link.h"

struct fault store_say(struct store *store, struct fault fault, const char *format, ...)
{
	int len = snprintf(store->error, sizeof store->error, "%s: ", store->name);
	va_list list;

	CHECK(len > 0 && len < (int)sizeof store->error);
	va_start(list, format);
	(void)vsnprintf(store->error + len, sizeof store->error - (size_t)len, format, list);
	va_end(list);
	return fault;
}

/* The turn of the statement that a test wants to fail. */
static bool is_made_to_fail(struct store *store)
{
	bool fails = store->fails_in == 1;

	if (store->fails_in != 0)
		store->fails_in--;
	return fails;
}

/* Before a statement: none, or why it may not run. */
static struct fault admit(struct store *store)
{
	if (failed(store->spoilt))
		return store->spoilt;
	if (!is_made_to_fail(store))
		return fault_none();
	struct fault fault = store_say(store, fault_of(FAULT_SYSTEM, 0), "made to fail");
	if (store->in_transaction)
		store->spoilt = fault;
	return fault;
}

static struct fault keep(struct store *store, struct fault fault)
{
	if (failed(fault) && store->in_transaction)
		store->spoilt = fault;
	return fault;
}

/* --- opening ---------------------------------------------------------------------------------- */

static struct fault migrate_step(struct store *store, const struct store_migration *migrations,
				 uint32_t count, bool *is_done)
{
	int64_t version = 0;

	TRY(store->backend->version_read(store, &version));
	if (version < 0 || version > count)
		return store_say(store, fault_of(FAULT_MALFORMED, MISFIT_NEWER),
				 "written by a newer Plenum (this one knows %u versions of the "
				 "tables); use that one",
				 count);
	*is_done = version == count;
	if (*is_done)
		return fault_none();
	TRY(store->backend->run(store, migrations[version].sql, true));
	return store->backend->version_set(store, (uint32_t)version + 1);
}

/* Each step in a transaction that reads the number anew: another process may have made it. */
static struct fault migrate(struct store *store, const struct store_migration *migrations,
			    uint32_t count)
{
	bool is_done = false;

	for (uint32_t round = 0; round <= count && !is_done; round++) {
		TRY(store_begin(store));
		struct fault fault = migrate_step(store, migrations, count, &is_done);
		if (!failed(fault))
			fault = store_commit(store);
		if (failed(fault)) {
			store_rollback(store);
			return fault;
		}
	}
	return fault_none();
}

static struct fault open_settled(const char *where, bool create, struct store **out)
{
	struct store *store = NULL;
	struct fault fault = store_is_url(where) ? postgresql_store_open(where, &store) :
						   sqlite_store_open(where, create, &store);

	*out = store;
	if (!failed(fault))
		fault = store->backend->settle(store, create);
	return fault;
}

/* A store that could not be opened is closed, and what it said is kept. */
static struct fault opened(struct fault fault, struct store **out, char error[256])
{
	if (!failed(fault))
		return fault;
	(void)snprintf(error, 256, "%.255s", *out != NULL ? (*out)->error : "out of memory");
	store_close(*out);
	*out = NULL;
	return fault;
}

struct fault store_open(const char *where, bool create, const struct store_migration *migrations,
			uint32_t count, struct store **out, char error[256])
{
	struct fault fault = open_settled(where, create, out);

	if (!failed(fault))
		fault = migrate(*out, migrations, count);
	return opened(fault, out, error);
}

struct fault store_open_as_is(const char *where, struct store **out, char error[256])
{
	return opened(open_settled(where, false, out), out, error);
}

struct fault store_open_memory(const struct store_migration *migrations, uint32_t count,
			       struct store **out, char error[256])
{
	return store_open(":memory:", true, migrations, count, out, error);
}

void store_close(struct store *store)
{
	if (store != NULL)
		store->backend->close(store);
}

const char *store_error(struct store *store)
{
	return store->error[0] != '\0' ? store->error : "out of memory";
}

const char *store_why(struct store *store, struct fault fault)
{
	return fault.kind == FAULT_SYSTEM ? store_error(store) : fault_word(fault);
}

const char *store_name(const struct store *store)
{
	return store->name;
}

void store_fail_after(struct store *store, uint32_t count)
{
	store->fails_in = count;
}

struct fault store_verify(struct store *store, bool *is_sound)
{
	TRY(admit(store));
	return keep(store, store->backend->verify(store, is_sound));
}

/* A backup has its files beside the tables; the library may keep statistics. */
static struct fault schema_open(struct store *store, struct statement **out, bool *has_row)
{
	TRY(store_prepare(store,
			  "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master"
			  " WHERE tbl_name <> 'backup_file'"
			  " AND name NOT LIKE 'sqlite_stat%' ORDER BY type, name",
			  out));
	return store_step(*out, has_row);
}

struct fault store_compare_schema(struct store *store, struct store *like, bool *is_same)
{
	struct statement *a CLEAN(store_finish) = NULL;
	struct statement *b CLEAN(store_finish) = NULL;
	bool has_a = false;
	bool has_b = false;

	*is_same = true;
	if (!store_is_file(store) || !store_is_file(like))
		return fault_none();
	TRY(schema_open(store, &a, &has_a));
	TRY(schema_open(like, &b, &has_b));
	while (*is_same && has_a && has_b) {
		for (int i = 0; i < 4; i++)
			*is_same = *is_same && strcmp(store_text(a, i), store_text(b, i)) == 0;
		TRY(store_step(a, &has_a));
		TRY(store_step(b, &has_b));
	}
	*is_same = *is_same && has_a == has_b;
	return fault_none();
}

/* --- transactions ----------------------------------------------------------------------------- */

static struct fault begin(struct store *store, bool to_read)
{
	CHECK(!store->in_transaction);
	TRY(admit(store));
	TRY(store->backend->begin(store, to_read));
	store->in_transaction = true;
	return fault_none();
}

struct fault store_begin(struct store *store)
{
	return begin(store, false);
}

struct fault store_begin_read(struct store *store)
{
	return begin(store, true);
}

struct fault store_commit(struct store *store)
{
	CHECK(store->in_transaction);
	TRY(admit(store));
	struct fault fault = keep(store, store->backend->commit(store));
	store->in_transaction = failed(fault);
	return fault;
}

void store_rollback(struct store *store)
{
	if (store->in_transaction)
		store->backend->rollback(store);
	store->in_transaction = false;
	store->spoilt = fault_none();
}

/* --- statements ------------------------------------------------------------------------------- */

struct fault store_prepare(struct store *store, const char *sql, struct statement **out)
{
	struct fault fault = store->backend->prepare(store, sql, out);

	if (!failed(fault))
		(*out)->store = store;
	return keep(store, fault);
}

void store_finish(struct statement **statement)
{
	if (*statement != NULL)
		(*statement)->store->backend->finish(*statement);
	*statement = NULL;
}

void store_bind_null(struct statement *statement, int at)
{
	statement->store->backend->bind_null(statement, at);
}

void store_bind_text(struct statement *statement, int at, const char *text)
{
	if (text == NULL)
		statement->store->backend->bind_null(statement, at);
	else
		statement->store->backend->bind_text(statement, at, text);
}

void store_bind_int(struct statement *statement, int at, int64_t value)
{
	statement->store->backend->bind_int(statement, at, value);
}

void store_bind_blob(struct statement *statement, int at, struct octets octets)
{
	statement->store->backend->bind_blob(statement, at, octets);
}

struct fault store_step(struct statement *statement, bool *has_row)
{
	struct store *store = statement->store;

	*has_row = false;
	TRY(admit(store));
	return keep(store, store->backend->step(statement, has_row));
}

void store_reset(struct statement *statement)
{
	statement->store->backend->reset(statement);
}

const char *store_text(struct statement *statement, int column)
{
	return statement->store->backend->text(statement, column);
}

int64_t store_int(struct statement *statement, int column)
{
	return statement->store->backend->integer(statement, column);
}

struct octets store_blob(struct statement *statement, int column)
{
	return statement->store->backend->blob(statement, column);
}

bool store_is_null(struct statement *statement, int column)
{
	return statement->store->backend->is_null(statement, column);
}

uint32_t store_changes(struct store *store)
{
	return store->backend->changes(store);
}
