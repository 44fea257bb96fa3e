/* unit/rib/rejudge.c — a whole table under real VRPs, and half an hour of their life: only what the
 * changed ones cover is judged again, and every verdict is then what a fresh look says. */
#include <stdio.h>

#include "kit/data.h"
#include "kit/tap.h"
#include "kit/vrps.h"
#include "rib/look.h"
#include "rib/shard.h"
#include "sys/process.h"
#include "sys/unpack.h"
#include "tables/table.h"

#define MEMBER 6939u
#define TOUCHED_MAX 2000u
#define COVERED (207532u + 101832u + 70873u + 6370u) /* valid and invalid, of both tables */

static const char *const files[] = { "rpki/rpki-client.20250720T093135Z.json.bz2",
				     "rpki/rpki-client.20250720T100145Z.json.bz2" };
static const char *const tables[] = { "tables/rv2-20160202-1200.pfx2as.gz",
				      "tables/rv6-20210726-0800.pfx2as.gz" };

struct world {
	struct heap heap;
	struct plan *plan;
	struct rib *rib;
	const struct rpki_changes *changes;
	uint64_t routes;
	uint64_t touched; /* as a look at every changed prefix says */
};

static bool is_touched(const struct rpki_changes *changes, const struct prefix *prefix)
{
	for (uint32_t i = 0; i < changes->prefixes[prefix->family].count; i++) {
		struct vrp vrp = vrp_of_key((enum family)prefix->family,
					    &changes->prefixes[prefix->family].key[i]);
		if (prefix_contains(&vrp.prefix, prefix))
			return true;
	}
	return false;
}

static struct fault route_add(void *context, const struct table_route *route)
{
	struct world *world = context;
	uint32_t origin = route->origins[0].asn;
	uint8_t path[] = { BGP_SEGMENT_SEQUENCE,
			   2,
			   0,
			   0,
			   MEMBER >> 8,
			   MEMBER & 0xff,
			   (uint8_t)(origin >> 24),
			   (uint8_t)(origin >> 16),
			   (uint8_t)(origin >> 8),
			   (uint8_t)origin };
	struct bgp_attrs attrs = { .next_hop_len_octets = 4,
				   .next_hop = { 10, 0, 0, 1 },
				   .as_path = octets_of(path, sizeof path) };
	uint8_t packed[256];
	struct wr wr = wr_of(packed, sizeof packed);
	struct rib_announcement announcement = { .session = { 0 }, .now_s = 1 };
	enum rib_held before;

	if (origin == 0 || failed(bgp_attrs_path_facts(&attrs)))
		return fault_none();
	bgp_attrs_pack(&attrs, &wr);
	TRY(rib_attrs_take(world->rib, announcement.session, wr_octets_of(&wr),
			   &announcement.attr));
	struct rules_case judged = rules_case_of(world->plan, rib_evidence(world->rib),
						 plan_session_of(world->plan, announcement.session),
						 &attrs);
	announcement.reason = (uint8_t)rules_check(&judged, &route->prefix);
	struct rib_prefix at = rib_prefix_of(world->rib, &route->prefix);
	TRY(rib_announce(world->rib, &at, &announcement, &before));
	rib_attrs_release(world->rib, announcement.attr);
	world->routes += before == RIB_HELD_NOT ? 1 : 0;
	world->touched += before == RIB_HELD_NOT && is_touched(world->changes, &route->prefix) ? 1 :
												 0;
	return fault_none();
}

static void fill(struct world *world, const char *name)
{
	struct complaints complaints = { 0 };
	struct heap heap = heap_libc();
	struct source *source = NULL;
	struct table_counts counts;
	char path[4096];

	expect_true(data_find(name, path, sizeof path));
	expect_true(!failed(unpack_open(&heap, path, &source, &complaints)));
	struct table_request request = { .heap = &heap,
					 .file = path,
					 .source = source,
					 .taker = { .context = world, .route = route_add } };
	expect_true(!failed(table_read(&request, &counts, &complaints)));
	unpack_close(source);
}

