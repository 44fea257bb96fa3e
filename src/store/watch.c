/* store/watch.c — LISTEN, and a question now and then. */
#include "store/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "store/postgresql.h"

struct store_watch {
	struct link link;
	char token[POSTGRESQL_TOKEN_MAX]; /* of the store, whose changes are no news */
	char schema[128];
	uint32_t generation; /* of the connection that listens */
	int64_t heard_ms;
	char error[LINK_NAME_MAX + LINK_WORDS_MAX + 4];
};

static int64_t now_ms(void)
{
	struct timespec at;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

struct fault store_watch_new(struct store *store, struct store_watch **out)
{
	const char *url = NULL;
	const char *token = NULL;

	if (!postgresql_whose(store, &url, &token))
		return fault_of(FAULT_ABSENT, 0);
	struct store_watch *watch = calloc(1, sizeof *watch);
	if (watch == NULL)
		return fault_of(FAULT_LIMIT, 0);
	struct fault fault = link_init(&watch->link, url);
	if (failed(fault)) {
		free(watch);
		return fault;
	}
	watch->link.answer_ms = WATCH_ANSWER_MS;
	(void)snprintf(watch->token, sizeof watch->token, "%s", token);
	*out = watch;
	return fault_none();
}

void store_watch_free(struct store_watch *watch)
{
	if (watch == NULL)
		return;
	link_fini(&watch->link);
	free(watch);
}

int store_watch_fd(const struct store_watch *watch)
{
	return watch->link.conn != NULL ? PQsocket(watch->link.conn) : -1;
}

const char *store_watch_error(const struct store_watch *watch)
{
	return watch->error;
}

/* Which schema's changes are meant is known after the connection only. */
static struct fault listen(struct store_watch *watch)
{
	PGresult *result = NULL;

	TRY(link_run(&watch->link, "LISTEN " POSTGRESQL_CHANNEL, NULL));
	TRY(link_run(&watch->link, "SELECT current_schema()", &result));
	(void)snprintf(watch->schema, sizeof watch->schema, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	watch->generation = watch->link.generation;
	return fault_none();
}

/* "schema/token" */
static bool is_news(const struct store_watch *watch, const char *payload)
{
	const char *slash = strrchr(payload, '/');
	size_t len = strlen(watch->schema);

	return slash != NULL && (size_t)(slash - payload) == len &&
	       strncmp(payload, watch->schema, len) == 0 && strcmp(slash + 1, watch->token) != 0;
}

static struct fault look(struct store_watch *watch, bool *has_changed)
{
	struct link *link = &watch->link;
	int64_t now = now_ms();

	TRY(link_ready(link));
	if (watch->generation != link->generation) {
		*has_changed = true;
		watch->heard_ms = now;
		TRY(listen(watch));
	} else if (now - watch->heard_ms >= WATCH_SILENCE_MS) {
		watch->heard_ms = now;
		TRY(link_run(link, "SELECT 1", NULL));
	}
	for (PGnotify *at; (at = PQnotifies(link->conn)) != NULL; PQfreemem(at))
		*has_changed |= is_news(watch, at->extra);
	return fault_none();
}

struct fault store_watch_look(struct store_watch *watch, bool *has_changed)
{
	*has_changed = false;
	struct fault fault = look(watch, has_changed);
	if (failed(fault)) {
		(void)snprintf(watch->error, sizeof watch->error, "%s: %s", watch->link.name,
			       watch->link.words);
		/* Half a beginning is none. */
		link_close(&watch->link);
		*has_changed = false;
	}
	return fault;
}
