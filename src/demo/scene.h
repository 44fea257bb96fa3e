/* demo/scene.h — an exchange to be played: who its members are and what each announces.
 *
 *   scene.c    the lists
 *   lans.c     the LANs that members' addresses lie in
 *   made.c     members and routes in the shape of a real exchange, with some mistakes of every kind
 *   replay.c   members and routes from files: an IX-F export, routing tables
 *   stage.c    a directory, a network of its own, and a process that serves
 *   sweep.c    a process that takes the directory away
 *   play.c     the members' routers, what they hold, and what they should
 * Shape   a scene member is one connection: an AS may have several
 * Owns    its lists, from the heap it was given: scene_init/_fini
 * Faults  LIMIT when memory is out; what is wrong with a file, complaints say
 * Thread  one */
#ifndef DEMO_SCENE_H
#define DEMO_SCENE_H

#include "base/complaint.h"
#include "bgp/attrs.h"
#include "plan/plan.h"

#define SCENE_MEMBERS_MAX 2000u
#define SCENE_ROUTES_MAX (8u * 1024u * 1024u)

struct scene_member {
	uint32_t asn;
	char name[PLAN_NAME_MAX];
	bool has[FAMILY_COUNT];
	struct address address[FAMILY_COUNT];
	uint32_t routes_max[FAMILY_COUNT]; /* 0 = as many as it announces, and some */
	bool is_full[FAMILY_COUNT]; /* its limit is what it announces without the routes over it */
	uint32_t route_count[FAMILY_COUNT]; /* not yet settled: also those that others replace */
};

/* Packed attributes, kept once. */
struct scene_set {
	uint8_t *octets;
	uint32_t len_octets;
};

struct scene_route {
	uint32_t member;
	uint32_t set;
	uint32_t order; /* of coming: of two for one prefix the later counts */
	bool is_over;   /* announced after all others, when the member's limit is reached */
	struct prefix prefix;
};

struct scene {
	struct heap *heap;
	char name[PLAN_NAME_MAX];
	uint32_t asn;
	uint32_t never_via; /* a network that asks not to be carried by route servers; 0 = none */
	bool is_gathered;   /* addresses lay in more LANs than an exchange has, and were replaced */
	uint32_t lan_count;
	struct prefix lan[PLAN_LANS_MAX];
	struct scene_member *member;
	uint32_t member_count;
	uint32_t member_room;
	struct scene_set *set;
	uint32_t set_count;
	uint32_t set_room;
	uint32_t *set_slot; /* numbers + 1 by hash */
	uint32_t set_slots;
	struct scene_route *route; /* once settled: by member, family, set */
	uint32_t route_count;
	uint32_t route_room;
	uint32_t left_out; /* routes over a member's limit */
};

void scene_init(struct scene *scene, struct heap *heap);
void scene_fini(struct scene *scene); /* for CLEAN */

/* CONFLICT: the address is somebody's already. */
MUST_USE struct fault scene_member_add(struct scene *scene, const struct scene_member *member);

/* The first member of this AS, or with this address; UINT32_MAX when there is none. */
uint32_t scene_member_of(const struct scene *scene, uint32_t asn);
uint32_t scene_member_at(const struct scene *scene, const struct address *address);

enum scene_route_flag {
	SCENE_KEEPS_NEXT_HOP = 1,
	SCENE_OVER_LIMIT = 2, /* is_over: the prefix must be nobody else's */
};

/* The next hop becomes the member's own address of the prefix's family, unless it is one of some
 * other member, or SCENE_KEEPS_NEXT_HOP. */
MUST_USE struct fault scene_route_add(struct scene *scene, uint32_t member,
				      const struct prefix *prefix, const struct bgp_attrs *attrs,
				      uint32_t flags);

/* The LANs that the members' addresses lie in, unless it has some.  LIMIT: more than PLAN_LANS_MAX.
 */
MUST_USE struct fault scene_lans_find(struct scene *scene);

/* Members with an address of the family, or everybody, get one of scene_address instead; next hops
 * follow.  The LANs are to be found anew. */
MUST_USE struct fault scene_gather(struct scene *scene, enum family family, bool everybody);

/* Of 127.1.0.0/16 and fd00:1::/64, by the member's number. */
struct address scene_address(enum family family, uint32_t number);

/* Sorts the routes and takes out those that a later one replaces or that a limit does not allow.
 * Nothing may be added after. */
void scene_settle(struct scene *scene);

/* Made-up members with their LANs, always the same for the same seed. */
MUST_USE struct fault scene_people(struct scene *scene, uint32_t members, uint64_t seed);

/* Made-up routes of the members that there are; over_limits: some are more than a member's limit,
 * which is to block them (LIMIT_ACTION_BLOCK). */
MUST_USE struct fault scene_routes(struct scene *scene, uint64_t seed, bool over_limits);

#endif
