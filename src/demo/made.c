/* demo/made.c — a made-up exchange.
 *
 * The shape is that of real ones: a few networks announce most of the routes, most announce a
 * handful; prefixes of one origin share their attributes; customers of two members come over both;
 * some steer their routes by communities; and each kind of mistake is made by somebody, so that
 * there is something to explain.  Numbers and addresses are for this machine only. */
#include <stdio.h>

#include "demo/scene.h"

#define LARGE_PERCENT 8u
#define MIDDLE_PERCENT 25u
#define GROUP_PREFIXES_MAX 24u
#define PATH_ASNS_MAX 80u
#define COMMUNITIES_TOO_MANY 1001u /* one more than the rule book allows; they fit one message */
#define STANDARD_OCTETS (4u * (COMMUNITIES_TOO_MANY + 8u))
#define ROOM_USED_PERCENT 90u /* of a member's limit, by what is no mistake */
#define ROUTES_STREAM UINT64_C(0x726f75746573)

struct chance {
	uint64_t state;
};

/* Source  Steele, Lea, Flood: SplitMix64 */
static uint32_t below(struct chance *chance, uint32_t bound)
{
	uint64_t z = (chance->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) % bound);
}

static bool percent(struct chance *chance, uint32_t of_hundred)
{
	return below(chance, 100) < of_hundred;
}

/* A route in the making: attributes with what they borrow from. */
struct making {
	struct scene *scene;
	struct chance chance;
	uint32_t next_block[FAMILY_COUNT]; /* of address space not yet given to anybody */
	uint32_t next_origin;
	uint32_t next_culprit;
	uint32_t path[PATH_ASNS_MAX];
	uint32_t path_count;
	bool path_ends_in_set;
	uint8_t path_octets[4 * PATH_ASNS_MAX + 8];
	uint8_t standard[STANDARD_OCTETS];
	uint8_t large[64];
	struct wr standard_wr;
	struct wr large_wr;
	struct bgp_attrs attrs;
};

static void making_begin(struct making *making, uint32_t member)
{
	making->attrs = (struct bgp_attrs){ 0 };
	making->path[0] = making->scene->member[member].asn;
	making->path_count = 1;
	making->path_ends_in_set = false;
	making->standard_wr = wr_of(making->standard, sizeof making->standard);
	making->large_wr = wr_of(making->large, sizeof making->large);
}

static void path_add(struct making *making, uint32_t asn)
{
	if (making->path_count < PATH_ASNS_MAX)
		making->path[making->path_count++] = asn;
}

static void standard_add(struct making *making, uint32_t high, uint32_t low)
{
	wr_u16(&making->standard_wr, high);
	wr_u16(&making->standard_wr, low);
}

static void large_add(struct making *making, uint32_t function, uint32_t peer)
{
	wr_u32(&making->large_wr, making->scene->asn);
	wr_u32(&making->large_wr, function);
	wr_u32(&making->large_wr, peer);
}

static const struct bgp_attrs *making_end(struct making *making)
{
	struct wr wr = wr_of(making->path_octets, sizeof making->path_octets);
	uint32_t in_sequence = making->path_count - (making->path_ends_in_set ? 1 : 0);

	wr_u8(&wr, BGP_SEGMENT_SEQUENCE);
	wr_u8(&wr, in_sequence);
	for (uint32_t i = 0; i < in_sequence; i++)
		wr_u32(&wr, making->path[i]);
	if (making->path_ends_in_set) {
		wr_u8(&wr, BGP_SEGMENT_SET);
		wr_u8(&wr, 1);
		wr_u32(&wr, making->path[in_sequence]);
	}
	making->attrs.as_path = wr_octets_of(&wr);
	making->attrs.communities = wr_octets_of(&making->standard_wr);
	making->attrs.large = wr_octets_of(&making->large_wr);
	return &making->attrs;
}

/* --- addresses -------------------------------------------------------------------------------- */

/* The next /20 of 45/8 and up, the next /36 of 2a00::/12. */
static struct prefix block_next(struct making *making, enum family family)
{
	uint32_t block = making->next_block[family]++;
	struct prefix prefix = { .family = (uint8_t)family };

