/* trial/floor.c — a bare sender in the server's place: the least that any route server must do.
 *
 * It answers the handshake, reads and forgets what members say, and from the first route on writes
 * to each member the octets that a route server would have to: encoded before, packed by attribute
 * set.  Nothing is decided and nothing is kept.  Each member's octets lie for themselves, as with
 * every sender that does not know what members have in common; or, for a bound that is harder to
 * come near, one copy lies there for all and stays in the processor's cache.
 *
 * The octets lie in two stretches.  The first holds each prefix's best route, sorted by announcer:
 * a member is sent it without its own part.  The second holds the next best routes for those whose
 * own is the best, sorted by receiver: a member is sent its part of it. */
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "bgp/encode.h"
#include "bgp/open.h"
#include "sys/port.h"
#include "trial/inside.h"

#define FLOOR_INPUT_OCTETS (256u * 1024u)
#define FLOOR_WRITE_OCTETS (256u * 1024u)
#define FLOOR_HOLD_S 90
#define FLOOR_STRETCHES 3u
#define FLOOR_HANDSHAKE_OCTETS 8192u

struct span_octets {
	uint32_t at;
	uint32_t end;
};

struct floor_member {
	struct port_stream stream;
	bool is_writable;
	bool has_opened;
	bool is_up;
	uint32_t handshake_len;
	uint8_t handshake[FLOOR_HANDSHAKE_OCTETS]; /* until it is up */
	const uint8_t *octets;                     /* which `left` is about */
	struct span_octets own;  /* of the first stretch: what it announced itself */
	struct span_octets next; /* its part of the second */
	struct span_octets left[FLOOR_STRETCHES]; /* still to be sent */
	uint32_t left_first;
};

struct floor {
	struct port *port;
	const struct trial_config *config;
	struct load load;
	struct heap heap;
	uint8_t *octets;
	uint32_t octets_room;
	struct wr wr;
	uint32_t first_end; /* of the first stretch */
	bool has_begun;
	struct floor_member *member;
	uint32_t member_of[PORT_STREAMS_MAX]; /* + 1 */
	uint8_t input[FLOOR_INPUT_OCTETS];
};

/* --- what is sent ----------------------------------------------------------------------------- */

static bool run_encode(struct floor *floor, const struct load_route *route,
		       const struct prefix *prefixes, uint32_t count)
{
	struct bgp_wire_profile profile = { .family = floor->config->load.family, .as4 = true };
	struct load_attrs attrs;
	struct bgp_export export = { .attrs = &attrs.attrs };
	struct bgp_encoder encoder;

	load_attrs_received(&floor->load, route, 0, &attrs);
	export.communities = attrs.attrs.communities;
	for (uint32_t i = 0; i < count;) {
		if (floor->octets_room - floor->wr.pos < BGP_MESSAGE_OCTETS_MAX) {
			uint32_t pos = floor->wr.pos;
			if (!heap_grow(&floor->heap, (void **)&floor->octets, &floor->octets_room,
				       pos + BGP_MESSAGE_OCTETS_MAX, 1))
				return false;
			floor->wr = wr_of(floor->octets, floor->octets_room);
			floor->wr.pos = pos;
		}
		uint32_t first = i;
		if (failed(bgp_encode_announce_begin(&encoder, &floor->wr, &profile, &export)))
			return false;
		while (i < count && bgp_encode_prefix(&encoder, 0, &prefixes[i]))
			i++;
		if (i == first)
			return false;
		bgp_encode_end(&encoder);
	}
	return true;
}

/* The routes of a home member's prefixes that its `candidate` announces, by attribute set: those
 * that are best, or, when `own` is a candidate, those next best where that one's are the best. */
static bool home_encode(struct floor *floor, uint32_t home, uint32_t candidate, uint32_t own)
{
	const struct load *load = &floor->load;
	struct prefix prefixes[LOAD_PREFIXES_PER_SET];
	bool is_second = own < load->config.overlap;

	for (uint32_t at = 0; at < load->prefixes_per_member; at += LOAD_PREFIXES_PER_SET) {
		uint32_t first = home * load->prefixes_per_member + at;
		struct load_route route = load_route_of(load, first, candidate);
		uint32_t count = 0;
		if (route.rank != (is_second ? 1u : 0u) ||
		    (is_second && load_route_of(load, first, own).rank != 0))
			continue;
		for (; count < LOAD_PREFIXES_PER_SET && at + count < load->prefixes_per_member;
		     count++)
			prefixes[count] = load_prefix(load, first + count);
		if (!run_encode(floor, &route, prefixes, count))
			return false;
	}
	return true;
}

