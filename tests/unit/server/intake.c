/* unit/server/intake.c — much that a session says at once: held in the shards, however many there
 * are and whoever is in them, is what a naive list says, message by message. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "kit/random.h"
#include "rib/look.h"
#include "unit/server/wire.h"

#define WORLDS 12u
#define BURSTS 6u
#define UPDATES_MOST 400u /* of a burst: more than the intake has lists for */
#define SHARDS_MOST 4u
#define PREFIXES 40u /* of a family */
#define LIST_MOST 10u
#define MARKER_ONE_IN 8u
#define BEGINS_MOST 9u /* more are not heeded in a while */
#define NOT_HELD UINT32_MAX
#define MALFORMED 256u   /* beyond every MED that is said */
#define LONG_LIST 900u   /* prefixes: ten of them are more than the intake has room for */
#define COMMUNITIES 900u /* thirty times that is more than it has octets for */
#define SAID_OCTETS (1u << 18)
#define SHORT_OCTETS 32768u /* at most so many are left, then memory is out */
#define JOSTLE_NS 20000     /* between visits */
#define JOSTLE_LOOKS 100u   /* some microseconds */

static const struct session_id only = { 0 };

struct held {
	uint32_t med;
	bool is_old;
};

struct world {
	struct wire wire;
	struct random random;
	struct held held[FAMILY_COUNT][PREFIXES];
	uint32_t limit; /* of IPv4, then the session ends */
	uint32_t held_most;
	uint64_t update_count;
	bool is_aging[FAMILY_COUNT]; /* a refresh has begun */
	uint32_t begin_count[FAMILY_COUNT];
	uint8_t said[SAID_OCTETS];
	struct wr wr;
	pthread_t jostler;
	_Atomic bool is_over;
};

static struct prefix prefix_of(enum family family, uint32_t number)
{
	struct prefix prefix = { .family = (uint8_t)family, .len_bits = 24 };

	prefix.octet[0] = family == FAMILY_IPV4 ? 50 : 0x2a;
	prefix.octet[2] = (uint8_t)number;
	return prefix;
}

/* --- the naive list --------------------------------------------------------------------------- */

static uint32_t held_count(const struct world *world, enum family family)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < PREFIXES; i++)
		count += world->held[family][i].med != NOT_HELD ? 1u : 0u;
	return count;
}

static void hold(struct world *world, enum family family, uint32_t number, uint32_t med)
{
	world->held[family][number] = (struct held){ .med = med };
	uint32_t count = held_count(world, FAMILY_IPV4);
	if (count > world->held_most)
		world->held_most = count;
}

static void old_go(struct world *world, enum family family)
{
	for (uint32_t i = 0; i < PREFIXES; i++) {
		if (world->held[family][i].is_old)
			world->held[family][i] = (struct held){ .med = NOT_HELD };
	}
}

/* What was old before goes. */
static void age(struct world *world, enum family family)
{
	old_go(world, family);
	for (uint32_t i = 0; i < PREFIXES; i++)
		world->held[family][i].is_old = world->held[family][i].med != NOT_HELD;
}

/* --- what is said ----------------------------------------------------------------------------- */

static uint32_t below(struct world *world, uint32_t bound)
{
	return random_below(&world->random, bound);
}

/* It holds `med` then. */
static void prefix_say(struct world *world, enum family family, uint32_t number, uint32_t med)
{
	struct prefix prefix = prefix_of(family, number);

	wr_u8(&world->wr, prefix.len_bits);
	wr_octets(&world->wr, octets_of(prefix.octet, 3));
	hold(world, family, number, med);
}

/* Prefixes by chance. */
static void list_say(struct world *world, enum family family, uint32_t count, uint32_t med)
{
	for (uint32_t i = 0; i < count; i++)
		prefix_say(world, family, below(world, PREFIXES), med);
}

static void attrs_say(struct wr *wr, uint32_t med, uint32_t communities)
{
	static const uint8_t path_and_hop[] = {
		0x40, 2, 6, 2, 1, 0, 0, 0x03, 0xe8, 0x40, 3, 4, 127, 2, 0, 1,
	};

	wr_u32(wr, med == MALFORMED ? 0x40010107u : 0x40010100u); /* ORIGIN: RFC 7606 7.1 */
	wr_octets(wr, octets_of(path_and_hop, sizeof path_and_hop));
	wr_octets(wr, octets_of((const uint8_t[]){ 0x80, 4, 4 }, 3));
	wr_u32(wr, med == MALFORMED ? 0 : med);
	if (communities == 0)
		return;
	wr_u16(wr, 0xd008);
	wr_u16(wr, communities * 4);
	for (uint32_t i = 0; i < communities; i++)
		wr_u32(wr, 0x10000000u + i * 256 + (med & 255));
}

