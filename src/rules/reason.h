/* rules/reason.h — why a route was refused: the named checks of the built-in rule book.
 * Owns    nothing
 * Thread  any */
#ifndef RULES_REASON_H
#define RULES_REASON_H

#include <stdbool.h>
#include <stdint.h>

/* In the order in which the checks are made: the first that fails is the reason kept. */
enum reason {
	REASON_NONE = 0, /* accepted */
	REASON_MALFORMED,
	REASON_AS_SET,
	REASON_FIRST_AS,
	REASON_OWN_AS,
	REASON_PATH_LENGTH,
	REASON_COMMUNITIES,
	REASON_BOGON_ASN,
	REASON_TRANSIT_FREE,
	REASON_NEVER_VIA_ROUTE_SERVER,
	REASON_ROUTE_LEAK,
	REASON_NEXT_HOP,
	REASON_ASPA_INVALID,
	REASON_IRR_ORIGIN,
	REASON_BLACKHOLE,
	REASON_PREFIX_LENGTH,
	REASON_PEERING_LAN,
	REASON_BOGON_PREFIX,
	REASON_RPKI_INVALID,
	REASON_IRR_PREFIX,
	REASON_MAX_PREFIXES,
	REASON_COUNT,
};

/* "bogon-asn": stable, for programs.  "none" for REASON_NONE. */
const char *reason_name(enum reason reason);

/* A sentence for people. */
const char *reason_sentence(enum reason reason);

/* "RFC 9774": where the check comes from; "" when it is the exchange's own. */
const char *reason_reference(enum reason reason);

/* By name; REASON_COUNT when there is none. */
enum reason reason_of(const char *name);

/* n of rs:1101:n, the large community by which looking glasses know the reason (Euro-IX numbering).
 * A prefix too long and one too short have different ones.  0 where the numbering has none:
 * malformed, as-set, own-as, never-via-route-server, route-leak, aspa-invalid, blackhole,
 * max-prefixes.  These go
 * by their names alone: the range is not ours to give numbers from.
 * rs:1102:n marks routes that are accepted so far although they fail a check: those whose policy is
 * to log it. */
uint32_t reason_number(enum reason reason, bool is_too_short);

#endif
