/* trial/load.c — routes by arithmetic, and the model. */
#include "trial/load.h"

#include "base/check.h"
#include "base/mem.h"

#define LOOPBACK_IPV4 0x7f010000u
#define LAN_IPV4 0x0a010000u
#define SERVER_ON_LOOPBACK 0x7f000001u
#define SERVER_ON_LAN 0x0a01ff01u
#define SERVER_IPV6_NUMBER 0xfffeu
#define FIRST_PREFIX_IPV4 0x14000000u /* 20.0.0.0 */
#define SECOND_ASN 20000u
#define FILLER_ASN 22000u
#define ORIGIN_ASN 40000u
#define GROUP_COMMUNITY 3000u
#define HOME_COMMUNITY 3001u
#define VARIANT_COMMUNITY 3002u
#define PREPEND_COUNT 2u

/* The control communities of a set; 1 to 4 by chance where it has any. */
enum steering {
	STEERING_NONE = 0,
	STEERING_NOT_TO,  /* 0:peer */
	STEERING_ONLY_TO, /* rs:0:0 and rs:1:peer for some */
	STEERING_PREPEND, /* rs:102:peer */
	STEERING_ONLY_ONE /* 0:rs and rs:peer */
};
#define STEERINGS 4u

static uint64_t mix(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xbf58476d1ce4e5b9) + c;

	x ^= x >> 30;
	x *= UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return x ^ x >> 29;
}

struct address load_address(const struct load_config *config, enum family family, uint32_t member)
{
	struct address address = { .family = FAMILY_IPV6, .octet = { 0xfd, 0, 0, 1 } };

	if (family == FAMILY_IPV4)
		return address_ipv4((config->on_lan ? LAN_IPV4 : LOOPBACK_IPV4) + 1 + member);
	address.octet[14] = (uint8_t)((member + 1) >> 8);
	address.octet[15] = (uint8_t)(member + 1);
	return address;
}

struct address load_server_address(const struct load_config *config)
{
	if (!config->on_lan)
		return address_ipv4(SERVER_ON_LOOPBACK);
	if (config->family == FAMILY_IPV4)
		return address_ipv4(SERVER_ON_LAN);
	return load_address(config, FAMILY_IPV6, SERVER_IPV6_NUMBER);
}

uint32_t load_member_at(const struct load_config *config, const struct address *address)
{
	enum family family = (enum family)address->family;
	struct address first = load_address(config, family, 0);
	uint32_t member = (uint32_t)(address->octet[14] << 8 | address->octet[15]) - 1;

	if (family == FAMILY_IPV4)
		member = address_ipv4_of(address) - address_ipv4_of(&first);
	return member < config->members ? member : config->members;
}

static bool plan_fill(struct plan *plan, const struct load_config *config)
{
	for (uint32_t i = 0; i < config->members; i++) {
		if (failed(plan_member_add(plan, LOAD_ASN_FIRST + i, "member on trial")))
			return false;
	}
	/* The second address makes IPv6 next hops the member's own; no session comes from it. */
	for (uint32_t i = 0; i < 2 * config->members; i++) {
		uint32_t member = i % config->members;
		enum family family = i < config->members ? FAMILY_IPV4 : FAMILY_IPV6;
		struct plan_session session = {
			.id = { (uint16_t)i },
			.asn = LOAD_ASN_FIRST + member,
			.address = load_address(config, family, member),
			.routes_max = { config->routes, config->routes },
		};
		if (family == FAMILY_IPV6 && config->family != FAMILY_IPV6)
			break;
		if (failed(plan_session_add(plan, &session)))
			return false;
	}
	return true;
}

struct plan *load_plan(const struct load_config *config)
{
	struct plan *plan = plan_new();
	struct address lan[FAMILY_COUNT] = { load_address(config, FAMILY_IPV4, 0),
					     load_address(config, FAMILY_IPV6, 0) };

