/* server/follow.h — a registry that several servers share: what another one changed is taken over.
 *
 * A thread waits for news of the database and puts the registry as it is now in force.  While the
 * database is away the exchange is served as it is known; that is said once, and again when it is
 * back.
 * Owns    the thread and its connection: follow_begin/follow_end
 * Faults  a thread or a descriptor that the system does not give
 * Thread  any for follow_state; beginning and end are the first one's */
#ifndef SERVER_FOLLOW_H
#define SERVER_FOLLOW_H

#include "server/serving.h"

#define FOLLOW_RETRY_MS_MIN 250u
#define FOLLOW_RETRY_MS_MAX 4000u /* a database that is back is found again by then */

struct follow;

/* *out stays NULL for a registry that nobody else changes. */
MUST_USE struct fault follow_begin(struct serving *serving, struct store *store,
				   struct follow **out);
void follow_end(struct follow *follow); /* NULL is allowed */

struct follow_state {
	bool is_away;
	struct wall away_since;
	char words[VIEW_STATUS_WORDS_MAX]; /* of the loss */
};

void follow_state(struct follow *follow, struct follow_state *out);

#endif
