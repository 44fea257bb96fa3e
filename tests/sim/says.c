/* sim/says.c — what a member says of its routes, good and bad. */
#include "base/check.h"
#include "base/mem.h"
#include "sim/world.h"

#define MARKS_LEFT_MIN (NET_MARKS_MAX / 4)

/* The place to speak on; BGP_CONNECTIONS: it cannot now. */
static uint32_t place_to_speak(const struct member *member)
{
	uint32_t place = bgp_session_established_place(&member->fsm);

	if (place < BGP_CONNECTIONS &&
	    (member->conn[place] == NULL ||
	     NET_MARKS_MAX - member->conn[place]->mark_count < MARKS_LEFT_MIN ||
	     SIM_OUT_OCTETS - member->out_len[place] < SIM_OUT_OCTETS / 4))
		return BGP_CONNECTIONS;
	return place;
}

static void say(struct member *member, uint32_t place, const struct wr *wr)
{
	struct octets octets = wr_octets_of(wr);

	CHECK(octets.len_octets != 0);
	mem_copy(member->out[place] + member->out_len[place], octets.at, octets.len_octets);
	member->out_len[place] += octets.len_octets;
	member->said_octets[place] += octets.len_octets;
}

static struct bgp_wire_profile profile_of(const struct member *member, uint32_t place,
					  enum family family)
{
	const struct bgp_negotiated *agreed = &member->fsm.connection[place].negotiated;

	return (struct bgp_wire_profile){ .family = family,
					  .as4 = agreed->as4,
					  .extended_next_hop = agreed->extended_next_hop };
}

/* A route that the session cannot carry is none. */
static uint32_t sayable(const struct world *world, const struct member *member, uint32_t place,
			uint32_t prefix)
{
	struct bgp_attrs attrs;
	uint32_t own = member->own[prefix];

	if (own == 0)
		return 0;
	CHECK(!failed(bgp_attrs_unpack(set_packed(world, own - 1), &attrs)));
	bool fits = prefix_family(prefix) == FAMILY_IPV6 || attrs.next_hop_len_octets == 4 ||
		    member->fsm.connection[place].negotiated.extended_next_hop;
	return fits ? own : 0;
}

static void message_begin(const struct world *world, struct bgp_encoder *encoder, struct wr *wr,
			  const struct bgp_wire_profile *profile, uint32_t own)
{
	struct bgp_attrs attrs;
	struct bgp_export export = { .attrs = &attrs };

	if (own == 0) {
		CHECK(!failed(bgp_encode_withdraw_begin(encoder, wr, profile)));
		return;
	}
	CHECK(!failed(bgp_attrs_unpack(set_packed(world, own - 1), &attrs)));
	export.communities = attrs.communities;
	export.large = attrs.large;
	CHECK(!failed(bgp_encode_announce_begin(encoder, wr, profile, &export)));
}

static void say_some(struct world *world, uint32_t slot, const uint32_t *prefix, uint32_t count)
{
	struct member *member = &world->member[slot];
	uint32_t place = place_to_speak(member);
	bool said[SIM_SAID_MAX] = { false };

	if (place == BGP_CONNECTIONS)
		return;
	for (uint32_t i = 0; i < count; i++) {
		enum family family = prefix_family(prefix[i]);
		uint32_t own = sayable(world, member, place, prefix[i]);
		struct bgp_wire_profile profile = profile_of(member, place, family);
		uint8_t octets[BGP_MESSAGE_OCTETS_MAX];
		struct wr wr = wr_of(octets, sizeof octets);
		struct net_mark mark[SIM_SAID_MAX];
		uint32_t mark_count = 0;
		struct bgp_encoder encoder;
		if (said[i] || !member->fsm.connection[place].negotiated.families[family])
			continue;
		message_begin(world, &encoder, &wr, &profile, own);
		for (uint32_t j = i; j < count; j++) {
			struct prefix at = sim_prefix(prefix[j]);
			if (said[j] || prefix_family(prefix[j]) != family ||
			    sayable(world, member, place, prefix[j]) != own)
				continue;
			said[j] = true;
			CHECK(bgp_encode_prefix(&encoder, 0, &at));
			mark[mark_count++] = (struct net_mark){
				.kind = own == 0 ? MARK_WITHDRAW : MARK_ANNOUNCE,
				.prefix = (uint16_t)prefix[j],
				.value = own,
			};
		}
		bgp_encode_end(&encoder);
		say(member, place, &wr);
		for (uint32_t j = 0; j < mark_count; j++)
			net_mark(member->conn[place], member->said_octets[place], mark[j]);
	}
}

void member_say_routes(struct world *world, uint32_t slot, const uint32_t *prefix, uint32_t count)
{
	for (uint32_t i = 0; i < count; i += SIM_SAID_MAX)
		say_some(world, slot, prefix + i,
			 count - i < SIM_SAID_MAX ? count - i : SIM_SAID_MAX);
}

