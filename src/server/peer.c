/* server/peer.c — one session: the state machine's orders carried out.
 *
 * The machine writes into the worker's control buffers; they are put behind the link's private
 * octets before anything else is done, so that a NOTIFICATION goes out before the stream is
 * closed. */
#include <stdio.h>

#include "base/check.h"
#include "server/inside.h"
#include "server/story.h"

#define REFRESH_S 360  /* RFC 7313 4: a refresh whose end never comes */
#define BEGINS_MAX 10u /* refreshes of a neighbour and family in BEGINS_WINDOW_S */
#define BEGINS_WINDOW_S 60

void peer_tell(struct worker *worker, struct session_id session, const char *text)
{
	if (worker->watch.event != NULL)
		worker->watch.event(worker->watch.context,
				    session.index < SESSIONS_MAX ?
					    plan_session_of(worker->plan, session) :
					    NULL,
				    text);
}

struct bgp_outputs peer_outputs(struct worker *worker, struct wr wr[BGP_CONNECTIONS])
{
	struct bgp_outputs outputs = { 0 };

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		wr[i] = wr_of(worker->control[i], sizeof worker->control[i]);
		outputs.wr[i] = &wr[i];
	}
	return outputs;
}

void peer_deadline(struct worker *worker, struct session_id session)
{
	const struct peer *peer = &worker->peer[session.index];
	struct instant at = bgp_session_deadline(&peer->fsm);

	at = instant_sooner(at, peer->blocked_until);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		at = instant_sooner(at, peer->stale_until[i]);
		at = instant_sooner(at, peer->refresh_until[i]);
		at = instant_sooner(at, peer->unblock_at[i]);
	}
	deadlines_set(&worker->deadlines, session.index, at);
}

void peer_configure(struct worker *worker, struct session_id session)
{
	const struct plan *plan = worker->plan;
	const struct plan_session *wanted = plan_session_of(plan, session);
	struct peer *peer = &worker->peer[session.index];

	CHECK(wanted != NULL);
	struct bgp_session_config config = {
		.offer = { .asn = plan->asn,
			   .router_id = plan->router_id,
			   .hold_s = WORKER_HOLD_S,
			   .role = BGP_ROLE_ROUTE_SERVER,
			   .as4 = true,
			   .refresh = true,
			   .enhanced_refresh = true,
			   .extended_next_hop = true,
			   .extended_message = wanted->extended_message,
			   .families = { true, true },
			   .add_path_send = { wanted->add_path, wanted->add_path },
			   .graceful_restart = true,
			   .restarting = worker->restart != NULL &&
					 !restart_is_over(worker->restart),
			   .gr_notification = true,
			   .restart_s = WORKER_RESTART_S,
			   .gr_families = { true, true },
			   .gr_forwarding = { true, true } },
		.peer_asn = wanted->asn,
		.is_active = wanted->is_active,
		.require_role = wanted->require_role,
		.require_extended_next_hop = plan->rules.ipv6_only_lan == IPV6_ONLY_LAN_REQUIRE,
		.allow_as2 = wanted->allow_as2,
		.damps = true,
	};
	if (!peer->is_known) {
		*peer = (struct peer){ .is_known = true };
		bgp_session_init(&peer->fsm, &config);
		bgp_session_start(&peer->fsm, worker->now);
	} else {
		bgp_session_configure(&peer->fsm, &config, worker->now);
	}
	limit_configured(worker, session);
	peer_deadline(worker, session);
}

/* --- established and lost --------------------------------------------------------------------- */

/* RFC 4724 4.2: routes kept over the restart stay only where forwarding did. */
static void stale_settle(struct worker *worker, struct link *link)
{
	struct peer *peer = &worker->peer[link->session.index];
	const struct bgp_negotiated *agreed = &peer->fsm.connection[link->place].negotiated;

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		bool may_keep = agreed->families[f] && agreed->peer.gr_families[f] &&
				agreed->peer.gr_forwarding[f];
		if (!instant_is_set(peer->stale_until[f]))
			continue;
		if (may_keep) {
			/* It is back in time; its End-of-RIB has a time of its own. */
			peer->stale_until[f] = instant_add(worker->now, span_s(WORKER_STALE_S_MAX));
			continue;
		}
		peer->stale_until[f] = (struct instant){ 0 };
		peer_sweep_start(worker, link->session, (enum family)f);
	}
}

