/* net/address.c — addresses to text and back.
 *
 * inet_pton and inet_ntop of the C library are functions of octets alone; they make no system
 * call. */
#include "net/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

struct address address_ipv4(uint32_t host_order)
{
	struct address address = { .family = FAMILY_IPV4 };

	address.octet[0] = (uint8_t)(host_order >> 24);
	address.octet[1] = (uint8_t)(host_order >> 16);
	address.octet[2] = (uint8_t)(host_order >> 8);
	address.octet[3] = (uint8_t)host_order;
	return address;
}

uint32_t address_ipv4_of(const struct address *address)
{
	return (uint32_t)address->octet[0] << 24 | (uint32_t)address->octet[1] << 16 |
	       (uint32_t)address->octet[2] << 8 | address->octet[3];
}

bool address_of_octets(struct octets octets, struct address *out)
{
	if (octets.len_octets != 4 && octets.len_octets != 16)
		return false;
	*out = (struct address){ .family = octets.len_octets == 4 ? FAMILY_IPV4 : FAMILY_IPV6 };
	mem_copy(out->octet, octets.at, octets.len_octets);
	return true;
}

struct octets address_octets_of(const struct address *address)
{
	return octets_of(address->octet, address_len_octets((enum family)address->family));
}

bool address_parse(const char *text, struct address *out)
{
	enum family family = strchr(text, ':') != NULL ? FAMILY_IPV6 : FAMILY_IPV4;

	*out = (struct address){ .family = (uint8_t)family };
	return inet_pton(family == FAMILY_IPV6 ? AF_INET6 : AF_INET, text, out->octet) == 1;
}

void address_print(const struct address *address, char *out)
{
	int af = address->family == FAMILY_IPV6 ? AF_INET6 : AF_INET;

	CHECK(inet_ntop(af, address->octet, out, ADDRESS_TEXT_MAX) != NULL);
}

int address_compare(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->octet, b->octet, sizeof a->octet);
}

bool address_after(const struct address *address, struct address *out)
{
	*out = *address;
	for (uint32_t at = address_len_octets((enum family)address->family); at-- > 0;) {
		if (++out->octet[at] != 0)
			return true;
	}
	return false;
}
