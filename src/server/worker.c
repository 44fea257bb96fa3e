/* server/worker.c — the step of a worker.
 *
 * Order of a step: what the port reports is read and parsed into the shard; what is due is done;
 * slices of sweeps and of a change of plan; then, when enough time has passed since the last flush,
 * prefixes are decided and encoded, and everyone is sent what there is.  Deciding waits a little
 * when there are many sessions: a flush costs a write for each of them (docs/performance.md). */
#include "base/check.h"
#include "base/mem.h"
#include "server/inside.h"

struct fault worker_new(struct heap *heap, struct port *port, struct rib *rib, struct plan *plan,
			const struct worker_watch *watch, struct worker **out)
{
	struct worker *worker = heap_zero(heap, sizeof *worker);

	if (worker == NULL)
		return fault_of(FAULT_LIMIT, 0);
	worker->heap = heap;
	worker->port = port;
	worker->rib = rib;
	worker->plan = plan_ref(plan);
	worker->watch = *watch;
	worker->now = port->now(port);
	struct fault fault = deadlines_init(&worker->deadlines, heap, SESSIONS_MAX);
	if (failed(fault)) {
		plan_unref(plan);
		heap_free(heap, worker, sizeof *worker);
		return fault;
	}
	for (uint32_t i = 0; i < plan->session_end; i++) {
		if (plan->session[i].used)
			peer_configure(worker, (struct session_id){ (uint16_t)i });
	}
	*out = worker;
	return fault_none();
}

void worker_free(struct worker *worker)
{
	if (worker == NULL)
		return;
	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		if (worker->peer[i].is_known)
			peer_stop(worker, (struct session_id){ (uint16_t)i },
				  BGP_CEASE_ADMIN_SHUTDOWN, "the route server is going down");
	}
	for (uint32_t i = 0; i < PORT_STREAMS_MAX; i++) {
		if (worker->link_of[i] != NULL)
			link_free(worker, worker->link_of[i]);
	}
	for (uint32_t i = 0; i < worker->listener_count; i++)
		worker->port->close(worker->port, worker->listener[i]);
	deadlines_fini(&worker->deadlines);
	plan_unref(worker->plan);
	heap_free(worker->heap, worker, sizeof *worker);
}

/* Keys of the members that call this listener: those of its family. */
static struct fault secrets_set(struct worker *worker, struct port_stream listener, uint8_t family)
{
	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		const struct plan_session *session = &worker->plan->session[i];
		struct port_secret secret = { .peer = session->address,
					      .len_octets = session->password_len_octets };
		if (!session->used || session->password_len_octets == 0 ||
		    session->address.family != family)
			continue;
		mem_copy(secret.octet, session->password, session->password_len_octets);
		TRY(worker->port->secret(worker->port, listener, &secret));
	}
	return fault_none();
}

struct fault worker_listen(struct worker *worker, const struct port_endpoint *at)
{
	struct port_stream listener;

	if (worker->listener_count == WORKER_LISTENERS_MAX)
		return fault_of(FAULT_LIMIT, 0);
	TRY(worker->port->listen(worker->port, at, &listener));
	struct fault fault = secrets_set(worker, listener, at->address.family);
	if (failed(fault)) {
		worker->port->close(worker->port, listener);
		return fault;
	}
	worker->listener_family[worker->listener_count] = at->address.family;
	worker->listener[worker->listener_count++] = listener;
	return fault_none();
}

/* --- new streams --------------------------------------------------------------------------------
 * */

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
		struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_REJECTED);
		bgp_notification_write(&wr[0], &refusal);
		(void)link_say(worker, link, wr_octets_of(&wr[0]));
		(void)link_flush(worker, link);
		link_free(worker, link);
		return;
	}
	CHECK(peer->link[place] == NULL);
	peer->link[place] = link;
	link->place = place;
	peer_obey(worker, session, (struct bgp_outcome){ 0 }, wr);
}

/* A stranger is closed at once, without a word. */
static void accept_from(struct worker *worker, struct port_stream listener)
{
	for (uint32_t i = 0; i < WORKER_ACCEPTS_MAX; i++) {
		struct port_stream stream;
		struct address from;
		if (failed(worker->port->accept(worker->port, listener, &stream, &from)))
			return;
		const struct plan_session *session = plan_session_at(worker->plan, &from);
		struct link *link = NULL;
		bool fits = session != NULL &&
			    (!session->gtsm ||
			     !failed(worker->port->same_link(worker->port, stream)));
		if (fits)
			link = link_new(worker, stream, session->id);
		if (link == NULL)
			worker->port->close(worker->port, stream);
		else
			stream_begin(worker, link, false);
	}
}

static void connect_ended(struct worker *worker, struct link *link)
{
	struct peer *peer = &worker->peer[link->session.index];
	struct fault fault = worker->port->connected(worker->port, link->stream);

	if (fault.kind == FAULT_AGAIN)
		return;
	if (failed(fault)) {
		peer_closed(worker, link);
		return;
	}
	peer->connecting = NULL;
	link->is_connecting = false;
	stream_begin(worker, link, true);
}

static bool is_listener(const struct worker *worker, struct port_stream stream)
{
	for (uint32_t i = 0; i < worker->listener_count; i++) {
		if (worker->listener[i].number == stream.number)
			return true;
	}
	return false;
}

static void take_event(struct worker *worker, const struct port_event *event)
{
	if (is_listener(worker, event->stream)) {
		accept_from(worker, event->stream);
		return;
	}
	struct link *link = worker->link_of[event->stream.number];
	if (link == NULL)
		return;
	if (link->is_connecting) {
		connect_ended(worker, link);
		return;
	}
	if (event->writable) {
		link->is_writable = true;
		send_link(worker, link);
		link = worker->link_of[event->stream.number];
	}
	if (event->readable && link != NULL)
		link_readable(worker, link);
}

