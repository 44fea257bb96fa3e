/* unit/bgp/session.c — OPEN and the state machine: a row changes one thing; stories run on a
 * made-up clock. */
#include "base/mem.h"
#include "bgp/session.h"
#include "kit/tap.h"

struct row {
	const char *name;
	uint8_t subcode; /* of the OPEN error; 255 = accepted */
	uint8_t body[64];
	uint8_t len;
};

#define BODY(...) .body = { __VA_ARGS__ }, .len = sizeof((uint8_t[]){ __VA_ARGS__ })
#define HEAD 4, 0x03, 0xe8, 0, 90, 10, 0, 0, 1
#define AS4(a, b, c, d) 65, 4, a, b, c, d

static const struct row rows[] = {
	{ "no parameters", 255, BODY(HEAD, 0) },
	{ "RFC 4271 6.2: version 3", BGP_OPEN_VERSION, BODY(3, 0x03, 0xe8, 0, 90, 10, 0, 0, 1, 0) },
	{ "RFC 7607: AS 0", BGP_OPEN_PEER_AS, BODY(4, 0, 0, 0, 90, 10, 0, 0, 1, 0) },
	{ "RFC 7607: AS 0 in the capability", BGP_OPEN_PEER_AS,
	  BODY(HEAD, 8, 2, 6, AS4(0, 0, 0, 0)) },
	{ "RFC 6286: identifier 0", BGP_OPEN_ROUTER_ID, BODY(4, 0x03, 0xe8, 0, 90, 0, 0, 0, 0, 0) },
	{ "hold time 1", BGP_OPEN_HOLD_TIME, BODY(4, 0x03, 0xe8, 0, 1, 10, 0, 0, 1, 0) },
	{ "hold time 2", BGP_OPEN_HOLD_TIME, BODY(4, 0x03, 0xe8, 0, 2, 10, 0, 0, 1, 0) },
	{ "hold time 3", 255, BODY(4, 0x03, 0xe8, 0, 3, 10, 0, 0, 1, 0) },
	{ "hold time 0", 255, BODY(4, 0x03, 0xe8, 0, 0, 10, 0, 0, 1, 0) },
	{ "parameters beyond the message", BGP_OPEN_UNSPECIFIC,
	  BODY(HEAD, 9, 2, 6, AS4(0, 0, 3, 0xe8)) },
	{ "octets behind the parameters", BGP_OPEN_UNSPECIFIC,
	  BODY(HEAD, 8, 2, 6, AS4(0, 0, 3, 0xe8), 0) },
	{ "a parameter overruns", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 8, 2, 7, AS4(0, 0, 3, 0xe8)) },
	{ "a capability overruns", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 8, 2, 6, 65, 5, 0, 0, 3, 0xe8) },
	{ "a four-octet AS of three", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 7, 2, 5, 65, 3, 0, 0, 3) },
	{ "unknown parameter", BGP_OPEN_PARAMETER, BODY(HEAD, 2, 1, 0) },
	{ "unknown capability", 255, BODY(HEAD, 4, 2, 2, 200, 0) },
	{ "RFC 9072: extended form, short", 255,
	  BODY(HEAD, 255, 255, 0, 9, 2, 0, 6, AS4(0, 0, 3, 0xe8)) },
	{ "RFC 9072: the short length says nothing", 255,
	  BODY(HEAD, 1, 255, 0, 9, 2, 0, 6, AS4(0, 0, 3, 0xe8)) },
	{ "RFC 9072: extended length 0", 255, BODY(HEAD, 255, 255, 0, 0) },
	{ "RFC 9072: beyond the message", BGP_OPEN_UNSPECIFIC,
	  BODY(HEAD, 255, 255, 0, 9, 2, 0, 6) },
	{ "RFC 9234: two roles that differ", BGP_OPEN_ROLE, BODY(HEAD, 8, 2, 6, 9, 1, 2, 9, 1, 3) },
	{ "RFC 9234: the same role twice", 255, BODY(HEAD, 8, 2, 6, 9, 1, 2, 9, 1, 2) },
	{ "RFC 9234: a role of two octets", BGP_OPEN_UNSPECIFIC, BODY(HEAD, 6, 2, 4, 9, 2, 2, 2) },
	{ "RFC 7911: direction 4 is not understood", 255, BODY(HEAD, 8, 2, 6, 69, 4, 0, 1, 1, 4) },
};

