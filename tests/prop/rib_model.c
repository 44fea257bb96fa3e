/* prop/rib_model.c — the shard against a deliberately naive route server.
 *
 * Members announce, withdraw, come, go, lag, ask for refreshes, lose their places, and the plan
 * changes, all from a seed.  Receivers take octets in pieces, decode them, and keep what they hold.
 * Whenever everything has settled each must hold exactly what a table worked out from scratch says.
 * RFC 7947 2.3: no path is hidden from anyone. */
#include "prop/shard.h"

#include <stdio.h>
#include <stdlib.h>

#define STEPS 400u
#define SEEDS 60u
#define REPLAN_SEEDS 20u
#define SHORTAGE_SEEDS 6u

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
			world_settle(&world);
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
	world_settle(&world);
	for (uint32_t i = 0; i < SESSIONS; i++)
		world.receiver[i].announced_again = world.receiver[i].withdrawn_again = 0;
	for (uint32_t i = 0; i < REPLANS; i++) {
		event_replan(&world);
		world_settle(&world);
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

/* Memory is out once at each place, and for long at some. */
static void case_shortages(void)
{
	static const uint64_t len[] = { 1, 2, 40 };
	uint64_t first = tap_seed();
	uint64_t runs = 0;

	for (uint64_t nth = 1; shortage_begin_run(nth) >= nth; nth++)
		runs++;
	for (uint64_t seed = first; seed < first + SHORTAGE_SEEDS; seed++) {
		uint64_t asked = shortage_run(seed, 0, 0);
		for (uint64_t nth = 1; nth <= asked; nth++, runs++) {
			char name[96];
			(void)snprintf(name, sizeof name, "seed %llu, memory out at %llu of %llu",
				       (unsigned long long)seed, (unsigned long long)nth,
				       (unsigned long long)asked);
			tap_row(name);
			(void)shortage_run(seed, nth, len[nth % 3]);
		}
	}
	tap_row(NULL);
	printf("# memory was out in %llu worlds\n", (unsigned long long)runs);
	expect_true(runs > 500);
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
	expect_true(
		!failed(rib_attrs_take(rib, (struct session_id){ 0 }, wr_octets_of(&wr), &attr)));
	struct rib_announcement announcement = { .session = { 0 }, .attr = attr, .now_s = 1 };
	struct rib_prefix at = rib_prefix_of(rib, &prefix);
	expect_true(!failed(rib_announce(rib, &at, &announcement, &before)));
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
	{ "without memory sessions end, and all else is as the model says", case_shortages, 300 },
	{ "every receiver holds what the model says", case_model, 600 },
};
TAP_MAIN(cases)
