/* bgp/attr_policy.c — the table of codes. */
#include "bgp/attr_policy.h"

#include <stddef.h>

const struct bgp_attr_policy bgp_attr_policy_default = {
	.action = {
		[0] = BGP_ATTR_DISCARD, /* reserved */
		[5] = BGP_ATTR_DISCARD, /* LOCAL_PREF */
		[9] = BGP_ATTR_DISCARD, /* ORIGINATOR_ID */
		[10] = BGP_ATTR_DISCARD, /* CLUSTER_LIST */
		[11] = BGP_ATTR_DISCARD, /* DPA */
		[12] = BGP_ATTR_DISCARD, /* ADVERTISER */
		[13] = BGP_ATTR_DISCARD, /* RCID_PATH */
		[19] = BGP_ATTR_DISCARD, /* SSA */
		[20] = BGP_ATTR_DISCARD, /* CONNECTOR */
		[21] = BGP_ATTR_DISCARD, /* AS_PATHLIMIT */
		[22] = BGP_ATTR_DISCARD, /* PMSI_TUNNEL */
		[23] = BGP_ATTR_DISCARD, /* TUNNEL_ENCAPSULATION */
		[24] = BGP_ATTR_DISCARD, /* TRAFFIC_ENGINEERING */
		[26] = BGP_ATTR_DISCARD, /* AIGP */
		[27] = BGP_ATTR_DISCARD, /* PE_DISTINGUISHER_LABELS */
		[28] = BGP_ATTR_DISCARD, /* ENTROPY_LABEL */
		[29] = BGP_ATTR_DISCARD, /* BGP-LS */
		[30] = BGP_ATTR_DISCARD, /* deprecated */
		[31] = BGP_ATTR_DISCARD, /* deprecated */
		[33] = BGP_ATTR_DISCARD, /* BGPSEC_PATH */
		[34] = BGP_ATTR_DISCARD, /* COMMUNITY_CONTAINER */
		[36] = BGP_ATTR_DISCARD, /* D-PATH */
		[37] = BGP_ATTR_DISCARD, /* SFP */
		[38] = BGP_ATTR_DISCARD, /* BFD_DISCRIMINATOR */
		[39] = BGP_ATTR_DISCARD, /* NEXT_HOP_CHARACTERISTICS */
		[40] = BGP_ATTR_DISCARD, /* PREFIX_SID */
		[41] = BGP_ATTR_DISCARD, /* BIER */
		[128] = BGP_ATTR_DISCARD, /* ATTR_SET */
		[129] = BGP_ATTR_DISCARD, /* deprecated */
		[241] = BGP_ATTR_DISCARD, /* deprecated */
		[242] = BGP_ATTR_DISCARD, /* deprecated */
		[243] = BGP_ATTR_DISCARD, /* deprecated */
		/* Nobody's, but BIRD 2.0 keeps its own label stack under it and refuses a route
		 * that brings it along: whoever added it would hide the route from others. */
		[254] = BGP_ATTR_DISCARD,
	},
};

static const char *const names[] = {
	[0] = "reserved",
	[1] = "ORIGIN",
	[2] = "AS_PATH",
	[3] = "NEXT_HOP",
	[4] = "MULTI_EXIT_DISC",
	[5] = "LOCAL_PREF",
	[6] = "ATOMIC_AGGREGATE",
	[7] = "AGGREGATOR",
	[8] = "COMMUNITIES",
	[9] = "ORIGINATOR_ID",
	[10] = "CLUSTER_LIST",
	[11] = "DPA",
	[12] = "ADVERTISER",
	[13] = "RCID_PATH",
	[14] = "MP_REACH_NLRI",
	[15] = "MP_UNREACH_NLRI",
	[16] = "EXTENDED COMMUNITIES",
	[17] = "AS4_PATH",
	[18] = "AS4_AGGREGATOR",
	[19] = "SSA",
	[20] = "CONNECTOR",
	[21] = "AS_PATHLIMIT",
	[22] = "PMSI_TUNNEL",
	[23] = "TUNNEL_ENCAPSULATION",
	[24] = "TRAFFIC_ENGINEERING",
	[25] = "IPV6 EXTENDED COMMUNITIES",
	[26] = "AIGP",
	[27] = "PE_DISTINGUISHER_LABELS",
	[28] = "ENTROPY_LABEL",
	[29] = "BGP-LS",
	[30] = "deprecated",
	[31] = "deprecated",
	[32] = "LARGE_COMMUNITY",
	[33] = "BGPSEC_PATH",
	[34] = "COMMUNITY_CONTAINER",
	[35] = "ONLY_TO_CUSTOMER",
	[36] = "D-PATH",
	[37] = "SFP",
	[38] = "BFD_DISCRIMINATOR",
	[39] = "NEXT_HOP_CHARACTERISTICS",
	[40] = "PREFIX_SID",
	[41] = "BIER",
	[128] = "ATTR_SET",
	[129] = "deprecated",
	[241] = "deprecated",
	[242] = "deprecated",
	[243] = "deprecated",
};

const char *bgp_attr_name(uint8_t code)
{
	return code < sizeof names / sizeof *names ? names[code] : NULL;
}
