/* sim/port.c — the port through which a worker sees the pretend network. */
#include <errno.h>

#include "base/check.h"
#include "sim/net.h"

static struct net_port *port_of(struct port *port)
{
	return (struct net_port *)(void *)port;
}

static bool chance(struct net *net, uint32_t one_in)
{
	return random_below(net->random, one_in) == 0;
}

static struct instant port_now(struct port *port)
{
	return port_of(port)->net->now;
}

struct wall net_wall(const struct net *net)
{
	return (struct wall){ 1700000000 + net->now.ns / NS_PER_S + net->wall_offset_s };
}

static struct wall port_wall(struct port *port)
{
	return net_wall(port_of(port)->net);
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

/* As in a queue. */
static struct net_conn *backlog_first(struct net *net, int32_t listener)
{
	struct net_conn *first = NULL;

	for (uint32_t i = 0; i < net->conn_end; i++) {
		struct net_conn *conn = &net->conn[i];
		if (conn->state == NET_WAITING && conn->by_member &&
		    net->listener[net->address_of(net->context, conn->slot).family] == listener &&
		    (first == NULL || conn->stream < first->stream))
			first = conn;
	}
	return first;
}

static struct fault port_accept(struct port *port, struct port_stream listener,
				struct port_stream *out, struct address *peer)
{
	struct net *net = port_of(port)->net;
	struct net_conn *conn = backlog_first(net, listener.number);

	if (conn == NULL)
		return fault_of(FAULT_AGAIN, 0);
	/* As the real port does: what cannot be taken is dropped. */
	if (net->has_no_numbers) {
		conn->state = NET_STANDS;
		net_server_closed(net, conn);
		return fault_of(FAULT_SYSTEM, EMFILE);
	}
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
	if (net->has_no_numbers)
		return fault_of(FAULT_SYSTEM, EMFILE);
	if (chance(net, 16))
		return fault_of(FAULT_SYSTEM, EADDRNOTAVAIL);
	struct net_conn *conn = net_conn_new(net, slot, false);
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
	*len_octets = net_pipe_read(&conn->to_server, out, piece(net, room_octets, conn->read_max));
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
		uint32_t took = net_pipe_write(&conn->to_member, octets_of(parts[i].at, take), at);
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
	net_server_closed(net, conn);
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
	for (uint32_t i = 0; i < net->conn_end; i++) {
		if (has_event(&net->conn[i], port->number))
			return true;
	}
	for (uint32_t i = 0; i < NET_LISTENERS_MAX && port->number == 0; i++) {
		if (net->listener[i] >= 0 && net->is_called[i])
			return true;
	}
	return false;
}

static uint32_t port_wait(struct port *port, struct port_event *out, uint32_t events_max,
			  struct instant until)
{
	struct net_port *own = port_of(port);
	struct net *net = own->net;
	uint32_t end = net->conn_end;
	uint32_t first = end == 0 ? 0 : random_below(net->random, end);
	uint32_t count = 0;

	for (uint32_t i = 0; i < NET_LISTENERS_MAX && own->number == 0; i++) {
		if (net->listener[i] < 0 || !net->is_called[i])
			continue;
		net->is_called[i] = false;
		out[count++] = (struct port_event){ .stream = { net->listener[i] },
						    .readable = true };
	}
	for (uint32_t i = 0; i < end && count < events_max; i++) {
		struct net_conn *conn = &net->conn[(first + i) % end];
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
	net->conn_end = 0;
	net->brisk = net->trickling = 0;
	net->has_no_numbers = false;
	net->is_called[0] = net->is_called[1] = false;
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
