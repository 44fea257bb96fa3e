/* unit/numbers/formulas.c — derived addresses, bisection, days to the second, forecasts, maps,
 * plans for renumbering. */
#include <stdio.h>
#include <string.h>

#include "kit/tap.h"
#include "numbers/decide.h"
#include "numbers/derive.h"
#include "numbers/forecast.h"
#include "numbers/map.h"
#include "numbers/renumber.h"

#define START INT64_C(1750000000)
#define DAY NUMBERS_DAY_S

struct world {
	struct heap heap;
	struct numbers_rules rules;
	struct numbers_book book;
};

static struct prefix prefix_make(const char *text)
{
	struct prefix prefix = { 0 };

	expect_true(prefix_parse(text, &prefix, NULL));
	return prefix;
}

static void happen(struct world *world, struct numbers_event event)
{
	expect_true(!failed(numbers_apply(&world->book, &event)));
}

static void world_init(struct world *world, enum pool_type type, const char *prefix)
{
	*world = (struct world){ .heap = heap_libc(), .rules = numbers_rules_default() };
	numbers_book_init(&world->book, &world->heap);
	happen(world, (struct numbers_event){ .kind = EVENT_POOL,
					      .at_s = START,
					      .pool_id = 1,
					      .type = type,
					      .name = "pool",
					      .prefix = prefix_make(prefix) });
}

static void world_fini(struct world *world)
{
	numbers_book_fini(&world->book);
	expect_u64(world->heap.used_octets, 0);
}

/* Where the rules place it; "" = nowhere. */
static const char *give(struct world *world, uint8_t len_bits, const char *holder, int64_t at_s)
{
	static char text[PREFIX_TEXT_MAX];
	struct prefix prefix;
	bool is_there = false;

	expect_true(!failed(numbers_place(&world->book, &world->rules, 1, len_bits, holder,
					  &is_there, &prefix)));
	text[0] = '\0';
	if (!is_there)
		return text;
	struct numbers_event event = { .kind = EVENT_GRANT,
				       .at_s = at_s,
				       .pool_id = 1,
				       .delegation_id = world->book.next_delegation_id,
				       .prefix = prefix };
	(void)snprintf(event.holder, sizeof event.holder, "%s", holder);
	(void)snprintf(event.organisation, sizeof event.organisation, "%s", holder);
	happen(world, event);
	prefix_print(&prefix, text);
	return text;
}

static void test_derived(void)
{
	struct prefix lan = prefix_make("2001:7f8:1d:4::/64");
	struct address address;
	char text[ADDRESS_TEXT_MAX];
	char mac[DERIVE_MAC_TEXT_MAX];
	uint32_t asn = 0;
	uint16_t router = 0;

	expect_true(derive_address(&lan, 201001, 2, &address));
	address_print(&address, text);
	expect_text(text, "2001:7f8:1d:4:0:3:1129:2");
	expect_true(derive_read(&lan, &address, &asn, &router));
	expect_u64(asn, 201001);
	expect_u64(router, 2);
	expect_true(derive_mac(201001, 2, mac));
	expect_text(mac, "0e:02:00:03:11:29");
	expect_true(derive_mac(UINT32_MAX, 255, mac));
	expect_text(mac, "0e:ff:ff:ff:ff:ff");
	expect_true(!derive_mac(1, 256, mac));
	lan = prefix_make("2001:db8::/81");
	expect_true(!derive_address(&lan, 1, 1, &address));
	lan = prefix_make("10.0.0.0/24");
	expect_true(!derive_address(&lan, 1, 1, &address));
}

static void test_routers(void)
{
	struct world world;

	world_init(&world, POOL_PEERING_V6, "2001:db8::/64");
	expect_text(give(&world, 128, "AS64500", START), "2001:db8::fbf4:1/128");
	expect_text(give(&world, 128, "AS64500", START), "2001:db8::fbf4:2/128");
	expect_text(give(&world, 128, "ORG-1", START), "");
	world_fini(&world);
}

/* Each new block is as far from the others as can be; all of 2^n grow to an equal part. */
static void test_bisection(void)
{
	static const char *const order[] = {
		"2001:db8::/36",      "2001:db8:8000::/36", "2001:db8:4000::/36",
		"2001:db8:c000::/36", "2001:db8:2000::/36", "2001:db8:6000::/36",
		"2001:db8:a000::/36", "2001:db8:e000::/36",
	};
	struct world world;
	struct numbers_event event;

	world_init(&world, POOL_REGISTRY_V6, "2001:db8::/32");
	for (uint32_t i = 0; i < 8; i++)
		expect_text(give(&world, 36, "AS1", START), order[i]);
	for (int64_t id = 1; id <= 8; id++) {
		expect_u64(numbers_grow(&world.book, &world.rules, id, 34, START, &event),
			   NUMBERS_NO_ROOM);
		expect_u64(numbers_grow(&world.book, &world.rules, id, 35, START, &event),
			   NUMBERS_GOOD);
		happen(&world, event);
	}
	expect_text(give(&world, 64, "AS1", START), "");
	world_fini(&world);
}

