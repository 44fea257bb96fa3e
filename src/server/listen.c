/* server/listen.c — listeners, the keys on them, and new streams.
 *
 * One worker listens for the team.  A stream for a session of another worker goes there by letter,
 * not yet watched by any port; a stranger is closed at once, without a word. */
#include <errno.h>

#include "base/check.h"
#include "base/mem.h"
#include "server/inside.h"

#define ARRIVAL_S 1       /* connections of a neighbour: one in this time in the long run, */
#define ARRIVALS_BURST 30 /* and so many at once */

static bool same_secret(const struct plan_session *a, const struct plan_session *b)
{
	return a != NULL && b != NULL && address_compare(&a->address, &b->address) == 0 &&
	       octets_equal(octets_of(a->password, a->password_len_octets),
			    octets_of(b->password, b->password_len_octets));
}

static bool wants_key(const struct plan_session *session, uint8_t family)
{
	return session->used && session->password_len_octets != 0 &&
	       session->address.family == family;
}

/* RFC 2385: a key stands on the listener before the member calls. */
struct fault listen_secrets(struct worker *worker, struct port_stream listener, uint8_t family,
			    const struct plan *before)
{
	const struct plan *plan = worker->plan;

	for (uint32_t i = 0; before != NULL && i < before->session_end; i++) {
		const struct plan_session *old = &before->session[i];
		if (!wants_key(old, family) ||
		    same_secret(old, plan_session_at(plan, &old->address)))
			continue;
		struct port_secret none = { .peer = old->address };
		TRY(worker->port->secret(worker->port, listener, &none));
	}
	for (uint32_t i = 0; i < plan->session_end; i++) {
		const struct plan_session *session = &plan->session[i];
		struct port_secret secret = { .peer = session->address,
					      .len_octets = session->password_len_octets };
		if (!wants_key(session, family) ||
		    (before != NULL &&
		     same_secret(session, plan_session_at(before, &session->address))))
			continue;
		mem_copy(secret.octet, session->password, session->password_len_octets);
		TRY(worker->port->secret(worker->port, listener, &secret));
	}
	return fault_none();
}

/* A stream that stands keeps its key: the neighbour has the old one till somebody types the new. */
void listen_rekey(struct worker *worker, const struct plan *before)
{
	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		const struct plan_session *wanted = &worker->plan->session[i];
		const struct link *link = worker->peer[i].connecting;
		if (!wanted->used || link == NULL ||
		    same_secret(wanted, plan_session_of(before, wanted->id)))
			continue;
		struct port_secret secret = { .peer = wanted->address,
					      .len_octets = wanted->password_len_octets };
		mem_copy(secret.octet, wanted->password, wanted->password_len_octets);
		if (failed(worker->port->secret(worker->port, link->stream, &secret)))
			peer_tell(worker, link->session, "its TCP MD5 key could not be changed");
	}
}

struct fault worker_listen(struct worker *worker, const struct port_endpoint *at)
{
	struct port_stream listener;

	if (worker->listener_count == WORKER_LISTENERS_MAX)
		return fault_of(FAULT_LIMIT, 0);
	TRY(worker->port->listen(worker->port, at, &listener));
	struct fault fault = listen_secrets(worker, listener, at->address.family, NULL);
	if (failed(fault)) {
		worker->port->close(worker->port, listener);
		return fault;
	}
	worker->listener_family[worker->listener_count] = at->address.family;
	worker->listener[worker->listener_count++] = listener;
	return fault_none();
}

bool listen_is(const struct worker *worker, struct port_stream stream)
{
	for (uint32_t i = 0; i < worker->listener_count; i++) {
		if (worker->listener[i].number == stream.number)
			return true;
	}
	return false;
}

/* --- new streams ------------------------------------------------------------------------------ */

