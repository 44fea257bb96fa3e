/* server/limit.c — how many prefixes a session may have, and how much its attributes may take, and
 * what becomes of more (RFC 7454 8).
 *
 * What a session holds is counted whether the rules refuse it or not.  Prefixes beyond the limit
 * are taken in (warn), held back as blocked routes, which take no room (block), or end the session
 * (shut).  Where room is made for blocked ones, by withdrawals or by a higher limit, a walk over
 * the table judges as many as there is room for; it begins LIMIT_PAUSE_MS later, so that many
 * withdrawals cost one walk and what is announced in their place goes first.
 *
 * A session pays for each of its attribute sets once, whoever else has the same.  More than its
 * prefixes could reasonably need ends it, whatever becomes of too many prefixes: held back, a route
 * would need the memory that it is held back for.
 *
 * Invariants
 *  1. held = counted + blocked, of each family, and equals what the shards hold of the session.
 *  2. unblock_at is set, or a walk runs, while there are blocked routes and room for them. */
#include <stdio.h>

#include "base/check.h"
#include "server/inside.h"

#define TEXT_MAX 1024u

static const struct plan_session *wanted_of(const struct worker *worker, struct session_id session)
{
	const struct plan_session *wanted = plan_session_of(worker->plan, session);

	CHECK(wanted != NULL);
	return wanted;
}

static uint32_t counted_of(const struct peer *peer, enum family family)
{
	CHECK(peer->counts.blocked[family] <= peer->counts.held[family]);
	return peer->counts.held[family] - peer->counts.blocked[family];
}

struct limit limit_for(const struct worker *worker, struct session_id session, enum family family)
{
	const struct plan_session *wanted = wanted_of(worker, session);

	uint32_t routes_max = plan_limit_of(worker->plan, wanted, family);
	uint64_t near = ((uint64_t)routes_max * worker->plan->rules.warn_percent + 99) / 100;

	return (struct limit){ .routes_max = routes_max,
			       .routes_near = near > UINT32_MAX ? UINT32_MAX : (uint32_t)near,
			       .action = plan_limit_action_for(worker->plan, wanted) };
}

bool limit_is_full(const struct peer *peer, const struct limit *limit, enum family family)
{
	return limit->action == LIMIT_ACTION_BLOCK && counted_of(peer, family) >= limit->routes_max;
}

bool limit_is_near(const struct peer *peer, const struct limit *limit, enum family family,
		   uint32_t more)
{
	return (uint64_t)counted_of(peer, family) + more >= limit->routes_max;
}

/* --- what is told ----------------------------------------------------------------------------- */

static void tell_near(struct worker *worker, struct session_id session, enum family family,
		      const struct limit *limit)
{
	struct peer *peer = &worker->peer[session.index];
	uint32_t counted = counted_of(peer, family);
	char text[TEXT_MAX];

	peer->told_limit[family] = LIMIT_TOLD_NEAR;
	(void)snprintf(text, sizeof text, "%u of at most %u %s prefixes", counted,
		       limit->routes_max, family_name(family));
	peer_tell(worker, session, text);
}

static void tell_over(struct worker *worker, struct session_id session, enum family family,
		      const struct limit *limit)
{
	struct peer *peer = &worker->peer[session.index];
	char text[TEXT_MAX];
	char ruling[TELL_RULING_MAX];

	if (peer->told_limit[family] == LIMIT_TOLD_OVER)
		return;
	peer->told_limit[family] = LIMIT_TOLD_OVER;
	(void)snprintf(text, sizeof text, "more than %u %s prefixes: %s%s", limit->routes_max,
		       family_name(family),
		       limit->action == LIMIT_ACTION_BLOCK ?
			       "further ones are refused until there is room (max-prefixes)" :
			       "they are taken in all the same",
		       tell_behind(worker, BGP_GROUND_LIMIT, ruling));
	peer_tell(worker, session, text);
}

/* --- counting --------------------------------------------------------------------------------- */

static struct fault blocked_one(struct worker *worker, struct session_id session,
				enum family family, const struct limit *limit, bool is_new)
{
	struct peer *peer = &worker->peer[session.index];

