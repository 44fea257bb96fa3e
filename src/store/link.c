/* store/link.c — libpq without its waiting. */
#include "store/link.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "store/store.h"

#define PORT_USUAL "5432"
#define LOOKS_MAX 16 /* at what came while nothing was asked */

static int64_t now_ms(void)
{
	struct timespec at;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* --- names and words -------------------------------------------------------------------------- */

bool store_is_url(const char *where)
{
	return strncmp(where, "postgresql://", 13) == 0 || strncmp(where, "postgres://", 11) == 0;
}

static const char *option_of(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++) {
		if (strcmp(options->keyword, keyword) == 0)
			return options->val != NULL ? options->val : "";
	}
	return "";
}

bool link_url_name(const char *url, char name[LINK_NAME_MAX])
{
	char *unsaid = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &unsaid);

	/* What libpq says of a URL quotes it. */
	PQfreemem(unsaid);
	if (options == NULL)
		return false;
	const char *host = option_of(options, "host");
	const char *port = option_of(options, "port");
	(void)snprintf(name, LINK_NAME_MAX, "postgresql://%s%s%s/%s", host,
		       port[0] != '\0' ? ":" : "", port, option_of(options, "dbname"));
	PQconninfoFree(options);
	return true;
}

bool store_url_is_good(const char *url)
{
	char name[LINK_NAME_MAX];

	return store_is_url(url) && link_url_name(url, name);
}

bool store_url_has_password(const char *url)
{
	char *unsaid = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &unsaid);
	bool has_password = options != NULL && option_of(options, "password")[0] != '\0';

	PQfreemem(unsaid);
	PQconninfoFree(options);
	return has_password;
}

uint32_t store_url_ports(const char *url, uint16_t *out, uint32_t max)
{
	char *unsaid = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &unsaid);
	const char *usual = getenv("PGPORT");
	uint32_t count = 0;

	PQfreemem(unsaid);
	if (options == NULL)
		return 0;
	/* A list, one for each host; none is libpq's own choice. */
	const char *at = option_of(options, "port");
	if (at[0] == '\0')
		at = usual != NULL ? usual : PORT_USUAL;
	for (char *end = NULL; count < max && *at != '\0'; at = *end == ',' ? end + 1 : end) {
		unsigned long port = strtoul(at, &end, 10);
		if (end == at)
			break;
		if (port != 0 && port <= UINT16_MAX)
			out[count++] = (uint16_t)port;
	}
	PQconninfoFree(options);
	return count;
}

/* The first line of what the library says, without what it begins with. */
static void words_take(struct link *link, const char *before, const char *text)
{
	static const char *const skipped[] = { " failed: ", "FATAL:  ", "ERROR:  " };
	const char *at = text;

	for (uint32_t i = 0; i < sizeof skipped / sizeof *skipped; i++) {
		const char *found = strstr(at, skipped[i]);
		if (found != NULL && found < at + strcspn(at, "\n"))
			at = found + strlen(skipped[i]);
	}
	(void)snprintf(link->words, sizeof link->words, "%s%.*s", before, (int)strcspn(at, "\n"),
		       at);
}

