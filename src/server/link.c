/* server/link.c — one stream.
 *
 * Reading goes into the worker's buffer; only an unfinished message is kept, so an idle session
 * holds no buffer at all.  Private octets are what is this session's alone: control messages,
 * copies of the table, the rest of a message of the log that went out in part. */
#include "base/check.h"
#include "base/mem.h"
#include "server/inside.h"

#define DROPPED_OCTETS 4096u

struct link *link_new(struct worker *worker, struct port_stream stream, struct session_id session)
{
	struct link *link = heap_zero(worker->heap, sizeof *link);

	if (link == NULL)
		return NULL;
	CHECK(stream.number >= 0 && (uint32_t)stream.number < PORT_STREAMS_MAX);
	CHECK(worker->link_of[stream.number] == NULL);
	link->stream = stream;
	link->session = session;
	link->place = BGP_CONNECTIONS;
	worker->link_of[stream.number] = link;
	return link;
}

void link_free(struct worker *worker, struct link *link)
{
	struct peer *peer = &worker->peer[link->session.index];

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if (peer->link[i] == link)
			peer->link[i] = NULL;
	}
	if (peer->connecting == link)
		peer->connecting = NULL;
	worker->link_of[link->stream.number] = NULL;
	worker->port->close(worker->port, link->stream);
	heap_free(worker->heap, link->partial, link->partial_room);
	heap_free(worker->heap, link->out, link->out_room);
	heap_free(worker->heap, link, sizeof *link);
}

bool link_room(struct worker *worker, struct link *link, uint32_t need, struct wr *out)
{
	if (link->out_at != 0) {
		mem_move(link->out, link->out + link->out_at, link->out_len - link->out_at);
		link->out_len -= link->out_at;
		link->out_at = 0;
	}
	uint32_t wanted = link->out_len + need;
	if (wanted < LINK_OUT_OCTETS_MIN)
		wanted = LINK_OUT_OCTETS_MIN;
	if (wanted > link->out_room) {
		uint8_t *fresh = heap_resize(worker->heap, link->out, link->out_room, wanted);
		if (fresh == NULL)
			return false;
		link->out = fresh;
		link->out_room = wanted;
	}
	*out = wr_of(link->out + link->out_len, link->out_room - link->out_len);
	return true;
}

void link_wrote(struct link *link, const struct wr *wr)
{
	CHECK(wr_ok(wr));
	link->out_len += wr->pos;
}

bool link_say(struct worker *worker, struct link *link, struct octets octets)
{
	struct wr wr;

	if (octets.len_octets == 0)
		return true;
	if (!link_room(worker, link, octets.len_octets, &wr))
		return false;
	wr_octets(&wr, octets);
	link_wrote(link, &wr);
	return true;
}

void link_must_say(struct worker *worker, struct link *link, struct octets octets)
{
	if (link->is_broken || link_say(worker, link, octets))
		return;
	/* What follows would make no sense to the neighbour. */
	link->is_broken = link->has_output = worker->has_output = true;
}

void link_short(struct worker *worker, struct link *link)
{
	link->has_output = true;
	if (!instant_is_set(worker->short_until))
		worker->short_until = instant_add(worker->now, span_ms(WORKER_SHORT_MS));
}

bool link_flush(struct worker *worker, struct link *link)
{
	while (link->out_at < link->out_len && link->is_writable) {
		struct octets part = octets_of(link->out + link->out_at,
					       link->out_len - link->out_at);
		uint32_t sent = 0;
		struct fault fault = worker->port->write(worker->port, link->stream, &part, 1,
							 &sent);
		if (failed(fault)) {
			link->is_writable = false;
			break; /* what is wrong with it, reading will tell */
		}
		link->out_at += sent;
		worker->peer[link->session.index].counts.octets_sent += sent;
	}
	if (link->out_at < link->out_len)
		return false;
	heap_free(worker->heap, link->out, link->out_room);
	link->out = NULL;
	link->out_at = link->out_len = link->out_room = 0;
	return true;
}

