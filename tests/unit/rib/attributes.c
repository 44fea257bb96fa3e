/* unit/rib/attributes.c — what attribute sets take: who pays, that it comes back, and that octets
 * chosen to collide do not. */
#include "base/mem.h"
#include "kit/tap.h"
#include "rib/out.h"
#include "rib/shard.h"

#define SESSIONS 40u
#define RS_ASN 64700u
#define SETS 4000u
#define COLLIDING 64u
#define COLLIDING_BITS 12u /* of the hash, equal under the key that was guessed */

static const struct hash_key guessed = { 1, 2 };
static const struct hash_key secret = { UINT64_C(0x243f6a8885a308d3),
					UINT64_C(0x13198a2e03707344) };
static const struct session_id first = { 0 };
static const struct session_id second = { 1 };

struct world {
	struct heap heap;
	struct attr_account account;
	struct plan *plan;
	struct rib *rib;
	uint64_t empty_octets;
};

static void world_open(struct world *world, struct hash_key key)
{
	world->heap = heap_libc();
	world->plan = plan_new();
	world->plan->asn = RS_ASN;
	for (uint32_t i = 0; i < SESSIONS; i++) {
		struct plan_session session = { .id = { (uint16_t)i },
						.asn = 1000 + i,
						.address = address_ipv4(0x0a000001u + i) };
		expect_true(!failed(plan_member_add(world->plan, 1000 + i, "member")));
		expect_true(!failed(plan_session_add(world->plan, &session)));
	}
	plan_seal(world->plan);
	world->rib = rib_new(&world->heap, key, world->plan);
	expect_true(world->rib != NULL);
	rib_account(world->rib, &world->account);
	world->empty_octets = world->heap.used_octets;
}

static void world_close(struct world *world)
{
	for (uint32_t i = 0; i < SESSIONS; i++)
		expect_u64(attr_account_of(&world->account, (struct session_id){ (uint16_t)i }), 0);
	rib_free(world->rib);
	plan_unref(world->plan);
	expect_u64(world->heap.used_octets, 0);
}

/* Kept from member `denied`; 0 = from nobody. */
static struct octets packed_make(uint32_t number, uint32_t denied, uint8_t out[256])
{
	uint8_t path[] = { BGP_SEGMENT_SEQUENCE, 1, 0, 0, 0x03, 0xe8 };
	uint8_t list[8];
	struct bgp_attrs attrs = { .next_hop_len_octets = 4,
				   .next_hop = { 10, 0, 0, 1 },
				   .has_med = true,
				   .med = number,
				   .as_path = octets_of(path, sizeof path) };
	struct wr list_wr = wr_of(list, sizeof list);
	struct wr wr = wr_of(out, 256);

	if (denied != 0)
		wr_u32(&list_wr, denied);
	attrs.communities = wr_octets_of(&list_wr);
	expect_true(!failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, &wr);
	return wr_octets_of(&wr);
}

static struct attr_id take(struct world *world, struct session_id session, uint32_t number,
			   uint32_t denied)
{
	struct attr_id attr;
	uint8_t packed[256];

	expect_true(!failed(
		rib_attrs_take(world->rib, session, packed_make(number, denied, packed), &attr)));
	return attr;
}

static uint64_t held(const struct world *world, struct session_id session)
{
	return attr_account_of(&world->account, session);
}

/* The same octets of two sessions: each pays, whoever came first and whoever goes first. */
static void case_each_pays(void)
{
	struct world world = { 0 };

	world_open(&world, secret);
	struct attr_id one = take(&world, first, 7, 0);
	uint64_t price = held(&world, first);
	expect_true(price != 0 && held(&world, second) == 0);
	struct attr_id again = take(&world, first, 7, 0);
	expect_u64(held(&world, first), price);
	expect_u64(again.index, one.index);
	struct attr_id other = take(&world, second, 7, 0);
	expect_u64(held(&world, second), price);
	expect_true(other.index != one.index && attr_table_same(&world.rib->attrs, one, other));
	rib_attrs_release(world.rib, one);
	expect_u64(held(&world, first), price);
	rib_attrs_release(world.rib, again);
	expect_u64(held(&world, first), 0);
	expect_u64(held(&world, second), price);
	rib_attrs_release(world.rib, other);
	world_close(&world);
}

