/* bench/foresee.c — what a dry run of a rule book costs: a million held routes judged under another
 * plan, nothing changed.
 *
 *     foresee [MEMBERS] [PREFIXES] [SETS]      8, 125,000 and 15,000 (of each member) by default
 *
 * Two plans: one that refuses some for their length and some for their path, and one that changes
 * nothing.  Told is the processor time of this process, the longest slice in which a shard would be
 * held, and that the counts are those of rib_replan. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "kit/clock.h"
#include "members.h"
#include "rib/foresee.h"
#include "rib/rib.h"

#define SLICE_ENTRIES 1024u

static struct plan *plan_make(uint32_t members, bool is_strict)
{
	struct plan *plan = plan_of_members(members);

	if (is_strict) {
		plan->rules.len_bits_max[FAMILY_IPV4] = 23;
		plan->rules.path_len_max = 5;
	}
	return plan;
}

/* Paths of two to six networks, with a few communities, as real ones have. */
static struct attr_id attrs_take(struct rib *rib, uint32_t member, uint32_t number)
{
	uint8_t path[2 + 6 * 4];
	uint8_t communities[6 * 4];
	uint8_t packed[256];
	uint32_t len = 2 + number % 5;
	struct wr path_wr = wr_of(path, sizeof path);
	struct wr community_wr = wr_of(communities, sizeof communities);
	struct wr wr = wr_of(packed, sizeof packed);
	struct address next_hop = address_ipv4(0x7f010000u + member);
	struct bgp_attrs attrs = { .next_hop_len_octets = 4, .has_med = true, .med = number };
	struct attr_id attr;

	wr_u8(&path_wr, BGP_SEGMENT_SEQUENCE);
	wr_u8(&path_wr, len);
	wr_u32(&path_wr, 1000 + member);
	for (uint32_t i = 1; i < len; i++)
		wr_u32(&path_wr, 200000 + (number * 7 + i * 131) % 50000);
	for (uint32_t i = 0; i < 6; i++)
		wr_u32(&community_wr, 3000u << 16 | (number + i) % 65536);
	mem_copy(attrs.next_hop, next_hop.octet, 4);
	attrs.as_path = wr_octets_of(&path_wr);
	attrs.communities = wr_octets_of(&community_wr);
	CHECK(!failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, &wr);
	CHECK(!failed(rib_attrs_take(rib, (struct session_id){ (uint16_t)member },
				     wr_octets_of(&wr), &attr)));
	return attr;
}

static void announce(struct rib *rib, struct plan *plan, uint32_t member, uint32_t prefixes,
		     uint32_t sets)
{
	for (uint32_t i = 0; i < prefixes; i++) {
		struct prefix prefix = { .family = FAMILY_IPV4,
					 .len_bits = (uint8_t)(i % 3 == 0 ? 23 : 24),
					 .octet = { (uint8_t)(20 + (i >> 15)), (uint8_t)(i >> 7),
						    (uint8_t)(i << 1) } };
		struct attr_id attr = attrs_take(rib, member, i % sets);
		struct rib_announcement announcement = { .session = { (uint16_t)member },
							 .attr = attr,
							 .now_s = 1 };
		enum rib_held before;
		CHECK(plan_session_of(plan, announcement.session) != NULL);
		struct rib_prefix keyed = rib_prefix_of(rib, &prefix);
		CHECK(!failed(rib_announce(rib, &keyed, &announcement, &before)));
		rib_attrs_release(rib, attr);
	}
}

struct sum {
	uint64_t routes;
	uint64_t refused;
};

static void add(void *context, const struct prefix *prefix, const struct route *route,
		enum reason after)
{
	struct sum *sum = context;

	(void)prefix;
	sum->routes++;
	sum->refused += route->reason == 0 && after != REASON_NONE;
}

static struct sum dry_run(struct rib *rib, struct plan *plan, const char *what)
{
	struct heap heap = heap_libc();
	struct foresight foresight CLEAN(foresight_fini);
	struct sum sum = { 0 };
	uint32_t place = 0;
	double start = cpu_s();
	double longest = 0;
	bool more = true;

	foresight_init(&foresight, &heap);
	while (more) {
		double before = cpu_s();
		more = rib_foresee(rib, FAMILY_IPV4, plan, &foresight, SLICE_ENTRIES, &place, add,
				   &sum);
		double took = cpu_s() - before;
		longest = took > longest ? took : longest;
	}
	double all = cpu_s() - start;
	printf("%s: %llu routes, %llu of them refused then: %.3f s, %.0f ns a route, longest "
	       "slice %.2f ms, %.1f MiB\n",
	       what, (unsigned long long)sum.routes, (unsigned long long)sum.refused, all,
	       all / (double)sum.routes * 1e9, longest * 1e3,
	       (double)heap.peak_octets / (1024 * 1024));
	return sum;
}

int main(int count, char **words)
{
	uint32_t members = count > 1 ? (uint32_t)strtoul(words[1], NULL, 10) : 8;
	uint32_t prefixes = count > 2 ? (uint32_t)strtoul(words[2], NULL, 10) : 125000;
	uint32_t sets = count > 3 ? (uint32_t)strtoul(words[3], NULL, 10) : 15000;
	struct heap heap = heap_libc();
	struct rib_counts counts;

	if (members == 0 || members > MEMBERS_MAX || prefixes == 0 || prefixes > 4194304 ||
	    sets == 0)
		return 2;
	struct plan *plan = plan_make(members, false);
	struct plan *strict = plan_make(members, true);
	struct rib *rib = rib_new(&heap, (struct hash_key){ 1, 2 }, plan);
	CHECK(rib != NULL);
	for (uint32_t i = 0; i < members; i++) {
		rib_session_identity(rib, (struct session_id){ (uint16_t)i }, 100 + i);
		announce(rib, plan, i, prefixes, sets);
	}
	while (rib_flush(rib, (struct instant){ 1 }) == RIB_FLUSH_MORE)
		continue;
	struct sum same = dry_run(rib, plan, "nothing changes");
	struct sum told = dry_run(rib, strict, "stricter       ");
	CHECK(same.refused == 0);
	double start = cpu_s();
	CHECK(!failed(rib_replan(rib, strict)));
	while (rib_replan_step(rib, SLICE_ENTRIES)) {
		while (rib_flush(rib, (struct instant){ 1 }) == RIB_FLUSH_MORE)
			continue;
	}
	rib_counts_of(rib, &counts);
	printf("adopted        : %llu refused, in %.3f s\n",
	       (unsigned long long)counts.refused[FAMILY_IPV4], cpu_s() - start);
	CHECK(counts.refused[FAMILY_IPV4] == told.refused);
	rib_free(rib);
	plan_unref(strict);
	plan_unref(plan);
	return 0;
}
