/* server/send.c — what the shard has for a session, to its stream.
 *
 * Private octets go first: they are older than anything the log still has for the session.  A write
 * that takes all is followed by the next pull; one that does not ends the turn, and the rest of the
 * message it cut becomes private, so that the cursor stands between messages. */
#include "base/check.h"
#include "server/inside.h"

static bool family_is_joined(const struct peer *peer, uint32_t place, enum family family)
{
	return peer->fsm.connection[place].negotiated.families[family];
}

/* The stretches of the log.  True when all went out. */
static bool parts_send(struct worker *worker, struct link *link, enum family family,
		       const struct rib_parts *parts)
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
	if (!link_room(worker, link, all ? 1 : LOG_MESSAGE_OCTETS_MAX, &rest)) {
		/* Without memory for the rest the stream is cut inside a message: it must end. */
		rib_pulled(worker->rib, link->session, family, parts, parts->len_octets, &rest);
		link->is_broken = true;
		return false;
	}
	rib_pulled(worker->rib, link->session, family, parts, sent, &rest);
	link_wrote(link, &rest);
	return all;
}

/* One family until it has nothing more or the stream takes no more. */
static void family_send(struct worker *worker, struct link *link, enum family family)
{
	struct rib_parts parts;

	for (uint32_t i = 0; i < 64 && link->is_writable && !link->is_broken; i++) {
		uint32_t need = rib_copy_need(worker->rib, link->session, family);
		struct wr copy = { 0 };
		if (need != 0 && !link_room(worker, link, need, &copy))
			return; /* later, when there is memory */
		switch (rib_pull(worker->rib, link->session, family, worker->now, &parts, &copy)) {
		case RIB_PULL_NOTHING:
			return;
		case RIB_PULL_PARTS_READY:
			if (!parts_send(worker, link, family, &parts))
				return;
			break;
		case RIB_PULL_COPIED:
			link_wrote(link, &copy);
			if (!link_flush(worker, link))
				return;
			break;
		}
	}
	worker->has_output = true; /* others first */
}

void send_link(struct worker *worker, struct link *link)
{
	struct session_id session = link->session;
	struct peer *peer = &worker->peer[session.index];
	uint64_t before = peer->counts.octets_sent;
	bool is_clear = link_flush(worker, link);

	if (link->is_ending) {
		if (is_clear)
			link_free(worker, link);
		return;
	}
	if (link->place >= BGP_CONNECTIONS)
		return;
	if (is_clear && peer->fsm.connection[link->place].state == BGP_STATE_ESTABLISHED) {
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			if (link->out_len == link->out_at &&
			    family_is_joined(peer, link->place, (enum family)f))
				family_send(worker, link, (enum family)f);
		}
	}
	if (link->is_broken) {
		peer_closed(worker, link);
		return;
	}
	bool blocked = !link->is_writable;
	if (peer->counts.octets_sent != before)
		bgp_session_sending(&peer->fsm, link->place, false, worker->now);
	bgp_session_sending(&peer->fsm, link->place, blocked, worker->now);
	peer_deadline(worker, session);
}

void send_all(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		struct peer *peer = &worker->peer[i];
		for (uint32_t place = 0; place < BGP_CONNECTIONS; place++) {
			if (peer->link[place] != NULL && peer->link[place]->is_writable)
				send_link(worker, peer->link[place]);
		}
	}
}
