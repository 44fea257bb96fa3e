/* rpki/rtr.c — one PDU in or out. */
#include "rpki/rtr.h"

#include <string.h>

#include "base/check.h"
#include "base/rd.h"

#define FLAG_ANNOUNCE 1u
#define ROUTER_KEY_OCTETS_MIN 32u /* without the key itself */
#define ERROR_OCTETS_MIN 16u
#define ASPA_OCTETS_MIN 12u
#define ERROR_PDU_OCTETS_MAX 64u

static struct fault wrong(enum rtr_error error)
{
	return fault_of(FAULT_MALFORMED, (uint16_t)error);
}

/* The length that a type has; 0: it depends, and is at least `min`. */
struct length {
	uint32_t exact;
	uint32_t min;
};

static bool length_of(uint8_t type, uint8_t version, struct length *out)
{
	*out = (struct length){ 0 };
	switch (type) {
	case RTR_SERIAL_NOTIFY:
	case RTR_SERIAL_QUERY:
		out->exact = 12;
		return true;
	case RTR_RESET_QUERY:
	case RTR_CACHE_RESPONSE:
	case RTR_CACHE_RESET:
		out->exact = 8;
		return true;
	case RTR_IPV4_PREFIX:
		out->exact = 20;
		return true;
	case RTR_IPV6_PREFIX:
		out->exact = 32;
		return true;
	case RTR_END_OF_DATA:
		out->exact = version == 0 ? 12 : 24;
		return true;
	case RTR_ROUTER_KEY:
		out->min = ROUTER_KEY_OCTETS_MIN;
		return version >= 1;
	case RTR_ERROR_REPORT:
		out->min = ERROR_OCTETS_MIN;
		return true;
	case RTR_ASPA:
		out->min = ASPA_OCTETS_MIN;
		return version >= 2;
	default:
		return false;
	}
}

static struct fault prefix_read(struct rd *rd, enum family family, struct rtr_pdu *out)
{
	uint8_t flags = rd_u8(rd);
	struct vrp *vrp = &out->vrp;

	*vrp = (struct vrp){ .prefix = { .family = (uint8_t)family } };
	vrp->prefix.len_bits = rd_u8(rd);
	vrp->len_bits_max = rd_u8(rd);
	(void)rd_u8(rd);
	rd_copy(rd, vrp->prefix.octet, address_len_octets(family));
	vrp->asn = rd_u32(rd);
	out->announces = (flags & FLAG_ANNOUNCE) != 0;
	if (!rd_done(rd) || vrp->len_bits_max > prefix_bits_max(family) ||
	    vrp->prefix.len_bits > vrp->len_bits_max)
		return wrong(RTR_CORRUPT_DATA);
	struct prefix masked = vrp->prefix;
	prefix_mask(&masked);
	return prefix_equal(&masked, &vrp->prefix) ? fault_none() : wrong(RTR_CORRUPT_DATA);
}

/* The flags lie in the header here. */
static struct fault aspa_read(struct rd *rd, struct rtr_pdu *out)
{
	uint32_t last = 0;
	uint32_t count = 0;

	out->announces = (out->session >> 8 & FLAG_ANNOUNCE) != 0;
	out->customer = rd_u32(rd);
	out->providers = rd_rest(rd);
	if (!rd_done(rd) || out->providers.len_octets % 4 != 0)
		return wrong(RTR_CORRUPT_DATA);
	struct rd list = rd_of_octets(out->providers);
	for (; rd_more(&list); count++) {
		uint32_t asn = rd_u32(&list);
		if (count != 0 && (asn <= last || last == 0))
			return wrong(RTR_ASPA_PROVIDERS);
		last = asn;
	}
	/* A withdrawal names the customer alone. */
	if (out->announces != (count != 0) || count > ASPA_PROVIDERS_MAX)
		return wrong(RTR_ASPA_PROVIDERS);
	return fault_none();
}

static struct fault error_read(struct rd *rd, struct rtr_pdu *out)
{
	(void)rd_take(rd, rd_u32(rd));
	out->text = rd_take(rd, rd_u32(rd));
	return rd_done(rd) ? fault_none() : wrong(RTR_CORRUPT_DATA);
}

static struct fault end_read(struct rd *rd, struct rtr_pdu *out)
{
	out->serial = rd_u32(rd);
	out->has_timers = out->version >= 1;
	if (out->has_timers) {
		out->refresh_s = rd_u32(rd);
		out->retry_s = rd_u32(rd);
		out->expire_s = rd_u32(rd);
	}
	return rd_done(rd) ? fault_none() : wrong(RTR_CORRUPT_DATA);
}

