/* bgp/open.c — OPEN in and out. */
#include "bgp/open.h"

#include <stdio.h>

#include "base/rd.h"
#include "bgp/attrs.h"
#include "bgp/family.h"

#define PARAMETER_CAPABILITIES 2u
#define PARAMETER_EXTENDED 255u
#define CAPABILITIES_OCTETS_MAX 512u

/* Bits of a graceful restart capability (RFC 4724 3, RFC 8538 2). */
#define GR_RESTARTING 0x8000u
#define GR_NOTIFICATION 0x4000u
#define GR_RESTART_S_MAX 0x0fffu /* seconds */
#define GR_FORWARDING 0x80u

static struct fault refuse(struct bgp_refusal *refusal, uint8_t subcode, struct octets data)
{
	*refusal = bgp_refusal_of(BGP_ERROR_OPEN, subcode);
	bgp_refusal_data(refusal, data);
	return fault_of(FAULT_MALFORMED, subcode);
}

static bool read_multiprotocol(struct rd *rd, struct bgp_open *out)
{
	enum family family;
	uint16_t afi = rd_u16(rd);

	rd_skip(rd, 1);
	uint8_t safi = rd_u8(rd);
	if (!rd_done(rd))
		return false;
	out->any_family = true;
	if (bgp_family_of(afi, safi, &family))
		out->families[family] = true;
	return true;
}

/* RFC 8950 4: the SAFI is 16 bits wide here. */
static bool read_extended_next_hop(struct rd *rd, struct bgp_open *out)
{
	bool is_ours = false;

	while (rd_more(rd)) {
		uint16_t afi = rd_u16(rd);
		uint16_t safi = rd_u16(rd);
		uint16_t next_hop_afi = rd_u16(rd);
		is_ours |= afi == BGP_AFI_IPV4 && safi == BGP_SAFI_UNICAST &&
			   next_hop_afi == BGP_AFI_IPV6;
	}
	if (rd_done(rd))
		out->extended_next_hop |= is_ours;
	return rd_done(rd);
}

/* RFC 4724 3: of several, the last counts. */
static bool read_graceful_restart(struct rd *rd, struct bgp_open *out)
{
	uint16_t head = rd_u16(rd);
	bool families[FAMILY_COUNT] = { false };
	bool forwarding[FAMILY_COUNT] = { false };

	while (rd_more(rd)) {
		enum family family;
		uint16_t afi = rd_u16(rd);
		uint8_t safi = rd_u8(rd);
		uint8_t flags = rd_u8(rd);
		if (!rd_ok(rd) || !bgp_family_of(afi, safi, &family))
			continue;
		families[family] = true;
		forwarding[family] = (flags & GR_FORWARDING) != 0;
	}
	if (!rd_done(rd))
		return false;
	out->graceful_restart = true;
	out->restarting = (head & GR_RESTARTING) != 0;
	out->gr_notification = (head & GR_NOTIFICATION) != 0;
	out->restart_s = head & GR_RESTART_S_MAX;
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		out->gr_families[i] = families[i];
		out->gr_forwarding[i] = forwarding[i];
	}
	return true;
}

/* RFC 7911 4: a direction other than 1 to 3 makes the whole capability unknown. */
static bool read_add_path(struct rd *rd, struct bgp_open *out)
{
	bool send[FAMILY_COUNT] = { false };
	bool receive[FAMILY_COUNT] = { false };

	while (rd_more(rd)) {
		enum family family;
		uint16_t afi = rd_u16(rd);
		uint8_t safi = rd_u8(rd);
		uint8_t direction = rd_u8(rd);
		if (!rd_ok(rd) || direction < 1 || direction > 3)
			return false;
		if (!bgp_family_of(afi, safi, &family))
			continue;
		receive[family] = (direction & 1) != 0;
		send[family] = (direction & 2) != 0;
	}
	if (!rd_done(rd))
		return false;
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		out->add_path_send[i] = send[i];
		out->add_path_receive[i] = receive[i];
	}
	return true;
}