static struct fault shards_join(struct worker *worker, struct session_id session,
				const struct bgp_wire_profile *wire)
{
	struct fault fault = fault_none();

	for (uint32_t i = 0; i < worker->shards->count && !failed(fault); i++) {
		struct shard *shard = &worker->shards->shard[i];
		fault = rib_out_join(shard_enter(shard), session, wire);
		worker_shard_leave(worker, i);
	}
	return fault;
}

void peer_join(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];
	uint32_t place = bgp_session_established_place(&peer->fsm);

	CHECK(place < BGP_CONNECTIONS && peer->link[place] != NULL);
	const struct bgp_negotiated *agreed = &peer->fsm.connection[place].negotiated;
	peer->is_deferred = false;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		struct bgp_wire_profile wire = { .family = (enum family)f,
						 .as4 = agreed->as4,
						 .addpath = agreed->add_path_send[f],
						 .extended_next_hop = agreed->extended_next_hop,
						 .extended_message = agreed->extended_send };
		if (!agreed->families[f])
			continue;
		peer->marker[f] = MARKER_END_OF_RIB;
		if (failed(shards_join(worker, session, &wire))) {
			struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE,
								    BGP_CEASE_OUT_OF_RESOURCES);
			peer_refuse(worker, peer->link[place], &refusal);
			return;
		}
	}
	peer->link[place]->has_output = true;
	worker->has_output = true;
}

void peer_heard(struct worker *worker, struct session_id session)
{
	if (worker->restart == NULL || !restart_heard(worker->restart, session))
		return;
	for (uint32_t i = 0; i < worker->count; i++) {
		if (i != worker->number)
			worker_wake(worker->team[i]);
	}
}

static void identify(struct worker *worker, struct session_id session, uint32_t router_id)
{
	for (uint32_t i = 0; i < worker->shards->count; i++) {
		struct shard *shard = &worker->shards->shard[i];
		rib_session_identity(shard_enter(shard), session, router_id);
		shard_leave(shard);
	}
}

static void come_up(struct worker *worker, struct link *link)
{
	struct peer *peer = &worker->peer[link->session.index];
	const struct bgp_open *theirs = &peer->fsm.connection[link->place].negotiated.peer;

	peer->restart_s = theirs->restart_s;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		peer->gr_families[f] = theirs->graceful_restart && theirs->gr_families[f];
		peer->said_end[f] = false;
	}
	peer->established_wall = worker->port->wall(worker->port);
	peer->connect_failed_at = (struct instant){ 0 };
	worker->established_count++;
	atomic_fetch_add(&worker->shards->established_count, 1);
	identify(worker, link->session, theirs->router_id);
	stale_settle(worker, link);
	tell_established(worker, link);
	/* RFC 4724 4.1: who restarts too, or does not know of it, is not waited for; and only who
	 * keeps our routes need wait for them. */
	if (!theirs->graceful_restart || theirs->restarting)
		peer_heard(worker, link->session);
	peer->is_deferred = theirs->graceful_restart && worker->restart != NULL &&
			    !restart_is_over(worker->restart);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		limit_room_made(worker, link->session, (enum family)f);
	/* The last: without memory the link is gone then. */
	if (peer->is_deferred)
		worker->has_deferred = true;
	else
		peer_join(worker, link->session);
}

static void shards_leave(struct worker *worker, struct session_id session, enum family family)
{
	for (uint32_t i = 0; i < worker->shards->count; i++) {
		struct shard *shard = &worker->shards->shard[i];
		rib_out_leave(shard_enter(shard), session, family);
		shard_leave(shard);
	}
}