static struct plan *plan_make(void)
{
	struct plan_session session = { .asn = MEMBER, .address = address_ipv4(0x0a000001) };
	struct plan *plan = plan_new();

	plan->asn = 64500;
	plan->rules.transit_free_count = 0;
	plan->rules.len_bits_max[FAMILY_IPV4] = 32;
	plan->rules.len_bits_max[FAMILY_IPV6] = 128;
	expect_true(!failed(plan_member_add(plan, MEMBER, "member")));
	expect_true(!failed(plan_session_add(plan, &session)));
	plan_seal(plan);
	return plan;
}

/* Judges on to the end; the longest time that one slice took. */
static int64_t judge_all(struct rib *rib)
{
	int64_t longest_us = 0;
	bool more = true;

	while (more) {
		struct instant begin = process_now();
		more = rib_rejudge_step(rib, 8192);
		int64_t us = instant_since(process_now(), begin).ns / NS_PER_US;
		longest_us = us > longest_us ? us : longest_us;
	}
	return longest_us;
}

static void verdict_check(void *context, const struct prefix *prefix, const struct route *routes,
			  uint32_t route_count)
{
	const struct world *world = context;
	const struct attr_set *set = attr_table_of(&world->rib->attrs, routes[0].attr);
	struct bgp_attrs attrs;

	expect_u64(route_count, 1);
	expect_true(!failed(bgp_attrs_unpack(attr_set_packed(set), &attrs)));
	struct rules_case judged = rules_case_of(world->plan, rib_evidence(world->rib),
						 plan_session_of(world->plan, routes[0].session),
						 &attrs);
	expect_u64(routes[0].reason, rules_check(&judged, prefix));
}

static void verdicts_check(struct world *world)
{
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		uint32_t place = 0;
		while (rib_look_walk(world->rib, (enum family)f, 65536, &place, verdict_check,
				     world))
			continue;
	}
}

/* Other data; how many routes were judged for it. */
static uint64_t change(struct world *world, const struct rpki_data *before, struct rpki_data *after,
		       const char *what)
{
	struct rpki_changes *changes = NULL;
	uint64_t judged = world->rib->rejudge.judged;

	expect_true(!failed(rpki_changes_make(before, after, &changes)));
	expect_true(!failed(rib_evidence_change(world->rib, after, changes)));
	struct instant begin = process_now();
	int64_t longest_us = judge_all(world->rib);
	judged = world->rib->rejudge.judged - judged;
	printf("# %s: %llu of %llu routes judged again, in %lld ms, at the most %lld us at once\n",
	       what, (unsigned long long)judged, (unsigned long long)world->routes,
	       (long long)(instant_since(process_now(), begin).ns / NS_PER_MS),
	       (long long)longest_us);
	rpki_changes_unref(changes);
	return judged;
}

static void case_step(void)
{
	static struct world world;
	struct rpki_data *before = vrps_load(files[0]);
	struct rpki_data *after = vrps_load(files[1]);
	struct rpki_changes *step = NULL;

	expect_true(!failed(rpki_changes_make(before, after, &step)));
	world = (struct world){ .heap = heap_libc(), .plan = plan_make(), .changes = step };
	world.rib = rib_new(&world.heap, (struct hash_key){ 1, 2 }, world.plan);
	for (uint32_t i = 0; i < 2; i++)
		fill(&world, tables[i]);
	uint64_t judged = change(&world, NULL, before, "all VRPs come");
	verdicts_check(&world);
	expect_u64(judged, COVERED);
	judged = change(&world, before, after, "half an hour");
	verdicts_check(&world);
	expect_u64(judged, world.touched);
	expect_true(judged > 0 && judged < TOUCHED_MAX);
	(void)change(&world, after, NULL, "all VRPs are too old");
	verdicts_check(&world);
	rpki_changes_unref(step);
	rib_free(world.rib);
	plan_unref(world.plan);
	rpki_data_unref(before);
	rpki_data_unref(after);
	expect_u64(world.heap.used_octets, 0);
}

static const struct tap_case cases[] = {
	{ "half an hour of real VRPs over a whole table", case_step, 120 },
};

TAP_MAIN(cases)
