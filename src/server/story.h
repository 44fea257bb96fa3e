/* server/story.h — what a shard knows, made what others may see.
 * Owns    nothing: a view borrows from the look it was made of
 * Thread  any */
#ifndef SERVER_STORY_H
#define SERVER_STORY_H

#include "bgp/message.h"
#include "plan/plan.h"
#include "rib/look.h"
#include "rules/check.h"
#include "view/route.h"

/* What routes are judged by. */
struct story {
	const struct plan *plan;
	struct rules_evidence evidence;
	int64_t wall_ahead_s; /* as it is now: however often the wall clock was set, a route is as
			       * old as it is */
};

void story_route(const struct story *story, const struct prefix *prefix,
		 const struct look_route *from, struct view_route *out);

/* The clause of the rule book behind a refusal; REASON_NONE has none. */
void story_clause(const struct plan *plan, uint32_t reason, struct view_clause *out);

/* What a session was refused by; of the protocol's own grounds there is no clause. */
void ruling_view(const struct plan *plan, enum bgp_ground ground, struct view_ruling *out);

#endif
