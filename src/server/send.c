/* server/send.c — what the shards have for a session, to its stream.
 *
 * Private octets go first: they are older than anything the log still has for the session.  A write
 * that takes all is followed by the next pull; one that does not ends the turn, and the rest of the
 * message it cut becomes private, so that the cursor stands between messages. */
#include "base/check.h"
#include "bgp/refresh.h"
#include "server/inside.h"

#define SEND_PULLS_MAX 64u /* of one session in one turn */

static bool family_is_joined(const struct peer *peer, uint32_t place, enum family family)
{
	return peer->fsm.connection[place].negotiated.families[family];
}

/* The stretches of a log.  True when all went out. */
static bool parts_send(struct worker *worker, struct link *link, enum family family,
		       struct shard *shard, const struct rib_parts *parts)
{
	struct wr rest;
	uint32_t sent = 0;
	struct fault fault = worker->port->write(worker->port, link->stream, parts->part,
						 parts->part_count, &sent);

	if (failed(fault))
		sent = 0;
	worker->peer[link->session.index].counts.octets_sent += sent;
	bool all = sent == parts->len_octets;
	if (!all)
		link->is_writable = false;
	/* Without memory for the rest the stream is cut inside a message: it must end. */
	bool has_room = all || link_room(worker, link, LOG_MESSAGE_OCTETS_MAX, &rest);
	if (all || !has_room)
		rest = (struct wr){ 0 };
	rib_pulled(shard_enter(shard), link->session, family, parts,
		   has_room ? sent : parts->len_octets, &rest);
	shard_leave(shard);
	if (!has_room)
		link->is_broken = true;
	else if (!all)
		link_wrote(link, &rest);
	return all;
}

/* One family of one shard until it has nothing more or the stream takes no more.  False: the turn
 * is over. */
static bool shard_send(struct worker *worker, struct link *link, enum family family,
		       struct shard *shard)
{
	struct session_id session = link->session;
	struct rib_parts parts;

	for (uint32_t i = 0; i < SEND_PULLS_MAX && link->is_writable && !link->is_broken; i++) {
		struct wr copy = { 0 };
		struct rib *rib = shard_enter(shard);
		uint32_t need = rib_copy_need(rib, session, family);
		bool has_room = need == 0 || link_room(worker, link, need, &copy);
		enum rib_pull pull = has_room ? rib_pull(rib, session, family, worker->now, &parts,
							 &copy) :
						RIB_PULL_SHORT;
		shard_leave(shard);
		switch (pull) {
		case RIB_PULL_NOTHING:
			return true;
		case RIB_PULL_SHORT:
			link_short(worker, link);
			return true;
		case RIB_PULL_PARTS_READY:
			if (!parts_send(worker, link, family, shard, &parts))
				return false;
			break;
		case RIB_PULL_COPIED:
			link_wrote(link, &copy);
			if (!link_flush(worker, link))
				return false;
			break;
		}
	}
	link->has_output = true; /* others first */
	worker->has_output = true;
	return false;
}

/* End-of-RIB and EoRR follow the table of every shard. */
static void marker_send(struct worker *worker, struct link *link, enum family family)
{
	struct peer *peer = &worker->peer[link->session.index];
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);

	for (uint32_t i = 0; i < worker->shards->count; i++) {
		struct shard *shard = &worker->shards->shard[i];
		bool is_over = rib_out_is_past_copy(shard_enter(shard), link->session, family);
		shard_leave(shard);
		if (!is_over)
			return;
	}
	if (peer->marker[family] == MARKER_END_OF_RIB)
		bgp_encode_end_of_rib(&wr, family);
	else
		bgp_refresh_write(&wr, family, BGP_REFRESH_END);
	if (!link_say(worker, link, wr_octets_of(&wr))) {
		link_short(worker, link);
		return;
	}
	peer->marker[family] = MARKER_NONE;
	(void)link_flush(worker, link);
	if (peer->again[family])
		peer_send_again(worker, link->session, family);
}

static void family_send(struct worker *worker, struct link *link, enum family family)
{
	const struct peer *peer = &worker->peer[link->session.index];

	for (uint32_t i = 0; i < worker->shards->count; i++) {
		if (!shard_send(worker, link, family, &worker->shards->shard[i]))
			return;
	}
	if (peer->marker[family] != MARKER_NONE)
		marker_send(worker, link, family);
}

void send_link(struct worker *worker, struct link *link)
{
	struct session_id session = link->session;
	struct peer *peer = &worker->peer[session.index];
	uint64_t before = peer->counts.octets_sent;
	bool is_clear = link_flush(worker, link);

	link->has_output = false;
	if (link->is_broken) {
		peer_closed(worker, link, fault_of(FAULT_LIMIT, 0));
		return;
	}
	if (link->is_ending || link->place >= BGP_CONNECTIONS)
		return;
	if (is_clear && !peer->is_deferred &&
	    peer->fsm.connection[link->place].state == BGP_STATE_ESTABLISHED) {
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			if (peer->refresh_due[f])
				peer_send_again(worker, session, (enum family)f);
			if (link->out_len == link->out_at &&
			    family_is_joined(peer, link->place, (enum family)f))
				family_send(worker, link, (enum family)f);
		}
	}
	if (link->is_broken) {
		peer_closed(worker, link, fault_of(FAULT_LIMIT, 0));
		return;
	}
	bool blocked = !link->is_writable;
	if (peer->counts.octets_sent != before)
		bgp_session_sending(&peer->fsm, link->place, false, worker->now);
	bgp_session_sending(&peer->fsm, link->place, blocked, worker->now);
	peer_deadline(worker, session);
}

static void send_to(struct worker *worker, bool to_all)
{
	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		for (uint32_t place = 0; place < BGP_CONNECTIONS; place++) {
			struct link *link = worker->peer[i].link[place];
			if (link != NULL && (link->is_writable || link->is_broken) &&
			    (to_all || link->has_output))
				send_link(worker, link);
		}
	}
}

void send_all(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->shards->count; i++)
		worker->encoded_seen[i] = atomic_load(&worker->shards->shard[i].encoded);
	send_to(worker, true);
}

void send_some(struct worker *worker)
{
	worker->has_output = false;
	send_to(worker, false);
}
