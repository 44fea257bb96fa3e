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

#define VERSION_MIN 120000 /* PostgreSQL 12, as libpq counts */

#define BEGIN_TO_CHANGE \
	"BEGIN; SELECT pg_advisory_xact_lock(1347178061, hashtext(current_schema()))"
#define BEGIN_TO_READ "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

struct postgresql_store *postgresql_of(struct store *store)
{
	return (struct postgresql_store *)(void *)store;
}

struct fault postgresql_told(struct store *store, struct fault fault)
{
	return failed(fault) ? store_say(store, fault, "%s", postgresql_of(store)->link.words) :
			       fault;
}

bool postgresql_is_loss(struct fault fault)
{
	return fault.kind == FAULT_SYSTEM && fault.code == LINK_LOST;
}

/* --- transactions ----------------------------------------------------------------------------- */

struct fault postgresql_begin(struct store *store, bool to_read)
{
	const char *sql = to_read ? BEGIN_TO_READ : BEGIN_TO_CHANGE;
	struct link *link = &postgresql_of(store)->link;

	postgresql_of(store)->has_changed = false;
	struct fault fault = link_ready(link);
	if (!failed(fault))
		fault = link_run(link, sql, NULL);
	/* Nothing was done yet: a connection that only now turns out to be lost is made anew. */
	if (postgresql_is_loss(fault) && !failed(link_ready(link)))
		fault = link_run(link, sql, NULL);
	if (failed(fault) && link->conn != NULL) {
		char words[LINK_WORDS_MAX];
		mem_copy(words, link->words, sizeof words);
		if (failed(link_run(link, "ROLLBACK", NULL)))
			link_close(link);
		mem_copy(link->words, words, sizeof words);
	}
	return postgresql_told(store, fault);
}

struct fault postgresql_commit(struct store *store)
{
	struct postgresql_store *own = postgresql_of(store);
	char sql[160];

	(void)snprintf(sql, sizeof sql, "%s%s%sCOMMIT",
		       own->has_changed ? "SELECT pg_notify('" POSTGRESQL_CHANNEL
					  "', current_schema() || '/" :
					  "",
		       own->has_changed ? own->token : "", own->has_changed ? "');" : "");
	struct fault fault = link_run(&own->link, sql, NULL);
	if (postgresql_is_loss(fault))
		return store_say(store, fault_of(FAULT_SYSTEM, STORE_UNSURE),
				 "the connection was lost while the change was being kept: look "
				 "whether it was, before you do it again");
	return postgresql_told(store, fault);
}

void postgresql_rollback(struct store *store)
{
	struct link *link = &postgresql_of(store)->link;

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
	struct link *link = &postgresql_of(store)->link;
	struct fault fault = fault_none();
	if (is_schema) {
		link->answer_ms = LINK_SCHEMA_MS;
		fault = link_run(link, "SET LOCAL statement_timeout = 0", NULL);
	}
	if (!failed(fault))
		fault = link_run(link, text, NULL);
	link->answer_ms = LINK_ANSWER_MS;
	free(text);
	return postgresql_told(store, fault);
}

static struct fault number_read(struct store *store, const char *sql, int64_t *out)
{
	PGresult *result = NULL;

	TRY(postgresql_told(store, link_run(&postgresql_of(store)->link, sql, &result)));
	*out = PQntuples(result) == 1 ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
	PQclear(result);
	return fault_none();
}

static struct fault server_check(struct store *store)
{
	const PGconn *conn = postgresql_of(store)->link.conn;
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
	struct fault fault = postgresql_told(store,
					     link_run(&postgresql_of(store)->link, MARK, NULL));
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
	for (uint32_t i = 0; i < KNOWN_MAX; i++)
		free(postgresql_of(store)->known[i].sql);
	link_fini(&postgresql_of(store)->link);
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
	return postgresql_told(store, link_run(&postgresql_of(store)->link, sql, NULL));
}

/* Its pages PostgreSQL looks after itself. */
static struct fault postgresql_verify(struct store *store, bool *is_sound)
{
	int64_t version = 0;

	if (!store->in_transaction)
		TRY(postgresql_told(store, link_ready(&postgresql_of(store)->link)));
	TRY(version_read(store, &version));
	*is_sound = true;
	return fault_none();
}

static uint32_t postgresql_changes(struct store *store)
{
	return postgresql_of(store)->changes;
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
	return postgresql_told(&store->base, fault);
}

bool postgresql_whose(struct store *store, const char **url, const char **token)
{
	if (store->backend != &postgresql_backend)
		return false;
	*url = postgresql_of(store)->link.url;
	*token = postgresql_of(store)->token;
	return true;
}
