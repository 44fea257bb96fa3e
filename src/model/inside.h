/* model/inside.h — the inside of the model, for the files of this folder.
 * Owns    a model what it holds: model_new/_free
 * Faults  LIMIT: memory is out
 * Thread  the model's */
#ifndef MODEL_INSIDE_H
#define MODEL_INSIDE_H

#include "model/model.h"

struct model_route {
	struct session_id session;
	uint8_t reason;
	uint32_t set;
};

struct model_prefix {
	struct prefix prefix;
	struct model_route *route; /* once ranked: the accepted by rank, then the refused */
	uint32_t count;
	uint32_t room;
	uint32_t accepted_count;
	bool is_ranked;
};

struct model_set {
	uint8_t *octets; /* packed; attrs borrows from it */
	uint32_t len_octets;
	struct bgp_attrs attrs;
};

struct model {
	struct heap *heap;
	struct plan *plan;
	struct rules_evidence evidence;
	struct model_session session[SESSIONS_MAX];
	struct model_prefix *prefix;
	uint32_t prefix_count;
	uint32_t prefix_room;
	uint32_t *prefix_slot; /* numbers + 1 by hash; 0 = free */
	uint32_t prefix_slots;
	struct model_set *set;
	uint32_t set_count;
	uint32_t set_room;
	uint32_t *set_slot;
	uint32_t set_slots;
};

/* --- model.c --- */
struct model_route *model_route_of(struct model_prefix *prefix, struct session_id session);

/* --- numbers.c --- */
MUST_USE struct fault model_prefix_need(struct model *model, const struct prefix *prefix,
					uint32_t *number);
uint32_t model_prefix_find(const struct model *model, const struct prefix *prefix);
MUST_USE struct fault model_set_need(struct model *model, struct octets packed, uint32_t *number);

#endif
