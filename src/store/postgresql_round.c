/* store/postgresql_round.c — statements of PostgreSQL: values in, a round, rows out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/dialect.h"
#include "store/postgresql.h"

/* The types' numbers, which never change. */
#define TYPE_UNSAID 0u
#define TYPE_BYTEA 17u
#define TYPE_INT8 20u
#define TYPE_TEXT 25u

struct parameter {
	Oid type;
	bool is_null;
	int len;
	char *value;
	uint32_t room;
};

struct postgresql_statement {
	struct statement base;
	char *sql;
	bool changes;
	bool is_starved; /* a value found no memory */
	int count;
	struct parameter parameter[PARAMETERS_MAX];
	PGresult *result;
	int row;
};

static struct postgresql_statement *statement_of(struct statement *statement)
{
	return (struct postgresql_statement *)(void *)statement;
}

/* --- values ----------------------------------------------------------------------------------- */

static bool changes_something(const char *sql)
{
	return strncmp(sql, "INSERT", 6) == 0 || strncmp(sql, "UPDATE", 6) == 0 ||
	       strncmp(sql, "DELETE", 6) == 0;
}

struct fault postgresql_prepare(struct store *store, const char *sql, struct statement **out)
{
	struct postgresql_statement *statement = calloc(1, sizeof *statement);
	size_t room = 2 * strlen(sql) + 1;

	if (statement != NULL)
		statement->sql = malloc(room);
	if (statement == NULL || statement->sql == NULL) {
		free(statement);
		return store_say(store, fault_of(FAULT_LIMIT, 0), "out of memory");
	}
	CHECK(dialect_postgresql(sql, false, statement->sql, room));
	statement->changes = changes_something(sql);
	*out = &statement->base;
	return fault_none();
}

void postgresql_reset(struct statement *base)
{
	struct postgresql_statement *statement = statement_of(base);

	PQclear(statement->result);
	statement->result = NULL;
}

void postgresql_finish(struct statement *base)
{
	struct postgresql_statement *statement = statement_of(base);

	postgresql_reset(base);
	for (int i = 0; i < PARAMETERS_MAX; i++)
		free(statement->parameter[i].value);
	free(statement->sql);
	free(statement);
}

static void bind(struct statement *base, int at, Oid type, const void *value, size_t len)
{
	struct postgresql_statement *statement = statement_of(base);
	struct parameter *parameter = &statement->parameter[at - 1];

	CHECK(at >= 1 && at <= PARAMETERS_MAX && statement->result == NULL);
	parameter->type = type;
	parameter->is_null = value == NULL;
	statement->count = at > statement->count ? at : statement->count;
	if (value == NULL)
		return;
	if (len >= parameter->room) {
		char *grown = realloc(parameter->value, len + 1);
		if (grown == NULL) {
			statement->is_starved = true;
			return;
		}
		parameter->value = grown;
		parameter->room = (uint32_t)len + 1;
	}
	mem_copy(parameter->value, value, len);
	parameter->value[len] = '\0';
	parameter->len = (int)len;
}

void postgresql_bind_null(struct statement *statement, int at)
{
	bind(statement, at, TYPE_UNSAID, NULL, 0);
}

void postgresql_bind_text(struct statement *statement, int at, const char *text)
{
	bind(statement, at, TYPE_TEXT, text, strlen(text));
}

void postgresql_bind_int(struct statement *statement, int at, int64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)value);

	bind(statement, at, TYPE_INT8, digits, (size_t)len);
}

void postgresql_bind_blob(struct statement *statement, int at, struct octets octets)
{
	bind(statement, at, TYPE_BYTEA, octets.len_octets != 0 ? (const void *)octets.at : "",
	     octets.len_octets);
}

/* --- a round ---------------------------------------------------------------------------------- */

struct values {
	Oid type[PARAMETERS_MAX];
	const char *value[PARAMETERS_MAX];
	int len[PARAMETERS_MAX];
	int format[PARAMETERS_MAX];
};

static void values_gather(const struct postgresql_statement *statement, struct values *out)
{
	for (int i = 0; i < statement->count; i++) {
		const struct parameter *from = &statement->parameter[i];
		out->type[i] = from->type;
		out->value[i] = from->is_null ? NULL : from->value;
		out->len[i] = from->len;
		out->format[i] = from->type == TYPE_BYTEA ? 1 : 0;
	}
}

static struct known *known_at(struct postgresql_store *own, const char *sql, uint32_t *number)
{
	uint32_t hash = 2166136261u;