/* A stream of a session: the machine says whether it may stay. */
static void stream_begin(struct worker *worker, struct link *link, bool is_ours)
{
	struct session_id session = link->session;
	struct peer *peer = &worker->peer[session.index];
	struct wr wr[BGP_CONNECTIONS];
	uint32_t place = 0;

	link->is_writable = true;
	if (!bgp_session_connected(&peer->fsm, is_ours, worker->now, peer_outputs(worker, wr),
				   &place)) {
		/* RFC 4486: a member that is known but not wanted now is told so. */
		tell_rejected(worker, session);
		struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_REJECTED);
		bgp_notification_write(&wr[0], &refusal);
		link_must_say(worker, link, wr_octets_of(&wr[0]));
		link_end(worker, link);
		return;
	}
	CHECK(peer->link[place] == NULL);
	peer->link[place] = link;
	link->place = place;
	peer_obey(worker, session, (struct bgp_outcome){ 0 }, wr);
}

/* RFC 5082 holds for the stream from its first moment on: nothing was read from it yet. */
static bool is_near(struct worker *worker, struct session_id session, struct port_stream stream)
{
	const struct plan_session *wanted = plan_session_of(worker->plan, session);

	return !wanted->gtsm || !failed(worker->port->same_link(worker->port, stream));
}

/* RFC 4271 8.1.1, DampPeerOscillations: a session that comes and goes costs its neighbours a look
 * at the table, and a table sent, each time. */
static bool may_arrive(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];
	struct instant from = peer->arrivals_until;

	if (!instant_is_set(from) || instant_due(from, worker->now))
		from = worker->now;
	if (instant_since(from, worker->now).ns >= span_s(ARRIVAL_S * ARRIVALS_BURST).ns)
		return false;
	peer->arrivals_until = instant_add(from, span_s(ARRIVAL_S));
	return true;
}

void listen_hand_over(struct worker *worker, const struct letter *letter)
{
	struct link *link = NULL;
	/* The plan may have changed while the letter lay there. */
	bool is_known = worker->peer[letter->session.index].is_known;
	bool is_hasty = is_known && !may_arrive(worker, letter->session);
	bool is_far = is_known && !is_hasty && !is_near(worker, letter->session, letter->stream);

	if (is_hasty)
		tell_hasty(worker, letter->session);
	if (is_far)
		tell_far(worker, letter->session);
	if (is_known && !is_hasty && !is_far &&
	    !failed(worker->port->watch(worker->port, letter->stream)))
		link = link_new(worker, letter->stream, letter->session);
	if (link == NULL)
		worker->port->close(worker->port, letter->stream);
	else
		stream_begin(worker, link, false);
}

void listen_accept(struct worker *worker, struct port_stream listener)
{
	for (uint32_t i = 0; i < WORKER_ACCEPTS_MAX; i++) {
		struct letter letter = { .kind = LETTER_STREAM };
		struct address from;
		if (failed(worker->port->accept(worker->port, listener, &letter.stream, &from)))
			return;
		const struct plan_session *session = plan_session_at(worker->plan, &from);
		if (session == NULL) {
			tell_stranger(worker, &from);
			worker->port->close(worker->port, letter.stream);
			continue;
		}
		letter.session = session->id;
		if (worker_owns(worker, session->id)) {
			listen_hand_over(worker, &letter);
			continue;
		}
		struct worker *owner = worker->team[session->id.index % worker->count];
		if (mailbox_leave(&owner->mailbox, &letter))
			worker_wake(owner);
		else
			worker->port->close(worker->port, letter.stream);
	}
}

void listen_connected(struct worker *worker, struct link *link)
{
	struct peer *peer = &worker->peer[link->session.index];
	struct fault fault = worker->port->connected(worker->port, link->stream);

	if (fault.kind == FAULT_AGAIN)
		return;
	if (!failed(fault) && !is_near(worker, link->session, link->stream))
		fault = fault_of(FAULT_SYSTEM, EPERM);
	if (failed(fault)) {
		peer_closed(worker, link, fault);
		return;
	}
	peer->connecting = NULL;
	link->is_connecting = false;
	stream_begin(worker, link, true);
}
