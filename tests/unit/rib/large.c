/* unit/rib/large.c — routes that fit the messages of some receivers and not those of others.
 * RFC 8654 4: who cannot be sent a route has it no more. */
#include "base/mem.h"
#include "bgp/update.h"
#include "kit/tap.h"
#include "rib/out.h"

#define RS_ASN 64700u
#define LARGE_OCTETS 5000u

enum receiver { LONG = 1, SHORT = 2, RECEIVERS = 3 };

struct world {
	struct heap heap;
	struct plan *plan;
	struct rib *rib;
	struct instant now;
	uint8_t stream[RECEIVERS][262144];
	uint32_t len[RECEIVERS];
	bool has[RECEIVERS];         /* the prefix, as told */
	uint32_t unknown[RECEIVERS]; /* octets of unknown attributes it came with */
};

static struct prefix the_prefix(void)
{
	return (struct prefix){ .family = FAMILY_IPV4, .len_bits = 24, .octet = { 50, 0, 0 } };
}

static struct bgp_wire_profile wire_of(uint32_t receiver)
{
	return (struct bgp_wire_profile){ .family = FAMILY_IPV4,
					  .as4 = true,
					  .extended_message = receiver == LONG };
}

static void join(struct world *world, uint32_t receiver)
{
	struct bgp_wire_profile wire = wire_of(receiver);

	expect_true(!failed(
		rib_out_join(world->rib, (struct session_id){ (uint16_t)receiver }, &wire)));
}

static void world_begin(struct world *world)
{
	*world = (struct world){ .now = { NS_PER_S } };
	world->heap = heap_libc();
	world->plan = plan_new();
	world->plan->asn = RS_ASN;
	for (uint32_t i = 0; i < RECEIVERS; i++) {
		struct plan_session session = { .id = { (uint16_t)i },
						.asn = 1000 + i,
						.address = address_ipv4(0x0a000001u + i) };
		expect_true(!failed(plan_member_add(world->plan, session.asn, "member")));
		expect_true(!failed(plan_session_add(world->plan, &session)));
	}
	plan_seal(world->plan);
	world->rib = rib_new(&world->heap, (struct hash_key){ 1, 2 }, world->plan);
	expect_true(world->rib != NULL);
	join(world, LONG);
	join(world, SHORT);
}

static void world_end(struct world *world)
{
	rib_free(world->rib);
	plan_unref(world->plan);
	expect_u64(world->heap.used_octets, 0);
}

/* With an unknown attribute of so many octets; 0 = none. */
static void announce(struct world *world, uint32_t unknown_octets)
{
	static uint8_t packed[BGP_ATTRS_PACKED_MAX];
	static uint8_t unknown[LARGE_OCTETS + 4];
	static const uint8_t path[] = { BGP_SEGMENT_SEQUENCE, 1, 0, 0, 0x03, 0xe8 };
	struct wr wr = wr_of(packed, sizeof packed);
	struct wr unknown_wr = wr_of(unknown, sizeof unknown);
	struct bgp_attrs attrs = { .next_hop_len_octets = 4, .next_hop = { 10, 0, 0, 1 } };
	struct rib_announcement announcement = { .now_s = 1 };
	struct prefix prefix = the_prefix();
	enum rib_held before;

	attrs.as_path = octets_of(path, sizeof path);
	if (unknown_octets != 0) {
		wr_u16(&unknown_wr, 0xf0c8); /* optional, transitive, partial, extended: 200 */
		wr_u16(&unknown_wr, unknown_octets);
		wr_repeat(&unknown_wr, 7, unknown_octets);
		attrs.unknown = wr_octets_of(&unknown_wr);
	}
	expect_true(wr_ok(&unknown_wr) && !failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, &wr);
	expect_true(!failed(rib_attrs_take(world->rib, announcement.session, wr_octets_of(&wr),
					   &announcement.attr)));
	struct rib_prefix at = rib_prefix_of(world->rib, &prefix);
	expect_true(!failed(rib_announce(world->rib, &at, &announcement, &before)));
	rib_attrs_release(world->rib, announcement.attr);
}

static void octets_add(struct world *world, uint32_t receiver, struct octets octets)
{
	expect_true(world->len[receiver] + octets.len_octets <= sizeof world->stream[0]);
	mem_copy(world->stream[receiver] + world->len[receiver], octets.at, octets.len_octets);
	world->len[receiver] += octets.len_octets;
}

