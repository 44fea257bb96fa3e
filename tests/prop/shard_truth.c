/* prop/shard_truth.c — what members should hold, worked out from scratch; and counts of it. */
#include "prop/shard.h"

#include <stdio.h>

#include "model/next_hop.h"

/* What show says of the sessions, in slices. */
static const struct rib_tally *tally_of(const struct world *world)
{
	static struct rib_tally tally;
	uint32_t place = 0;

	tally = (struct rib_tally){ 0 };
	while (rib_look_tally(world->rib, FAMILY_IPV4, 7, &place, &tally))
		continue;
	return &tally;
}

/* What show says of a session, in slices, against what receivers that read everything hold. */
static void counts_compare(const struct world *world)
{
	const struct rib_tally *tally = tally_of(world);

	for (uint32_t i = 0; i < SESSIONS; i++) {
		const struct receiver *receiver = &world->receiver[i];
		uint32_t held = 0;
		char name[96];
		for (uint32_t row = 0; receiver->joined && row <= SESSIONS; row++) {
			for (uint32_t number = 0; number < PREFIXES; number++)
				held += receiver->held[row][number].present ? 1 : 0;
		}
		(void)snprintf(name, sizeof name, "seed %llu, paths announced to %u",
			       (unsigned long long)world->seed, i);
		tap_row(name);
		expect_u64(tally->announced[i], held);
	}
}

/* At any moment, in the middle of a change of plan, too: who reads on till there is no more holds
 * what was counted, before anything else is decided. */
void event_count(struct world *world)
{
	for (uint32_t i = 0; i < SESSIONS; i++) {
		for (uint32_t pulls = 0;
		     world->receiver[i].joined && pulls < 10000 && receiver_pull(world, i, true);
		     pulls++)
			continue;
	}
	counts_compare(world);
}

struct candidate {
	uint32_t session;
	struct bgp_attrs attrs;
	bool low;
};

static int candidate_order(const struct candidate *a, const struct candidate *b, bool with_med)
{
	if (a->low != b->low)
		return a->low ? 1 : -1;
	if (a->attrs.path_len != b->attrs.path_len)
		return a->attrs.path_len < b->attrs.path_len ? -1 : 1;
	if (a->attrs.origin != b->attrs.origin)
		return a->attrs.origin < b->attrs.origin ? -1 : 1;
	uint32_t med_a = a->attrs.has_med ? a->attrs.med : 0;
	uint32_t med_b = b->attrs.has_med ? b->attrs.med : 0;
	if (with_med && med_a != med_b)
		return med_a < med_b ? -1 : 1;
	return a->session < b->session ? -1 : 1; /* router identifiers and addresses ascend */
}

static uint32_t candidates_of(const struct world *world, uint32_t number, struct candidate *out)
{
	uint32_t count = 0;
	struct prefix prefix = prefix_number(number);

	for (uint32_t i = 0; i < SESSIONS; i++) {
		const struct announced *route = &world->route[i][number];
		struct candidate *candidate = &out[count];
		if (!route->present || route->blocked)
			continue;
		candidate->session = i;
		expect_true(!failed(bgp_attrs_unpack(octets_of(route->packed, route->packed_len),
						     &candidate->attrs)));
		candidate->low = rules_is_graceful_shutdown(&candidate->attrs);
		if (reason_for(world, i, &candidate->attrs, &prefix) == REASON_NONE)
			count++;
	}
	return count;
}

/* Whole ranking: again and again the best of what is left, heads of each neighbour AS first. */
static void candidates_rank(struct candidate *list, uint32_t count)
{
	for (uint32_t place = 0; place < count; place++) {
		uint32_t best = UINT32_MAX;
		for (uint32_t i = place; i < count; i++) {
			bool is_head = true;
			for (uint32_t j = place; j < count; j++) {
				if (j != i && list[j].attrs.first_asn == list[i].attrs.first_asn &&
				    candidate_order(&list[j], &list[i], true) < 0)
					is_head = false;
			}
			if (is_head && (best == UINT32_MAX ||
					candidate_order(&list[i], &list[best], false) < 0))
				best = i;
		}
		struct candidate swap = list[place];
		list[place] = list[best];
		list[best] = swap;
	}
}

/* The next hop becomes what this receiver is told; false when it can use none. */
static bool next_hop_told(const struct world *world, uint32_t receiver, struct bgp_attrs *attrs)
{
	const struct plan *plan = world->plan;
	struct model_next_hop told;

	if (!model_next_hop(plan, attrs,
			    plan_session_of(plan, (struct session_id){ (uint16_t)receiver }),
			    world->receiver[receiver].extended_next_hop, &told))
		return false;
	if (rules_is_blackhole(attrs) && plan->rules.has_blackhole_next_hop[FAMILY_IPV4]) {
		mem_copy(attrs->next_hop, plan->rules.blackhole_next_hop[FAMILY_IPV4].octet, 4);
		attrs->next_hop_len_octets = 4;
	}
	if (told.len_octets != 0) {
		mem_copy(attrs->next_hop, told.octet, told.len_octets);
		attrs->next_hop_len_octets = told.len_octets;
	}
	return true;
}