static void case_opens(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bgp_open open;
		struct bgp_refusal refusal = { 0 };
		tap_row(rows[i].name);
		struct fault fault = bgp_open_read(octets_of(rows[i].body, rows[i].len), &open,
						   &refusal);
		expect_true(failed(fault) == (rows[i].subcode != 255));
		if (rows[i].subcode == 255)
			continue;
		expect_u64(refusal.code, BGP_ERROR_OPEN);
		expect_u64(refusal.subcode, rows[i].subcode);
	}
	/* Every cut of a good one is refused, and never read beyond. */
	for (uint8_t len = 0; len < rows[16].len; len++) {
		struct bgp_open open;
		struct bgp_refusal refusal;
		expect_true(failed(bgp_open_read(octets_of(rows[16].body, len), &open, &refusal)));
	}
}

static struct bgp_open offer_of(uint32_t asn, uint32_t router_id, uint8_t role)
{
	return (struct bgp_open){ .asn = asn,
				  .router_id = router_id,
				  .hold_s = 90,
				  .role = role,
				  .as4 = true,
				  .refresh = true,
				  .enhanced_refresh = true,
				  .extended_next_hop = true,
				  .families = { true, true },
				  .any_family = true,
				  .add_path_receive = { true, false },
				  .graceful_restart = true,
				  .restart_s = 120,
				  .gr_families = { true, true },
				  .gr_forwarding = { true, false } };
}

static void case_open_returns(void)
{
	struct bgp_open open = offer_of(4200000001u, 7, BGP_ROLE_ROUTE_SERVER_CLIENT);
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_message message;
	struct bgp_refusal refusal;
	struct bgp_open back;

	bgp_open_write(&wr, &open);
	expect_true(!failed(bgp_message_next(wr_octets_of(&wr), false, &message, &refusal)));
	expect_true(!failed(bgp_open_read(message.body, &back, &refusal)));
	expect_octets(&back, sizeof back, &open, sizeof open);
}

/* --- stories
 * ------------------------------------------------------------------------------------- */

struct story {
	struct bgp_session session;
	struct instant now;
	uint8_t octets[2][8192];
	struct wr wr[2];
};

static struct bgp_outputs outputs_of(struct story *story)
{
	for (uint32_t i = 0; i < 2; i++)
		story->wr[i] = wr_of(story->octets[i], sizeof story->octets[i]);
	return (struct bgp_outputs){ { &story->wr[0], &story->wr[1] } };
}

static void story_begin(struct story *story, bool is_active)
{
	struct bgp_session_config config = { .offer = offer_of(64700, 100, BGP_ROLE_ROUTE_SERVER),
					     .peer_asn = 1000,
					     .is_active = is_active };

	*story = (struct story){ .now = { NS_PER_S } };
	bgp_session_init(&story->session, &config);
	bgp_session_start(&story->session, story->now);
}

static struct bgp_outcome tell(struct story *story, uint32_t place, const struct wr *wr)
{
	struct bgp_message message;
	struct bgp_refusal refusal;

	expect_true(!failed(bgp_message_next(wr_octets_of(wr), true, &message, &refusal)));
	return bgp_session_message(&story->session, place, &message, story->now, outputs_of(story));
}

static struct bgp_outcome tell_open(struct story *story, uint32_t place, struct bgp_open open)
{
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);

	bgp_open_write(&wr, &open);
	return tell(story, place, &wr);
}

static struct bgp_outcome tell_keepalive(struct story *story, uint32_t place)
{
	uint8_t octets[32];
	struct wr wr = wr_of(octets, sizeof octets);

	bgp_keepalive_write(&wr);
	return tell(story, place, &wr);
}

static uint32_t connect_in(struct story *story, bool is_ours)
{
	uint32_t place = BGP_CONNECTIONS;

	expect_true(bgp_session_connected(&story->session, is_ours, story->now, outputs_of(story),
					  &place));
	return place;
}