static bool pull(struct world *world, uint32_t receiver)
{
	static uint8_t octets[2 * 65536];
	struct session_id session = { (uint16_t)receiver };
	struct wr copy = wr_of(octets, sizeof octets);
	struct rib_parts parts;

	enum rib_pull pulled = rib_pull(world->rib, session, FAMILY_IPV4, world->now, &parts,
					&copy);
	if (pulled == RIB_PULL_COPIED)
		octets_add(world, receiver, wr_octets_of(&copy));
	if (pulled != RIB_PULL_PARTS_READY)
		return pulled == RIB_PULL_COPIED;
	for (uint32_t i = 0; i < parts.part_count; i++)
		octets_add(world, receiver, parts.part[i]);
	rib_pulled(world->rib, session, FAMILY_IPV4, &parts, parts.len_octets, &copy);
	return true;
}

static void hear(struct world *world, uint32_t receiver)
{
	static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
	struct bgp_update_mode mode = { .as4 = true,
					.families = { true, true },
					.path_asns_max = 750,
					.communities_max = 1000,
					.scratch = scratch };
	struct bgp_message message;
	struct bgp_refusal refusal;
	uint32_t at = 0;

	for (; at < world->len[receiver]; at += message.whole.len_octets) {
		struct bgp_update update;
		struct octets rest = octets_of(world->stream[receiver] + at,
					       world->len[receiver] - at);
		expect_true(!failed(bgp_message_next(rest, receiver == LONG, &message, &refusal)));
		bgp_update_read(message.body, &mode, &update);
		expect_u64(update.verdict, BGP_KEEP);
		if (update.withdrawn.present)
			world->has[receiver] = false;
		if (update.reach.present) {
			world->has[receiver] = true;
			world->unknown[receiver] = update.attrs.unknown.len_octets;
		}
	}
	world->len[receiver] = 0;
}

static void settle(struct world *world)
{
	while (rib_flush(world->rib, world->now) == RIB_FLUSH_MORE)
		continue;
	for (uint32_t i = LONG; i < RECEIVERS; i++) {
		while (pull(world, i))
			continue;
		hear(world, i);
		expect_true(rib_out_is_complete(world->rib, (struct session_id){ (uint16_t)i },
						FAMILY_IPV4));
	}
}

static void expect_has(const struct world *world, bool long_has, uint32_t long_octets,
		       bool short_has)
{
	expect_true(world->has[LONG] == long_has);
	expect_true(world->has[SHORT] == short_has);
	if (long_has)
		expect_u64(world->unknown[LONG], long_octets);
	if (short_has)
		expect_u64(world->unknown[SHORT], 0);
}

/* As it changes, as it is copied, and when it is withdrawn. */
static void case_grows_and_shrinks(void)
{
	static struct world world;
	struct prefix prefix = the_prefix();
	struct rib_counts counts;

	world_begin(&world);
	announce(&world, 0);
	settle(&world);
	expect_has(&world, true, 0, true);
	announce(&world, LARGE_OCTETS);
	settle(&world);
	expect_has(&world, true, LARGE_OCTETS + 4, false);
	rib_counts_of(world.rib, &counts);
	expect_true(counts.too_large != 0);
	announce(&world, 0);
	settle(&world);
	expect_has(&world, true, 0, true);
	announce(&world, LARGE_OCTETS);
	settle(&world);
	/* Who comes now is sent the table, without it. */
	for (uint32_t i = LONG; i < RECEIVERS; i++) {
		rib_out_leave(world.rib, (struct session_id){ (uint16_t)i }, FAMILY_IPV4);
		world.has[i] = false;
		join(&world, i);
	}
	settle(&world);
	expect_has(&world, true, LARGE_OCTETS + 4, false);
	/* Who asks for all again after it grew, too. */
	announce(&world, 0);
	settle(&world);
	expect_has(&world, true, 0, true);
	announce(&world, LARGE_OCTETS);
	rib_out_refresh(world.rib, (struct session_id){ SHORT }, FAMILY_IPV4);
	settle(&world);
	expect_has(&world, true, LARGE_OCTETS + 4, false);
	struct rib_prefix at = rib_prefix_of(world.rib, &prefix);
	expect_u64(rib_withdraw(world.rib, (struct session_id){ 0 }, &at), RIB_HELD_COUNTED);
	settle(&world);
	expect_has(&world, false, 0, false);
	world_end(&world);
}

static const struct tap_case cases[] = {
	{ "a route that grows and shrinks", case_grows_and_shrinks, 0 },
};
TAP_MAIN(cases)