	if (family == FAMILY_IPV4) {
		uint32_t address = 0x2d000000u + (block << 12);
		prefix.len_bits = 20;
		for (uint32_t i = 0; i < 4; i++)
			prefix.octet[i] = (uint8_t)(address >> (24 - 8 * i));
	} else {
		prefix.len_bits = 36;
		prefix.octet[0] = 0x2a;
		prefix.octet[1] = (uint8_t)(0x01 + (block >> 20));
		prefix.octet[2] = (uint8_t)(block >> 12);
		prefix.octet[3] = (uint8_t)(block >> 4);
		prefix.octet[4] = (uint8_t)(block << 4);
	}
	return prefix;
}

/* Prefix number `i` of those in the block: the block itself, then its parts. */
static struct prefix part_of(const struct prefix *block, uint32_t i)
{
	struct prefix part = *block;

	if (i == 0)
		return part;
	if (block->family == FAMILY_IPV4) {
		part.len_bits = 24;
		part.octet[2] = (uint8_t)(part.octet[2] | ((i - 1) & 0xf));
	} else {
		part.len_bits = 44;
		part.octet[4] = (uint8_t)(part.octet[4] | ((i - 1) >> 4 & 0xf));
		part.octet[5] = (uint8_t)((i - 1) << 4);
	}
	return part;
}

/* --- members ---------------------------------------------------------------------------------- */

static struct fault members_make(struct making *making, uint32_t count)
{
	static const char *const kind[] = { "Carrier", "Regional", "Hosting",
					    "Campus",  "Access",   "Content" };
	struct scene *scene = making->scene;

	for (uint32_t i = 0; i < count; i++) {
		struct scene_member member = { .has = { true, percent(&making->chance, 80) } };
		/* Every third has a number that standard communities cannot name. */
		member.asn = i % 3 == 2 ? 201001 + i : 30001 + 7 * i;
		for (uint32_t f = 0; f < FAMILY_COUNT; f++)
			member.address[f] = scene_address((enum family)f, i);
		const char *word = i < count * LARGE_PERCENT / 100 + 1 ?
					   kind[0] :
					   kind[1 + below(&making->chance, 5)];
		(void)snprintf(member.name, sizeof member.name, "%s Net %u", word, i + 1);
		TRY(scene_member_add(scene, &member));
	}
	return fault_none();
}

/* Of the limit's so many percent some are not yet used up. */
static bool has_room(const struct scene_member *member, enum family family, uint64_t used_percent)
{
	uint64_t limit = member->routes_max[family];

	return member->has[family] &&
	       (limit == 0 || member->route_count[family] < (limit * used_percent + 99) / 100);
}

static uint32_t groups_of(struct making *making, uint32_t member)
{
	uint32_t place = member * 100 / making->scene->member_count;

	if (place < LARGE_PERCENT || member == 0)
		return 60 + below(&making->chance, 90);
	if (place < LARGE_PERCENT + MIDDLE_PERCENT)
		return 6 + below(&making->chance, 20);
	return 1 + below(&making->chance, 3);
}

/* --- routes ----------------------------------------------------------------------------------- */

static void steer(struct making *making, uint32_t member)
{
	struct scene *scene = making->scene;
	uint32_t other = below(&making->chance, scene->member_count);
	uint32_t asn =
		scene->member[other == member ? (other + 1) % scene->member_count : other].asn;

	switch (below(&making->chance, 5)) {
	case 0:
		large_add(making, 0, asn);
		break;
	case 1:
		large_add(making, 0, 0);
		large_add(making, 1, asn);
		break;
	case 2:
		large_add(making, 101 + below(&making->chance, 3), asn);
		break;
	case 3:
		large_add(making, 101 + below(&making->chance, 2), 0);
		break;
	default:
		if (asn <= UINT16_MAX)
			standard_add(making, 0, asn);
		break;
	}
}

