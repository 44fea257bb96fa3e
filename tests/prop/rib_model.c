/* prop/rib_model.c — the shard against a deliberately naive route server.
 *
 * Members announce, withdraw, come, go, lag, ask for refreshes, lose their places, and the plan
 * changes, all from a seed.  Receivers take octets in pieces, decode them, and keep what they hold.
 * Whenever everything has settled each must hold exactly what a table worked out from scratch says.
 * RFC 7947 2.3: no path is hidden from anyone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bgp/family.h"
#include "bgp/update.h"
#include "kit/random.h"
#include "kit/tap.h"
#include "model/next_hop.h"
#include "rib/foresee.h"
#include "rib/look.h"
#include "rib/shard.h"
#include "rules/check.h"

#define MEMBERS 9u
#define SESSIONS 14u /* some members have two */
#define PREFIXES 24u
#define STEPS 400u
#define SEEDS 60u
#define REPLAN_SEEDS 20u
#define RS_ASN 64700u
#define PLAN_VARIANTS 12u

struct held {
	bool present;
	uint64_t digest; /* of the packed attributes */
	struct bgp_attrs attrs;
	uint8_t packed[512];
	uint32_t packed_len;
};

struct receiver {
	bool joined;
	bool add_path;
	bool extended_next_hop;
	bool slow;
	struct held held[SESSIONS + 1][PREFIXES]; /* by path identifier under ADD-PATH, else [0] */
	uint8_t stream[1u << 21];
	uint32_t stream_len;
	uint32_t copy_octets;
	uint32_t announced_again; /* as it was held already */
	uint32_t withdrawn_again;
};

struct announced {
	bool present;
	bool blocked; /* no room was left for it */
	uint8_t packed[512];
	uint32_t packed_len;
};

struct world {
	uint64_t seed;
	struct random random;
	struct heap heap;
	struct plan *plan;
	struct rpki_data *rpki;
	struct rib *rib;
	struct receiver receiver[SESSIONS];
	struct announced route[SESSIONS][PREFIXES];
	uint32_t swarm; /* kinds of event that this seed leaves out, a bit each */
	uint32_t med;   /* not 0: every route has the next one, so that no two are alike */
	struct instant now;
};

static uint32_t asn_of(uint32_t session)
{
	return 1000 + session % MEMBERS;
}

static struct prefix prefix_number(uint32_t number)
{
	struct prefix prefix = { .family = FAMILY_IPV4, .len_bits = 24 };

	prefix.octet[0] = 50;
	prefix.octet[1] = (uint8_t)number;
	return prefix;
}

static struct address address_number(uint32_t session)
{
	return address_ipv4(0x0a000000u + session + 1);
}

/* fd00::N, or fe80::N. */
static struct address address6_number(uint32_t session, bool is_link_local)
{
	struct address address = { .family = FAMILY_IPV6,
				   .octet = { [0] = is_link_local ? 0xfe : 0xfd,
					      [1] = is_link_local ? 0x80 : 0,
					      [15] = (uint8_t)(session + 1) } };
	return address;
}

/* Every fourth session runs over IPv6. */
static struct address transport_of(uint32_t session)
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

static struct plan *plan_make(uint32_t variant)
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

