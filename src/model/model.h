/* model/model.h — a deliberately naive route server: what every member must hold, worked out from
 * nothing but what was announced.
 *
 * For each receiver every prefix is looked at from scratch: candidates ranked by the rules as RFC
 * 4271 9.1.2.2 writes them, the first that its communities allow is the receiver's.  No table is
 * kept for what was sent, nothing is shared between receivers.  Of the real thing it uses only the
 * import checks (rules/check.h), which have tables of tests of their own; communities, the decision
 * and what is changed on the way out are written here anew, so that a mistake there shows.
 * Shape   prefixes and attribute sets have dense numbers from 0, never given back
 * Owns    all it holds, from the heap it was given; plans are counted
 * Bound   an ADD-PATH receiver's paths are right for up to RIB_ADD_PATH_MAX candidates a prefix
 * Faults  LIMIT when memory is out
 * Thread  one at a time */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "bgp/attrs.h"
#include "plan/plan.h"
#include "rules/check.h"

struct model;

/* What a session agreed to, as far as it changes what it is sent. */
struct model_session {
	bool is_up;
	bool families[FAMILY_COUNT];
	bool add_path[FAMILY_COUNT];
	bool extended_next_hop;
	uint32_t router_id;
};

/* A path that a receiver holds. */
struct model_path {
	struct prefix prefix;
	uint32_t prefix_number;
	struct session_id from;
	struct session_id to;
	uint32_t path_id;    /* RFC 7911: names the sender; 0 without ADD-PATH */
	uint32_t set_number; /* of the attributes as they were announced */
	uint8_t prepend_count;
};

/* Octets that model_delivered writes into. */
#define MODEL_SCRATCH_OCTETS (BGP_ATTRS_PACKED_MAX + 4096u)

MUST_USE struct fault model_new(struct heap *heap, struct plan *plan, struct model **out);
void model_free(struct model *model); /* NULL is allowed */

/* What is announced from now on is judged by this; the caller's, as long as the model is. */
void model_evidence(struct model *model, struct rules_evidence evidence);

void model_session(struct model *model, struct session_id session,
		   const struct model_session *agreed);

/* `packed` as bgp_attrs_pack writes it, with the next hop of this family. */
MUST_USE struct fault model_announce(struct model *model, struct session_id session,
				     const struct prefix *prefix, struct octets packed);
void model_withdraw(struct model *model, struct session_id session, const struct prefix *prefix);

/* What the receiver must hold of one family, in order of prefix numbers.  `each` false ends it. */
void model_walk(struct model *model, struct session_id receiver, enum family family,
		bool (*each)(void *context, const struct model_path *path), void *context);

/* The path's attributes as the receiver gets them; `out` borrows from the model and the scratch. */
void model_delivered(const struct model *model, const struct model_path *path,
		     uint8_t scratch[MODEL_SCRATCH_OCTETS], struct bgp_attrs *out);

/* How many routes the session has announced and not withdrawn; `refused`: of them, why not 0. */
uint32_t model_count(const struct model *model, struct session_id session, enum family family,
		     uint32_t *refused);

/* Of a family, over all sessions: prefixes with a route, routes, and of them the refused. */
void model_totals(const struct model *model, enum family family, uint64_t *prefixes,
		  uint64_t *routes, uint64_t *refused);

/* Adds to count[reason] the family's routes refused for it. */
void model_reasons(const struct model *model, enum family family, uint64_t *count,
		   uint32_t count_room);

/* A route refused for `reason`; for 0, the best of the prefix with the most accepted routes, when
 * these are several. */
bool model_example(const struct model *model, uint8_t reason, struct prefix *prefix,
		   struct session_id *session);

#endif