static void attrs_make(struct making *making, uint32_t member, uint32_t origin, uint32_t hops)
{
	struct chance *chance = &making->chance;

	making_begin(making, member);
	if (percent(chance, 10)) {
		for (uint32_t i = 1 + below(chance, 3); i != 0; i--)
			path_add(making, making->path[0]);
	}
	for (uint32_t i = 0; i < hops; i++)
		path_add(making, 40001 + below(chance, 4000));
	if (origin != making->path[0])
		path_add(making, origin);
	making->attrs.origin = percent(chance, 88) ? BGP_ORIGIN_IGP : BGP_ORIGIN_INCOMPLETE;
	making->attrs.has_med = percent(chance, 25);
	making->attrs.med = making->attrs.has_med ? 10 * below(chance, 20) : 0;
	if (percent(chance, 60))
		standard_add(making, making->path[0] & 0xffff, 100 + below(chance, 40));
	if (percent(chance, 8))
		steer(making, member);
}

/* One origin's prefixes, in one set of attributes. */
static struct fault group_make(struct making *making, uint32_t member, enum family family)
{
	struct scene *scene = making->scene;
	struct chance *chance = &making->chance;
	struct prefix block = block_next(making, family);
	uint32_t origin = percent(chance, 30) ? scene->member[member].asn :
						45001 + making->next_origin++ % 15000;
	uint32_t count = 1 + below(chance, family == FAMILY_IPV4 ? GROUP_PREFIXES_MAX / 2 : 4);
	uint32_t carriers = percent(chance, 25) ? 2 + below(chance, 2) : 1;

	for (uint32_t c = 0; c < carriers; c++) {
		uint32_t by = (member + c * 5) % scene->member_count;
		attrs_make(making, by, origin, c + below(chance, 2));
		const struct bgp_attrs *attrs = making_end(making);
		for (uint32_t i = 0; i < count; i++) {
			if (!has_room(&scene->member[by], family, ROOM_USED_PERCENT))
				break;
			struct prefix prefix = part_of(&block, i);
			TRY(scene_route_add(scene, by, &prefix, attrs, 0));
		}
	}
	return fault_none();
}

static struct fault routes_make(struct making *making)
{
	for (uint32_t i = 0; i < making->scene->member_count; i++) {
		for (uint32_t left = groups_of(making, i); left != 0; left--) {
			TRY(group_make(making, i, FAMILY_IPV4));
			if (making->scene->member[i].has[FAMILY_IPV6] && left % 3 == 1)
				TRY(group_make(making, i, FAMILY_IPV6));
		}
	}
	return fault_none();
}

/* --- mistakes --------------------------------------------------------------------------------- */

/* One kind a reason, in the order of the checks. */
enum mistake {
	MISTAKE_MALFORMED,
	MISTAKE_AS_SET,
	MISTAKE_FIRST_AS,
	MISTAKE_OWN_AS,
	MISTAKE_PATH_LENGTH,
	MISTAKE_COMMUNITIES,
	MISTAKE_BOGON_ASN,
	MISTAKE_TRANSIT_FREE,
	MISTAKE_NEVER_VIA,
	MISTAKE_ROUTE_LEAK,
	MISTAKE_NEXT_HOP,
	MISTAKE_BLACKHOLE,
	MISTAKE_PREFIX_LENGTH,
	MISTAKE_LAN,
	MISTAKE_BOGON_PREFIX,
	MISTAKE_MAX_PREFIXES, /* the last: nothing may come after what is too much */
	MISTAKE_COUNT,
};

#define TRANSIT_FREE_ASN 3356u
#define TRANSIT_FREE_OTHER_ASN 1299u
#define NEVER_VIA_ASN 44901u
#define LAN_BITS_SEEN 24u /* of a LAN longer than this the length is what is wrong */

static void prefix_is(struct prefix *prefix, uint32_t address, uint8_t len_bits)
{
	*prefix = (struct prefix){ .family = FAMILY_IPV4, .len_bits = len_bits };
	for (uint32_t i = 0; i < 4; i++)
		prefix->octet[i] = (uint8_t)(address >> (24 - 8 * i));
	prefix_mask(prefix);
}