static struct fault lost(struct link *link, const char *before, const char *text)
{
	words_take(link, before, text);
	link_close(link);
	return fault_of(FAULT_SYSTEM, LINK_LOST);
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* What the database refused, by SQLSTATE's classes. */
static struct fault refusal(struct link *link, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	state = state != NULL ? state : "";
	said = said != NULL ? said : PQresultErrorMessage(result);
	if (begins(state, "57P") || begins(state, "08") || strcmp(state, "25P03") == 0)
		return lost(link, "the connection was ended: ", said);
	if (strcmp(state, "55P03") == 0)
		words_take(link, "", "another plenum is changing the database; try again");
	else if (strcmp(state, "57014") == 0)
		words_take(link, "", "the database took too long and the statement was given up");
	else if (begins(state, "53100"))
		words_take(link, "", "the database's disk is full");
	else
		words_take(link, "", said);
	return fault_of(begins(state, "23") ? FAULT_CONFLICT : FAULT_SYSTEM, 0);
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* False: nothing came by then. */
static bool socket_await(PGconn *conn, short events, int64_t until_ms)
{
	struct pollfd at = { .fd = PQsocket(conn), .events = events };
	int64_t left_ms = until_ms - now_ms();

	while (left_ms > 0) {
		int count = poll(&at, 1, (int)left_ms);
		if (count > 0)
			return true;
		left_ms = until_ms - now_ms();
	}
	return false;
}

static struct fault connect_await(struct link *link)
{
	int64_t until_ms = now_ms() + LINK_CONNECT_MS;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (state != PGRES_POLLING_OK) {
		if (state == PGRES_POLLING_FAILED)
			return lost(link,
				    "the database cannot be reached: ", PQerrorMessage(link->conn));
		if (!socket_await(link->conn, state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
				  until_ms))
			return lost(link, "the database cannot be reached: ", "no answer");
		state = PQconnectPoll(link->conn);
	}
	return fault_none();
}

static void notice_drop(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

static struct fault settings_set(struct link *link)
{
	char sql[512];

	(void)snprintf(sql, sizeof sql,
		       "SET client_encoding = 'UTF8'; SET bytea_output = 'hex';"
		       "SET standard_conforming_strings = on; SET application_name = 'plenum';"
		       "SET statement_timeout = %d; SET lock_timeout = %d;"
		       "SET idle_in_transaction_session_timeout = %d;"
		       "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
		       "SET tcp_keepalives_count = 3",
		       LINK_STATEMENT_MS, LINK_LOCK_MS, LINK_IDLE_MS);
	return link_run(link, sql, NULL);
}

static struct fault link_connect(struct link *link)
{
	link->conn = PQconnectStart(link->url);
	if (link->conn == NULL) {
		(void)snprintf(link->words, sizeof link->words, "out of memory");
		return fault_of(FAULT_LIMIT, 0);
	}
	link->generation++;
	if (PQstatus(link->conn) == CONNECTION_BAD)
		return lost(link, "the database cannot be reached: ", PQerrorMessage(link->conn));
	TRY(connect_await(link));
	(void)PQsetNoticeReceiver(link->conn, notice_drop, NULL);
	if (PQsetnonblocking(link->conn, 1) != 0)
		return lost(link, "", PQerrorMessage(link->conn));
	return settings_set(link);
}

void link_close(struct link *link)
{
	PQfinish(link->conn);
	link->conn = NULL;
}

/* The other side's end shows as something to read. */
static bool is_ended(struct link *link)
{
	for (int i = 0; i < LOOKS_MAX; i++) {
		struct pollfd at = { .fd = PQsocket(link->conn), .events = POLLIN };
		if (PQstatus(link->conn) != CONNECTION_OK)
			return true;
		if (poll(&at, 1, 0) <= 0)
			return false;
		if (PQconsumeInput(link->conn) == 0)
			return true;
		(void)PQisBusy(link->conn);
	}
	return false;
}

struct fault link_ready(struct link *link)
{
	if (link->conn != NULL && !is_ended(link))
		return fault_none();
	link_close(link);
	return link_connect(link);
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct fault answer_await(struct link *link, int64_t until_ms)
{
	int flush = PQflush(link->conn);

	while (flush == 1 || (flush == 0 && PQisBusy(link->conn) != 0)) {
		short events = flush == 1 ? POLLIN | POLLOUT : POLLIN;
		if (!socket_await(link->conn, events, until_ms))
			return lost(link, "the database does not answer", "");
		if (PQconsumeInput(link->conn) == 0)
			return lost(link, "the connection to the database was lost: ",
				    PQerrorMessage(link->conn));
		if (flush == 1)
			flush = PQflush(link->conn);
	}
	return flush < 0 ? lost(link, "the connection to the database was lost: ",
				PQerrorMessage(link->conn)) :
			   fault_none();
}

static bool is_refusal(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
	       status != PGRES_EMPTY_QUERY;
}

struct fault link_answer(struct link *link, int sent, PGresult **out)
{
	int64_t until_ms = now_ms() + link->answer_ms;
	struct fault fault = fault_none();
	PGresult *kept = NULL;

	if (sent == 0)
		return lost(link, "the connection to the database was lost: ",
			    PQerrorMessage(link->conn));
	for (;;) {
		struct fault waited = answer_await(link, until_ms);
		if (failed(waited)) {
			PQclear(kept);
			return waited;
		}
		PGresult *result = PQgetResult(link->conn);
		if (result == NULL)
			break;
		if (is_refusal(result) && !failed(fault))
			fault = refusal(link, result);
		PQclear(kept);
		kept = result;
		if (link->conn == NULL)
			break;
	}
	if (failed(fault) || out == NULL) {
		PQclear(kept);
		return fault;
	}
	*out = kept;
	return fault_none();
}

struct fault link_run(struct link *link, const char *sql, PGresult **out)
{
	return link_answer(link, PQsendQuery(link->conn, sql), out);
}

/* --- beginning and end ------------------------------------------------------------------------ */

struct fault link_init(struct link *link, const char *url)
{
	*link = (struct link){ .answer_ms = LINK_ANSWER_MS };
	if (!link_url_name(url, link->name)) {
		(void)snprintf(link->name, sizeof link->name, "database");
		(void)snprintf(link->words, sizeof link->words,
			       "not a URL such as postgresql://user@host/name");
		return fault_of(FAULT_MALFORMED, 0);
	}
	link->url = strdup(url);
	return link->url != NULL ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

void link_fini(struct link *link)
{
	link_close(link);
	free(link->url);
	link->url = NULL;
}