/* Keeps what is left of the input for the next time. */
static bool partial_keep(struct worker *worker, struct link *link, struct octets rest)
{
	if (rest.len_octets == 0) {
		heap_free(worker->heap, link->partial, link->partial_room);
		link->partial = NULL;
		link->partial_len = link->partial_room = 0;
		return true;
	}
	CHECK(rest.len_octets <= BGP_EXTENDED_MESSAGE_OCTETS_MAX);
	if (rest.len_octets > link->partial_room) {
		uint8_t *fresh = heap_resize(worker->heap, link->partial, link->partial_room,
					     rest.len_octets);
		if (fresh == NULL)
			return false;
		link->partial = fresh;
		link->partial_room = rest.len_octets;
	}
	mem_copy(link->partial, rest.at, rest.len_octets);
	link->partial_len = rest.len_octets;
	return true;
}

/* All whole messages of the input.  False: the link is gone. */
static bool messages_take(struct worker *worker, struct link *link, struct octets stream,
			  struct octets *rest)
{
	struct port_stream number = link->stream;

	while (stream.len_octets != 0) {
		const struct peer *peer = &worker->peer[link->session.index];
		struct bgp_refusal refusal;
		struct bgp_message message;
		bool extended = link->place < BGP_CONNECTIONS &&
				peer->fsm.connection[link->place].offer.extended_message;
		struct fault fault = bgp_message_next(stream, extended, &message, &refusal);
		if (fault.kind == FAULT_AGAIN)
			break;
		if (failed(fault)) {
			if (peer_settle(worker, link))
				peer_refuse(worker, link, &refusal);
			return false;
		}
		if (!peer_message(worker, link, &message))
			return false;
		CHECK(worker->link_of[number.number] == link);
		if (link->is_ending)
			return false;
		stream = octets_of(stream.at + message.whole.len_octets,
				   stream.len_octets - message.whole.len_octets);
	}
	*rest = stream;
	return peer_settle(worker, link);
}

static void link_out_of_memory(struct worker *worker, struct link *link)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_OUT_OF_RESOURCES);

	peer_refuse(worker, link, &refusal);
}

/* False: the neighbour has closed, and the link is gone. */
static bool rest_drop(struct worker *worker, struct link *link)
{
	uint8_t octets[DROPPED_OCTETS];
	uint32_t got = 0;

	for (uint32_t dropped = 0; dropped < WORKER_TURN_OCTETS; dropped += got) {
		struct fault fault = worker->port->read(worker->port, link->stream, octets,
							sizeof octets, &got);
		if (fault.kind == FAULT_AGAIN)
			return true;
		if (failed(fault)) {
			link_free(worker, link);
			return false;
		}
	}
	link->has_more = true;
	worker->has_unread = true;
	return true;
}

/* Closed at once, with octets of the neighbour unread, the system would reset the connection, and
 * the neighbour might never read why. */
void link_end(struct worker *worker, struct link *link)
{
	link->place = BGP_CONNECTIONS;
	link->is_ending = true;
	link->ending_until = instant_add(worker->now, span_s(WORKER_ENDING_S));
	(void)link_flush(worker, link);
	if (!rest_drop(worker, link))
		return;
	if (worker->ending_count == WORKER_ENDING_MAX) {
		link_free(worker, link);
		return;
	}
	worker->ending[worker->ending_count++] = link->stream.number;
}

void link_readable(struct worker *worker, struct link *link)
{
	uint32_t got = 0;

	if (link->is_ending) {
		(void)rest_drop(worker, link);
		return;
	}
	CHECK(worker->intake.list_count == 0);
	for (uint32_t taken = 0; taken < WORKER_TURN_OCTETS; taken += got) {
		uint32_t kept = link->partial_len;
		struct octets rest;
		mem_copy(worker->input, link->partial, kept);
		struct fault fault = worker->port->read(worker->port, link->stream,
							worker->input + kept,
							WORKER_TURN_OCTETS - taken, &got);
		if (fault.kind == FAULT_AGAIN)
			return;
		if (failed(fault)) {
			peer_closed(worker, link, fault);
			return;
		}
		worker->peer[link->session.index].counts.octets_received += got;
		if (!messages_take(worker, link, octets_of(worker->input, kept + got), &rest))
			return;
		if (!partial_keep(worker, link, rest)) {
			link_out_of_memory(worker, link);
			return;
		}
	}
	link->has_more = true;
	worker->has_unread = true;
}
