/* server/listen.c — listeners, the keys on them, and new streams.
 *
 * One worker listens for the team.  A stream for a session of another worker goes there by letter,
 * not yet watched by any port; a stranger is closed at once, without a word.
 *
 * Listeners are reported once for all who wait there, so what is left waiting is asked for again by
 * the worker itself: at once after WORKER_ACCEPTS_MAX, after ACCEPT_PAUSE_MS where the system has
 * no descriptor or memory for it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "server/inside.h"

#define ACCEPT_PAUSE_MS 100
#define ACCEPT_SHORT_S 10 /* without a failure, until it is believed to be over */

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
		struct fault fault = worker->port->secret(worker->port, listener, &secret);
		explicit_bzero(secret.octet, sizeof secret.octet);
		TRY(fault);
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
		struct fault fault = worker->port->secret(worker->port, link->stream, &secret);
		explicit_bzero(secret.octet, sizeof secret.octet);
		if (failed(fault))
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
		bool was_told = tell_rejected(worker, session);
		struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_REJECTED);
		bgp_notification_write(&wr[0], &refusal);
		link_must_say(worker, link, wr_octets_of(&wr[0]));
		if (was_told || !bgp_damping_holds(&peer->fsm.damping, worker->now)) {
			link_end(worker, link);
			return;
		}
		/* One that comes again and again is not waited for every time. */
		(void)link_flush(worker, link);
		link_free(worker, link);
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

void listen_hand_over(struct worker *worker, const struct letter *letter)
{
	struct link *link = NULL;
	/* The plan may have changed while the letter lay there. */
	bool is_known = worker->peer[letter->session.index].is_known;
	bool is_far = is_known && !is_near(worker, letter->session, letter->stream);

	if (is_far)
		tell_far(worker, letter->session);
	if (is_known && !is_far && !failed(worker->port->watch(worker->port, letter->stream)))
		link = link_new(worker, letter->stream, letter->session);
	if (link == NULL)
		worker->port->close(worker->port, letter->stream);
	else
		stream_begin(worker, link, false);
}

/* Said once, however long it lasts. */
static void accept_tell(struct worker *worker, struct fault fault)
{
	char text[128];
	bool is_known = instant_is_set(worker->drops_until);

	if (failed(fault)) {
		worker->drops_until = instant_add(worker->now, span_s(ACCEPT_SHORT_S));
		(void)snprintf(text, sizeof text, "new connections are dropped: %s",
			       strerror(fault.code));
	} else {
		worker->drops_until = (struct instant){ 0 };
		(void)snprintf(text, sizeof text, "new connections are taken again");
	}
	if (failed(fault) != is_known)
		peer_tell(worker, (struct session_id){ SESSIONS_MAX }, text);
}

/* A connection that went before it was taken says nothing about us. */
static bool is_short(struct fault fault)
{
	return fault.code == EMFILE || fault.code == ENFILE || fault.code == ENOBUFS ||
	       fault.code == ENOMEM;
}

static void stream_take(struct worker *worker, struct letter *letter, const struct address *from)
{
	const struct plan_session *session = plan_session_at(worker->plan, from);

	if (session == NULL) {
		tell_stranger(worker, from);
		worker->port->close(worker->port, letter->stream);
		return;
	}
	letter->session = session->id;
	if (worker_owns(worker, session->id)) {
		listen_hand_over(worker, letter);
		return;
	}
	struct worker *owner = worker->team[session->id.index % worker->count];
	if (mailbox_leave(&owner->mailbox, letter))
		worker_wake(owner);
	else
		worker->port->close(worker->port, letter->stream);
}

void listen_accept(struct worker *worker, struct port_stream listener)
{
	struct span pause = { 0 };

	for (uint32_t i = 0; i < WORKER_ACCEPTS_MAX; i++) {
		struct letter letter = { .kind = LETTER_STREAM };
		struct address from;
		struct fault fault = worker->port->accept(worker->port, listener, &letter.stream,
							  &from);
		if (fault.kind == FAULT_AGAIN)
			return;
		if (failed(fault)) {
			pause = span_ms(ACCEPT_PAUSE_MS);
			if (is_short(fault))
				accept_tell(worker, fault);
			continue;
		}
		if (instant_due(worker->drops_until, worker->now))
			accept_tell(worker, fault_none());
		stream_take(worker, &letter, &from);
	}
	worker->accept_again = instant_add(worker->now, pause);
}

void listen_again(struct worker *worker)
{
	if (!instant_due(worker->accept_again, worker->now))
		return;
	worker->accept_again = (struct instant){ 0 };
	for (uint32_t i = 0; i < worker->listener_count; i++)
		listen_accept(worker, worker->listener[i]);
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
