/* unit/bgp/session.c — the state machine: stories on a made-up clock. */
#include "unit/bgp/story.h"

/* RFC 4271 10: keepalives come after three quarters to the whole of their time, unevenly. */
static void case_keepalives(void)
{
	struct story story;
	uint32_t place = story_established(&story);
	struct span shortest = span_s(31);
	struct span longest = { 0 };

	for (uint32_t i = 0; i < 200; i++) {
		struct instant before = story.now;
		(void)tell_keepalive(&story, place);
		story.now = bgp_session_deadline(&story.session);
		struct span waited = instant_since(story.now, before);
		shortest = waited.ns < shortest.ns ? waited : shortest;
		longest = waited.ns > longest.ns ? waited : longest;
		(void)bgp_session_tick(&story.session, story.now, i, outputs_of(&story));
		expect_u64(story.wr[place].pos, BGP_HEADER_OCTETS);
		expect_u64(story.wr[place].start[18], BGP_KEEPALIVE);
	}
	expect_true(shortest.ns >= span_ms(22500).ns && shortest.ns < span_ms(24000).ns);
	expect_true(longest.ns <= span_s(30).ns && longest.ns > span_ms(28500).ns);
}

/* RFC 4271 6.5: silence ends it with 4/0.  RFC 8538 4: its routes stay when both said the N bit. */
static void case_hold_timer(void)
{
	for (uint32_t n_bit = 0; n_bit <= 1; n_bit++) {
		struct story story;
		uint32_t place = story_established_with(&story, n_bit != 0);
		uint32_t keeps = n_bit != 0 ? BGP_ORDER_KEEP_ROUTES : 0;
		struct instant end = instant_add(story.now, span_s(90));

		story.now = instant_add(end, span_ms(-1));
		expect_u64(
			bgp_session_tick(&story.session, story.now, 0, outputs_of(&story)).orders,
			0);
		story.now = end;
		struct bgp_outcome outcome = bgp_session_tick(&story.session, story.now, 0,
							      outputs_of(&story));
		expect_said(&story, place, BGP_ERROR_HOLD_TIMER, 0);
		expect_u64(outcome.orders, keeps | BGP_ORDER_SENT | BGP_ORDER_LOST |
						   (uint32_t)BGP_ORDER_CLOSE_0 << place);
		expect_u64(story.session.state, BGP_STATE_ACTIVE);
		expect_true(!instant_is_set(bgp_session_deadline(&story.session)));
	}
}

/* RFC 4271 4.2: hold time 0 means neither keepalives nor a timer; the smaller of two holds. */
static void case_hold_times(void)
{
	static const struct {
		uint16_t theirs;
		uint16_t agreed;
	} holds[] = { { 0, 0 }, { 3, 3 }, { 90, 90 }, { 65535, 90 } };

	for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) {
		struct story story;
		struct bgp_open theirs = client();
		theirs.hold_s = holds[i].theirs;
		story_begin(&story, false);
		uint32_t place = connect_in(&story, false);
		(void)tell_open(&story, place, theirs);
		(void)tell_keepalive(&story, place);
		expect_u64(story.session.state, BGP_STATE_ESTABLISHED);
		const struct bgp_connection *connection = &story.session.connection[place];
		expect_u64(connection->negotiated.hold_s, holds[i].agreed);
		expect_u64(connection->negotiated.keepalive_s, holds[i].agreed / 3u);
		expect_true(instant_is_set(bgp_session_deadline(&story.session)) ==
			    (holds[i].agreed != 0));
	}
}

/* With no hold time the KEEPALIVE that confirms the OPEN is awaited for a while only, and from then
 * on nothing is; RFC 9687 4: nor is the send hold timer armed. */
