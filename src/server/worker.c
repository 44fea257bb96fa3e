/* server/worker.c — the step of a worker.
 *
 * Order of a step: letters and errands; what the port reports is read and parsed into the shards;
 * what is due is done; slices of sweeps and of a change of plan; then, when enough time has passed
 * since the last flush, the prefixes of its own shards are decided and encoded, and everyone is
 * sent what there is.  Deciding then waits for as long as that flush makes it worth (flush_pause).
 *
 * Invariants
 *  1. A session's streams, timers and counts are touched by its owner alone.
 *  2. A shard is decided and encoded by its owner alone; whoever reads its logs sees by `encoded`
 *     that there may be more.
 *  3. A worker waits nowhere but in its port, and holds no lock there. */
#include "base/check.h"
#include "server/inside.h"

struct fault worker_new(const struct worker_config *config, struct worker **out)
{
	struct worker *worker = heap_zero(config->heap, sizeof *worker);

	if (worker == NULL)
		return fault_of(FAULT_LIMIT, 0);
	worker->heap = config->heap;
	worker->port = config->port;
	worker->shards = config->shards;
	worker->plan = plan_ref(config->plan);
	worker->restart = config->restart;
	worker->watch = config->watch;
	worker->number = config->number;
	worker->count = config->count == 0 ? 1 : config->count;
	worker->team = config->team;
	worker->now = worker->port->now(worker->port);
	worker->flushed_at = worker->now;
	CHECK(worker->number < worker->count && (worker->count == 1 || worker->team != NULL));
	struct fault fault = deadlines_init(&worker->deadlines, worker->heap, SESSIONS_MAX);
	if (failed(fault)) {
		plan_unref(worker->plan);
		heap_free(worker->heap, worker, sizeof *worker);
		return fault;
	}
	mailbox_init(&worker->mailbox);
	worker_replan_end(worker);
	*out = worker;
	return fault_none();
}

/* RFC 4724 4.1: the connection just goes; the member keeps our routes till we are back. */
static void leave_silently(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];
	uint32_t place = bgp_session_established_place(&peer->fsm);

	if (place < BGP_CONNECTIONS && peer->link[place] != NULL &&
	    peer->fsm.connection[place].negotiated.peer.graceful_restart)
		link_free(worker, peer->link[place]);
	else
		peer_stop(worker, session, BGP_CEASE_ADMIN_RESET, "the route server is restarting");
}

static void listeners_close(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->listener_count; i++)
		worker->port->close(worker->port, worker->listener[i]);
	worker->listener_count = 0;
}

void worker_end(struct worker *worker, bool for_restart)
{
	listeners_close(worker);
	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		struct session_id session = { (uint16_t)i };
		if (!worker->peer[i].is_known)
			continue;
		if (for_restart)
			leave_silently(worker, session);
		else
			peer_stop(worker, session, BGP_CEASE_ADMIN_SHUTDOWN,
				  "the route server is going down");
	}
}

void worker_free(struct worker *worker)
{
	struct letter letter;

	if (worker == NULL)
		return;
	while (mailbox_take(&worker->mailbox, &letter)) {
		if (letter.kind == LETTER_STREAM)
			worker->port->close(worker->port, letter.stream);
	}
	for (uint32_t i = 0; i < PORT_STREAMS_MAX; i++) {
		if (worker->link_of[i] != NULL)
			link_free(worker, worker->link_of[i]);
	}
	listeners_close(worker);
	deadlines_fini(&worker->deadlines);
	mailbox_fini(&worker->mailbox);
	plan_unref(worker->plan);
	heap_free(worker->heap, worker, sizeof *worker);
}

void worker_wake(struct worker *worker)
{
	worker->port->wake(worker->port);
}

void worker_ask(struct worker *worker, errand_run run, void *context)
{
	mailbox_ask(&worker->mailbox, run, context, worker->port);
}

/* --- what comes ------------------------------------------------------------------------------- */