static void expect_said(struct story *story, uint32_t place, uint8_t code, uint8_t subcode)
{
	const struct wr *wr = &story->wr[place];

	expect_true(wr->pos >= 21);
	expect_u64(wr->start[18], BGP_NOTIFICATION);
	expect_u64(wr->start[19], code);
	expect_u64(wr->start[20], subcode);
}

static struct bgp_open client(void)
{
	return offer_of(1000, 50, BGP_ROLE_ROUTE_SERVER_CLIENT);
}

static uint32_t story_established(struct story *story)
{
	story_begin(story, false);
	uint32_t place = connect_in(story, false);
	(void)tell_open(story, place, client());
	expect_u64(story->session.state, BGP_STATE_OPEN_CONFIRM);
	expect_true((tell_keepalive(story, place).orders & BGP_ORDER_ESTABLISHED) != 0);
	expect_u64(story->session.state, BGP_STATE_ESTABLISHED);
	return place;
}

static void case_established(void)
{
	struct story story;
	uint32_t place = story_established(&story);

	story.now = bgp_session_deadline(&story.session);
	expect_u64((uint64_t)story.now.ns, (uint64_t)(31 * NS_PER_S));
	(void)bgp_session_tick(&story.session, story.now, 0, outputs_of(&story));
	expect_u64(story.wr[place].start[18], BGP_KEEPALIVE);
}

/* RFC 4271 6.5: silence ends it with 4/0, and a hold timer is no restart. */
static void case_hold_timer(void)
{
	struct story story;
	uint32_t place = story_established(&story);

	story.now = instant_add(story.now, span_s(90));
	struct bgp_outcome outcome = bgp_session_tick(&story.session, story.now, 0,
						      outputs_of(&story));
	expect_said(&story, place, BGP_ERROR_HOLD_TIMER, 0);
	expect_u64(outcome.orders, BGP_ORDER_LOST | (uint32_t)BGP_ORDER_CLOSE_0 << place);
	expect_u64(story.session.state, BGP_STATE_ACTIVE);
}

/* RFC 9687: a peer that reads nothing is dropped without a word. */
static void case_send_hold(void)
{
	struct story story;
	uint32_t place = story_established(&story);

	bgp_session_sending(&story.session, place, true, story.now);
	for (uint32_t i = 0; i < 47; i++) {
		story.now = instant_add(story.now, span_s(10));
		(void)tell_keepalive(&story, place);
		bgp_session_sending(&story.session, place, true, story.now);
		expect_u64(
			bgp_session_tick(&story.session, story.now, 0, outputs_of(&story)).orders,
			0);
	}
	story.now = instant_add(story.now, span_s(10));
	(void)tell_keepalive(&story, place);
	struct bgp_outcome outcome = bgp_session_tick(&story.session, story.now, 0,
						      outputs_of(&story));
	expect_true((outcome.orders & BGP_ORDER_AT_ONCE) != 0);
	expect_true((outcome.orders & BGP_ORDER_LOST) != 0);
	expect_u64(story.wr[place].pos, 0);
}

/* RFC 6608 */
static void case_unexpected(void)
{
	struct story story;

	story_begin(&story, false);
	uint32_t place = connect_in(&story, false);
	(void)tell_keepalive(&story, place);
	expect_said(&story, place, BGP_ERROR_STATE, 1);
	expect_u64(story.wr[place].start[21], BGP_KEEPALIVE);
	place = connect_in(&story, false);
	(void)tell_open(&story, place, client());
	(void)tell_open(&story, place, client());
	expect_said(&story, place, BGP_ERROR_STATE, 2);
	place = story_established(&story);
	(void)tell_open(&story, place, client());
	expect_said(&story, place, BGP_ERROR_STATE, 3);
}