static void test_kept(void)
{
	struct world world;
	struct numbers_sum sum;

	world_init(&world, POOL_REGISTRY_V4, "10.0.0.0/24");
	world.rules.of[POOL_REGISTRY_V4].kept_bits = 1;
	struct numbers_event ask = { .kind = EVENT_GRANT,
				     .at_s = START,
				     .pool_id = 1,
				     .delegation_id = 1,
				     .prefix = prefix_make("10.0.0.0/26"),
				     .kept_len_bits = 25,
				     .holder = "AS1" };
	happen(&world, ask);
	expect_text(give(&world, 26, "AS2", START), "10.0.0.128/26");
	expect_text(give(&world, 26, "AS3", START), "10.0.0.192/26");
	expect_true(!failed(numbers_sum(&world.book, &world.rules, 1, &sum)));
	expect_u64((uint64_t)sum.kept, 64);
	/* When nothing else is left. */
	expect_text(give(&world, 26, "AS4", START), "10.0.0.64/26");
	expect_text(give(&world, 26, "AS5", START), "");
	world_fini(&world);
}

/* A second early is too early. */
static void test_days(void)
{
	struct world world;
	struct numbers_event event;
	struct numbers_event asked = {
		.delegation_id = 1, .holder = "AS2", .organisation = "AS2", .ipv6 = "2001:db8::/48"
	};

	world_init(&world, POOL_REGISTRY_V4, "10.0.0.0/24");
	expect_text(give(&world, 26, "AS1", START), "10.0.0.0/26");
	asked.at_s = START + 730 * DAY - 1;
	expect_u64(numbers_transfer(&world.book, &world.rules, &asked, &event),
		   NUMBERS_HOLD_PERIOD);
	asked.at_s++;
	expect_u64(numbers_transfer(&world.book, &world.rules, &asked, &event), NUMBERS_GOOD);
	happen(&world, event);
	int64_t back_s = asked.at_s;
	happen(&world, (struct numbers_event){ .kind = EVENT_RETURN,
					       .at_s = back_s,
					       .delegation_id = 2,
					       .until_s = back_s + 10 * DAY });
	expect_true(!numbers_due(&world.book, &world.rules, back_s + 10 * DAY - 1, &event));
	/* Quarantine counts from the day it had to be back, whenever somebody looks. */
	expect_true(numbers_due(&world.book, &world.rules, back_s + 15 * DAY, &event));
	expect_u64(event.kind, EVENT_QUARANTINE);
	expect_u64(event.until_s, back_s + 190 * DAY);
	happen(&world, event);
	expect_true(!numbers_due(&world.book, &world.rules, back_s + 190 * DAY - 1, &event));
	expect_true(numbers_due(&world.book, &world.rules, back_s + 190 * DAY, &event));
	happen(&world, event);
	expect_text(give(&world, 26, "AS3", back_s + 190 * DAY), "10.0.0.0/26");
	world_fini(&world);
}

static struct forecast forecast_of(const struct world *world, int64_t now_s)
{
	struct numbers_sum sum;
	struct forecast forecast;

	expect_true(!failed(numbers_sum(&world->book, &world->rules, 1, &sum)));
	numbers_forecast(&world->book, &world->rules, 1, sum.free, false, now_s, &forecast);
	return forecast;
}

static void test_forecast(void)
{
	struct world world;

	world_init(&world, POOL_PEERING_V4, "10.0.0.0/24");
	expect_u64(forecast_of(&world, START).answer, FORECAST_TOO_LITTLE);
	/* Five a period, for eight of them; and one wave of thirty that is no rate. */
	for (int64_t day = 0; day < 240; day += 6)
		(void)give(&world, 32, "AS1", START + day * DAY);
	for (uint32_t i = 0; i < 30; i++)
		(void)give(&world, 32, "AS2", START + 100 * DAY);
	expect_u64(forecast_of(&world, START + 60 * DAY).answer, FORECAST_TOO_LITTLE);
	struct forecast forecast = forecast_of(&world, START + 240 * DAY);
	expect_u64(forecast.answer, FORECAST_AT);
	expect_u64(forecast.periods, 8);
	expect_u64(forecast.free_blocks, 256 - 70);
	expect_true(forecast.rate_micro >= 5000000 && forecast.rate_micro <= 12500000);
	expect_true(forecast.earliest_s <= forecast.at_s && forecast.at_s <= forecast.latest_s);
	/* Exactly what the rate says, to the day. */
	int64_t days = (int64_t)forecast.free_blocks * 1000000 * 30 / forecast.rate_micro;
	expect_true((forecast.at_s - START) / DAY - 240 >= days - 1 &&
		    (forecast.at_s - START) / DAY - 240 <= days + 1);
	/* Two years without a grant later. */
	expect_u64(forecast_of(&world, START + 1100 * DAY).answer, FORECAST_NEVER);
	while (give(&world, 32, "AS3", START + 1100 * DAY)[0] != '\0')
		;
	expect_u64(forecast_of(&world, START + 1100 * DAY).answer, FORECAST_NOW);
	world_fini(&world);
}

