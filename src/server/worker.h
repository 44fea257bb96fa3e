/* server/worker.h — one worker of a team: the sessions it owns, their streams, and its shards.
 *
 * A step takes what the port reports, does what is due, decides and encodes the shards it owns, and
 * sends.  It waits nowhere but in the port, so the same worker runs in the simulator.  Session s
 * belongs to worker s modulo the team's size; worker 0 listens and hands streams over.
 *
 *   worker.c   the step, deadlines, flushes
 *   listen.c   listeners, their keys, new streams
 *   replan.c   change of plan
 *   view.c     what others may see of the sessions
 *   limit.c    how many prefixes a session may have
 *   update.c   what an UPDATE says; sweeps
 *   intake.c   what a session said, into the shards
 *   link.c     one stream: reading into the worker's buffer, private octets out
 *   peer.c     one session: what the state machine orders
 *   tell.c     what happens to a session, in words for its log
 *   send.c     what the shards have for a session, to its stream
 * Owns    its streams, sessions and buffers; the shards are the team's
 * Faults  LIMIT and SYSTEM from worker_new and worker_listen; after that trouble ends sessions,
 *         never the worker
 * Thread  one; worker_wake, worker_ask and mailboxes from any */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "bgp/session.h"
#include "bgp/update.h"
#include "net/deadline.h"
#include "net/port.h"
#include "plan/plan.h"
#include "server/mailbox.h"
#include "server/restart.h"
#include "server/shards.h"
#include "view/session.h"

#define WORKER_TURN_OCTETS (64u * 1024u) /* of one stream in one step: then others */
#define WORKER_LISTENERS_MAX 16u
#define WORKER_ACCEPTS_MAX 64u      /* in one step */
#define WORKER_SHORT_MS 100         /* till what memory was out for is tried again */
#define WORKER_ENDING_S 5           /* how long a neighbour has to read why and close */
#define WORKER_ENDING_MAX 256u      /* such streams at once; more are closed at once */
#define WORKER_SWEEP_ENTRIES 65536u /* of the table looked at in one step */
#define WORKER_REPLAN_ENTRIES 8192u
#define WORKER_FLUSH_US_PER_SESSION 5     /* the least time between flushes */
#define WORKER_FLUSH_PAUSE_MS_MAX 25      /* the most, unless much has to be sent */
#define WORKER_FLUSH_PREFIXES 16384u      /* so many are not worth a wait for more */
#define WORKER_SEND_OCTETS (256u * 1024u) /* encoded before everyone is sent what there is */
#define WORKER_FLUSH_TURN_MS 10           /* deciding without a look at what came meanwhile */
#define WORKER_HOLD_S 90
#define WORKER_SHUT_S 30       /* after an end for want of resources */
#define WORKER_RESTART_S 120   /* graceful restart: how long we ask to be waited for */
#define WORKER_STALE_S_MAX 300 /* how long a restarting member is waited for */

struct worker;

/* What the world is told of, for logs and tests.  `text` is escaped and lives for the call;
 * `session` is NULL when it is about none.  Called by the worker, perhaps inside a shard. */
struct worker_watch {
	void (*event)(void *context, const struct plan_session *session, const char *text);
	void *context;
};

struct worker_config {
	struct heap *heap; /* this worker's alone */
	struct port *port; /* likewise */
	struct shards *shards;
	struct plan *plan;
	struct restart *restart; /* NULL: nobody is awaited */
	struct worker_watch watch;
	uint32_t number; /* in the team */
	uint32_t count;  /* of the team; 0 = 1 */
	struct worker *const
		*team; /* by number, filled before the first step; NULL for a team of 1 */
};

MUST_USE struct fault worker_new(const struct worker_config *config, struct worker **out);

/* Closes the listeners and ends every session with Cease / administrative shutdown; or,
 * `for_restart`, without a word where the member keeps our routes meanwhile (RFC 4724).  Of a team,
 * all end before the first is freed. */
void worker_end(struct worker *worker, bool for_restart);

/* Behind worker_end: waits until the neighbours have closed, `most` at the most. */
void worker_linger(struct worker *worker, struct span most);
void worker_free(struct worker *worker); /* NULL is allowed */

MUST_USE struct fault worker_listen(struct worker *worker, const struct port_endpoint *at);

/* Waits for the port no later than `until` (not set: as long as nothing is due) and does one
 * round. */
void worker_step(struct worker *worker, struct instant until);
void worker_wake(struct worker *worker);

/* Runs `run` between two steps of the worker, which must be stepped by another thread. */
void worker_ask(struct worker *worker, errand_run run, void *context);

/* A new plan, in three moves: every worker begins (sessions that are no longer in it, or of another
 * AS, end, the others stay), then shards_replan, then every worker ends (new sessions may come). */
void worker_replan_begin(struct worker *worker, struct plan *plan);
void worker_replan_end(struct worker *worker);

/* The three moves for a team of one. */
MUST_USE struct fault worker_replan(struct worker *worker, struct plan *plan);

struct peer_counts {
	uint32_t held[FAMILY_COUNT];    /* blocked ones included */
	uint32_t blocked[FAMILY_COUNT]; /* refused for want of room: REASON_MAX_PREFIXES */
	uint64_t updates_received;
	uint64_t routes_received;
	uint64_t withdrawals_received;
	uint64_t updates_malformed;
	uint64_t octets_received;
	uint64_t octets_sent;
};

const struct bgp_session *worker_session_of(const struct worker *worker, struct session_id session,
					    struct peer_counts *counts);

/* Adds its sessions that are up. */
void worker_established(const struct worker *worker, struct session_set *out);

/* The session is up; whether it agreed to the family. */
bool worker_has_family(const struct worker *worker, struct session_id session, enum family family,
		       bool *has_family);

/* What anybody may know of the session; false when it is not this worker's or not in the plan. */
bool worker_view(const struct worker *worker, struct session_id session, struct view_session *out);

#endif