	if (plan == NULL)
		return NULL;
	plan->asn = LOAD_SERVER_ASN;
	plan->router_id = LOAD_SERVER_ROUTER_ID;
	plan->lan[0] = prefix_of_address(&lan[0], 16);
	plan->lan[1] = prefix_of_address(&lan[1], 64);
	plan->lan_count = 2;
	if (!plan_fill(plan, config)) {
		plan_unref(plan);
		return NULL;
	}
	plan_seal(plan);
	return plan;
}

/* --- routes ----------------------------------------------------------------------------------- */

uint32_t load_home_of(const struct load *load, uint32_t member, uint32_t candidate)
{
	uint32_t stride = load->config.members / load->config.overlap;

	return (member + load->config.members - candidate * stride) % load->config.members;
}

struct load_route load_route_of(const struct load *load, uint32_t number, uint32_t candidate)
{
	const struct load_config *config = &load->config;
	uint32_t home = number / load->prefixes_per_member;
	uint32_t group = number % load->prefixes_per_member / LOAD_PREFIXES_PER_SET;
	uint32_t stride = config->members / config->overlap;

	return (struct load_route){
		.member = (home + candidate * stride) % config->members,
		.home = home,
		.group = group,
		.rank = (candidate + home + group) % config->overlap,
		.place = (home * load->groups + group) * config->overlap + candidate,
	};
}

struct prefix load_prefix(const struct load *load, uint32_t number)
{
	struct prefix prefix = { .family = FAMILY_IPV6, .len_bits = 48, .octet = { 0x2a } };

	if (load->config.family == FAMILY_IPV4) {
		struct address address = address_ipv4(FIRST_PREFIX_IPV4 + number * 256u);
		return prefix_of_address(&address, 24);
	}
	for (uint32_t i = 0; i < 4; i++)
		prefix.octet[2 + i] = (uint8_t)(number >> (24 - 8 * i));
	return prefix;
}

/* The networks that all lie behind one another: the largest block that is aligned. */
static uint32_t barred_bits(const struct load_config *config)
{
	uint32_t most = config->routes / config->overlap * config->members / LOAD_BARRED_SHARE;
	uint32_t bits = 0;

	while (UINT64_C(2) << bits <= most)
		bits++;
	return bits;
}

uint32_t load_barred_count(const struct load_config *config)
{
	return 1u << barred_bits(config);
}

struct prefix load_barred_prefix(const struct load_config *config)
{
	struct load load = { .config = *config };
	struct prefix prefix = load_prefix(&load, 0);

	prefix.len_bits = (uint8_t)(prefix.len_bits - barred_bits(config));
	return prefix;
}

static enum steering steering_of(const struct load *load, const struct load_route *route)
{
	uint64_t chance = mix(route->place, 1, 0);

	if (chance % 100 >= load->config.steered_percent)
		return STEERING_NONE;
	return (enum steering)(1 + chance / 100 % STEERINGS);
}

/* The peers that a set's control communities name. */
static uint32_t named_peer(const struct load *load, const struct load_route *route, uint32_t which)
{
	return (uint32_t)(mix(route->place, 2, which) % load->config.members);
}

uint32_t load_own_best(const struct load *load, uint32_t member, uint32_t *route,
		       uint32_t *candidate)
{
	uint32_t count = load->prefixes_per_member;

	for (uint32_t i = 0; i < load->config.routes; i++) {
		uint32_t at = (*route)++ % load->config.routes;
		*candidate = at / count;
		uint32_t number = load_home_of(load, member, *candidate) * count + at % count;
		struct load_route one = load_route_of(load, number, *candidate);
		if (one.rank == 0 && number >= load->barred &&
		    steering_of(load, &one) == STEERING_NONE)
			return number;
	}
	return LOAD_PREFIXES_MAX;
}

static void community(struct wr *out, uint32_t high, uint32_t low)
{
	wr_u32(out, high << 16 | low);
}

static void large_community(struct wr *out, uint32_t function, uint32_t peer)
{
	wr_u32(out, LOAD_SERVER_ASN);
	wr_u32(out, function);
	wr_u32(out, peer);
}

static void steer(const struct load *load, const struct load_route *route, struct wr *communities,
		  struct wr *large)
{
	uint32_t peer = LOAD_ASN_FIRST + named_peer(load, route, 0);

