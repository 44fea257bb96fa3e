/* server/story.c — the explanation of one prefix: every route with every check, its rank and what
 * put it there, and what each member gets and why not a better one. */
#include "server/story.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/check.h"
#include "rules/community.h"
#include "rules/next_hop.h"
#include "server/running.h"
#include "sys/process.h"

static const char *step_text(uint8_t step)
{
	switch ((enum decision_step)step) {
	case STEP_NONE:
		return NULL;
	case STEP_PREFERENCE:
		return "GRACEFUL_SHUTDOWN puts it last (RFC 8326)";
	case STEP_PATH_LENGTH:
		return "longer AS path";
	case STEP_ORIGIN:
		return "higher ORIGIN";
	case STEP_MED:
		return "higher MED from the same neighbour AS";
	case STEP_ROUTER_ID:
		return "higher BGP identifier";
	case STEP_ADDRESS:
		return "higher neighbour address";
	}
	return NULL;
}

static const char *withheld_text(uint8_t why)
{
	switch ((enum withheld)why) {
	case WITHHELD_NOT:
		return NULL;
	case WITHHELD_OWN:
		return "the route is this member's own";
	case WITHHELD_STEERED:
		return "the sender's communities keep it from this member";
	case WITHHELD_NEXT_HOP:
		return "its next hop is of no use there";
	case WITHHELD_SERVED:
		return "it has a better route";
	}
	return NULL;
}

static void attrs_view(const struct bgp_attrs *attrs, struct view_attrs *out)
{
	*out = (struct view_attrs){ .is_known = !attrs->is_malformed,
				    .origin = attrs->origin,
				    .next_hop = bgp_attrs_next_hop(attrs),
				    .has_med = attrs->has_med,
				    .has_otc = attrs->has_otc,
				    .atomic_aggregate = attrs->atomic_aggregate,
				    .med = attrs->med,
				    .otc = attrs->otc,
				    .path_len = attrs->path_len,
				    .first_asn = attrs->first_asn,
				    .origin_asn = attrs->origin_asn,
				    .as_path = attrs->as_path,
				    .communities = attrs->communities,
				    .large = attrs->large,
				    .extended = attrs->extended,
				    .extended_ipv6 = attrs->extended_ipv6,
				    .aggregator = attrs->aggregator,
				    .unknown = attrs->unknown };
}

/* Of the two reasons that no list of checks explains. */
static void detail_view(const struct rules_case *judged, uint8_t reason, struct view_route *out)
{
	enum family family = (enum family)out->prefix.family;

	static_assert(VIEW_DETAIL_MAX >= RULES_DETAIL_MAX, "every detail has its place");
	if (reason == REASON_MALFORMED)
		(void)rules_check_one(REASON_MALFORMED, judged, &out->prefix, out->reason_detail);
	else if (reason == REASON_MAX_PREFIXES)
		(void)snprintf(out->reason_detail, sizeof out->reason_detail,
			       "all %u %s prefixes agreed on are held; it gets in when others go",
			       plan_limit_of(judged->plan, judged->from, family),
			       family_name(family));
}

/* What the RPKI says of it, where anybody looks. */
static void rpki_view(const struct rules_case *judged, struct view_route *out)
{
	const struct plan_rules *rules = &judged->plan->rules;

	if (judged->attrs->is_malformed)
		return;
	if (rules->rpki_policy != PLAN_POLICY_OFF)
		out->origin_state = (uint8_t)rules_origin_state(judged, &out->prefix);
	if (rules->aspa_policy != PLAN_POLICY_OFF)
		out->path_state = (uint8_t)rules_path_state(judged);
}

void story_route(const struct story *story, const struct prefix *prefix,
		 const struct look_route *from, struct view_route *out)
{
	const struct plan *plan = story->plan;
	const struct plan_session *session = plan_session_of(plan, from->session);
	struct bgp_attrs attrs;

	*out = (struct view_route){ .prefix = *prefix,
				    .slot = from->session.index,
				    .since = { from->since_s + story->wall_ahead_s },
				    .is_stale = from->is_stale,
				    .is_announced = from->is_listed,
				    .rank = from->rank,
				    .step = step_text(from->step) };
	if (session != NULL) {
		out->asn = session->asn;
		out->from = session->address;
	}
	if (from->reason != 0) {
		out->reason = reason_name((enum reason)from->reason);
		out->reason_text = reason_sentence((enum reason)from->reason);
		story_clause(plan, from->reason, &out->clause);
		out->reason_number = reason_number(
			(enum reason)from->reason,
			prefix->len_bits < plan->rules.len_bits_min[prefix->family]);
	}
	CHECK(!failed(bgp_attrs_unpack(from->packed, &attrs)));
	attrs_view(&attrs, &out->attrs);
	out->origin_state = RPKI_NOT_CHECKED;
	out->path_state = RPKI_NOT_CHECKED;
	if (session == NULL)
		return;
	struct rules_case judged = rules_case_of(plan, story->evidence, session, &attrs);
	detail_view(&judged, from->reason, out);
	rpki_view(&judged, out);
}

