/* server/view.c — what others may see of a session: copied out by its worker between two steps. */
#include <stdio.h>

#include "server/inside.h"

static struct wall wall_of(const struct worker *worker, struct instant at)
{
	struct wall wall = worker->port->wall(worker->port);

	wall.s += instant_since(at, worker->now).ns / NS_PER_S;
	return wall;
}

static void end_view(const struct worker *worker, const struct bgp_last_error *last,
		     struct view_end *out)
{
	char words[BGP_NOTIFICATION_TEXT_MAX];

	if (!instant_is_set(last->at))
		return;
	out->is_set = true;
	out->at = wall_of(worker, last->at);
	out->code = last->refusal.code;
	out->subcode = last->refusal.subcode;
	if (last->refusal.code == 0) {
		(void)snprintf(out->words, sizeof out->words, "connection lost");
		return;
	}
	bgp_notification_print(&last->refusal, words);
	(void)snprintf(out->words, sizeof out->words, "%s", words);
}

static enum view_sending sending_of(const struct worker *worker, struct session_id session,
				    enum family family)
{
	if (worker->peer[session.index].is_deferred)
		return VIEW_SENDING_DEFERRED;
	for (uint32_t i = 0; i < worker->shards->count; i++) {
		struct shard *shard = &worker->shards->shard[i];
		bool is_live = rib_out_is_live(shard_enter(shard), session, family);
		shard_leave(shard);
		if (!is_live)
			return VIEW_SENDING_COPY;
	}
	return VIEW_SENDING_LIVE;
}

static void agreed_view(const struct bgp_negotiated *agreed, struct view_session *out)
{
	out->router_id = agreed->peer.router_id;
	out->hold_s = agreed->hold_s;
	out->as4 = agreed->as4;
	out->extended_next_hop = agreed->extended_next_hop;
	out->extended_message = agreed->extended_send;
	out->refresh = agreed->refresh;
	out->enhanced_refresh = agreed->enhanced_refresh;
	out->graceful_restart = agreed->peer.graceful_restart;
	out->has_role = agreed->peer.role != BGP_ROLE_NONE;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		out->family[f].is_agreed = agreed->families[f];
		out->family[f].add_path = agreed->add_path_send[f];
	}
}

static void counts_view(const struct peer_counts *counts, struct view_session *out)
{
	out->updates_received = counts->updates_received;
	out->routes_received = counts->routes_received;
	out->withdrawals_received = counts->withdrawals_received;
	out->updates_malformed = counts->updates_malformed;
	out->octets_received = counts->octets_received;
	out->octets_sent = counts->octets_sent;
}

static void plan_view(const struct worker *worker, const struct plan_session *wanted,
		      struct view_session *out)
{
	const struct plan *plan = worker->plan;

	*out = (struct view_session){ .slot = wanted->id.index,
				      .asn = wanted->asn,
				      .address = wanted->address,
				      .is_active = wanted->is_active,
				      .has_password = wanted->password_len_octets != 0,
				      .gtsm = wanted->gtsm };
	(void)snprintf(out->name, sizeof out->name, "%s", plan->member[wanted->member.index].name);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		out->family[f].routes_max = wanted->routes_max[f] != 0 ? wanted->routes_max[f] :
									 plan->rules.routes_max[f];
}

bool worker_view(const struct worker *worker, struct session_id session, struct view_session *out)
{
	const struct plan_session *wanted = plan_session_of(worker->plan, session);
	const struct peer *peer = &worker->peer[session.index];

	if (wanted == NULL || !peer->is_known)
		return false;
	uint32_t place = bgp_session_established_place(&peer->fsm);
	plan_view(worker, wanted, out);
	counts_view(&peer->counts, out);
	out->state = bgp_state_name(peer->fsm.state);
	out->is_established = place < BGP_CONNECTIONS;
	out->established_at = peer->established_at;
	out->established_count = peer->fsm.established_count;
	out->is_blocked = instant_is_set(peer->blocked_until);
	out->blocked_for = peer->blocked_for;
	if (out->is_blocked)
		out->blocked_until = wall_of(worker, peer->blocked_until);
	if (place < BGP_CONNECTIONS)
		agreed_view(&peer->fsm.connection[place].negotiated, out);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		out->family[f].held = peer->counts.held[f];
		out->family[f].is_stale = instant_is_set(peer->stale_until[f]);
		if (out->family[f].is_agreed)
			out->family[f].sending = sending_of(worker, session, (enum family)f);
	}
	end_view(worker, &peer->fsm.last_sent, &out->end_sent);
	end_view(worker, &peer->fsm.last_received, &out->end_received);
	return true;
}

void worker_established(const struct worker *worker, struct session_set *out)
{
	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		if (bgp_session_established_place(&worker->peer[i].fsm) < BGP_CONNECTIONS)
			session_set_add(out, (struct session_id){ (uint16_t)i });
	}
}

bool worker_has_family(const struct worker *worker, struct session_id session, enum family family,
		       bool *has_family)
{
	const struct bgp_session *fsm = &worker->peer[session.index].fsm;
	uint32_t place = bgp_session_established_place(fsm);

	if (place == BGP_CONNECTIONS)
		return false;
	*has_family = fsm->connection[place].negotiated.families[family];
	return true;
}
