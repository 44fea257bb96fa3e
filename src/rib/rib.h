/* rib/rib.h — one shard of the route server: routes in, one decision and one encoding for everyone,
 * messages out.
 *
 * Shape   routes of sessions are held with their verdicts; a changed prefix waits in a queue; a
 *         flush decides queued prefixes, compares with what was sent, and encodes the difference
 *         once per wire profile into that profile's log; a session reads its log with a cursor
 *         (rib/out.h). A session that lags loses its place and is brought up to date from the
 *         table itself.
 * Owns    all it holds, from the heap it was given
 * Faults  LIMIT when memory or a bound is reached: the caller ends the session with Cease 6/8
 * Thread  one at a time: the server has a lock for each shard
 * Source  RFC 7947 2.3 (no path hiding), RFC 4271 9.1.2 */
#ifndef RIB_RIB_H
#define RIB_RIB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/instant.h"
#include "bgp/encode.h"
#include "net/identifier.h"
#include "net/prefix.h"
#include "plan/plan.h"
#include "rib/attr_table.h"
#include "rib/log.h"
#include "rib/table.h"
#include "rpki/changes.h"
#include "rules/check.h"

#define RIB_PROFILES_MAX 32u                   /* a family and all that an OPEN leaves open */
#define RIB_WINDOW_OCTETS (8u * 1024u * 1024u) /* a log holds no more before its readers moved */
#define RIB_BATCH_PREFIXES 4096u               /* decided and encoded in one go */
#define RIB_BATCH_OCTETS RIB_WINDOW_OCTETS /* and no more when what they are sent with is this */
/* A log at the most: a window, then a batch, whose attributes may take twice as long a form in
 * messages, whose segments may end early for want of room for one more, and whose sets have room
 * for twice as many.  Beside that, one prefix with all its paths. */
#define RIB_LOG_OCTETS_MAX (6u * RIB_WINDOW_OCTETS)
/* A shard with a batch at work: room for twice as much, and an order of its items. */
#define RIB_WORK_OCTETS_MAX (3u * RIB_BATCH_OCTETS + 4u * 1024u * 1024u)
/* A route with its prefix, its part of the look-ups while they grow, and what was sent of it. */
#define RIB_ROUTE_OCTETS_MAX 96u
#define RIB_COPYING_OCTETS 640u        /* a session that is sent the table, a family */
#define RIB_LAG_MS 250                 /* a reader this far behind may lose its place */
#define RIB_LAG_FULL_MS 100            /* the same when the window is full */
#define RIB_BURIED_MAX (1024u * 1024u) /* gone prefixes kept for laggards */
#define RIB_ADD_PATH_MAX 16u           /* paths sent to an ADD-PATH receiver */

struct rib;

struct rib_counts {
	uint64_t prefixes[FAMILY_COUNT];
	uint64_t routes[FAMILY_COUNT];
	uint64_t refused[FAMILY_COUNT];
	uint64_t attr_sets;
	uint64_t memory_octets;
	uint64_t log_octets;  /* of them: the logs */
	uint64_t work_octets; /* the shard itself, and room for a batch */
	uint64_t encoded_octets;
	uint64_t places_lost; /* times a session fell out of a log */
	uint64_t dirty;       /* prefixes waiting for a decision */
	uint64_t too_large;   /* announcements that fit no message of their receivers */
	uint64_t rejudged;    /* routes judged again for a change of evidence, so far */
};

/* `heap` must outlive the shard. */
struct rib *rib_new(struct heap *heap, struct hash_key key, struct plan *plan);
void rib_free(struct rib *rib);

/* What sessions' attributes take is counted there from now on; before the first route.  It must
 * outlive the shard. */
void rib_account(struct rib *rib, struct attr_account *account);

/* The plan in force: what comes in is judged under it. */
struct plan *rib_plan(const struct rib *rib);

/* --- routes in ------------------------------------------------------------------------------ */

/* What a session is, as its OPEN said: before its first route, and again whenever it comes up. */
void rib_session_identity(struct rib *rib, struct session_id session, uint32_t router_id);

/* What a session has for a prefix. */
enum rib_held {
	RIB_HELD_NOT = 0,
	RIB_HELD_BLOCKED, /* refused for REASON_MAX_PREFIXES: it takes no room of the limit */
	RIB_HELD_COUNTED,
};

struct rib_announcement {
	struct session_id session;
	struct attr_id attr;
	uint8_t reason; /* 0 = accepted */
	bool is_full;   /* no room for one more: what is not counted already is blocked */
	uint32_t now_s; /* of the clock that nobody sets: it goes by no wall */
};

