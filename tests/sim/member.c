/* sim/member.c — a member's end of a session: the same state machine, over the pretend network.
 *
 * Everything that it says is marked with what it means, at the octet where it ends; when the server
 * has read so far, the truth follows (truth.c). */
#include "base/check.h"
#include "base/mem.h"
#include "sim/world.h"

static uint8_t control[BGP_CONNECTIONS][3 * BGP_MESSAGE_OCTETS_MAX];

struct bgp_outputs member_outputs(struct wr wr[BGP_CONNECTIONS])
{
	struct bgp_outputs outputs = { 0 };

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		wr[i] = wr_of(control[i], sizeof control[i]);
		outputs.wr[i] = &wr[i];
	}
	return outputs;
}

bool member_is_up(const struct member *member)
{
	return bgp_session_established_place(&member->fsm) < BGP_CONNECTIONS;
}

/* --- habits ----------------------------------------------------------------------------------- */

void member_habits_draw(struct world *world, uint32_t slot)
{
	static const uint16_t holds[] = { 90, 90, 30, 9, 3, 0 };
	static const uint16_t restarts[] = { 0, 5, 60, 60, 400 };
	bool server_calls = bit_has(world->active, slot);
	bool graceful = world_chance(world, 2);
	uint32_t families = 1 + random_below(&world->random, 4); /* both, mostly */

	world->member[slot].habits = (struct member_habits){
		.is_active = !server_calls || world_chance(world, 2),
		.as4 = !bit_has(world->as2, slot) || world_asn(world, slot) > UINT16_MAX,
		.refresh = world_chance(world, 2) || world_chance(world, 2),
		.enhanced_refresh = world_chance(world, 2),
		.extended_next_hop = world_chance(world, 2),
		.families = { families != 2, families != 1 },
		.add_path = world_chance(world, 3),
		.graceful_restart = graceful,
		.gr_notification = graceful && world_chance(world, 2),
		.gr_forwarding = { !world_chance(world, 4), !world_chance(world, 4) },
		.restart_s = restarts[random_below(&world->random, 5)],
		.hold_s = holds[random_below(&world->random, 6)],
		.has_role = world_chance(world, 2),
		.router_id = 100 + slot + 1000 * random_below(&world->random, 2),
	};
}

static struct bgp_session_config config_of(const struct world *world, uint32_t slot)
{
	const struct member_habits *habits = &world->member[slot].habits;

	return (struct bgp_session_config){
		.offer = { .asn = world_asn(world, slot),
			   .router_id = habits->router_id,
			   .hold_s = habits->hold_s,
			   .role = habits->has_role ? BGP_ROLE_ROUTE_SERVER_CLIENT : BGP_ROLE_NONE,
			   .as4 = habits->as4,
			   .refresh = habits->refresh,
			   .enhanced_refresh = habits->enhanced_refresh && habits->refresh,
			   .extended_next_hop = habits->extended_next_hop,
			   .families = { habits->families[0], habits->families[1] },
			   .add_path_receive = { habits->add_path, habits->add_path },
			   .graceful_restart = habits->graceful_restart,
			   .restarting = habits->graceful_restart && world->member[slot].restarted,
			   .gr_notification = habits->gr_notification,
			   .restart_s = habits->restart_s,
			   .gr_families = { habits->families[0], habits->families[1] },
			   .gr_forwarding = { habits->gr_forwarding[0],
					      habits->gr_forwarding[1] } },
		.peer_asn = world->rs_asn,
		.is_active = habits->is_active,
		.allow_as2 = true,
	};
}

/* --- saying ----------------------------------------------------------------------------------- */

static void say(struct member *member, uint32_t place, struct octets octets)
{
	uint8_t *out = member->out[place];

	if (member->out_at[place] != 0) {
		mem_move(out, out + member->out_at[place],
			 member->out_len[place] - member->out_at[place]);
		member->out_len[place] -= member->out_at[place];
		member->out_at[place] = 0;
	}
	CHECK(member->out_len[place] + octets.len_octets <= SIM_OUT_OCTETS);
	mem_copy(out + member->out_len[place], octets.at, octets.len_octets);
	member->out_len[place] += octets.len_octets;
	member->said_octets[place] += octets.len_octets;
}