/* --- candidates ------------------------------------------------------------------------------- */

/* Failed when it is why the route was refused. */
static struct view_check *check_view(const struct plan *plan, enum reason reason,
				     enum reason refused_for, struct view_candidate *out)
{
	struct view_check *check = &out->check[out->check_count++];

	check->name = reason_name(reason);
	check->text = reason_sentence(reason);
	check->passed = refused_for != reason;
	(void)snprintf(check->clause, sizeof check->clause, "%s", plan->book.clause[reason].number);
	if (!check->passed)
		(void)snprintf(check->detail, sizeof check->detail, "%s", out->route.reason_detail);
	return check;
}

static void candidate_view(const struct story *story, const struct look *look, uint32_t number,
			   struct view_candidate *out)
{
	const struct plan *plan = story->plan;
	const struct look_route *route = &look->route[number];
	const struct plan_session *from = plan_session_of(plan, route->session);
	enum reason refused_for = (enum reason)route->reason;
	struct bgp_attrs attrs;

	*out = (struct view_candidate){ 0 };
	story_route(story, &look->prefix, route, &out->route);
	CHECK(!failed(bgp_attrs_unpack(route->packed, &attrs)));
	out->is_blackhole = rules_is_blackhole(&attrs);
	out->is_graceful_shutdown = rules_is_graceful_shutdown(&attrs);
	if (from == NULL)
		return;
	static_assert(REASON_COUNT <= VIEW_CHECKS_MAX, "every check has its place");
	if (attrs.is_malformed) {
		(void)check_view(plan, REASON_MALFORMED, refused_for, out);
		return;
	}
	struct rules_case judged = rules_case_of(plan, story->evidence, from, &attrs);
	for (uint32_t i = REASON_MALFORMED + 1; i < REASON_MAX_PREFIXES; i++) {
		struct view_check *check = check_view(plan, (enum reason)i, refused_for, out);
		check->passed = rules_check_one((enum reason)i, &judged, &look->prefix,
						check->detail);
	}
	(void)check_view(plan, REASON_MAX_PREFIXES, refused_for, out);
}

/* --- receivers -------------------------------------------------------------------------------- */

/* What of the best route keeps it from the session. */
static void steering_view(const struct plan *plan, const struct look *look,
			  const struct plan_session *session, struct view_receiver *out)
{
	struct bgp_attrs attrs;

	CHECK(!failed(bgp_attrs_unpack(look->route[look->listed[0]].packed, &attrs)));
	out->denial = rules_denial_of(plan, &attrs, session->asn);
	if (out->denial.len_octets == 0 && rules_is_blackhole(&attrs) && !session->takes_blackhole)
		out->why_not = "it is a blackhole route and this member takes none";
}

/* Why the best route's next hop is of no use to the session, and nothing else is known. */
static const char *next_hop_text(const struct plan *plan, const struct look_receiver *from)
{
	if (!plan_translates(plan))
		return "its next hop is IPv6 and the member did not agree to that (RFC 8950)";
	if (from->extended_next_hop)
		return "its next hop is IPv4, the member's port has no IPv4 address, and the "
		       "sender's no IPv6 one to tell instead (plenum show slat)";
	if (!session_set_has(&plan->takes_ipv4, from->session))
		return "the member takes IPv4 next hops only and its port has no IPv4 address "
		       "(RFC 8950; plenum show slat)";
	return "its next hop is IPv6, the member takes IPv4 ones only, and the sender's port has "
	       "no IPv4 address to tell instead (plenum show slat)";
}

static void next_hop_view(const struct plan *plan, const struct look *look,
			  const struct look_receiver *from, const struct bgp_attrs *attrs,
			  struct view_receiver *out)
{
	struct plan_next_hop_form form = plan_next_hop_form(plan, rules_next_hop_of(plan, attrs),
							    from->extended_next_hop);

	if (look->prefix.family != FAMILY_IPV4 || form.len_octets == 0)
		return;
	out->translates_next_hop = true;
	CHECK(address_of_octets(octets_of(form.octet, form.len_octets == 4 ? 4 : 16),
				&out->next_hop));
}

static bool has_no_export(const struct bgp_attrs *attrs)
{
	struct rd rd = rd_of_octets(attrs->communities);
	bool has = false;

	while (rd_more(&rd))
		has |= rd_u32(&rd) == RULES_NO_EXPORT;
	return has;
}

/* How the route it gets is changed on its way.  RFC 7999 3.2 */
static void given_view(const struct plan *plan, const struct look *look,
		       const struct look_receiver *from, struct view_receiver *out)
{
	enum family family = (enum family)look->prefix.family;
	struct bgp_attrs attrs;

	CHECK(!failed(bgp_attrs_unpack(look->route[out->given_first].packed, &attrs)));
	out->next_hop = bgp_attrs_next_hop(&attrs);
	out->is_blackhole = rules_is_blackhole(&attrs);
	out->adds_no_export = out->is_blackhole && !has_no_export(&attrs);
	out->replaces_next_hop = out->is_blackhole && plan->rules.has_blackhole_next_hop[family];
	if (out->replaces_next_hop)
		out->next_hop = plan->rules.blackhole_next_hop[family];
	next_hop_view(plan, look, from, &attrs, out);
}

