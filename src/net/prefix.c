/* net/prefix.c — prefixes on the wire and in text. */
#include "net/prefix.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/mem.h"

void prefix_mask(struct prefix *prefix)
{
	uint32_t whole = prefix->len_bits / 8u;
	uint32_t rest = prefix->len_bits % 8u;

	if (rest != 0)
		prefix->octet[whole++] &= (uint8_t)(0xff00u >> rest);
	for (uint32_t i = whole; i < sizeof prefix->octet; i++)
		prefix->octet[i] = 0;
}

struct fault prefix_read_nlri(struct rd *rd, enum family family, struct prefix *out)
{
	uint32_t at = rd->pos;
	uint8_t len_bits = rd_u8(rd);
	uint32_t len_octets = (len_bits + 7u) / 8u;

	*out = (struct prefix){ .family = (uint8_t)family, .len_bits = len_bits };
	if (rd_ok(rd) && len_bits > prefix_bits_max(family)) {
		rd_fail(rd);
		return fault_at(FAULT_MALFORMED, 0, at);
	}
	struct octets octets = rd_take(rd, len_octets);
	if (!rd_ok(rd))
		return fault_at(FAULT_SHORT, 0, at);
	for (uint32_t i = 0; i < octets.len_octets; i++)
		out->octet[i] = octets.at[i];
	if (len_bits % 8u != 0)
		out->octet[len_octets - 1] &= (uint8_t)(0xff00u >> (len_bits % 8u));
	return fault_none();
}

void prefix_write_nlri(struct wr *wr, const struct prefix *prefix)
{
	wr_u8(wr, prefix->len_bits);
	wr_octets(wr, octets_of(prefix->octet, (prefix->len_bits + 7u) / 8u));
}

struct prefix prefix_of_address(const struct address *address, uint8_t len_bits)
{
	struct prefix prefix = { .family = address->family, .len_bits = len_bits };

	CHECK(len_bits <= prefix_bits_max((enum family)address->family));
	mem_copy(prefix.octet, address->octet, sizeof prefix.octet);
	prefix_mask(&prefix);
	return prefix;
}

static bool len_parse(const char *text, uint32_t max, uint8_t *out)
{
	uint32_t value = 0;

	if (!decimal_u32(text, max, &value))
		return false;
	*out = (uint8_t)value;
	return true;
}

bool prefix_parse(const char *text, struct prefix *out, bool *had_host_bits)
{
	char host[ADDRESS_TEXT_MAX] = { 0 };
	const char *slash = strchr(text, '/');
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	struct address address;

	if (len >= sizeof host)
		return false;
	mem_copy(host, text, len);
	if (!address_parse(host, &address))
		return false;
	uint32_t max = prefix_bits_max((enum family)address.family);
	uint8_t len_bits = (uint8_t)max;
	if (slash != NULL && !len_parse(slash + 1, max, &len_bits))
		return false;
	*out = prefix_of_address(&address, len_bits);
	if (had_host_bits != NULL)
		*had_host_bits = memcmp(out->octet, address.octet, sizeof out->octet) != 0;
	return true;
}

void prefix_print(const struct prefix *prefix, char *out)
{
	struct address address = { .family = prefix->family };

	mem_copy(address.octet, prefix->octet, sizeof address.octet);
	address_print(&address, out);
	size_t len = strlen(out);
	CHECK(snprintf(out + len, PREFIX_TEXT_MAX - len, "/%u", (unsigned)prefix->len_bits) > 0);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	int order = memcmp(a->octet, b->octet, sizeof a->octet);
	if (order != 0)
		return order;
	return (a->len_bits > b->len_bits) - (a->len_bits < b->len_bits);
}

bool prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
	if (outer->family != inner->family || outer->len_bits > inner->len_bits)
		return false;
	uint32_t whole = outer->len_bits / 8u;
	uint32_t rest = outer->len_bits % 8u;
	/* Most pairs differ at once: that is worth no call. */
	if (whole != 0 && outer->octet[0] != inner->octet[0])
		return false;
	if (memcmp(outer->octet, inner->octet, whole) != 0)
		return false;
	return rest == 0 ||
	       ((outer->octet[whole] ^ inner->octet[whole]) & (0xff00u >> rest) & 0xff) == 0;
}

bool prefix_has_address(const struct prefix *outer, const struct address *address)
{
	struct prefix host = { .family = address->family,
			       .len_bits = (uint8_t)prefix_bits_max((enum family)address->family) };

	mem_copy(host.octet, address->octet, sizeof host.octet);
	return prefix_contains(outer, &host);
}

struct address prefix_first(const struct prefix *prefix)
{
	struct address address = { .family = prefix->family };

	mem_copy(address.octet, prefix->octet, sizeof address.octet);
	return address;
}

struct address prefix_last(const struct prefix *prefix)
{
	struct address address = prefix_first(prefix);
	uint32_t bits = prefix_bits_max((enum family)prefix->family);

	for (uint32_t bit = prefix->len_bits; bit < bits; bit++)
		address.octet[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	return address;
}

struct prefix prefix_widest(const struct address *first, const struct address *last)
{
	uint32_t bits = prefix_bits_max((enum family)first->family);
	struct prefix widest = prefix_of_address(first, (uint8_t)bits);

	for (uint32_t len = bits; len-- > 0;) {
		struct prefix wider = prefix_of_address(first, (uint8_t)len);
		struct address begin = prefix_first(&wider);
		struct address end = prefix_last(&wider);
		if (address_compare(&begin, first) != 0 || address_compare(&end, last) > 0)
			break;
		widest = wider;
	}
	return widest;
}
