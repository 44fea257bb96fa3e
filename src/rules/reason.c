/* rules/reason.c — names and sentences of the checks. */
#include "rules/reason.h"

static const struct {
	const char *name;
	const char *sentence;
} reasons[REASON_COUNT] = {
	[REASON_NONE] = { "none", "The route is accepted." },
	[REASON_MALFORMED] = { "malformed",
			       "An attribute of the UPDATE was malformed (RFC 7606)." },
	[REASON_AS_SET] = { "as-set",
			    "The AS path holds an AS_SET or a confederation (RFC 9774)." },
	[REASON_FIRST_AS] = { "first-as", "The first AS of the path is not the member's." },
	[REASON_OWN_AS] = { "own-as", "The path already holds the exchange's own AS." },
	[REASON_PATH_LENGTH] = { "path-length", "The AS path is longer than the rules allow." },
	[REASON_BOGON_ASN] = { "bogon-asn",
			       "The path holds a private, reserved or documentation AS number." },
	[REASON_TRANSIT_FREE] = { "transit-free", "The path leads through a transit-free network "
						  "that is not the member." },
	[REASON_NEVER_VIA_ROUTE_SERVER] = { "never-via-route-server", "A network in the path asks "
								      "never to be reached through "
								      "route servers." },
	[REASON_ROUTE_LEAK] = { "route-leak", "The route carries OTC although it comes from a "
					      "member (RFC 9234)." },
	[REASON_NEXT_HOP] = { "next-hop", "The next hop is not an address of the member." },
	[REASON_BLACKHOLE] = { "blackhole", "The exchange offers no blackholing for this prefix." },
	[REASON_PREFIX_LENGTH] = { "prefix-length", "The prefix is too long or too short." },
	[REASON_PEERING_LAN] = { "peering-lan", "The prefix lies in the peering LAN." },
	[REASON_BOGON_PREFIX] = { "bogon-prefix",
				  "The prefix is not for use in the public Internet." },
	[REASON_MAX_PREFIXES] = { "max-prefixes",
				  "The member announces more prefixes than agreed." },
};

const char *reason_name(enum reason reason)
{
	return reason < REASON_COUNT ? reasons[reason].name : "unknown";
}

uint32_t reason_number(enum reason reason, bool is_too_short)
{
	switch (reason) {
	case REASON_PREFIX_LENGTH:
		return is_too_short ? 2 : 1;
	case REASON_PEERING_LAN:
	case REASON_BOGON_PREFIX:
		return 3;
	case REASON_BOGON_ASN:
		return 4;
	case REASON_PATH_LENGTH:
		return 5;
	case REASON_FIRST_AS:
		return 7;
	case REASON_NEXT_HOP:
		return 8;
	case REASON_TRANSIT_FREE:
		return 14;
	case REASON_NONE:
	case REASON_MALFORMED:
	case REASON_AS_SET:
	case REASON_OWN_AS:
	case REASON_NEVER_VIA_ROUTE_SERVER:
	case REASON_ROUTE_LEAK:
	case REASON_BLACKHOLE:
	case REASON_MAX_PREFIXES:
	case REASON_COUNT:
		return 0;
	}
	return 0;
}

const char *reason_sentence(enum reason reason)
{
	return reason < REASON_COUNT ? reasons[reason].sentence : "unknown";
}