static void test_map(void)
{
	static const char letters[] = ".:#xrq+";
	struct world world;
	enum map_cell cell[MAP_CELLS_MAX];
	char drawn[17] = "";
	uint8_t bits = 0;

	world_init(&world, POOL_REGISTRY_V4, "10.0.0.0/8");
	happen(&world, (struct numbers_event){ .kind = EVENT_GRANT,
					       .at_s = START,
					       .pool_id = 1,
					       .delegation_id = 1,
					       .prefix = prefix_make("10.16.0.0/12"),
					       .kept_len_bits = 10,
					       .holder = "AS1" });
	happen(&world, (struct numbers_event){ .kind = EVENT_HELD,
					       .at_s = START,
					       .pool_id = 1,
					       .delegation_id = 2,
					       .prefix = prefix_make("10.255.255.255/32") });
	expect_u64(numbers_map(&world.book, 1, 20, cell, &bits), 16);
	expect_u64(bits, 20);
	for (uint32_t i = 0; i < 16; i++)
		drawn[i] = letters[cell[i]];
	expect_text(drawn, ":#::...........+");
	world_fini(&world);
}

struct steps {
	uint32_t count;
	enum renumber_kind kind[16];
	char move[8][64];
	uint32_t moves;
	int64_t last_s;
};

static bool step_take(void *context, const struct renumber_step *step)
{
	struct steps *steps = context;
	char from[PREFIX_TEXT_MAX];
	char to[PREFIX_TEXT_MAX];

	expect_true(step->day_s >= steps->last_s && step->until_s >= step->day_s);
	steps->last_s = step->day_s;
	steps->kind[steps->count++] = step->kind;
	prefix_print(&step->from, from);
	prefix_print(&step->to, to);
	if (step->kind == RENUMBER_MOVE)
		(void)snprintf(steps->move[steps->moves++], 64, "%s %.20s %.20s", step->holder,
			       from, to);
	return true;
}

static void test_renumber(void)
{
	struct world world;
	struct steps steps = { 0 };
	struct renumbering all = { .from = prefix_make("10.0.0.0/29"),
				   .to = prefix_make("10.9.0.16/28"),
				   .pool_id = 1,
				   .start_s = START,
				   .both_days = 21,
				   .quarantine_days = 90 };

	world_init(&world, POOL_PEERING_V4, "10.0.0.0/29");
	for (uint32_t i = 0; i < 3; i++)
		(void)give(&world, 32, i == 0 ? "AS1" : i == 1 ? "AS2" : "AS3", START);
	expect_true(!failed(numbers_renumber(&world.book, &all, step_take, &steps)));
	expect_u64(steps.count, 8);
	expect_u64(steps.kind[0], RENUMBER_ANNOUNCE);
	expect_u64(steps.kind[1], RENUMBER_BOTH);
	expect_u64(steps.kind[7], RENUMBER_FREE);
	expect_text(steps.move[0], "AS1 10.0.0.0/32 10.9.0.16/32");
	expect_text(steps.move[2], "AS3 10.0.0.2/32 10.9.0.18/32");
	expect_u64(steps.last_s, START + 111 * DAY);
	world_fini(&world);
}

static void test_count_text(void)
{
	char text[SPACE_TEXT_MAX];

	space_print(0, text);
	expect_text(text, "0");
	space_print((space_wide)1 << 64, text);
	expect_text(text, "18446744073709551616");
	space_print(((space_wide)1 << 120) - 1, text);
	expect_text(text, "1329227995784915872903807060280344575");
}

/* Of a database that somebody edited: behind the last number there is none. */
static void test_last_id(void)
{
	struct heap heap = heap_libc();
	struct numbers_book book CLEAN(numbers_book_fini);
	struct numbers_request request = { .id = INT64_MAX };
	struct numbers_delegation delegation = { .id = INT64_MAX };

	numbers_book_init(&book, &heap);
	expect_true(failed(numbers_request_put(&book, &request)));
	expect_true(failed(numbers_delegation_put(&book, &delegation)));
	request.id = delegation.id = INT64_MAX - 1;
	expect_true(!failed(numbers_request_put(&book, &request)));
	expect_true(!failed(numbers_delegation_put(&book, &delegation)));
	expect_true(book.next_request_id == INT64_MAX && book.next_delegation_id == INT64_MAX);
}

static const struct tap_case cases[] = {
	{ "IPv6 and MAC from the AS number", test_derived, 0 },
	{ "a second router has a number of its own", test_routers, 0 },
	{ "bisection leaves everybody the same room", test_bisection, 0 },
	{ "room that is kept is given last", test_kept, 0 },
	{ "hold period and quarantine to the second", test_days, 0 },
	{ "forecasts", test_forecast, 0 },
	{ "maps", test_map, 0 },
	{ "a plan for renumbering", test_renumber, 0 },
	{ "counts of 128 bits in decimal", test_count_text, 0 },
	{ "the last number", test_last_id, 0 },
};
TAP_MAIN(cases)
