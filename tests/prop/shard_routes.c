/* prop/shard_routes.c — what members announce, made from the seed, and what the rules say of it. */
#include "prop/shard.h"

static bool has_community(const struct wr *list, uint32_t value)
{
	struct rd rd = rd_of_octets(wr_octets_of(list));

	while (rd_more(&rd)) {
		if (rd_u32(&rd) == value)
			return true;
	}
	return false;
}

static void next_hop_random(struct world *world, uint32_t session, struct bgp_attrs *out)
{
	uint32_t pick = random_below(&world->random, 8);
	/* Now and then that of a port which the member need not have. */
	uint32_t at = pick == 7 ? (session + MEMBERS) % SESSIONS : session;
	struct address address = pick < 5      ? transport_of(at) :
				 pick % 2 == 0 ? address_number(at) :
						 address6_number(at, pick == 6);
	struct octets octets = address_octets_of(&address);

	out->next_hop_len_octets = (uint8_t)octets.len_octets;
	mem_copy(out->next_hop, octets.at, octets.len_octets);
	if (octets.len_octets != 4 && random_below(&world->random, 2) == 0) {
		address = address6_number(session, true);
		mem_copy(out->next_hop + 16, address.octet, 16);
		out->next_hop_len_octets = 32;
	}
}

static void attrs_random(struct world *world, uint32_t session, struct wr *out)
{
	struct random *random = &world->random;
	uint8_t path[64];
	uint8_t communities[32];
	uint8_t large[36];
	struct wr path_wr = wr_of(path, sizeof path);
	struct wr com_wr = wr_of(communities, sizeof communities);
	struct wr large_wr = wr_of(large, sizeof large);
	struct bgp_attrs attrs = { .origin = (uint8_t)random_below(random, 3) };
	uint32_t count = 1 + random_below(random, 4);

	next_hop_random(world, session, &attrs);
	wr_u8(&path_wr, BGP_SEGMENT_SEQUENCE);
	wr_u8(&path_wr, count);
	wr_u32(&path_wr, asn_of(session));
	for (uint32_t i = 1; i < count; i++)
		wr_u32(&path_wr, 5000 + random_below(random, 3));
	attrs.as_path = wr_octets_of(&path_wr);
	attrs.has_med = random_below(random, 3) == 0;
	attrs.med = attrs.has_med ? random_below(random, 3) : 0;
	if (world->med != 0) {
		attrs.has_med = true;
		attrs.med = world->med++;
	}
	if ((world->swarm & 1) == 0) {
		for (uint32_t i = random_below(random, 4); i != 0; i--) {
			static const uint32_t high[] = { 0, RS_ASN, 65511, 65513, 65535, 3000 };
			uint32_t pick = high[random_below(random, 6)];
			uint32_t low = random_below(random, 5) == 0 ?
					       RS_ASN :
					       1000 + random_below(random, MEMBERS + 2);
			if (pick == 65535)
				low = random_below(random, 2) == 0 ? 666 : 0;
			if (!has_community(&com_wr, pick << 16 | low))
				wr_u32(&com_wr, pick << 16 | low);
		}
		if (random_below(random, 3) == 0) {
			static const uint32_t function[] = { 0, 1, 101, 102, 103, 1000 };
			wr_u32(&large_wr, RS_ASN);
			wr_u32(&large_wr, function[random_below(random, 6)]);
			wr_u32(&large_wr, 1000 + random_below(random, MEMBERS));
		}
	}
	attrs.communities = wr_octets_of(&com_wr);
	attrs.large = wr_octets_of(&large_wr);
	expect_true(!failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, out);
}

enum reason reason_for(const struct world *world, uint32_t session, const struct bgp_attrs *attrs,
		       const struct prefix *prefix)
{
	struct session_id id = { (uint16_t)session };
	struct rules_case judged = rules_case_of(world->plan,
						 (struct rules_evidence){ .rpki = world->rpki },
						 plan_session_of(world->plan, id), attrs);

	return rules_check(&judged, prefix);
}

static enum rib_held held_before(const struct announced *route)
{
	if (!route->present)
		return RIB_HELD_NOT;
	return route->blocked ? RIB_HELD_BLOCKED : RIB_HELD_COUNTED;
}

void session_end(struct world *world, uint32_t session)
{
	struct session_id id = { (uint16_t)session };
	uint32_t place = 0;
	struct rib_removed removed = { 0 };

	expect_true(world->has_shortage);
	while (rib_sweep(world->rib, id, FAMILY_IPV4, true, 5, &place, &removed))
		continue;
	if (world->receiver[session].joined)
		rib_out_leave(world->rib, id, FAMILY_IPV4);
	world->receiver[session].joined = false;
	for (uint32_t i = 0; i < PREFIXES; i++)
		world->route[session][i].present = world->route[session][i].blocked = false;
	rib_session_identity(world->rib, id, 100 + session);
}