static void multi_say(struct world *world, uint8_t code, uint32_t med)
{
	static const uint8_t hop[] = {
		16, 0x20, 1, 7, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0
	};

	wr_u8(&world->wr, 0x90);
	wr_u8(&world->wr, code);
	uint32_t mark = wr_mark(&world->wr);
	wr_u16(&world->wr, 0);
	wr_u16(&world->wr, 2);
	wr_u8(&world->wr, 1);
	if (code == 14)
		wr_octets(&world->wr, octets_of(hop, sizeof hop));
	list_say(world, FAMILY_IPV6, 1 + below(world, 4), med);
	wr_fill_u16(&world->wr, mark, wr_mark(&world->wr) - mark - 2);
}

/* An UPDATE with each of its four lists, or not. */
static void update_say(struct world *world, bool is_long)
{
	struct wr *wr = &world->wr;
	uint32_t message = bgp_message_begin(wr, BGP_UPDATE);
	uint32_t med = below(world, 16) == 0 ? MALFORMED : below(world, 200);
	bool is_announced = is_long || below(world, 3) != 0;

	uint32_t mark = wr_mark(wr);
	wr_u16(wr, 0);
	list_say(world, FAMILY_IPV4, is_announced ? below(world, 3) : 1 + below(world, LIST_MOST),
		 NOT_HELD);
	wr_fill_u16(wr, mark, wr_mark(wr) - mark - 2);
	mark = wr_mark(wr);
	wr_u16(wr, 0);
	if (below(world, 3) == 0)
		multi_say(world, 15, NOT_HELD);
	if (is_announced) {
		attrs_say(wr, med, !is_long && below(world, 8) == 0 ? COMMUNITIES : 0);
		if (below(world, 3) == 0)
			multi_say(world, 14, med);
	}
	wr_fill_u16(wr, mark, wr_mark(wr) - mark - 2);
	if (is_announced)
		list_say(world, FAMILY_IPV4, is_long ? LONG_LIST : 1 + below(world, LIST_MOST),
			 med);
	bgp_message_end(wr, message);
	world->update_count++;
}

/* What takes a look at what was said before: in its place it must see that, and no more. */
static void marker_say(struct world *world)
{
	enum family family = (enum family)below(world, FAMILY_COUNT);

	if (below(world, 3) == 0) {
		bgp_encode_end_of_rib(&world->wr, family);
		world->update_count++;
	} else if (!world->is_aging[family] && world->begin_count[family] < BEGINS_MOST) {
		world->begin_count[family]++;
		world->is_aging[family] = true;
		bgp_refresh_write(&world->wr, family, BGP_REFRESH_BEGIN);
		age(world, family);
	} else {
		world->is_aging[family] = false;
		bgp_refresh_write(&world->wr, family, BGP_REFRESH_END);
		old_go(world, family);
	}
}

/* Where there is a limit, no marker: old routes go by and by, and take room till then.  And no long
 * list: it has all prefixes. */
static void burst_say(struct world *world)
{
	bool is_limited = world->limit != PREFIXES;
	uint32_t count = 1 + below(world, below(world, 4) == 0 ? UPDATES_MOST : 40);
	bool is_long = !is_limited && below(world, 4) == 0;

	world->wr = wr_of(world->said, sizeof world->said);
	for (uint32_t i = 0; i < count && wr_left(&world->wr) > 3 * 4096; i++) {
		if (!is_limited && below(world, MARKER_ONE_IN) == 0)
			marker_say(world);
		update_say(world, is_long && below(world, 3) == 0);
	}
	wire_say(&world->wire, wr_octets_of(&world->wr));
}

/* --- what is held ----------------------------------------------------------------------------- */

/* The MED of the route that the shards hold. */
static uint32_t med_of(struct world *world, enum family family, uint32_t number)
{
	struct prefix prefix = prefix_of(family, number);
	struct shards *shards = world->wire.shards;
	struct shard *shard = &shards->shard[shards_number_of(shards, &prefix)];
	struct heap heap = heap_libc();
	struct look look = { 0 };
	struct bgp_attrs attrs = { .med = NOT_HELD };

	if (!failed(rib_look(shard_enter(shard), &prefix, false, &heap, &look))) {
		expect_u64(look.route_count, 1);
		expect_true(!failed(bgp_attrs_unpack(look.route[0].packed, &attrs)));
	}
	shard_leave(shard);
	look_fini(&look);
	return attrs.is_malformed ? MALFORMED : attrs.med;
}