/* What is told is what the allocator gave, and a little more; all of it comes back. */
static void case_truth(void)
{
	static struct attr_id attr[SETS];
	struct world world = { 0 };

	world_open(&world, secret);
	for (uint32_t steered = 0; steered < 2; steered++) {
		uint64_t before = world.heap.used_octets;
		for (uint32_t i = 0; i < SETS; i++)
			attr[i] = take(&world, first, i, steered == 0 ? 0 : 1000 + i % SESSIONS);
		uint64_t grown = world.heap.used_octets - before;
		expect_true(held(&world, first) >= grown);
		expect_true(held(&world, first) <= 2 * grown + 65536);
		for (uint32_t i = 0; i < SETS; i++)
			rib_attrs_release(world.rib, attr[i]);
		expect_u64(held(&world, first), 0);
	}
	/* The arrays of numbers stay for the next. */
	expect_true(world.heap.used_octets - world.empty_octets < SETS * 64u);
	world_close(&world);
}

/* Many sets that address the same cost it once, and a change of plan leaves no trace. */
static void case_audiences(void)
{
	enum { DENIED = 1003 };
	static struct attr_id attr[SETS];
	struct world world = { 0 };

	world_open(&world, secret);
	for (uint32_t i = 0; i < SETS; i++)
		attr[i] = take(&world, first, i, DENIED);
	expect_true(held(&world, first) < SETS * 300u);
	struct attr_id other = take(&world, second, 0, DENIED);
	expect_true(held(&world, second) > sizeof(struct rules_audience));
	uint64_t before = held(&world, first);
	const struct attr_set *set = attr_table_of(&world.rib->attrs, attr[0]);
	expect_true(set->audience != NULL && set->audience == set->audience_old);
	expect_true(set->audience == attr_table_of(&world.rib->attrs, attr[1])->audience);
	expect_true(set->audience != attr_table_of(&world.rib->attrs, other)->audience);
	expect_true(!failed(rib_replan(world.rib, world.plan)));
	while (rib_replan_step(world.rib, 100))
		continue;
	expect_u64(held(&world, first), before);
	for (uint32_t i = 0; i < SETS; i++)
		rib_attrs_release(world.rib, attr[i]);
	rib_attrs_release(world.rib, other);
	world_close(&world);
}

/* --- chosen octets ---------------------------------------------------------------------------- */

static uint32_t longest_chain(const struct attr_table *table)
{
	uint32_t longest = 0;

	for (uint32_t i = 0; i < table->bucket_count; i++) {
		uint32_t length = 0;
		for (uint32_t at = table->buckets[i]; at != 0; at = table->sets[at]->chain)
			length++;
		longest = length > longest ? length : longest;
	}
	return longest;
}

/* Numbers whose sets hash alike under the key that was guessed. */
static void colliding_find(uint32_t number[COLLIDING])
{
	uint32_t found = 0;

	for (uint32_t i = 0; found < COLLIDING; i++) {
		uint8_t packed[256];
		uint64_t hash = hash_octets(guessed, packed_make(i, 0, packed));
		if ((hash & ((1u << COLLIDING_BITS) - 1)) == 0)
			number[found++] = i;
	}
}

static uint32_t chain_under(struct hash_key key, const uint32_t number[COLLIDING])
{
	static struct attr_id attr[COLLIDING];
	struct world world = { 0 };

	world_open(&world, key);
	for (uint32_t i = 0; i < COLLIDING; i++)
		attr[i] = take(&world, first, number[i], 0);
	uint32_t longest = longest_chain(&world.rib->attrs);
	for (uint32_t i = 0; i < COLLIDING; i++)
		rib_attrs_release(world.rib, attr[i]);
	world_close(&world);
	return longest;
}

static void case_chosen_sets(void)
{
	uint32_t number[COLLIDING];

	colliding_find(number);
	expect_u64(chain_under(guessed, number), COLLIDING);
	expect_true(chain_under(secret, number) <= 4);
}

/* Equal octets of many sessions are no chain. */
static void case_equal_sets(void)
{
	static struct attr_id attr[SESSIONS];
	struct world world = { 0 };

	world_open(&world, secret);
	for (uint32_t i = 0; i < SESSIONS; i++)
		attr[i] = take(&world, (struct session_id){ (uint16_t)i }, 1, 0);
	expect_true(longest_chain(&world.rib->attrs) <= 2);
	for (uint32_t i = 0; i < SESSIONS; i++)
		rib_attrs_release(world.rib, attr[i]);
	world_close(&world);
}

