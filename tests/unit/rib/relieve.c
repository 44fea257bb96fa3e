/* unit/rib/relieve.c — gone prefixes that pile up: who is to blame ends, and nobody else. */
#include "kit/tap.h"
#include "rib/out.h"

#define ANNOUNCERS 8u /* the first sessions; then those that only read */
#define READS_WELL 8u
#define READS_BEHIND 9u
#define READS_LITTLE 10u
#define SESSIONS 11u
#define BATCH 4096u
#define ROUNDS_MAX (2u * RIB_BURIED_MAX / BATCH)

struct world {
	struct heap heap;
	struct plan *plan;
	struct rib *rib;
	struct attr_id attr;
	struct instant now;
	uint8_t copy[2 * LOG_MESSAGE_OCTETS_MAX];
};

static void world_open(struct world *world)
{
	static const uint8_t path[] = { BGP_SEGMENT_SEQUENCE, 1, 0, 0, 0x03, 0xe8 };
	struct bgp_attrs attrs = { .next_hop_len_octets = 4, .next_hop = { 10, 0, 0, 1 } };
	struct bgp_wire_profile wire = { .family = FAMILY_IPV4, .as4 = true };
	uint8_t packed[256];
	struct wr wr = wr_of(packed, sizeof packed);

	world->heap = heap_libc();
	world->now = (struct instant){ NS_PER_S };
	world->plan = plan_new();
	world->plan->asn = 64700;
	for (uint32_t i = 0; i < SESSIONS; i++) {
		struct plan_session session = { .id = { (uint16_t)i },
						.asn = 1000 + i,
						.address = address_ipv4(0x0a000001u + i) };
		expect_true(!failed(plan_member_add(world->plan, 1000 + i, "member")));
		expect_true(!failed(plan_session_add(world->plan, &session)));
	}
	plan_seal(world->plan);
	world->rib = rib_new(&world->heap, (struct hash_key){ 1, 2 }, world->plan);
	expect_true(world->rib != NULL);
	attrs.as_path = octets_of(path, sizeof path);
	expect_true(!failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, &wr);
	expect_true(!failed(rib_attrs_take(world->rib, (struct session_id){ 0 }, wr_octets_of(&wr),
					   &world->attr)));
	for (uint32_t i = ANNOUNCERS; i < SESSIONS; i++)
		expect_true(!failed(
			rib_out_join(world->rib, (struct session_id){ (uint16_t)i }, &wire)));
}

static void world_close(struct world *world)
{
	for (uint32_t i = ANNOUNCERS; i < SESSIONS; i++)
		rib_out_leave(world->rib, (struct session_id){ (uint16_t)i }, FAMILY_IPV4);
	rib_attrs_release(world->rib, world->attr);
	rib_free(world->rib);
	plan_unref(world->plan);
	expect_u64(world->heap.used_octets, 0);
}

/* Reads at most `pulls` times; a member reads what the log has now, not more. */
static void read_some(struct world *world, uint32_t number, uint32_t pulls)
{
	struct session_id session = { (uint16_t)number };
	struct rib_parts parts;

	for (uint32_t i = 0; i < pulls; i++) {
		struct wr copy = wr_of(world->copy, sizeof world->copy);
		switch (rib_pull(world->rib, session, FAMILY_IPV4, world->now, &parts, &copy)) {
		case RIB_PULL_NOTHING:
		case RIB_PULL_SHORT:
			return;
		case RIB_PULL_COPIED:
			break;
		case RIB_PULL_PARTS_READY:
			rib_pulled(world->rib, session, FAMILY_IPV4, &parts, parts.len_octets,
				   &copy);
			break;
		}
	}
}

static struct prefix prefix_number(uint32_t number)
{
	struct prefix prefix = { .family = FAMILY_IPV4, .len_bits = 32, .octet = { 50 } };

	prefix.octet[1] = (uint8_t)(number >> 16);
	prefix.octet[2] = (uint8_t)(number >> 8);
	prefix.octet[3] = (uint8_t)number;
	return prefix;
}

/* Prefixes that nobody saw before come, are sent, and go again. */
static void come_and_go(struct world *world, uint32_t round, uint32_t from)
{
	struct rib_announcement announcement = { .session = { (uint16_t)from },
						 .attr = world->attr,
						 .now_s = 1 };
	enum rib_held before;

	for (uint32_t i = 0; i < BATCH; i++) {
		struct prefix prefix = prefix_number(round * BATCH + i);
		struct rib_prefix at = rib_prefix_of(world->rib, &prefix);
		expect_true(!failed(rib_announce(world->rib, &at, &announcement, &before)));
	}
	while (rib_flush(world->rib, world->now) == RIB_FLUSH_MORE)
		continue;
	for (uint32_t i = 0; i < BATCH; i++) {
		struct prefix prefix = prefix_number(round * BATCH + i);
		struct rib_prefix at = rib_prefix_of(world->rib, &prefix);
		expect_true(rib_withdraw(world->rib, announcement.session, &at) ==
			    RIB_HELD_COUNTED);
	}
	while (rib_flush(world->rib, world->now) == RIB_FLUSH_MORE)
		continue;
}

/* Two members read well, one nothing or little.  True: somebody is to end. */
static bool round_of(struct world *world, uint32_t round, uint32_t from, uint32_t little,
		     struct session_id *to_end)
{
	world->now = instant_add(world->now, span_ms(10));
	come_and_go(world, round, from);
	read_some(world, READS_WELL, UINT32_MAX);
	if (round % 4 == 0)
		read_some(world, READS_BEHIND, UINT32_MAX);
	if (round % 32 == 0)
		read_some(world, READS_LITTLE, little);
	return rib_out_relieve(world->rib, world->now, to_end);
}

static void case_dead_reader(void)
{
	static struct world world;
	struct session_id to_end = { UINT16_MAX };
	bool is_over = false;

	world_open(&world);
	for (uint32_t i = ANNOUNCERS; i < SESSIONS; i++)
		read_some(&world, i, UINT32_MAX);
	for (uint32_t round = 0; round < ROUNDS_MAX && !is_over; round++)
		is_over = round_of(&world, round, round % ANNOUNCERS, 0, &to_end);
	expect_true(is_over);
	expect_u64(to_end.index, READS_LITTLE);
	rib_out_leave(world.rib, to_end, FAMILY_IPV4);
	/* That was all: the others stay. */
	expect_true(!round_of(&world, ROUNDS_MAX, 0, 0, &to_end));
	world_close(&world);
}

/* One neighbour brings more new prefixes than any router reads: it ends, not who reads. */
static void case_ever_new(void)
{
	static struct world world;
	struct session_id to_end = { UINT16_MAX };
	bool is_over = false;

	world_open(&world);
	for (uint32_t i = ANNOUNCERS; i < SESSIONS; i++)
		read_some(&world, i, UINT32_MAX);
	for (uint32_t round = 0; round < ROUNDS_MAX && !is_over; round++)
		is_over = round_of(&world, round, 3, 1, &to_end);
	expect_true(is_over);
	expect_u64(to_end.index, 3);
	/* It is blamed once; what it left is not another's fault. */
	expect_true(!round_of(&world, ROUNDS_MAX, 0, 1, &to_end));
	world_close(&world);
}

static const struct tap_case cases[] = {
	{ "a reader that is dead", case_dead_reader, 0 },
	{ "a neighbour with ever new prefixes", case_ever_new, 0 },
};
TAP_MAIN(cases)
