/* rules/path.h — what the checks ask of a route, each answered in one place; for check.c and
 * explain.c.
 * Owns    nothing
 * Thread  any */
#ifndef RULES_PATH_H
#define RULES_PATH_H

#include "bgp/attrs.h"
#include "net/prefix.h"
#include "plan/plan.h"
#include "rules/check.h"

/* The first of each kind in a path; 0 = none. */
struct path_finding {
	uint32_t own;
	uint32_t bogon;
	uint32_t transit_free;
	uint32_t never;
};

/* One walk for all four. */
struct path_finding rules_path_look(const struct plan *plan, const struct bgp_attrs *attrs);

/* Walked to its end: what contradicts it first. */
struct rpki_path rules_path_walked(const struct rules_case *route);

/* Of the kind there are most of. */
uint32_t rules_communities_count(const struct bgp_attrs *attrs);

bool rules_length_fits(const struct plan *plan, const struct prefix *prefix, bool is_blackhole);

/* The peering LAN that the prefix lies in; NULL: none. */
const struct prefix *rules_lan_of(const struct plan *plan, const struct prefix *prefix);

/* Of the rule book's further prefixes that nobody may announce: what it lies in; NULL: none. */
const struct prefix *rules_also_bogon_of(const struct plan *plan, const struct prefix *prefix);

#endif
