/* sim/net.c — pipes, connections and the port over them. */
#include "sim/net.h"

#include <errno.h>

#include "base/check.h"
#include "base/mem.h"

static struct net_port *port_of(struct port *port)
{
	return (struct net_port *)(void *)port;
}

static bool chance(struct net *net, uint32_t one_in)
{
	return random_below(net->random, one_in) == 0;
}

/* --- pipes ------------------------------------------------------------------------------------ */

static void pipe_init(struct net_pipe *pipe, uint32_t room)
{
	pipe->room = room;
	pipe->len = pipe->arrived = pipe->chunk_count = 0;
	pipe->written_octets = pipe->read_octets = 0;
	pipe->stalled_until = (struct instant){ 0 };
	pipe->is_ended = pipe->end_has_arrived = false;
}

static uint32_t pipe_write(struct net_pipe *pipe, struct octets octets, struct instant at)
{
	uint32_t fits = pipe->room - pipe->len;
	uint32_t take = octets.len_octets < fits ? octets.len_octets : fits;

	if (take == 0)
		return 0;
	mem_copy(pipe->octet + pipe->len, octets.at, take);
	pipe->len += take;
	pipe->written_octets += take;
	if (pipe->chunk_count == NET_CHUNKS_MAX) {
		pipe->chunk[pipe->chunk_count - 1].at = at;
		pipe->chunk[pipe->chunk_count - 1].len_octets += take;
	} else {
		pipe->chunk[pipe->chunk_count++] = (struct net_chunk){ at, take };
	}
	return take;
}

static uint32_t pipe_read(struct net_pipe *pipe, uint8_t *out, uint32_t room)
{
	uint32_t take = pipe->arrived < room ? pipe->arrived : room;

	mem_copy(out, pipe->octet, take);
	mem_move(pipe->octet, pipe->octet + take, pipe->len - take);
	pipe->len -= take;
	pipe->arrived -= take;
	pipe->read_octets += take;
	return take;
}

/* True when something arrived. */
static bool pipe_advance(struct net_pipe *pipe, struct instant now)
{
	uint32_t done = 0;
	bool any = false;

	if (now.ns < pipe->stalled_until.ns)
		return false;
	while (done < pipe->chunk_count && pipe->chunk[done].at.ns <= now.ns) {
		pipe->arrived += pipe->chunk[done++].len_octets;
		any = true;
	}
	pipe->chunk_count -= done;
	mem_move(pipe->chunk, pipe->chunk + done, pipe->chunk_count * sizeof *pipe->chunk);
	if (pipe->is_ended && !pipe->end_has_arrived && pipe->chunk_count == 0) {
		pipe->end_has_arrived = true;
		any = true;
	}
	return any;
}

static struct instant pipe_soonest(const struct net_pipe *pipe)
{
	struct instant at = { 0 };

	if (pipe->chunk_count != 0)
		at = pipe->chunk[0].at;
	else if (pipe->is_ended && !pipe->end_has_arrived)
		at = (struct instant){ 1 };
	if (instant_is_set(at) && at.ns < pipe->stalled_until.ns)
		at = pipe->stalled_until;
	return at;
}

/* --- connections ------------------------------------------------------------------------------ */

static struct net_conn *conn_new(struct net *net, uint32_t slot, bool by_member)
{
	static const uint32_t rooms[] = { NET_PIPE_OCTETS, NET_PIPE_OCTETS, 8192, 700, 64 };
	static const uint32_t pieces[] = { 0, 0, 0, 1000, 60, 1 };