	tell_over(worker, session, family, limit);
	if (!is_new)
		return fault_none();
	peer->counts.held[family]++;
	peer->counts.blocked[family]++;
	return peer->counts.blocked[family] <= PLAN_ROUTES_OVER_MAX ?
		       fault_none() :
		       fault_of(FAULT_CONFLICT, (uint16_t)family);
}

struct fault limit_announced(struct worker *worker, struct session_id session, enum family family,
			     const struct limit *limit, enum rib_held before, bool was_full)
{
	struct peer *peer = &worker->peer[session.index];

	if (before == RIB_HELD_COUNTED)
		return fault_none();
	if (was_full)
		return blocked_one(worker, session, family, limit, before == RIB_HELD_NOT);
	if (before == RIB_HELD_BLOCKED)
		peer->counts.blocked[family]--;
	else
		peer->counts.held[family]++;
	uint32_t counted = counted_of(peer, family);
	if (counted >= limit->routes_near && peer->told_limit[family] < LIMIT_TOLD_NEAR)
		tell_near(worker, session, family, limit);
	if (counted <= limit->routes_max)
		return fault_none();
	if (limit->action == LIMIT_ACTION_SHUT)
		return fault_of(FAULT_CONFLICT, (uint16_t)family);
	tell_over(worker, session, family, limit);
	return counted - limit->routes_max <= PLAN_ROUTES_OVER_MAX ?
		       fault_none() :
		       fault_of(FAULT_CONFLICT, (uint16_t)family);
}

struct fault limit_attrs(struct worker *worker, struct session_id session, uint64_t before_octets)
{
	struct peer *peer = &worker->peer[session.index];
	uint64_t octets = attr_account_of(&worker->shards->account, session);
	char text[TEXT_MAX];

	if (octets < peer->attrs_octets_near)
		return fault_none();
	if (peer->told_attrs < LIMIT_TOLD_NEAR) {
		peer->told_attrs = LIMIT_TOLD_NEAR;
		(void)snprintf(text, sizeof text, "its attributes take %llu of at most %llu octets",
			       (unsigned long long)octets,
			       (unsigned long long)peer->attrs_octets_max);
		peer_tell(worker, session, text);
	}
	return octets <= peer->attrs_octets_max || octets <= before_octets ?
		       fault_none() :
		       fault_of(FAULT_CONFLICT, LIMIT_OF_ATTRS);
}

void limit_removed(struct worker *worker, struct session_id session, enum family family,
		   const struct rib_removed *removed)
{
	struct peer *peer = &worker->peer[session.index];

	CHECK(counted_of(peer, family) >= removed->counted &&
	      peer->counts.blocked[family] >= removed->blocked);
	peer->counts.held[family] -= removed->counted + removed->blocked;
	peer->counts.blocked[family] -= removed->blocked;
	if (removed->counted != 0)
		limit_room_made(worker, session, family);
}

/* --- room for blocked routes ------------------------------------------------------------------ */

static uint32_t room_of(const struct worker *worker, struct session_id session, enum family family)
{
	const struct peer *peer = &worker->peer[session.index];
	struct limit limit = limit_for(worker, session, family);
	uint32_t counted = counted_of(peer, family);

	if (peer->counts.blocked[family] == 0)
		return 0;
	if (limit.action == LIMIT_ACTION_WARN)
		return peer->counts.blocked[family];
	return counted < limit.routes_max ? limit.routes_max - counted : 0;
}

void limit_room_made(struct worker *worker, struct session_id session, enum family family)
{
	struct peer *peer = &worker->peer[session.index];

	if (peer->counts.blocked[family] == 0 || peer->unblock[family].is_running ||
	    instant_is_set(peer->unblock_at[family]) ||
	    bgp_session_established_place(&peer->fsm) == BGP_CONNECTIONS ||
	    room_of(worker, session, family) == 0)
		return;
	peer->unblock_at[family] = instant_add(worker->now, span_ms(LIMIT_PAUSE_MS));
	peer_deadline(worker, session);
}

void limit_due(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!instant_due(peer->unblock_at[f], worker->now))
			continue;
		peer->unblock_at[f] = (struct instant){ 0 };
		peer->unblock[f] = (struct sweep){ .is_running = true };
		worker->sweep_count++;
	}
}

