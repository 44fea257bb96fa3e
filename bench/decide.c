/* bench/decide.c — what a decision costs where many members announce the same prefix.
 *
 *     decide [PATHS] [PREFIXES]      55 and 2,000 by default
 *
 * Each path is steered to one other member, so that nobody is served before all were looked at.
 * Then one member announces all of it anew, and what the decisions take of this process's CPU is
 * told. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "kit/clock.h"
#include "members.h"
#include "rib/rib.h"

#define FLAPS 3u

/* To the member behind it alone: rs:0:0 rs:1:peer.  Four neighbours share an AS path's length. */
static struct attr_id attrs_take(struct rib *rib, uint32_t member, uint32_t members, uint32_t med)
{
	uint8_t path[] = { BGP_SEGMENT_SEQUENCE, 2, 0, 0, 0, 0, 0, 0, 0x13, 0x88 };
	uint8_t large[24];
	uint8_t packed[256];
	struct wr path_wr = wr_of(path + 2, 4);
	struct wr large_wr = wr_of(large, sizeof large);
	struct wr wr = wr_of(packed, sizeof packed);
	struct address next_hop = address_ipv4(0x7f010000u + member);
	struct bgp_attrs attrs = { .next_hop_len_octets = 4, .has_med = true, .med = med };
	struct attr_id attr;

	wr_u32(&path_wr, 1000 + member);
	wr_u32(&large_wr, RS_ASN);
	wr_u32(&large_wr, 0);
	wr_u32(&large_wr, 0);
	wr_u32(&large_wr, RS_ASN);
	wr_u32(&large_wr, 1);
	wr_u32(&large_wr, 1000 + (member + 1) % members);
	mem_copy(attrs.next_hop, next_hop.octet, 4);
	attrs.as_path = octets_of(path, sizeof path);
	attrs.large = wr_octets_of(&large_wr);
	CHECK(!failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, &wr);
	CHECK(!failed(rib_attrs_take(rib, (struct session_id){ (uint16_t)member },
				     wr_octets_of(&wr), &attr)));
	return attr;
}

static void announce(struct rib *rib, uint32_t member, uint32_t members, uint32_t prefixes,
		     uint32_t med)
{
	struct attr_id attr = attrs_take(rib, member, members, med);

	for (uint32_t i = 0; i < prefixes; i++) {
		struct prefix prefix = { .family = FAMILY_IPV4,
					 .len_bits = 24,
					 .octet = { 50, (uint8_t)(i >> 8), (uint8_t)i } };
		struct rib_announcement announcement = { .session = { (uint16_t)member },
							 .attr = attr,
							 .now_s = 1 };
		enum rib_held before;
		struct rib_prefix keyed = rib_prefix_of(rib, &prefix);
		CHECK(!failed(rib_announce(rib, &keyed, &announcement, &before)));
	}
	rib_attrs_release(rib, attr);
}

static double flush_s(struct rib *rib)
{
	double start = cpu_s();

	while (rib_flush(rib, (struct instant){ 1 }) == RIB_FLUSH_MORE)
		continue;
	return cpu_s() - start;
}

int main(int count, char **words)
{
	uint32_t members = count > 1 ? (uint32_t)strtoul(words[1], NULL, 10) : 55;
	uint32_t prefixes = count > 2 ? (uint32_t)strtoul(words[2], NULL, 10) : 2000;
	struct heap heap = heap_libc();

	if (members < 2 || members > MEMBERS_MAX || prefixes == 0 || prefixes > 65536)
		return 2;
	struct plan *plan = plan_of_members(members);
	struct rib *rib = rib_new(&heap, (struct hash_key){ 1, 2 }, plan);
	CHECK(rib != NULL);
	for (uint32_t i = 0; i < members; i++) {
		rib_session_identity(rib, (struct session_id){ (uint16_t)i }, 100 + i);
		announce(rib, i, members, prefixes, 1);
	}
	double first = flush_s(rib);
	double flaps = 0;
	for (uint32_t i = 0; i < FLAPS; i++) {
		announce(rib, 0, members, prefixes, 2 + i);
		flaps += flush_s(rib);
	}
	printf("%u paths x %u prefixes: %.1f us a prefix at first, %.1f us when one path flaps\n",
	       members, prefixes, first / prefixes * 1e6, flaps / FLAPS / prefixes * 1e6);
	rib_free(rib);
	plan_unref(plan);
	return 0;
}