	switch (steering_of(load, route)) {
	case STEERING_NONE:
		break;
	case STEERING_NOT_TO:
		community(communities, 0, peer);
		break;
	case STEERING_ONLY_TO:
		large_community(large, 0, 0);
		for (uint32_t i = 0; i < LOAD_PEERS; i++)
			large_community(large, 1, LOAD_ASN_FIRST + named_peer(load, route, i));
		break;
	case STEERING_PREPEND:
		large_community(large, 100 + PREPEND_COUNT, peer);
		break;
	case STEERING_ONLY_ONE:
		community(communities, 0, LOAD_SERVER_ASN);
		community(communities, LOAD_SERVER_ASN, peer);
		break;
	}
}

static void attrs_fill(const struct load *load, const struct load_route *route,
		       uint32_t prepend_count, bool is_steered, struct load_attrs *out)
{
	struct wr path = wr_of(out->path, sizeof out->path);
	struct wr communities = wr_of(out->communities, sizeof out->communities);
	struct wr large = wr_of(out->large, sizeof out->large);
	struct address next_hop = load_address(&load->config, load->config.family, route->member);

	wr_u8(&path, BGP_SEGMENT_SEQUENCE);
	wr_u8(&path, 3 + route->rank + prepend_count);
	for (uint32_t i = 0; i <= prepend_count; i++)
		wr_u32(&path, LOAD_ASN_FIRST + route->member);
	wr_u32(&path, SECOND_ASN + route->group % 2000);
	for (uint32_t i = 0; i < route->rank; i++)
		wr_u32(&path, FILLER_ASN + i);
	wr_u32(&path, ORIGIN_ASN + route->home);
	community(&communities, GROUP_COMMUNITY, route->group);
	community(&communities, HOME_COMMUNITY, route->home);
	if (route->variant != 0)
		community(&communities, VARIANT_COMMUNITY, route->variant);
	if (is_steered)
		steer(load, route, &communities, &large);
	CHECK(wr_ok(&path) && wr_ok(&communities) && wr_ok(&large));
	out->attrs = (struct bgp_attrs){
		.next_hop_len_octets = (uint8_t)address_len_octets(load->config.family),
		.as_path = wr_octets_of(&path),
		.communities = wr_octets_of(&communities),
		.large = wr_octets_of(&large),
	};
	mem_copy(out->attrs.next_hop, next_hop.octet, out->attrs.next_hop_len_octets);
}

void load_attrs_sent(const struct load *load, const struct load_route *route,
		     struct load_attrs *out)
{
	attrs_fill(load, route, 0, true, out);
}

/* RFC 9234 5: the route server's OTC is on what it sends. */
void load_attrs_received(const struct load *load, const struct load_route *route,
			 uint32_t prepend_count, struct load_attrs *out)
{
	attrs_fill(load, route, prepend_count, false, out);
	out->attrs.has_otc = true;
	out->attrs.otc = LOAD_SERVER_ASN;
}

static struct fault numbers_take(struct load *load)
{
	struct load_attrs attrs;

	for (uint32_t i = 0; i < load->prefix_count; i++) {
		if (i % load->prefixes_per_member % LOAD_PREFIXES_PER_SET != 0)
			continue;
		for (uint32_t j = 0; j < load->config.overlap; j++) {
			struct load_route route = load_route_of(load, i, j);
			load_attrs_received(load, &route, 0, &attrs);
			TRY(sets_take(load->sets, &attrs.attrs, &load->number[2 * route.place]));
			if (steering_of(load, &route) != STEERING_PREPEND)
				continue;
			load_attrs_received(load, &route, PREPEND_COUNT, &attrs);
			TRY(sets_take(load->sets, &attrs.attrs,
				      &load->number[2 * route.place + 1]));
		}
	}
	return fault_none();
}

static uint32_t numbers_room(const struct load *load)
{
	return 2 * load->config.members * load->groups * load->config.overlap;
}

