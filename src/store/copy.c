/* store/copy.c — rows, table by table. */
#include "store/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

#define TABLES_MAX 128u
#define COLUMNS_MAX 64u
#define NAME_MAX_OCTETS 64u
#define SQL_MAX 8192u
#define ROWS_A_FETCH 500  /* of PostgreSQL's cursor, held in memory */
#define ROWS_A_WORD 1000u /* between two words of progress */

enum kind {
	KIND_INTEGER = 0,
	KIND_TEXT,
	KIND_BLOB,
};

struct table {
	char name[NAME_MAX_OCTETS];
	uint32_t column_count;
	enum kind kind[COLUMNS_MAX];
	char columns[SQL_MAX / 2]; /* "a, b, c" */
};

struct catalogue {
	uint32_t count;
	struct table table[TABLES_MAX];
};

struct walk {
	struct store *from;
	struct store *to;
	struct store_progress progress;
	uint64_t done;
	uint64_t total;
};

/* --- which tables there are ------------------------------------------------------------------- */

static enum kind kind_of(const char *type)
{
	return strcmp(type, "INTEGER") == 0 ? KIND_INTEGER :
	       strcmp(type, "BLOB") == 0    ? KIND_BLOB :
					      KIND_TEXT;
}

static struct fault columns_read(struct store *file, struct table *table)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char sql[NAME_MAX_OCTETS + 32];
	size_t len = 0;
	bool has_row = false;

	(void)snprintf(sql, sizeof sql, "PRAGMA table_info(%s)", table->name);
	TRY(store_prepare(file, sql, &statement));
	TRY(store_step(statement, &has_row));
	while (has_row) {
		CHECK(table->column_count < COLUMNS_MAX);
		table->kind[table->column_count] = kind_of(store_text(statement, 2));
		len += (size_t)snprintf(table->columns + len, sizeof table->columns - len, "%s%s",
					table->column_count == 0 ? "" : ", ",
					store_text(statement, 1));
		CHECK(len < sizeof table->columns);
		table->column_count++;
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

static struct fault catalogue_read(struct store *file, struct catalogue *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(
		file,
		"SELECT name FROM sqlite_master WHERE type = 'table' AND"
		" substr(name, 1, 7) <> 'sqlite_' AND name <> 'backup_file' ORDER BY rowid",
		&statement));
	TRY(store_step(statement, &has_row));
	while (has_row) {
		CHECK(out->count < TABLES_MAX);
		struct table *table = &out->table[out->count++];
		CHECK(snprintf(table->name, sizeof table->name, "%s", store_text(statement, 0)) <
		      (int)sizeof table->name);
		TRY(columns_read(file, table));
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct fault rows_count(struct store *store, const char *table, uint64_t *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char sql[NAME_MAX_OCTETS + 32];
	bool has_row = false;

	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	TRY(store_prepare(store, sql, &statement));
	TRY(store_step(statement, &has_row));
	*out = (uint64_t)store_int(statement, 0);
	return fault_none();
}

static void row_bind(const struct table *table, struct statement *from, struct statement *to)
{
	for (uint32_t i = 0; i < table->column_count; i++) {
		int column = (int)i;
		if (store_is_null(from, column))
			store_bind_null(to, column + 1);
		else if (table->kind[i] == KIND_INTEGER)
			store_bind_int(to, column + 1, store_int(from, column));
		else if (table->kind[i] == KIND_BLOB)
			store_bind_blob(to, column + 1, store_blob(from, column));
		else
			store_bind_text(to, column + 1, store_text(from, column));
	}
}

static struct fault insert_prepare(struct store *to, const struct table *table,
				   struct statement **out)
{
	char sql[SQL_MAX];
	int len = snprintf(sql, sizeof sql, "INSERT INTO %s (%s) VALUES (", table->name,
			   table->columns);

	for (uint32_t i = 1; i <= table->column_count; i++)
		len += snprintf(sql + len, sizeof sql - (size_t)len, "?%u%s", i,
				i == table->column_count ? ")" : ", ");
	CHECK(len < (int)sizeof sql);
	return store_prepare(to, sql, out);
}

/* A file gives row after row by itself; of a database they are fetched, some at a time. */
static struct fault select_prepare(struct store *from, const struct table *table,
				   struct statement **out)
{
	char sql[SQL_MAX];
	bool is_file = store_is_file(from);

	CHECK(snprintf(sql, sizeof sql, "%sSELECT %s FROM %s",
		       is_file ? "" : "DECLARE copying NO SCROLL CURSOR FOR ", table->columns,
		       table->name) < (int)sizeof sql);
	if (is_file)
		return store_prepare(from, sql, out);
	TRY(from->backend->run(from, sql, false));
	(void)snprintf(sql, sizeof sql, "FETCH %d FROM copying", ROWS_A_FETCH);
	return store_prepare(from, sql, out);
}

static struct fault rows_copy(struct walk *walk, const struct table *table)
{
	struct statement *select CLEAN(store_finish) = NULL;
	struct statement *insert CLEAN(store_finish) = NULL;
	bool has_row = false;
	bool unused = false;
	uint64_t rows = 0;

	TRY(select_prepare(walk->from, table, &select));
	TRY(insert_prepare(walk->to, table, &insert));
	for (;;) {
		TRY(store_step(select, &has_row));
		/* The end of what was fetched; the next round fetches more. */
		if (!has_row && !store_is_file(walk->from) && rows != 0 && rows % ROWS_A_FETCH == 0)
			TRY(store_step(select, &has_row));
		if (!has_row)
			break;
		row_bind(table, select, insert);
		TRY(store_step(insert, &unused));
		rows++;
		if (++walk->done % ROWS_A_WORD == 0)
			walk->progress.said(walk->progress.context,
					    (uint32_t)(walk->done * 100 / walk->total));
	}
	return store_is_file(walk->from) ?
		       fault_none() :
		       walk->from->backend->run(walk->from, "CLOSE copying", false);
}

static struct fault tables_empty(struct walk *walk, const struct catalogue *catalogue)
{
	char sql[NAME_MAX_OCTETS + 32];
	bool has_row = false;

	for (uint32_t i = catalogue->count; i > 0; i--) {
		struct statement *statement CLEAN(store_finish) = NULL;
		(void)snprintf(sql, sizeof sql, "DELETE FROM %s", catalogue->table[i - 1].name);
		TRY(store_prepare(walk->to, sql, &statement));
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

static struct fault catalogue_copy(struct walk *walk, const struct catalogue *catalogue)
{
	for (uint32_t i = 0; i < catalogue->count; i++) {
		uint64_t count = 0;
		TRY(rows_count(walk->from, catalogue->table[i].name, &count));
		walk->total += count;
	}
	TRY(tables_empty(walk, catalogue));
	for (uint32_t i = 0; i < catalogue->count; i++)
		TRY(rows_copy(walk, &catalogue->table[i]));
	return fault_none();
}

struct fault copy_tables(struct store *from, struct store *to, struct store_progress progress)
{
	struct walk walk = { .from = from, .to = to, .progress = progress };
	struct catalogue *catalogue = calloc(1, sizeof *catalogue);
	bool begins = !to->in_transaction;

	if (catalogue == NULL)
		return store_say(to, fault_of(FAULT_LIMIT, 0), "out of memory");
	struct fault fault = catalogue_read(store_is_file(from) ? from : to, catalogue);
	if (!failed(fault) && begins)
		fault = store_begin(to);
	if (!failed(fault))
		fault = catalogue_copy(&walk, catalogue);
	if (!failed(fault) && begins)
		fault = store_commit(to);
	if (failed(fault) && begins)
		store_rollback(to);
	free(catalogue);
	return fault;
}

struct fault store_replace(struct store *to, struct store *from, struct store_progress progress)
{
	struct fault fault = store_begin_read(from);

	if (!failed(fault))
		fault = copy_tables(from, to, progress);
	store_rollback(from);
	if (failed(fault) && to->error[0] == '\0')
		(void)snprintf(to->error, sizeof to->error, "%s", from->error);
	return fault;
}

/* A new database in memory knows the tables, and the rows that they are born with. */
struct fault store_is_bare(struct store *store, const struct store_migration *migrations,
			   uint32_t count, bool *out)
{
	struct catalogue *catalogue = calloc(1, sizeof *catalogue);
	struct store *memory = NULL;

	if (catalogue == NULL)
		return store_say(store, fault_of(FAULT_LIMIT, 0), "out of memory");
	*out = true;
	struct fault fault = store_open_memory(migrations, count, &memory, store->error);
	if (!failed(fault))
		fault = catalogue_read(memory, catalogue);
	for (uint32_t i = 0; i < catalogue->count && !failed(fault) && *out; i++) {
		uint64_t rows = 0;
		uint64_t born_with = 0;
		fault = rows_count(memory, catalogue->table[i].name, &born_with);
		if (!failed(fault))
			fault = rows_count(store, catalogue->table[i].name, &rows);
		*out = rows == born_with;
	}
	store_close(memory);
	free(catalogue);
	return fault;
}
