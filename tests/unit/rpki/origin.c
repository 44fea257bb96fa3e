/* unit/rpki/origin.c — origins by hand (RFC 6811 2), and any table against a look at every record
 * of it; what changes between two tables against the same look before and after. */
#include "kit/random.h"
#include "kit/tap.h"
#include "rpki/changes.h"

static struct vrp vrp_of(const char *prefix, uint8_t len_bits_max, uint32_t asn)
{
	struct vrp vrp = { .len_bits_max = len_bits_max, .asn = asn };

	expect_true(prefix_parse(prefix, &vrp.prefix, NULL));
	if (len_bits_max == 0)
		vrp.len_bits_max = vrp.prefix.len_bits;
	return vrp;
}

static struct rpki_data *data_of(const struct vrp *list, uint32_t count)
{
	struct heap heap = heap_libc();
	struct rpki_data *data = NULL;
	struct rpki_draft draft;

	rpki_draft_init(&draft, &heap);
	for (uint32_t i = 0; i < count; i++)
		expect_true(!failed(rpki_draft_vrp(&draft, &list[i])));
	expect_true(!failed(rpki_data_make(&draft, &data)));
	rpki_draft_fini(&draft);
	expect_u64(heap.used_octets, 0);
	return data;
}

struct row {
	const char *prefix;
	uint32_t origin;
	bool any_length;
	enum rpki_state expected;
};

/* Of 10.0.0.0/16-20 AS65001, 10.0.0.0/16 AS65002, 10.0.8.0/24 AS0, 10.2.0.0/15 AS65003 and
 * 2001:db8::/32-48 AS65001. */
static const struct row rows[] = {
	{ "10.0.0.0/16", 65001, false, RPKI_VALID },
	{ "10.0.0.0/20", 65001, false, RPKI_VALID },   /* as long as it may be */
	{ "10.0.0.0/21", 65001, false, RPKI_INVALID }, /* one bit more */
	{ "10.0.0.0/16", 65002, false, RPKI_VALID },   /* any of several is enough */
	{ "10.0.0.0/17", 65002, false, RPKI_INVALID },
	{ "10.0.0.0/16", 65009, false, RPKI_INVALID }, /* another AS */
	{ "10.0.8.0/24", 65001, false,
	  RPKI_INVALID },                          /* AS 0 alone is near enough, the other ends */
	{ "10.0.8.0/24", 0, false, RPKI_INVALID }, /* an AS_SET: AS 0 matches nobody */
	{ "10.0.0.0/16", 0, false, RPKI_INVALID },
	{ "11.0.0.0/16", 0, false, RPKI_NOT_FOUND },
	{ "10.0.0.0/15", 65001, false, RPKI_NOT_FOUND }, /* shorter: not covered */
	{ "10.1.0.0/16", 65001, false, RPKI_NOT_FOUND }, /* beside it */
	{ "10.3.255.0/24", 65003, false, RPKI_INVALID }, /* the end of its range */
	{ "10.4.0.0/24", 65003, false, RPKI_NOT_FOUND }, /* just behind it */
	{ "9.255.255.0/24", 65001, false, RPKI_NOT_FOUND },
	{ "0.0.0.0/0", 65001, false, RPKI_NOT_FOUND },
	{ "255.255.255.255/32", 65001, false, RPKI_NOT_FOUND },
	{ "2001:db8::/32", 65001, false, RPKI_VALID },
	{ "2001:db8:ffff::/48", 65001, false, RPKI_VALID },
	{ "2001:db8:ffff::/49", 65001, false, RPKI_INVALID },
	{ "2001:db9::/48", 65001, false, RPKI_NOT_FOUND },
	/* Blackholing: longer than any maximum, but the origin's own. */
	{ "10.0.0.1/32", 65001, true, RPKI_VALID },
	{ "10.0.0.1/32", 65009, true, RPKI_INVALID },
	{ "10.0.0.1/32", 0, true, RPKI_INVALID },
};

