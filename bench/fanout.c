/* bench/fanout.c — what the shard itself costs: routes in, decided, encoded, walked for every
 * member.
 *
 *     fanout [MEMBERS] [ROUTES]      100 and 1,000 by default; each member announces its own
 *     prefixes
 *
 * No sockets: stretches are counted, not sent.  Prints times of this process's CPU for each part.
 * */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "kit/clock.h"
#include "members.h"
#include "rib/out.h"
#include "rules/check.h"

#define PREFIXES_AN_UPDATE 100u

/* The attributes of one UPDATE: their own for each member and group of prefixes. */
static uint32_t attrs_make(uint32_t member, uint32_t group, uint8_t *out, uint32_t room)
{
	uint8_t path[14] = { BGP_SEGMENT_SEQUENCE, 3 };
	uint8_t communities[8];
	struct wr path_wr = wr_of(path + 2, 12);
	struct wr com_wr = wr_of(communities, sizeof communities);
	struct wr wr = wr_of(out, room);
	struct bgp_attrs attrs = { .next_hop_len_octets = 4 };
	struct address next_hop = address_ipv4(0x7f010000u + member);

	wr_u32(&path_wr, 1000 + member);
	wr_u32(&path_wr, 5000 + group % 1000);
	wr_u32(&path_wr, 7000 + group % 77);
	wr_u32(&com_wr, 3000u << 16 | 1);
	wr_u32(&com_wr, 3000u << 16 | 2);
	mem_copy(attrs.next_hop, next_hop.octet, 4);
	attrs.as_path = octets_of(path, sizeof path);
	attrs.communities = wr_octets_of(&com_wr);
	CHECK(!failed(bgp_attrs_path_facts(&attrs)));
	bgp_attrs_pack(&attrs, &wr);
	return wr.pos;
}

static void routes_in(struct rib *rib, const struct plan *plan, uint32_t member, uint32_t routes)
{
	struct session_id session = { (uint16_t)member };
	uint8_t packed[256];

	for (uint32_t first = 0; first < routes; first += PREFIXES_AN_UPDATE) {
		struct attr_id attr;
		struct bgp_attrs attrs;
		uint32_t len = attrs_make(member, first / PREFIXES_AN_UPDATE, packed,
					  sizeof packed);
		CHECK(!failed(bgp_attrs_unpack(octets_of(packed, len), &attrs)));
		CHECK(!failed(rib_attrs_take(rib, session, octets_of(packed, len), &attr)));
		struct rules_case judged = rules_case_of(plan, rib_evidence(rib),
							 plan_session_of(plan, session), &attrs);
		enum reason reason = rules_check_attrs(&judged);
		for (uint32_t i = first; i < routes && i < first + PREFIXES_AN_UPDATE; i++) {
			uint32_t number = 0x14000000u + (member * routes + i) * 256u;
			struct address at = address_ipv4(number);
			struct prefix prefix = prefix_of_address(&at, 24);
			enum reason last = reason != REASON_NONE ?
						   reason :
						   rules_check_prefix(&judged, &prefix);
			struct rib_announcement announcement = { .session = session,
								 .attr = attr,
								 .reason = (uint8_t)last,
								 .now_s = 1 };
			enum rib_held before;
			struct rib_prefix keyed = rib_prefix_of(rib, &prefix);
			CHECK(!failed(rib_announce(rib, &keyed, &announcement, &before)));
		}
		rib_attrs_release(rib, attr);
	}
}

static uint64_t pull_all(struct rib *rib, uint32_t members, struct instant now)
{
	static uint8_t copy_octets[2 * 65536];
	struct rib_parts parts;
	uint64_t octets = 0;

	for (uint32_t i = 0; i < members; i++) {
		struct session_id session = { (uint16_t)i };
		for (bool more = true; more;) {
			struct wr copy = wr_of(copy_octets, sizeof copy_octets);
			switch (rib_pull(rib, session, FAMILY_IPV4, now, &parts, &copy)) {
			case RIB_PULL_NOTHING:
			case RIB_PULL_SHORT:
				more = false;
				break;
			case RIB_PULL_COPIED:
				octets += copy.pos;
				break;
			case RIB_PULL_PARTS_READY:
				octets += parts.len_octets;
				rib_pulled(rib, session, FAMILY_IPV4, &parts, parts.len_octets,
					   &copy);
				break;
			}
		}
	}
	return octets;
}

int main(int argc, char **argv)
{
	uint32_t members = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100;
	uint32_t routes = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000;
	struct heap heap = heap_libc();
	struct plan *plan = plan_of_members(members);
	struct rib *rib = rib_new(&heap, (struct hash_key){ 1, 2 }, plan);
	struct bgp_wire_profile wire = { .family = FAMILY_IPV4, .as4 = true };
	struct instant now = { 1 };
	double in_s = 0;
	double flush_s = 0;
	double pull_s = 0;
	uint64_t octets = 0;

	CHECK(rib != NULL && members != 0 && members <= SESSIONS_MAX);
	for (uint32_t i = 0; i < members; i++)
		CHECK(!failed(rib_out_join(rib, (struct session_id){ (uint16_t)i }, &wire)));
	(void)pull_all(rib, members, now);
	for (uint32_t i = 0; i < members; i++) {
		double start = cpu_s();
		routes_in(rib, plan, i, routes);
		in_s += cpu_s() - start;
		if (i % 16 != 15 && i + 1 != members)
			continue;
		for (bool more = true; more;) {
			start = cpu_s();
			more = rib_flush(rib, now) == RIB_FLUSH_MORE;
			flush_s += cpu_s() - start;
			start = cpu_s();
			octets += pull_all(rib, members, now);
			pull_s += cpu_s() - start;
		}
	}
	double total = (double)members * routes;
	printf("members %u, routes %.0f, deliveries %.0f\n", members, total, total * (members - 1));
	printf("in    %8.4f s  %7.1f ns a route\n", in_s, in_s * 1e9 / total);
	printf("flush %8.4f s  %7.1f ns a route\n", flush_s, flush_s * 1e9 / total);
	printf("walk  %8.4f s  %7.2f ns a delivery\n", pull_s,
	       pull_s * 1e9 / (total * (members > 1 ? members - 1 : 1)));
	printf("octets handed out %.1f MiB; memory %.1f MiB peak, %.1f octets a route\n",
	       (double)octets / 1048576, (double)heap.peak_octets / 1048576,
	       (double)heap.peak_octets / total);
	rib_free(rib);
	plan_unref(plan);
	return 0;
}
