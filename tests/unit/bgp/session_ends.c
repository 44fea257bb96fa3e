/* unit/bgp/session_ends.c — how sessions end and begin again. */
#include "kit/random.h"
#include "unit/bgp/story.h"

/* RFC 8538 3.1 and 4: with the N bit, what must really end says so; the rest is survived. */
static void case_notification_sent(void)
{
	static const struct {
		const char *name;
		uint8_t code;
		uint8_t subcode;
		bool is_hard;
	} rows[] = {
		{ "maximum prefixes", BGP_ERROR_CEASE, BGP_CEASE_MAX_PREFIXES, true },
		{ "shutdown", BGP_ERROR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN, true },
		{ "de-configured", BGP_ERROR_CEASE, BGP_CEASE_DECONFIGURED, true },
		{ "out of resources", BGP_ERROR_CEASE, BGP_CEASE_OUT_OF_RESOURCES, true },
		{ "BFD down", BGP_ERROR_CEASE, BGP_CEASE_BFD_DOWN, true },
		{ "reset", BGP_ERROR_CEASE, BGP_CEASE_ADMIN_RESET, false },
		{ "other change", BGP_ERROR_CEASE, BGP_CEASE_OTHER_CHANGE, false },
		{ "UPDATE error", BGP_ERROR_UPDATE, 1, false },
		{ "header error", BGP_ERROR_HEADER, 2, false },
	};

	for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
		struct story story;
		size_t at = i / 2;
		bool n_bit = i % 2 == 1;
		struct bgp_refusal refusal = bgp_refusal_of((enum bgp_error)rows[at].code,
							    rows[at].subcode);
		uint32_t place = story_established_with(&story, n_bit);
		tap_row(rows[at].name);
		struct bgp_outcome outcome = bgp_session_refuse(&story.session, place, &refusal,
								story.now, outputs_of(&story));
		bool keeps = (outcome.orders & BGP_ORDER_KEEP_ROUTES) != 0;
		expect_true(keeps == (n_bit && !rows[at].is_hard));
		if (!n_bit || !rows[at].is_hard) {
			expect_said(&story, place, rows[at].code, rows[at].subcode);
			continue;
		}
		expect_said(&story, place, BGP_ERROR_CEASE, BGP_CEASE_HARD_RESET);
		expect_u64(story.wr[place].pos, 23);
		expect_u64(story.wr[place].start[21], rows[at].code);
		expect_u64(story.wr[place].start[22], rows[at].subcode);
	}
}

/* A NOTIFICATION in every state closes without an answer, and both ends' reasons are kept. */
static void case_notification_received(void)
{
	static const uint8_t bodies[][2] = { { 6, 2 }, { 6, 9 }, { 99, 77 }, { 3, 1 } };

	for (uint32_t i = 0; i < 24; i++) {
		struct story story;
		bool n_bit = i % 2 == 1;
		uint32_t state = i / 2 % 3;
		const uint8_t *body = bodies[i / 6];
		struct bgp_message message = { .type = BGP_NOTIFICATION,
					       .body = octets_of(body, 2) };
		struct bgp_open theirs = client();
		theirs.gr_notification = n_bit;
		story_begin(&story, false);
		story.session.config.offer.gr_notification = true;
		uint32_t place = connect_in(&story, false);
		if (state >= 1)
			(void)tell_open(&story, place, theirs);
		if (state == 2)
			(void)tell_keepalive(&story, place);
		struct bgp_outcome outcome = bgp_session_message(&story.session, place, &message,
								 story.now, outputs_of(&story));
		bool keeps = state == 2 && n_bit && body[1] != BGP_CEASE_HARD_RESET;
		uint32_t expected = (uint32_t)BGP_ORDER_CLOSE_0 << place | BGP_ORDER_RECEIVED |
				    (state == 2 ? BGP_ORDER_LOST : 0u) |
				    (keeps ? BGP_ORDER_KEEP_ROUTES : 0u);
		expect_u64(outcome.orders, expected);
		expect_u64(story.wr[0].pos + story.wr[1].pos, 0);
		expect_u64(story.session.last_received.refusal.code, body[0]);
		expect_u64(story.session.last_received.refusal.subcode, body[1]);
		expect_u64(bgp_session_message(&story.session, place, &message, story.now,
					       outputs_of(&story))
				   .orders,
			   0);
	}
}