/* RFC 4271 6.8: the side with the larger identifier keeps the connection it made. */
static void case_collision(void)
{
	for (uint32_t larger = 0; larger <= 1; larger++) {
		struct story story;
		struct bgp_open theirs = client();
		theirs.router_id = larger != 0 ? 200 : 50;
		story_begin(&story, true);
		uint32_t ours = connect_in(&story, true);
		uint32_t incoming = connect_in(&story, false);
		(void)tell_open(&story, ours, theirs);
		(void)tell_open(&story, incoming, theirs);
		uint32_t loser = larger != 0 ? ours : incoming;
		expect_said(&story, loser, BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
		expect_u64(story.session.connection[loser].state, BGP_STATE_IDLE);
		expect_u64(story.session.connection[1 - loser].state, BGP_STATE_OPEN_CONFIRM);
	}
}

/* RFC 4724 4.2: who restarts is let in again, and the old connection goes without a word. */
static void case_comes_back(void)
{
	struct story story;
	uint32_t old = story_established(&story);
	uint32_t fresh = connect_in(&story, false);
	struct bgp_outcome outcome = tell_open(&story, fresh, client());

	expect_true((outcome.orders & BGP_ORDER_LOST) != 0);
	expect_true((outcome.orders & BGP_ORDER_KEEP_ROUTES) != 0);
	expect_u64(story.wr[old].pos, 0);
	expect_true((tell_keepalive(&story, fresh).orders & BGP_ORDER_ESTABLISHED) != 0);
	/* One that did not say so is turned away instead. */
	old = story_established(&story);
	fresh = connect_in(&story, false);
	struct bgp_open plain = client();
	plain.graceful_restart = false;
	expect_u64(tell_open(&story, fresh, plain).orders & BGP_ORDER_LOST, 0);
	expect_said(&story, fresh, BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
}

static void case_roles_and_as(void)
{
	static const struct {
		const char *name;
		uint32_t asn;
		uint32_t router_id;
		uint8_t role;
		bool as4;
		uint8_t subcode;
	} refused[] = {
		{ "another AS", 1001, 50, 2, true, BGP_OPEN_PEER_AS },
		{ "our identifier", 1000, 100, 2, true, BGP_OPEN_ROUTER_ID },
		{ "a customer", 1000, 50, 3, true, BGP_OPEN_ROLE },
		{ "two octets only", 1000, 50, 2, false, BGP_OPEN_CAPABILITY },
	};

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct story story;
		struct bgp_open open = offer_of(refused[i].asn, refused[i].router_id,
						refused[i].role);
		tap_row(refused[i].name);
		open.as4 = refused[i].as4;
		story_begin(&story, false);
		uint32_t place = connect_in(&story, false);
		(void)tell_open(&story, place, open);
		expect_said(&story, place, BGP_ERROR_OPEN, refused[i].subcode);
	}
}

/* RFC 7313 5: a marker of the wrong length is answered with 7/1 and the message. */
static void case_refresh(void)
{
	struct story story;
	uint32_t place = story_established(&story);
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);

	bgp_refresh_write(&wr, FAMILY_IPV6, BGP_REFRESH_REQUEST);
	struct bgp_outcome outcome = tell(&story, place, &wr);
	expect_u64(outcome.orders, BGP_ORDER_REFRESH);
	expect_u64(outcome.refresh_family, FAMILY_IPV6);
	octets[21] = 9; /* an unknown subtype */
	expect_u64(tell(&story, place, &wr).orders, 0);
	octets[21] = BGP_REFRESH_BEGIN;
	wr_u8(&wr, 0);
	wr_fill_u16(&wr, 16, wr.pos);
	(void)tell(&story, place, &wr);
	expect_said(&story, place, BGP_ERROR_REFRESH, 1);
	expect_octets(story.wr[place].start + 21, story.wr[place].pos - 21, octets, wr.pos);
}

static const struct tap_case cases[] = {
	{ "every OPEN has its answer", case_opens, 0 },
	{ "an OPEN reads back as it was written", case_open_returns, 0 },
	{ "established, and kept alive", case_established, 0 },
	{ "hold timer", case_hold_timer, 0 },
	{ "send hold timer", case_send_hold, 0 },
	{ "unexpected messages", case_unexpected, 0 },
	{ "collision", case_collision, 0 },
	{ "a restarting peer comes back", case_comes_back, 0 },
	{ "roles and numbers", case_roles_and_as, 0 },
	{ "refresh", case_refresh, 0 },
};
TAP_MAIN(cases)
