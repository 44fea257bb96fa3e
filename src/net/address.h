/* net/address.h — an IPv4 or IPv6 address as a plain value.
 * Shape   octets in network order; the unused twelve of IPv4 are zero
 * Thread  any */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/octets.h"
#include "net/identifier.h"

#define ADDRESS_TEXT_MAX 46u /* with the closing NUL */

struct address {
	uint8_t family; /* enum family */
	uint8_t octet[16];
};

static inline uint32_t address_len_octets(enum family family)
{
	return family == FAMILY_IPV4 ? 4 : 16;
}

struct address address_ipv4(uint32_t host_order);
uint32_t address_ipv4_of(const struct address *address);

/* 4 or 16 octets in network order; false for any other length. */
bool address_of_octets(struct octets octets, struct address *out);
struct octets address_octets_of(const struct address *address);

/* Strict: the whole text, no leading zeros in dotted quads, no scope. */
bool address_parse(const char *text, struct address *out);

/* RFC 5952 form.  `out` holds ADDRESS_TEXT_MAX. */
void address_print(const struct address *address, char *out);

/* Total order: family first, then octets. */
int address_compare(const struct address *a, const struct address *b);

/* The one behind; false: there is none. */
bool address_after(const struct address *address, struct address *out);

#endif