static void mark(struct member *member, uint32_t place, struct net_mark what)
{
	net_mark(member->conn[place], member->said_octets[place], what);
}

static void flush(struct world *world, struct member *member, uint32_t place)
{
	while (member->conn[place] != NULL && member->out_at[place] < member->out_len[place]) {
		struct octets left = octets_of(member->out[place] + member->out_at[place],
					       member->out_len[place] - member->out_at[place]);
		uint32_t sent = net_member_write(&world->net, member->conn[place], left);
		if (sent == 0)
			return;
		member->out_at[place] += sent;
	}
	if (member->out_at[place] == member->out_len[place])
		member->out_at[place] = member->out_len[place] = 0;
}

static void place_take(struct member *member, uint32_t place, struct net_conn *conn)
{
	member->conn[place] = conn;
	member->in_len[place] = 0;
	member->out_at[place] = member->out_len[place] = 0;
	member->said_octets[place] = 0;
}

/* What does not fit the pipe any more is lost, and the connection with it. */
static void place_close(struct world *world, struct member *member, uint32_t place, bool at_once)
{
	if (member->conn[place] == NULL)
		return;
	flush(world, member, place);
	net_member_close(&world->net, member->conn[place],
			 at_once || member->out_at[place] < member->out_len[place]);
	member->conn[place] = NULL;
}

/* --- coming up and going ---------------------------------------------------------------------- */

static void lost(struct world *world, uint32_t slot)
{
	struct member *member = &world->member[slot];

	world_trace(world, "member %u: session lost", slot);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		member->refreshing[f] = false;
		member->ends_of_rib[f] = 0;
	}
	for (uint32_t i = 0; i <= SIM_SLOTS; i++) {
		for (uint32_t j = 0; j < world->prefix_count; j++) {
			member->held[i][j] = 0;
			member->is_old[i][j] = false;
		}
	}
}

static void say_end_of_rib(struct member *member, uint32_t place, enum family family)
{
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);

	bgp_encode_end_of_rib(&wr, family);
	say(member, place, wr_octets_of(&wr));
	mark(member, place,
	     (struct net_mark){ .kind = MARK_END_OF_RIB, .family = (uint8_t)family });
}

static void say_all(struct world *world, uint32_t slot, enum family family)
{
	uint32_t list[SIM_PREFIXES_ALL];
	uint32_t count = 0;

	for (uint32_t i = 0; i < world->prefix_count; i++) {
		if (prefix_family(i) == family && world->member[slot].own[i] != 0)
			list[count++] = i;
	}
	member_say_routes(world, slot, list, count);
}

static void come_up(struct world *world, uint32_t slot, uint32_t place)
{
	struct member *member = &world->member[slot];
	const struct bgp_negotiated *agreed = &member->fsm.connection[place].negotiated;

	world_trace(world, "member %u: established", slot);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!agreed->families[f])
			continue;
		say_all(world, slot, (enum family)f);
		if (agreed->graceful_restart || world_chance(world, 2))
			say_end_of_rib(member, place, (enum family)f);
	}
	member->restarted = false;
}

/* Of a collision one connection ends, the other may just say KEEPALIVE. */
static bool ends_with_notification(struct octets said)
{
	uint8_t type = 0;

	for (uint32_t at = 0; at < said.len_octets;) {
		const uint8_t *head = said.at + at;
		type = head[BGP_HEADER_OCTETS - 1];
		at += (uint32_t)head[BGP_HEADER_OCTETS - 3] << 8 | head[BGP_HEADER_OCTETS - 2];
	}
	return type == BGP_NOTIFICATION;
}

