/* bgp/negotiate.c — two OPENs compared. */
#include "bgp/negotiate.h"

#include <stdio.h>

#include "bgp/family.h"

struct bgp_negotiated bgp_negotiate(const struct bgp_open *ours, const struct bgp_open *theirs)
{
	struct bgp_negotiated agreed = {
		.peer = *theirs,
		.hold_s = ours->hold_s < theirs->hold_s ? ours->hold_s : theirs->hold_s,
		.as4 = ours->as4 && theirs->as4,
		.extended_next_hop = ours->extended_next_hop && theirs->extended_next_hop,
		.extended_send = ours->extended_message && theirs->extended_message,
		.graceful_restart = ours->graceful_restart && theirs->graceful_restart,
		.refresh = ours->refresh && theirs->refresh,
		.enhanced_refresh = ours->enhanced_refresh && theirs->enhanced_refresh,
	};

	agreed.gr_notification = agreed.graceful_restart && ours->gr_notification &&
				 theirs->gr_notification;
	agreed.keepalive_s = agreed.hold_s / 3;
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		agreed.families[i] = ours->families[i] && theirs->families[i];
		agreed.add_path_send[i] = ours->add_path_send[i] && theirs->add_path_receive[i];
	}
	return agreed;
}

/* RFC 9234 4.2: the other end of a route server is its client, and the other way round. */
static bool roles_fit(const struct bgp_session_config *config, uint8_t theirs)
{
	uint8_t ours = config->offer.role;

	if (theirs == BGP_ROLE_NONE)
		return !config->require_role;
	if (ours == BGP_ROLE_NONE)
		return true;
	return (ours == BGP_ROLE_ROUTE_SERVER && theirs == BGP_ROLE_ROUTE_SERVER_CLIENT) ||
	       (ours == BGP_ROLE_ROUTE_SERVER_CLIENT && theirs == BGP_ROLE_ROUTE_SERVER);
}

static void refuse(struct bgp_refusal *refusal, enum bgp_open_subcode subcode)
{
	*refusal = bgp_refusal_of(BGP_ERROR_OPEN, (uint8_t)subcode);
}

/* It is not as it was registered: the AS number, and what the member and the exchange agreed on. */
static void refuse_unregistered(struct bgp_refusal *refusal, enum bgp_open_subcode subcode)
{
	refuse(refusal, subcode);
	refusal->ground = BGP_GROUND_REGISTERED;
}

static const char *role_name(uint8_t role)
{
	static const char *const names[] = {
		[BGP_ROLE_PROVIDER] = "provider",
		[BGP_ROLE_ROUTE_SERVER] = "route server",
		[BGP_ROLE_ROUTE_SERVER_CLIENT] = "route server client",
		[BGP_ROLE_CUSTOMER] = "customer",
		[BGP_ROLE_PEER] = "peer",
	};

	return role < sizeof names / sizeof *names ? names[role] : "unknown";
}

static void refuse_role(struct bgp_refusal *refusal, uint8_t theirs)
{
	refuse_unregistered(refusal, BGP_OPEN_ROLE);
	if (theirs == BGP_ROLE_NONE)
		(void)snprintf(refusal->why, sizeof refusal->why, "it says no role");
	else
		(void)snprintf(refusal->why, sizeof refusal->why, "it says it is %s (%u)",
			       role_name(theirs), theirs);
}

static void refuse_as(struct bgp_refusal *refusal, uint32_t theirs, uint32_t wanted)
{
	refuse_unregistered(refusal, BGP_OPEN_PEER_AS);
	(void)snprintf(refusal->why, sizeof refusal->why, "it says AS%u, not AS%u", theirs, wanted);
}

/* RFC 5492 5: the data is the capability that is missing, as we would send it. */
static void refuse_without_as4(struct bgp_refusal *refusal, uint32_t asn)
{
	uint8_t octets[6];
	struct wr wr = wr_of(octets, sizeof octets);

	wr_u8(&wr, BGP_CAPABILITY_AS4);
	wr_u8(&wr, 4);
	wr_u32(&wr, asn);
	refuse_unregistered(refusal, BGP_OPEN_CAPABILITY);
	(void)snprintf(refusal->why, sizeof refusal->why, "it knows no four-octet AS numbers");
	bgp_refusal_data(refusal, wr_octets_of(&wr));
}

/* The data is the capability that is missing, as it is to be: IPv4 unicast with IPv6 next hops. */
static void refuse_without_extended_next_hop(struct bgp_refusal *refusal)
{
	uint8_t octets[8];
	struct wr wr = wr_of(octets, sizeof octets);

	wr_u8(&wr, BGP_CAPABILITY_EXTENDED_NEXT_HOP);
	wr_u8(&wr, 6);
	wr_u16(&wr, BGP_AFI_IPV4);
	wr_u16(&wr, BGP_SAFI_UNICAST);
	wr_u16(&wr, BGP_AFI_IPV6);
	refuse(refusal, BGP_OPEN_CAPABILITY);
	refusal->ground = BGP_GROUND_NEXT_HOP;
	(void)snprintf(refusal->why, sizeof refusal->why,
		       "it takes no IPv6 next hops for IPv4 (ipv6_only_lan: require)");
	bgp_refusal_data(refusal, wr_octets_of(&wr));
}

struct fault bgp_open_judge(const struct bgp_session_config *config, const struct bgp_open *open,
			    struct bgp_refusal *refusal)
{
	/* RFC 6286 2.2: only a speaker of our own AS may not bear our identifier. */
	bool is_internal = config->offer.asn == open->asn;

	if (open->asn != config->peer_asn)
		refuse_as(refusal, open->asn, config->peer_asn);
	else if (is_internal && open->router_id == config->offer.router_id)
		refuse(refusal, BGP_OPEN_ROUTER_ID);
	else if (!open->as4 && !config->allow_as2)
		refuse_without_as4(refusal, config->offer.asn);
	else if (!roles_fit(config, open->role))
		refuse_role(refusal, open->role);
	else if (config->require_extended_next_hop && open->families[FAMILY_IPV4] &&
		 !open->extended_next_hop)
		refuse_without_extended_next_hop(refusal);
	else
		return fault_none();
	return fault_of(FAULT_CONFLICT, refusal->subcode);
}

/* RFC 4271 6.8 and RFC 6286 2.3. */
bool bgp_collision_ours_stays(const struct bgp_open *ours, const struct bgp_open *theirs)
{
	if (ours->router_id != theirs->router_id)
		return ours->router_id > theirs->router_id;
	return ours->asn > theirs->asn;
}