static void walk_end(struct worker *worker, struct peer *peer, enum family family)
{
	if (peer->unblock[family].is_running)
		worker->sweep_count--;
	peer->unblock[family] = (struct sweep){ 0 };
}

void limit_forget(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		walk_end(worker, peer, (enum family)f);
		peer->unblock_at[f] = (struct instant){ 0 };
		peer->told_limit[f] = LIMIT_TOLD_NOT;
	}
	peer->told_attrs = LIMIT_TOLD_NOT;
}

void limit_unblock_step(struct worker *worker, struct session_id session, enum family family)
{
	struct peer *peer = &worker->peer[session.index];
	struct sweep *walk = &peer->unblock[family];
	uint32_t room = room_of(worker, session, family);
	uint32_t left = room;
	bool more = rib_unblock(shard_enter(&worker->shards->shard[walk->shard]), session, family,
				WORKER_SWEEP_ENTRIES, &walk->place, &left);

	worker_shard_leave(worker, walk->shard);
	CHECK(peer->counts.blocked[family] >= room - left);
	peer->counts.blocked[family] -= room - left;
	if (more)
		return;
	walk->place = 0;
	if (left != 0 && ++walk->shard < worker->shards->count)
		return;
	walk_end(worker, peer, family);
	limit_room_made(worker, session, family);
}

static void attrs_configured(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];
	uint64_t octets_max = plan_attrs_octets_max(worker->plan, wanted_of(worker, session));

	if (peer->attrs_octets_max != octets_max)
		peer->told_attrs = LIMIT_TOLD_NOT;
	peer->attrs_octets_max = octets_max;
	peer->attrs_octets_near = octets_max / 100 * worker->plan->rules.warn_percent;
}

void limit_configured(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];
	bool has_changed = false;

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		struct limit limit = limit_for(worker, session, (enum family)f);
		bool is_same = limit.routes_max == peer->limit[f].routes_max &&
			       limit.action == peer->limit[f].action;
		has_changed |= !is_same;
		if (!is_same)
			peer->told_limit[f] = LIMIT_TOLD_NOT;
		peer->limit[f] = limit;
		limit_room_made(worker, session, (enum family)f);
	}
	attrs_configured(worker, session);
	/* Whoever changes the limit of a member that was shut for it wants it back. */
	if (has_changed && (peer->block == BLOCK_PREFIXES || peer->block == BLOCK_ATTRS))
		peer_unblock(worker, session);
}

/* --- too many --------------------------------------------------------------------------------- */

/* RFC 4486 4: the family and the limit are named. */
static struct bgp_refusal refusal_for(const struct worker *worker, struct session_id session,
				      enum family family)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_MAX_PREFIXES);
	struct limit limit = limit_for(worker, session, family);

	refusal.ground = BGP_GROUND_LIMIT;
	bgp_notification_limit(&refusal, family, limit.routes_max);
	return refusal;
}

/* The NOTIFICATION has no room for it. */
static void tell_attrs_over(struct worker *worker, struct session_id session)
{
	char text[TEXT_MAX];

	(void)snprintf(text, sizeof text,
		       "its attributes take more than %llu octets, which is what its prefix limits "
		       "allow for; ask it for fewer communities, or raise a limit",
		       (unsigned long long)worker->peer[session.index].attrs_octets_max);
	peer_tell(worker, session, text);
}

/* It may come back after a while. */
void limit_shut(struct worker *worker, struct session_id session, uint32_t of)
{
	struct peer *peer = &worker->peer[session.index];
	struct bgp_refusal refusal = of == LIMIT_OF_ATTRS ?
					     bgp_refusal_of(BGP_ERROR_CEASE,
							    BGP_CEASE_OUT_OF_RESOURCES) :
					     refusal_for(worker, session, (enum family)of);
	uint32_t retry_s = worker->plan->rules.retry_s;

	if (of == LIMIT_OF_ATTRS)
		tell_attrs_over(worker, session);
	peer_stop_with(worker, session, &refusal);
	peer->block = of == LIMIT_OF_ATTRS ? BLOCK_ATTRS : BLOCK_PREFIXES;
	if (retry_s != 0)
		peer->blocked_until = instant_add(worker->now, span_s(retry_s));
	peer_deadline(worker, session);
}