static void obey(struct world *world, uint32_t slot, struct bgp_outcome outcome, struct wr *wr)
{
	struct member *member = &world->member[slot];
	const struct bgp_refusal *sent = &member->fsm.last_sent.refusal;
	bool is_hard = sent->code == BGP_ERROR_CEASE && sent->subcode == BGP_CEASE_HARD_RESET;

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if (member->conn[i] == NULL || wr == NULL || wr[i].pos == 0)
			continue;
		bool ends = ends_with_notification(wr_octets_of(&wr[i]));
		say(member, i, wr_octets_of(&wr[i]));
		mark(member, i,
		     (struct net_mark){ .kind = ends ? MARK_NOTIFICATION : MARK_MESSAGE,
					.value = is_hard ? 1 : 0 });
	}
	if ((outcome.orders & BGP_ORDER_LOST) != 0)
		lost(world, slot);
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if ((outcome.orders & ((uint32_t)BGP_ORDER_CLOSE_0 << i)) != 0)
			place_close(world, member, i, (outcome.orders & BGP_ORDER_AT_ONCE) != 0);
	}
	if ((outcome.orders & BGP_ORDER_CONNECT) != 0) {
		member->calling = net_call(&world->net, slot);
		if (member->calling == NULL)
			bgp_session_connect_failed(&member->fsm, world->net.now, 0);
	}
	if ((outcome.orders & BGP_ORDER_REFRESH) != 0) {
		if (outcome.refresh_kind == BGP_REFRESH_REQUEST)
			say_all(world, slot, outcome.refresh_family);
		else
			member_hears_refresh(world, slot, outcome.refresh_family,
					     outcome.refresh_kind);
	}
	if ((outcome.orders & BGP_ORDER_ESTABLISHED) != 0)
		come_up(world, slot, outcome.place);
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++)
		flush(world, member, i);
}

void member_come(struct world *world, uint32_t slot)
{
	struct member *member = &world->member[slot];

	if (member->is_wanted)
		return;
	struct bgp_session_config config = config_of(world, slot);
	member->is_wanted = true;
	member->is_frozen = member->is_deaf = false;
	bgp_session_init(&member->fsm, &config);
	bgp_session_start(&member->fsm, world->net.now);
}

void member_go(struct world *world, uint32_t slot, enum bgp_cease cease, bool for_good)
{
	struct member *member = &world->member[slot];
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, (uint8_t)cease);
	struct wr wr[BGP_CONNECTIONS];

	if (!member->is_wanted)
		return;
	obey(world, slot,
	     bgp_session_stop(&member->fsm, &refusal, world->net.now, member_outputs(wr)), wr);
	if (member->calling != NULL)
		net_member_close(&world->net, member->calling, false);
	member->calling = NULL;
	member->is_wanted = false;
	if (!for_good)
		member_come(world, slot);
}

/* Its connections just end, as in a crash; nothing is said. */
void member_drop(struct world *world, uint32_t slot, bool is_reset)
{
	struct member *member = &world->member[slot];

	if (!member->is_wanted)
		return;
	if (member_is_up(member))
		lost(world, slot);
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		if (member->conn[i] != NULL)
			net_member_close(&world->net, member->conn[i], is_reset);
		member->conn[i] = NULL;
	}
	if (member->calling != NULL)
		net_member_close(&world->net, member->calling, is_reset);
	member->calling = NULL;
	member->is_wanted = false;
}

/* --- its step --------------------------------------------------------------------------------- */

static bool has_input(const struct world *world, const struct member *member)
{
	bool any = false;

	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++)
		any |= member->conn[i] != NULL && net_member_may_read(member->conn[i]);
	(void)world;
	return any && !member->is_deaf;
}

static bool has_output(const struct member *member)
{
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		const struct net_conn *conn = member->conn[i];
		if (conn != NULL && member->out_at[i] < member->out_len[i] && !conn->is_reset &&
		    conn->to_server.len < conn->to_server.room)
			return true;
	}
	return false;
}

static bool is_called(const struct world *world, uint32_t slot)
{
	for (uint32_t i = 0; i < world->net.conn_end; i++) {
		const struct net_conn *conn = &world->net.conn[i];
		if (conn->state == NET_WAITING && conn->slot == slot && !conn->by_member)
			return true;
	}
	return false;
}

bool member_is_runnable(const struct world *world, uint32_t slot)
{
	const struct member *member = &world->member[slot];
	struct instant now = world->net.now;

	if (is_called(world, slot))
		return true;
	if (!member->is_wanted || member->is_frozen)
		return false;
	return (member->calling != NULL && member->calling->state != NET_CALLING) ||
	       instant_due(bgp_session_deadline(&member->fsm), now) ||
	       (has_input(world, member) && member->read_at.ns <= now.ns) || has_output(member);
}

struct instant member_soonest(const struct world *world, uint32_t slot)
{
	const struct member *member = &world->member[slot];

