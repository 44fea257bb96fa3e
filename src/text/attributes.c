/* text/attributes.c — AS paths, communities and what else a route carries, as text. */
#include "text/attributes.h"

#include <stdio.h>

#include "net/address.h"

#define SEGMENT_SET 1u
#define SEGMENT_CONFED_SEQUENCE 3u
#define SEGMENT_CONFED_SET 4u
#define UNKNOWN_OCTETS_SHOWN 20u
#define FLAG_EXTENDED_LENGTH 0x10u

/* --- the AS path ------------------------------------------------------------------------------ */

static const char *segment_opens(uint8_t type)
{
	switch (type) {
	case SEGMENT_SET:
		return "{";
	case SEGMENT_CONFED_SEQUENCE:
		return "(";
	case SEGMENT_CONFED_SET:
		return "({";
	default:
		return "";
	}
}

static const char *segment_closes(uint8_t type)
{
	switch (type) {
	case SEGMENT_SET:
		return "}";
	case SEGMENT_CONFED_SEQUENCE:
		return ")";
	case SEGMENT_CONFED_SET:
		return "})";
	default:
		return "";
	}
}

bool attribute_as_path_put(struct octets as_path, struct text_sink out)
{
	struct rd rd = rd_of_octets(as_path);
	const char *gap = "";
	bool ok = true;

	while (rd_more(&rd) && ok) {
		uint8_t type = rd_u8(&rd);
		struct rd asns = rd_sub(&rd, rd_u8(&rd) * 4u);
		ok = text_put(out, "%s%s", gap, segment_opens(type));
		gap = "";
		while (rd_more(&asns) && ok) {
			ok = text_put(out, "%s%u", gap, rd_u32(&asns));
			gap = " ";
		}
		ok = ok && text_put_text(out, segment_closes(type));
		gap = " ";
	}
	return ok;
}

/* --- communities ------------------------------------------------------------------------------ */

struct well_known {
	const char *text;
	const char *name;
};

/* RFC 1997, 3765, 7999, 8326, 9494. */
static const struct well_known well_known[] = {
	{ "65535:0", "GRACEFUL_SHUTDOWN" }, { "65535:1", "ACCEPT_OWN" },
	{ "65535:6", "LLGR_STALE" },        { "65535:7", "NO_LLGR" },
	{ "65535:666", "BLACKHOLE" },       { "65535:65281", "NO_EXPORT" },
	{ "65535:65282", "NO_ADVERTISE" },  { "65535:65283", "NO_EXPORT_SUBCONFED" },
	{ "65535:65284", "NOPEER" },
};

const char *attribute_community_name(const char *text)
{
	for (uint32_t i = 0; i < sizeof well_known / sizeof *well_known; i++) {
		if (strcmp(text, well_known[i].text) == 0)
			return well_known[i].name;
	}
	return NULL;
}

/* The two subtypes that have a short name; the others' number. */
static void kind_print(uint8_t subtype, char out[16])
{
	if (subtype == 2)
		(void)snprintf(out, 16, "rt");
	else if (subtype == 3)
		(void)snprintf(out, 16, "ro");
	else
		(void)snprintf(out, 16, "%u", subtype);
}

static void extended_print(struct octets item, char out[ATTRIBUTE_TEXT_MAX])
{
	struct rd rd = rd_of_octets(item);
	uint8_t type = rd_u8(&rd) & 0xbfu; /* without the transitive bit */
	uint8_t subtype = rd_u8(&rd);
	char kind[16];

	kind_print(subtype, kind);
	if (type == 0x00) {
		uint32_t asn = rd_u16(&rd);
		(void)snprintf(out, ATTRIBUTE_TEXT_MAX, "%s:%u:%u", kind, asn, rd_u32(&rd));
	} else if (type == 0x01) {
		char text[ADDRESS_TEXT_MAX];
		struct address address = address_ipv4(rd_u32(&rd));
		address_print(&address, text);
		(void)snprintf(out, ATTRIBUTE_TEXT_MAX, "%s:%s:%u", kind, text, rd_u16(&rd));
	} else if (type == 0x02) {
		uint32_t asn = rd_u32(&rd);
		(void)snprintf(out, ATTRIBUTE_TEXT_MAX, "%s:%u:%u", kind, asn, rd_u16(&rd));
	} else {
		uint64_t rest = (uint64_t)rd_u16(&rd) << 32;
		rest |= rd_u32(&rd);
		(void)snprintf(out, ATTRIBUTE_TEXT_MAX, "0x%02x%02x:0x%012llx", item.at[0], subtype,
			       (unsigned long long)rest);
	}
}

