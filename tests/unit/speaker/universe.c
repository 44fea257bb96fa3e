/* unit/speaker/universe.c — prefixes and octets as numbers. */
#include "speaker/universe.h"

#include "kit/random.h"
#include "kit/tap.h"

#define OTHERS 3000u

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = { 0 };

	expect_true(prefix_parse(text, &prefix, NULL));
	return prefix;
}

static void expect_at(const struct universe *universe, const char *text, uint32_t number)
{
	struct prefix prefix = prefix_of(text);

	tap_row(text);
	expect_u64(universe_find(universe, &prefix), number);
	if (number != UNIVERSE_NONE) {
		struct prefix back = universe_prefix_of(universe, number);
		expect_true(prefix_equal(&back, &prefix));
	}
	tap_row(NULL);
}

static void case_grids_and_others(void)
{
	struct heap heap = heap_libc();
	struct universe universe;
	struct prefix first4 = prefix_of("20.0.0.0/24");
	struct prefix first6 = prefix_of("2a00::/48");
	struct prefix longer = prefix_of("20.0.1.0/25");
	uint32_t number = 0;

	universe_init(&universe, &heap, (struct hash_key){ 1, 2 });
	expect_true(!failed(universe_add_grid(&universe, &first4, 300)));
	expect_true(!failed(universe_add_grid(&universe, &first6, 70000)));
	expect_true(failed(universe_add_grid(&universe, &first6, 1)));
	expect_true(!failed(universe_add(&universe, &longer, &number)));
	expect_u64(number, 70300);
	expect_true(!failed(universe_add(&universe, &first4, &number)));
	expect_u64(number, 0);
	expect_u64(universe_count(&universe), 70301);
	expect_at(&universe, "20.0.0.0/24", 0);
	expect_at(&universe, "20.1.43.0/24", 299);
	expect_at(&universe, "20.1.44.0/24", UNIVERSE_NONE);
	expect_at(&universe, "19.255.255.0/24", UNIVERSE_NONE);
	expect_at(&universe, "20.0.0.0/25", UNIVERSE_NONE);
	expect_at(&universe, "20.0.1.0/25", 70300);
	expect_at(&universe, "2a00::/48", 300);
	expect_at(&universe, "2a00:1:1::/48", 300 + 65537);
	expect_at(&universe, "2a00:1:ffff::/48", UNIVERSE_NONE);
	expect_at(&universe, "2a00::/32", UNIVERSE_NONE);
	universe_fini(&universe);
	expect_u64(heap.used_octets, 0);
}

/* Every number leads back to its prefix, whatever was added in between. */
static void case_numbers_stay(void)
{
	struct heap heap = heap_libc();
	struct universe universe;
	struct random random = { tap_seed() };
	static struct prefix added[OTHERS];
	static uint32_t numbers[OTHERS];

	universe_init(&universe, &heap, (struct hash_key){ 3, 4 });
	for (uint32_t i = 0; i < OTHERS; i++) {
		struct address address = { .family = (uint8_t)random_below(&random, 2) };
		for (uint32_t j = 0; j < 16 && (j < 4 || address.family == FAMILY_IPV6); j++)
			address.octet[j] = (uint8_t)random_next(&random);
		uint32_t bits = prefix_bits_max((enum family)address.family);
		added[i] = prefix_of_address(&address, (uint8_t)random_below(&random, bits + 1));
		expect_true(!failed(universe_add(&universe, &added[i], &numbers[i])));
	}
	for (uint32_t i = 0; i < OTHERS; i++) {
		struct prefix back = universe_prefix_of(&universe, numbers[i]);
		expect_true(prefix_equal(&back, &added[i]));
		expect_u64(universe_find(&universe, &added[i]), numbers[i]);
	}
	universe_fini(&universe);
}

static void case_tags_keep_apart(void)
{
	struct heap heap = heap_libc();
	struct names names;
	uint32_t first = 0;
	uint32_t second = 0;

	names_init(&names, &heap, (struct hash_key){ 5, 6 });
	expect_u64(names_find(&names, 0, octets_of_text("same")), 0);
	expect_true(!failed(names_take(&names, 0, octets_of_text("same"), &first)));
	expect_true(!failed(names_take(&names, 1, octets_of_text("same"), &second)));
	expect_true(first != second);
	expect_true(!failed(names_take(&names, 0, octets_of_text("same"), &second)));
	expect_u64(first, second);
	expect_u64(names_find(&names, 2, octets_of_text("same")), 0);
	names_fini(&names);
}

static const struct tap_case cases[] = {
	{ "grids by arithmetic, others by name", case_grids_and_others, 0 },
	{ "a number leads back to its prefix", case_numbers_stay, 0 },
	{ "equal octets under different tags are different", case_tags_keep_apart, 0 },
};
TAP_MAIN(cases)