/* --- odd attributes --------------------------------------------------------------------------- */

/* Treated as withdrawn, and held as such: an announcement of the attribute at fault alone. */
#define MALFORMED UINT8_MAX

struct oddity {
	uint8_t octet[16];
	uint8_t len_octets;
	uint8_t mark; /* what it makes of the announcement; MALFORMED: one that is refused */
};

/* Each stands beside a sound set of attributes; RFC 7606 says what becomes of the route. */
static const struct oddity oddities[] = {
	{ { 0x80, 4, 3, 0, 0, 1 }, 6, MALFORMED },                  /* MED of three octets */
	{ { 0xc0, 8, 3, 1, 2, 3 }, 6, MALFORMED },                  /* cut community */
	{ { 0xc0, 32, 2, 1, 2 }, 5, MALFORMED },                    /* cut large community */
	{ { 0xc0, 35, 3, 1, 2, 3 }, 6, MALFORMED },                 /* OTC of three octets */
	{ { 0x40, 16, 8, 0, 2, 0, 0, 0, 0, 0, 0 }, 11, MALFORMED }, /* wrong flags */
	{ { 0x40, 6, 1, 0 }, 4, MARK_ANNOUNCE },                    /* ATOMIC_AGGREGATE with one */
	{ { 0xc0, 7, 7, 0, 0, 0, 1, 0, 0, 0 }, 10, MARK_ANNOUNCE }, /* AGGREGATOR of seven */
	{ { 0x40, 5, 4, 0, 0, 0, 100 }, 7, MARK_ANNOUNCE },         /* LOCAL_PREF */
	{ { 0x80, 9, 4, 1, 2, 3, 4 }, 7, MARK_ANNOUNCE },           /* ORIGINATOR_ID */
	{ { 0x80, 222, 1, 0 }, 4, MARK_ANNOUNCE },                  /* unknown, stays here */
	{ { 0xc0, 40, 2, 0, 0 }, 5, MARK_ANNOUNCE },                /* PREFIX_SID */
	{ { 0x40, 1, 1, 0 }, 4, MARK_ANNOUNCE },                    /* ORIGIN twice */
	{ { 0x40, 222, 1, 0 }, 4, MARK_POISON },                    /* unknown well-known */
	{ { 0x80, 15, 2, 0, 1 }, 5, MARK_POISON },                  /* cut MP_UNREACH */
};

/* The attribute of this code would stand twice, which is another story. */
static bool stands_already(const struct bgp_attrs *attrs, uint8_t code)
{
	switch (code) {
	case BGP_ATTR_MED:
		return attrs->has_med;
	case BGP_ATTR_COMMUNITIES:
		return attrs->communities.len_octets != 0;
	case BGP_ATTR_LARGE_COMMUNITIES:
		return attrs->large.len_octets != 0;
	case BGP_ATTR_OTC:
		return attrs->has_otc;
	case BGP_ATTR_ATOMIC_AGGREGATE:
		return attrs->atomic_aggregate;
	case BGP_ATTR_AGGREGATOR:
		return attrs->aggregator.len_octets != 0;
	case BGP_ATTR_EXTENDED_COMMUNITIES:
		return attrs->extended.len_octets != 0;
	default:
		return false;
	}
}

/* Behind the last attribute of the message, whose withdrawn routes are none: lengths grow. */
static void attribute_insert(struct wr *wr, const uint8_t *octet, uint32_t len_octets)
{
	struct rd rd = rd_of(wr->start, wr->pos);
	uint8_t tail[BGP_MESSAGE_OCTETS_MAX];
	struct wr tail_wr = wr_of(tail, sizeof tail);

	rd_skip(&rd, 16);
	uint32_t message_octets = rd_u16(&rd);
	rd_skip(&rd, 3);
	uint32_t attrs_octets = rd_u16(&rd);
	rd_skip(&rd, attrs_octets);
	CHECK(rd_ok(&rd) && message_octets == wr->pos);
	uint32_t at = rd.pos;
	wr_octets(&tail_wr, rd_rest(&rd));
	wr_rewind(wr, at);
	wr_octets(wr, octets_of(octet, len_octets));
	wr_octets(wr, wr_octets_of(&tail_wr));
	wr_fill_u16(wr, 16, message_octets + len_octets);
	wr_fill_u16(wr, 21, attrs_octets + len_octets);
	CHECK(wr_ok(wr));
}

static uint32_t malformed_set(struct world *world, uint8_t code)
{
	const struct bgp_attrs attrs = { .next_hop_len_octets = 4,
					 .is_malformed = true,
					 .fault_attr = code };
	uint8_t packed[SIM_PACKED_MAX];
	struct wr wr = wr_of(packed, sizeof packed);

	bgp_attrs_pack(&attrs, &wr);
	CHECK(wr_ok(&wr));
	return set_number(world, wr_octets_of(&wr));
}

