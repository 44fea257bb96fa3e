/* demo/replay.c — members and routes from files. */
#include "demo/replay.h"

#include <stdio.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "registry/members.h"
#include "sys/unpack.h"
#include "tables/table.h"

#define SLOTS_MIN 4096u
#define PATH_ASNS_MAX 512u
#define NO_MEMBER UINT32_MAX
#define MULTICAST_IPV4 224u /* the first octet of what is no single host's */
#define MULTICAST_IPV6 0xffu

static const struct hash_key key = { 0x7265706c61792f6b, 0x65792f666f722f6d };

/* --- members ---------------------------------------------------------------------------------- */

/* One that a router on a LAN can have.  Behind 80 zero bits lie the unspecified address, the
 * loopback and IPv4 in disguise. */
static bool is_host(const struct address *address)
{
	static const struct prefix low = { .family = FAMILY_IPV6, .len_bits = 80 };
	static const struct prefix link = { .family = FAMILY_IPV6,
					    .len_bits = 10,
					    .octet = { 0xfe, 0x80 } };

	if (address->family == FAMILY_IPV4)
		return address->octet[0] != 0 && address->octet[0] < MULTICAST_IPV4;
	return address->octet[0] != MULTICAST_IPV6 && !prefix_has_address(&low, address) &&
	       !prefix_has_address(&link, address);
}

static bool is_wanted(const struct replay_options *options, const struct address *address)
{
	return is_host(address) &&
	       (!options->has_lan || prefix_has_address(&options->lan, address));
}

/* A connection's first address of each family is one scene member, its second another. */
static struct fault connection_add(struct scene *scene, const struct ixf_list *list,
				   const struct ixf_member *from,
				   const struct replay_options *options)
{
	for (uint32_t i = 0; i < from->address_count; i++) {
		const struct ixf_address *first = &list->address[from->address_first + i];
		struct scene_member member = { .asn = from->asn };
		enum family family = (enum family)first->address.family;
		if (first->no_session || !is_wanted(options, &first->address))
			continue;
		(void)snprintf(member.name, sizeof member.name, "%s",
			       from->name[0] != '\0' ? from->name : "unnamed");
		member.has[family] = true;
		member.address[family] = first->address;
		member.routes_max[family] = first->routes_max;
		if (i + 1 < from->address_count && first[1].connection == first->connection &&
		    !first[1].no_session && first[1].address.family != family) {
			member.has[first[1].address.family] = true;
			member.address[first[1].address.family] = first[1].address;
			member.routes_max[first[1].address.family] = first[1].routes_max;
			i++;
		}
		struct fault fault = scene_member_add(scene, &member);
		if (failed(fault) && fault.kind != FAULT_CONFLICT)
			return fault;
	}
	return fault_none();
}

struct fault replay_members(struct scene *scene, const char *file, struct octets text,
			    const struct replay_options *options, struct complaints *complaints)
{
	struct ixf_list list CLEAN(ixf_list_fini);

	ixf_list_init(&list, scene->heap);
	TRY(members_read(file, text, &list, complaints));
	for (uint32_t i = 0; i < list.member_count; i++) {
		struct fault fault = connection_add(scene, &list, &list.member[i], options);
		if (failed(fault)) {
			complain(complaints, false, "%s: more than %u members", file,
				 SCENE_MEMBERS_MAX);
			return fault;
		}
	}
	if (scene->member_count >= 2)
		return fault_none();
	complain(complaints, false, "%s: fewer than two members with an address to play", file);
	return fault_of(FAULT_ABSENT, 0);
}

/* --- routes ----------------------------------------------------------------------------------- */

struct replaying {
	struct scene *scene;
	const char *path;
	const struct replay_options *options;
	struct complaints *complaints;
	bool had_members; /* before the table */
	uint32_t *taken;  /* routes + 1 by hash of member and prefix */
	uint32_t taken_slots;
	uint32_t asn[PATH_ASNS_MAX];
	uint8_t path_octets[4 * PATH_ASNS_MAX + 8];
};

static uint32_t slot_of(const struct replaying *replaying, const uint32_t *slots, uint32_t count,
			uint32_t member, const struct prefix *prefix)
{
	const struct scene *scene = replaying->scene;
	uint64_t hash = hash_octets(key, octets_of(prefix, sizeof *prefix));
	uint32_t at = (uint32_t)(hash ^ (member * UINT64_C(0x9e3779b97f4a7c15) >> 20)) &
		      (count - 1);

	for (; slots[at] != 0; at = (at + 1) & (count - 1)) {
		const struct scene_route *route = &scene->route[slots[at] - 1];
		if (route->member == member && prefix_equal(&route->prefix, prefix))
			break;
	}
	return at;
}