static bool read_flag(const struct rd *rd, bool *out)
{
	if (rd_left(rd) != 0)
		return false;
	*out = true;
	return true;
}

struct open_reading {
	struct bgp_open *out;
	struct bgp_refusal *refusal;
	uint32_t as4_asn;
};

/* RFC 9234 4.2: the same role twice is one role; two different ones are none. */
static struct fault read_role(struct open_reading *reading, struct rd *rd)
{
	uint8_t role = rd_u8(rd);

	if (!rd_done(rd))
		return refuse(reading->refusal, BGP_OPEN_UNSPECIFIC, (struct octets){ 0 });
	/* The value that means "none" here is nobody's role there. */
	if (role == BGP_ROLE_NONE ||
	    (reading->out->role != BGP_ROLE_NONE && reading->out->role != role))
		return refuse(reading->refusal, BGP_OPEN_ROLE, (struct octets){ 0 });
	reading->out->role = role;
	return fault_none();
}

static struct fault read_as4(struct open_reading *reading, struct rd *rd)
{
	reading->as4_asn = rd_u32(rd);
	if (!rd_done(rd))
		return refuse(reading->refusal, BGP_OPEN_UNSPECIFIC, (struct octets){ 0 });
	reading->out->as4 = true;
	return fault_none();
}

/* The three that a session rests on must be well formed; of the others, what is not is counted and
 * taken as not there. */
static struct fault read_capability(struct open_reading *reading, uint8_t code, struct octets value)
{
	struct bgp_open *out = reading->out;
	struct rd rd = rd_of_octets(value);
	bool is_whole = true;

	switch (code) {
	case BGP_CAPABILITY_MULTIPROTOCOL:
		if (!read_multiprotocol(&rd, out))
			return refuse(reading->refusal, BGP_OPEN_UNSPECIFIC, (struct octets){ 0 });
		break;
	case BGP_CAPABILITY_ROLE:
		return read_role(reading, &rd);
	case BGP_CAPABILITY_AS4:
		return read_as4(reading, &rd);
	case BGP_CAPABILITY_REFRESH:
		is_whole = read_flag(&rd, &out->refresh);
		break;
	case BGP_CAPABILITY_EXTENDED_NEXT_HOP:
		is_whole = read_extended_next_hop(&rd, out);
		break;
	case BGP_CAPABILITY_EXTENDED_MESSAGE:
		is_whole = read_flag(&rd, &out->extended_message);
		break;
	case BGP_CAPABILITY_GRACEFUL_RESTART:
		is_whole = read_graceful_restart(&rd, out);
		break;
	case BGP_CAPABILITY_ADD_PATH:
		is_whole = read_add_path(&rd, out);
		break;
	case BGP_CAPABILITY_ENHANCED_REFRESH:
		is_whole = read_flag(&rd, &out->enhanced_refresh);
		break;
	default:
		out->unknown_capabilities++;
		break;
	}
	if (!is_whole)
		out->malformed_capabilities++;
	return fault_none();
}

static struct fault read_capabilities(struct open_reading *reading, struct rd *rd)
{
	while (rd_more(rd)) {
		uint8_t code = rd_u8(rd);
		struct octets value = rd_take(rd, rd_u8(rd));
		if (!rd_ok(rd))
			return refuse(reading->refusal, BGP_OPEN_UNSPECIFIC, (struct octets){ 0 });
		TRY(read_capability(reading, code, value));
	}
	return fault_none();
}

/* RFC 9072 2: a first parameter type of 255 makes all lengths wider, whatever the short one said.
 * */
static struct fault read_parameters(struct open_reading *reading, struct rd *in)
{
	uint8_t short_len = rd_u8(in);
	struct rd look = *in;
	bool extended = short_len != 0 && rd_u8(&look) == PARAMETER_EXTENDED;
	uint32_t len = short_len;

