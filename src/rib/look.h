/* rib/look.h — looking into a shard without changing it: for show and explain.
 *
 * rib_look copies all that is to be said about one prefix, so that nothing is formatted or sent
 * while the shard is held.
 * Owns    struct look: rib_look / look_fini; everything in it is a copy
 * Faults  LIMIT when memory is out · ABSENT: no route for the prefix
 * Thread  the owner of the shard; a look, anybody */
#ifndef RIB_LOOK_H
#define RIB_LOOK_H

#include "rib/rib.h"

/* What put a route behind the one before it.  In the order of rib/decide.c. */
enum decision_step {
	STEP_NONE = 0, /* the best */
	STEP_PREFERENCE,
	STEP_PATH_LENGTH,
	STEP_ORIGIN,
	STEP_MED,
	STEP_ROUTER_ID,
	STEP_ADDRESS,
};

/* Why a session does not get a path that is announced to others. */
enum withheld {
	WITHHELD_NOT = 0,
	WITHHELD_OWN,      /* its own member's */
	WITHHELD_STEERED,  /* the sender's communities say so */
	WITHHELD_NEXT_HOP, /* one it cannot use, and no other is known: RFC 8950 */
	WITHHELD_SERVED,   /* it has a better one */
};

struct look_route {
	struct session_id session;
	uint8_t reason; /* enum reason; 0 = accepted */
	bool is_stale;
	bool is_listed;       /* among the paths that are announced */
	uint8_t step;         /* enum decision_step */
	uint32_t rank;        /* from 1 among the accepted; 0 = refused */
	uint32_t since_s;     /* as its announcement said */
	struct octets packed; /* the attributes, as in bgp/attrs.h; in the look's octets */
};

/* What one session of the plan gets. */
struct look_receiver {
	struct session_id session;
	bool extended_next_hop; /* it takes IPv6 next hops for IPv4 */
	uint16_t given_count;   /* paths it is to have: more than 1 with ADD-PATH */
	uint8_t withheld_best;  /* enum withheld: why not the best */
	uint8_t prepend_count;  /* of the first given */
	uint64_t given;         /* a bit a listed path, by its place in the list */
};

struct look {
	struct heap *heap;
	struct prefix prefix;
	uint32_t route_count;
	struct look_route *route; /* by rank, the refused ones last */
	uint32_t listed_count;
	uint32_t listed[SENT_PATHS_MAX]; /* the listed paths: numbers of routes */
	uint32_t receiver_count;
	struct look_receiver *receiver;
	uint8_t *octets;
	uint32_t octets_room;
};

/* With the receivers or without. */
MUST_USE struct fault rib_look(struct rib *rib, const struct prefix *prefix, bool with_receivers,
			       struct heap *heap, struct look *out);
void look_fini(struct look *look); /* for CLEAN; twice is allowed */

/* The prefixes of a family with their routes, `entries_max` entries a call from *place on (0 at
 * first).  True while there is more.  `each` is called inside the shard. */
bool rib_look_walk(const struct rib *rib, enum family family, uint32_t entries_max, uint32_t *place,
		   void (*each)(void *context, const struct prefix *prefix,
				const struct route *routes, uint32_t route_count),
		   void *context);

/* What a walk adds up for each session, by its number. */
struct rib_tally {
	uint32_t refused[SESSIONS_MAX]; /* of its routes */
	uint32_t announced
		[SESSIONS_MAX]; /* paths it was sent, or is about to be; 0 when it reads none */
};

/* Adds the entries of a family, `entries_max` a call from *place on (0 at first).  True while there
 * is more.  Exact when nothing changes between the calls: a session that has read all it was sent
 * holds as many paths as `announced` says. */
bool rib_look_tally(struct rib *rib, enum family family, uint32_t entries_max, uint32_t *place,
		    struct rib_tally *tally);

/* Adds the held routes of a family by what the evidence makes of their origins and paths (by number
 * of enum rpki_state), `entries_max` entries a call from *place on (0 at first).  True while there
 * is more. */
struct rib_states {
	uint64_t origin[RPKI_INVALID + 1];
	uint64_t path[RPKI_INVALID + 1];
};
bool rib_look_states(const struct rib *rib, enum family family, uint32_t entries_max,
		     uint32_t *place, struct rib_states *states);

/* The longest prefix held with a route that covers this one; false when there is none. */
bool rib_look_cover(const struct rib *rib, const struct prefix *prefix, struct prefix *out);

#endif