struct fault load_init(struct load *load, struct heap *heap, const struct load_config *config,
		       struct universe *universe, struct sets *sets)
{
	CHECK(config->members <= LOAD_MEMBERS_MAX && config->overlap <= config->members);
	CHECK(config->overlap != 0 && config->overlap <= LOAD_OVERLAP_MAX);
	CHECK(config->routes != 0 && config->routes % config->overlap == 0);
	*load = (struct load){ .config = *config, .heap = heap, .sets = sets };
	load->prefixes_per_member = config->routes / config->overlap;
	load->prefix_count = load->prefixes_per_member * config->members;
	load->groups = (load->prefixes_per_member + LOAD_PREFIXES_PER_SET - 1) /
		       LOAD_PREFIXES_PER_SET;
	CHECK(load->prefix_count <= LOAD_PREFIXES_MAX);
	load->number = heap_array(heap, numbers_room(load), sizeof *load->number);
	if (load->number == NULL)
		return fault_of(FAULT_LIMIT, 0);
	struct prefix first = load_prefix(load, 0);
	struct fault fault = universe_add_grid(universe, &first, load->prefix_count);
	if (!failed(fault))
		fault = numbers_take(load);
	if (failed(fault))
		load_fini(load);
	return fault;
}

void load_fini(struct load *load)
{
	heap_free(load->heap, load->number, numbers_room(load) * sizeof *load->number);
	load->number = NULL;
}

/* --- what must be held ------------------------------------------------------------------------ */

bool load_is_out(const struct load *load, uint32_t number, uint32_t candidate)
{
	if (number < load->barred)
		return true;
	return load->round != 0 &&
	       mix(number, candidate, load->round) % 100 < load->config.churn_percent;
}

void load_choice_of(const struct load *load, uint32_t number, struct load_choice *out)
{
	uint32_t rank[LOAD_OVERLAP_MAX];

	out->count = 0;
	out->config = &load->config;
	for (uint32_t j = 0; j < load->config.overlap; j++) {
		struct load_route route = load_route_of(load, number, j);
		uint32_t at = out->count;
		if (load_is_out(load, number, j))
			continue;
		for (; at != 0 && rank[at - 1] > route.rank; at--) {
			rank[at] = rank[at - 1];
			out->list[at] = out->list[at - 1];
		}
		rank[at] = route.rank;
		struct load_candidate *candidate = &out->list[at];
		*candidate = (struct load_candidate){
			.member = route.member,
			.candidate = j,
			.steering = steering_of(load, &route),
			.set = { load->number[2 * route.place], load->number[2 * route.place + 1] },
		};
		for (uint32_t i = 0; i < LOAD_PEERS && candidate->steering != STEERING_NONE; i++)
			candidate->peer[i] = named_peer(load, &route, i);
		out->count++;
	}
}

static bool reaches(const struct load_candidate *candidate, uint32_t member)
{
	switch ((enum steering)candidate->steering) {
	case STEERING_NONE:
	case STEERING_PREPEND:
		return true;
	case STEERING_NOT_TO:
		return candidate->peer[0] != member;
	case STEERING_ONLY_TO:
		return candidate->peer[0] == member || candidate->peer[1] == member ||
		       candidate->peer[2] == member;
	case STEERING_ONLY_ONE:
		return candidate->peer[0] == member;
	}
	return false;
}

/* Who withholds the next best of one's own looks at it as at any other, and so goes on where one's
 * own would not have been sent. */
static bool hides(const struct load_config *config, bool is_own, bool reached)
{
	if (is_own)
		return config->hides_own && (reached || config->hides_filtered);
	return config->hides_filtered;
}

const struct load_candidate *load_pick(const struct load_choice *choice, uint32_t member,
				       uint32_t *set)
{
	*set = 0;
	for (uint32_t i = 0; i < choice->count; i++) {
		const struct load_candidate *candidate = &choice->list[i];
		bool is_prepended = candidate->steering == STEERING_PREPEND &&
				    candidate->peer[0] == member;
		bool reached = reaches(candidate, member);
		if (candidate->member != member && reached) {
			*set = candidate->set[is_prepended ? 1 : 0];
			return candidate;
		}
		if (hides(choice->config, candidate->member == member, reached))
			break;
	}
	return NULL;
}