static struct fault taken_grow(struct replaying *replaying)
{
	struct scene *scene = replaying->scene;

	if (scene->route_count * 2 < replaying->taken_slots)
		return fault_none();
	uint32_t wanted = replaying->taken_slots == 0 ? SLOTS_MIN : replaying->taken_slots * 2;
	uint32_t *fresh = heap_array(scene->heap, wanted, sizeof *fresh);
	if (fresh == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < scene->route_count; i++)
		fresh[slot_of(replaying, fresh, wanted, scene->route[i].member,
			      &scene->route[i].prefix)] = i + 1;
	heap_free(scene->heap, replaying->taken, replaying->taken_slots * sizeof *replaying->taken);
	replaying->taken = fresh;
	replaying->taken_slots = wanted;
	return fault_none();
}

/* The first route that a member has for a prefix stays. */
static struct fault route_take(struct replaying *replaying, uint32_t member,
			       const struct prefix *prefix, const struct bgp_attrs *attrs)
{
	if (!replaying->scene->member[member].has[prefix->family])
		return fault_none();
	TRY(taken_grow(replaying));
	uint32_t at = slot_of(replaying, replaying->taken, replaying->taken_slots, member, prefix);
	if (replaying->taken[at] != 0)
		return fault_none();
	struct fault fault = scene_route_add(replaying->scene, member, prefix, attrs, 0);
	if (fault.kind == FAULT_MALFORMED)
		return fault_none();
	if (!failed(fault))
		replaying->taken[at] = replaying->scene->route_count;
	return fault;
}

/* Member ASNs in the path announce it from there on.  Paths with sets are left to their peer. */
static struct fault path_cut(struct replaying *replaying, const struct table_route *route)
{
	struct bgp_path_walk walk = bgp_path_walk_of(route->attrs->as_path);
	struct bgp_attrs cut = *route->attrs;
	uint32_t count = 0;
	uint32_t last = 0;

	while (count < PATH_ASNS_MAX && bgp_path_walk_next(&walk, &replaying->asn[count]))
		count++;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t asn = replaying->asn[i];
		uint32_t member = asn == last ? NO_MEMBER : scene_member_of(replaying->scene, asn);
		last = asn;
		if (member == NO_MEMBER || (i != 0 && route->attrs->has_as_set) || count - i > 255)
			continue;
		struct wr wr = wr_of(replaying->path_octets, sizeof replaying->path_octets);
		wr_u8(&wr, BGP_SEGMENT_SEQUENCE);
		wr_u8(&wr, count - i);
		for (uint32_t j = i; j < count; j++)
			wr_u32(&wr, replaying->asn[j]);
		cut.as_path = i == 0 ? route->attrs->as_path : wr_octets_of(&wr);
		/* What the collector's peer was told is not what everybody was. */
		if (i != 0) {
			cut.communities = cut.large = cut.extended = (struct octets){ 0 };
			cut.has_med = false;
		}
		cut.next_hop_len_octets = 0;
		TRY(route_take(replaying, member, &route->prefix, &cut));
	}
	return fault_none();
}

/* --- without a list of members ---------------------------------------------------------------- */

static struct fault member_make(struct replaying *replaying, uint32_t asn,
				const struct address *address, uint32_t *out)
{
	struct scene *scene = replaying->scene;
	enum family family = (enum family)address->family;

	*out = scene_member_at(scene, address);
	if (*out != NO_MEMBER)
		return fault_none();
	/* The same network's other family, if it still lacks this one. */
	for (uint32_t i = 0; i < scene->member_count; i++) {
		struct scene_member *member = &scene->member[i];
		if (member->asn != asn || member->has[family])
			continue;
		member->has[family] = true;
		member->address[family] = *address;
		*out = i;
		return fault_none();
	}
	struct scene_member member = { .asn = asn };
	member.has[family] = true;
	member.address[family] = *address;
	(void)snprintf(member.name, sizeof member.name, "AS%u", asn);
	struct fault fault = scene_member_add(scene, &member);
	if (failed(fault)) {
		complain(replaying->complaints, false,
			 "%s: more than %u routers; take those of one LAN with --lan",
			 replaying->path, SCENE_MEMBERS_MAX);
		return fault;
	}
	*out = scene->member_count - 1;
	return fault_none();
}