static void lose(struct worker *worker, struct session_id session, bool keep_routes)
{
	struct peer *peer = &worker->peer[session.index];
	uint32_t restart_s = peer->restart_s < WORKER_STALE_S_MAX ? peer->restart_s :
								    WORKER_STALE_S_MAX;

	CHECK(worker->established_count != 0);
	tell_lost(worker, session, keep_routes);
	worker->established_count--;
	atomic_fetch_sub(&worker->shards->established_count, 1);
	peer->is_deferred = false;
	limit_forget(worker, session);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		enum family family = (enum family)f;
		bool keeps = keep_routes && peer->gr_families[f] && restart_s != 0;
		shards_leave(worker, session, family);
		/* RFC 4724 4.2: a second loss takes what was stale already. */
		peer_age(worker, session, family);
		peer->marker[f] = MARKER_NONE;
		peer->again[f] = peer->refresh_due[f] = false;
		peer->refresh_until[f] = (struct instant){ 0 };
		if (!keeps)
			peer_sweep_start(worker, session, family);
		peer->stale_until[f] = keeps ? instant_add(worker->now, span_s(restart_s)) :
					       (struct instant){ 0 };
	}
}

/* RFC 7313 4: no BoRR before the End-of-RIB that is still due. */
static bool begin_marker(struct worker *worker, struct link *link, enum family family)
{
	struct peer *peer = &worker->peer[link->session.index];
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);

	if (!peer->fsm.connection[link->place].negotiated.enhanced_refresh ||
	    peer->marker[family] == MARKER_END_OF_RIB)
		return true;
	bgp_refresh_write(&wr, family, BGP_REFRESH_BEGIN);
	if (!link_say(worker, link, wr_octets_of(&wr)))
		return false;
	peer->marker[family] = MARKER_END_OF_REFRESH;
	return true;
}

/* However often it is asked for while one is under way, one more follows: what waits for a
 * neighbour that does not read must not grow with its questions. */
void peer_send_again(struct worker *worker, struct session_id session, enum family family)
{
	struct peer *peer = &worker->peer[session.index];
	uint32_t place = bgp_session_established_place(&peer->fsm);

	if (place >= BGP_CONNECTIONS || peer->is_deferred ||
	    !peer->fsm.connection[place].negotiated.families[family])
		return;
	peer->again[family] = peer->marker[family] == MARKER_END_OF_REFRESH;
	if (peer->again[family])
		return;
	peer->refresh_due[family] = !begin_marker(worker, peer->link[place], family);
	if (peer->refresh_due[family]) {
		link_short(worker, peer->link[place]);
		return;
	}
	for (uint32_t i = 0; i < worker->shards->count; i++) {
		struct shard *shard = &worker->shards->shard[i];
		rib_out_refresh(shard_enter(shard), session, family);
		shard_leave(shard);
	}
	peer->link[place]->has_output = true;
	worker->has_output = true;
}

/* Each makes all routes old and, while others are old, walks the table. */
static bool may_begin(struct worker *worker, struct peer *peer, enum family family)
{
	if (!instant_is_set(peer->begins_until[family]) ||
	    instant_due(peer->begins_until[family], worker->now)) {
		peer->begins_until[family] = instant_add(worker->now, span_s(BEGINS_WINDOW_S));
		peer->begins[family] = 0;
	}
	return ++peer->begins[family] <= BEGINS_MAX;
}

static void refresh(struct worker *worker, struct session_id session,
		    const struct bgp_outcome *outcome)
{
	struct peer *peer = &worker->peer[session.index];
	enum family family = outcome->refresh_family;

	switch (outcome->refresh_kind) {
	case BGP_REFRESH_REQUEST:
		peer_send_again(worker, session, family);
		break;
	case BGP_REFRESH_BEGIN:
		/* RFC 7313 4: who can restart gracefully says nothing by it before its
		 * End-of-RIB. */
		if ((peer->fsm.connection[outcome->place].negotiated.graceful_restart &&
		     !peer->said_end[family]) ||
		    instant_is_set(peer->stale_until[family]) || !may_begin(worker, peer, family))
			break;
		peer_age(worker, session, family);
		peer->refresh_until[family] = instant_add(worker->now, span_s(REFRESH_S));
		break;
	case BGP_REFRESH_END:
		if (!instant_is_set(peer->refresh_until[family]))
			break;
		peer->refresh_until[family] = (struct instant){ 0 };
		peer_sweep_start(worker, session, family);
		break;
	}
}

static void connect_failed(struct worker *worker, struct session_id session, struct fault fault)
{
	struct peer *peer = &worker->peer[session.index];

	peer->connect_failed_at = worker->now;
	peer->connect_fault = fault;
	bgp_session_connect_failed(&peer->fsm, worker->now,
				   (uint32_t)worker->port->random(worker->port));
}

