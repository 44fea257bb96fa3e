/* trial/load.h — a load for an exchange on trial, and what each member must hold under it.
 *
 * Every member announces `routes` routes; each prefix is announced by `overlap` members with paths
 * of different lengths.  Prefixes lie one behind the other, so they are a grid of the universe and
 * their numbers are their places in it.
 *
 * What a member must hold is worked out naively, with no code of the route server: of a prefix's
 * routes, shortest path first, the first that is not the member's own and addresses it.
 * Owns    the numbers of its attribute sets, from the heap it was given
 * Faults  LIMIT when memory is out
 * Thread  one at a time */
#ifndef TRIAL_LOAD_H
#define TRIAL_LOAD_H

#include <stdbool.h>

#include "base/heap.h"
#include "plan/plan.h"
#include "speaker/sets.h"
#include "speaker/universe.h"

#define LOAD_SERVER_ASN 64700u
#define LOAD_SERVER_ROUTER_ID 0x7f000001u
#define LOAD_ASN_FIRST 30000u  /* of the members: no bogon, no transit-free network among them */
#define LOAD_MEMBERS_MAX 2000u /* two addresses each must fit SESSIONS_MAX */
#define LOAD_PREFIXES_MAX 4000000u
#define LOAD_OVERLAP_MAX 16u
#define LOAD_PREFIXES_PER_SET 20u /* that share their attributes */
#define LOAD_STEERED_PERCENT 10u  /* of a load named .x10 */
#define LOAD_BARRED_SHARE 10u     /* one prefix in so many, at the most, is barred */

struct load_config {
	uint32_t members;
	uint32_t routes;  /* a member announces */
	uint32_t overlap; /* members that announce the same prefix; divides `routes` */
	enum family family;
	bool on_lan; /* sessions of the family itself, in 10.1.0.0/16 or fd00:1::/64 */
	/* What another route server withholds: the next best from whoever's own is the best, and
	 * from whom the best does not address. */
	bool hides_own;
	bool hides_filtered;
	uint32_t steered_percent; /* attribute sets with control communities */
	uint32_t churn_percent;   /* routes withdrawn and announced again in a round */
};

struct load {
	struct load_config config;
	uint32_t prefix_count;
	uint32_t prefixes_per_member; /* of which it is the first announcer */
	uint32_t groups;              /* attribute sets for those */
	uint32_t round;               /* of churn; 0 = all routes are announced */
	uint32_t barred;              /* so many prefixes, from the first on, no rule lets in */
	struct heap *heap;
	struct sets *sets;
	uint32_t *number; /* of the set as it must arrive: plain and prepended, by set's place */
};

/* One route: who announces it, and the place of its attribute set. */
struct load_route {
	uint32_t member;
	uint32_t home;    /* the prefix's first announcer */
	uint32_t group;   /* of prefixes with the same attributes */
	uint32_t rank;    /* its path is this much longer than the shortest */
	uint32_t place;   /* among all attribute sets */
	uint32_t variant; /* another set in place of its own; 0 = its own */
};

#define LOAD_PEERS 3u /* at most, named by the control communities of a set */
#define LOAD_SET_VALUES 64u

/* An attribute set with what it borrows from. */
struct load_attrs {
	struct bgp_attrs attrs;
	uint8_t path[2 + 4 * (LOAD_OVERLAP_MAX + 8)];
	uint8_t communities[LOAD_SET_VALUES];
	uint8_t large[LOAD_SET_VALUES];
};

MUST_USE struct fault load_init(struct load *load, struct heap *heap,
				const struct load_config *config, struct universe *universe,
				struct sets *sets);
void load_fini(struct load *load);

/* A load by its name: u100x1000 = 100 members announce 1,000 prefixes each; o100x50000k4 = 50,000
 * prefixes, each announced by 4 of 100 members; with .x10 one attribute set in ten carries control
 * communities.  The members' routes must divide evenly.  Other fields stay; false: no such name. */
MUST_USE bool load_named(const char *name, struct load_config *out);

/* The plan of the exchange: all members, their addresses, the default rules. */
struct plan *load_plan(const struct load_config *config);

/* What a change of rules bars: at most a tenth of the prefixes, the first ones, as one. */
uint32_t load_barred_count(const struct load_config *config);
struct prefix load_barred_prefix(const struct load_config *config);

/* A member's address: IPv4 in 127.1.0.0/16 or, on the LAN, 10.1.0.0/16; IPv6 in fd00:1::/64. */
struct address load_address(const struct load_config *config, enum family family, uint32_t member);

/* Where the server listens: 127.0.0.1, or on the LAN 10.1.255.1 or fd00:1::ffff. */
struct address load_server_address(const struct load_config *config);

/* Which member has this address; `members` when none. */
uint32_t load_member_at(const struct load_config *config, const struct address *address);

/* The home member of the prefixes that `member` announces as `candidate`. */
uint32_t load_home_of(const struct load *load, uint32_t member, uint32_t candidate);

struct load_route load_route_of(const struct load *load, uint32_t number, uint32_t candidate);
struct prefix load_prefix(const struct load *load, uint32_t number);

/* A prefix for which the member's route is the best, for everybody, and not barred; from its
 * *route'th on, which is moved behind it.  LOAD_PREFIXES_MAX when it has none. */
uint32_t load_own_best(const struct load *load, uint32_t member, uint32_t *route,
		       uint32_t *candidate);

/* As the member announces it, and as it must arrive. */
void load_attrs_sent(const struct load *load, const struct load_route *route,
		     struct load_attrs *out);
void load_attrs_received(const struct load *load, const struct load_route *route,
			 uint32_t prepend_count, struct load_attrs *out);

/* The route is withdrawn in the present round. */
bool load_is_out(const struct load *load, uint32_t number, uint32_t candidate);

/* The routes of a prefix that are not withdrawn, shortest path first. */
struct load_choice {
	const struct load_config *config;
	uint32_t count;
	struct load_candidate {
		uint32_t member;
		uint32_t candidate;
		uint32_t steering;
		uint32_t peer[LOAD_PEERS]; /* that its control communities name */
		uint32_t set[2];           /* as it must arrive: plain and prepended */
	} list[LOAD_OVERLAP_MAX];
};
void load_choice_of(const struct load *load, uint32_t number, struct load_choice *out);

/* The first that is not the member's own and addresses it; NULL when it must hold none. */
const struct load_candidate *load_pick(const struct load_choice *choice, uint32_t member,
				       uint32_t *set);

#endif