/* A router of another network; false when nobody else has the family. */
static bool next_hop_of_other(struct making *making, uint32_t member, enum family family)
{
	const struct scene *scene = making->scene;

	for (uint32_t i = 1; i < scene->member_count; i++) {
		const struct scene_member *other =
			&scene->member[(member + i) % scene->member_count];
		if (!other->has[family] || other->asn == scene->member[member].asn)
			continue;
		struct octets octets = address_octets_of(&other->address[family]);
		making->attrs.next_hop_len_octets = (uint8_t)octets.len_octets;
		for (uint32_t o = 0; o < octets.len_octets; o++)
			making->attrs.next_hop[o] = octets.at[o];
		return true;
	}
	return false;
}

static void length_wrong(struct prefix *prefix, uint32_t which)
{
	bool is_ipv4 = prefix->family == FAMILY_IPV4;

	prefix->len_bits = is_ipv4 ? 26 : 56;
	if (which % 2 == 1)
		prefix->len_bits = is_ipv4 ? 7 : 15;
	prefix_mask(prefix);
}

/* A part of an IPv4 LAN as long as an accepted prefix may be; IPv6 LANs are longer than those. */
static bool lan_leaked(const struct scene *scene, struct prefix *prefix)
{
	for (uint32_t i = 0; i < scene->lan_count; i++) {
		if (scene->lan[i].family != prefix->family ||
		    scene->lan[i].len_bits > LAN_BITS_SEEN)
			continue;
		*prefix = scene->lan[i];
		prefix->len_bits = LAN_BITS_SEEN;
		return prefix->family == FAMILY_IPV4;
	}
	return false;
}

/* 10.0.0.0/8 and 2001:db8::/32: leaked from somebody's inside, copied from a book. */
static void prefix_bogus(struct prefix *prefix, uint32_t which)
{
	if (prefix->family == FAMILY_IPV4) {
		prefix_is(prefix, 0x0a000000u + (which << 16), 16);
		return;
	}
	*prefix = (struct prefix){ .family = FAMILY_IPV6,
				   .len_bits = 48,
				   .octet = { 0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)which } };
}

/* COMMUNITIES of three octets.  As an attribute that is passed on unknown they go out as they are.
 */
static void communities_cut(struct making *making)
{
	static const uint8_t communities[] = {
		BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE, BGP_ATTR_COMMUNITIES, 3, 0xaf, 0xc9, 0x00
	};

	making->attrs.unknown = octets_of(communities, sizeof communities);
	making->attrs.is_malformed = true;
	making->attrs.fault_attr = BGP_ATTR_COMMUNITIES;
}

/* Makes the mistake in path and attributes. */
static bool attrs_mistaken(struct making *making, enum mistake mistake, uint32_t member,
			   enum family family)
{
	switch (mistake) {
	case MISTAKE_MALFORMED:
		communities_cut(making);
		return true;
	case MISTAKE_AS_SET:
		path_add(making, 45002);
		making->path_ends_in_set = true;
		return true;
	case MISTAKE_FIRST_AS:
		making->path[0] = 45003;
		return true;
	case MISTAKE_OWN_AS:
		path_add(making, making->scene->asn);
		return true;
	case MISTAKE_PATH_LENGTH:
		while (making->path_count < PATH_ASNS_MAX)
			path_add(making, 45004);
		return true;
	case MISTAKE_COMMUNITIES:
		for (uint32_t i = 0; i < COMMUNITIES_TOO_MANY; i++)
			standard_add(making, 45001, i);
		return true;
	case MISTAKE_BOGON_ASN:
		path_add(making, 64512);
		return true;
	case MISTAKE_TRANSIT_FREE:
		path_add(making, making->path[0] == TRANSIT_FREE_ASN ? TRANSIT_FREE_OTHER_ASN :
								       TRANSIT_FREE_ASN);
		path_add(making, 45005);
		return true;
	case MISTAKE_NEVER_VIA:
		path_add(making, NEVER_VIA_ASN);
		return true;
	case MISTAKE_ROUTE_LEAK:
		making->attrs.has_otc = true;
		making->attrs.otc = 45006;
		return true;
	case MISTAKE_NEXT_HOP:
		return next_hop_of_other(making, member, family);
	case MISTAKE_BLACKHOLE:
		standard_add(making, 65535, 666);
		return true;
	case MISTAKE_PREFIX_LENGTH:
	case MISTAKE_LAN:
	case MISTAKE_BOGON_PREFIX:
	case MISTAKE_MAX_PREFIXES:
	case MISTAKE_COUNT:
		break;
	}
	return true;
}

