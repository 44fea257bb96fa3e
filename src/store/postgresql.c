/* store/postgresql.c — a database of PostgreSQL behind the store's words.
 *
 * Whoever changes something holds one advisory lock of the schema from begin to commit, so that
 * changes are one after the other, as in SQLite; at commit the others are told (store/watch.c).
 * A result is held whole; octets in it are unpacked in place when it comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/dialect.h"
#include "store/inside.h"
#include "store/postgresql.h"

#define PARAMETERS_MAX 99
#define VERSION_MIN 120000 /* PostgreSQL 12, as libpq counts */

/* The types' numbers, which never change. */
#define TYPE_UNSAID 0u
#define TYPE_BYTEA 17u
#define TYPE_INT8 20u
#define TYPE_TEXT 25u

#define BEGIN_TO_CHANGE \
	"BEGIN; SELECT pg_advisory_xact_lock(1347178061, hashtext(current_schema()))"
#define BEGIN_TO_READ "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

struct postgresql_store {
	struct store base;
	struct link link;
	char token[POSTGRESQL_TOKEN_MAX];
	uint32_t names_given;
	uint32_t changes;
	bool has_changed; /* something in the transaction that is open */
};

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
	uint32_t rounds;
	uint32_t generation; /* of the connection that knows `name` */
	char name[16];       /* "" = not prepared there */
	Oid prepared[PARAMETERS_MAX];
	int count;
	struct parameter parameter[PARAMETERS_MAX];
	PGresult *result;
	int row;
};

static struct postgresql_store *of(struct store *store)
{
	return (struct postgresql_store *)(void *)store;
}

static struct postgresql_statement *statement_of(struct statement *statement)
{
	return (struct postgresql_statement *)(void *)statement;
}

static struct fault told(struct store *store, struct fault fault)
{
	return failed(fault) ? store_say(store, fault, "%s", of(store)->link.words) : fault;
}

static bool is_loss(struct fault fault)
{
	return fault.kind == FAULT_SYSTEM && fault.code == LINK_LOST;
}

/* --- transactions ----------------------------------------------------------------------------- */

static struct fault postgresql_begin(struct store *store, bool to_read)
{
	const char *sql = to_read ? BEGIN_TO_READ : BEGIN_TO_CHANGE;
	struct link *link = &of(store)->link;

	of(store)->has_changed = false;
	struct fault fault = link_ready(link);
	if (!failed(fault))
		fault = link_run(link, sql, NULL);
	/* Nothing was done yet: a connection that only now turns out to be lost is made anew. */
	if (is_loss(fault) && !failed(link_ready(link)))
		fault = link_run(link, sql, NULL);
	if (failed(fault) && link->conn != NULL) {
		char words[LINK_WORDS_MAX];
		mem_copy(words, link->words, sizeof words);
		if (failed(link_run(link, "ROLLBACK", NULL)))
			link_close(link);
		mem_copy(link->words, words, sizeof words);
	}
	return told(store, fault);
}

static struct fault postgresql_commit(struct store *store)
{
	struct postgresql_store *own = of(store);
	char sql[160];

	(void)snprintf(sql, sizeof sql, "%s%s%sCOMMIT",
		       own->has_changed ? "SELECT pg_notify('" POSTGRESQL_CHANNEL
					  "', current_schema() || '/" :
					  "",
		       own->has_changed ? own->token : "", own->has_changed ? "');" : "");
	struct fault fault = link_run(&own->link, sql, NULL);
	if (is_loss(fault))
		return store_say(store, fault,
				 "the connection was lost while the change was being kept: look "
				 "whether it was, before you do it again");
	return told(store, fault);
}

static void postgresql_rollback(struct store *store)
{
	struct link *link = &of(store)->link;

	if (link->conn != NULL && failed(link_run(link, "ROLLBACK", NULL)))
		link_close(link);
}

/* --- the database ----------------------------------------------------------------------------- */

static struct fault postgresql_run(struct store *store, const char *sql, bool is_schema)
{
	char *text = malloc(DIALECT_OCTETS_MAX);

	if (text == NULL)
		return store_say(store, fault_of(FAULT_LIMIT, 0), "out of memory");
	CHECK(dialect_postgresql(sql, is_schema, text, DIALECT_OCTETS_MAX));
	struct fault fault = link_run(&of(store)->link, text, NULL);
	free(text);
	return told(store, fault);
}

static struct fault number_read(struct store *store, const char *sql, int64_t *out)
{
	PGresult *result = NULL;

	TRY(told(store, link_run(&of(store)->link, sql, &result)));
	*out = PQntuples(result) == 1 ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
	PQclear(result);
	return fault_none();
}

static struct fault server_check(struct store *store)
{
	const PGconn *conn = of(store)->link.conn;
	const char *encoding = PQparameterStatus(conn, "server_encoding");

