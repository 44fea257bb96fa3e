/* plan/plan.c — the snapshot's making and look-ups. */
#include "plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const uint32_t transit_free_default[] = {
	174, 701, 1299, 2914, 3257, 3320, 3356, 5511, 6453, 6461, 6762, 6830, 7018, 12956,
};

struct plan_rules plan_rules_default(void)
{
	struct plan_rules rules = {
		.len_bits_min = { [FAMILY_IPV4] = 8, [FAMILY_IPV6] = 16 },
		.len_bits_max = { [FAMILY_IPV4] = 24, [FAMILY_IPV6] = 48 },
		.path_len_max = 64,
		.communities_max = 1000,
		.routes_max = { [FAMILY_IPV4] = 250000, [FAMILY_IPV6] = 100000 },
		.limit_action = LIMIT_ACTION_SHUT,
		.warn_percent = 80,
		.retry_s = 900,
		.add_otc = true,
		.blackhole_len_bits_min = { [FAMILY_IPV4] = 32, [FAMILY_IPV6] = 128 },
		.check_bogons = true,
		.check_bogon_asns = true,
		.rpki_policy = PLAN_POLICY_DROP,
		.aspa_policy = PLAN_POLICY_LOG,
		.irr_policy = PLAN_POLICY_DROP,
		.transit_free_count = sizeof transit_free_default / 4,
	};

	for (uint32_t i = 0; i < rules.transit_free_count; i++)
		rules.transit_free[i] = transit_free_default[i];
	return rules;
}

const char *plan_policy_name(enum plan_policy policy)
{
	static const char *const names[PLAN_POLICY_COUNT] = {
		[PLAN_POLICY_OFF] = "off",
		[PLAN_POLICY_LOG] = "log",
		[PLAN_POLICY_DROP] = "drop",
	};

	CHECK(policy < PLAN_POLICY_COUNT);
	return names[policy];
}

static const char *const limit_action_names[LIMIT_ACTION_COUNT] = {
	[LIMIT_ACTION_DEFAULT] = "default",
	[LIMIT_ACTION_WARN] = "warn",
	[LIMIT_ACTION_BLOCK] = "block",
	[LIMIT_ACTION_SHUT] = "shut",
};

const char *plan_limit_action_name(enum plan_limit_action action)
{
	CHECK(action < LIMIT_ACTION_COUNT);
	return limit_action_names[action];
}

bool plan_limit_action_of(const char *name, enum plan_limit_action *out)
{
	for (uint32_t i = LIMIT_ACTION_WARN; i < LIMIT_ACTION_COUNT; i++) {
		if (strcmp(limit_action_names[i], name) != 0)
			continue;
		*out = (enum plan_limit_action)i;
		return true;
	}
	return false;
}

static const char *const ipv6_only_lan_names[IPV6_ONLY_LAN_COUNT] = {
	[IPV6_ONLY_LAN_OFF] = "off",
	[IPV6_ONLY_LAN_TRANSLATE] = "translate",
	[IPV6_ONLY_LAN_REQUIRE] = "require",
};

const char *plan_ipv6_only_lan_name(enum plan_ipv6_only_lan policy)
{
	CHECK(policy < IPV6_ONLY_LAN_COUNT);
	return ipv6_only_lan_names[policy];
}

bool plan_ipv6_only_lan_of(const char *name, enum plan_ipv6_only_lan *out)
{
	for (uint32_t i = 0; i < IPV6_ONLY_LAN_COUNT; i++) {
		if (strcmp(ipv6_only_lan_names[i], name) != 0)
			continue;
		*out = (enum plan_ipv6_only_lan)i;
		return true;
	}
	return false;
}

struct plan *plan_new(void)
{
	struct heap heap = heap_libc();
	struct plan *plan = heap_zero(&heap, sizeof *plan);

	if (plan == NULL)
		return NULL;
	plan->heap = heap;
	plan->session = heap_array(&plan->heap, SESSIONS_MAX, sizeof *plan->session);
	if (plan->session == NULL) {
		heap_free(&heap, plan, sizeof *plan);
		return NULL;
	}
	plan->rules = plan_rules_default();
	atomic_init(&plan->users, 1);
	return plan;
}

struct plan *plan_ref(struct plan *plan)
{
	atomic_fetch_add_explicit(&plan->users, 1, memory_order_relaxed);
	return plan;
}

void plan_unref(struct plan *plan)
{
	if (plan == NULL || atomic_fetch_sub_explicit(&plan->users, 1, memory_order_acq_rel) != 1)
		return;
	struct heap heap = plan->heap;
	heap_free(&heap, plan->session, SESSIONS_MAX * sizeof *plan->session);
	heap_free(&heap, plan->member, plan->member_room * sizeof *plan->member);
	heap_free(&heap, plan->slat, plan->slat_room * sizeof *plan->slat);
	heap_free(&heap, plan->slat_name, plan->slat_name_room * sizeof *plan->slat_name);
	heap_free(&heap, plan, sizeof *plan);
}