static enum reason reason_for(const struct world *world, uint32_t session,
			      const struct bgp_attrs *attrs, const struct prefix *prefix)
{
	struct session_id id = { (uint16_t)session };
	struct rules_case judged = rules_case_of(world->plan,
						 (struct rules_evidence){ .rpki = world->rpki },
						 plan_session_of(world->plan, id), attrs);

	return rules_check(&judged, prefix);
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

/* --- events ----------------------------------------------------------------------------------- */

static enum rib_held held_before(const struct announced *route)
{
	if (!route->present)
		return RIB_HELD_NOT;
	return route->blocked ? RIB_HELD_BLOCKED : RIB_HELD_COUNTED;
}

static void event_announce(struct world *world)
{
	struct random *random = &world->random;
	uint32_t session = random_below(random, SESSIONS);
	uint32_t number = random_below(random, PREFIXES);
	struct announced *route = &world->route[session][number];
	struct prefix prefix = prefix_number(number);
	struct wr wr = wr_of(route->packed, sizeof route->packed);
	struct bgp_attrs attrs;
	struct attr_id attr;
	enum rib_held before;

	attrs_random(world, session, &wr);
	expect_true(wr_ok(&wr));
	route->packed_len = wr.pos;
	enum rib_held expected = held_before(route);
	bool is_full = (world->swarm & 4) == 0 && random_below(random, 4) == 0;
	route->present = true;
	route->blocked = is_full && expected != RIB_HELD_COUNTED;
	expect_true(!failed(bgp_attrs_unpack(wr_octets_of(&wr), &attrs)));
	enum reason reason = reason_for(world, session, &attrs, &prefix);
	expect_true(!failed(rib_attrs_take(world->rib, wr_octets_of(&wr), &attr)));
	struct rib_announcement announcement = { .session = { (uint16_t)session },
						 .attr = attr,
						 .reason = (uint8_t)reason,
						 .is_full = is_full,
						 .now_s = 1 };
	expect_true(!failed(rib_announce(world->rib, &prefix, &announcement, &before)));
	expect_u64(before, expected);
	rib_attrs_release(world->rib, attr);
}

static void event_withdraw(struct world *world)
{
	uint32_t session = random_below(&world->random, SESSIONS);
	uint32_t number = random_below(&world->random, PREFIXES);
	struct prefix prefix = prefix_number(number);

	struct announced *route = &world->route[session][number];
	expect_u64(rib_withdraw(world->rib, (struct session_id){ (uint16_t)session }, &prefix),
		   held_before(route));
	route->present = route->blocked = false;
}

static void event_routes_lost(struct world *world)
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
static void event_unblock(struct world *world)
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

static void receiver_join(struct world *world, struct session_id session)
{
	struct receiver *receiver = &world->receiver[session.index];

	for (uint32_t i = 0; i <= SESSIONS; i++) {
		for (uint32_t j = 0; j < PREFIXES; j++)
			receiver->held[i][j].present = false;
	}
	receiver->stream_len = 0;
	receiver->joined = true;
	receiver->slow = false;
	receiver->add_path = (world->swarm & 2) == 0 && random_below(&world->random, 4) == 0;
	receiver->extended_next_hop = random_below(&world->random, 2) == 0;
	struct bgp_wire_profile wire = { .family = FAMILY_IPV4,
					 .as4 = true,
					 .addpath = receiver->add_path,
					 .extended_next_hop = receiver->extended_next_hop,
					 .extended_message = random_below(&world->random, 4) == 0 };
	receiver->copy_octets = rib_copy_octets_min(&wire);
	expect_true(!failed(rib_out_join(world->rib, session, &wire)));
}

static void event_join_or_leave(struct world *world)
{
	struct session_id session = { (uint16_t)random_below(&world->random, SESSIONS) };
	struct receiver *receiver = &world->receiver[session.index];

	if (!receiver->joined) {
		receiver_join(world, session);
		return;
	}
	rib_out_leave(world->rib, session, FAMILY_IPV4);
	receiver->joined = false;
}

static void event_replan(struct world *world)
{
	if (rib_replanning(world->rib))
		return;
	struct plan *plan = plan_make(random_below(&world->random, PLAN_VARIANTS));
	expect_true(!failed(rib_replan(world->rib, plan)));
	plan_unref(world->plan);
	world->plan = plan;
}

static void event_evidence(struct world *world)
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

static struct held *held_of(struct receiver *receiver, uint32_t path_id,
			    const struct prefix *prefix)
{
	uint32_t row = receiver->add_path ? path_id : 0;

	expect_true(row <= SESSIONS && prefix->octet[1] < PREFIXES);
	return &receiver->held[row > SESSIONS ? 0 : row][prefix->octet[1] % PREFIXES];
}

static void take_nlri(struct receiver *receiver, struct octets octets,
		      const struct bgp_attrs *attrs)
{
	struct rd rd = rd_of_octets(octets);

	while (rd_more(&rd)) {
		uint32_t path_id = receiver->add_path ? rd_u32(&rd) : 0;
		struct prefix prefix;
		expect_true(!failed(prefix_read_nlri(&rd, FAMILY_IPV4, &prefix)));
		struct held *held = held_of(receiver, path_id, &prefix);
		bool was_present = held->present;
		held->present = attrs != NULL;
		receiver->withdrawn_again += attrs == NULL && !was_present ? 1 : 0;
		if (attrs == NULL)
			continue;
		struct held before = *held;
		struct wr wr = wr_of(held->packed, sizeof held->packed);
		bgp_attrs_pack(attrs, &wr);
		expect_true(wr_ok(&wr));
		held->packed_len = wr.pos;
		if (was_present && octets_equal(octets_of(before.packed, before.packed_len),
						octets_of(held->packed, held->packed_len)))
			receiver->announced_again++;
	}
	expect_true(rd_done(&rd));
}

/* Takes MP_REACH_NLRI out of the attributes; the rest is copied.  RFC 4760 3, RFC 8950 4. */
static void reach_take_out(struct octets attrs, struct wr *rest, struct octets *next_hop,
			   struct octets *nlri)
{
	struct rd rd = rd_of_octets(attrs);

	while (rd_more(&rd)) {
		uint32_t at = rd.pos;
		uint8_t flags = rd_u8(&rd);
		uint8_t code = rd_u8(&rd);
		struct rd value = rd_sub(
			&rd, (flags & BGP_FLAG_EXTENDED_LENGTH) != 0 ? rd_u16(&rd) : rd_u8(&rd));
		if (code != BGP_ATTR_MP_REACH) {
			wr_octets(rest, octets_of(attrs.at + at, rd.pos - at));
			continue;
		}
		expect_u64(rd_u16(&value), BGP_AFI_IPV4);
		expect_u64(rd_u8(&value), BGP_SAFI_UNICAST);
		*next_hop = rd_take(&value, rd_u8(&value));
		expect_true(next_hop->len_octets == 16 || next_hop->len_octets == 32);
		expect_u64(rd_u8(&value), 0);
		*nlri = rd_rest(&value);
	}
	expect_true(rd_ok(&rd));
}

/* Our own frame walk: with ADD-PATH the NLRI of an UPDATE is not what bgp_update_read reads. */
static void take_update(struct receiver *receiver, struct octets body)
{
	static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
	struct bgp_update_mode mode = { .as4 = true,
					.families = { true, true },
					.extended_next_hop = true,
					.path_asns_max = 750,
					.communities_max = 1000,
					.scratch = scratch };
	struct rd rd = rd_of_octets(body);
	struct octets withdrawn = rd_take(&rd, rd_u16(&rd));
	struct octets attrs = rd_take(&rd, rd_u16(&rd));
	struct octets nlri = rd_rest(&rd);
	struct octets next_hop = { 0 };
	uint8_t bare[4096];
	struct wr wr = wr_of(bare, sizeof bare);
	struct bgp_update update;

	expect_true(rd_ok(&rd));
	wr_u16(&wr, 0);
	wr_u16(&wr, 0);
	reach_take_out(attrs, &wr, &next_hop, &nlri);
	wr_fill_u16(&wr, 2, wr.pos - 4);
	bgp_update_read(wr_octets_of(&wr), &mode, &update);
	expect_u64(update.verdict, BGP_KEEP);
	expect_true(withdrawn.len_octets + attrs.len_octets + nlri.len_octets != 0);
	if (next_hop.len_octets != 0) {
		expect_true(receiver->extended_next_hop);
		update.attrs.next_hop_len_octets = (uint8_t)next_hop.len_octets;
		mem_copy(update.attrs.next_hop, next_hop.at, next_hop.len_octets);
	}
	take_nlri(receiver, withdrawn, NULL);
	take_nlri(receiver, nlri, &update.attrs);
}

static void take_stream(struct receiver *receiver)
{
	uint32_t at = 0;

	for (;;) {
		struct bgp_message message;
		struct bgp_refusal refusal;
		struct fault fault = bgp_message_next(
			octets_of(receiver->stream + at, receiver->stream_len - at), true, &message,
			&refusal);
		if (fault.kind == FAULT_AGAIN)
			break;
		expect_true(!failed(fault));
		if (failed(fault))
			break;
		if (message.type == BGP_UPDATE)
			take_update(receiver, message.body);
		at += message.whole.len_octets;
	}
	mem_move(receiver->stream, receiver->stream + at, receiver->stream_len - at);
	receiver->stream_len -= at;
}

static void stream_add(struct receiver *receiver, struct octets octets)
{
	expect_true(receiver->stream_len + octets.len_octets <= sizeof receiver->stream);
	mem_copy(receiver->stream + receiver->stream_len, octets.at, octets.len_octets);
	receiver->stream_len += octets.len_octets;
}

/* One pull, of which only a part may go out at once. */
static bool receiver_pull(struct world *world, uint32_t index, bool all)
{
	static uint8_t copy_octets[18 * 65536];
	struct receiver *receiver = &world->receiver[index];
	struct session_id session = { (uint16_t)index };
	struct wr copy = wr_of(copy_octets, receiver->copy_octets);
	struct rib_parts parts;

	switch (rib_pull(world->rib, session, FAMILY_IPV4, world->now, &parts, &copy)) {
	case RIB_PULL_NOTHING:
	case RIB_PULL_SHORT:
		return false;
	case RIB_PULL_COPIED:
		expect_true(wr_ok(&copy));
		stream_add(receiver, wr_octets_of(&copy));
		break;
	case RIB_PULL_PARTS_READY: {
		uint32_t sent = all ? parts.len_octets :
				      1 + random_below(&world->random, parts.len_octets);
		uint32_t left = sent;
		for (uint32_t i = 0; i < parts.part_count && left != 0; i++) {
			uint32_t take = parts.part[i].len_octets < left ? parts.part[i].len_octets :
									  left;
			stream_add(receiver, octets_of(parts.part[i].at, take));
			left -= take;
		}
		rib_pulled(world->rib, session, FAMILY_IPV4, &parts, sent, &copy);
		stream_add(receiver, wr_octets_of(&copy));
		break;
	}
	}
	take_stream(receiver);
	return true;
}

static void event_pull(struct world *world)
{
	uint32_t index = random_below(&world->random, SESSIONS);

	if (world->receiver[index].joined && !world->receiver[index].slow)
		(void)receiver_pull(world, index, false);
}

static void event_refresh(struct world *world)
{
	struct session_id session = { (uint16_t)random_below(&world->random, SESSIONS) };

	rib_out_refresh(world->rib, session, FAMILY_IPV4);
}

static void event_slow(struct world *world)
{
	struct receiver *receiver = &world->receiver[random_below(&world->random, SESSIONS)];

	receiver->slow = !receiver->slow;
}

static void event_places_lost(struct world *world)
{
	rib_out_lose_all(world->rib, FAMILY_IPV4, world->rib->epoch[FAMILY_IPV4] + 1);
}

static void event_time(struct world *world)
{
	world->now = instant_add(world->now, span_ms(random_below(&world->random, 400)));
	(void)rib_flush(world->rib, world->now);
	(void)rib_replan_step(world->rib, 1 + random_below(&world->random, 9));
	(void)rib_rejudge_step(world->rib, 1 + random_below(&world->random, 9));
}

/* --- counts ----------------------------------------------------------------------------------- */

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
static void event_count(struct world *world)
{
	for (uint32_t i = 0; i < SESSIONS; i++) {
		for (uint32_t pulls = 0;
		     world->receiver[i].joined && pulls < 10000 && receiver_pull(world, i, true);
		     pulls++)
			continue;
	}
	counts_compare(world);
}

/* --- the model -------------------------------------------------------------------------------- */

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

static void settle_and_compare(struct world *world)
{
	for (uint32_t round = 0;
	     round < 100 && (rib_replanning(world->rib) || rib_rejudging(world->rib)); round++)
		event_time(world);
	while (rib_flush(world->rib, world->now) == RIB_FLUSH_MORE)
		continue;
	expect_true(!rib_replanning(world->rib) && !rib_rejudging(world->rib) &&
		    rib_dirty_count(world->rib) == 0);
	for (uint32_t i = 0; i < SESSIONS; i++) {
		if (!world->receiver[i].joined)
			continue;
		for (uint32_t pulls = 0; pulls < 10000 && receiver_pull(world, i, true); pulls++)
			continue;
		expect_true(rib_out_is_complete(world->rib, (struct session_id){ (uint16_t)i },
						FAMILY_IPV4));
		expect_u64(world->receiver[i].stream_len, 0);
		expect_true(rib_out_is_past_copy(world->rib, (struct session_id){ (uint16_t)i },
						 FAMILY_IPV4));
	}
	for (uint32_t number = 0; number < PREFIXES; number++)
		model_compare(world, number);
	counts_compare(world);
	refusals_compare(world);
}

static void world_begin(struct world *world, uint64_t seed)
{
	*world = (struct world){
		.seed = seed, .random = { seed }, .heap = heap_libc(), .now = { 1 }
	};
	world->swarm = (uint32_t)random_next(&world->random);
	world->plan = plan_make(0);
	world->rib = rib_new(&world->heap, (struct hash_key){ seed, 7 }, world->plan);
	expect_true(world->rib != NULL);
	for (uint32_t i = 0; i < SESSIONS; i++)
		rib_session_identity(world->rib, (struct session_id){ (uint16_t)i }, 100 + i);
}

static void world_end(struct world *world)
{
	rib_free(world->rib);
	plan_unref(world->plan);
	rpki_data_unref(world->rpki);
	expect_u64(world->heap.used_octets, 0);
}

static void world_run(uint64_t seed)
{
	static void (*const events[])(struct world *) = {
		event_announce,      event_announce,    event_announce, event_withdraw,
		event_time,          event_pull,        event_pull,     event_pull,
		event_join_or_leave, event_refresh,     event_slow,     event_places_lost,
		event_replan,        event_routes_lost, event_unblock,  event_count,
		event_evidence,
	};
	static struct world world;

	world_begin(&world, seed);
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t kind = random_below(&world.random, sizeof events / sizeof *events);
		if (kind >= 8 && (world.swarm >> (kind + 8) & 1) != 0)
			kind = 8; /* people come and go in every world */
		events[kind](&world);
		if (step % 100 == 99)
			settle_and_compare(&world);
	}
	world_end(&world);
}

