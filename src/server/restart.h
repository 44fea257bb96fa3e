/* server/restart.h — coming back after a restart: who is waited for before routes are sent.
 *
 * The sessions that were up before are awaited until each has said End-of-RIB, or turned out to
 * have nothing to wait for; or until the time is over.  Until then members that keep our routes are
 * sent nothing, so that what they keep stays (RFC 4724 4.1).
 * Owns    nothing but its own value
 * Thread  any
 * Source  RFC 4724 4.1 */
#ifndef SERVER_RESTART_H
#define SERVER_RESTART_H

#include <stdatomic.h>

#include "base/instant.h"
#include "net/sessions.h"
#include "server/lock.h"

#define RESTART_DEFER_S_MAX 60 /* RFC 4724: Selection_Deferral_Timer */

struct restart {
	struct lock lock;
	_Atomic bool is_over;
	struct instant deadline;
	struct session_set awaited;
};

/* Over: nobody is awaited. */
void restart_init(struct restart *restart);
void restart_fini(struct restart *restart);

/* Before the first worker runs. */
void restart_begin(struct restart *restart, const struct session_set *awaited, struct instant now);

static inline bool restart_is_over(const struct restart *restart)
{
	return atomic_load_explicit(&restart->is_over, memory_order_acquire);
}

/* The session needs no waiting for any more.  True when it was the last. */
bool restart_heard(struct restart *restart, struct session_id session);

/* True when the time is over just now. */
bool restart_due(struct restart *restart, struct instant now);

#endif
