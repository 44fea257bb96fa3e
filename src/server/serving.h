/* server/serving.h — the running exchange: workers, shards, the plan in force, and what commands
 * may ask of it.
 *
 * Threads: each worker its own; the control socket's callers one each; the first one waits for
 * signals and keeps the list of sessions that are up.  Whoever touches the database holds the
 * record (serving_record_take), so there is one writer.
 * Owns    everything it makes; the store stays the caller's
 * Faults  complaints say what was wrong; LIMIT when memory is out
 * Thread  any, as each function says */
#ifndef SERVER_SERVING_H
#define SERVER_SERVING_H

#include "registry/exchange.h"
#include "server/irr_refresh.h"
#include "rpki/data.h"
#include "view/foresight.h"
#include "view/route.h"
#include "view/rpki.h"
#include "view/session.h"
#include "view/status.h"

#define SERVING_WORKERS_MAX 16u
#define SERVING_SLICE_ENTRIES 1024u /* of a shard looked at before others may have it */

struct serving;

/* One who changes the registry holds the record while he does. */
void serving_record_take(struct serving *serving);
void serving_record_give(struct serving *serving);

/* The registry changed: the new plan is in force when this returns, with no session lost but those
 * it has no more.  The caller holds the record. */
MUST_USE struct fault serving_replan(struct serving *serving, struct complaints *complaints);

/* As-sets, where exchange.yaml names a source of them; without the record, for it may take a
 * minute.  ABSENT: none is named. */
MUST_USE struct fault serving_irr_refresh(struct serving *serving, uint32_t asn,
					  const char *as_macro, enum irr_outcome *outcome,
					  char said[IRR_SAID_MAX]);
MUST_USE struct fault serving_irr_reload(struct serving *serving, uint32_t asn);

/* One line in the log.  Any thread. */
void serving_tell(const struct serving *serving, const char *text);

/* The process ends soon; `for_restart`: members that can keep our routes are told nothing. */
void serving_stop(struct serving *serving, bool for_restart);

/* --- what is so now: any thread, without the record ------------------------------------------- */

void serving_status(struct serving *serving, struct view_status *out);

/* The rule book in force. */
void serving_book(struct serving *serving, struct view_book *out);

/* Sessions in order of AS number and address; *count of them in an array from the heap. */
MUST_USE struct fault serving_sessions(struct serving *serving, struct heap *heap,
				       struct view_session **out, uint32_t *count);

/* Fills in what of each of these sessions' routes is refused, and what is announced to it: a walk
 * over the table. */
MUST_USE struct fault serving_counts(struct serving *serving, struct heap *heap,
				     struct view_session *session, uint32_t count);

/* Which routes are wanted; all that is set must hold. */
struct serving_filter {
	bool has_prefix; /* this prefix and what lies in it */
	bool is_exact;   /* this prefix alone */
	struct prefix prefix;
	uint32_t asn; /* of the member it came from; 0 = any */
	bool refused_only;
	bool has_family;
	enum family family;
};

/* Routes in order of prefix and rank.  `each` false ends it.  The route lives for the call. */
MUST_USE struct fault serving_routes(struct serving *serving, const struct serving_filter *filter,
				     bool (*each)(void *context, const struct view_route *route),
				     void *context);

/* The prefix itself if a route for it is held, else the longest that covers it; false: none. */
bool serving_longest(struct serving *serving, const struct prefix *asked, struct prefix *out);

/* Refused routes by member and reason, in order of AS number, then of the checks: one walk. */
struct view_refusals {
	uint32_t asn;
	const char *reason;
	const char *text;
	struct view_clause clause;
	uint64_t count;
};

/* Of one member (0 = all); *count of them in *out, which has room for *room. */
MUST_USE struct fault serving_refusals(struct serving *serving, uint32_t asn, struct heap *heap,
				       struct view_refusals **out, uint32_t *count, uint32_t *room);

/* What the RPKI says, who says it, and what becomes of the held routes by it: one walk. */
void serving_rpki_view(struct serving *serving, struct view_rpki *out);

/* The snapshot in force with one user more; NULL: there is no data. */
struct rpki_data *serving_rpki(struct serving *serving);

/* What another plan would make of the held routes; nothing changes.  Any thread; `out` belongs to
 * the caller in any case. */
MUST_USE struct fault serving_foresee(struct serving *serving, struct plan *proposed,
				      struct view_foresight *out);

/* ABSENT: no route for the prefix, nor for one that covers it. */
MUST_USE struct fault serving_explain(struct serving *serving, const struct prefix *prefix,
				      struct view_explain *out);

#endif