/* Begins the attempt that the machine ordered. */
static void connect_out(struct worker *worker, struct session_id session)
{
	const struct plan_session *wanted = plan_session_of(worker->plan, session);
	struct peer *peer = &worker->peer[session.index];
	struct port_endpoint to = { .address = wanted->address, .port = wanted->port };
	struct port_secret secret = { .peer = wanted->address,
				      .len_octets = wanted->password_len_octets };
	struct port_stream stream = { -1 };

	for (uint32_t i = 0; i < wanted->password_len_octets; i++)
		secret.octet[i] = (uint8_t)wanted->password[i];
	struct fault fault = worker->port->connect(worker->port, &wanted->local, &to, &secret,
						   &stream);
	explicit_bzero(secret.octet, sizeof secret.octet);
	if (failed(fault))
		tell_closed(worker, session, true, fault);
	if (!failed(fault)) {
		peer->connecting = link_new(worker, stream, session);
		if (peer->connecting == NULL)
			worker->port->close(worker->port, stream);
		else
			peer->connecting->is_connecting = true;
	}
	if (failed(fault) || peer->connecting == NULL)
		connect_failed(worker, session, failed(fault) ? fault : fault_of(FAULT_LIMIT, 0));
}

static void close_place(struct worker *worker, struct session_id session, uint32_t place,
			bool at_once)
{
	struct peer *peer = &worker->peer[session.index];
	struct link *link = peer->link[place];

	if (link == NULL)
		return;
	peer->link[place] = NULL;
	if (at_once)
		link_free(worker, link);
	else
		link_end(worker, link);
}

/* A connection to which no last word was said is closed at once: the neighbour has said its own
 * (RFC 4271 8.2.2), does not read, or has come anew (RFC 4724 4.2). */
static bool closes_at_once(const struct peer *peer, struct bgp_outcome outcome)
{
	bool is_replaced = (outcome.orders & (BGP_ORDER_LOST | BGP_ORDER_SENT)) == BGP_ORDER_LOST &&
			   peer->fsm.connection[outcome.place].state != BGP_STATE_IDLE;

	return is_replaced || (outcome.orders & (BGP_ORDER_AT_ONCE | BGP_ORDER_RECEIVED)) != 0;
}

void peer_obey(struct worker *worker, struct session_id session, struct bgp_outcome outcome,
	       struct wr wr[BGP_CONNECTIONS])
{
	struct peer *peer = &worker->peer[session.index];
	bool at_once = closes_at_once(peer, outcome);

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if (peer->link[i] != NULL && wr != NULL && wr_ok(&wr[i]))
			link_must_say(worker, peer->link[i], wr_octets_of(&wr[i]));
	}
	if ((outcome.orders & (BGP_ORDER_SENT | BGP_ORDER_AT_ONCE)) != 0)
		ruling_view(worker->plan, (enum bgp_ground)peer->fsm.last_sent.refusal.ground,
			    &peer->ruled);
	tell_notifications(worker, session, outcome.orders);
	if ((outcome.orders & BGP_ORDER_LOST) != 0)
		lose(worker, session, (outcome.orders & BGP_ORDER_KEEP_ROUTES) != 0);
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if ((outcome.orders & ((uint32_t)BGP_ORDER_CLOSE_0 << i)) != 0)
			close_place(worker, session, i, at_once);
	}
	if ((outcome.orders & BGP_ORDER_CONNECT) != 0)
		connect_out(worker, session);
	if ((outcome.orders & BGP_ORDER_IGNORED) != 0)
		tell_ignored_refresh(worker, session, outcome.ignored_subtype);
	if ((outcome.orders & BGP_ORDER_REFRESH) != 0)
		refresh(worker, session, &outcome);
	if ((outcome.orders & BGP_ORDER_ESTABLISHED) != 0)
		come_up(worker, peer->link[outcome.place]);
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if (peer->link[i] != NULL)
			(void)link_flush(worker, peer->link[i]);
	}
	peer_deadline(worker, session);
}

/* --- what happens ----------------------------------------------------------------------------- */