static void extended_ipv6_print(struct octets item, char out[ATTRIBUTE_TEXT_MAX])
{
	struct rd rd = rd_of_octets(item);
	char kind[16];
	char text[ADDRESS_TEXT_MAX];
	struct address address = { 0 };

	rd_skip(&rd, 1);
	kind_print(rd_u8(&rd), kind);
	(void)address_of_octets(rd_take(&rd, 16), &address);
	address_print(&address, text);
	(void)snprintf(out, ATTRIBUTE_TEXT_MAX, "%s:[%s]:%u", kind, text, rd_u16(&rd));
}

bool attribute_community_next(enum community_kind kind, struct rd *rd, char out[ATTRIBUTE_TEXT_MAX])
{
	static const uint32_t len_octets[] = { 4, 12, 8, 20 };

	if (rd_left(rd) < len_octets[kind])
		return false;
	struct octets item = rd_take(rd, len_octets[kind]);
	struct rd in = rd_of_octets(item);
	uint32_t first = 0;
	uint32_t second = 0;
	switch (kind) {
	case COMMUNITY_STANDARD:
		first = rd_u16(&in);
		(void)snprintf(out, ATTRIBUTE_TEXT_MAX, "%u:%u", first, rd_u16(&in));
		break;
	case COMMUNITY_LARGE:
		first = rd_u32(&in);
		second = rd_u32(&in);
		(void)snprintf(out, ATTRIBUTE_TEXT_MAX, "%u:%u:%u", first, second, rd_u32(&in));
		break;
	case COMMUNITY_EXTENDED:
		extended_print(item, out);
		break;
	case COMMUNITY_EXTENDED_IPV6:
		extended_ipv6_print(item, out);
		break;
	}
	return true;
}

/* --- the rest --------------------------------------------------------------------------------- */

bool attribute_unknown_next(struct rd *rd, char out[ATTRIBUTE_TEXT_MAX])
{
	if (!rd_more(rd))
		return false;
	uint8_t flags = rd_u8(rd);
	uint8_t type = rd_u8(rd);
	uint32_t len = (flags & FLAG_EXTENDED_LENGTH) != 0 ? rd_u16(rd) : rd_u8(rd);
	struct octets value = rd_take(rd, len);
	if (!rd_ok(rd))
		return false;
	int at = snprintf(out, ATTRIBUTE_TEXT_MAX, "type %u, %u octet%s%s", type, len,
			  len == 1 ? "" : "s", len == 0 ? "" : ": 0x");
	for (uint32_t i = 0; i < len && i < UNKNOWN_OCTETS_SHOWN; i++)
		at += snprintf(out + at, ATTRIBUTE_TEXT_MAX - (size_t)at, "%02x", value.at[i]);
	if (len > UNKNOWN_OCTETS_SHOWN)
		(void)snprintf(out + at, ATTRIBUTE_TEXT_MAX - (size_t)at, "...");
	return true;
}

bool attribute_aggregator(struct octets aggregator, char out[ATTRIBUTE_TEXT_MAX])
{
	struct rd rd = rd_of_octets(aggregator);
	char text[ADDRESS_TEXT_MAX];

	if (aggregator.len_octets < 8)
		return false;
	uint32_t asn = rd_u32(&rd);
	struct address address = address_ipv4(rd_u32(&rd));
	address_print(&address, text);
	(void)snprintf(out, ATTRIBUTE_TEXT_MAX, "AS%u %s", asn, text);
	return true;
}

const char *attribute_origin_name(uint8_t origin)
{
	static const char *const name[] = { "IGP", "EGP", "incomplete" };

	return origin < sizeof name / sizeof *name ? name[origin] : "unknown";
}
