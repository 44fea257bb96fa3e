/* Sets of windows: against a list that is walked, and what changes between two moments. */
#include "irr/data.h"
#include "kit/random.h"
#include "kit/tap.h"

#define ROUNDS 200u
#define WINDOWS 60u
#define ASKED 400u

/* Few networks and lengths, so that they meet. */
static struct prefix prefix_any(struct random *random, enum family family)
{
	struct prefix prefix = { .family = (uint8_t)family };
	uint32_t most = prefix_bits_max(family);

	for (uint32_t i = 0; i < 3; i++)
		prefix.octet[i] = (uint8_t)(random_below(random, 2) * 0x80 +
					    random_below(random, 2));
	prefix.len_bits = (uint8_t)(random_below(random, 4) == 0 ? random_below(random, most + 1) :
								   random_below(random, 26));
	prefix_mask(&prefix);
	return prefix;
}

static struct irr_window window_any(struct random *random)
{
	enum family family = random_below(random, 2) == 0 ? FAMILY_IPV4 : FAMILY_IPV6;
	struct irr_window window = { .prefix = prefix_any(random, family) };
	uint32_t most = prefix_bits_max(family);
	uint32_t low = window.prefix.len_bits;

	if (random_below(random, 2) == 0)
		low += random_below(random, most - low + 1);
	window.len_bits_min = (uint8_t)low;
	window.len_bits_max = (uint8_t)(low + random_below(random, most - low + 1));
	return window;
}

static enum irr_match match_naive(const struct irr_window *window, uint32_t count,
				  const struct prefix *prefix)
{
	enum irr_match match = IRR_MATCH_NONE;

	for (uint32_t i = 0; i < count; i++) {
		if (!prefix_contains(&window[i].prefix, prefix))
			continue;
		if (prefix->len_bits >= window[i].len_bits_min &&
		    prefix->len_bits <= window[i].len_bits_max)
			return IRR_MATCH_YES;
		match = IRR_MATCH_LONGER;
	}
	return match;
}

static void against_a_list(void)
{
	struct random random = { tap_seed() };
	uint32_t seen[3] = { 0 };

	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct heap heap = heap_libc();
		struct irr_window window[WINDOWS];
		uint32_t count = random_below(&random, WINDOWS + 1);
		struct irr_draft draft;
		struct irr_set *set = NULL;
		irr_draft_init(&draft, &heap);
		for (uint32_t i = 0; i < count; i++) {
			window[i] = window_any(&random);
			expect_true(!failed(irr_draft_add(&draft, &window[i])));
		}
		expect_true(!failed(irr_draft_seal(&draft, &set)));
		for (uint32_t i = 0; i < ASKED; i++) {
			struct irr_window found = { 0 };
			struct prefix prefix = prefix_any(&random,
							  i % 2 == 0 ? FAMILY_IPV4 : FAMILY_IPV6);
			enum irr_match match = irr_set_match(set, &prefix, &found);
			expect_u64(match, match_naive(window, count, &prefix));
			if (match != IRR_MATCH_NONE)
				expect_true(prefix_contains(&found.prefix, &prefix));
			seen[match]++;
		}
		irr_set_unref(set);
		irr_draft_fini(&draft);
		expect_u64(heap.used_octets, 0);
	}
	expect_true(seen[0] > ROUNDS && seen[1] > ROUNDS && seen[2] > ROUNDS);
}

static struct irr_set *set_of(const char *text, uint32_t origin)
{
	struct heap heap = heap_libc();
	struct irr_draft draft;
	struct irr_window window;
	struct irr_set *set = NULL;

	irr_draft_init(&draft, &heap);
	expect_true(prefix_parse(text, &window.prefix, NULL));
	window.len_bits_min = window.prefix.len_bits;
	window.len_bits_max = window.prefix.len_bits;
	expect_true(!failed(irr_draft_add(&draft, &window)));
	expect_true(!failed(irr_draft_add(&draft, &window)));
	expect_true(!failed(irr_draft_add_origin(&draft, origin)));
	expect_true(!failed(irr_draft_add_origin(&draft, origin)));
	expect_true(!failed(irr_draft_seal(&draft, &set)));
	expect_u64(set->window_count, 1);
	expect_u64(set->origin_count, 1);
	return set;
}

static void origins(void)
{
	struct irr_set *set = set_of("20.1.0.0/16", 4200);

	expect_true(irr_set_has_origin(set, 4200));
	expect_true(!irr_set_has_origin(set, 4199) && !irr_set_has_origin(set, 4201));
	irr_set_unref(set);
}

static void moments(void)
{
	struct irr_set *one = set_of("20.1.0.0/16", 1);
	struct irr_set *same = set_of("20.1.0.0/16", 1);
	struct irr_set *other = set_of("20.1.0.0/16", 2);
	struct irr_member first[] = { { 30, one }, { 10, one }, { 20, other } };
	struct irr_member second[] = { { 10, same }, { 20, one }, { 40, one } };
	struct irr_data *before = NULL;
	struct irr_data *after = NULL;

	expect_true(!failed(irr_data_new(first, 3, &before)));
	expect_true(!failed(irr_data_new(second, 3, &after)));
	irr_set_unref(one);
	irr_set_unref(same);
	irr_set_unref(other);
	expect_true(irr_data_of(before, 20) == before->member[1].set);
	expect_true(irr_data_of(before, 15) == NULL && irr_data_of(NULL, 10) == NULL);
	expect_true(!irr_data_differs(before, after, 10)); /* as much in another copy */
	expect_true(irr_data_differs(before, after, 20));
	expect_true(irr_data_differs(before, after, 30));
	expect_true(irr_data_differs(before, after, 40));
	expect_true(!irr_data_differs(before, after, 50));
	expect_true(irr_data_differs(NULL, after, 10));
	irr_data_unref(irr_data_ref(before));
	irr_data_unref(before);
	irr_data_unref(after);
}

static const struct tap_case cases[] = {
	{ "a set says of prefixes what a list that is walked says", against_a_list, 0 },
	{ "origins, each once", origins, 0 },
	{ "who differs between two moments", moments, 0 },
};

TAP_MAIN(cases)