/* The peer, when paths begin with its number; else the router that the next hop names. */
static struct fault announcer_find(struct replaying *replaying, const struct table_route *route,
				   uint32_t *out)
{
	const struct table_peer *peer = route->peer;
	const struct bgp_attrs *attrs = route->attrs;
	uint32_t first = attrs->first_asn;

	*out = NO_MEMBER;
	if (first == 0)
		return fault_none();
	if (first == peer->asn && peer->has_address) {
		if (!is_wanted(replaying->options, &peer->address))
			return fault_none();
		return member_make(replaying, first, &peer->address, out);
	}
	if (attrs->next_hop_len_octets == 0)
		return fault_none();
	struct address next_hop = bgp_attrs_next_hop(attrs);
	return is_wanted(replaying->options, &next_hop) ?
		       member_make(replaying, first, &next_hop, out) :
		       fault_none();
}

/* --- tables of origins ------------------------------------------------------------------------ */

static struct fault origin_take(struct replaying *replaying, const struct table_route *route,
				uint32_t asn)
{
	struct scene *scene = replaying->scene;
	struct bgp_attrs attrs = { .origin = BGP_ORIGIN_IGP };
	uint32_t member = scene_member_of(scene, asn);
	struct wr wr = wr_of(replaying->path_octets, sizeof replaying->path_octets);
	bool is_own = member != NO_MEMBER;

	if (!is_own)
		member = (uint32_t)(hash_words(key, asn, 0) % scene->member_count);
	wr_u8(&wr, BGP_SEGMENT_SEQUENCE);
	wr_u8(&wr, is_own ? 1 : 2);
	wr_u32(&wr, scene->member[member].asn);
	if (!is_own)
		wr_u32(&wr, asn);
	attrs.as_path = wr_octets_of(&wr);
	return route_take(replaying, member, &route->prefix, &attrs);
}

static struct fault origins_take(struct replaying *replaying, const struct table_route *route)
{
	if (replaying->scene->member_count == 0) {
		complain(replaying->complaints, false,
			 "%s: it says no paths, so somebody must announce its prefixes: give "
			 "members with --members FILE or --members N",
			 replaying->path);
		return fault_of(FAULT_ABSENT, 0);
	}
	/* A table of prefixes alone: spread over the members. */
	if (route->origin_count == 0)
		return origin_take(
			replaying, route,
			45001 + (uint32_t)(hash_octets(key, octets_of(&route->prefix, 4)) % 15000));
	for (uint32_t i = 0; i < route->origin_count; i++) {
		if (route->origins[i].asn != 0)
			TRY(origin_take(replaying, route, route->origins[i].asn));
	}
	return fault_none();
}

/* --- the whole -------------------------------------------------------------------------------- */

static struct fault route_see(void *context, const struct table_route *route)
{
	struct replaying *replaying = context;
	uint32_t member;

	if (route->is_withdrawal)
		return fault_none();
	if (route->attrs == NULL || route->peer == NULL)
		return origins_take(replaying, route);
	if (replaying->had_members)
		return path_cut(replaying, route);
	TRY(announcer_find(replaying, route, &member));
	return member == NO_MEMBER ? fault_none() :
				     route_take(replaying, member, &route->prefix, route->attrs);
}

static void progress_pass(void *context, uint64_t taken_octets, uint64_t total_octets)
{
	const struct replaying *replaying = context;

	if (replaying->options->progress != NULL)
		replaying->options->progress(replaying->options->context, taken_octets,
					     total_octets);
}

struct fault replay_table(struct scene *scene, const char *path,
			  const struct replay_options *options, struct complaints *complaints)
{
	struct replaying *replaying = heap_zero(scene->heap, sizeof *replaying);
	struct source *source = NULL;
	struct table_counts counts;

	if (replaying == NULL)
		return fault_of(FAULT_LIMIT, 0);
	replaying->scene = scene;
	replaying->path = path;
	replaying->options = options;
	replaying->complaints = complaints;
	replaying->had_members = scene->member_count != 0;
	uint32_t route_count = scene->route_count;
	struct fault fault = unpack_open(scene->heap, path, &source, complaints);
	if (!failed(fault)) {
		struct table_request request = { .heap = scene->heap,
						 .file = path,
						 .source = source,
						 .taker = { replaying, route_see, progress_pass },
						 .key = key };
		fault = table_read(&request, &counts, complaints);
		unpack_close(source);
	}
	heap_free(scene->heap, replaying->taken, replaying->taken_slots * sizeof(uint32_t));
	heap_free(scene->heap, replaying, sizeof *replaying);
	if (!failed(fault) && scene->route_count == route_count) {
		complain(complaints, false, "%s: no route of a member in it", path);
		return fault_of(FAULT_ABSENT, 0);
	}
	if (failed(fault) && complaints->error_count == 0)
		complain(complaints, false, "%s: out of memory, or more than %u routes", path,
			 SCENE_ROUTES_MAX);
	return fault;
}