	if (!member->is_wanted || member->is_frozen)
		return (struct instant){ 0 };
	struct instant at = bgp_session_deadline(&member->fsm);
	return has_input(world, member) ? instant_sooner(at, member->read_at) : at;
}

static void connection_begin(struct world *world, uint32_t slot, struct net_conn *conn,
			     bool is_ours)
{
	struct member *member = &world->member[slot];
	struct wr wr[BGP_CONNECTIONS];
	uint32_t place = 0;

	if (!member->is_wanted || !bgp_session_connected(&member->fsm, is_ours, world->net.now,
							 member_outputs(wr), &place)) {
		net_member_close(&world->net, conn, false);
		return;
	}
	place_take(member, place, conn);
	obey(world, slot, (struct bgp_outcome){ 0 }, wr);
}

/* False: the connection is gone. */
static bool messages_take(struct world *world, uint32_t slot, uint32_t place)
{
	struct member *member = &world->member[slot];
	struct net_conn *conn = member->conn[place];
	uint32_t at = 0;

	while (member->conn[place] == conn) {
		struct wr wr[BGP_CONNECTIONS];
		struct bgp_message message;
		struct bgp_refusal refusal;
		struct fault fault = bgp_message_next(
			octets_of(member->in[place] + at, member->in_len[place] - at), false,
			&message, &refusal);
		if (fault.kind == FAULT_AGAIN)
			break;
		if (failed(fault)) {
			world_fail(world, "member %u cannot cut the stream into messages", slot);
			return false;
		}
		at += message.whole.len_octets;
		struct bgp_outcome outcome = bgp_session_message(
			&member->fsm, place, &message, world->net.now, member_outputs(wr));
		if ((outcome.orders & BGP_ORDER_UPDATE) != 0)
			member_hears_update(world, slot, place, message.body);
		else
			obey(world, slot, outcome, wr);
	}
	if (member->conn[place] != conn)
		return false;
	mem_move(member->in[place], member->in[place] + at, member->in_len[place] - at);
	member->in_len[place] -= at;
	return true;
}

static void read_place(struct world *world, uint32_t slot, uint32_t place)
{
	struct member *member = &world->member[slot];
	uint32_t room = (uint32_t)sizeof member->in[place] - member->in_len[place];

	if (member->read_octets != 0 && room > member->read_octets)
		room = member->read_octets;
	if (member->conn[place] == NULL || !net_member_may_read(member->conn[place]))
		return;
	uint32_t got = net_member_read(&world->net, member->conn[place],
				       member->in[place] + member->in_len[place], room);
	member->in_len[place] += got;
	if (got != 0 && !messages_take(world, slot, place))
		return;
	if (member->conn[place] != NULL && net_member_sees_end(member->conn[place])) {
		struct bgp_outcome outcome = bgp_session_closed(&member->fsm, place, world->net.now,
								random_below(&world->random, 1000));
		obey(world, slot, outcome, NULL);
	}
}

void member_step(struct world *world, uint32_t slot)
{
	struct member *member = &world->member[slot];
	struct instant now = world->net.now;
	struct wr wr[BGP_CONNECTIONS];

	for (struct net_conn *conn; (conn = net_take(&world->net, slot)) != NULL;)
		connection_begin(world, slot, conn, false);
	if (!member->is_wanted || member->is_frozen)
		return;
	if (member->calling != NULL && member->calling->state != NET_CALLING) {
		struct net_conn *conn = member->calling;
		member->calling = NULL;
		connection_begin(world, slot, conn, true);
	}
	/* Who does not read, but lives, does not take the other end for dead. */
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++) {
		struct bgp_connection *connection = &member->fsm.connection[i];
		if ((member->is_deaf || member->read_octets != 0) &&
		    instant_is_set(connection->hold_deadline))
			connection->hold_deadline = instant_add(
				now, span_s(connection->negotiated.hold_s));
	}
	obey(world, slot,
	     bgp_session_tick(&member->fsm, now, random_below(&world->random, 1000),
			      member_outputs(wr)),
	     wr);
	if (!member->is_deaf && member->read_at.ns <= now.ns) {
		for (uint32_t i = 0; i < BGP_CONNECTIONS; i++)
			read_place(world, slot, i);
		member->read_at = instant_add(now, member->read_gap);
	}
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++)
		flush(world, member, i);
}