/* The shard hears what `world->route` says now, where it had something else. */
static void route_say(struct world *world, uint32_t session, uint32_t number, bool is_full,
		      enum rib_held expected)
{
	const struct announced *route = &world->route[session][number];
	struct octets packed = octets_of(route->packed, route->packed_len);
	struct session_id id = { (uint16_t)session };
	struct prefix prefix = prefix_number(number);
	enum rib_held before = expected;
	struct bgp_attrs attrs;
	struct attr_id attr;

	expect_true(!failed(bgp_attrs_unpack(packed, &attrs)));
	struct fault fault = rib_attrs_take(world->rib, id, packed, &attr);
	if (!failed(fault)) {
		struct rib_announcement announcement = { .session = id,
							 .attr = attr,
							 .reason = (uint8_t)reason_for(
								 world, session, &attrs, &prefix),
							 .is_full = is_full,
							 .now_s = 1 };
		struct rib_prefix at = rib_prefix_of(world->rib, &prefix);
		fault = rib_announce(world->rib, &at, &announcement, &before);
		rib_attrs_release(world->rib, attr);
	}
	if (failed(fault)) {
		expect_u64(fault.kind, FAULT_LIMIT);
		session_end(world, session);
		return;
	}
	expect_u64(before, expected);
}

void event_announce(struct world *world)
{
	struct random *random = &world->random;
	uint32_t session = random_below(random, SESSIONS);
	uint32_t number = random_below(random, PREFIXES);
	struct announced *route = &world->route[session][number];
	struct wr wr = wr_of(route->packed, sizeof route->packed);

	attrs_random(world, session, &wr);
	expect_true(wr_ok(&wr));
	route->packed_len = wr.pos;
	enum rib_held expected = held_before(route);
	bool is_full = (world->swarm & 4) == 0 && random_below(random, 4) == 0;
	route->present = true;
	route->blocked = is_full && expected != RIB_HELD_COUNTED;
	route_say(world, session, number, is_full, expected);
}

void event_withdraw(struct world *world)
{
	uint32_t session = random_below(&world->random, SESSIONS);
	uint32_t number = random_below(&world->random, PREFIXES);
	struct prefix prefix = prefix_number(number);

	struct announced *route = &world->route[session][number];
	struct rib_prefix at = rib_prefix_of(world->rib, &prefix);
	expect_u64(rib_withdraw(world->rib, (struct session_id){ (uint16_t)session }, &at),
		   held_before(route));
	route->present = route->blocked = false;
}

void event_routes_lost(struct world *world)
{
	struct session_id session = { (uint16_t)random_below(&world->random, SESSIONS) };
	uint32_t place = 0;
	struct rib_removed removed = { 0 };

	while (rib_sweep(world->rib, session, FAMILY_IPV4, true, 5, &place, &removed))
		continue;
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct announced *route = &world->route[session.index][i];
		removed.counted -= held_before(route) == RIB_HELD_COUNTED ? 1u : 0u;
		removed.blocked -= held_before(route) == RIB_HELD_BLOCKED ? 1u : 0u;
		route->present = route->blocked = false;
	}
	expect_u64(removed.counted, 0);
	expect_u64(removed.blocked, 0);
}

static bool is_blocked(const struct world *world, struct session_id session, uint32_t number)
{
	struct table *table = &world->rib->table[FAMILY_IPV4];
	struct prefix prefix = prefix_number(number);
	struct route *route = entry_route_of(table_entry(table, table_find(table, &prefix)),
					     session);

	return route->reason == REASON_MAX_PREFIXES;
}

/* Which of the blocked routes get in is the shard's choice; how many is not. */
void event_unblock(struct world *world)
{
	struct session_id session = { (uint16_t)random_below(&world->random, SESSIONS) };
	uint32_t room = random_below(&world->random, 6);
	uint32_t left = room;
	uint32_t place = 0;
	uint32_t still = 0;
	uint32_t were = 0;

	while (rib_unblock(world->rib, session, FAMILY_IPV4, 5, &place, &left))
		continue;
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct announced *route = &world->route[session.index][i];
		if (!route->blocked)
			continue;
		were++;
		route->blocked = is_blocked(world, session, i);
		still += route->blocked ? 1u : 0u;
	}
	expect_u64(room - left, were < room ? were : room);
	expect_u64(were - still, room - left);
}

/* Another session says what one said: the same set, of another sender. */
void event_repeat(struct world *world)
{
	struct random *random = &world->random;
	uint32_t number = random_below(random, PREFIXES);
	uint32_t other = random_below(random, SESSIONS);
	const struct announced *said = &world->route[random_below(random, SESSIONS)][number];
	struct announced *route = &world->route[other][number];

	if (!said->present || said == route)
		return;
	enum rib_held expected = held_before(route);
	*route = *said;
	route->blocked = false;
	route_say(world, other, number, false, expected);
}