	for (uint32_t i = 0; i < NET_CONNS_MAX; i++) {
		struct net_conn *conn = &net->conn[i];
		if (conn->state != NET_FREE)
			continue;
		pipe_init(&conn->to_server, NET_PIPE_OCTETS);
		pipe_init(&conn->to_member, rooms[random_below(net->random, 5)]);
		conn->state = NET_CALLING;
		conn->stream = net->capture->stream_count++;
		conn->slot = slot;
		conn->by_member = by_member;
		conn->is_idle = false;
		conn->number = -1;
		conn->watcher = 0;
		conn->member_has = by_member;
		conn->server_has = !by_member;
		conn->is_reset = conn->is_lost = false;
		conn->ending = 0;
		conn->said_end[0] = conn->said_end[1] = false;
		conn->last_read_at = conn->last_taken_at = net->now;
		conn->is_readable = conn->is_writable = conn->wants_room = false;
		conn->mark_first = conn->mark_count = 0;
		conn->latency = span_us(1 + random_below(net->random, 20000));
		conn->connect_at = instant_add(net->now, conn->latency);
		conn->read_max = pieces[random_below(net->random, 6)];
		conn->write_max = pieces[random_below(net->random, 6)];
		return conn;
	}
	return NULL;
}

static void conn_settle(struct net_conn *conn)
{
	if (!conn->member_has && !conn->server_has && conn->state != NET_WAITING)
		conn->state = NET_FREE;
}

static void server_end_closed(struct net *net, struct net_conn *conn)
{
	/* Octets that nobody read make the kernel send a reset, which may overtake the rest. */
	bool is_rude = conn->to_server.len != 0 && chance(net, 2);

	conn->server_has = false;
	conn->watcher = 0;
	conn->number = -1;
	conn->to_member.is_ended = true;
	if (is_rude) {
		conn->to_member.len = conn->to_member.arrived = conn->to_member.chunk_count = 0;
		conn->is_reset = true;
	}
	if (conn->state == NET_CALLING || conn->state == NET_REFUSED || !conn->member_has)
		conn->state = NET_FREE;
	conn_settle(conn);
}

static void call_arrives(struct net *net, struct net_conn *conn)
{
	if (conn->by_member) {
		conn->state = NET_WAITING;
		return;
	}
	bool answers = net->member_answers(net->context, conn->slot);
	conn->state = answers ? NET_WAITING : NET_REFUSED;
	conn->member_has = answers;
	conn->is_writable = true;
}

void net_advance(struct net *net, struct instant now)
{
	CHECK(now.ns >= net->now.ns);
	net->now = now;
	for (uint32_t i = 0; i < NET_CONNS_MAX; i++) {
		struct net_conn *conn = &net->conn[i];
		if (conn->state == NET_FREE)
			continue;
		if (conn->state == NET_CALLING && instant_due(conn->connect_at, now))
			call_arrives(net, conn);
		if (pipe_advance(&conn->to_server, now))
			conn->is_readable = true;
		(void)pipe_advance(&conn->to_member, now);
	}
}

struct instant net_soonest(const struct net *net)
{
	struct instant at = { 0 };

	for (uint32_t i = 0; i < NET_CONNS_MAX; i++) {
		const struct net_conn *conn = &net->conn[i];
		if (conn->state == NET_FREE)
			continue;
		if (conn->state == NET_CALLING)
			at = instant_sooner(at, conn->connect_at);
		at = instant_sooner(at, pipe_soonest(&conn->to_server));
		if (conn->member_has)
			at = instant_sooner(at, pipe_soonest(&conn->to_member));
	}
	return at;
}

/* --- the members' end ------------------------------------------------------------------------- */

struct net_conn *net_call(struct net *net, uint32_t slot)
{
	return conn_new(net, slot, true);
}

struct net_conn *net_take(struct net *net, uint32_t slot)
{
	for (uint32_t i = 0; i < NET_CONNS_MAX; i++) {
		struct net_conn *conn = &net->conn[i];
		if (conn->state == NET_WAITING && conn->slot == slot && !conn->by_member) {
			conn->state = NET_STANDS;
			return conn;
		}
	}
	return NULL;
}

static void room_made(struct net_conn *conn)
{
	if (conn->wants_room) {
		conn->wants_room = false;
		conn->is_writable = true;
	}
}

uint32_t net_member_read(struct net *net, struct net_conn *conn, uint8_t *out, uint32_t room)
{
	uint32_t got = pipe_read(&conn->to_member, out, room);

	if (got != 0) {
		conn->last_taken_at = net->now;
		room_made(conn);
	}
	return got;
}