bool peer_message(struct worker *worker, struct link *link, const struct bgp_message *message)
{
	struct wr wr[BGP_CONNECTIONS];
	struct session_id session = link->session;
	struct peer *peer = &worker->peer[session.index];
	int32_t number = link->stream.number;

	if (link->place >= BGP_CONNECTIONS)
		return true;
	if (message->type != BGP_UPDATE && !peer_settle(worker, link))
		return false;
	struct bgp_outcome outcome = bgp_session_message(&peer->fsm, link->place, message,
							 worker->now, peer_outputs(worker, wr));
	if ((outcome.orders & BGP_ORDER_UPDATE) != 0)
		return peer_update(worker, link, message);
	if (outcome.orders != 0 || wr[0].pos + wr[1].pos != 0)
		peer_obey(worker, session, outcome, wr);
	return worker->link_of[number] == link;
}

void peer_refuse(struct worker *worker, struct link *link, const struct bgp_refusal *refusal)
{
	struct wr wr[BGP_CONNECTIONS];
	struct session_id session = link->session;

	if (link->place >= BGP_CONNECTIONS)
		return;
	peer_obey(worker, session,
		  bgp_session_refuse(&worker->peer[session.index].fsm, link->place, refusal,
				     worker->now, peer_outputs(worker, wr)),
		  wr);
}

void peer_closed(struct worker *worker, struct link *link, struct fault fault)
{
	struct peer *peer = &worker->peer[link->session.index];
	struct session_id session = link->session;
	uint32_t place = link->place;
	bool was_connecting = link->is_connecting;

	link_free(worker, link);
	if (was_connecting || place < BGP_CONNECTIONS)
		tell_closed(worker, session, was_connecting, fault);
	if (was_connecting) {
		connect_failed(worker, session, fault);
		peer_deadline(worker, session);
	} else if (place < BGP_CONNECTIONS) {
		uint32_t random = (uint32_t)worker->port->random(worker->port);
		peer_obey(worker, session,
			  bgp_session_closed(&peer->fsm, place, worker->now, random), NULL);
	}
}

void peer_stop(struct worker *worker, struct session_id session, enum bgp_cease cease,
	       const char *text)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, (uint8_t)cease);

	if (text != NULL)
		bgp_notification_say(&refusal, text);
	peer_stop_with(worker, session, &refusal);
}

void peer_stop_with(struct worker *worker, struct session_id session,
		    const struct bgp_refusal *refusal)
{
	struct wr wr[BGP_CONNECTIONS];
	struct peer *peer = &worker->peer[session.index];

	if (peer->connecting != NULL)
		link_free(worker, peer->connecting);
	peer_obey(worker, session,
		  bgp_session_stop(&peer->fsm, refusal, worker->now, peer_outputs(worker, wr)), wr);
}

const char *peer_block_words(const struct peer *peer)
{
	static const char *const words[] = {
		[BLOCK_PREFIXES] = "too many prefixes",
		[BLOCK_ATTRS] = "too many attributes",
		[BLOCK_RESOURCES] = "want of resources",
	};

	return words[peer->block];
}

void peer_unblock(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];

	peer->blocked_until = (struct instant){ 0 };
	peer->block = BLOCK_NONE;
	if (peer->fsm.state == BGP_STATE_IDLE)
		bgp_session_start(&peer->fsm, worker->now);
}

void peer_due(struct worker *worker, struct session_id session)
{
	struct wr wr[BGP_CONNECTIONS];
	struct peer *peer = &worker->peer[session.index];

	if (instant_due(peer->blocked_until, worker->now))
		peer_unblock(worker, session);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		bool stale = instant_due(peer->stale_until[f], worker->now);
		bool unended = instant_due(peer->refresh_until[f], worker->now);
		if (stale)
			peer->stale_until[f] = (struct instant){ 0 };
		if (unended)
			peer->refresh_until[f] = (struct instant){ 0 };
		if (stale || unended)
			peer_sweep_start(worker, session, (enum family)f);
	}
	limit_due(worker, session);
	struct bgp_outcome outcome = bgp_session_tick(&peer->fsm, worker->now,
						      (uint32_t)worker->port->random(worker->port),
						      peer_outputs(worker, wr));
	peer_obey(worker, session, outcome, wr);
}
