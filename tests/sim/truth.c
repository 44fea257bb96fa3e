/* sim/truth.c — what the route server must know, derived from the octets that it has read and the
 * rules of RFC 4271, 4724, 7313 and 8538, not from what it keeps.
 *
 * When the server says that a session ended, there must be a cause that happened, and its routes
 * must have been kept exactly if that cause lets them. */
#include <string.h>

#include "base/check.h"
#include "rib/shard.h"
#include "rules/reason.h"
#include "sim/world.h"

#define STALE_S_MAX 300
#define REFRESH_S 360
#define SEND_HOLD_S (8 * 60)

static void changed(struct world *world, uint32_t slot)
{
	world->changes++;
	world->truth[slot].changes++;
}

uint32_t truth_count(const struct world *world, uint32_t slot, enum family family)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < world->prefix_count; i++)
		count += prefix_family(i) == family && world->truth[slot].route[i].set != 0;
	return count;
}

static void route_set(struct world *world, uint32_t slot, uint32_t prefix, uint32_t set)
{
	struct truth_route *route = &world->truth[slot].route[prefix];

	if (route->set != set)
		changed(world, slot);
	*route = (struct truth_route){ .set = set };
}

/* Old routes of the family go, or all. */
static void sweep(struct world *world, uint32_t slot, enum family family, bool all)
{
	struct truth *truth = &world->truth[slot];

	for (uint32_t i = 0; i < world->prefix_count; i++) {
		if (prefix_family(i) != family || truth->route[i].set == 0 ||
		    (!all && !truth->route[i].is_old))
			continue;
		route_set(world, slot, i, 0);
		truth->slack[family]++;
	}
}

static void age(struct world *world, uint32_t slot, enum family family)
{
	struct truth *truth = &world->truth[slot];

	sweep(world, slot, family, false);
	for (uint32_t i = 0; i < world->prefix_count; i++) {
		if (prefix_family(i) == family)
			truth->route[i].is_old = truth->route[i].set != 0;
	}
}

void truth_expire(struct world *world)
{
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct truth *truth = &world->truth[i];
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			bool stale = instant_due(truth->stale_until[f], world->net.now);
			bool unended = instant_due(truth->refresh_until[f], world->net.now);
			if (stale)
				truth->stale_until[f] = (struct instant){ 0 };
			if (unended)
				truth->refresh_until[f] = (struct instant){ 0 };
			if (stale || unended)
				sweep(world, i, (enum family)f, false);
		}
	}
}

void truth_forget(struct world *world, uint32_t slot)
{
	struct truth *truth = &world->truth[slot];

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		sweep(world, slot, (enum family)f, true);
		truth->stale_until[f] = truth->refresh_until[f] = (struct instant){ 0 };
	}
}

bool truth_is_blocked(const struct world *world, uint32_t slot, uint32_t number)
{
	struct prefix prefix = sim_prefix(number);
	const struct shard *shard = &world->shards->shard[shards_number_of(world->shards, &prefix)];
	struct table *table = &shard->rib->table[prefix.family];
	uint32_t index = table_find(table, &prefix);

	if (index == 0)
		return false;
	const struct route *route = entry_route_of(table_entry(table, index),
						   (struct session_id){ (uint16_t)slot });
	return route != NULL && route->reason == REASON_MAX_PREFIXES;
}

/* --- what was read ---------------------------------------------------------------------------- */

/* Beyond which the session ends. */
static uint32_t limit_of(const struct world *world, uint32_t slot, enum family family)
{
	const struct plan_session *session = plan_session_of(world->plan,
							     (struct session_id){ (uint16_t)slot });

	if (session == NULL || session->limit_action == LIMIT_ACTION_WARN ||
	    session->limit_action == LIMIT_ACTION_BLOCK)
		return UINT32_MAX;
	return session->routes_max[family] != 0 ? session->routes_max[family] :
						  world->plan->rules.routes_max[family];
}

static void announce(struct world *world, struct net_conn *conn, const struct net_mark *mark)
{
	struct truth *truth = &world->truth[conn->slot];
	enum family family = prefix_family(mark->prefix);
	bool was_new = truth->route[mark->prefix].set == 0;

	route_set(world, conn->slot, mark->prefix, mark->value);
	if (was_new && truth_count(world, conn->slot, family) > limit_of(world, conn->slot, family))
		conn->ending = MARK_OVER_LIMIT;
}

/* Ten a minute are heard. */
static bool may_begin(const struct world *world, struct truth *truth, enum family family)
{
	if (!instant_is_set(truth->begins_until[family]) ||
	    instant_due(truth->begins_until[family], world->net.now)) {
		truth->begins_until[family] = instant_add(world->net.now, span_s(60));
		truth->begins[family] = 0;
	}
	return ++truth->begins[family] <= 10;
}