/* Everybody holds what he should; then nothing but the plan changes, again and again.  Nobody is
 * sent what he holds, and nothing is withdrawn that is not held. */
static void replans_run(uint64_t seed)
{
	enum { ROUTES = 200, REPLANS = 12 };
	static struct world world;

	world_begin(&world, seed);
	world.med = 1;
	for (uint32_t i = 0; i < SESSIONS; i++)
		receiver_join(&world, (struct session_id){ (uint16_t)i });
	for (uint32_t i = 0; i < ROUTES; i++)
		event_announce(&world);
	settle_and_compare(&world);
	for (uint32_t i = 0; i < SESSIONS; i++)
		world.receiver[i].announced_again = world.receiver[i].withdrawn_again = 0;
	for (uint32_t i = 0; i < REPLANS; i++) {
		event_replan(&world);
		settle_and_compare(&world);
	}
	for (uint32_t i = 0; i < SESSIONS; i++) {
		char name[64];
		(void)snprintf(name, sizeof name, "seed %llu, receiver %u",
			       (unsigned long long)seed, i);
		tap_row(name);
		expect_u64(world.receiver[i].announced_again, 0);
		expect_u64(world.receiver[i].withdrawn_again, 0);
	}
	world_end(&world);
}

/* --- foresight -------------------------------------------------------------------------------- */