/* What ends an attempt or a session of an active neighbour: it is tried again. */
static void case_tries_again(void)
{
	for (uint32_t way = 0; way < 5; way++) {
		struct story story;
		static const uint8_t cease[] = { 6, 4 };
		struct bgp_message message = { .type = BGP_NOTIFICATION,
					       .body = octets_of(cease, 2) };
		struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_UPDATE, 1);
		story_begin(&story, true);
		expect_u64(
			bgp_session_tick(&story.session, story.now, 0, outputs_of(&story)).orders,
			BGP_ORDER_CONNECT);
		expect_u64(story.session.state, BGP_STATE_CONNECT);
		expect_true(!instant_is_set(bgp_session_deadline(&story.session)));
		if (way == 0) {
			bgp_session_connect_failed(&story.session, story.now, 7);
		} else {
			uint32_t place = connect_in(&story, true);
			struct bgp_open theirs = client();
			theirs.asn = way == 1 ? 1001 : 1000;
			(void)tell_open(&story, place, theirs);
			if (way > 2)
				(void)tell_keepalive(&story, place);
			if (way == 2)
				(void)bgp_session_closed(&story.session, place, story.now, 7);
			if (way == 3)
				(void)bgp_session_message(&story.session, place, &message,
							  story.now, outputs_of(&story));
			if (way == 4)
				(void)bgp_session_refuse(&story.session, place, &refusal, story.now,
							 outputs_of(&story));
		}
		expect_u64(story.session.state, BGP_STATE_ACTIVE);
		struct span wait = instant_since(bgp_session_deadline(&story.session), story.now);
		expect_true(wait.ns >= span_ms(BGP_RETRY_S_MIN * 750).ns);
		expect_true(wait.ns <= span_s(BGP_RETRY_S_MIN).ns);
		story.now = bgp_session_deadline(&story.session);
		expect_u64(
			bgp_session_tick(&story.session, story.now, 0, outputs_of(&story)).orders,
			BGP_ORDER_CONNECT);
	}
}

/* RFC 4271 10 and 8.2.1: attempts grow apart, unevenly, up to a bound. */
static void case_retries_grow(void)
{
	struct story story;

	story_begin(&story, true);
	for (uint32_t i = 0, whole_s = BGP_RETRY_S_MIN; i < 10; i++) {
		(void)bgp_session_tick(&story.session, story.now, i, outputs_of(&story));
		bgp_session_connect_failed(&story.session, story.now, i);
		struct span wait = instant_since(bgp_session_deadline(&story.session), story.now);
		expect_true(wait.ns >= span_ms(whole_s * 750).ns && wait.ns <= span_s(whole_s).ns);
		whole_s = whole_s * 2 > BGP_RETRY_S_MAX ? BGP_RETRY_S_MAX : whole_s * 2;
		story.now = bgp_session_deadline(&story.session);
	}
}

/* RFC 8654 3: what counts on a connection is what our OPEN on it said. */
static void case_extended(void)
{
	for (uint32_t i = 0; i < 4; i++) {
		struct story story;
		struct bgp_open theirs = client();
		theirs.extended_message = (i & 1) != 0;
		story_begin(&story, false);
		story.session.config.offer.extended_message = (i & 2) != 0;
		uint32_t place = connect_in(&story, false);
		struct bgp_session_config later = story.session.config;
		later.offer.extended_message = !later.offer.extended_message;
		bgp_session_configure(&story.session, &later, story.now);
		(void)tell_open(&story, place, theirs);
		expect_true(story.session.connection[place].offer.extended_message ==
			    ((i & 2) != 0));
		expect_true(story.session.connection[place].negotiated.extended_send == (i == 3));
	}
}

