/* store/link.h — a connection to PostgreSQL in which nothing waits for ever.
 *
 * Every wait is one of poll(2) with a deadline; who is not answered by then counts as lost, and the
 * connection is closed.  Words never hold user or password.  Names of hosts are looked up by libpq,
 * whose resolver has bounds of its own.
 * Owns    the connection and the URL: link_init/link_fini; a result is the caller's (PQclear)
 * Faults  CONFLICT: a constraint · SYSTEM with LINK_LOST: no connection · SYSTEM: all else; `words`
 *         say what
 * Thread  one a link */
#ifndef STORE_LINK_H
#define STORE_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

#define LINK_CONNECT_MS 5000    /* until the database takes us */
#define LINK_STATEMENT_MS 12000 /* a statement, by the database's clock */
#define LINK_ANSWER_MS 15000    /* the same by ours: longer, so that it can say so */
#define LINK_LOCK_MS 8000       /* another plenum's change */
#define LINK_SCHEMA_MS 600000   /* a step of the schema, which may go over all rows */
#define LINK_IDLE_MS 60000      /* in a transaction, as when a process was stopped */
#define LINK_NAME_MAX 256u
#define LINK_WORDS_MAX 224u

#define LINK_LOST 1u /* the code of SYSTEM */

struct link {
	PGconn *conn; /* NULL before the first, and after a loss */
	char *url;
	uint32_t generation; /* of the connection: statements belong to one */
	uint32_t answer_ms;  /* LINK_ANSWER_MS if not set otherwise */
	char name[LINK_NAME_MAX];
	char words[LINK_WORDS_MAX];
};

/* LIMIT: out of memory · MALFORMED: no URL of PostgreSQL's */
MUST_USE struct fault link_init(struct link *link, const char *url);
void link_fini(struct link *link);
bool link_url_name(const char *url, char name[LINK_NAME_MAX]);

/* Connects where there is no connection, or where the other side has ended it meanwhile. */
MUST_USE struct fault link_ready(struct link *link);
void link_close(struct link *link);

/* Statements without values, in one round; *out may be NULL when the rows are not wanted. */
MUST_USE struct fault link_run(struct link *link, const char *sql, PGresult **out);

/* The answer to what was sent (`sent`: what PQsend... said), the last of several. */
MUST_USE struct fault link_answer(struct link *link, int sent, PGresult **out);

#endif
