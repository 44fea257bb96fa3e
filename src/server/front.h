/* server/front.h — the public's doors: HTTP and WHOIS, answered from a snapshot.
 *
 * A thread of its own takes callers and waits, without blocking, for what they ask; a question over
 * WHOIS it answers itself, a good HTTP head it hands to web/http.h.  No session, shard or database
 * is waited for: pages are of the snapshot that was published last.
 * Owns    a front its listeners, callers and thread: front_new/front_free
 * Bound   FRONT_CALLERS_MAX at once, FRONT_CALLERS_OF_ONE_MAX of one address or IPv6 /64, from the
 *         call to the end of the answer; FRONT_PATIENCE_S for a question, FRONT_ANSWER_S for an
 *         answer, however the octets trickle
 * Faults  complaints say what could not be listened on
 * Thread  front_publish from any */
#ifndef SERVER_FRONT_H
#define SERVER_FRONT_H

#include "registry/exchange.h"
#include "web/published.h"

#define FRONT_CALLERS_MAX 256u
#define FRONT_CALLERS_OF_ONE_MAX 16u
#define FRONT_PATIENCE_S 10
#define FRONT_ANSWER_S 60

struct front;

/* Listens, and takes nobody yet; *out is NULL when the exchange has no public door.  False with
 * complaints. */
bool front_new(const struct exchange_config *config, struct front **out,
	       struct complaints *complaints);

/* From now on callers are taken; NULL is allowed. */
bool front_begin(struct front *front, struct complaints *complaints);

/* Answers come from this snapshot from now on; the caller keeps its user. */
void front_publish(struct front *front, struct published *published);

/* NULL is allowed, here and above. */
void front_free(struct front *front);

#endif
