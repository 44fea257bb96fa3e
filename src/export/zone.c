/* export/zone.c — zones cut and written. */
#include "export/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OCTET_BITS 8u
#define NIBBLE_BITS 4u
#define CLASSLESS_FROM 24u /* longer IPv4 prefixes lie inside a zone of one octet */

static bool is_classless(const struct prefix *zone)
{
	return zone->family == FAMILY_IPV4 && zone->len_bits > CLASSLESS_FROM;
}

/* Where the prefix's zones end. */
static uint8_t cut_of(const struct prefix *lan)
{
	uint32_t step = lan->family == FAMILY_IPV4 ? OCTET_BITS : NIBBLE_BITS;
	uint32_t len = lan->len_bits == 0 ? 1 : lan->len_bits;

	return (uint8_t)(is_classless(lan) ? lan->len_bits : (len + step - 1) / step * step);
}

uint32_t zone_split(const struct prefix *lan, struct prefix out[ZONES_MAX])
{
	uint8_t cut = cut_of(lan);
	uint32_t count = UINT32_C(1) << (cut - lan->len_bits);
	uint32_t at = (uint32_t)(cut - 1) / OCTET_BITS; /* the octet that counts */
	uint32_t step = UINT32_C(1) << (OCTET_BITS - 1 - (uint32_t)(cut - 1) % OCTET_BITS);

	if (count > ZONES_MAX)
		count = ZONES_MAX;
	for (uint32_t i = 0; i < count; i++) {
		out[i] = *lan;
		out[i].len_bits = cut;
		out[i].octet[at] = (uint8_t)(out[i].octet[at] + i * step);
	}
	return count;
}

/* The labels of an address from label `first` on, counted from the end of the address: the name
 * relative to a zone of as many bits as lie before. */
static void ipv4_name(const uint8_t octet[16], uint32_t from, uint32_t to, char *out, size_t room)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = to; i-- > from && len < room;)
		len += (size_t)snprintf(out + len, room - len, "%s%u", len == 0 ? "" : ".",
					octet[i]);
}

static void ipv6_name(const uint8_t octet[16], uint32_t from, uint32_t to, char *out, size_t room)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = to; i-- > from && len < room;) {
		unsigned int nibble = i % 2 == 0 ? octet[i / 2] >> 4 : octet[i / 2] & 0xf;
		len += (size_t)snprintf(out + len, room - len, "%s%x", len == 0 ? "" : ".", nibble);
	}
}

void zone_name(const struct prefix *zone, char out[ZONE_NAME_MAX])
{
	char labels[ZONE_NAME_MAX - 16 - 8];

	if (zone->family == FAMILY_IPV6) {
		ipv6_name(zone->octet, 0, zone->len_bits / NIBBLE_BITS, labels, sizeof labels);
		(void)snprintf(out, ZONE_NAME_MAX, "%s.ip6.arpa", labels);
		return;
	}
	ipv4_name(zone->octet, 0, is_classless(zone) ? 3 : zone->len_bits / OCTET_BITS, labels,
		  sizeof labels);
	if (is_classless(zone))
		(void)snprintf(out, ZONE_NAME_MAX, "%u/%u.%s.in-addr.arpa", zone->octet[3],
			       zone->len_bits, labels);
	else
		(void)snprintf(out, ZONE_NAME_MAX, "%s.in-addr.arpa", labels);
}

bool zone_domain_is_good(const char *text)
{
	size_t label = 0;

	if (strlen(text) == 0 || strlen(text) > ZONE_DOMAIN_MAX)
		return false;
	for (const char *at = text;; at++) {
		bool is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
				 (*at >= '0' && *at <= '9');
		if (is_letter || (*at == '-' && label != 0)) {
			if (++label > 63)
				return false;
			continue;
		}
		if ((*at != '.' && *at != '\0') || label == 0 || at[-1] == '-')
			return false;
		if (*at == '\0')
			return true;
		label = 0;
	}
}

