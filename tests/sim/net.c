/* sim/net.c — pipes and connections. */
#include "sim/net.h"

#include "base/check.h"
#include "base/mem.h"

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
	pipe->trickle_gap = (struct span){ 0 };
	pipe->is_ended = pipe->end_has_arrived = false;
}

uint32_t net_pipe_write(struct net_pipe *pipe, struct octets octets, struct instant at)
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

uint32_t net_pipe_read(struct net_pipe *pipe, uint8_t *out, uint32_t room)
{
	uint32_t take = pipe->arrived < room ? pipe->arrived : room;

	mem_copy(out, pipe->octet, take);
	mem_move(pipe->octet, pipe->octet + take, pipe->len - take);
	pipe->len -= take;
	pipe->arrived -= take;
	pipe->read_octets += take;
	return take;
}

/* One octet at a time. */
static bool pipe_trickle(struct net_pipe *pipe, struct instant now)
{
	struct net_chunk *first = &pipe->chunk[0];

	if (pipe->chunk_count == 0 || first->at.ns > now.ns || pipe->trickle_at.ns > now.ns)
		return false;
	pipe->arrived++;
	pipe->trickle_at = instant_add(now, pipe->trickle_gap);
	if (--first->len_octets == 0)
		mem_move(pipe->chunk, pipe->chunk + 1, --pipe->chunk_count * sizeof *pipe->chunk);
	return true;
}

/* True when something arrived. */
static bool pipe_advance(struct net_pipe *pipe, struct instant now)
{
	uint32_t done = 0;
	bool any = false;

	if (now.ns < pipe->stalled_until.ns)
		return false;
	if (pipe->trickle_gap.ns != 0)
		any = pipe_trickle(pipe, now);
	while (pipe->trickle_gap.ns == 0 && done < pipe->chunk_count &&
	       pipe->chunk[done].at.ns <= now.ns) {
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
		at = pipe->trickle_gap.ns != 0 && pipe->chunk[0].at.ns < pipe->trickle_at.ns ?
			     pipe->trickle_at :
			     pipe->chunk[0].at;
	else if (pipe->is_ended && !pipe->end_has_arrived)
		at = (struct instant){ 1 };
	if (instant_is_set(at) && at.ns < pipe->stalled_until.ns)
		at = pipe->stalled_until;
	return at;
}

/* --- connections ------------------------------------------------------------------------------ */

struct net_conn *net_conn_new(struct net *net, uint32_t slot, bool by_member)
{
	static const uint32_t rooms[] = { NET_PIPE_OCTETS, NET_PIPE_OCTETS, 8192, 700, 64 };
	static const uint32_t pieces[] = { 0, 0, 0, 1000, 60, 1 };
	bool is_brisk = slot < NET_SLOTS_MAX && (net->brisk >> slot & 1) != 0;

	for (uint32_t i = 0; i < NET_CONNS_MAX; i++) {
		struct net_conn *conn = &net->conn[i];
		if (conn->state != NET_FREE)
			continue;
		if (i >= net->conn_end)
			net->conn_end = i + 1;
		pipe_init(&conn->to_server, NET_PIPE_OCTETS);
		pipe_init(&conn->to_member,
			  is_brisk ? NET_PIPE_OCTETS : rooms[random_below(net->random, 5)]);
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
		conn->read_max = is_brisk ? 0 : pieces[random_below(net->random, 6)];
		conn->write_max = is_brisk ? 0 : pieces[random_below(net->random, 6)];
		if (by_member && slot < NET_SLOTS_MAX && (net->trickling >> slot & 1) != 0)
			net_trickle(net, conn, span_s(60));
		return conn;
	}
	return NULL;
}

static void conn_settle(struct net_conn *conn)
{
	if (!conn->member_has && !conn->server_has && conn->state != NET_WAITING)
		conn->state = NET_FREE;
}

void net_server_closed(struct net *net, struct net_conn *conn)
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
		net->is_called[net->address_of(net->context, conn->slot).family] = true;
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
	while (net->conn_end != 0 && net->conn[net->conn_end - 1].state == NET_FREE)
		net->conn_end--;
	for (uint32_t i = 0; i < net->conn_end; i++) {
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

	for (uint32_t i = 0; i < net->conn_end; i++) {
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
	return net_conn_new(net, slot, true);
}

struct net_conn *net_take(struct net *net, uint32_t slot)
{
	for (uint32_t i = 0; i < net->conn_end; i++) {
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
	uint32_t got = net_pipe_read(&conn->to_member, out, room);

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
	return net_pipe_write(&conn->to_server, octets, instant_add(net->now, conn->latency));
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

void net_trickle(struct net *net, struct net_conn *conn, struct span gap)
{
	conn->to_server.trickle_gap = gap;
	conn->to_server.trickle_at = instant_add(net->now, gap);
}

void net_mark(struct net_conn *conn, uint64_t end_octets, struct net_mark mark)
{
	if (conn->to_member.is_ended)
		return; /* the server has closed: it reads no more */
	CHECK(conn->mark_count < NET_MARKS_MAX);
	mark.end_octets = end_octets;
	conn->mark[(conn->mark_first + conn->mark_count++) % NET_MARKS_MAX] = mark;
}