static void receiver_view(const struct plan *plan, const struct look *look,
			  const struct look_receiver *from, struct view_receiver *out)
{
	const struct plan_session *session = plan_session_of(plan, from->session);

	*out = (struct view_receiver){ .slot = from->session.index,
				       .given_count = from->given_count,
				       .prepend_count = from->prepend_count };
	if (session != NULL) {
		out->asn = session->asn;
		out->address = session->address;
		(void)snprintf(out->name, sizeof out->name, "%s",
			       plan->member[session->member.index].name);
	}
	if (from->given_count != 0) {
		out->given_first = look->listed[__builtin_ctzll(from->given)];
		given_view(plan, look, from, out);
	}
	if (look->listed_count == 0)
		out->why_not = "no route for it was accepted";
	else
		out->why_not = withheld_text(from->withheld_best);
	if (look->listed_count != 0 && from->withheld_best == WITHHELD_NEXT_HOP)
		out->why_not = next_hop_text(plan, from);
	if (look->listed_count != 0 && from->withheld_best == WITHHELD_STEERED && session != NULL)
		steering_view(plan, look, session, out);
}

static int by_asn(const void *a, const void *b)
{
	const struct view_receiver *x = a;
	const struct view_receiver *y = b;

	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return address_compare(&x->address, &y->address);
}

struct up_asking {
	struct view_explain *explain;
	enum family family;
};

static void up_note(struct worker *worker, void *context)
{
	const struct up_asking *asking = context;

	for (uint32_t i = 0; i < asking->explain->receiver_count; i++) {
		struct view_receiver *receiver = &asking->explain->receiver[i];
		struct session_id session = { receiver->slot };
		if (worker_has_family(worker, session, asking->family, &receiver->has_family))
			receiver->is_established = true;
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static struct fault explain_fill(const struct story *story, struct look *look,
				 struct view_explain *out)
{
	const struct plan *plan = story->plan;

	/* The routes' octets move over: what borrows from them stays right. */
	out->octets = look->octets;
	out->octets_room = look->octets_room;
	out->heap.used_octets += look->octets_room;
	look->heap->used_octets -= look->octets_room;
	look->octets = NULL;
	look->octets_room = 0;
	out->candidate = heap_array(&out->heap, look->route_count, sizeof *out->candidate);
	if (out->candidate == NULL)
		return fault_of(FAULT_LIMIT, 0);
	out->candidate_count = look->route_count;
	for (uint32_t i = 0; i < look->route_count; i++)
		candidate_view(story, look, i, &out->candidate[i]);
	if (look->receiver_count == 0)
		return fault_none();
	out->receiver = heap_array(&out->heap, look->receiver_count, sizeof *out->receiver);
	if (out->receiver == NULL)
		return fault_of(FAULT_LIMIT, 0);
	out->receiver_count = look->receiver_count;
	for (uint32_t i = 0; i < look->receiver_count; i++)
		receiver_view(plan, look, &look->receiver[i], &out->receiver[i]);
	qsort(out->receiver, out->receiver_count, sizeof *out->receiver, by_asn);
	return fault_none();
}

bool serving_longest(struct serving *serving, const struct prefix *asked, struct prefix *out)
{
	bool found = false;

	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct shard *shard = &serving->shards->shard[i];
		struct prefix cover;
		bool has = rib_look_cover(shard_enter(shard), asked, &cover);
		shard_leave(shard);
		if (has && (!found || cover.len_bits > out->len_bits)) {
			*out = cover;
			found = true;
		}
	}
	return found;
}

struct fault serving_explain(struct serving *serving, const struct prefix *prefix,
			     struct view_explain *out)
{
	struct heap heap = heap_libc();
	struct look look CLEAN(look_fini) = { 0 };

	*out = (struct view_explain){ .heap = heap_libc(), .asked = *prefix };
	if (!serving_longest(serving, prefix, &out->prefix))
		return fault_of(FAULT_ABSENT, 0);
	struct shard *shard =
		&serving->shards->shard[shards_number_of(serving->shards, &out->prefix)];
	struct rib *rib = shard_enter(shard);
	struct plan *plan = plan_ref(rib_plan(rib));
	struct rpki_data *rpki = rpki_data_ref(rib_rpki(rib));
	struct irr_data *irr = irr_data_ref(rib_irr(rib));
	struct fault fault = rib_look(rib, &out->prefix, true, &heap, &look);
	shard_leave(shard);
	struct story story = { plan, { rpki, irr }, process_wall_ahead_s() };
	if (!failed(fault))
		fault = explain_fill(&story, &look, out);
	plan_unref(plan);
	rpki_data_unref(rpki);
	irr_data_unref(irr);
	if (failed(fault)) {
		view_explain_fini(out);
		return fault;
	}
	struct up_asking asking = { out, (enum family)out->prefix.family };
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_ask(serving->worker[i], up_note, &asking);
	return fault_none();
}