#define UNSEEN UINT8_MAX

/* What was said of each route before, and what is held of it. */
struct verdicts {
	uint8_t now[SESSIONS][PREFIXES];
	uint8_t then[SESSIONS][PREFIXES];
	uint64_t routes;
};

static void verdict_note(void *context, const struct prefix *prefix, const struct route *route,
			 enum reason after)
{
	struct verdicts *verdicts = context;

	verdicts->routes++;
	expect_u64(verdicts->then[route->session.index][prefix->octet[1]], UNSEEN);
	verdicts->now[route->session.index][prefix->octet[1]] = route->reason;
	verdicts->then[route->session.index][prefix->octet[1]] = (uint8_t)after;
}

static void foresee(struct world *world, const struct plan *plan, struct verdicts *out)
{
	struct heap heap = heap_libc();
	struct foresight foresight;
	uint32_t place = 0;
	bool more = true;

	memset(out, UNSEEN, sizeof *out);
	out->routes = 0;
	foresight_init(&foresight, &heap);
	while (more)
		more = rib_foresee(world->rib, FAMILY_IPV4, plan, &foresight,
				   1 + random_below(&world->random, 7), &place, verdict_note, out);
	foresight_fini(&foresight);
	expect_u64(heap.used_octets, 0);
}

static void foreseen_compare(void *context, const struct prefix *prefix, const struct route *routes,
			     uint32_t route_count)
{
	const struct verdicts *verdicts = context;

	for (uint32_t i = 0; i < route_count; i++) {
		uint8_t then = verdicts->then[routes[i].session.index][prefix->octet[1]];
		/* What waits for room is judged by no plan. */
		expect_u64(routes[i].reason, then == UNSEEN ? REASON_MAX_PREFIXES : then);
	}
}