/* Streams that were left in mid-reading: the port will not report them again. */
static bool read_on(struct worker *worker)
{
	bool any = false;

	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		for (uint32_t place = 0; place < BGP_CONNECTIONS; place++) {
			struct link *link = worker->peer[i].link[place];
			if (link == NULL || !link->has_more)
				continue;
			link->has_more = false;
			link_readable(worker, link);
			link = worker->peer[i].link[place];
			any |= link != NULL && link->has_more;
		}
	}
	return any;
}

/* --- time ---------------------------------------------------------------------------------------
 * */

static void links_expire(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->ending_count; i++) {
		struct link *link = worker->link_of[worker->ending[i]];
		bool is_over = link == NULL || !link->is_ending;
		if (!is_over && instant_due(link->ending_until, worker->now)) {
			link_free(worker, link);
			is_over = true;
		}
		if (is_over)
			worker->ending[i--] = worker->ending[--worker->ending_count];
	}
}

static void take_due(struct worker *worker)
{
	uint32_t number;

	/* A deadline that a session sets anew in the past would come round again: once a step
	 * each. */
	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		if (!deadlines_take_due(&worker->deadlines, worker->now, &number))
			break;
		peer_due(worker, (struct session_id){ (uint16_t)number });
	}
	links_expire(worker);
}

static struct span flush_pause(const struct worker *worker)
{
	int64_t us = (int64_t)worker->established_count * WORKER_FLUSH_US_PER_SESSION;

	return span_us(us > WORKER_FLUSH_US_MAX ? WORKER_FLUSH_US_MAX : us);
}

/* Decides and encodes until nothing waits or the window is full, sending in between. */
static void flush_and_send(struct worker *worker)
{
	struct session_id to_end;
	bool more = true;

	while (more) {
		more = rib_flush(worker->rib, worker->now);
		send_all(worker);
		worker->now = worker->port->now(worker->port);
	}
	if (rib_out_relieve(worker->rib, worker->now, &to_end))
		peer_stop(worker, to_end, BGP_CEASE_OUT_OF_RESOURCES, NULL);
	worker->has_output = false;
	worker->flushed_at = worker->now;
}

static struct instant soonest(const struct worker *worker, struct instant until, bool has_more)
{
	struct instant at = instant_sooner(until, deadlines_soonest(&worker->deadlines));

	if (has_more || worker->sweep_count != 0 || rib_replanning(worker->rib))
		return worker->now;
	if (rib_has_dirty(worker->rib) || worker->has_output)
		at = instant_sooner(at, instant_add(worker->flushed_at, flush_pause(worker)));
	if (worker->ending_count != 0)
		at = instant_sooner(at, instant_add(worker->now, span_s(1)));
	return at;
}

void worker_step(struct worker *worker, struct instant until)
{
	struct port_event events[PORT_EVENTS_MAX];
	uint32_t count = worker->port->wait(worker->port, events, PORT_EVENTS_MAX,
					    soonest(worker, until, worker->has_unread));

	worker->now = worker->port->now(worker->port);
	worker->has_unread = read_on(worker);
	for (uint32_t i = 0; i < count; i++)
		take_event(worker, &events[i]);
	take_due(worker);
	if (worker->sweep_count != 0)
		peer_sweep_step(worker);
	if (rib_replanning(worker->rib)) {
		(void)rib_replan_step(worker->rib, WORKER_REPLAN_ENTRIES);
		worker->has_output = true;
	}
	struct instant due = instant_add(worker->flushed_at, flush_pause(worker));
	if ((rib_has_dirty(worker->rib) || worker->has_output) && due.ns <= worker->now.ns)
		flush_and_send(worker);
}

/* --- plan ---------------------------------------------------------------------------------------
 * */

static void session_replan(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];

	if (!peer->is_known)
		return;
	peer_stop(worker, session, BGP_CEASE_DECONFIGURED, NULL);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		uint32_t place = 0;
		uint32_t removed = 0;
		while (rib_sweep(worker->rib, session, (enum family)f, true, UINT32_MAX, &place,
				 &removed))
			continue;
		if (peer->sweep[f].is_running)
			worker->sweep_count--;
	}
	deadlines_set(&worker->deadlines, session.index, (struct instant){ 0 });
	*peer = (struct peer){ 0 };
}

struct fault worker_replan(struct worker *worker, struct plan *plan)
{
	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		struct session_id session = { (uint16_t)i };
		const struct plan_session *before = plan_session_of(worker->plan, session);
		const struct plan_session *after = plan_session_of(plan, session);
		bool is_same = before != NULL && after != NULL && before->asn == after->asn &&
			       address_compare(&before->address, &after->address) == 0;
		if (before != NULL && !is_same)
			session_replan(worker, session);
	}
	while (rib_replanning(worker->rib)) {
		(void)rib_flush(worker->rib, worker->now);
		(void)rib_replan_step(worker->rib, UINT32_MAX);
	}
	TRY(rib_replan(worker->rib, plan));
	plan_unref(worker->plan);
	worker->plan = plan_ref(plan);
	for (uint32_t i = 0; i < plan->session_end; i++) {
		if (plan->session[i].used)
			peer_configure(worker, (struct session_id){ (uint16_t)i });
	}
	for (uint32_t i = 0; i < worker->listener_count; i++)
		TRY(secrets_set(worker, worker->listener[i], worker->listener_family[i]));
	return fault_none();
}

const struct bgp_session *worker_session_of(const struct worker *worker, struct session_id session,
					    struct peer_counts *counts)
{
	const struct peer *peer = &worker->peer[session.index];

	if (!peer->is_known)
		return NULL;
	*counts = peer->counts;
	return &peer->fsm;
}