static struct peer_counts counts_of(const struct world *world)
{
	struct peer_counts counts = { 0 };

	expect_true(worker_session_of(world->wire.worker, only, &counts) != NULL);
	return counts;
}

static bool is_through(const struct world *world)
{
	struct peer_counts counts = counts_of(world);

	return counts.updates_received == world->update_count &&
	       counts.held[FAMILY_IPV4] == held_count(world, FAMILY_IPV4) &&
	       counts.held[FAMILY_IPV6] == held_count(world, FAMILY_IPV6);
}

static void compare(struct world *world)
{
	for (uint32_t i = 0; i < 5000 && !is_through(world) && !world->wire.is_closed; i++)
		wire_settle(&world->wire, 1);
	expect_true(is_through(world));
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		for (uint32_t i = 0; i < PREFIXES; i++)
			expect_u64(med_of(world, (enum family)f, i), world->held[f][i].med);
	}
	expect_true(!world->wire.is_closed);
}

/* --- worlds ----------------------------------------------------------------------------------- */

/* Is in the shards every now and then, so that the worker takes them in another order. */
static void *jostle(void *context)
{
	struct world *world = context;
	struct shards *shards = world->wire.shards;
	struct timespec pause = { .tv_nsec = JOSTLE_NS };

	for (uint32_t i = 0; !atomic_load(&world->is_over); i++) {
		struct shard *shard = &shards->shard[i % shards->count];
		struct rib_counts counts;
		struct rib *rib = shard_enter(shard);
		for (uint32_t looks = 0; looks < JOSTLE_LOOKS; looks++)
			rib_counts_of(rib, &counts);
		shard_leave(shard);
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

static void world_up(struct world *world, uint64_t seed, uint32_t shard_count, uint32_t limit)
{
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();

	world->random = (struct random){ seed };
	world->limit = limit;
	world->held_most = 0;
	world->update_count = 0;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		world->is_aging[f] = false;
		world->begin_count[f] = 0;
	}
	for (uint32_t i = 0; i < PREFIXES; i++)
		world->held[0][i] = world->held[1][i] = (struct held){ .med = NOT_HELD };
	session.routes_max[FAMILY_IPV4] = limit;
	session.limit_action = LIMIT_ACTION_SHUT;
	wire_open_over(&world->wire, &session, shard_count);
	expect_true(wire_connect(&world->wire, NULL));
	wire_say_open(&world->wire, &open);
	expect_true(wire_await(&world->wire, "established:"));
	atomic_store(&world->is_over, false);
	expect_true(pthread_create(&world->jostler, NULL, jostle, world) == 0);
}

static void world_down(struct world *world)
{
	atomic_store(&world->is_over, true);
	expect_true(pthread_join(world->jostler, NULL) == 0);
	wire_close(&world->wire);
}

static void case_naive(void)
{
	static struct world world;

	for (uint32_t i = 0; i < WORLDS; i++) {
		world_up(&world, tap_seed() + i, 1 + i % SHARDS_MOST, PREFIXES);
		for (uint32_t j = 0; j < BURSTS && is_through(&world); j++) {
			burst_say(&world);
			compare(&world);
		}
		world_down(&world);
	}
}

/* It ends when it says a prefix too many, and only then. */
static void case_limit(void)
{
	static struct world world;
	uint32_t ended = 0;

	for (uint32_t i = 0; i < WORLDS; i++) {
		world_up(&world, tap_seed() + i, 1 + i % SHARDS_MOST, PREFIXES - 2 - i % 6);
		for (uint32_t j = 0; j < BURSTS && is_through(&world); j++) {
			burst_say(&world);
			if (world.held_most <= world.limit) {
				compare(&world);
				continue;
			}
			expect_true(wire_await(&world.wire, "maximum number of prefixes"));
			expect_true(wire_await_held(&world.wire, 0));
			ended++;
			break;
		}
		world_down(&world);
	}
	printf("# %u of %u ended\n", ended, WORLDS);
}

static void memory_bound(struct world *world, bool is_bound)
{
	struct shards *shards = world->wire.shards;

	for (uint32_t i = 0; i < shards->count; i++) {
		struct shard *shard = &shards->shard[i];
		(void)shard_enter(shard);
		shard->heap.limit_octets = is_bound ? shard->heap.used_octets +
							      below(world, SHORT_OCTETS) :
						      0;
		shard_leave(shard);
	}
}

/* Short of memory in some shard in mid-settling, the session ends, and nothing of it stays; or it
 * had enough. */
static void case_memory(void)
{
	static struct world world;
	uint32_t ended = 0;

	for (uint32_t i = 0; i < WORLDS; i++) {
		world_up(&world, tap_seed() + i, 1 + i % SHARDS_MOST, PREFIXES);
		for (uint32_t j = 0; j < BURSTS && world.wire.message_count[BGP_NOTIFICATION] == 0;
		     j++) {
			memory_bound(&world, true);
			burst_say(&world);
			for (uint32_t k = 0; k < 1000 && !is_through(&world) &&
					     world.wire.message_count[BGP_NOTIFICATION] == 0;
			     k++)
				wire_settle(&world.wire, 1);
			memory_bound(&world, false);
			if (world.wire.message_count[BGP_NOTIFICATION] == 0)
				compare(&world);
		}
		if (world.wire.message_count[BGP_NOTIFICATION] != 0) {
			expect_u64(world.wire.last[1], BGP_CEASE_OUT_OF_RESOURCES);
			expect_true(wire_await_held(&world.wire, 0));
			expect_u64(counts_of(&world).held[FAMILY_IPV6], 0);
			for (uint32_t k = 0; k < PREFIXES; k++)
				expect_u64(med_of(&world, FAMILY_IPV4, k), NOT_HELD);
			ended++;
		}
		world_down(&world);
	}
	printf("# %u of %u ended\n", ended, WORLDS);
}

/* --- by hand ---------------------------------------------------------------------------------- */

/* The shard's prefix of this place among its own. */
static uint32_t number_in(const struct world *world, uint32_t shard, uint32_t place)
{
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct prefix prefix = prefix_of(FAMILY_IPV4, i);
		if (shards_number_of(world->wire.shards, &prefix) == shard && place-- == 0)
			return i;
	}
	expect_true(false);
	return 0;
}