/* Another session says what one said: the same set, of another sender. */
static void event_repeat(struct world *world)
{
	struct random *random = &world->random;
	uint32_t number = random_below(random, PREFIXES);
	uint32_t other = random_below(random, SESSIONS);
	const struct announced *said = &world->route[random_below(random, SESSIONS)][number];
	struct announced *route = &world->route[other][number];
	struct prefix prefix = prefix_number(number);
	struct bgp_attrs attrs;
	struct attr_id attr;
	enum rib_held before;

	if (!said->present || said == route)
		return;
	enum rib_held expected = held_before(route);
	*route = *said;
	route->blocked = false;
	struct octets packed = octets_of(route->packed, route->packed_len);
	expect_true(!failed(bgp_attrs_unpack(packed, &attrs)));
	expect_true(!failed(rib_attrs_take(world->rib, packed, &attr)));
	struct rib_announcement announcement = { .session = { (uint16_t)other },
						 .attr = attr,
						 .reason = (uint8_t)reason_for(world, other, &attrs,
									       &prefix),
						 .now_s = 1 };
	expect_true(!failed(rib_announce(world->rib, &prefix, &announcement, &before)));
	expect_u64(before, expected);
	rib_attrs_release(world->rib, attr);
}

/* A plan of another rule book, too. */
static struct plan *plan_propose(struct random *random)
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