static bool octets_make(struct floor *floor)
{
	const struct load_config *config = &floor->config->load;

	for (uint32_t i = 0; i < config->members; i++) {
		floor->member[i].own.at = floor->wr.pos;
		for (uint32_t j = 0; j < config->overlap; j++) {
			if (!home_encode(floor, load_home_of(&floor->load, i, j), j,
					 config->overlap))
				return false;
		}
		floor->member[i].own.end = floor->wr.pos;
	}
	floor->first_end = floor->wr.pos;
	for (uint32_t i = 0; i < config->members; i++) {
		floor->member[i].next.at = floor->wr.pos;
		for (uint32_t own = 0; own < config->overlap && config->overlap > 1; own++) {
			uint32_t home = load_home_of(&floor->load, i, own);
			for (uint32_t j = 0; j < config->overlap; j++) {
				if (j != own && !home_encode(floor, home, j, own))
					return false;
			}
		}
		floor->member[i].next.end = floor->wr.pos;
	}
	return true;
}

/* What the member is sent, in one stretch of its own. */
static bool copy_make(struct floor *floor, struct floor_member *member)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < FLOOR_STRETCHES; i++)
		len += member->left[i].end - member->left[i].at;
	uint8_t *copy = heap_take(&floor->heap, len == 0 ? 1 : len);
	if (copy == NULL)
		return false;
	len = 0;
	for (uint32_t i = 0; i < FLOOR_STRETCHES; i++) {
		uint32_t part = member->left[i].end - member->left[i].at;
		mem_copy(copy + len, floor->octets + member->left[i].at, part);
		member->left[i] = (struct span_octets){ 0 };
		len += part;
	}
	member->octets = copy;
	member->left[0].end = len;
	return true;
}

static bool members_make(struct floor *floor)
{
	for (uint32_t i = 0; i < floor->config->load.members; i++) {
		struct floor_member *member = &floor->member[i];
		member->octets = floor->octets;
		member->left[0] = (struct span_octets){ 0, member->own.at };
		member->left[1] = (struct span_octets){ member->own.end, floor->first_end };
		member->left[2] = member->next;
		if (!floor->config->floor_shares && !copy_make(floor, member))
			return false;
	}
	return true;
}

/* --- sessions --------------------------------------------------------------------------------- */

/* The handshake is a few hundred octets into an empty socket: it fits, or the trial fails. */
static void say(struct floor *floor, const struct floor_member *member, const struct wr *wr)
{
	struct octets part = wr_octets_of(wr);
	uint32_t sent = 0;

	struct fault fault = floor->port->write(floor->port, member->stream, &part, 1, &sent);
	CHECK(!failed(fault) && sent == part.len_octets);
}

static void accept_all(struct floor *floor, struct port_stream listener)
{
	const struct load_config *load = &floor->config->load;
	struct bgp_open open = { .asn = LOAD_SERVER_ASN,
				 .router_id = LOAD_SERVER_ROUTER_ID,
				 .hold_s = FLOOR_HOLD_S,
				 .role = BGP_ROLE_ROUTE_SERVER,
				 .as4 = true,
				 .families = { true, true } };
	struct port_stream stream;
	struct address from;
	uint8_t octets[512];

	while (!failed(floor->port->accept(floor->port, listener, &stream, &from))) {
		struct wr wr = wr_of(octets, sizeof octets);
		uint32_t number = load_member_at(load, &from);
		if (number == load->members || failed(floor->port->watch(floor->port, stream))) {
			floor->port->close(floor->port, stream);
			continue;
		}
		struct floor_member *member = &floor->member[number];
		member->stream = stream;
		member->is_writable = true;
		floor->member_of[stream.number] = number + 1;
		bgp_open_write(&wr, &open);
		say(floor, member, &wr);
	}
}

static void handshake_message(struct floor *floor, struct floor_member *member, uint8_t type)
{
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);

	if (type == BGP_OPEN && !member->has_opened) {
		member->has_opened = true;
		bgp_keepalive_write(&wr);
	} else if (type == BGP_KEEPALIVE && member->has_opened && !member->is_up) {
		member->is_up = true;
		bgp_encode_end_of_rib(&wr, floor->config->load.family);
	}
	if (wr.pos != 0)
		say(floor, member, &wr);
}