static void marker(struct world *world, struct net_conn *conn, const struct net_mark *mark)
{
	uint32_t slot = conn->slot;
	struct truth *truth = &world->truth[slot];
	enum family family = (enum family)mark->family;

	if (mark->kind == MARK_END_OF_RIB) {
		conn->said_end[family] = true;
		if (!instant_is_set(truth->stale_until[family]))
			return;
		truth->stale_until[family] = (struct instant){ 0 };
		sweep(world, slot, family, false);
	} else if (mark->kind == MARK_REFRESH_BEGIN) {
		if ((truth->agreed.graceful_restart && !conn->said_end[family]) ||
		    instant_is_set(truth->stale_until[family]) || !may_begin(world, truth, family))
			return;
		age(world, slot, family);
		truth->refresh_until[family] = instant_add(world->net.now, span_s(REFRESH_S));
	} else if (mark->kind == MARK_REFRESH_END && instant_is_set(truth->refresh_until[family])) {
		truth->refresh_until[family] = (struct instant){ 0 };
		sweep(world, slot, family, false);
	}
}

static void take(struct world *world, struct net_conn *conn, const struct net_mark *mark)
{
	switch ((enum mark_kind)mark->kind) {
	case MARK_MESSAGE:
		break;
	case MARK_ANNOUNCE:
		announce(world, conn, mark);
		break;
	case MARK_WITHDRAW:
		route_set(world, conn->slot, mark->prefix, 0);
		break;
	case MARK_END_OF_RIB:
	case MARK_REFRESH_BEGIN:
	case MARK_REFRESH_END:
		marker(world, conn, mark);
		break;
	case MARK_POISON:
	case MARK_NOTIFICATION:
	case MARK_OVER_LIMIT:
		conn->ending = mark->kind;
		conn->ending_is_hard = mark->value != 0;
		break;
	}
}

/* What is read before the session is up on a connection waits: of two that collide, one is closed
 * with all that was read from it. */
void truth_read(void *context, struct net_conn *conn)
{
	struct world *world = context;

	if (conn->is_idle)
		return;
	const struct truth *truth = &world->truth[conn->slot];
	truth_expire(world);
	if (!conn->is_lost && (!truth->is_up || truth->conn != conn))
		return;
	while (conn->mark_count != 0) {
		const struct net_mark *mark = &conn->mark[conn->mark_first];
		if (mark->end_octets > conn->to_server.read_octets)
			return;
		conn->last_read_at = world->net.now;
		if (!conn->is_lost && conn->ending == 0)
			take(world, conn, mark);
		conn->mark_first = (conn->mark_first + 1) % NET_MARKS_MAX;
		conn->mark_count--;
	}
}

/* --- sessions --------------------------------------------------------------------------------- */

static void came_up(struct world *world, uint32_t slot, const struct peer *peer)
{
	struct truth *truth = &world->truth[slot];
	uint32_t place = bgp_session_established_place(&peer->fsm);
	const struct bgp_negotiated *agreed = &peer->fsm.connection[place].negotiated;

	if (truth->is_up)
		world_fail(world, "session %u came up twice", slot);
	truth->joined_settled = world->changes == world->settled_changes;
	truth->is_up = true;
	truth->up_at = world->net.now;
	truth->conn = &world->net.conn[world->net.conn_of[peer->link[place]->stream.number]];
	truth->agreed = *agreed;
	if (truth->router_id != agreed->peer.router_id)
		changed(world, slot);
	truth->router_id = agreed->peer.router_id;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		bool may_keep = agreed->families[f] && agreed->peer.gr_families[f] &&
				agreed->peer.gr_forwarding[f];
		if (!instant_is_set(truth->stale_until[f]))
			continue;
		if (may_keep) {
			truth->stale_until[f] = instant_add(world->net.now, span_s(STALE_S_MAX));
			continue;
		}
		truth->stale_until[f] = (struct instant){ 0 };
		sweep(world, slot, (enum family)f, false);
	}
	truth->foreign_at_join = world->changes - truth->changes;
	truth->conn->last_read_at = world->net.now;
	truth_read(world, truth->conn);
}

enum { NOT_KEPT = 1, KEPT = 2 };

static uint32_t when(bool is_kept)
{
	return is_kept ? KEPT : NOT_KEPT;
}

static bool is_rivalled(const struct world *world, const struct net_conn *conn)
{
	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		const struct net_conn *other = &world->net.conn[i];
		if (other != conn && !other->is_idle && other->state == NET_STANDS &&
		    other->slot == conn->slot && other->server_has && !other->is_lost)
			return true;
	}
	return false;
}