static struct fault body_read(struct rd *rd, struct rtr_pdu *out)
{
	switch ((enum rtr_type)out->type) {
	case RTR_IPV4_PREFIX:
		return prefix_read(rd, FAMILY_IPV4, out);
	case RTR_IPV6_PREFIX:
		return prefix_read(rd, FAMILY_IPV6, out);
	case RTR_END_OF_DATA:
		return end_read(rd, out);
	case RTR_ASPA:
		return aspa_read(rd, out);
	case RTR_ERROR_REPORT:
		return error_read(rd, out);
	case RTR_SERIAL_NOTIFY:
	case RTR_SERIAL_QUERY:
		out->serial = rd_u32(rd);
		return rd_done(rd) ? fault_none() : wrong(RTR_CORRUPT_DATA);
	case RTR_RESET_QUERY:
	case RTR_CACHE_RESPONSE:
	case RTR_CACHE_RESET:
		return rd_done(rd) ? fault_none() : wrong(RTR_CORRUPT_DATA);
	case RTR_ROUTER_KEY: /* BGPsec: of no use behind a transparent route server */
		return fault_none();
	}
	return wrong(RTR_UNSUPPORTED_TYPE);
}

/* Version, type and length are judged before the rest is waited for. */
struct fault rtr_pdu_read(struct octets stream, struct rtr_pdu *out)
{
	struct rd rd = rd_of_octets(stream);
	struct length length;

	*out = (struct rtr_pdu){ .version = rd_u8(&rd), .type = rd_u8(&rd) };
	out->session = rd_u16(&rd);
	uint32_t len_octets = rd_u32(&rd);
	if (!rd_ok(&rd))
		return fault_of(FAULT_SHORT, 0);
	out->whole = octets_of(stream.at, RTR_HEADER_OCTETS);
	if (out->version > RTR_VERSION_MAX)
		return wrong(RTR_UNSUPPORTED_VERSION);
	if (!length_of(out->type, out->version, &length))
		return wrong(RTR_UNSUPPORTED_TYPE);
	if (length.exact != 0 ? len_octets != length.exact : len_octets < length.min)
		return wrong(RTR_CORRUPT_DATA);
	if (len_octets > RTR_PDU_OCTETS_MAX)
		return wrong(RTR_CORRUPT_DATA);
	if (stream.len_octets < len_octets)
		return fault_of(FAULT_SHORT, 0);
	out->whole = octets_of(stream.at, len_octets);
	struct rd body = rd_sub(&rd, len_octets - RTR_HEADER_OCTETS);
	return body_read(&body, out);
}

static void header_write(struct wr *out, uint8_t version, enum rtr_type type, uint32_t session,
			 uint32_t len_octets)
{
	wr_u8(out, version);
	wr_u8(out, (uint32_t)type);
	wr_u16(out, session);
	wr_u32(out, len_octets);
}

void rtr_write_reset_query(struct wr *out, uint8_t version)
{
	header_write(out, version, RTR_RESET_QUERY, 0, RTR_HEADER_OCTETS);
}

void rtr_write_serial_query(struct wr *out, uint8_t version, uint16_t session, uint32_t serial)
{
	header_write(out, version, RTR_SERIAL_QUERY, session, 12);
	wr_u32(out, serial);
}

void rtr_write_error(struct wr *out, uint8_t version, enum rtr_error error, struct octets pdu,
		     const char *text)
{
	uint32_t text_len = (uint32_t)strlen(text);

	CHECK(text_len <= RTR_ERROR_TEXT_MAX);
	if (pdu.len_octets > ERROR_PDU_OCTETS_MAX)
		pdu.len_octets = ERROR_PDU_OCTETS_MAX;
	header_write(out, version, RTR_ERROR_REPORT, (uint32_t)error,
		     ERROR_OCTETS_MIN + pdu.len_octets + text_len);
	wr_u32(out, pdu.len_octets);
	wr_octets(out, pdu);
	wr_u32(out, text_len);
	wr_octets(out, octets_of_text(text));
}

static const char *const error_names[] = {
	[RTR_CORRUPT_DATA] = "corrupt data",
	[RTR_INTERNAL_ERROR] = "internal error",
	[RTR_NO_DATA] = "no data available",
	[RTR_INVALID_REQUEST] = "invalid request",
	[RTR_UNSUPPORTED_VERSION] = "unsupported protocol version",
	[RTR_UNSUPPORTED_TYPE] = "unsupported PDU type",
	[RTR_UNKNOWN_WITHDRAWAL] = "withdrawal of an unknown record",
	[RTR_DUPLICATE] = "duplicate announcement",
	[RTR_UNEXPECTED_VERSION] = "unexpected protocol version",
	[RTR_ASPA_PROVIDERS] = "wrong list of ASPA providers",
	[RTR_TRANSPORT] = "transport failed",
	[RTR_ORDERING] = "wrong order of records",
	[RTR_CACHE_RESTART] = "the cache restarts",
	[RTR_CACHE_SHUTDOWN] = "the cache shuts down",
};

const char *rtr_error_name(uint16_t error)
{
	return error < sizeof error_names / sizeof *error_names ? error_names[error] :
								  "unknown error";
}

bool rtr_error_is_fatal(uint16_t error)
{
	return error != RTR_NO_DATA && error != RTR_CACHE_RESTART;
}