	for (const char *at = sql; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	*number = hash % KNOWN_MAX;
	return &own->known[*number];
}

/* Seen for the first time: it is remembered, and runs by itself. */
static bool is_new(struct known *known, const struct postgresql_statement *statement)
{
	if (known->sql != NULL)
		return false;
	known->sql = strdup(statement->sql);
	return true;
}

static bool is_same(const struct known *known, const struct postgresql_statement *statement,
		    const struct values *values)
{
	if (known->count != statement->count)
		return false;
	for (int i = 0; i < statement->count; i++) {
		if (known->type[i] != values->type[i])
			return false;
	}
	return true;
}

/* The name is given, unless somebody else of the same place, or of other kinds of values, has it.
 */
static struct fault name_give(struct postgresql_statement *statement, const struct values *values,
			      const char *name, struct known *known, bool *has_name)
{
	struct link *link = &postgresql_of(statement->base.store)->link;

	*has_name = false;
	if (known->sql == NULL || strcmp(known->sql, statement->sql) != 0)
		return fault_none();
	if (known->generation == link->generation) {
		*has_name = is_same(known, statement, values);
		return fault_none();
	}
	TRY(link_answer(
		link,
		PQsendPrepare(link->conn, name, statement->sql, statement->count, values->type),
		NULL));
	for (int i = 0; i < statement->count; i++)
		known->type[i] = values->type[i];
	known->count = statement->count;
	known->generation = link->generation;
	*has_name = true;
	return fault_none();
}

static struct fault round_send(struct postgresql_statement *statement)
{
	struct postgresql_store *own = postgresql_of(statement->base.store);
	struct link *link = &own->link;
	struct values values;
	uint32_t number = 0;
	struct known *known = known_at(own, statement->sql, &number);
	char name[16];
	bool has_name = false;

	values_gather(statement, &values);
	(void)snprintf(name, sizeof name, "s%u", number);
	if (!is_new(known, statement))
		TRY(name_give(statement, &values, name, known, &has_name));
	if (has_name)
		return link_answer(link,
				   PQsendQueryPrepared(link->conn, name, statement->count,
						       values.value, values.len, values.format, 0),
				   &statement->result);
	return link_answer(link,
			   PQsendQueryParams(link->conn, statement->sql, statement->count,
					     values.type, values.value, values.len, values.format,
					     0),
			   &statement->result);
}

static uint8_t digit_of(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* "\x0aff" becomes the octets it stands for, where it stands. */
static void octets_unpack(PGresult *result)
{
	for (int column = 0; column < PQnfields(result); column++) {
		if (PQftype(result, column) != TYPE_BYTEA)
			continue;
		for (int row = 0; row < PQntuples(result); row++) {
			char *at = PQgetvalue(result, row, column);
			int len = PQgetlength(result, row, column);
			for (int i = 2; i + 1 < len; i += 2)
				at[i / 2 - 1] = (char)(digit_of(at[i]) << 4 | digit_of(at[i + 1]));
		}
	}
}

static struct fault round_run(struct postgresql_statement *statement)
{
	struct store *store = statement->base.store;
	struct postgresql_store *own = postgresql_of(store);

	if (statement->is_starved)
		return store_say(store, fault_of(FAULT_LIMIT, 0), "out of memory");
	TRY(postgresql_told(store, round_send(statement)));
	octets_unpack(statement->result);
	statement->row = -1;
	if (statement->changes) {
		own->changes = (uint32_t)strtoul(PQcmdTuples(statement->result), NULL, 10);
		own->has_changed |= own->changes != 0;
	}
	return fault_none();
}

/* A change by itself takes its turn, too, and is told. */
static struct fault round_alone(struct postgresql_statement *statement)
{
	struct store *store = statement->base.store;

	if (!statement->changes) {
		TRY(postgresql_told(store, link_ready(&postgresql_of(store)->link)));
		struct fault fault = round_run(statement);
		if (postgresql_is_loss(fault) && !failed(link_ready(&postgresql_of(store)->link)))
			fault = round_run(statement);
		return fault;
	}
	TRY(postgresql_begin(store, false));
	struct fault fault = round_run(statement);
	if (!failed(fault))
		fault = postgresql_commit(store);
	if (failed(fault)) {
		postgresql_reset(&statement->base);
		postgresql_rollback(store);
	}
	return fault;
}

struct fault postgresql_step(struct statement *base, bool *has_row)
{
	struct postgresql_statement *statement = statement_of(base);

	if (statement->result == NULL)
		TRY(base->store->in_transaction ? round_run(statement) : round_alone(statement));
	*has_row = ++statement->row < PQntuples(statement->result);
	if (!*has_row)
		postgresql_reset(base);
	return fault_none();
}

/* --- a row ------------------------------------------------------------------------------------ */

const char *postgresql_text(struct statement *base, int column)
{
	const struct postgresql_statement *statement = statement_of(base);

	return statement->result != NULL ? PQgetvalue(statement->result, statement->row, column) :
					   "";
}

int64_t postgresql_integer(struct statement *base, int column)
{
	const char *text = postgresql_text(base, column);

	return text[0] == 't' ? 1 : strtoll(text, NULL, 10);
}

struct octets postgresql_blob(struct statement *base, int column)
{
	const struct postgresql_statement *statement = statement_of(base);

	if (statement->result == NULL)
		return octets_of(NULL, 0);
	int len = PQgetlength(statement->result, statement->row, column);
	return octets_of(PQgetvalue(statement->result, statement->row, column),
			 len < 2 ? 0 : (uint32_t)(len - 2) / 2);
}

bool postgresql_is_null(struct statement *base, int column)
{
	const struct postgresql_statement *statement = statement_of(base);

	return statement->result == NULL ||
	       PQgetisnull(statement->result, statement->row, column) != 0;
}