/* The shard's prefixes from `place` on, in one UPDATE. */
static void some_say(struct world *world, uint32_t shard, uint32_t place, uint32_t count,
		     uint32_t med)
{
	struct wr *wr = &world->wr;
	uint32_t message = bgp_message_begin(wr, BGP_UPDATE);
	bool is_withdrawn = med == NOT_HELD;

	wr_u16(wr, is_withdrawn ? count * 4 : 0);
	uint32_t mark = wr_mark(wr);
	if (!is_withdrawn) {
		wr_u16(wr, 0);
		attrs_say(wr, med, 0);
		wr_fill_u16(wr, mark, wr_mark(wr) - mark - 2);
	}
	for (uint32_t i = 0; i < count; i++)
		prefix_say(world, FAMILY_IPV4, number_in(world, shard, place + i), med);
	if (is_withdrawn)
		wr_u16(wr, 0);
	bgp_message_end(wr, message);
	world->update_count++;
}

/* Far from its limit at first, a session announces in one shard, withdraws in the other, and
 * announces in the first: never too many, message by message. */
static void case_withdrawn_between(void)
{
	enum { HELD = 5, SAID = 3 };
	static struct world world;

	world_up(&world, tap_seed(), 2, HELD + 2 * SAID - 1);
	world.wr = wr_of(world.said, sizeof world.said);
	some_say(&world, 1, 0, HELD, 1);
	wire_say(&world.wire, wr_octets_of(&world.wr));
	compare(&world);
	world.wr = wr_of(world.said, sizeof world.said);
	some_say(&world, 0, 0, SAID, 2);
	some_say(&world, 1, 0, SAID, NOT_HELD);
	some_say(&world, 0, SAID, SAID, 3);
	wire_say(&world.wire, wr_octets_of(&world.wr));
	expect_true(world.held_most <= world.limit);
	compare(&world);
	world_down(&world);
}

static const struct tap_case cases[] = {
	{ "by chance, as message by message", case_naive, 0 },
	{ "by chance, near a limit", case_limit, 0 },
	{ "by chance, short of memory", case_memory, 0 },
	{ "withdrawn between, near a limit", case_withdrawn_between, 0 },
};
TAP_MAIN(cases)