/* It took more than its part: it may come back when the others had time. */
static void end_for_a_while(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];

	if (bgp_session_established_place(&peer->fsm) == BGP_CONNECTIONS)
		return; /* it went meanwhile */
	peer_stop(worker, session, BGP_CEASE_OUT_OF_RESOURCES, NULL);
	peer->blocked_until = instant_add(worker->now, span_s(WORKER_SHUT_S));
	peer->block = BLOCK_RESOURCES;
	peer_deadline(worker, session);
}

static void take_letters(struct worker *worker)
{
	struct letter letter;

	mailbox_run(&worker->mailbox, worker);
	for (uint32_t i = 0; i < MAILBOX_LETTERS_MAX; i++) {
		if (!mailbox_take(&worker->mailbox, &letter))
			return;
		switch (letter.kind) {
		case LETTER_STREAM:
			listen_hand_over(worker, &letter);
			break;
		case LETTER_END:
			if (worker->peer[letter.session.index].is_known)
				end_for_a_while(worker, letter.session);
			break;
		}
	}
}

static void take_event(struct worker *worker, const struct port_event *event)
{
	if (listen_is(worker, event->stream)) {
		listen_accept(worker, event->stream);
		return;
	}
	struct link *link = worker->link_of[event->stream.number];
	if (link == NULL)
		return;
	if (link->is_connecting) {
		/* The neighbour may have spoken, or gone, at once: that is not reported again. */
		listen_connected(worker, link);
		link = worker->link_of[event->stream.number];
		if (link == NULL || link->is_connecting)
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
static void link_read_on(struct worker *worker, struct link *link)
{
	if (link == NULL || !link->has_more)
		return;
	link->has_more = false;
	link_readable(worker, link);
}

static void read_on(struct worker *worker)
{
	worker->has_unread = false;
	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		for (uint32_t place = 0; place < BGP_CONNECTIONS; place++)
			link_read_on(worker, worker->peer[i].link[place]);
	}
	for (uint32_t i = 0; i < worker->ending_count; i++)
		link_read_on(worker, worker->link_of[worker->ending[i]]);
}

/* --- time ------------------------------------------------------------------------------------- */

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

void worker_linger(struct worker *worker, struct span most)
{
	struct port_event events[PORT_EVENTS_MAX];

	worker->now = worker->port->now(worker->port);
	struct instant until = instant_add(worker->now, most);
	while (worker->ending_count != 0 && !instant_due(until, worker->now)) {
		uint32_t count = worker->port->wait(worker->port, events, PORT_EVENTS_MAX,
						    worker->has_unread ? worker->now : until);
		worker->now = worker->port->now(worker->port);
		for (uint32_t i = 0; i < count; i++)
			take_event(worker, &events[i]);
		if (worker->has_unread)
			read_on(worker);
		links_expire(worker);
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

/* --- deciding --------------------------------------------------------------------------------- */

/* The time until more is decided, after a flush that took `cost`.  A flush costs a write for each
 * session, so where changes come fast it pays to gather them, and deciding takes a fifth of the
 * time; where they come singly it does not, and half of it may go. */
static struct span flush_pause(const struct worker *worker, struct span cost, uint32_t prefixes)
{
	uint32_t sessions = atomic_load_explicit(&worker->shards->established_count,
						 memory_order_relaxed);
	int64_t least = span_us((int64_t)sessions * WORKER_FLUSH_US_PER_SESSION).ns;
	int64_t most = span_ms(WORKER_FLUSH_PAUSE_MS_MAX).ns;
	int64_t half_costs = prefixes < 2 ? 2 : prefixes > 8 ? 8 : prefixes;
	/* What many prefixes cost is their own, not the flush's: that would be saved by no wait. */
	int64_t part = prefixes > RIB_BATCH_PREFIXES ? RIB_BATCH_PREFIXES : prefixes;
	int64_t ns = prefixes == 0 ? 0 : cost.ns * half_costs / 2 * part / prefixes;

	ns = ns < least ? least : ns;
	return (struct span){ ns > most ? most : ns };
}

static uint32_t own_dirty_count(const struct worker *worker)
{
	uint32_t count = 0;

	for (uint32_t i = worker->number; i < worker->shards->count; i += worker->count)
		count += atomic_load(&worker->shards->shard[i].dirty_count);
	return count;
}

/* Few changes are worth a wait for more; many fill large writes as they are.  Those that a full
 * window holds up wait in any case. */
static struct instant flush_due_at(const struct worker *worker)
{
	uint32_t count = own_dirty_count(worker);

	if (count == 0)
		return (struct instant){ 0 };
	/* The first flush waits for nothing: zero and no pause would be no deadline at all. */
	if (!instant_is_set(worker->flushed_at) ||
	    (count >= WORKER_FLUSH_PREFIXES && !worker->is_held_up))
		return worker->now;
	return instant_add(worker->flushed_at, worker->flush_pause);
}

static bool others_encoded(const struct worker *worker)
{
	bool any = false;

	for (uint32_t i = 0; i < worker->shards->count; i++)
		any |= atomic_load(&worker->shards->shard[i].encoded) != worker->encoded_seen[i];
	return any;
}

static void wake_others(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->count; i++) {
		if (i != worker->number)
			worker_wake(worker->team[i]);
	}
}

/* A shard whose last changes wait for a flush is not judged on till then: it would be asked again
 * and again for nothing. */
void worker_shard_leave(struct worker *worker, uint32_t number)
{
	struct shard *shard = &worker->shards->shard[number];
	uint32_t owner = number % worker->count;
	bool was_dirty = atomic_load(&shard->dirty_count) != 0;

	shard_leave(shard);
	if (!was_dirty && owner != worker->number && atomic_load(&shard->dirty_count) != 0)
		worker_wake(worker->team[owner]);
}

static void judge_on(struct worker *worker)
{
	worker->has_unjudged = false;
	for (uint32_t i = worker->number; i < worker->shards->count; i += worker->count) {
		struct shard *shard = &worker->shards->shard[i];
		if (!atomic_load(&shard->is_judging))
			continue;
		struct rib *rib = shard_enter(shard);
		if (rib_replan_step(rib, WORKER_REPLAN_ENTRIES) && !rib_replan_waits(rib))
			worker->has_unjudged = true;
		if (rib_rejudge_step(rib, WORKER_REPLAN_ENTRIES))
			worker->has_unjudged = true;
		shard_leave(shard);
	}
}

/* Whoever holds up gone prefixes for too long ends, whosever session it is. */
static void relieve(struct worker *worker, struct shard *shard)
{
	struct letter letter = { .kind = LETTER_END };
	bool must_end = rib_out_relieve(shard_enter(shard), worker->now, &letter.session);

	shard_leave(shard);
	if (!must_end)
		return;
	if (worker_owns(worker, letter.session)) {
		end_for_a_while(worker, letter.session);
		return;
	}
	struct worker *owner = worker->team[letter.session.index % worker->count];
	if (mailbox_leave(&owner->mailbox, &letter))
		worker_wake(owner);
}

/* Batches of one shard, sent together: a write costs much beside the octets it takes. */
static enum rib_flush shard_flush(struct worker *worker, struct shard *shard, struct instant end)
{
	enum rib_flush flushed = RIB_FLUSH_MORE;
	uint64_t sent_until = 0;

	while (flushed == RIB_FLUSH_MORE && worker->now.ns < end.ns) {
		struct rib *rib = shard_enter(shard);
		uint64_t before = rib_encoded_octets(rib);
		flushed = rib_flush(rib, worker->now);
		uint64_t encoded = rib_encoded_octets(rib);
		shard_leave(shard);
		atomic_fetch_add(&shard->encoded, 1);
		wake_others(worker);
		worker->now = worker->port->now(worker->port);
		if (sent_until == 0)
			sent_until = before;
		if (flushed == RIB_FLUSH_MORE && worker->now.ns < end.ns &&
		    encoded - sent_until < WORKER_SEND_OCTETS)
			continue;
		send_all(worker);
		sent_until = encoded;
		worker->now = worker->port->now(worker->port);
	}
	return flushed;
}

/* Decides and encodes until nothing waits or the window is full, sending in between; but no longer
 * than its turn: others bring more meanwhile, and what members say is to be read.  What is left is
 * due again at once. */
static void flush_and_send(struct worker *worker)
{
	struct instant start = worker->now;
	struct instant end = instant_add(start, span_ms(WORKER_FLUSH_TURN_MS));
	uint32_t prefixes = own_dirty_count(worker);
	bool is_short = false;
	bool is_cut = false;

	for (uint32_t i = worker->number; i < worker->shards->count; i += worker->count) {
		struct shard *shard = &worker->shards->shard[i];
		enum rib_flush flushed = RIB_FLUSH_DONE;
		if (atomic_load(&shard->dirty_count) != 0)
			flushed = shard_flush(worker, shard, end);
		is_short |= flushed == RIB_FLUSH_SHORT;
		is_cut |= flushed == RIB_FLUSH_MORE;
		relieve(worker, shard);
		worker->has_unjudged |= atomic_load(&shard->is_judging);
	}
	worker->flush_pause = flush_pause(worker, (struct span){ worker->now.ns - start.ns },
					  prefixes);
	worker->is_held_up = !is_cut && own_dirty_count(worker) >= WORKER_FLUSH_PREFIXES;
	if (is_short)
		worker->flushed_at = instant_add(worker->now, span_ms(WORKER_SHORT_MS));
	else if (!is_cut)
		worker->flushed_at = worker->now;
}

/* What was learnt is decided, in every shard: what the others still wait to decide would be sent
 * behind the End-of-RIB, and the members would have dropped it by then (RFC 4724 4.1). */
static void flush_learnt(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->shards->count; i++) {
		struct shard *shard = &worker->shards->shard[i];
		bool more = atomic_load(&shard->dirty_count) != 0;
		while (more) {
			more = rib_flush(shard_enter(shard), worker->now) == RIB_FLUSH_MORE;
			shard_leave(shard);
			atomic_fetch_add(&shard->encoded, 1);
		}
	}
}

/* A restart is over: who was held back is sent the table. */
static void join_deferred(struct worker *worker)
{
	if (worker->restart != NULL && restart_due(worker->restart, worker->now))
		wake_others(worker);
	if (!worker->has_deferred || !restart_is_over(worker->restart))
		return;
	worker->has_deferred = false;
	flush_learnt(worker);
	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		if (worker->peer[i].is_known)
			peer_configure(worker, (struct session_id){ (uint16_t)i });
		if (worker->peer[i].is_deferred)
			peer_join(worker, (struct session_id){ (uint16_t)i });
	}
}

