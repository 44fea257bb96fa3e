/* bench/bogons.c — what it costs to ask whether a prefix is a bogon: by comparisons, as it is done
 * for every prefix that comes in, and by a walk through the list. */
#include <stdio.h>

#include "kit/clock.h"
#include "kit/random.h"
#include "rules/bogon.h"

#define PREFIXES 65536u
#define ROUNDS 200u

static struct prefix prefixes[PREFIXES];

static void measure(enum family family)
{
	struct random random = { 1 };
	struct prefix within;
	const char *kind;
	uint32_t found[2] = { 0, 0 };

	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct prefix prefix = { .family = (uint8_t)family };
		prefix.len_bits = family == FAMILY_IPV4 ? 24 : 48;
		for (uint32_t j = 0; j < 6; j++)
			prefix.octet[j] = (uint8_t)random_next(&random);
		if (family == FAMILY_IPV6)
			prefix.octet[0] = 0x20 | (prefix.octet[0] & 0x1f);
		prefix_mask(&prefix);
		prefixes[i] = prefix;
	}
	double start = now_s();
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < PREFIXES; i++)
			found[0] += rules_prefix_is_bogon(&prefixes[i]) ? 1u : 0u;
	}
	double middle = now_s();
	for (uint32_t round = 0; round < ROUNDS / 10; round++) {
		for (uint32_t i = 0; i < PREFIXES; i++)
			found[1] += rules_prefix_bogon_of(&prefixes[i], &within, &kind) ? 1u : 0u;
	}
	double end = now_s();
	printf("%s: %.1f ns a prefix by comparisons, %.1f ns by the list (%u bogons)\n",
	       family_name(family), (middle - start) * 1e9 / PREFIXES / ROUNDS,
	       (end - middle) * 1e9 / PREFIXES / (ROUNDS / 10.0), found[0] / ROUNDS);
}

int main(void)
{
	measure(FAMILY_IPV4);
	measure(FAMILY_IPV6);
	return 0;
}