static bool is_unread_for_long(const struct world *world, const struct net_conn *conn)
{
	/* Of a member that has closed meanwhile nobody knows any more what it left unread. */
	return (conn->to_member.len != 0 || !conn->member_has) &&
	       instant_since(world->net.now, conn->last_taken_at).ns >= span_s(SEND_HOLD_S).ns;
}

/* What may have ended the session, as what becomes of its routes; 0: nothing may have. */
static uint32_t causes(const struct world *world, uint32_t slot)
{
	const struct truth *truth = &world->truth[slot];
	const struct net_conn *conn = truth->conn;
	const struct bgp_negotiated *agreed = &truth->agreed;
	int64_t silent_ns = instant_since(world->net.now, conn->last_read_at).ns;
	uint32_t found = 0;

	if (bit_has(world->plan_ends, slot))
		return NOT_KEPT;
	/* A connection that is lost in mid-message counts as lost, not as refused; and what ends a
	 * session is perhaps never come to. */
	if (world->short_one_in != 0)
		found |= NOT_KEPT | when(agreed->graceful_restart);
	if (conn->ending == MARK_OVER_LIMIT)
		return found | NOT_KEPT;
	if (conn->ending == MARK_POISON)
		return found | when(agreed->gr_notification);
	if (conn->ending == MARK_NOTIFICATION)
		return found | when(agreed->gr_notification && !conn->ending_is_hard);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (truth_count(world, slot, (enum family)f) + truth->slack[f] >
		    limit_of(world, slot, (enum family)f))
			found |= NOT_KEPT;
	}
	if (conn->is_reset || (conn->to_server.end_has_arrived && conn->to_server.arrived == 0))
		found |= when(agreed->graceful_restart);
	if (agreed->hold_s != 0 && silent_ns >= span_s(agreed->hold_s).ns)
		found |= when(agreed->gr_notification);
	if (is_unread_for_long(world, conn))
		found |= NOT_KEPT;
	if (agreed->graceful_restart && is_rivalled(world, conn))
		found |= KEPT;
	return found;
}

static void went_down(struct world *world, uint32_t slot, const char *text)
{
	struct truth *truth = &world->truth[slot];
	const struct bgp_open *peer = &truth->agreed.peer;
	uint32_t may_be = causes(world, slot);
	uint32_t is = when(strstr(text, "kept") != NULL);
	uint32_t restart_s = peer->restart_s < STALE_S_MAX ? peer->restart_s : STALE_S_MAX;

	/* Of no routes none are kept. */
	if (strstr(text, " 0 routes") != NULL)
		is = may_be == KEPT || ((may_be & KEPT) != 0 && world->short_one_in == 0) ?
			     KEPT :
			     NOT_KEPT;
	if (!truth->is_up)
		world_fail(world, "session %u was lost without being up", slot);
	if (may_be == 0)
		world_fail(world, "session %u ended without a cause", slot);
	else if ((may_be & is) == 0)
		world_fail(world, "session %u: %s, against the rules", slot, text);
	truth->is_up = false;
	truth->conn->is_lost = true;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		bool keeps = is == KEPT && peer->graceful_restart && peer->gr_families[f] &&
			     restart_s != 0;
		if (keeps)
			age(world, slot, (enum family)f);
		else
			sweep(world, slot, (enum family)f, true);
		truth->refresh_until[f] = (struct instant){ 0 };
		truth->stale_until[f] = keeps ? instant_add(world->net.now, span_s(restart_s)) :
						(struct instant){ 0 };
	}
}

/* Lines that are awaited, by words that nothing else says. */
static void told(struct world *world, const char *text)
{
	static const struct {
		const char *words;
		enum told what;
	} lines[] = {
		{ "connection from", TOLD_CALLERS },
		{ "connection rejected", TOLD_CALLERS },
		{ "more like that", TOLD_CALLERS },
		{ "more than 8 ipv4 prefixes", TOLD_LIMIT },
		{ "maximum number of prefixes", TOLD_LIMIT },
		{ "connections are dropped", TOLD_DROPPED },
		{ "connections are taken again", TOLD_TAKEN_AGAIN },
		{ "clock was set", TOLD_CLOCK },
	};

	for (uint32_t i = 0; i < sizeof lines / sizeof *lines; i++)
		world->told[lines[i].what] += strstr(text, lines[i].words) != NULL ? 1 : 0;
}

void truth_event(void *context, const struct plan_session *session, const char *text)
{
	struct world *world = context;

	told(world, text);
	if (session == NULL) {
		world_trace(world, "server: %.200s", text);
		return;
	}
	uint32_t slot = session->id.index;
	world_trace(world, "server, session %u: %.200s", slot, text);
	truth_expire(world);
	if (strncmp(text, "established", 11) == 0)
		came_up(world, slot, &world->worker[slot % world->worker_count]->peer[slot]);
	else if (strncmp(text, "lost", 4) == 0)
		went_down(world, slot, text);
}