void member_say_odd(struct world *world, uint32_t slot, uint32_t prefix, bool may_end)
{
	struct member *member = &world->member[slot];
	const struct oddity *oddity =
		&oddities[random_below(&world->random, sizeof oddities / sizeof *oddities)];
	uint32_t place = place_to_speak(member);
	enum family family = prefix_family(prefix);
	uint8_t octets[BGP_MESSAGE_OCTETS_MAX];
	struct wr wr = wr_of(octets, sizeof octets);
	struct prefix at = sim_prefix(prefix);
	struct bgp_attrs attrs;
	struct bgp_export export = { .attrs = &attrs };
	struct bgp_encoder encoder;

	if (place == BGP_CONNECTIONS || sayable(world, member, place, prefix) == 0 ||
	    !member->fsm.connection[place].negotiated.families[family] ||
	    (oddity->mark == MARK_POISON && !may_end))
		return;
	uint32_t own = member->own[prefix];
	struct bgp_wire_profile profile = profile_of(member, place, family);
	CHECK(!failed(bgp_attrs_unpack(set_packed(world, own - 1), &attrs)));
	if (stands_already(&attrs, oddity->octet[1]) || attrs.unknown.len_octets != 0)
		return;
	export.communities = attrs.communities;
	export.large = attrs.large;
	CHECK(!failed(bgp_encode_announce_begin(&encoder, &wr, &profile, &export)));
	CHECK(bgp_encode_prefix(&encoder, 0, &at));
	bgp_encode_end(&encoder);
	attribute_insert(&wr, oddity->octet, oddity->len_octets);
	say(member, place, &wr);
	world_trace(world, "member %u: odd attribute %u on prefix %u", slot, oddity->octet[1],
		    prefix);
	struct net_mark mark = { .kind = oddity->mark,
				 .prefix = (uint16_t)prefix,
				 .value = oddity->mark == MARK_ANNOUNCE ? own : 0 };
	if (oddity->mark == MALFORMED) {
		mark.kind = MARK_ANNOUNCE;
		mark.value = malformed_set(world, oddity->octet[1]) + 1;
	}
	net_mark(member->conn[place], member->said_octets[place], mark);
}

/* --- refreshes -------------------------------------------------------------------------------- */

static void say_refresh(struct member *member, uint32_t place, enum family family,
			enum bgp_refresh_kind kind, enum mark_kind what)
{
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);

	bgp_refresh_write(&wr, family, kind);
	say(member, place, &wr);
	net_mark(member->conn[place], member->said_octets[place],
		 (struct net_mark){ .kind = (uint8_t)what, .family = (uint8_t)family });
}

/* It asks for everything again.  What it has it forgets: all must come. */
void member_say_refresh(struct world *world, uint32_t slot, enum family family)
{
	struct member *member = &world->member[slot];
	uint32_t place = place_to_speak(member);

	if (place == BGP_CONNECTIONS || !member->fsm.connection[place].negotiated.refresh ||
	    !member->fsm.connection[place].negotiated.families[family])
		return;
	world_trace(world, "member %u: asks for %s again", slot, family_name(family));
	say_refresh(member, place, family, BGP_REFRESH_REQUEST, MARK_MESSAGE);
	for (uint32_t i = 0; i <= SIM_SLOTS; i++) {
		for (uint32_t j = 0; j < world->prefix_count; j++) {
			if (prefix_family(j) == family)
				member->held[i][j] = 0;
		}
	}
}

/* It says everything again, between the marks of RFC 7313; what it leaves out is gone. */
void member_refresh_all(struct world *world, uint32_t slot, enum family family)
{
	struct member *member = &world->member[slot];
	uint32_t place = place_to_speak(member);
	uint32_t list[SIM_PREFIXES_ALL];
	uint32_t count = 0;

	if (place == BGP_CONNECTIONS ||
	    !member->fsm.connection[place].negotiated.enhanced_refresh ||
	    !member->fsm.connection[place].negotiated.families[family])
		return;
	world_trace(world, "member %u: says %s again", slot, family_name(family));
	say_refresh(member, place, family, BGP_REFRESH_BEGIN, MARK_REFRESH_BEGIN);
	for (uint32_t i = 0; i < world->prefix_count; i++) {
		if (prefix_family(i) != family)
			continue;
		if (world_chance(world, 4))
			member->own[i] = 0;
		else if (member->own[i] != 0)
			list[count++] = i;
	}
	member_say_routes(world, slot, list, count);
	say_refresh(member, place, family, BGP_REFRESH_END, MARK_REFRESH_END);
}