uint32_t net_member_write(struct net *net, struct net_conn *conn, struct octets octets)
{
	if (conn->is_reset)
		return 0;
	return pipe_write(&conn->to_server, octets, instant_add(net->now, conn->latency));
}

bool net_member_may_read(const struct net_conn *conn)
{
	return conn->to_member.arrived != 0 || net_member_sees_end(conn);
}

bool net_member_sees_end(const struct net_conn *conn)
{
	return conn->is_reset || (conn->to_member.end_has_arrived && conn->to_member.arrived == 0);
}

void net_member_close(struct net *net, struct net_conn *conn, bool is_reset)
{
	(void)net;
	conn->member_has = false;
	conn->to_server.is_ended = true;
	if (is_reset) {
		conn->to_server.len = conn->to_server.arrived = conn->to_server.chunk_count = 0;
		conn->is_reset = true;
		conn->is_readable = true;
		conn->is_writable = true;
	}
	conn->to_member.len = conn->to_member.arrived = conn->to_member.chunk_count = 0;
	conn->wants_room = false;
	conn->is_writable = true;
	conn_settle(conn);
}

void net_mark(struct net_conn *conn, uint64_t end_octets, struct net_mark mark)
{
	if (conn->to_member.is_ended)
		return; /* the server has closed: it reads no more */
	CHECK(conn->mark_count < NET_MARKS_MAX);
	mark.end_octets = end_octets;
	conn->mark[(conn->mark_first + conn->mark_count++) % NET_MARKS_MAX] = mark;
}

/* --- the port --------------------------------------------------------------------------------- */

static struct instant port_now(struct port *port)
{
	return port_of(port)->net->now;
}

static struct wall port_wall(struct port *port)
{
	const struct net *net = port_of(port)->net;

	return (struct wall){ 1700000000 + net->now.ns / NS_PER_S + net->wall_offset_s };
}

static uint64_t port_random(struct port *port)
{
	return random_next(port_of(port)->net->random);
}

/* Numbers are given again as soon as they are free, lowest first, as descriptors are. */
static int32_t number_take(struct net *net, int32_t conn)
{
	for (int32_t i = 3; i < (int32_t)NET_NUMBERS_MAX; i++) {
		bool is_listener = i == net->listener[0] || i == net->listener[1];
		if (!is_listener && net->conn_of[i] < 0) {
			net->conn_of[i] = conn;
			return i;
		}
	}
	return -1;
}

static struct fault port_listen(struct port *port, const struct port_endpoint *at,
				struct port_stream *out)
{
	struct net *net = port_of(port)->net;

	out->number = number_take(net, -1);
	net->listener[at->address.family] = out->number;
	return fault_none();
}

static struct fault port_secret(struct port *port, struct port_stream listener,
				const struct port_secret *secret)
{
	(void)port;
	(void)listener;
	(void)secret;
	return fault_none();
}

static struct net_conn *backlog_first(struct net *net, int32_t listener)
{
	for (uint32_t i = 0; i < NET_CONNS_MAX; i++) {
		struct net_conn *conn = &net->conn[i];
		if (conn->state == NET_WAITING && conn->by_member &&
		    net->listener[net->address_of(net->context, conn->slot).family] == listener)
			return conn;
	}
	return NULL;
}

static struct fault port_accept(struct port *port, struct port_stream listener,
				struct port_stream *out, struct address *peer)
{
	struct net *net = port_of(port)->net;
	struct net_conn *conn = backlog_first(net, listener.number);

	if (conn == NULL)
		return fault_of(FAULT_AGAIN, 0);
	out->number = number_take(net, (int32_t)(conn - net->conn));
	if (out->number < 0)
		return fault_of(FAULT_SYSTEM, EMFILE);
	conn->number = out->number;
	conn->state = NET_STANDS;
	conn->server_has = true;
	*peer = net->address_of(net->context, conn->slot);
	return fault_none();
}

