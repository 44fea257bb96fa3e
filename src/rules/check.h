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
#include "rules/reason.h"

enum reason rules_check_attrs(const struct plan *plan, const struct plan_session *from,
			      const struct bgp_attrs *attrs);
enum reason rules_check_prefix(const struct plan *plan, const struct plan_session *from,
			       const struct prefix *prefix, bool is_blackhole);

/* Both, for judging a held route again. */
enum reason rules_check(const struct plan *plan, const struct plan_session *from,
			const struct bgp_attrs *attrs, const struct prefix *prefix);

/* One check by itself, for explaining; `detail` says what was found, at most 127 octets. */
bool rules_check_one(enum reason reason, const struct plan *plan, const struct plan_session *from,
		     const struct bgp_attrs *attrs, const struct prefix *prefix, char detail[128]);

/* The number is for private use, documentation or reserved: no route with it in its path passes. */
bool rules_asn_is_bogon(uint32_t asn);
bool rules_prefix_is_bogon(const struct prefix *prefix);

#endif