static void case_no_hold_time(void)
{
	struct story story;
	struct bgp_open theirs = client();

	theirs.hold_s = 0;
	story_begin(&story, false);
	uint32_t place = connect_in(&story, false);
	story.now = instant_add(story.now, span_s(BGP_OPEN_WAIT_S - 1));
	(void)tell_open(&story, place, theirs);
	expect_u64((uint64_t)bgp_session_deadline(&story.session).ns,
		   (uint64_t)instant_add(story.now, span_s(BGP_OPEN_WAIT_S)).ns);
	story.now = bgp_session_deadline(&story.session);
	(void)bgp_session_tick(&story.session, story.now, 0, outputs_of(&story));
	expect_said(&story, place, BGP_ERROR_HOLD_TIMER, 0);
	place = connect_in(&story, false);
	(void)tell_open(&story, place, theirs);
	(void)tell_keepalive(&story, place);
	expect_u64(story.session.state, BGP_STATE_ESTABLISHED);
	bgp_session_sending(&story.session, place, true, story.now);
	expect_true(!instant_is_set(bgp_session_deadline(&story.session)));
}

/* RFC 4271 8: no OPEN in time. */
static void case_silent_stranger(void)
{
	struct story story;

	story_begin(&story, false);
	uint32_t place = connect_in(&story, false);
	story.now = bgp_session_deadline(&story.session);
	expect_u64((uint64_t)story.now.ns, (uint64_t)((1 + BGP_OPEN_WAIT_S) * NS_PER_S));
	(void)bgp_session_tick(&story.session, story.now, 0, outputs_of(&story));
	expect_said(&story, place, BGP_ERROR_HOLD_TIMER, 0);
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

/* RFC 6608 4 and RFC 4271 8.2.2: the subcode names the state, the data the message. */
static void case_unexpected(void)
{
	static const struct {
		const char *name;
		enum bgp_state state;
		uint8_t type;
		uint8_t subcode; /* 0 = expected */
	} rows[] = {
		{ "KEEPALIVE in OpenSent", BGP_STATE_OPEN_SENT, BGP_KEEPALIVE, 1 },
		{ "UPDATE in OpenSent", BGP_STATE_OPEN_SENT, BGP_UPDATE, 1 },
		{ "ROUTE-REFRESH in OpenSent", BGP_STATE_OPEN_SENT, BGP_ROUTE_REFRESH, 1 },
		{ "OPEN in OpenConfirm", BGP_STATE_OPEN_CONFIRM, BGP_OPEN, 2 },
		{ "UPDATE in OpenConfirm", BGP_STATE_OPEN_CONFIRM, BGP_UPDATE, 2 },
		{ "ROUTE-REFRESH in OpenConfirm", BGP_STATE_OPEN_CONFIRM, BGP_ROUTE_REFRESH, 2 },
		{ "OPEN in Established", BGP_STATE_ESTABLISHED, BGP_OPEN, 3 },
		{ "UPDATE in Established", BGP_STATE_ESTABLISHED, BGP_UPDATE, 0 },
		{ "KEEPALIVE in Established", BGP_STATE_ESTABLISHED, BGP_KEEPALIVE, 0 },
		{ "ROUTE-REFRESH in Established", BGP_STATE_ESTABLISHED, BGP_ROUTE_REFRESH, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct story story;
		struct bgp_message message = { .type = rows[i].type };
		tap_row(rows[i].name);
		story_begin(&story, false);
		uint32_t place = connect_in(&story, false);
		if (rows[i].state >= BGP_STATE_OPEN_CONFIRM)
			(void)tell_open(&story, place, client());
		if (rows[i].state == BGP_STATE_ESTABLISHED)
			(void)tell_keepalive(&story, place);
		struct bgp_outcome outcome = bgp_session_message(&story.session, place, &message,
								 story.now, outputs_of(&story));
		expect_true(((outcome.orders & BGP_ORDER_SENT) != 0) == (rows[i].subcode != 0));
		if (rows[i].subcode == 0)
			continue;
		expect_said(&story, place, BGP_ERROR_STATE, rows[i].subcode);
		expect_u64(story.wr[place].pos, 22);
		expect_u64(story.wr[place].start[21], rows[i].type);
	}
}

/* RFC 4271 6.8, RFC 6286 2.3: the side with the larger identifier, then AS number, keeps the
 * connection it made, whichever OPEN comes first; both of one side: the newer. */
static void case_collision(void)
{
	static const struct {
		const char *name;
		uint32_t theirs; /* ours is 100 */
		uint32_t asn;    /* ours is 64700 */
		bool second_is_ours;
		uint32_t loser; /* 0: the connection of the first OPEN */
	} rows[] = {
		{ "ours is larger, their OPEN first", 50, 1000, true, 0 },
		{ "ours is larger, our connection's first", 50, 1000, false, 1 },
		{ "theirs is larger, their OPEN first", 200, 1000, true, 1 },
		{ "theirs is larger, our connection's first", 200, 1000, false, 0 },
		{ "equal, our AS is larger", 100, 1000, true, 0 },
		{ "equal, our AS is smaller", 100, 70000, true, 1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct story story;
		struct bgp_open theirs = client();
		tap_row(rows[i].name);
		theirs.router_id = rows[i].theirs;
		theirs.asn = rows[i].asn;
		story_begin(&story, true);
		story.session.config.peer_asn = rows[i].asn;
		uint32_t place[2];
		place[0] = connect_in(&story, !rows[i].second_is_ours);
		place[1] = connect_in(&story, rows[i].second_is_ours);
		(void)tell_open(&story, place[0], theirs);
		struct bgp_outcome outcome = tell_open(&story, place[1], theirs);
		uint32_t loser = place[rows[i].loser];
		expect_said(&story, loser, BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
		expect_u64(outcome.orders, BGP_ORDER_SENT | (uint32_t)BGP_ORDER_CLOSE_0 << loser);
		expect_u64(story.session.connection[loser].state, BGP_STATE_IDLE);
		expect_u64(story.session.connection[1 - loser].state, BGP_STATE_OPEN_CONFIRM);
		/* The loser may go on talking: nobody listens. */
		expect_u64(tell_open(&story, loser, theirs).orders, 0);
		expect_true((tell_keepalive(&story, 1 - loser).orders & BGP_ORDER_ESTABLISHED) !=
			    0);
	}
	tap_row("two of theirs");
	struct story story;
	story_begin(&story, false);
	uint32_t first = connect_in(&story, false);
	uint32_t second = connect_in(&story, false);
	(void)tell_open(&story, first, client());
	(void)tell_open(&story, second, client());
	expect_said(&story, first, BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
	uint32_t third = BGP_CONNECTIONS;
	(void)connect_in(&story, false);
	expect_true(!bgp_session_connected(&story.session, false, story.now, outputs_of(&story),
					   &third));
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
		const char *words;
	} refused[] = {
		{ "another AS", 1001, 50, 2, true, BGP_OPEN_PEER_AS,
		  "OPEN error / bad peer AS (2/2): it says AS1001, not AS1000" },
		{ "a customer", 1000, 50, 3, true, BGP_OPEN_ROLE,
		  "OPEN error / role mismatch (2/11): it says it is customer (3)" },
		{ "two octets only", 1000, 50, 2, false, BGP_OPEN_CAPABILITY,
		  "OPEN error / unsupported capability (2/7), data 0x41040000fcbc: "
		  "it knows no four-octet AS numbers" },
		{ "AS_TRANS and two octets only", 23456, 50, 2, false, BGP_OPEN_PEER_AS,
		  "OPEN error / bad peer AS (2/2): it says AS23456, not AS1000" },
	};
	char words[BGP_NOTIFICATION_TEXT_MAX];

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
		bgp_notification_print(&story.session.last_sent.refusal, words);
		expect_text(words, refused[i].words);
	}
	/* RFC 6286 2.2: a neighbour of another AS may bear our identifier. */
	struct story story;
	struct bgp_open same = offer_of(1000, 100, BGP_ROLE_ROUTE_SERVER_CLIENT);
	story_begin(&story, false);
	expect_u64(tell_open(&story, connect_in(&story, false), same).orders, 0);
	expect_u64(story.session.state, BGP_STATE_OPEN_CONFIRM);
	/* RFC 9234 4.2: strict mode wants a role. */
	story_begin(&story, false);
	story.session.config.require_role = true;
	uint32_t place = connect_in(&story, false);
	(void)tell_open(&story, place, offer_of(1000, 50, BGP_ROLE_NONE));
	expect_said(&story, place, BGP_ERROR_OPEN, BGP_OPEN_ROLE);
}

/* RFC 8950 4, where the rules require it of who carries IPv4. */
static void case_extended_next_hop(void)
{
	static const struct {
		const char *name;
		bool families[FAMILY_COUNT];
		bool extended_next_hop;
		const char *words;
	} rows[] = {
		{ "IPv4 without it",
		  { true, true },
		  false,
		  "OPEN error / unsupported capability (2/7), data 0x0506000100010002: it takes no "
		  "IPv6 next hops for IPv4 (ipv6_only_lan: require)" },
		{ "IPv4 with it", { true, true }, true, NULL },
		{ "IPv6 alone", { false, true }, false, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct story story;
		struct bgp_open open = offer_of(1000, 50, BGP_ROLE_ROUTE_SERVER_CLIENT);
		char words[BGP_NOTIFICATION_TEXT_MAX];
		tap_row(rows[i].name);
		open.extended_next_hop = rows[i].extended_next_hop;
		for (uint32_t f = 0; f < FAMILY_COUNT; f++)
			open.families[f] = rows[i].families[f];
		story_begin(&story, false);
		story.session.config.require_extended_next_hop = true;
		uint32_t place = connect_in(&story, false);
		(void)tell_open(&story, place, open);
		if (rows[i].words == NULL) {
			expect_u64(story.session.state, BGP_STATE_OPEN_CONFIRM);
			continue;
		}
		expect_said(&story, place, BGP_ERROR_OPEN, BGP_OPEN_CAPABILITY);
		bgp_notification_print(&story.session.last_sent.refusal, words);
		expect_text(words, rows[i].words);
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
	outcome = tell(&story, place, &wr);
	expect_u64(outcome.orders, BGP_ORDER_IGNORED);
	expect_u64(outcome.ignored_subtype, 9);
	octets[21] = BGP_REFRESH_REQUEST;
	octets[20] = 25; /* an unknown family */
	expect_u64(tell(&story, place, &wr).orders, BGP_ORDER_IGNORED);
	octets[20] = 2;
	wr_u8(&wr, 0); /* RFC 5291: what filters outbound routes was not agreed */
	wr_fill_u16(&wr, 16, wr.pos);
	expect_u64(tell(&story, place, &wr).orders, BGP_ORDER_IGNORED);
	wr_rewind(&wr, wr.pos - 1);
	wr_fill_u16(&wr, 16, wr.pos);
	octets[21] = BGP_REFRESH_BEGIN;
	wr_u8(&wr, 0);
	wr_fill_u16(&wr, 16, wr.pos);
	(void)tell(&story, place, &wr);
	expect_said(&story, place, BGP_ERROR_REFRESH, 1);
	expect_octets(story.wr[place].start + 21, story.wr[place].pos - 21, octets, wr.pos);
}

static const struct tap_case cases[] = {
	{ "keepalives with jitter", case_keepalives, 0 },
	{ "hold timer", case_hold_timer, 0 },
	{ "hold times", case_hold_times, 0 },
	{ "no hold time", case_no_hold_time, 0 },
	{ "a stranger that says nothing", case_silent_stranger, 0 },
	{ "send hold timer", case_send_hold, 0 },
	{ "unexpected messages", case_unexpected, 0 },
	{ "collision", case_collision, 0 },
	{ "a restarting peer comes back", case_comes_back, 0 },
	{ "roles and numbers", case_roles_and_as, 0 },
	{ "RFC 8950 where it is required", case_extended_next_hop, 10 },
	{ "refresh", case_refresh, 0 },
};
TAP_MAIN(cases)
