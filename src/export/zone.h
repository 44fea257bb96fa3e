/* export/zone.h — reverse DNS zones of a peering LAN.
 *
 * An IPv4 zone ends at an octet and an IPv6 zone at a nibble, so a LAN of another size takes
 * several; one smaller than a /24 takes a zone of its own inside its /24 (RFC 2317), to which the
 * holder of the /24 delegates: zone_print_parent says with which lines.
 * Names are made of AS numbers alone: as64500, as64500-2, ... below the domain.
 * Owns    nothing
 * Bound   ZONES_MAX zones a LAN
 * Thread  any
 * Source  RFC 1035, RFC 1912, RFC 2317, RFC 3596 */
#ifndef EXPORT_ZONE_H
#define EXPORT_ZONE_H

#include "net/prefix.h"
#include "text/sink.h"

#define ZONES_MAX 128u /* a /9, or the worst nibble and octet */
#define ZONE_NAME_MAX 80u
#define ZONE_DOMAIN_MAX 190u /* leaves room for a label before it (RFC 1035 2.3.4) */
#define ZONE_SERVERS_MAX 8u
#define ZONE_TTL_S 3600u
#define ZONE_REFRESH_S 3600u /* RFC 1912 2.2 */
#define ZONE_RETRY_S 600u
#define ZONE_EXPIRE_S 1209600u
#define ZONE_NEGATIVE_S 600u

struct zone_address {
	struct address address;
	uint32_t asn;
};

struct zone_settings {
	const char *domain;  /* what names end in, without a closing dot */
	const char *contact; /* the mailbox as a name, without a closing dot */
	uint32_t serial;     /* RFC 1982: grows with the data, and only with them */
	uint32_t server_count;
	const char *server[ZONE_SERVERS_MAX]; /* the first is the primary */
};

/* The zones of the LAN in order; their number, at most ZONES_MAX. */
uint32_t zone_split(const struct prefix *lan, struct prefix out[ZONES_MAX]);

/* "2.0.192.in-addr.arpa", "64/26.2.0.192.in-addr.arpa" */
void zone_name(const struct prefix *zone, char out[ZONE_NAME_MAX]);

/* Letters, digits and "-" in labels of 1 to 63, not at their ends; no closing dot. */
bool zone_domain_is_good(const char *text);

/* Addresses in any order; they are sorted. */
void zone_print(const struct prefix *zone, struct zone_address *address, uint32_t count,
		const struct zone_settings *settings, struct text_sink out);

/* For the zone of the /24 around an RFC 2317 zone, or of what is above another: the delegation. */
void zone_print_parent(const struct prefix *zone, const struct zone_settings *settings,
		       struct text_sink out);

#endif