/* Or in the prefix. */
static bool prefix_mistaken(const struct making *making, enum mistake mistake, uint32_t which,
			    struct prefix *prefix)
{
	if (mistake == MISTAKE_BLACKHOLE)
		prefix->len_bits = (uint8_t)prefix_bits_max((enum family)prefix->family);
	else if (mistake == MISTAKE_PREFIX_LENGTH)
		length_wrong(prefix, which);
	else if (mistake == MISTAKE_BOGON_PREFIX)
		prefix_bogus(prefix, which);
	return mistake != MISTAKE_LAN || lan_leaked(making->scene, prefix);
}

/* Somebody who has the family and room; UINT32_MAX when nobody does. */
static uint32_t culprit_next(struct making *making, enum family family)
{
	const struct scene *scene = making->scene;

	for (uint32_t i = 0; i < scene->member_count; i++) {
		uint32_t member = making->next_culprit++ % scene->member_count;
		if (has_room(&scene->member[member], family, 100))
			return member;
	}
	return UINT32_MAX;
}

static uint32_t flags_of(enum mistake mistake)
{
	if (mistake == MISTAKE_NEXT_HOP)
		return SCENE_KEEPS_NEXT_HOP;
	return mistake == MISTAKE_MAX_PREFIXES ? SCENE_OVER_LIMIT : 0;
}

static struct fault mistake_make(struct making *making, enum mistake mistake, enum family family,
				 uint32_t which)
{
	uint32_t member = culprit_next(making, family);

	if (member == UINT32_MAX)
		return fault_none();
	struct prefix prefix = block_next(making, family);
	making_begin(making, member);
	path_add(making, 45001);
	if (!attrs_mistaken(making, mistake, member, family) ||
	    !prefix_mistaken(making, mistake, which, &prefix))
		return fault_none();
	return scene_route_add(making->scene, member, &prefix, making_end(making),
			       flags_of(mistake));
}

/* Of the kinds before `end` two or three each in IPv4, up to three in IPv6. */
static struct fault mistakes_make(struct making *making, enum mistake end)
{
	making->scene->never_via = NEVER_VIA_ASN;
	for (uint32_t i = 0; i < end; i++) {
		uint32_t count[FAMILY_COUNT] = { 2 + below(&making->chance, 2),
						 1 + below(&making->chance, 3) };
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			for (uint32_t which = 0; which < count[f]; which++)
				TRY(mistake_make(making, (enum mistake)i, (enum family)f, which));
		}
	}
	return fault_none();
}

/* --- the whole -------------------------------------------------------------------------------- */

struct fault scene_people(struct scene *scene, uint32_t members, uint64_t seed)
{
	struct making *making = heap_zero(scene->heap, sizeof *making);

	if (making == NULL)
		return fault_of(FAULT_LIMIT, 0);
	making->scene = scene;
	making->chance = (struct chance){ seed };
	struct fault fault = members_make(making, members);
	heap_free(scene->heap, making, sizeof *making);
	scene->lan_count = 2;
	prefix_is(&scene->lan[0], 0x7f010000u, 16);
	scene->lan[1] = (struct prefix){ .family = FAMILY_IPV6,
					 .len_bits = 64,
					 .octet = { 0xfd, 0x00, 0x00, 0x01 } };
	return fault;
}

struct fault scene_routes(struct scene *scene, uint64_t seed, bool over_limits)
{
	struct making *making = heap_zero(scene->heap, sizeof *making);

	if (making == NULL)
		return fault_of(FAULT_LIMIT, 0);
	making->scene = scene;
	making->chance = (struct chance){ seed ^ ROUTES_STREAM };
	struct fault fault = routes_make(making);
	if (!failed(fault))
		fault = mistakes_make(making, over_limits ? MISTAKE_COUNT : MISTAKE_MAX_PREFIXES);
	heap_free(scene->heap, making, sizeof *making);
	return fault;
}