/* --- the zone itself -------------------------------------------------------------------------- */

static int by_member(const void *one, const void *other)
{
	const struct zone_address *a = one;
	const struct zone_address *b = other;

	if (a->asn != b->asn)
		return a->asn < b->asn ? -1 : 1;
	return address_compare(&a->address, &b->address);
}

static void servers_print(const struct zone_settings *settings, const char *owner,
			  struct text_sink out)
{
	for (uint32_t i = 0; i < settings->server_count; i++)
		(void)text_put(out, "%s\tIN NS\t%s.\n", i == 0 ? owner : "", settings->server[i]);
}

static void relative_name(const struct prefix *zone, const struct address *address, char *out,
			  size_t room)
{
	if (zone->family == FAMILY_IPV6)
		ipv6_name(address->octet, zone->len_bits / NIBBLE_BITS, 32, out, room);
	else
		ipv4_name(address->octet, is_classless(zone) ? 3 : zone->len_bits / OCTET_BITS, 4,
			  out, room);
}

void zone_print(const struct prefix *zone, struct zone_address *address, uint32_t count,
		const struct zone_settings *settings, struct text_sink out)
{
	char name[ZONE_NAME_MAX];
	uint32_t number = 0; /* of a member's addresses of the family, zones taken together */

	zone_name(zone, name);
	if (count > 1)
		qsort(address, count, sizeof *address, by_member);
	(void)text_put(out, "; %s\n$ORIGIN %s.\n$TTL %u\n", name, name, ZONE_TTL_S);
	(void)text_put(out, "@\tIN SOA\t%s. %s. %u %u %u %u %u\n", settings->server[0],
		       settings->contact, settings->serial, ZONE_REFRESH_S, ZONE_RETRY_S,
		       ZONE_EXPIRE_S, ZONE_NEGATIVE_S);
	servers_print(settings, "", out);
	for (uint32_t i = 0; i < count; i++) {
		char labels[ZONE_NAME_MAX];
		if (address[i].address.family != zone->family)
			continue;
		bool is_next = i != 0 && address[i - 1].asn == address[i].asn &&
			       address[i - 1].address.family == zone->family;
		number = is_next ? number + 1 : 1;
		if (!prefix_has_address(zone, &address[i].address))
			continue;
		relative_name(zone, &address[i].address, labels, sizeof labels);
		(void)text_put(out, "%s\tIN PTR\tas%u", labels, address[i].asn);
		if (number > 1)
			(void)text_put(out, "-%u", number);
		(void)text_put(out, ".%s.\n", settings->domain);
	}
}

void zone_print_parent(const struct prefix *zone, const struct zone_settings *settings,
		       struct text_sink out)
{
	struct prefix above = *zone;
	char name[ZONE_NAME_MAX];
	char label[ZONE_NAME_MAX];

	zone_name(zone, name);
	(void)snprintf(label, sizeof label, "%.*s", (int)strcspn(name, "."), name);
	above.len_bits = (uint8_t)(is_classless(zone)          ? CLASSLESS_FROM :
				   zone->family == FAMILY_IPV4 ? zone->len_bits - OCTET_BITS :
								 zone->len_bits - NIBBLE_BITS);
	if (above.len_bits == 0) {
		(void)text_put(out, "; %s is delegated by the arpa zone itself\n", name);
		return;
	}
	prefix_mask(&above);
	zone_name(&above, name);
	(void)text_put(out, "; for the zone %s\n$ORIGIN %s.\n", name, name);
	servers_print(settings, label, out);
	if (!is_classless(zone))
		return;
	for (uint32_t i = 0; i < UINT32_C(1) << (32 - zone->len_bits); i++)
		(void)text_put(out, "%u\tIN CNAME\t%u.%s\n", zone->octet[3] + i, zone->octet[3] + i,
			       label);
}
