/* rules/check.h — the import checks.
 *
 * What depends on the attributes and the sender is checked once an UPDATE, what depends on the
 * prefix once a prefix.  Both give the first check that fails, in the order of enum reason.
 * Owns    nothing
 * Thread  any
 * Source  RFC 7454 (BCP 194), RFC 7948 4.8, RFC 7999, RFC 9234, RFC 9774, RFC 6996, RFC 7300 */
#ifndef RULES_CHECK_H
#define RULES_CHECK_H

#include <stdbool.h>

#include "bgp/attrs.h"
#include "net/prefix.h"
#include "plan/plan.h"
#include "rules/bogon.h"
#include "rules/reason.h"

#define RULES_DETAIL_MAX 128u

enum reason rules_check_attrs(const struct plan *plan, const struct plan_session *from,
			      const struct bgp_attrs *attrs);
enum reason rules_check_prefix(const struct plan *plan, const struct prefix *prefix,
			       bool is_blackhole);

/* Both, for judging a held route again. */
enum reason rules_check(const struct plan *plan, const struct plan_session *from,
			const struct bgp_attrs *attrs, const struct prefix *prefix);

/* One check by itself, for explaining: true when the route passes it; `detail` says what was found
 * and what is allowed, or is empty. */
bool rules_check_one(enum reason reason, const struct plan *plan, const struct plan_session *from,
		     const struct bgp_attrs *attrs, const struct prefix *prefix,
		     char detail[RULES_DETAIL_MAX]);

#endif
