/* fuzz/session.c — the state machine under a tape: each octet is an event, with what it needs
 * behind it; messages come whole from the tape too.  The invariants of bgp/session.c hold after
 * each.
 * Reaches bgp_session_message bgp_session_tick bgp_session_connected bgp_session_closed
 *         bgp_session_refuse bgp_session_stop bgp_session_deadline bgp_negotiate */
#include "target.h"

#include "base/rd.h"
#include "bgp/session.h"

struct world {
	struct bgp_session session;
	struct instant now;
	uint8_t octets[BGP_CONNECTIONS][3 * BGP_MESSAGE_OCTETS_MAX];
	struct wr wr[BGP_CONNECTIONS];
};

static struct bgp_outputs outputs_of(struct world *world)
{
	for (uint32_t i = 0; i < BGP_CONNECTIONS; i++)
		world->wr[i] = wr_of(world->octets[i], sizeof world->octets[i]);
	return (struct bgp_outputs){ { &world->wr[0], &world->wr[1] } };
}

/* A body from the tape behind the header of any type. */
static void message(struct world *world, struct rd *tape, uint32_t place)
{
	struct bgp_message message = { .type = (uint8_t)(1 + rd_u8(tape) % 5) };
	uint32_t len = rd_u8(tape);

	message.body = rd_take(tape, len < rd_left(tape) ? len : rd_left(tape));
	message.whole = message.body;
	(void)bgp_session_message(&world->session, place, &message, world->now, outputs_of(world));
}

/* The neighbour's good OPEN, so that the tape need not find one. */
static void open(struct world *world, struct rd *tape, uint32_t place)
{
	uint8_t bits = rd_u8(tape);
	struct bgp_open theirs = { .asn = 1000,
				   .router_id = 50 + (bits & 1) * 100u,
				   .hold_s = (bits & 2) != 0 ? 90 : 0,
				   .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
				   .as4 = true,
				   .refresh = true,
				   .enhanced_refresh = true,
				   .families = { true, true },
				   .graceful_restart = (bits & 4) != 0,
				   .gr_notification = (bits & 8) != 0,
				   .gr_families = { (bits & 4) != 0, false } };
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_message message;
	struct bgp_refusal refusal;

	bgp_open_write(&wr, &theirs);
	MUST(!failed(bgp_message_next(wr_octets_of(&wr), false, &message, &refusal)));
	(void)bgp_session_message(&world->session, place, &message, world->now, outputs_of(world));
}

static void tick(struct world *world, struct rd *tape)
{
	struct instant due = bgp_session_deadline(&world->session);

	if ((rd_u8(tape) & 1) != 0 && instant_is_set(due) && due.ns > world->now.ns)
		world->now = due;
	else
		world->now = instant_add(world->now, span_ms(rd_u8(tape) * 100));
	(void)bgp_session_tick(&world->session, world->now, rd_u8(tape), outputs_of(world));
	due = bgp_session_deadline(&world->session);
	MUST(!instant_is_set(due) || due.ns > world->now.ns);
}

static void event(struct world *world, struct rd *tape)
{
	uint8_t what = rd_u8(tape);
	uint32_t place = what >> 7;
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, what % 11);
	uint32_t fresh = 0;

	switch (what % 11) {
	case 0:
	case 1:
		(void)bgp_session_connected(&world->session, what % 11 == 0, world->now,
					    outputs_of(world), &fresh);
		break;
	case 2:
		bgp_session_connect_failed(&world->session, world->now, rd_u8(tape));
		break;
	case 3:
		(void)bgp_session_closed(&world->session, place, world->now, rd_u8(tape));
		break;
	case 4:
		refusal.subcode = rd_u8(tape);
		(void)bgp_session_refuse(&world->session, place, &refusal, world->now,
					 outputs_of(world));
		break;
	case 5:
		(void)bgp_session_stop(&world->session, &refusal, world->now, outputs_of(world));
		break;
	case 6:
		bgp_session_start(&world->session, world->now);
		break;
	case 7:
		bgp_session_sending(&world->session, place, (rd_u8(tape) & 1) != 0, world->now);
		break;
	case 8:
		open(world, tape, place);
		break;
	case 9:
		message(world, tape, place);
		break;
	default:
		tick(world, tape);
		break;
	}
}

static void invariants(const struct world *world)
{
	const struct bgp_session *session = &world->session;
	uint32_t place = bgp_session_established_place(session);
	bool is_up = place < BGP_CONNECTIONS;

	MUST((session->state == BGP_STATE_ESTABLISHED) == is_up);
	MUST(!is_up || session->connection[1 - place].state != BGP_STATE_ESTABLISHED);
	MUST(session->state != BGP_STATE_IDLE ||
	     bgp_session_deadline(session).ns == session->damping.until.ns);
	MUST(instant_is_set(session->retry_deadline) == (session->state == BGP_STATE_ACTIVE));
	MUST(wr_ok(&world->wr[0]) && wr_ok(&world->wr[1]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	struct bgp_session_config config = {
		.offer = { .asn = 64700,
			   .router_id = 100,
			   .hold_s = 90,
			   .role = BGP_ROLE_ROUTE_SERVER,
			   .as4 = true,
			   .refresh = true,
			   .enhanced_refresh = true,
			   .families = { true, true },
			   .graceful_restart = true,
			   .gr_notification = true },
		.peer_asn = 1000,
		.is_active = true,
		.damps = true,
	};

	if (size > 4096)
		return 0;
	struct rd tape = rd_of(data, (uint32_t)size);
	world = (struct world){ .now = { NS_PER_S } };
	(void)outputs_of(&world);
	bgp_session_init(&world.session, &config);
	bgp_session_start(&world.session, world.now);
	while (rd_more(&tape)) {
		event(&world, &tape);
		invariants(&world);
	}
	return 0;
}
