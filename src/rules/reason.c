/* rules/reason.c — names, sentences and sources of the checks. */
#include "rules/reason.h"

#include <string.h>

static const struct {
	const char *name;
	const char *reference;
	const char *sentence;
} reasons[REASON_COUNT] = {
	[REASON_NONE] = { "none", "", "The route is accepted." },
	[REASON_MALFORMED] = { "malformed", "RFC 7606",
			       "The UPDATE was malformed: it counts as a withdrawal." },
	[REASON_AS_SET] = { "as-set", "RFC 9774",
			    "The AS path holds an AS_SET or a confederation." },
	[REASON_FIRST_AS] = { "first-as", "RFC 7606 7.2",
			      "The first AS of the path is not the member's." },
	[REASON_OWN_AS] = { "own-as", "RFC 4271 9.1.2",
			    "The path already holds the exchange's own AS." },
	[REASON_PATH_LENGTH] = { "path-length", "", "The AS path is longer than the rules allow." },
	[REASON_COMMUNITIES] = { "communities", "",
				 "The route carries more communities than the rules allow." },
	[REASON_BOGON_ASN] = { "bogon-asn", "RFC 7454 9",
			       "The path holds a private, reserved or documentation AS number." },
	[REASON_TRANSIT_FREE] = { "transit-free", "",
				  "The path leads through a transit-free network that is not the "
				  "member." },
	[REASON_NEVER_VIA_ROUTE_SERVER] = { "never-via-route-server", "",
					    "A network in the path asks never to be reached "
					    "through route servers." },
	[REASON_ROUTE_LEAK] = { "route-leak", "RFC 9234 5",
				"The route carries OTC although it comes from a member." },
	[REASON_NEXT_HOP] = { "next-hop", "RFC 7948 4.8",
			      "The next hop is not an address of the member." },
	[REASON_ASPA_INVALID] = { "aspa-invalid", "draft-ietf-sidrops-aspa-verification",
				  "The path leads through a network that is no provider of the one "
				  "before it." },
	[REASON_IRR_ORIGIN] = { "irr-origin", "RFC 7948 4.6",
				"The network that originates the route is not in the member's "
				"as-set." },
	[REASON_BLACKHOLE] = { "blackhole", "RFC 7999",
			       "The exchange offers no blackholing for this prefix." },
	[REASON_PREFIX_LENGTH] = { "prefix-length", "RFC 7454 6.1.3",
				   "The prefix is too long or too short." },
	[REASON_PEERING_LAN] = { "peering-lan", "RFC 7454 6.1.5",
				 "The prefix lies in the peering LAN." },
	[REASON_BOGON_PREFIX] = { "bogon-prefix", "RFC 7454 6.1.1",
				  "The prefix is not for use in the public Internet." },
	[REASON_RPKI_INVALID] = { "rpki-invalid", "RFC 6811",
				  "ROAs cover the prefix, and none lets this AS originate it at "
				  "this length." },
	[REASON_IRR_PREFIX] = { "irr-prefix", "RFC 7948 4.6",
				"No network of the member's as-set registered the prefix at this "
				"length in the IRR." },
	[REASON_MAX_PREFIXES] = { "max-prefixes", "RFC 7454 8",
				  "The member announces more prefixes than agreed; this one came "
				  "when there was no room." },
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
	case REASON_IRR_PREFIX:
		return 9;
	case REASON_IRR_ORIGIN:
		return 10;
	case REASON_RPKI_INVALID:
		return 13;
	case REASON_TRANSIT_FREE:
		return 14;
	case REASON_COMMUNITIES:
		return 15;
	case REASON_NONE:
	case REASON_MALFORMED:
	case REASON_AS_SET:
	case REASON_OWN_AS:
	case REASON_NEVER_VIA_ROUTE_SERVER:
	case REASON_ROUTE_LEAK:
	case REASON_ASPA_INVALID:
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

const char *reason_reference(enum reason reason)
{
	return reason < REASON_COUNT ? reasons[reason].reference : "";
}

enum reason reason_of(const char *name)
{
	for (uint32_t i = 0; i < REASON_COUNT; i++) {
		if (strcmp(reasons[i].name, name) == 0)
			return (enum reason)i;
	}
	return REASON_COUNT;
}