static struct net_conn *conn_at(struct port *port, struct port_stream stream)
{
	struct net *net = port_of(port)->net;

	CHECK(stream.number >= 0 && stream.number < (int32_t)NET_NUMBERS_MAX);
	CHECK(net->conn_of[stream.number] >= 0);
	return &net->conn[net->conn_of[stream.number]];
}

static struct fault port_watch(struct port *port, struct port_stream stream)
{
	struct net_conn *conn = conn_at(port, stream);

	CHECK(conn->watcher == 0);
	conn->watcher = port_of(port)->number + 1;
	conn->is_writable = true;
	conn->is_readable = conn->to_server.arrived != 0 || conn->to_server.end_has_arrived ||
			    conn->is_reset;
	return fault_none();
}

static struct fault port_connect(struct port *port, const struct address *from,
				 const struct port_endpoint *to, const struct port_secret *secret,
				 struct port_stream *out)
{
	struct net *net = port_of(port)->net;
	uint32_t slot = net->slot_of(net->context, &to->address);

	(void)from;
	(void)secret;
	if (chance(net, 16))
		return fault_of(FAULT_SYSTEM, EADDRNOTAVAIL);
	struct net_conn *conn = conn_new(net, slot, false);
	if (conn == NULL)
		return fault_of(FAULT_SYSTEM, EMFILE);
	out->number = conn->number = number_take(net, (int32_t)(conn - net->conn));
	conn->watcher = port_of(port)->number + 1;
	return fault_none();
}

static struct fault port_connected(struct port *port, struct port_stream stream)
{
	const struct net_conn *conn = conn_at(port, stream);

	if (conn->state == NET_CALLING)
		return fault_of(FAULT_AGAIN, 0);
	return conn->state == NET_REFUSED ? fault_of(FAULT_SYSTEM, ECONNREFUSED) : fault_none();
}

static struct fault port_same_link(struct port *port, struct port_stream stream)
{
	(void)port;
	(void)stream;
	return fault_none();
}

static uint32_t piece(struct net *net, uint32_t most, uint32_t piece_max)
{
	uint32_t bound = piece_max != 0 && piece_max < most ? piece_max : most;

	return bound > 1 && chance(net, 4) ? 1 + random_below(net->random, bound) : bound;
}

static struct fault port_read(struct port *port, struct port_stream stream, uint8_t *out,
			      uint32_t room_octets, uint32_t *len_octets)
{
	struct net *net = port_of(port)->net;
	struct net_conn *conn = conn_at(port, stream);

	if (conn->is_reset)
		return fault_of(FAULT_SYSTEM, ECONNRESET);
	if (conn->to_server.arrived == 0)
		return fault_of(conn->to_server.end_has_arrived ? FAULT_ABSENT : FAULT_AGAIN, 0);
	*len_octets = pipe_read(&conn->to_server, out, piece(net, room_octets, conn->read_max));
	CHECK(*len_octets != 0);
	net->server_read(net->context, conn);
	return fault_none();
}

static struct fault port_write(struct port *port, struct port_stream stream,
			       const struct octets *parts, uint32_t part_count,
			       uint32_t *len_octets)
{
	struct net *net = port_of(port)->net;
	struct net_conn *conn = conn_at(port, stream);
	struct instant at = instant_add(net->now, conn->latency);
	uint32_t total = 0;

	*len_octets = 0;
	if (conn->is_reset || !conn->member_has)
		return fault_of(FAULT_SYSTEM, EPIPE);
	for (uint32_t i = 0; i < part_count; i++)
		total += parts[i].len_octets;
	uint32_t may = piece(net, total, conn->write_max);
	for (uint32_t i = 0; i < part_count && *len_octets < may; i++) {
		uint32_t left = may - *len_octets;
		uint32_t take = parts[i].len_octets < left ? parts[i].len_octets : left;
		uint64_t before = conn->to_member.written_octets;
		uint32_t took = pipe_write(&conn->to_member, octets_of(parts[i].at, take), at);
		capture_put(net->capture, conn->stream, before, octets_of(parts[i].at, took),
			    net->now);
		*len_octets += took;
		if (took < take)
			break;
	}
	/* A kernel that takes less than all says later that it takes more: when room is made; or
	 * at once, when it only wanted a pause. */
	if (*len_octets < total && conn->to_member.len == 0)
		conn->is_writable = true;
	else if (*len_octets < total)
		conn->wants_room = true;
	return *len_octets == 0 && total != 0 ? fault_of(FAULT_AGAIN, 0) : fault_none();
}