static struct prefix prefix_number(uint32_t number)
{
	return (struct prefix){ .family = FAMILY_IPV4,
				.len_bits = 32,
				.octet = { 50, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
					   (uint8_t)number } };
}

/* The longest run of slots that are taken: what a look may have to walk. */
static uint32_t longest_run(const struct table *table)
{
	uint32_t longest = 0;
	uint32_t run = 0;

	for (uint32_t i = 0; i < 2 * table->slot_count; i++) {
		run = table->slots[i % table->slot_count] != 0 ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static uint32_t run_under(struct hash_key key, const uint32_t number[COLLIDING])
{
	struct world world = { 0 };

	world_open(&world, key);
	for (uint32_t i = 0; i < COLLIDING; i++) {
		struct prefix prefix = prefix_number(number[i]);
		uint64_t hash = table_hash(key, &prefix);
		uint32_t index = 0;
		expect_true(
			!failed(table_need(&world.rib->table[FAMILY_IPV4], &prefix, hash, &index)));
	}
	uint32_t longest = longest_run(&world.rib->table[FAMILY_IPV4]);
	world_close(&world);
	return longest;
}

static void case_chosen_prefixes(void)
{
	uint32_t number[COLLIDING];
	uint32_t found = 0;

	for (uint32_t i = 0; found < COLLIDING; i++) {
		uint64_t hash = hash_words(guessed, 0x32000000u + i, 32);
		if ((hash & ((1u << COLLIDING_BITS) - 1)) == 0)
			number[found++] = i;
	}
	expect_u64(run_under(guessed, number), COLLIDING);
	expect_true(run_under(secret, number) <= 8);
}

/* --- what is sent ----------------------------------------------------------------------------- */

#define LARGE_OCTETS 3800u

/* It has all there is, and reads nothing more. */
static void reader_join(struct world *world, struct session_id session)
{
	static uint8_t octets[2 * LOG_MESSAGE_OCTETS_MAX];
	struct bgp_wire_profile wire = { .family = FAMILY_IPV4, .as4 = true };
	struct wr copy = wr_of(octets, sizeof octets);
	struct rib_parts parts;

	expect_true(!failed(rib_out_join(world->rib, session, &wire)));
	while (rib_pull(world->rib, session, FAMILY_IPV4, (struct instant){ 1 }, &parts, &copy) !=
	       RIB_PULL_NOTHING)
		continue;
	expect_true(rib_out_is_live(world->rib, session, FAMILY_IPV4));
}

/* Each prefix with a set of its own that nearly fills a message: of all that waits a batch takes no
 * more than a log has room for, however slow the reader is. */
static void case_batch(void)
{
	static uint8_t unknown[LARGE_OCTETS + 4];
	static uint8_t packed[BGP_ATTRS_PACKED_MAX];
	static const uint8_t path[] = { BGP_SEGMENT_SEQUENCE, 1, 0, 0, 0x03, 0xe8 };
	struct wr unknown_wr = wr_of(unknown, sizeof unknown);
	struct world world = { 0 };
	struct rib_counts counts;
	struct instant now = { NS_PER_S };
	enum rib_held before;

	world_open(&world, secret);
	reader_join(&world, second);
	wr_u16(&unknown_wr, 0xf0c8); /* optional, transitive, partial, extended: 200 */
	wr_u16(&unknown_wr, LARGE_OCTETS);
	wr_repeat(&unknown_wr, 7, LARGE_OCTETS);
	for (uint32_t i = 0; i < 2 * RIB_BATCH_PREFIXES; i++) {
		struct bgp_attrs attrs = { .next_hop_len_octets = 4,
					   .next_hop = { 10, 0, 0, 1 },
					   .has_med = true,
					   .med = i,
					   .as_path = octets_of(path, sizeof path),
					   .unknown = wr_octets_of(&unknown_wr) };
		struct rib_announcement announcement = { .session = first, .now_s = 1 };
		struct prefix at = prefix_number(i);
		struct rib_prefix prefix = rib_prefix_of(world.rib, &at);
		struct wr wr = wr_of(packed, sizeof packed);
		expect_true(!failed(bgp_attrs_path_facts(&attrs)));
		bgp_attrs_pack(&attrs, &wr);
		expect_true(!failed(
			rib_attrs_take(world.rib, first, wr_octets_of(&wr), &announcement.attr)));
		expect_true(!failed(rib_announce(world.rib, &prefix, &announcement, &before)));
		rib_attrs_release(world.rib, announcement.attr);
	}
	while (rib_flush(world.rib, now) == RIB_FLUSH_MORE)
		continue;
	rib_counts_of(world.rib, &counts);
	expect_true(counts.log_octets > 0 && counts.log_octets <= 2 * RIB_WINDOW_OCTETS);
	expect_true(counts.dirty != 0);
	expect_true(counts.work_octets <= RIB_WORK_OCTETS_MAX);
	struct rib_removed removed = { 0 };
	uint32_t place = 0;
	while (rib_sweep(world.rib, first, FAMILY_IPV4, true, 1000, &place, &removed))
		continue;
	rib_out_leave(world.rib, second, FAMILY_IPV4);
	while (rib_flush(world.rib, now) == RIB_FLUSH_MORE)
		continue;
	world_close(&world);
}

/* So many routes for each of so many prefixes, all of them sent on, each to one receiver. */
static void routes_cost(uint32_t prefixes, uint32_t routes)
{
	struct world world = { 0 };
	struct bgp_wire_profile wire = { .family = FAMILY_IPV4, .as4 = true };
	struct rib_counts counts;
	struct rib_removed removed = { 0 };
	enum rib_held before;

	world_open(&world, secret);
	expect_true(!failed(rib_out_join(world.rib, (struct session_id){ SESSIONS - 1 }, &wire)));
	for (uint32_t r = 0; r < routes; r++) {
		struct rib_announcement announcement = { .session = { (uint16_t)r }, .now_s = 1 };
		announcement.attr = take(&world, announcement.session, 0, 1000 + (r + 1) % routes);
		for (uint32_t i = 0; i < prefixes; i++) {
			struct prefix at = prefix_number(i);
			struct rib_prefix prefix = rib_prefix_of(world.rib, &at);
			expect_true(
				!failed(rib_announce(world.rib, &prefix, &announcement, &before)));
		}
		rib_attrs_release(world.rib, announcement.attr);
	}
	while (rib_flush(world.rib, (struct instant){ 1 }) == RIB_FLUSH_MORE)
		continue;
	rib_counts_of(world.rib, &counts);
	uint64_t sets = 0;
	for (uint32_t r = 0; r < routes; r++)
		sets += held(&world, (struct session_id){ (uint16_t)r });
	uint64_t octets = counts.memory_octets - counts.log_octets - counts.work_octets;
	/* A chunk of entries and the first look-ups are there for the first route. */
	expect_true(octets <= sets + (uint64_t)prefixes * routes * RIB_ROUTE_OCTETS_MAX +
				      2 * sizeof(struct entry_chunk));
	rib_out_leave(world.rib, (struct session_id){ SESSIONS - 1 }, FAMILY_IPV4);
	for (uint32_t r = 0; r < routes; r++) {
		uint32_t place = 0;
		while (rib_sweep(world.rib, (struct session_id){ (uint16_t)r }, FAMILY_IPV4, true,
				 1000, &place, &removed))
			continue;
	}
	while (rib_flush(world.rib, (struct instant){ 1 }) == RIB_FLUSH_MORE)
		continue;
	world_close(&world);
}

static void case_routes(void)
{
	routes_cost(100000, 1);
	routes_cost(60000, 2);
	routes_cost(30000, 5);
	routes_cost(5000, 33);
}

static const struct tap_case cases[] = {
	{ "each session pays for its own", case_each_pays, 0 },
	{ "what is counted is what is held, and comes back", case_truth, 0 },
	{ "audiences are paid once", case_audiences, 0 },
	{ "sets chosen to collide", case_chosen_sets, 0 },
	{ "equal sets of many sessions", case_equal_sets, 0 },
	{ "prefixes chosen to collide", case_chosen_prefixes, 0 },
	{ "a batch of large sets fits the log", case_batch, 0 },
	{ "what a route takes", case_routes, 0 },
};
TAP_MAIN(cases)
