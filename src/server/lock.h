/* server/lock.h — mutexes that know their order: a thread takes them in ascending rank only.
 *
 * The order is checked, in release builds too: a wrong one is a programmer's error that would
 * otherwise show as a deadlock one night.  A mutex goes to whoever comes first when it is free,
 * which is mostly who just gave it back; so who has waited for LOCK_PATIENCE_MS is let in before
 * all that come after.
 * Owns    the mutex; lock_init/lock_fini
 * Faults  none: a mutex that cannot be made is out of memory at start, and a CHECK
 * Thread  any */
#ifndef SERVER_LOCK_H
#define SERVER_LOCK_H

#include <pthread.h>
#include <stdbool.h>

#include "base/instant.h"

/* Ascending: what is taken first stands first. */
enum lock_rank {
	LOCK_CALLERS = 0, /* who is at the control socket */
	LOCK_IRR,         /* one question about as-sets at a time */
	LOCK_RECORD,      /* the database and who may change it */
	LOCK_PLAN,        /* the plan in force, while it is swapped or borrowed */
	LOCK_ERRAND,      /* one errand at a time for a worker */
	LOCK_RESTART,     /* who is still awaited after a restart */
	LOCK_SHARD,       /* one shard of the table; never two at once */
	LOCK_MAILBOX,     /* what others left for a worker */
	LOCK_EVIDENCE,    /* what is seen of the RPKI's sources */
	LOCK_PUBLISHED,   /* the snapshot that public pages are made of */
	LOCK_FOLLOW,      /* whether the database is away */
	LOCK_JOURNAL,     /* lines for the log that are still to be written */
	LOCK_RANK_COUNT,
};

#define LOCK_PATIENCE_MS 3
#define LOCK_SPINS \
	1000u /* looks at a lock before a thread sleeps for it: some tens of microseconds */

struct lock {
	pthread_mutex_t mutex;
	pthread_mutex_t door;    /* held by the one whose patience is over, until he is in */
	_Atomic bool is_awaited; /* somebody holds the door */
	_Atomic bool is_taken;   /* nearly: who spins looks at this, not at the mutex */
	enum lock_rank rank;
};

void lock_init(struct lock *lock, enum lock_rank rank);
void lock_fini(struct lock *lock);
void lock_take(struct lock *lock);

/* Takes it when it is free and nobody has waited for long. */
bool lock_try(struct lock *lock);
void lock_give(struct lock *lock);

/* Waits on the condition with the lock, which is held. */
void lock_wait(struct lock *lock, pthread_cond_t *condition);

/* The same no longer than until then; false: that time has come.  The condition is one of
 * lock_condition_init. */
void lock_condition_init(pthread_cond_t *condition);
bool lock_wait_until(struct lock *lock, pthread_cond_t *condition, struct instant until);

#endif
