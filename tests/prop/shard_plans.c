/* prop/shard_plans.c — members, the addresses of their ports, rules and VRPs; a variant a plan. */
#include "prop/shard.h"

uint32_t asn_of(uint32_t session)
{
	return 1000 + session % MEMBERS;
}

struct prefix prefix_number(uint32_t number)
{
	struct prefix prefix = { .family = FAMILY_IPV4, .len_bits = 24 };

	prefix.octet[0] = 50;
	prefix.octet[1] = (uint8_t)number;
	return prefix;
}

struct address address_number(uint32_t session)
{
	return address_ipv4(0x0a000000u + session + 1);
}

/* fd00::N, or fe80::N. */
struct address address6_number(uint32_t session, bool is_link_local)
{
	struct address address = { .family = FAMILY_IPV6,
				   .octet = { [0] = is_link_local ? 0xfe : 0xfd,
					      [1] = is_link_local ? 0x80 : 0,
					      [15] = (uint8_t)(session + 1) } };
	return address;
}

/* Every fourth session runs over IPv6. */
struct address transport_of(uint32_t session)
{
	return session % 4 == 3 ? address6_number(session, false) : address_number(session);
}

/* Which addresses of its port are registered changes with the plan; some only for translation. */
static struct plan_slat_row row_of(uint32_t session, uint32_t variant)
{
	bool is_ipv6 = transport_of(session).family == FAMILY_IPV6;
	struct plan_slat_row row = {
		.asn = asn_of(session),
		.has_ipv4 = !is_ipv6 || (session + variant) % 3 != 0,
		.has_ipv6 = is_ipv6 || (session + variant / 2) % 3 != 0,
		.has_link_local = (session + variant) % 4 == 1,
		.ipv4 = address_number((session + variant) % 5 == 0 ? session + 100 : session),
		.ipv6 = address6_number(session, false),
		.link_local = address6_number(session, true),
	};

	row.is_on_ipv4 = !is_ipv6 || (session + variant) % 3 == 1;
	return row;
}

static void session_add(struct plan *plan, uint32_t number, uint32_t variant)
{
	struct plan_slat_row row = row_of(number, variant);
	struct plan_session session = { .id = { (uint16_t)number },
					.asn = asn_of(number),
					.address = transport_of(number),
					.takes_blackhole = (number + variant) % 3 == 0 };

	expect_true(!failed(plan_slat_add(plan, &row, &session.slat)));
	expect_true(!failed(plan_session_add(plan, &session)));
}

struct plan *plan_make(uint32_t variant)
{
	struct plan *plan = plan_new();

	plan->asn = RS_ASN;
	plan->rules.check_bogons = true;
	plan->rules.path_len_max = variant % 3 == 2 ? 3 : 64;
	plan->rules.blackhole = true;
	plan->rules.rpki_policy = (enum plan_policy)((variant + 2) % PLAN_POLICY_COUNT);
	plan->rules.aspa_policy = variant % 2 == 0 ? PLAN_POLICY_DROP : PLAN_POLICY_LOG;
	plan->rules.ipv6_only_lan = (enum plan_ipv6_only_lan)(variant % 4 == 3 ? 0 : variant / 4);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		plan->rules.has_blackhole_next_hop[f] = variant % 5 > f + 2;
		plan->rules.blackhole_next_hop[f] = f == FAMILY_IPV4 ? address_number(200) :
								       address6_number(200, false);
	}
	for (uint32_t i = 0; i < MEMBERS; i++)
		expect_true(!failed(plan_member_add(plan, 1000 + i, "member")));
	for (uint32_t i = 0; i < SESSIONS; i++)
		session_add(plan, i, variant);
	plan_seal(plan);
	return plan;
}

/* Some of the prefixes, and what lies around them, with origins that the paths have. */
static struct rpki_data *rpki_make(struct random *random)
{
	struct heap heap = heap_libc();
	struct rpki_data *data = NULL;
	struct rpki_draft draft;

	rpki_draft_init(&draft, &heap);
	draft.has_aspas = random_below(random, 3) != 0;
	for (uint32_t i = random_below(random, 20); i != 0; i--) {
		struct vrp vrp = { .prefix = prefix_number(random_below(random, PREFIXES)),
				   .len_bits_max = (uint8_t)(22 + random_below(random, 3)),
				   .asn = 4999 + random_below(random, 5) };
		vrp.prefix.len_bits = (uint8_t)(random_below(random, 6) == 0 ?
							8 + random_below(random, 9) :
							vrp.len_bits_max);
		prefix_mask(&vrp.prefix);
		expect_true(!failed(rpki_draft_vrp(&draft, &vrp)));
	}
	for (uint32_t i = 0; draft.has_aspas && i < 3; i++) {
		if (random_below(random, 2) == 0)
			continue;
		expect_true(!failed(aspa_list_begin(&draft.aspas, 5000 + i)));
		for (uint32_t j = 0; j < MEMBERS + 3; j++) {
			uint32_t asn = j < MEMBERS ? 1000 + j : 5000 + j - MEMBERS;
			if (random_below(random, 4) != 0)
				expect_true(!failed(aspa_list_provider(&draft.aspas, asn)));
		}
	}
	expect_true(!failed(rpki_data_make(&draft, &data)));
	rpki_draft_fini(&draft);
	return data;
}

void event_replan(struct world *world)
{
	if (rib_replanning(world->rib))
		return;
	struct plan *plan = plan_make(random_below(&world->random, PLAN_VARIANTS));
	struct fault fault = rib_replan(world->rib, plan);
	if (failed(fault)) {
		expect_true(world->has_shortage && fault.kind == FAULT_LIMIT);
		plan_unref(plan);
		return;
	}
	plan_unref(world->plan);
	world->plan = plan;
}

void event_evidence(struct world *world)
{
	struct rpki_changes *changes = NULL;

	if (rib_rejudging(world->rib))
		return;
	struct rpki_data *data = random_below(&world->random, 5) == 0 ? NULL :
									rpki_make(&world->random);
	expect_true(!failed(rpki_changes_make(world->rpki, data, &changes)));
	expect_true(!failed(rib_evidence_change(world->rib, data, changes)));
	rpki_changes_unref(changes);
	rpki_data_unref(world->rpki);
	world->rpki = data;
}

/* A plan of another rule book, too. */
struct plan *plan_propose(struct random *random)
{
	struct plan *plan = plan_make(random_below(random, PLAN_VARIANTS));
	struct plan_rules *rules = &plan->rules;

	rules->len_bits_max[FAMILY_IPV4] = random_below(random, 4) == 0 ? 23 : 24;
	rules->communities_max = (uint16_t)random_below(random, 4);
	rules->never_via_count = random_below(random, 2);
	rules->never_via[0] = 5002;
	rules->transit_free_count = random_below(random, 2);
	rules->transit_free[0] = 5001;
	rules->next_hop_policy = random_below(random, 2) == 0 ? PLAN_NEXT_HOP_OWN :
								PLAN_NEXT_HOP_MEMBER;
	rules->bogon_count = random_below(random, 2);
	rules->bogon[0] = prefix_number(random_below(random, PREFIXES));
	rules->blackhole = random_below(random, 2) == 0;
	return plan;
}
