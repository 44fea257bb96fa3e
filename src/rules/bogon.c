/* rules/bogon.c — bogons twice over: as a few comparisons for every prefix that comes in, and as
 * the list they were made from, for explaining.  A test holds the one against the other. */
#include "rules/bogon.h"

static const struct {
	uint32_t first;
	uint32_t last;
	const char *kind;
} bogon_asns[] = {
	{ 0, 0, "reserved (RFC 7607)" },
	{ 23456, 23456, "AS_TRANS (RFC 6793)" },
	{ 64496, 64511, "for documentation (RFC 5398)" },
	{ 64512, 65534, "for private use (RFC 6996)" },
	{ 65535, 65535, "reserved (RFC 7300)" },
	{ 65536, 65551, "for documentation (RFC 5398)" },
	{ 65552, 131071, "reserved by IANA" },
	{ 4200000000u, 4294967294u, "for private use (RFC 6996)" },
	{ 4294967295u, 4294967295u, "reserved (RFC 7300)" },
};

bool rules_asn_is_bogon(uint32_t asn)
{
	return asn == 0 || asn == 23456 || (asn >= 64496 && asn <= 131071) || asn >= 4200000000u;
}

const char *rules_asn_bogon_kind(uint32_t asn)
{
	for (uint32_t i = 0; i < sizeof bogon_asns / sizeof *bogon_asns; i++) {
		if (asn >= bogon_asns[i].first && asn <= bogon_asns[i].last)
			return bogon_asns[i].kind;
	}
	return NULL;
}

struct bogon {
	struct prefix prefix;
	const char *kind; /* NULL: an exception to the wider one behind it */
};

#define IPV4(len, ...) \
	{ \
		.family = FAMILY_IPV4, .len_bits = (len), .octet = { __VA_ARGS__ } \
	}
#define IPV6(len, ...) \
	{ \
		.family = FAMILY_IPV6, .len_bits = (len), .octet = { __VA_ARGS__ } \
	}

/* These and everything in them. */
static const struct bogon bogons[] = {
	{ IPV4(8, 0), "\"this network\" (RFC 791)" },
	{ IPV4(8, 10), "private use (RFC 1918)" },
	{ IPV4(10, 100, 64), "shared address space (RFC 6598)" },
	{ IPV4(8, 127), "loopback (RFC 1122)" },
	{ IPV4(16, 169, 254), "link-local (RFC 3927)" },
	{ IPV4(12, 172, 16), "private use (RFC 1918)" },
	{ IPV4(24, 192, 0, 0), "IETF protocol assignments (RFC 6890)" },
	{ IPV4(24, 192, 0, 2), "documentation (RFC 5737)" },
	{ IPV4(24, 192, 88, 99), "6to4 relay anycast, deprecated (RFC 7526)" },
	{ IPV4(16, 192, 168), "private use (RFC 1918)" },
	{ IPV4(15, 198, 18), "benchmarking (RFC 2544)" },
	{ IPV4(24, 198, 51, 100), "documentation (RFC 5737)" },
	{ IPV4(24, 203, 0, 113), "documentation (RFC 5737)" },
	{ IPV4(4, 224), "multicast (RFC 5771)" },
	{ IPV4(4, 240), "reserved (RFC 1112)" },
	{ IPV6(32, 0x20, 0x01, 0x00, 0x03), NULL },             /* AMT, RFC 7450 */
	{ IPV6(48, 0x20, 0x01, 0x00, 0x04, 0x01, 0x12), NULL }, /* AS112, RFC 7535 */
	{ IPV6(23, 0x20, 0x01, 0x00), "IETF protocol assignments (RFC 2928)" },
	{ IPV6(32, 0x20, 0x01, 0x0d, 0xb8), "documentation (RFC 3849)" },
	{ IPV6(16, 0x20, 0x02), "6to4 (RFC 3056)" },
	{ IPV6(16, 0x3f, 0xfe), "the former 6bone (RFC 3701)" },
	{ IPV6(20, 0x3f, 0xff), "documentation (RFC 9637)" },
};

bool rules_bogon_next(uint32_t *at, struct prefix *out, bool *is_exception)
{
	if (*at >= sizeof bogons / sizeof *bogons)
		return false;
	*out = bogons[*at].prefix;
	*is_exception = bogons[*at].kind == NULL;
	(*at)++;
	return true;
}

static bool bogon_ipv4(const struct prefix *prefix)
{
	const uint8_t *octet = prefix->octet;
	uint32_t second = octet[1];
	uint32_t len = prefix->len_bits;

	switch (octet[0]) {
	case 0:
	case 10:
	case 127:
		return len >= 8;
	case 100:
		return len >= 10 && (second & 0xc0) == 64;
	case 169:
		return len >= 16 && second == 254;
	case 172:
		return len >= 12 && (second & 0xf0) == 16;
	case 192:
		if (second == 168)
			return len >= 16;
		return len >= 24 && ((second == 0 && (octet[2] == 0 || octet[2] == 2)) ||
				     (second == 88 && octet[2] == 99));
	case 198:
		return (len >= 15 && (second & 0xfe) == 18) ||
		       (len >= 24 && second == 51 && octet[2] == 100);
	case 203:
		return len >= 24 && second == 0 && octet[2] == 113;
	default:
		return octet[0] >= 224 && len >= 4;
	}
}

/* 2001::/23, but for what of it is in the global table. */
static bool bogon_assignments(const uint8_t *octet, uint32_t len)
{
	bool is_amt = len >= 32 && octet[2] == 0 && octet[3] == 3;
	bool is_as112 = len >= 48 && octet[2] == 0 && octet[3] == 4 && octet[4] == 1 &&
			octet[5] == 0x12;

	return len >= 23 && octet[2] < 2 && !is_amt && !is_as112;
}

/* Global unicast is 2000::/3. */
static bool bogon_ipv6(const struct prefix *prefix)
{
	const uint8_t *octet = prefix->octet;
	uint32_t len = prefix->len_bits;
	uint32_t first = (uint32_t)octet[0] << 8 | octet[1];

	if (len < 3 || (octet[0] & 0xe0) != 0x20)
		return true;
	if (first == 0x2001)
		return bogon_assignments(octet, len) ||
		       (len >= 32 && octet[2] == 0x0d && octet[3] == 0xb8);
	if (first == 0x2002 || first == 0x3ffe)
		return len >= 16;
	return first == 0x3fff && len >= 20 && octet[2] < 0x10;
}

bool rules_prefix_is_bogon(const struct prefix *prefix)
{
	if (prefix->len_bits == 0)
		return true;
	return prefix->family == FAMILY_IPV4 ? bogon_ipv4(prefix) : bogon_ipv6(prefix);
}

bool rules_prefix_bogon_of(const struct prefix *prefix, struct prefix *within, const char **kind)
{
	static const struct prefix global_ipv6 = IPV6(3, 0x20);

	*within = (struct prefix){ .family = prefix->family };
	*kind = "the default route";
	if (prefix->len_bits == 0)
		return true;
	*kind = "outside global unicast, 2000::/3 (RFC 4291)";
	if (prefix->family == FAMILY_IPV6 && !prefix_contains(&global_ipv6, prefix))
		return true;
	for (uint32_t i = 0; i < sizeof bogons / sizeof *bogons; i++) {
		if (!prefix_contains(&bogons[i].prefix, prefix))
			continue;
		*within = bogons[i].prefix;
		*kind = bogons[i].kind;
		return bogons[i].kind != NULL;
	}
	*kind = NULL;
	return false;
}
