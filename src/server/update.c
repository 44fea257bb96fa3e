/* server/update.c — what an UPDATE says, and old routes out of the shards.
 *
 * The attributes are checked once a message, the prefixes one by one.  A refused route is held with
 * its reason; one that is to be treated as withdrawn, too, with the attribute at fault for all it
 * has. */
#include "base/check.h"
#include "server/inside.h"

static struct fault update_keep(struct worker *worker, struct session_id session,
				const struct bgp_update *update)
{
	struct bgp_attrs mp_attrs;

	TRY(intake_add(worker, session, update->withdrawn, NULL));
	TRY(intake_add(worker, session, update->mp_unreach, NULL));
	if (update->verdict == BGP_WITHDRAW) {
		bgp_update_fault_attrs(update, &mp_attrs);
		TRY(intake_add(worker, session, update->reach, &mp_attrs));
		return intake_add(worker, session, update->mp_reach, &mp_attrs);
	}
	TRY(intake_add(worker, session, update->reach, &update->attrs));
	if (!update->mp_reach.present)
		return fault_none();
	bgp_update_mp_attrs(update, &mp_attrs);
	return intake_add(worker, session, update->mp_reach, &mp_attrs);
}

static void end_of_rib(struct worker *worker, struct session_id session, uint32_t place,
		       enum family family)
{
	struct peer *peer = &worker->peer[session.index];
	const bool *agreed = peer->fsm.connection[place].negotiated.families;
	bool said_all = true;

	peer->said_end[family] = true;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		said_all = said_all && (peer->said_end[f] || !agreed[f]);
	if (said_all)
		peer_heard(worker, session);
	if (!instant_is_set(peer->stale_until[family]))
		return;
	peer->stale_until[family] = (struct instant){ 0 };
	peer_sweep_start(worker, session, family);
	peer_deadline(worker, session);
}

/* Ends the session for what the member sent too much of, or for want of memory for it.  False,
 * always: the link is gone, or ends. */
static bool refuse_excess(struct worker *worker, struct link *link, struct fault fault)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_OUT_OF_RESOURCES);

	if (fault.kind == FAULT_CONFLICT)
		limit_shut(worker, link->session, fault.code);
	else
		peer_refuse(worker, link, &refusal);
	return false;
}

bool peer_settle(struct worker *worker, struct link *link)
{
	struct fault fault = intake_settle(worker);

	return failed(fault) ? refuse_excess(worker, link, fault) : true;
}

static void discards_count(struct peer *peer, const struct bgp_update *update)
{
	for (uint32_t i = 0; i < 4; i++) {
		for (uint64_t left = update->dropped[i]; left != 0; left &= left - 1)
			peer->discarded[i * 64 + (uint32_t)__builtin_ctzll(left)]++;
	}
}

static void malformed_note(struct worker *worker, struct peer *peer,
			   const struct bgp_update *update)
{
	peer->counts.updates_malformed++;
	peer->malformed.count[update->verdict]++;
	peer->malformed.at = worker->now;
	peer->malformed.wall = worker->port->wall(worker->port);
	peer->malformed.text = update->fault_text;
	peer->malformed.attr = update->fault_attr;
}

bool peer_update(struct worker *worker, struct link *link, const struct bgp_message *message)
{
	struct peer *peer = &worker->peer[link->session.index];
	const struct bgp_negotiated *agreed = &peer->fsm.connection[link->place].negotiated;
	struct bgp_update_mode mode = { .as4 = agreed->as4,
					.families = { agreed->families[0], agreed->families[1] },
					.extended_next_hop = agreed->extended_next_hop,
					.path_asns_max = BGP_PATH_ASNS_MAX,
					.communities_max = UINT16_MAX,
					.scratch = worker->scratch };
	struct session_id session = link->session;
	struct bgp_update update;

	bgp_update_read(message->body, &mode, &update);
	peer->counts.updates_received++;
	discards_count(peer, &update);
	if (update.is_malformed) {
		malformed_note(worker, peer, &update);
		tell_malformed(worker, session, &update, message->whole);
	}
	if (update.families_ignored != 0)
		tell_ignored_families(worker, session, update.families_ignored);
	if ((update.verdict == BGP_RESET || update.is_end_of_rib) && !peer_settle(worker, link))
		return false;
	if (update.verdict == BGP_RESET) {
		peer_refuse(worker, link, &update.refusal);
		return false;
	}
	struct fault fault = update_keep(worker, session, &update);
	if (failed(fault))
		return refuse_excess(worker, link, fault);
	if (update.is_end_of_rib)
		end_of_rib(worker, session, link->place, update.end_of_rib_family);
	return true;
}

/* --- old routes ------------------------------------------------------------------------------- */

/* Looks at `entries_max` entries of the shard at hand.  True while there are more in any. */
static bool sweep_on(struct worker *worker, struct session_id session, enum family family, bool all,
		     uint32_t entries_max)
{
	struct peer *peer = &worker->peer[session.index];
	struct sweep *sweep = &peer->sweep[family];
	struct shard *shard = &worker->shards->shard[sweep->shard];
	struct rib_removed removed = { 0 };
	bool more = rib_sweep(shard_enter(shard), session, family, all, entries_max, &sweep->place,
			      &removed);

	worker_shard_leave(worker, sweep->shard);
	limit_removed(worker, session, family, &removed);
	if (more)
		return true;
	sweep->place = 0;
	if (++sweep->shard < worker->shards->count)
		return true;
	sweep->is_running = false;
	worker->sweep_count--;
	return false;
}

void peer_sweep_start(struct worker *worker, struct session_id session, enum family family)
{
	struct sweep *sweep = &worker->peer[session.index].sweep[family];

	if (worker->peer[session.index].counts.held[family] == 0)
		return;
	if (!sweep->is_running)
		worker->sweep_count++;
	*sweep = (struct sweep){ .is_running = true };
}

void peer_sweep_all(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];

	limit_forget(worker, session);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (peer->sweep[f].is_running)
			worker->sweep_count--;
		worker->sweep_count++;
		peer->sweep[f] = (struct sweep){ .is_running = true };
		while (sweep_on(worker, session, (enum family)f, true, UINT32_MAX))
			continue;
		CHECK(peer->counts.held[f] == 0);
	}
}

void peer_age(struct worker *worker, struct session_id session, enum family family)
{
	struct peer *peer = &worker->peer[session.index];
	bool may_have_old = peer->sweep[family].is_running ||
			    instant_is_set(peer->stale_until[family]) ||
			    instant_is_set(peer->refresh_until[family]);

	if (may_have_old)
		peer_sweep_start(worker, session, family);
	while (may_have_old && peer->sweep[family].is_running &&
	       sweep_on(worker, session, family, false, UINT32_MAX))
		continue;
	for (uint32_t i = 0; i < worker->shards->count; i++) {
		struct shard *shard = &worker->shards->shard[i];
		rib_age(shard_enter(shard), session, family);
		shard_leave(shard);
	}
}

void peer_sweep_step(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->plan->session_end && worker->sweep_count != 0; i++) {
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			struct session_id session = { (uint16_t)i };
			if (worker->peer[i].sweep[f].is_running)
				(void)sweep_on(worker, session, (enum family)f, false,
					       WORKER_SWEEP_ENTRIES);
			if (worker->peer[i].unblock[f].is_running)
				limit_unblock_step(worker, session, (enum family)f);
		}
	}
}