static void handshake(struct floor *floor, struct floor_member *member, struct octets input)
{
	struct bgp_refusal refusal;
	struct bgp_message message;
	uint32_t at = 0;

	if (input.len_octets > FLOOR_HANDSHAKE_OCTETS - member->handshake_len)
		return;
	mem_copy(member->handshake + member->handshake_len, input.at, input.len_octets);
	member->handshake_len += input.len_octets;
	while (!failed(
		bgp_message_next(octets_of(member->handshake + at, member->handshake_len - at),
				 false, &message, &refusal))) {
		handshake_message(floor, member, message.type);
		at += message.whole.len_octets;
	}
	mem_move(member->handshake, member->handshake + at, member->handshake_len - at);
	member->handshake_len -= at;
}

static void read_from(struct floor *floor, struct floor_member *member)
{
	for (;;) {
		uint32_t got = 0;
		struct fault fault = floor->port->read(floor->port, member->stream, floor->input,
						       sizeof floor->input, &got);
		if (fault.kind == FAULT_AGAIN)
			return;
		if (failed(fault)) {
			floor->member_of[member->stream.number] = 0;
			floor->port->close(floor->port, member->stream);
			member->is_writable = member->is_up = false;
			return;
		}
		if (member->is_up && got > BGP_HEADER_OCTETS)
			floor->has_begun = true;
		if (!member->is_up)
			handshake(floor, member, octets_of(floor->input, got));
	}
}

/* One write to the member; true when it may take more. */
static bool write_to(struct floor *floor, struct floor_member *member)
{
	struct octets part[FLOOR_STRETCHES];
	uint32_t room = FLOOR_WRITE_OCTETS;
	uint32_t count = 0;
	uint32_t sent = 0;

	for (uint32_t i = member->left_first; i < FLOOR_STRETCHES && room != 0; i++) {
		uint32_t len = member->left[i].end - member->left[i].at;
		len = len < room ? len : room;
		if (len != 0)
			part[count++] = octets_of(member->octets + member->left[i].at, len);
		room -= len;
	}
	if (count == 0)
		return false;
	struct fault fault = floor->port->write(floor->port, member->stream, part, count, &sent);
	if (failed(fault) || sent < FLOOR_WRITE_OCTETS - room)
		member->is_writable = false;
	for (uint32_t i = member->left_first; i < FLOOR_STRETCHES && sent != 0; i++) {
		uint32_t len = member->left[i].end - member->left[i].at;
		len = len < sent ? len : sent;
		member->left[i].at += len;
		sent -= len;
		if (member->left[i].at == member->left[i].end)
			member->left_first = i + 1;
	}
	return member->is_writable && member->left_first < FLOOR_STRETCHES;
}

/* One write each; true while somebody may take more. */
static bool write_all(struct floor *floor)
{
	bool more = false;

	for (uint32_t i = 0; i < floor->config->load.members; i++) {
		struct floor_member *member = &floor->member[i];
		if (member->is_up && member->is_writable)
			more |= write_to(floor, member);
	}
	return more;
}

static void serve(struct floor *floor, struct port_stream listener)
{
	struct port_event events[PORT_EVENTS_MAX];
	bool more = false;

	for (;;) {
		struct instant until = { more ? 1 : 0 }; /* long past: do not wait */
		uint32_t count = floor->port->wait(floor->port, events, PORT_EVENTS_MAX, until);
		for (uint32_t i = 0; i < count; i++) {
			int32_t number = events[i].stream.number;
			if (number == listener.number) {
				accept_all(floor, listener);
				continue;
			}
			if (floor->member_of[number] == 0)
				continue;
			struct floor_member *member = &floor->member[floor->member_of[number] - 1];
			member->is_writable |= events[i].writable;
			if (events[i].readable)
				read_from(floor, member);
		}
		more = floor->has_begun && write_all(floor);
	}
}

void trial_serve_floor(const struct trial_stage *stage)
{
	static struct floor floor;
	struct universe universe;
	struct sets sets;
	struct sys_port sys;
	struct port_stream listener;

	floor.heap = heap_libc();
	floor.config = stage->config;
	universe_init(&universe, &floor.heap, (struct hash_key){ 1, 2 });
	if (failed(sys_port_init(&sys)) ||
	    failed(sets_init(&sets, &floor.heap, (struct hash_key){ 1, 2 })) ||
	    failed(load_init(&floor.load, &floor.heap, &stage->config->load, &universe, &sets)))
		return;
	floor.port = &sys.port;
	floor.member = heap_array(&floor.heap, stage->config->load.members, sizeof *floor.member);
	if (floor.member == NULL || !octets_make(&floor) || !members_make(&floor) ||
	    failed(sys.port.listen(&sys.port, &stage->at, &listener)))
		return;
	trial_ready(stage);
	serve(&floor, listener);
}
