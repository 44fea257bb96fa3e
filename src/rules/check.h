/* rules/check.h — the import checks.
 *
 * A case is a route without its prefix: what depends on the attributes and the sender is checked
 * once an UPDATE, what depends on the prefix once a prefix.  Both give the first check that fails,
 * in the order of enum reason.
 * Owns    nothing
 * Thread  any
 * Source  RFC 7454 (BCP 194), RFC 7948 4.8, RFC 7999, RFC 9234, RFC 9774, RFC 6996, RFC 7300,
 *         RFC 6811, draft-ietf-sidrops-aspa-verification */
#ifndef RULES_CHECK_H
#define RULES_CHECK_H

#include <stdbool.h>

#include "bgp/attrs.h"
#include "irr/data.h"
#include "net/prefix.h"
#include "plan/plan.h"
#include "rpki/data.h"
#include "rules/bogon.h"
#include "rules/reason.h"

#define RULES_DETAIL_MAX 128u

/* What the world says of routes.  NULL: it was not heard, and nothing is refused for it. */
struct rules_evidence {
	const struct rpki_data *rpki;
	const struct irr_data *irr;
};

/* Borrowed, all of it. */
struct rules_case {
	const struct plan *plan;
	struct rules_evidence evidence;
	const struct plan_session *from;
	const struct bgp_attrs *attrs;
	const struct irr_set *irr; /* the sender's; NULL: not heard, or the policy is off */
	bool is_blackhole;
};

struct rules_case rules_case_of(const struct plan *plan, struct rules_evidence evidence,
				const struct plan_session *from, const struct bgp_attrs *attrs);

enum reason rules_check_attrs(const struct rules_case *route);
enum reason rules_check_prefix(const struct rules_case *route, const struct prefix *prefix);

/* Both, for judging a held route again. */
enum reason rules_check(const struct rules_case *route, const struct prefix *prefix);

/* One check by itself, for explaining: true when the route passes it, or the policy is not to
 * refuse it; `detail` says what was found and what is allowed, or is empty. */
bool rules_check_one(enum reason reason, const struct rules_case *route,
		     const struct prefix *prefix, char detail[RULES_DETAIL_MAX]);

/* What the RPKI makes of the origin and of the path, whatever the policy. */
enum rpki_state rules_origin_state(const struct rules_case *route, const struct prefix *prefix);
enum rpki_state rules_path_state(const struct rules_case *route);

/* The sender's as-set holds the origin; the prefix: a blackhole's in a window of any length. */
bool rules_irr_has_origin(const struct rules_case *route);
bool rules_irr_has_prefix(const struct rules_case *route, const struct prefix *prefix);

#endif