/* Anything in any order: the invariants hold, and the clock always moves on. */
static void walk_step(struct story *story, struct random *random)
{
	static const uint8_t bodies[][2] = { { 6, 9 }, { 6, 4 }, { 4, 0 } };
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE,
						    (uint8_t)(1 + random_below(random, 10)));
	struct bgp_message message = { .type = BGP_NOTIFICATION };
	struct bgp_open open = client();
	uint32_t place = random_below(random, 2);
	uint32_t fresh = 0;

	open.graceful_restart = random_below(random, 2) == 0;
	open.asn = random_below(random, 8) == 0 ? 1001 : 1000;
	open.router_id = 50 + 100 * random_below(random, 2);
	switch (random_below(random, 12)) {
	case 0:
	case 1:
		(void)bgp_session_connected(&story->session, random_below(random, 2) == 0,
					    story->now, outputs_of(story), &fresh);
		break;
	case 2:
		bgp_session_connect_failed(&story->session, story->now, random_below(random, 99));
		break;
	case 3:
		(void)bgp_session_closed(&story->session, place, story->now, 5);
		break;
	case 4:
		(void)bgp_session_refuse(&story->session, place, &refusal, story->now,
					 outputs_of(story));
		break;
	case 5:
		if (random_below(random, 4) == 0)
			(void)bgp_session_stop(&story->session, &refusal, story->now,
					       outputs_of(story));
		else
			bgp_session_start(&story->session, story->now);
		break;
	case 6:
		message.body = octets_of(bodies[random_below(random, 3)], random_below(random, 3));
		(void)bgp_session_message(&story->session, place, &message, story->now,
					  outputs_of(story));
		break;
	case 7:
		bgp_session_sending(&story->session, place, random_below(random, 2) == 0,
				    story->now);
		break;
	case 8:
	case 9:
		(void)tell_open(story, place, open);
		break;
	default:
		(void)tell_keepalive(story, place);
		break;
	}
}

static void walk(bool damps)
{
	struct random random = { tap_seed() };
	struct story story;

	story_begin(&story, true);
	story.session.config.damps = damps;
	for (uint32_t i = 0; i < 200000; i++) {
		const struct bgp_session *session = &story.session;
		walk_step(&story, &random);
		uint32_t place = bgp_session_established_place(session);
		bool is_up = place < BGP_CONNECTIONS;
		expect_true((session->state == BGP_STATE_ESTABLISHED) == is_up);
		expect_true(!is_up ||
			    session->connection[1 - place].state != BGP_STATE_ESTABLISHED);
		expect_true(session->state != BGP_STATE_IDLE ||
			    bgp_session_deadline(session).ns == session->damping.until.ns);
		expect_true(damps || !instant_is_set(session->damping.until));
		expect_true(instant_is_set(session->retry_deadline) ==
			    (session->state == BGP_STATE_ACTIVE));
		if (random_below(&random, 3) != 0)
			continue;
		struct instant due = bgp_session_deadline(session);
		if (!instant_is_set(due))
			continue;
		story.now = due.ns > story.now.ns ? due : story.now;
		(void)bgp_session_tick(&story.session, story.now, i, outputs_of(&story));
		due = bgp_session_deadline(session);
		expect_true(!instant_is_set(due) || due.ns > story.now.ns);
	}
}

static void case_any_order(void)
{
	walk(false);
	walk(true);
}

static const struct tap_case cases[] = {
	{ "NOTIFICATION sent, soft and hard", case_notification_sent, 0 },
	{ "NOTIFICATION received", case_notification_received, 0 },
	{ "an active session is tried again", case_tries_again, 0 },
	{ "attempts grow apart", case_retries_grow, 0 },
	{ "extended messages", case_extended, 0 },
	{ "anything in any order", case_any_order, 0 },
};
TAP_MAIN(cases)