/* A prefix with its table_hash under the shard's key. */
struct rib_prefix {
	struct prefix prefix;
	uint64_t hash;
};
struct rib_prefix rib_prefix_of(const struct rib *rib, const struct prefix *prefix);

/* The prefix is announced or withdrawn soon: what that needs is fetched from memory meanwhile. */
void rib_expect(const struct rib *rib, const struct rib_prefix *prefix);

/* The session's route for `prefix` becomes this.  Says in *before what it had. */
MUST_USE struct fault rib_announce(struct rib *rib, const struct rib_prefix *prefix,
				   const struct rib_announcement *announcement,
				   enum rib_held *before);

/* What there was. */
enum rib_held rib_withdraw(struct rib *rib, struct session_id session,
			   const struct rib_prefix *prefix);

/* Attribute sets for rib_announce, of this session: one user is the caller's until released. */
MUST_USE struct fault rib_attrs_take(struct rib *rib, struct session_id session,
				     struct octets packed, struct attr_id *out);
void rib_attrs_release(struct rib *rib, struct attr_id attr);

/* Every route the session has in the family is old from now on (session restarted, refresh begun).
 * */
void rib_age(struct rib *rib, struct session_id session, enum family family);

/* Takes out the session's old routes, or all; looks at `entries_max` entries a call from *place on.
 * True while there is more; then call again with the same *place (0 at first).  Adds to *removed.
 * */
struct rib_removed {
	uint32_t counted;
	uint32_t blocked;
};
bool rib_sweep(struct rib *rib, struct session_id session, enum family family, bool all,
	       uint32_t entries_max, uint32_t *place, struct rib_removed *removed);

/* Judges blocked routes of the session, as many as there is *room for, which shrinks by each; looks
 * at `entries_max` entries a call from *place on.  True while there is more and room for it. */
bool rib_unblock(struct rib *rib, struct session_id session, enum family family,
		 uint32_t entries_max, uint32_t *place, uint32_t *room);

/* --- decide and encode ----------------------------------------------------------------------- */

enum rib_flush {
	RIB_FLUSH_DONE = 0, /* nothing waits, or there is no room for it */
	RIB_FLUSH_MORE,     /* prefixes wait: call again */
	RIB_FLUSH_SHORT,    /* memory is out: call again after a while */
};

/* Works off at most one batch. */
enum rib_flush rib_flush(struct rib *rib, struct instant now);

/* Prefixes that wait for a decision, though the window may be full. */
uint32_t rib_dirty_count(const struct rib *rib);

/* What the logs were given so far, all wire profiles together. */
uint64_t rib_encoded_octets(const struct rib *rib);

/* --- change of plan -------------------------------------------------------------------------- */

/* The new plan is in force for what comes in from now on; what is held is judged again by
 * rib_replan_step, which is true while there is more.  One change at a time. */
MUST_USE struct fault rib_replan(struct rib *rib, struct plan *plan);
bool rib_replanning(const struct rib *rib);

/* Nothing can be judged before the next flush. */
bool rib_replan_waits(const struct rib *rib);
bool rib_replan_step(struct rib *rib, uint32_t entries_max);

/* --- change of evidence ---------------------------------------------------------------------- */

/* What the world says, as the shard knows it: what comes in is judged by it. */
struct rules_evidence rib_evidence(const struct rib *rib);
struct rpki_data *rib_rpki(const struct rib *rib); /* borrowed; NULL: nothing is known */

/* From now on; `changes` is what differs from before.  What is held and can be touched is judged
 * again by rib_rejudge_step, which is true while there is more.  AGAIN: the last change is not
 * through.  A change of plan may go on beside it. */
MUST_USE struct fault rib_evidence_change(struct rib *rib, struct rpki_data *rpki,
					  struct rpki_changes *changes);

/* The same for as-sets: routes of members whose set differs are judged again.  At any time: what
 * was touched before and is not through is judged with it. */
void rib_irr_change(struct rib *rib, struct irr_data *irr);
struct irr_data *rib_irr(const struct rib *rib); /* borrowed; NULL: nothing is known */

/* For the first; for either. */
bool rib_rejudging(const struct rib *rib);
bool rib_rejudges_any(const struct rib *rib);
bool rib_rejudge_step(struct rib *rib, uint32_t entries_max);

void rib_counts_of(const struct rib *rib, struct rib_counts *out);

#endif