static void case_by_hand(void)
{
	struct vrp list[] = { vrp_of("10.0.0.0/16", 20, 65001), vrp_of("10.0.0.0/16", 0, 65002),
			      vrp_of("10.0.8.0/24", 0, 0), vrp_of("10.2.0.0/15", 0, 65003),
			      vrp_of("2001:db8::/32", 48, 65001) };
	struct rpki_data *data = data_of(list, sizeof list / sizeof *list);

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct prefix prefix;
		tap_row(rows[i].prefix);
		expect_true(prefix_parse(rows[i].prefix, &prefix, NULL));
		expect_text(rpki_state_name(
				    rpki_origin(data, &prefix, rows[i].origin, rows[i].any_length)),
			    rpki_state_name(rows[i].expected));
		expect_u64(rpki_origin(NULL, &prefix, rows[i].origin, false), RPKI_NOT_CHECKED);
	}
	rpki_data_unref(data);
}

static void case_covering(void)
{
	struct vrp list[] = { vrp_of("10.0.0.0/8", 0, 1), vrp_of("10.0.0.0/16", 20, 65001),
			      vrp_of("10.0.0.0/16", 24, 65001), vrp_of("10.0.0.0/16", 0, 7),
			      vrp_of("10.0.0.0/24", 0, 9) };
	struct rpki_data *data = data_of(list, sizeof list / sizeof *list);
	struct vrp out[2];
	struct prefix prefix;

	expect_true(prefix_parse("10.0.0.0/20", &prefix, NULL));
	expect_u64(rpki_covering(data, &prefix, out, 2), 4);
	expect_u64(out[0].asn, 7);
	expect_u64(out[1].asn, 65001);
	expect_u64(out[1].len_bits_max, 24); /* the longest first */
	expect_u64(rpki_covering(NULL, &prefix, out, 2), 0);
	rpki_data_unref(data);
}

/* A record that stands twice is one; nothing at all is a table, too. */
static void case_ends(void)
{
	struct vrp list[] = { vrp_of("::/0", 0, 3), vrp_of("10.0.0.0/8", 0, 1),
			      vrp_of("::/0", 0, 3) };
	struct rpki_data *data = data_of(list, 3);
	struct rpki_data *empty = data_of(NULL, 0);
	struct prefix prefix;

	expect_u64(rpki_vrp_count(data), 2);
	expect_true(prefix_parse("ffff::/16", &prefix, NULL));
	expect_u64(rpki_origin(data, &prefix, 3, true), RPKI_VALID);
	expect_u64(rpki_origin(data, &prefix, 3, false), RPKI_INVALID);
	expect_u64(rpki_origin(empty, &prefix, 3, false), RPKI_NOT_FOUND);
	rpki_data_unref(data);
	rpki_data_unref(empty);
}

/* --- at random -------------------------------------------------------------------------------- */

#define RECORDS 60u

/* Few addresses and all lengths: much lies in each other. */
static struct prefix prefix_random(struct random *random)
{
	enum family family = random_below(random, 2) == 0 ? FAMILY_IPV4 : FAMILY_IPV6;
	struct prefix prefix = { .family = (uint8_t)family,
				 .len_bits = (uint8_t)random_below(random,
								   prefix_bits_max(family) + 1) };

	for (uint32_t i = 0; i < (family == FAMILY_IPV4 ? 4u : 16u); i++)
		prefix.octet[i] = (uint8_t)(random_below(random, 4) == 0 ? random_next(random) : 0);
	prefix_mask(&prefix);
	return prefix;
}

static enum rpki_state origin_plainly(const struct vrp *list, uint32_t count,
				      const struct prefix *prefix, uint32_t origin)
{
	enum rpki_state state = RPKI_NOT_FOUND;

	for (uint32_t i = 0; i < count; i++) {
		if (!prefix_contains(&list[i].prefix, prefix))
			continue;
		if (origin != 0 && list[i].asn == origin &&
		    prefix->len_bits <= list[i].len_bits_max)
			return RPKI_VALID;
		state = RPKI_INVALID;
	}
	return state;
}

