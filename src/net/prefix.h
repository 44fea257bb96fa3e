/* net/prefix.h — an address prefix as a plain value.
 * Shape   host bits and unused octets are always zero, so equal prefixes are equal octets
 * Faults  SHORT when octets are missing, MALFORMED when the length is too large for the family
 * Thread  any */
#ifndef NET_PREFIX_H
#define NET_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/rd.h"
#include "base/wr.h"
#include "net/address.h"
#include "net/identifier.h"

#define PREFIX_TEXT_MAX (ADDRESS_TEXT_MAX + 4u)

struct prefix {
	uint8_t family; /* enum family */
	uint8_t len_bits;
	uint8_t octet[16];
};

static inline uint32_t prefix_bits_max(enum family family)
{
	return family == FAMILY_IPV4 ? 32 : 128;
}

/* NLRI form, RFC 4271 4.3: length(8), then as many octets as it takes.  Host bits are masked. */
MUST_USE struct fault prefix_read_nlri(struct rd *rd, enum family family, struct prefix *out);
void prefix_write_nlri(struct wr *wr, const struct prefix *prefix);

static inline uint32_t prefix_nlri_octets(const struct prefix *prefix)
{
	return 1u + (prefix->len_bits + 7u) / 8u;
}

/* Clears the bits behind len_bits. */
void prefix_mask(struct prefix *prefix);

/* The prefix of `len_bits` around the address. */
struct prefix prefix_of_address(const struct address *address, uint8_t len_bits);

/* "192.0.2.0/24"; strict, the whole text.  *had_host_bits (may be NULL) tells that some were
 * cleared; without a "/" the prefix is the host's. */
bool prefix_parse(const char *text, struct prefix *out, bool *had_host_bits);
void prefix_print(const struct prefix *prefix, char *out); /* PREFIX_TEXT_MAX */

bool prefix_equal(const struct prefix *a, const struct prefix *b);
int prefix_compare(const struct prefix *a, const struct prefix *b);

/* `inner` lies in `outer`, or is the same. */
bool prefix_contains(const struct prefix *outer, const struct prefix *inner);
bool prefix_has_address(const struct prefix *outer, const struct address *address);

/* Its first address, and its last. */
struct address prefix_first(const struct prefix *prefix);
struct address prefix_last(const struct prefix *prefix);

/* The widest prefix that begins at `first` and ends not behind `last`. */
struct prefix prefix_widest(const struct address *first, const struct address *last);

#endif