	if (PQserverVersion(conn) < VERSION_MIN)
		return store_say(store, fault_of(FAULT_MALFORMED, MISFIT_FOREIGN),
				 "PostgreSQL %d; it must be 12 or newer",
				 PQserverVersion(conn) / 10000);
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return store_say(store, fault_of(FAULT_MALFORMED, MISFIT_FOREIGN),
				 "its encoding is %s; make a database with ENCODING UTF8",
				 encoding != NULL ? encoding : "not known");
	return fault_none();
}

/* 0 = ours, 1 = empty, 2 = somebody else's, 3 = there is no schema. */
#define RECOGNISE \
	"SELECT CASE WHEN current_schema() IS NULL THEN 3" \
	" WHEN to_regclass(quote_ident(current_schema()) || '.plenum_store') IS NOT NULL THEN 0" \
	" WHEN EXISTS (SELECT 1 FROM pg_class WHERE relnamespace =" \
	" current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')) THEN 2" \
	" ELSE 1 END"

#define MARK \
	"CREATE TABLE IF NOT EXISTS plenum_store (id BIGINT PRIMARY KEY CHECK (id = 1)," \
	" version BIGINT NOT NULL);" \
	"INSERT INTO plenum_store VALUES (1, 0) ON CONFLICT (id) DO NOTHING"

static struct fault mark(struct store *store)
{
	TRY(store_begin(store));
	struct fault fault = told(store, link_run(&of(store)->link, MARK, NULL));
	if (!failed(fault))
		fault = store_commit(store);
	store_rollback(store);
	return fault;
}

static struct fault settle(struct store *store, bool create)
{
	int64_t found = 0;

	TRY(server_check(store));
	TRY(number_read(store, RECOGNISE, &found));
	if (found == 3)
		return store_say(store, fault_of(FAULT_MALFORMED, MISFIT_FOREIGN),
				 "there is no schema to work in; make one, or set search_path");
	if (found == 2)
		return store_say(store, fault_of(FAULT_MALFORMED, MISFIT_FOREIGN),
				 "holds tables that are not Plenum's; give it a database of its "
				 "own");
	if (found == 1 && !create)
		return store_say(store, fault_of(FAULT_MALFORMED, MISFIT_EMPTY),
				 "empty, not a database of Plenum's");
	return found == 1 ? mark(store) : fault_none();
}

static void postgresql_close(struct store *store)
{
	link_fini(&of(store)->link);
	free(store);
}

static struct fault version_read(struct store *store, int64_t *out)
{
	return number_read(store, "SELECT version FROM plenum_store", out);
}

static struct fault version_set(struct store *store, uint32_t version)
{
	char sql[64];

	(void)snprintf(sql, sizeof sql, "UPDATE plenum_store SET version = %u", version);
	return told(store, link_run(&of(store)->link, sql, NULL));
}

/* Its pages PostgreSQL looks after itself. */
static struct fault postgresql_verify(struct store *store, bool *is_sound)
{
	int64_t version = 0;

	if (!store->in_transaction)
		TRY(told(store, link_ready(&of(store)->link)));
	TRY(version_read(store, &version));
	*is_sound = true;
	return fault_none();
}

/* --- values ----------------------------------------------------------------------------------- */

static bool changes_something(const char *sql)
{
	return strncmp(sql, "INSERT", 6) == 0 || strncmp(sql, "UPDATE", 6) == 0 ||
	       strncmp(sql, "DELETE", 6) == 0;
}

static struct fault postgresql_prepare(struct store *store, const char *sql, struct statement **out)
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

static void postgresql_reset(struct statement *base)
{
	struct postgresql_statement *statement = statement_of(base);

	PQclear(statement->result);
	statement->result = NULL;
}

static void name_forget(struct postgresql_statement *statement)
{
	struct store *store = statement->base.store;
	struct link *link = &of(store)->link;
	char sql[32];

	if (statement->name[0] == '\0' || link->conn == NULL ||
	    link->generation != statement->generation || failed(store->spoilt))
		return;
	(void)snprintf(sql, sizeof sql, "DEALLOCATE %s", statement->name);
	if (failed(link_run(link, sql, NULL)) && store->in_transaction)
		store->spoilt = fault_of(FAULT_SYSTEM, 0);
}

static void postgresql_finish(struct statement *base)
{
	struct postgresql_statement *statement = statement_of(base);

	postgresql_reset(base);
	name_forget(statement);
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

static void postgresql_bind_null(struct statement *statement, int at)
{
	bind(statement, at, TYPE_UNSAID, NULL, 0);
}

static void postgresql_bind_text(struct statement *statement, int at, const char *text)
{
	bind(statement, at, TYPE_TEXT, text, strlen(text));
}

static void postgresql_bind_int(struct statement *statement, int at, int64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)value);

	bind(statement, at, TYPE_INT8, digits, (size_t)len);
}

static void postgresql_bind_blob(struct statement *statement, int at, struct octets octets)
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

static bool is_prepared(const struct postgresql_statement *statement, const struct link *link,
			const struct values *values)
{
	if (statement->name[0] == '\0' || statement->generation != link->generation)
		return false;
	for (int i = 0; i < statement->count; i++) {
		if (statement->prepared[i] != values->type[i])
			return false;
	}
	return true;
}