static void foresights_run(uint64_t seed, uint64_t changes[2])
{
	enum { ROUNDS = 10, EVENTS = 120 };
	static struct world world;
	static struct verdicts verdicts;
	static struct verdicts before;

	world_begin(&world, seed);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint32_t place = 0;
		for (uint32_t i = 0; i < EVENTS; i++) {
			static void (*const events[])(struct world *) = {
				event_announce, event_announce, event_announce,
				event_withdraw, event_repeat,
			};
			events[random_below(&world.random, 5)](&world);
		}
		if (round % 3 == 0)
			event_evidence(&world);
		settle_and_compare(&world);
		struct plan *plan = plan_propose(&world.random);
		foresee(&world, world.plan, &before);
		for (uint32_t i = 0; i < SESSIONS; i++)
			expect_octets(before.then[i], PREFIXES, before.now[i], PREFIXES);
		foresee(&world, plan, &verdicts);
		expect_true(!failed(rib_replan(world.rib, plan)));
		plan_unref(world.plan);
		world.plan = plan;
		settle_and_compare(&world);
		while (rib_look_walk(world.rib, FAMILY_IPV4, 100, &place, foreseen_compare,
				     &verdicts))
			continue;
		for (uint32_t i = 0; i < SESSIONS * PREFIXES; i++) {
			uint8_t now = verdicts.now[i / PREFIXES][i % PREFIXES];
			uint8_t then = verdicts.then[i / PREFIXES][i % PREFIXES];
			changes[0] += now == REASON_NONE && then != REASON_NONE && then != UNSEEN;
			changes[1] += now != REASON_NONE && now != UNSEEN && then == REASON_NONE;
		}
	}
	world_end(&world);
}

static void case_foresights(void)
{
	uint64_t changes[2] = { 0 };

	for (uint64_t seed = 1; seed <= REPLAN_SEEDS; seed++)
		foresights_run(seed, changes);
	printf("# foreseen: %llu refused, %llu let in\n", (unsigned long long)changes[0],
	       (unsigned long long)changes[1]);
	expect_true(changes[0] > 100 && changes[1] > 100);
}

static void case_replans(void)
{
	for (uint64_t seed = 1; seed <= REPLAN_SEEDS; seed++)
		replans_run(seed);
}

static void case_model(void)
{
	uint64_t first = tap_seed();
	const char *count_text = getenv("SEEDS");
	uint64_t count = count_text != NULL ? strtoull(count_text, NULL, 10) : SEEDS;

	for (uint64_t seed = first; seed < first + count; seed++) {
		char name[64];
		(void)snprintf(name, sizeof name, "seed %llu", (unsigned long long)seed);
		tap_row(name);
		world_run(seed);
	}
}