static uint32_t list_random(struct random *random, struct vrp list[RECORDS])
{
	uint32_t count = random_below(random, RECORDS + 1);

	for (uint32_t i = 0; i < count; i++) {
		struct prefix prefix = prefix_random(random);
		uint32_t room = prefix_bits_max((enum family)prefix.family) - prefix.len_bits;
		list[i] = (struct vrp){ .prefix = prefix,
					.len_bits_max = (uint8_t)(prefix.len_bits +
								  random_below(random, room + 1)),
					.asn = random_below(random, 4) };
	}
	return count;
}

static void case_random(void)
{
	struct random random = { tap_seed() };
	struct vrp old[RECORDS];
	struct vrp new[RECORDS];

	for (uint32_t round = 0; round < 2000; round++) {
		uint32_t old_count = list_random(&random, old);
		uint32_t new_count = list_random(&random, new);
		for (uint32_t i = 0; i < old_count && i < new_count; i++) {
			if (random_below(&random, 8) != 0)
				new[i] = old[i]; /* most stay */
		}
		struct rpki_data *before = data_of(old, old_count);
		struct rpki_data *after = data_of(new, new_count);
		struct rpki_changes *changes = NULL;
		expect_true(!failed(rpki_changes_make(before, after, &changes)));
		for (uint32_t i = 0; i < 60; i++) {
			struct prefix prefix = prefix_random(&random);
			uint32_t origin = random_below(&random, 4);
			enum rpki_state was = rpki_origin(before, &prefix, origin, false);
			enum rpki_state is = rpki_origin(after, &prefix, origin, false);
			expect_u64(was, origin_plainly(old, old_count, &prefix, origin));
			expect_u64(is, origin_plainly(new, new_count, &prefix, origin));
			expect_true(was == is || rpki_changes_touch(changes, &prefix));
		}
		rpki_changes_unref(changes);
		rpki_data_unref(before);
		rpki_data_unref(after);
	}
}

/* What did not change touches nothing. */
static void case_untouched(void)
{
	struct vrp list[] = { vrp_of("10.0.0.0/16", 20, 1), vrp_of("10.1.0.0/16", 0, 1),
			      vrp_of("10.0.0.0/24", 0, 2) };
	struct rpki_data *before = data_of(list, 2);
	struct rpki_data *after = data_of(list, 3);
	struct rpki_changes *changes = NULL;
	struct prefix prefix;

	expect_true(!failed(rpki_changes_make(before, after, &changes)));
	expect_u64(changes->vrps_added, 1);
	expect_u64(changes->vrps_removed, 0);
	expect_true(prefix_parse("10.0.0.0/24", &prefix, NULL) &&
		    rpki_changes_touch(changes, &prefix));
	expect_true(prefix_parse("10.0.0.128/25", &prefix, NULL) &&
		    rpki_changes_touch(changes, &prefix));
	expect_true(prefix_parse("10.0.0.0/23", &prefix, NULL) &&
		    !rpki_changes_touch(changes, &prefix));
	expect_true(prefix_parse("10.0.1.0/24", &prefix, NULL) &&
		    !rpki_changes_touch(changes, &prefix));
	expect_true(!rpki_changes_has_paths(changes) && !rpki_changes_are_none(changes));
	rpki_changes_unref(changes);
	expect_true(!failed(rpki_changes_make(after, after, &changes)));
	expect_true(rpki_changes_are_none(changes));
	rpki_changes_unref(changes);
	rpki_data_unref(before);
	rpki_data_unref(after);
}

static const struct tap_case cases[] = {
	{ "RFC 6811 by hand", case_by_hand, 0 },
	{ "what covers a prefix", case_covering, 0 },
	{ "one record twice, no record", case_ends, 0 },
	{ "as a look at every record says, and what changes touch", case_random, 0 },
	{ "what did not change is not touched", case_untouched, 0 },
};

TAP_MAIN(cases)