static struct fault name_give(struct postgresql_statement *statement, const struct values *values)
{
	struct postgresql_store *own = of(statement->base.store);

	name_forget(statement);
	(void)snprintf(statement->name, sizeof statement->name, "s%u", ++own->names_given);
	for (int i = 0; i < statement->count; i++)
		statement->prepared[i] = values->type[i];
	statement->generation = own->link.generation;
	struct fault fault = link_answer(&own->link,
					 PQsendPrepare(own->link.conn, statement->name,
						       statement->sql, statement->count,
						       values->type),
					 NULL);
	if (failed(fault))
		statement->name[0] = '\0';
	return fault;
}

/* A statement that comes again is prepared: the database reads it once. */
static struct fault round_send(struct postgresql_statement *statement)
{
	struct link *link = &of(statement->base.store)->link;
	struct values values;

	values_gather(statement, &values);
	if (statement->rounds++ == 0)
		return link_answer(link,
				   PQsendQueryParams(link->conn, statement->sql, statement->count,
						     values.type, values.value, values.len,
						     values.format, 0),
				   &statement->result);
	if (!is_prepared(statement, link, &values))
		TRY(name_give(statement, &values));
	return link_answer(link,
			   PQsendQueryPrepared(link->conn, statement->name, statement->count,
					       values.value, values.len, values.format, 0),
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
	struct postgresql_store *own = of(store);

	if (statement->is_starved)
		return store_say(store, fault_of(FAULT_LIMIT, 0), "out of memory");
	TRY(told(store, round_send(statement)));
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
		TRY(told(store, link_ready(&of(store)->link)));
		struct fault fault = round_run(statement);
		if (is_loss(fault) && !failed(link_ready(&of(store)->link)))
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

static struct fault postgresql_step(struct statement *base, bool *has_row)
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

static const char *postgresql_text(struct statement *base, int column)
{
	const struct postgresql_statement *statement = statement_of(base);

	return statement->result != NULL ? PQgetvalue(statement->result, statement->row, column) :
					   "";
}

static int64_t postgresql_integer(struct statement *base, int column)
{
	const char *text = postgresql_text(base, column);

	return text[0] == 't' ? 1 : strtoll(text, NULL, 10);
}

static struct octets postgresql_blob(struct statement *base, int column)
{
	const struct postgresql_statement *statement = statement_of(base);

	if (statement->result == NULL)
		return octets_of(NULL, 0);
	int len = PQgetlength(statement->result, statement->row, column);
	return octets_of(PQgetvalue(statement->result, statement->row, column),
			 len < 2 ? 0 : (uint32_t)(len - 2) / 2);
}

static bool postgresql_is_null(struct statement *base, int column)
{
	const struct postgresql_statement *statement = statement_of(base);

	return statement->result == NULL ||
	       PQgetisnull(statement->result, statement->row, column) != 0;
}

static uint32_t postgresql_changes(struct store *store)
{
	return of(store)->changes;
}

static const struct store_backend postgresql_backend = {
	.settle = settle,
	.close = postgresql_close,
	.version_read = version_read,
	.version_set = version_set,
	.run = postgresql_run,
	.begin = postgresql_begin,
	.commit = postgresql_commit,
	.rollback = postgresql_rollback,
	.verify = postgresql_verify,
	.prepare = postgresql_prepare,
	.finish = postgresql_finish,
	.bind_null = postgresql_bind_null,
	.bind_text = postgresql_bind_text,
	.bind_int = postgresql_bind_int,
	.bind_blob = postgresql_bind_blob,
	.step = postgresql_step,
	.reset = postgresql_reset,
	.text = postgresql_text,
	.integer = postgresql_integer,
	.blob = postgresql_blob,
	.is_null = postgresql_is_null,
	.changes = postgresql_changes,
};

static bool token_make(char token[POSTGRESQL_TOKEN_MAX])
{
	uint64_t number = 0;

	if (getentropy(&number, sizeof number) != 0)
		return false;
	(void)snprintf(token, POSTGRESQL_TOKEN_MAX, "%016llx", (unsigned long long)number);
	return true;
}

struct fault postgresql_store_open(const char *url, struct store **out)
{
	struct postgresql_store *store = calloc(1, sizeof *store);

	if (store == NULL || !token_make(store->token)) {
		free(store);
		return fault_of(FAULT_LIMIT, 0);
	}
	*out = &store->base;
	store->base.backend = &postgresql_backend;
	struct fault fault = link_init(&store->link, url);
	(void)snprintf(store->base.name, sizeof store->base.name, "%s", store->link.name);
	if (!failed(fault))
		fault = link_ready(&store->link);
	return told(&store->base, fault);
}

bool postgresql_whose(struct store *store, const char **url, const char **token)
{
	if (store->backend != &postgresql_backend)
		return false;
	*url = of(store)->link.url;
	*token = of(store)->token;
	return true;
}