/* A route whose attributes fill a message of 4,096 octets but for `left_octets`, which the path to
 * session 2 needs more of: it is prepended three times there. */
static void large_announce(struct rib *rib, int32_t left_octets)
{
	/* Header and lengths, ORIGIN, AS_PATH, NEXT_HOP, OTC, the head of COMMUNITIES, a /24. */
	enum { FIXED_OCTETS = 23 + 4 + 13 + 7 + 7 + 4 + 4 }; /* all but communities, a /24 */
	static uint8_t packed[8192];
	static uint8_t communities[4096];
	uint8_t path[] = { BGP_SEGMENT_SEQUENCE, 2, 0, 0, 0x03, 0xe8, 0, 0, 0x13, 0x88 };
	uint8_t large[12] = { 0, 0, RS_ASN >> 8, RS_ASN & 0xff, 0, 0, 0, 103, 0, 0, 0x03, 0xea };
	struct wr wr = wr_of(packed, sizeof packed);
	struct wr list = wr_of(communities, sizeof communities);
	struct prefix prefix = prefix_number(1);
	struct address next_hop = address_number(0);
	struct bgp_attrs attrs = { .next_hop_len_octets = 4 };
	struct attr_id attr;
	enum rib_held before;

	mem_copy(attrs.next_hop, next_hop.octet, 4);
	attrs.as_path = octets_of(path, sizeof path);
	attrs.large = octets_of(large, sizeof large);
	uint32_t room_octets = (uint32_t)((int32_t)BGP_MESSAGE_OCTETS_MAX - FIXED_OCTETS -
					  left_octets);
	for (uint32_t i = 0; i < room_octets / 4; i++)
		wr_u32(&list, 3000u << 16 | i);
	attrs.communities = wr_octets_of(&list);
	expect_true(!failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, &wr);
	expect_true(wr_ok(&wr));
	expect_true(!failed(rib_attrs_take(rib, wr_octets_of(&wr), &attr)));
	struct rib_announcement announcement = { .session = { 0 }, .attr = attr, .now_s = 1 };
	expect_true(!failed(rib_announce(rib, &prefix, &announcement, &before)));
	rib_attrs_release(rib, attr);
	while (rib_flush(rib, (struct instant){ 1 }) == RIB_FLUSH_MORE)
		continue;
}

/* What fits no message of a receiver was not announced to it. */
static void case_too_large(void)
{
	static const struct {
		const char *name;
		int32_t left_octets;
		uint32_t announced[4]; /* to sessions 0 to 3; 3 takes extended messages */
		uint32_t too_large;
	} rows[] = {
		{ "it fits all", 40, { 0, 1, 1, 1 }, 0 },
		{ "not with three prepends", 8, { 0, 1, 0, 1 }, 1 },
		{ "it fits extended messages only", -8, { 0, 0, 0, 1 }, 2 },
	};

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		static struct rib_tally tally;
		struct heap heap = heap_libc();
		struct plan *plan = plan_make(0);
		struct rib *rib = rib_new(&heap, (struct hash_key){ 1, 7 }, plan);
		uint32_t place = 0;
		tap_row(rows[i].name);
		for (uint16_t s = 0; s < 4; s++) {
			struct bgp_wire_profile wire = { .family = FAMILY_IPV4,
							 .as4 = true,
							 .extended_message = s == 3 };
			expect_true(!failed(rib_out_join(rib, (struct session_id){ s }, &wire)));
		}
		large_announce(rib, rows[i].left_octets);
		tally = (struct rib_tally){ 0 };
		while (rib_look_tally(rib, FAMILY_IPV4, 7, &place, &tally))
			continue;
		for (uint32_t s = 0; s < 4; s++)
			expect_u64(tally.announced[s], rows[i].announced[s]);
		expect_u64(rib->too_large, rows[i].too_large);
		rib_free(rib);
		plan_unref(plan);
	}
}

static const struct tap_case cases[] = {
	{ "what fits no message is not counted as announced", case_too_large, 10 },
	{ "a change of plan sends only what it changes", case_replans, 300 },
	{ "what is foreseen of a plan is what it does", case_foresights, 300 },
	{ "every receiver holds what the model says", case_model, 600 },
};
TAP_MAIN(cases)