static struct instant soonest(const struct worker *worker, struct instant until)
{
	struct instant at = instant_sooner(until, deadlines_soonest(&worker->deadlines));

	if (worker->has_unread || worker->has_output || worker->sweep_count != 0 ||
	    worker->has_unjudged || others_encoded(worker))
		return worker->now;
	at = instant_sooner(at, flush_due_at(worker));
	at = instant_sooner(at, worker->accept_again);
	if (worker->ending_count != 0)
		at = instant_sooner(at, instant_add(worker->now, span_s(1)));
	at = instant_sooner(at, worker->short_until);
	if (worker->restart != NULL && !restart_is_over(worker->restart))
		at = instant_sooner(at, worker->restart->deadline);
	return at;
}

void worker_step(struct worker *worker, struct instant until)
{
	struct port_event events[PORT_EVENTS_MAX];
	uint32_t count = worker->port->wait(worker->port, events, PORT_EVENTS_MAX,
					    soonest(worker, until));

	worker->now = worker->port->now(worker->port);
	if (worker->number == 0)
		tell_clock(worker);
	take_letters(worker);
	if (worker->has_unread)
		read_on(worker);
	for (uint32_t i = 0; i < count; i++)
		take_event(worker, &events[i]);
	listen_again(worker);
	take_due(worker);
	join_deferred(worker);
	if (worker->sweep_count != 0)
		peer_sweep_step(worker);
	judge_on(worker);
	if (instant_due(flush_due_at(worker), worker->now))
		flush_and_send(worker);
	if (others_encoded(worker))
		send_all(worker);
	if (instant_due(worker->short_until, worker->now)) {
		worker->short_until = (struct instant){ 0 };
		worker->has_output = true;
	}
	if (worker->has_output)
		send_some(worker);
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
