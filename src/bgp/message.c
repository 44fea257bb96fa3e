/* bgp/message.c — framing. */
#include "bgp/message.h"

#include "base/mem.h"
#include "base/rd.h"

static const uint8_t marker[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* RFC 4271 6.1 and RFC 2918 3: the least a message of each type takes. */
static const uint16_t len_octets_min[] = {
	[BGP_OPEN] = 29,      [BGP_UPDATE] = 23,        [BGP_NOTIFICATION] = 21,
	[BGP_KEEPALIVE] = 19, [BGP_ROUTE_REFRESH] = 23,
};

struct bgp_refusal bgp_refusal_of(enum bgp_error code, uint8_t subcode)
{
	return (struct bgp_refusal){ .code = (uint8_t)code, .subcode = subcode };
}

void bgp_refusal_data(struct bgp_refusal *refusal, struct octets data)
{
	uint32_t count = data.len_octets < BGP_REFUSAL_DATA_MAX ? data.len_octets :
								  BGP_REFUSAL_DATA_MAX;

	mem_copy(refusal->data, data.at, count);
	refusal->data_len_octets = (uint16_t)count;
	refusal->whole = data;
}

static struct fault refuse(struct bgp_refusal *refusal, uint8_t subcode, struct octets data)
{
	*refusal = bgp_refusal_of(BGP_ERROR_HEADER, subcode);
	bgp_refusal_data(refusal, data);
	return fault_of(FAULT_MALFORMED, subcode);
}

static bool length_fits(uint16_t len_octets, uint8_t type, bool extended)
{
	/* RFC 8654 4: OPEN and KEEPALIVE stay at 4,096 in any case. */
	uint32_t max = extended && type != BGP_OPEN && type != BGP_KEEPALIVE ?
			       BGP_EXTENDED_MESSAGE_OCTETS_MAX :
			       BGP_MESSAGE_OCTETS_MAX;

	if (len_octets < len_octets_min[type] || len_octets > max)
		return false;
	return type != BGP_KEEPALIVE || len_octets == BGP_HEADER_OCTETS;
}

struct fault bgp_message_next(struct octets stream, bool extended, struct bgp_message *out,
			      struct bgp_refusal *refusal)
{
	struct rd rd = rd_of_octets(stream);
	struct octets seen_marker = rd_take(&rd, sizeof marker);
	struct octets seen_length = rd_take(&rd, 2);
	struct octets seen_type = rd_take(&rd, 1);
	struct rd length = rd_of_octets(seen_length);
	struct rd kind = rd_of_octets(seen_type);

	if (!rd_ok(&rd))
		return fault_of(FAULT_AGAIN, 0);
	if (!octets_equal(seen_marker, octets_of(marker, sizeof marker)))
		return refuse(refusal, BGP_HEADER_NOT_SYNCHRONIZED, (struct octets){ 0 });
	uint16_t len_octets = rd_u16(&length);
	uint8_t type = rd_u8(&kind);
	if (len_octets < BGP_HEADER_OCTETS)
		return refuse(refusal, BGP_HEADER_BAD_LENGTH, seen_length);
	if (type < BGP_OPEN || type > BGP_ROUTE_REFRESH)
		return refuse(refusal, BGP_HEADER_BAD_TYPE, seen_type);
	if (!length_fits(len_octets, type, extended))
		return refuse(refusal, BGP_HEADER_BAD_LENGTH, seen_length);
	if (stream.len_octets < len_octets)
		return fault_of(FAULT_AGAIN, 0);
	*out = (struct bgp_message){
		.type = type,
		.whole = octets_of(stream.at, len_octets),
		.body = rd_take(&rd, len_octets - BGP_HEADER_OCTETS),
	};
	return fault_none();
}

uint32_t bgp_message_begin(struct wr *out, enum bgp_message_type type)
{
	uint32_t mark = wr_mark(out);

	wr_octets(out, octets_of(marker, sizeof marker));
	wr_u16(out, 0);
	wr_u8(out, (uint32_t)type);
	return mark;
}

void bgp_message_end(struct wr *out, uint32_t mark)
{
	wr_fill_u16(out, mark + (uint32_t)sizeof marker, out->pos - mark);
}

void bgp_keepalive_write(struct wr *out)
{
	bgp_message_end(out, bgp_message_begin(out, BGP_KEEPALIVE));
}
