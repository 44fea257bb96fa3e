/* server/view.c — what others may see of a session: copied out by its worker between two steps. */
#include <stdio.h>
#include <string.h>

#include "server/inside.h"
#include "server/story.h"

static struct wall wall_of(const struct worker *worker, struct instant at)
{
	struct wall wall = worker->port->wall(worker->port);

	if (!instant_is_set(at))
		return (struct wall){ 0 };
	wall.s += instant_since(at, worker->now).ns / NS_PER_S;
	return wall;
}

/* What the clock said then, unless it was set since: then what it would have said. */
static struct wall wall_settled(const struct worker *worker, struct instant at, struct wall then)
{
	struct wall now = wall_of(worker, at);
	int64_t apart_s = now.s - then.s;

	return apart_s < -CLOCK_SET_S || apart_s > CLOCK_SET_S ? now : then;
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

static void connect_failed_view(const struct worker *worker, const struct peer *peer,
				struct view_end *out)
{
	const struct fault *fault = &peer->connect_fault;

	if (!instant_is_set(peer->connect_failed_at))
		return;
	out->is_set = true;
	out->at = wall_of(worker, peer->connect_failed_at);
	(void)snprintf(out->words, sizeof out->words, "cannot connect%s%s",
		       fault->kind == FAULT_SYSTEM ? ": " : "",
		       fault->kind == FAULT_SYSTEM ? strerror(fault->code) : "");
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
	out->limit_action = plan_limit_action_name(plan_limit_action_for(plan, wanted));
	story_clause(plan, REASON_MAX_PREFIXES, &out->limit_clause);
	out->attribute_octets = attr_account_of(&worker->shards->account, wanted->id);
	out->attribute_octets_max = plan_attrs_octets_max(plan, wanted);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		out->family[f].routes_max = plan_limit_of(plan, wanted, (enum family)f);
}

static void held_view(const struct worker *worker, const struct peer *peer,
		      struct view_session_family *out, uint32_t family)
{
	out->held = peer->counts.held[family];
	out->blocked = peer->counts.blocked[family];
	out->is_crowded = (uint64_t)(out->held - out->blocked) * 100 >=
			  (uint64_t)out->routes_max * worker->plan->rules.warn_percent;
}

static void malformed_view(const struct worker *worker, const struct peer *peer,
			   struct view_session *out)
{
	const struct malformed *from = &peer->malformed;
	const char *name = bgp_attr_name(from->attr);

	out->malformed = (struct view_malformed){ .discarded = from->count[BGP_DROP_ATTR],
						  .withdrawn = from->count[BGP_WITHDRAW],
						  .reset = from->count[BGP_RESET],
						  .at = wall_settled(worker, from->at,
								     from->wall) };
	if (from->text == NULL)
		return;
	if (from->attr == 0)
		(void)snprintf(out->malformed.words, VIEW_FAULT_MAX, "%s", from->text);
	else
		(void)snprintf(out->malformed.words, VIEW_FAULT_MAX, "%s (attribute %u%s%s)",
			       from->text, from->attr, name != NULL ? " " : "",
			       name != NULL ? name : "");
}

static void discards_view(const struct peer *peer, struct view_session *out)
{
	for (uint32_t i = 0; i < 256 && out->discard_count < VIEW_DISCARDS_MAX; i++) {
		if (peer->discarded[i] == 0)
			continue;
		out->discard[out->discard_count++] = (struct view_discard){
			.code = (uint8_t)i,
			.name = bgp_attr_name((uint8_t)i),
			.updates = peer->discarded[i]
		};
	}
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
	malformed_view(worker, peer, out);
	discards_view(peer, out);
	out->state = bgp_state_name(peer->fsm.state);
	out->is_established = place < BGP_CONNECTIONS;
	out->established_at = wall_settled(worker, peer->fsm.established_at,
					   peer->established_wall);
	out->established_count = peer->fsm.established_count;
	out->is_blocked = instant_is_set(peer->blocked_until);
	out->blocked_for = peer_block_words(peer);
	if (out->is_blocked)
		out->blocked_until = wall_of(worker, peer->blocked_until);
	out->failures = peer->fsm.damping.failures;
	out->is_held_off = bgp_damping_holds(&peer->fsm.damping, worker->now);
	if (out->is_held_off)
		out->held_off_until = wall_of(worker, peer->fsm.damping.until);
	if (place < BGP_CONNECTIONS)
		agreed_view(&peer->fsm.connection[place].negotiated, out);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		held_view(worker, peer, &out->family[f], f);
		out->family[f].is_stale = instant_is_set(peer->stale_until[f]);
		if (out->family[f].is_agreed)
			out->family[f].sending = sending_of(worker, session, (enum family)f);
	}
	end_view(worker, &peer->fsm.last_sent, &out->end_sent);
	out->end_ruling = peer->ruled;
	end_view(worker, &peer->fsm.last_received, &out->end_received);
	connect_failed_view(worker, peer, &out->connect_failed);
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