	if (extended) {
		*in = look;
		len = rd_u16(in);
	}
	struct rd rd = rd_sub(in, len);
	if (!rd_done(in))
		return refuse(reading->refusal, BGP_OPEN_UNSPECIFIC, (struct octets){ 0 });
	while (rd_more(&rd)) {
		uint8_t type = rd_u8(&rd);
		struct rd value = rd_sub(&rd, extended ? rd_u16(&rd) : rd_u8(&rd));
		if (!rd_ok(&rd))
			return refuse(reading->refusal, BGP_OPEN_UNSPECIFIC, (struct octets){ 0 });
		if (type != PARAMETER_CAPABILITIES)
			return refuse(reading->refusal, BGP_OPEN_PARAMETER, (struct octets){ 0 });
		TRY(read_capabilities(reading, &value));
	}
	return fault_none();
}

static struct fault refuse_hold(struct bgp_refusal *refusal, uint16_t hold_s)
{
	struct fault fault = refuse(refusal, BGP_OPEN_HOLD_TIME, (struct octets){ 0 });

	(void)snprintf(refusal->why, sizeof refusal->why, "it offers %u s; 0, or %u at least",
		       hold_s, BGP_HOLD_S_MIN);
	return fault;
}

static struct fault judge(struct open_reading *reading, uint16_t short_asn)
{
	struct bgp_open *out = reading->out;

	out->asn = out->as4 ? reading->as4_asn : short_asn;
	if (!out->any_family)
		out->families[FAMILY_IPV4] = true; /* RFC 4760 8: silence means IPv4 unicast */
	if (out->asn == 0 || short_asn == 0 || (out->as4 && out->asn == BGP_AS_TRANS))
		return refuse(reading->refusal, BGP_OPEN_PEER_AS, (struct octets){ 0 });
	if (out->router_id == 0)
		return refuse(reading->refusal, BGP_OPEN_ROUTER_ID, (struct octets){ 0 });
	if (out->hold_s != 0 && out->hold_s < BGP_HOLD_S_MIN)
		return refuse_hold(reading->refusal, out->hold_s);
	return fault_none();
}

struct fault bgp_open_read(struct octets body, struct bgp_open *out, struct bgp_refusal *refusal)
{
	static const uint8_t version_supported[2] = { 0, BGP_VERSION };
	struct rd rd = rd_of_octets(body);
	struct open_reading reading = { .out = out, .refusal = refusal };

	*out = (struct bgp_open){ .role = BGP_ROLE_NONE };
	uint8_t version = rd_u8(&rd);
	uint16_t short_asn = rd_u16(&rd);
	out->hold_s = rd_u16(&rd);
	out->router_id = rd_u32(&rd);
	if (!rd_ok(&rd))
		return refuse(refusal, BGP_OPEN_UNSPECIFIC, (struct octets){ 0 });
	if (version != BGP_VERSION)
		return refuse(refusal, BGP_OPEN_VERSION,
			      octets_of(version_supported, sizeof version_supported));
	TRY(read_parameters(&reading, &rd));
	return judge(&reading, short_asn);
}

/* --- out -------------------------------------------------------------------------------------- */

static void write_graceful_restart(struct wr *out, const struct bgp_open *open)
{
	uint32_t count = (open->gr_families[0] ? 1u : 0u) + (open->gr_families[1] ? 1u : 0u);

	wr_u8(out, BGP_CAPABILITY_GRACEFUL_RESTART);
	wr_u8(out, 2 + 4 * count);
	wr_u16(out, (open->restarting ? GR_RESTARTING : 0u) |
			    (open->gr_notification ? GR_NOTIFICATION : 0u) |
			    (open->restart_s & GR_RESTART_S_MAX));
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (!open->gr_families[i])
			continue;
		wr_u16(out, bgp_family_afi((enum family)i));
		wr_u8(out, BGP_SAFI_UNICAST);
		wr_u8(out, open->gr_forwarding[i] ? GR_FORWARDING : 0);
	}
}