struct fault plan_member_add(struct plan *plan, uint32_t asn, const char *name)
{
	if (plan->member_count == MEMBERS_MAX ||
	    !heap_grow(&plan->heap, (void **)&plan->member, &plan->member_room,
		       plan->member_count + 1, sizeof *plan->member))
		return fault_of(FAULT_LIMIT, 0);
	struct plan_member *member = &plan->member[plan->member_count++];
	*member = (struct plan_member){ .asn = asn };
	(void)snprintf(member->name, sizeof member->name, "%s", name);
	return fault_none();
}

struct fault plan_session_add(struct plan *plan, const struct plan_session *session)
{
	if (session->id.index >= SESSIONS_MAX)
		return fault_of(FAULT_LIMIT, 0);
	struct plan_session *slot = &plan->session[session->id.index];
	if (slot->used)
		return fault_of(FAULT_CONFLICT, 0);
	if (session->slat != 0)
		TRY(plan_slat_name_add(plan, &session->address, session->slat));
	*slot = *session;
	slot->used = true;
	if (session->id.index >= plan->session_end)
		plan->session_end = session->id.index + 1u;
	return fault_none();
}

static int member_compare(const void *left, const void *right)
{
	uint32_t a = ((const struct plan_member *)left)->asn;
	uint32_t b = ((const struct plan_member *)right)->asn;

	return (a > b) - (a < b);
}

void plan_seal(struct plan *plan)
{
	if (plan->member_count != 0)
		qsort(plan->member, plan->member_count, sizeof *plan->member, member_compare);
	for (uint32_t i = 0; i < plan->session_end; i++) {
		struct plan_session *session = &plan->session[i];
		if (!session->used)
			continue;
		const struct plan_member *found = plan_member_of(plan, session->asn);
		CHECK(found != NULL);
		struct plan_member *member = &plan->member[found - plan->member];
		session->member.index = (uint16_t)(member - plan->member);
		session_set_add(&member->sessions, session->id);
		session_set_add(&plan->all, session->id);
		if (session->takes_blackhole)
			session_set_add(&plan->blackhole_receivers, session->id);
	}
	plan_slat_seal(plan);
}

const struct plan_member *plan_member_of(const struct plan *plan, uint32_t asn)
{
	uint32_t low = 0;
	uint32_t high = plan->member_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (plan->member[middle].asn < asn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < plan->member_count && plan->member[low].asn == asn ? &plan->member[low] : NULL;
}

const struct plan_session *plan_session_of(const struct plan *plan, struct session_id session)
{
	CHECK(session.index < SESSIONS_MAX);
	return plan->session[session.index].used ? &plan->session[session.index] : NULL;
}

uint32_t plan_limit_of(const struct plan *plan, const struct plan_session *session,
		       enum family family)
{
	return session->routes_max[family] != 0 ? session->routes_max[family] :
						  plan->rules.routes_max[family];
}

enum plan_limit_action plan_limit_action_for(const struct plan *plan,
					     const struct plan_session *session)
{
	return session->limit_action != LIMIT_ACTION_DEFAULT ? session->limit_action :
							       plan->rules.limit_action;
}

static bool is_shut_beyond(const struct plan *plan, const struct plan_session *session)
{
	return plan_limit_action_for(plan, session) == LIMIT_ACTION_SHUT;
}

uint64_t plan_held_max(const struct plan *plan, const struct plan_session *session,
		       enum family family)
{
	return (uint64_t)plan_limit_of(plan, session, family) +
	       (is_shut_beyond(plan, session) ? 0 : PLAN_ROUTES_OVER_MAX);
}

uint64_t plan_attrs_octets_max(const struct plan *plan, const struct plan_session *session)
{
	uint64_t routes = 0;

	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		routes += plan_limit_of(plan, session, (enum family)f);
	return PLAN_ATTRS_OCTETS_BASE + routes * PLAN_ATTRS_OCTETS_A_ROUTE +
	       (is_shut_beyond(plan, session) ? 0 : PLAN_ATTRS_OCTETS_OVER);
}

const struct plan_session *plan_session_at(const struct plan *plan, const struct address *address)
{
	for (uint32_t i = 0; i < plan->session_end; i++) {
		const struct plan_session *session = &plan->session[i];
		if (session->used && address_compare(&session->address, address) == 0)
			return session;
	}
	return NULL;
}

bool plan_member_has_address(const struct plan *plan, const struct plan_session *session,
			     const struct address *address)
{
	if (address_compare(&session->address, address) == 0)
		return true;
	if (plan->rules.next_hop_policy == PLAN_NEXT_HOP_OWN)
		return false;
	const struct session_set *own = &plan->member[session->member.index].sessions;
	struct session_id at;
	for (uint32_t from = 0; session_set_next(own, from, &at); from = at.index + 1u) {
		if (address_compare(&plan->session[at.index].address, address) == 0)
			return true;
	}
	const struct plan_slat_row *row = plan_slat_row_of(plan, plan_slat_find(plan, address));
	return row != NULL && row->asn == session->asn;
}