static void port_close(struct port *port, struct port_stream stream)
{
	struct net *net = port_of(port)->net;

	for (uint32_t i = 0; i < NET_LISTENERS_MAX; i++) {
		if (net->listener[i] == stream.number) {
			net->listener[i] = -1;
			return;
		}
	}
	struct net_conn *conn = conn_at(port, stream);
	net->conn_of[stream.number] = -1;
	server_end_closed(net, conn);
}

static bool has_event(const struct net_conn *conn, uint32_t port)
{
	return conn->state != NET_FREE && conn->watcher == port + 1 &&
	       (conn->is_readable || conn->is_writable);
}

bool net_port_is_runnable(const struct net_port *port)
{
	struct net *net = port->net;

	if (port->is_woken || !port->is_asleep || instant_due(port->sleeps_until, net->now))
		return true;
	for (uint32_t i = 0; i < NET_CONNS_MAX; i++) {
		if (has_event(&net->conn[i], port->number))
			return true;
	}
	for (uint32_t i = 0; i < NET_LISTENERS_MAX && port->number == 0; i++) {
		if (net->listener[i] >= 0 && backlog_first(net, net->listener[i]) != NULL)
			return true;
	}
	return false;
}

static uint32_t port_wait(struct port *port, struct port_event *out, uint32_t events_max,
			  struct instant until)
{
	struct net_port *own = port_of(port);
	struct net *net = own->net;
	uint32_t first = random_below(net->random, NET_CONNS_MAX);
	uint32_t count = 0;

	for (uint32_t i = 0; i < NET_LISTENERS_MAX && own->number == 0; i++) {
		if (net->listener[i] >= 0 && backlog_first(net, net->listener[i]) != NULL)
			out[count++] = (struct port_event){ .stream = { net->listener[i] },
							    .readable = true };
	}
	for (uint32_t i = 0; i < NET_CONNS_MAX && count < events_max; i++) {
		struct net_conn *conn = &net->conn[(first + i) % NET_CONNS_MAX];
		if (!has_event(conn, own->number) || (net->withholds && chance(net, 3)))
			continue;
		out[count++] = (struct port_event){ .stream = { conn->number },
						    .readable = conn->is_readable,
						    .writable = conn->is_writable };
		conn->is_readable = conn->is_writable = false;
	}
	own->is_asleep = count == 0 && !own->is_woken && !instant_due(until, net->now);
	own->is_woken = false;
	own->sleeps_until = until;
	return count;
}

static void port_wake(struct port *port)
{
	port_of(port)->is_woken = true;
}

void net_init(struct net *net, struct random *random, uint32_t port_count)
{
	net->random = random;
	net->now = (struct instant){ NS_PER_S };
	net->wall_offset_s = 0;
	net->port_count = port_count;
	for (uint32_t i = 0; i < NET_CONNS_MAX; i++)
		net->conn[i].state = NET_FREE;
	for (uint32_t i = 0; i < NET_NUMBERS_MAX; i++)
		net->conn_of[i] = -1;
	for (uint32_t i = 0; i < NET_LISTENERS_MAX; i++)
		net->listener[i] = -1;
	for (uint32_t i = 0; i < port_count; i++)
		net->port[i] = (struct net_port){
			.port = { port_now, port_wall, port_random, port_listen, port_secret,
				  port_accept, port_watch, port_connect, port_connected,
				  port_same_link, port_read, port_write, port_close, port_wait,
				  port_wake },
			.net = net,
			.number = i,
		};
}
