/* unit/rib/profiles.c — every wire profile that OPENs can bring about finds room at once. */
#include "kit/tap.h"
#include "rib/out.h"

#define COMBINATIONS 16u /* of what a profile leaves open in each family */

static struct bgp_wire_profile wire_of(enum family family, uint32_t bits)
{
	return (struct bgp_wire_profile){ .family = family,
					  .as4 = (bits & 1) != 0,
					  .addpath = (bits & 2) != 0,
					  .extended_next_hop = (bits & 4) != 0,
					  .extended_message = (bits & 8) != 0 };
}

static void case_all_at_once(void)
{
	struct heap heap = heap_libc();
	struct plan *plan = plan_new();

	for (uint32_t i = 0; i < COMBINATIONS; i++) {
		struct plan_session session = { .id = { (uint16_t)i },
						.asn = 1000 + i,
						.address = address_ipv4(0x0a000001u + i) };
		expect_true(!failed(plan_member_add(plan, session.asn, "member")));
		expect_true(!failed(plan_session_add(plan, &session)));
	}
	plan_seal(plan);
	struct rib *rib = rib_new(&heap, (struct hash_key){ 1, 2 }, plan);
	expect_true(rib != NULL);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		for (uint32_t i = 0; i < COMBINATIONS; i++) {
			struct bgp_wire_profile wire = wire_of((enum family)f, i);
			struct session_id session = { (uint16_t)i };
			expect_true(!failed(rib_out_join(rib, session, &wire)));
		}
	}
	rib_free(rib);
	plan_unref(plan);
	expect_u64(heap.used_octets, 0);
}

static const struct tap_case cases[] = {
	{ "a session of each, in both families", case_all_at_once, 0 },
};
TAP_MAIN(cases)