/* May this receiver have the candidate, and how: the packed attributes it must hold. */
static bool model_export(const struct world *world, const struct candidate *candidate,
			 uint32_t receiver, struct wr *out)
{
	struct rules_audience audience;
	uint8_t octets[1024];
	uint8_t path[128];
	struct wr wr = wr_of(octets, sizeof octets);
	struct wr path_wr = wr_of(path, sizeof path);
	struct session_id session = { (uint16_t)receiver };
	struct bgp_attrs attrs = candidate->attrs;
	struct bgp_path_walk walk = bgp_path_walk_of(attrs.as_path);
	uint32_t prepends = 0;
	uint32_t asn;

	if (asn_of(candidate->session) == asn_of(receiver) ||
	    !next_hop_told(world, receiver, &attrs))
		return false;
	rules_audience_of(world->plan, &attrs, &audience);
	if (!session_set_has(&audience.allowed, session))
		return false;
	for (uint32_t i = 1; i <= RULES_PREPEND_MAX; i++)
		prepends = session_set_has(&audience.prepended[i], session) ? i : prepends;
	wr_u8(&path_wr, BGP_SEGMENT_SEQUENCE);
	wr_u8(&path_wr, attrs.path_asn_count + prepends);
	for (uint32_t i = 0; i < prepends; i++)
		wr_u32(&path_wr, asn_of(candidate->session));
	while (bgp_path_walk_next(&walk, &asn))
		wr_u32(&path_wr, asn);
	attrs.as_path = wr_octets_of(&path_wr);
	attrs.communities = rules_export_communities(world->plan, &attrs, audience.is_blackhole,
						     &wr);
	attrs.large = rules_export_large(world->plan, &attrs, &wr);
	attrs.has_otc = true;
	attrs.otc = RS_ASN;
	expect_true(!failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, out);
	return true;
}

static void expect_holds(const struct world *world, uint32_t receiver, uint32_t row,
			 uint32_t number, bool wanted, const struct wr *packed)
{
	const struct held *held = &world->receiver[receiver].held[row][number];
	char name[128];

	(void)snprintf(name, sizeof name, "seed %llu, receiver %u, prefix %u, path %u",
		       (unsigned long long)world->seed, receiver, number, row);
	tap_row(name);
	expect_true(held->present == wanted);
	if (wanted && held->present)
		expect_octets(held->packed, held->packed_len, packed->start, packed->pos);
}

static void model_compare(const struct world *world, uint32_t number)
{
	struct candidate list[SESSIONS + 1];
	uint32_t count = candidates_of(world, number, list);

	candidates_rank(list, count);
	for (uint32_t r = 0; r < SESSIONS; r++) {
		bool has_one = false;
		if (!world->receiver[r].joined)
			continue;
		bool seen[SESSIONS + 1] = { false };
		for (uint32_t i = 0; i < count; i++) {
			uint8_t octets[1024];
			struct wr packed = wr_of(octets, sizeof octets);
			uint32_t row = world->receiver[r].add_path ? list[i].session + 1 : 0;
			if ((has_one && row == 0) || !model_export(world, &list[i], r, &packed))
				continue;
			expect_holds(world, r, row, number, true, &packed);
			has_one = true;
			seen[row] = true;
		}
		for (uint32_t row = 0; row <= SESSIONS; row++) {
			if (!seen[row])
				expect_holds(world, r, row, number, false, NULL);
		}
	}
}

/* Refused routes as the checks say, one by one. */
static void refusals_compare(const struct world *world)
{
	const struct rib_tally *tally = tally_of(world);

	for (uint32_t i = 0; i < SESSIONS; i++) {
		uint32_t refused = 0;
		for (uint32_t number = 0; number < PREFIXES; number++) {
			const struct announced *route = &world->route[i][number];
			struct prefix prefix = prefix_number(number);
			struct bgp_attrs attrs;
			if (!route->present)
				continue;
			expect_true(!failed(bgp_attrs_unpack(
				octets_of(route->packed, route->packed_len), &attrs)));
			enum reason reason = reason_for(world, i, &attrs, &prefix);
			refused += route->blocked || reason != REASON_NONE ? 1 : 0;
		}
		expect_u64(tally->refused[i], refused);
	}
}

void truth_compare(const struct world *world)
{
	for (uint32_t number = 0; number < PREFIXES; number++)
		model_compare(world, number);
	counts_compare(world);
	refusals_compare(world);
}
