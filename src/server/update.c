/* server/update.c — an UPDATE into the shards, and old routes out of them.
 *
 * The attributes are checked once a message, the prefixes one by one.  A refused route is held with
 * its reason; one that is to be treated as withdrawn, too, with the attribute at fault for all it
 * has. */
#include "base/check.h"
#include "rules/check.h"
#include "server/inside.h"

/* The routes of one message in one family, in one shard at a time. */
struct intake {
	struct worker *worker;
	struct peer *peer;
	struct session_id session;
	struct shard *shard; /* entered; NULL = none is */
	struct rib *rib;
	uint32_t shard_number;
	const struct plan_session *from; /* in the shard's plan; NULL when memory kept that back */
	struct attr_id attr;
	struct rules_case judged;
	enum reason reason; /* of the attributes */
	struct limit limit[FAMILY_COUNT];
	uint32_t now_s;
};

/* The next prefix that belongs to the shard in hand. */
static bool nlri_next(const struct intake *intake, struct bgp_nlri *nlri, struct prefix *out)
{
	while (rd_more(&nlri->rd)) {
		CHECK(!failed(prefix_read_nlri(&nlri->rd, nlri->family, out)));
		if (shards_number_of(intake->worker->shards, out) == intake->shard_number)
			return true;
	}
	return false;
}

static void shard_take(struct intake *intake, uint32_t number)
{
	intake->shard_number = number;
	intake->shard = &intake->worker->shards->shard[number];
	intake->rib = shard_enter(intake->shard);
	intake->from = plan_session_of(rib_plan(intake->rib), intake->session);
}

static void shard_give(struct intake *intake)
{
	worker_shard_leave(intake->worker, intake->shard_number);
	intake->shard = NULL;
}

static void removed_note(struct rib_removed *removed, enum rib_held before)
{
	if (before == RIB_HELD_COUNTED)
		removed->counted++;
	else if (before == RIB_HELD_BLOCKED)
		removed->blocked++;
}

static void withdraw_list(struct intake *intake, struct bgp_nlri nlri)
{
	struct rib_removed removed = { 0 };
	struct prefix prefix;

	for (uint32_t i = 0; nlri.present && i < intake->worker->shards->count; i++) {
		struct bgp_nlri left = nlri;
		shard_take(intake, i);
		while (nlri_next(intake, &left, &prefix)) {
			intake->peer->counts.withdrawals_received++;
			removed_note(&removed, rib_withdraw(intake->rib, intake->session, &prefix));
		}
		shard_give(intake);
	}
	if (nlri.present)
		limit_removed(intake->worker, intake->session, nlri.family, &removed);
}

static struct fault announce_one(struct intake *intake, const struct prefix *prefix)
{
	enum family family = (enum family)prefix->family;
	const struct limit *limit = &intake->limit[family];
	struct rib_announcement announcement = { .session = intake->session,
						 .attr = intake->attr,
						 .reason = (uint8_t)intake->reason,
						 .is_full = limit_is_full(intake->peer, limit,
									  family),
						 .now_s = intake->now_s };
	enum rib_held before = RIB_HELD_NOT;

	if (intake->reason == REASON_NONE)
		announcement.reason = (uint8_t)rules_check_prefix(&intake->judged, prefix);
	intake->peer->counts.routes_received++;
	TRY(rib_announce(intake->rib, prefix, &announcement, &before));
	return limit_announced(intake->worker, intake->session, family, limit, before,
			       announcement.is_full);
}

/* What of the list belongs to the shard in hand. */
static struct fault announce_part(struct intake *intake, struct bgp_nlri nlri, struct octets packed,
				  const struct bgp_attrs *attrs)
{
	struct fault fault = fault_none();
	struct prefix prefix;

	if (!nlri_next(intake, &nlri, &prefix))
		return fault_none();
	if (intake->from == NULL)
		return fault_of(FAULT_LIMIT, 0);
	TRY(rib_attrs_take(intake->rib, intake->session, packed, &intake->attr));
	intake->judged = rules_case_of(rib_plan(intake->rib), rib_evidence(intake->rib),
				       intake->from, attrs);
	intake->reason = rules_check_attrs(&intake->judged);
	for (bool more = true; more && !failed(fault);) {
		struct prefix next;
		more = nlri_next(intake, &nlri, &next);
		if (more)
			rib_expect(intake->rib, &next);
		fault = announce_one(intake, &prefix);
		prefix = next;
	}
	rib_attrs_release(intake->rib, intake->attr);
	return fault;
}

static struct fault announce_list(struct intake *intake, struct bgp_nlri nlri,
				  const struct bgp_attrs *attrs)
{
	struct worker *worker = intake->worker;
	struct wr packed = wr_of(worker->packed, sizeof worker->packed);
	struct fault fault = fault_none();

	if (!nlri.present)
		return fault_none();
	bgp_attrs_pack(attrs, &packed);
	if (!wr_ok(&packed))
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < worker->shards->count && !failed(fault); i++) {
		shard_take(intake, i);
		fault = announce_part(intake, nlri, wr_octets_of(&packed), attrs);
		shard_give(intake);
	}
	return fault;
}

static struct fault update_apply(struct intake *intake, const struct bgp_update *update)
{
	struct bgp_attrs mp_attrs;

	withdraw_list(intake, update->withdrawn);
	withdraw_list(intake, update->mp_unreach);
	if (update->verdict == BGP_WITHDRAW) {
		bgp_update_fault_attrs(update, &mp_attrs);
		TRY(announce_list(intake, update->reach, &mp_attrs));
		return announce_list(intake, update->mp_reach, &mp_attrs);
	}
	TRY(announce_list(intake, update->reach, &update->attrs));
	if (!update->mp_reach.present)
		return fault_none();
	bgp_update_mp_attrs(update, &mp_attrs);
	return announce_list(intake, update->mp_reach, &mp_attrs);
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

/* Ends the session for what the member sent too much of, or for want of memory for it. */
static void refuse_excess(struct worker *worker, struct link *link, struct fault fault)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_OUT_OF_RESOURCES);

	if (fault.kind == FAULT_CONFLICT)
		limit_shut(worker, link->session, fault.code);
	else
		peer_refuse(worker, link, &refusal);
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
	struct intake intake = { .worker = worker,
				 .peer = peer,
				 .session = link->session,
				 .now_s = (uint32_t)(worker->now.ns / NS_PER_S) };
	struct session_id session = link->session;
	int32_t number = link->stream.number;
	struct bgp_update update;

	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		intake.limit[f] = limit_for(worker, session, (enum family)f);
	bgp_update_read(message->body, &mode, &update);
	peer->counts.updates_received++;
	discards_count(peer, &update);
	if (update.is_malformed) {
		malformed_note(worker, peer, &update);
		tell_malformed(worker, session, &update, message->whole);
	}
	if (update.families_ignored != 0)
		tell_ignored_families(worker, session, update.families_ignored);
	if (update.verdict == BGP_RESET) {
		peer_refuse(worker, link, &update.refusal);
		return false;
	}
	uint64_t before_octets = attr_account_of(&worker->shards->account, session);
	struct fault fault = update_apply(&intake, &update);
	if (!failed(fault))
		fault = limit_attrs(worker, session, before_octets);
	if (failed(fault))
		refuse_excess(worker, link, fault);
	else if (update.is_end_of_rib)
		end_of_rib(worker, session, link->place, update.end_of_rib_family);
	return worker->link_of[number] == link && !link->is_ending;
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
