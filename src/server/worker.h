/* server/worker.h — one worker: the sessions it owns, their streams, and the shard it feeds.
 *
 * A step takes what the port reports, does what is due, decides and encodes, and sends.  It waits
 * nowhere but in the port, so the same worker runs in the simulator.
 *
 *   worker.c   the step, listening, deadlines, change of plan
 *   link.c     one stream: reading into the worker's buffer, private octets out
 *   peer.c     one session: what the state machine orders; UPDATEs into the shard
 *   send.c     what the shard has for a session, to its stream
 * Owns    its streams, sessions and buffers; the shard is given to it
 * Faults  LIMIT and SYSTEM from worker_init and worker_listen; after that trouble ends sessions,
 *         never the worker
 * Thread  one */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "bgp/session.h"
#include "bgp/update.h"
#include "net/deadline.h"
#include "net/port.h"
#include "plan/plan.h"
#include "rib/out.h"

#define WORKER_INPUT_OCTETS (256u * 1024u) /* read at once; shared by all sessions */
#define WORKER_READS_MAX 8u                /* of one stream in one step */
#define WORKER_LISTENERS_MAX 16u
#define WORKER_ACCEPTS_MAX 64u      /* in one step */
#define WORKER_SWEEP_ENTRIES 65536u /* of the table looked at in one step */
#define WORKER_REPLAN_ENTRIES 8192u
#define WORKER_FLUSH_US_PER_SESSION 50 /* the least time between flushes grows with sessions */
#define WORKER_FLUSH_US_MAX 50000
#define WORKER_HOLD_S 90
#define WORKER_RESTART_S 120   /* graceful restart: how long we ask to be waited for */
#define WORKER_STALE_S_MAX 300 /* how long a restarting member is waited for */

struct worker;

/* What the world is told of, for logs and tests.  `text` is escaped and lives for the call. */
struct worker_watch {
	void (*event)(void *context, struct session_id session, const char *text);
	void *context;
};

MUST_USE struct fault worker_new(struct heap *heap, struct port *port, struct rib *rib,
				 struct plan *plan, const struct worker_watch *watch,
				 struct worker **out);

/* Ends every session with Cease / administrative shutdown. */
void worker_free(struct worker *worker);

MUST_USE struct fault worker_listen(struct worker *worker, const struct port_endpoint *at);

/* Waits for the port no later than `until` (not set: as long as nothing is due) and does one
 * round. */
void worker_step(struct worker *worker, struct instant until);

/* The new plan holds from now on.  Sessions that are no longer in it, or of another AS, end; the
 * others stay. */
MUST_USE struct fault worker_replan(struct worker *worker, struct plan *plan);

struct peer_counts {
	uint32_t held[FAMILY_COUNT];
	uint64_t updates_received;
	uint64_t routes_received;
	uint64_t withdrawals_received;
	uint64_t updates_malformed;
	uint64_t octets_received;
	uint64_t octets_sent;
};

const struct bgp_session *worker_session_of(const struct worker *worker, struct session_id session,
					    struct peer_counts *counts);

#endif