static void write_add_path(struct wr *out, const struct bgp_open *open)
{
	uint32_t mark = wr_mark(out);

	wr_u8(out, BGP_CAPABILITY_ADD_PATH);
	wr_u8(out, 0);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		uint32_t direction = (open->add_path_receive[i] ? 1u : 0u) |
				     (open->add_path_send[i] ? 2u : 0u);
		if (direction == 0)
			continue;
		wr_u16(out, bgp_family_afi((enum family)i));
		wr_u8(out, BGP_SAFI_UNICAST);
		wr_u8(out, direction);
	}
	if (out->pos == mark + 2)
		wr_rewind(out, mark);
	else
		wr_fill_u8(out, mark + 1, out->pos - mark - 2);
}

static void write_flag(struct wr *out, bool wanted, enum bgp_capability code)
{
	if (!wanted)
		return;
	wr_u8(out, (uint32_t)code);
	wr_u8(out, 0);
}

static void write_capabilities(struct wr *out, const struct bgp_open *open)
{
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (!open->families[i])
			continue;
		wr_u8(out, BGP_CAPABILITY_MULTIPROTOCOL);
		wr_u8(out, 4);
		wr_u16(out, bgp_family_afi((enum family)i));
		wr_u8(out, 0);
		wr_u8(out, BGP_SAFI_UNICAST);
	}
	write_flag(out, open->refresh, BGP_CAPABILITY_REFRESH);
	if (open->extended_next_hop) {
		wr_u8(out, BGP_CAPABILITY_EXTENDED_NEXT_HOP);
		wr_u8(out, 6);
		wr_u16(out, BGP_AFI_IPV4);
		wr_u16(out, BGP_SAFI_UNICAST);
		wr_u16(out, BGP_AFI_IPV6);
	}
	write_flag(out, open->extended_message, BGP_CAPABILITY_EXTENDED_MESSAGE);
	if (open->role != BGP_ROLE_NONE) {
		wr_u8(out, BGP_CAPABILITY_ROLE);
		wr_u8(out, 1);
		wr_u8(out, open->role);
	}
	if (open->graceful_restart)
		write_graceful_restart(out, open);
	if (open->as4) {
		wr_u8(out, BGP_CAPABILITY_AS4);
		wr_u8(out, 4);
		wr_u32(out, open->asn);
	}
	write_add_path(out, open);
	write_flag(out, open->enhanced_refresh, BGP_CAPABILITY_ENHANCED_REFRESH);
}

void bgp_open_write(struct wr *out, const struct bgp_open *open)
{
	uint8_t octets[CAPABILITIES_OCTETS_MAX];
	struct wr capabilities = wr_of(octets, sizeof octets);
	uint32_t mark = bgp_message_begin(out, BGP_OPEN);

	write_capabilities(&capabilities, open);
	if (!wr_ok(&capabilities))
		wr_fail(out);
	wr_u8(out, BGP_VERSION);
	wr_u16(out, open->asn > UINT16_MAX ? BGP_AS_TRANS : open->asn);
	wr_u16(out, open->hold_s);
	wr_u32(out, open->router_id);
	if (capabilities.pos + 2 <= UINT8_MAX) {
		wr_u8(out, capabilities.pos == 0 ? 0 : capabilities.pos + 2);
	} else {
		wr_u8(out, PARAMETER_EXTENDED);
		wr_u8(out, PARAMETER_EXTENDED);
		wr_u16(out, capabilities.pos + 3);
	}
	if (capabilities.pos != 0) {
		wr_u8(out, PARAMETER_CAPABILITIES);
		if (capabilities.pos + 2 <= UINT8_MAX)
			wr_u8(out, capabilities.pos);
		else
			wr_u16(out, capabilities.pos);
		wr_octets(out, wr_octets_of(&capabilities));
	}
	bgp_message_end(out, mark);
}
