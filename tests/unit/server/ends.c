/* unit/server/ends.c — how sessions end and what is told of it; limits on what a neighbour can
 * cause. */
#include "unit/server/wire.h"

static void say_notification(struct wire *wire, const uint8_t *body, uint32_t len)
{
	uint8_t octets[400];
	struct wr wr = wr_of(octets, sizeof octets);
	uint32_t mark = bgp_message_begin(&wr, BGP_NOTIFICATION);

	wr_octets(&wr, octets_of(body, len));
	bgp_message_end(&wr, mark);
	wire_say(wire, wr_octets_of(&wr));
}

/* RFC 9003 2: the neighbour's text is told, and steers no terminal. */
static void case_notification_received(void)
{
	static const uint8_t body[] = { 6, 2, 8, 'b', 'y', 'e', 0x1b, '[', '2', 'J', 0xff };
	static struct wire wire;
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	expect_true(strstr(wire.told, "established: ipv4 ipv6, BGP identifier 0.0.0.10, hold time "
				      "90 s, four-octet ASNs, enhanced refresh, roles") != NULL);
	wire_announce(&wire, 0, 3, 0, false);
	expect_true(wire_await_held(&wire, 3));
	say_notification(&wire, body, sizeof body);
	expect_true(wire_await(&wire, "received NOTIFICATION: Cease / administrative shutdown "
				      "(6/2): bye\\x1b[2J\\xff\n"));
	expect_true(wire_await(&wire, "lost: its 3 routes go\n"));
	expect_true(wire_await_held(&wire, 0));
	expect_u64(wire.message_count[BGP_NOTIFICATION], 0);
	wire_close(&wire);
}

static void case_connection_lost(void)
{
	for (uint32_t is_reset = 0; is_reset <= 1; is_reset++) {
		static struct wire wire;
		struct linger linger = { .l_onoff = (int)is_reset };
		struct plan_session session = wire_session();
		struct bgp_open open = wire_offer();
		open.graceful_restart = true;
		open.restart_s = 60;
		open.gr_families[FAMILY_IPV4] = true;
		wire_up(&wire, &session, &open);
		wire_announce(&wire, 0, 3, 0, false);
		expect_true(wire_await_held(&wire, 3));
		expect_true(setsockopt(wire.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) ==
			    0);
		(void)close(wire.fd);
		wire.fd = -1;
		expect_true(wire_await(&wire, is_reset != 0 ?
						      "connection lost: Connection reset" :
						      "connection closed by the neighbour"));
		expect_true(wire_await(&wire, "lost: its 3 routes are kept for its restart"));
		expect_u64(wire_held(&wire), 3);
		wire_close(&wire);
	}
}

/* RFC 4486 4, RFC 8538 3.1: the limit is named; with the N bit it is a hard reset; then the
 * neighbour is turned away until its time is over. */
static void case_too_many_prefixes(void)
{
	static const uint8_t plain[] = { 6, 1, 0, 1, 1, 0, 0, 0, 4 };
	static const uint8_t hard[] = { 6, 9, 6, 1, 0, 1, 1, 0, 0, 0, 4 };

	for (uint32_t n_bit = 0; n_bit <= 1; n_bit++) {
		static struct wire wire;
		struct plan_session session = wire_session();
		struct bgp_open open = wire_offer();
		session.routes_max[FAMILY_IPV4] = 4;
		open.graceful_restart = n_bit != 0;
		open.gr_notification = n_bit != 0;
		open.gr_families[FAMILY_IPV4] = n_bit != 0;
		open.restart_s = 60;
		wire_up(&wire, &session, &open);
		wire_announce(&wire, 0, 4, 0, false);
		expect_true(wire_await(&wire, "4 of at most 4 ipv4 prefixes"));
		wire_announce(&wire, 4, 100, 0, false);
		expect_true(wire_await_close(&wire));
		if (n_bit == 0)
			expect_octets(wire.last, wire.last_len, plain, sizeof plain);
		else
			expect_octets(wire.last, wire.last_len, hard, sizeof hard);
		expect_true(strstr(wire.told, "maximum number of prefixes reached (6/1), at most 4 "
					      "ipv4 prefixes") != NULL);
		expect_true(wire_await_held(&wire, 0));
		(void)close(wire.fd);
		expect_true(wire_connect(&wire, NULL));
		expect_true(wire_await_close(&wire));
		expect_u64(wire.last[1], BGP_CEASE_REJECTED);
		expect_true(wire_await(&wire, "connection rejected: shut for too many prefixes"));
		/* With another limit it may come at once. */
		session.routes_max[FAMILY_IPV4] = 200;
		wire_replan(&wire, wire_plan(&session, 900));
		(void)close(wire.fd);
		expect_true(wire_connect(&wire, NULL));
		uint8_t octets[512];
		struct wr wr = wr_of(octets, sizeof octets);
		bgp_open_write(&wr, &open);
		wire.told_len = 0;
		wire.told[0] = '\0';
		wire_say(&wire, wr_octets_of(&wr));
		expect_true(wire_await(&wire, "established:"));
		wire_close(&wire);
	}
}

/* RFC 7606 6: the prefixes and the entire UPDATE, however long, are told; but not without end. */
static void case_malformed(void)
{
	static struct wire wire;
	static uint8_t octets[BGP_EXTENDED_MESSAGE_OCTETS_MAX];
	static char hex[2 * sizeof octets + 1];
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();
	struct wr wr = wr_of(octets, sizeof octets);

	session.extended_message = true;
	open.extended_message = true;
	wire_up(&wire, &session, &open);
	uint32_t mark = bgp_message_begin(&wr, BGP_UPDATE);
	wr_u32(&wr, 4 + 4 + 40000);
	wr_u32(&wr, 0x40010107); /* ORIGIN 7 */
	wr_u32(&wr, 0xd0c89c40); /* attribute 200 of 40,000 octets */
	wr_repeat(&wr, 0xab, 40000);
	for (uint32_t i = 0; i < 20; i++)
		wr_u32(&wr, 0x18320000u | i);
	bgp_message_end(&wr, mark);
	expect_true(wr_ok(&wr));
	wire_say(&wire, wr_octets_of(&wr));
	for (uint32_t i = 0; i < wr.pos; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", octets[i]);
	expect_true(wire_await(&wire, "malformed UPDATE, treated as withdrawn: ORIGIN has an "
				      "undefined value (attribute 1 ORIGIN); announced "
				      "50.0.0.0/24 50.0.1.0/24"));
	expect_true(strstr(wire.told, "50.0.15.0/24 and 4 more; 40111 octets: ffff") != NULL);
	expect_true(strstr(wire.told, hex) != NULL);
	uint32_t told = wire.told_len;
	wr = wr_of(octets, sizeof octets);
	for (uint32_t i = 0; i < 1000; i++) {
		mark = bgp_message_begin(&wr, BGP_UPDATE);
		wr_u32(&wr, 4);
		wr_u32(&wr, 0x40010107);
		wr_u32(&wr, 0x18320000u);
		bgp_message_end(&wr, mark);
	}
	wire_say(&wire, wr_octets_of(&wr));
	struct peer_counts counts = { 0 };
	for (uint32_t i = 0; i < 5000 && counts.updates_malformed < 1001; i++) {
		wire_settle(&wire, 1);
		(void)worker_session_of(wire.worker, session.id, &counts);
	}
	expect_u64(counts.updates_malformed, 1001);
	expect_true(wire.told_len - told < 10 * 400);
	wire_close(&wire);
}

/* RFC 8654 4 and 5: long messages only where they were offered. */
static void case_extended(void)
{
	for (uint32_t offered = 0; offered <= 1; offered++) {
		static struct wire wire;
		struct plan_session session = wire_session();
		struct bgp_open open = wire_offer();
		session.extended_message = offered != 0;
		open.extended_message = true;
		wire_up(&wire, &session, &open);
		wire_announce(&wire, 0, 3000, 500, true);
		if (offered != 0) {
			expect_true(wire_await_held(&wire, 3000));
		} else {
			static const uint8_t expected[] = { 1, 2 };
			expect_true(wire_await_close(&wire));
			expect_u64(wire.last_len, 4);
			expect_octets(wire.last, 2, expected, 2);
		}
		wire_close(&wire);
	}
}

/* RFC 7313 4: a thousand requests from one that does not wait get few answers; a BoRR of one that
 * restarts gracefully means nothing before its End-of-RIB; its routes stay. */
static void case_refresh_flood(void)
{
	static struct wire wire;
	static uint8_t octets[32768];
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();
	struct wr wr = wr_of(octets, sizeof octets);

	open.graceful_restart = true;
	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, 3, 0, false);
	expect_true(wire_await_held(&wire, 3));
	wire_settle(&wire, 20);
	for (uint32_t i = 0; i < 1000; i++)
		bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_REQUEST);
	wire_say(&wire, wr_octets_of(&wr));
	wire_settle(&wire, 100);
	expect_true(wire.refresh_count[BGP_REFRESH_BEGIN] >= 2);
	expect_true(wire.refresh_count[BGP_REFRESH_BEGIN] < 50);
	expect_u64(wire.refresh_count[BGP_REFRESH_BEGIN], wire.refresh_count[BGP_REFRESH_END]);
	wr = wr_of(octets, sizeof octets);
	bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_BEGIN);
	bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_END);
	wire_say(&wire, wr_octets_of(&wr));
	wire_settle(&wire, 50);
	expect_u64(wire_held(&wire), 3);
	wr = wr_of(octets, sizeof octets);
	bgp_encode_end_of_rib(&wr, FAMILY_IPV4);
	bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_BEGIN);
	bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_END);
	wire_say(&wire, wr_octets_of(&wr));
	expect_true(wire_await_held(&wire, 0));
	wire_close(&wire);
}

/* RFC 2385: a key may change while the session stands, and holds for those that come later. */
static void case_key_changes(void)
{
	static struct wire wire;
	struct plan_session session = wire_session();
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_open open = wire_offer();

	session.password_len_octets = 3;
	mem_copy(session.password, "one", 3);
	wire_open(&wire, &session);
	if (!wire_connect(&wire, "one"))
		tap_skip("the kernel has no TCP MD5 signatures");
	bgp_open_write(&wr, &open);
	wire_say(&wire, wr_octets_of(&wr));
	expect_true(wire_await(&wire, "established:"));
	mem_copy(session.password, "two", 3);
	wire_replan(&wire, wire_plan(&session, 900));
	/* What stands goes on with the old one. */
	wire_announce(&wire, 0, 3, 0, false);
	expect_true(wire_await_held(&wire, 3));
	expect_true(strstr(wire.told, "lost") == NULL);
	(void)close(wire.fd);
	expect_true(wire_await(&wire, "lost"));
	expect_true(wire_connect(&wire, "two"));
	wire.told_len = 0;
	wire.told[0] = '\0';
	wr = wr_of(octets, sizeof octets);
	bgp_open_write(&wr, &open);
	wire_say(&wire, wr_octets_of(&wr));
	expect_true(wire_await(&wire, "established:"));
	/* Taken away: the next connection comes without. */
	session.password_len_octets = 0;
	wire_replan(&wire, wire_plan(&session, 900));
	(void)close(wire.fd);
	expect_true(wire_await(&wire, "lost"));
	expect_true(wire_connect(&wire, NULL));
	wr = wr_of(octets, sizeof octets);
	bgp_open_write(&wr, &open);
	wire_say(&wire, wr_octets_of(&wr));
	wire.told_len = 0;
	wire.told[0] = '\0';
	expect_true(wire_await(&wire, "established:"));
	wire_close(&wire);
}

/* OPEN and then an unknown message, as fast as it goes: a few are answered, then it is held off,
 * and a change of the registry forgives. */
static void case_flood(void)
{
	static struct wire wire;
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();
	struct view_session view;
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);

	wire_open(&wire, &session);
	bgp_open_write(&wr, &open);
	uint32_t at = wr.pos;
	bgp_keepalive_write(&wr);
	octets[at + 18] = 9;
	for (uint32_t i = 0; i < 30; i++) {
		expect_true(wire_connect(&wire, NULL));
		(void)send(wire.fd, octets, wr.pos, MSG_NOSIGNAL);
		/* Told why, it closes: one that waits for us to close would be waited for. */
		for (uint32_t j = 0; j < 1000 && wire.message_count[BGP_NOTIFICATION] == i; j++)
			wire_settle(&wire, 1);
		expect_u64(wire.message_count[BGP_NOTIFICATION], i + 1);
		(void)close(wire.fd);
	}
	/* The first wait is a second: the thirty may take a little longer. */
	expect_true(wire.message_count[BGP_OPEN] >= BGP_DAMPING_FREE + 1);
	expect_true(wire.message_count[BGP_OPEN] <= BGP_DAMPING_FREE + 3);
	expect_u64(wire.last[1], BGP_CEASE_REJECTED);
	expect_true(strstr(wire.told, "connection rejected: 6 failures in a row, held off for "
				      "another 1 s") != NULL);
	expect_true(worker_view(wire.worker, session.id, &view));
	expect_true(view.is_held_off && view.held_off_until.s != 0);
	expect_text(view.state, "Idle");
	wire_replan(&wire, wire_plan(&session, 900));
	expect_true(wire_connect(&wire, NULL));
	wr = wr_of(octets, sizeof octets);
	bgp_open_write(&wr, &open);
	wire_say(&wire, wr_octets_of(&wr));
	expect_true(wire_await(&wire, "established:"));
	wire_close(&wire);
}

static const struct tap_case cases[] = {
	{ "a NOTIFICATION that came", case_notification_received, 0 },
	{ "a connection that was lost", case_connection_lost, 0 },
	{ "too many prefixes, and then away", case_too_many_prefixes, 0 },
	{ "malformed UPDATEs", case_malformed, 0 },
	{ "extended messages where they were offered", case_extended, 0 },
	{ "refreshes without end", case_refresh_flood, 0 },
	{ "a key that changes", case_key_changes, 0 },
	{ "connections that fail without end", case_flood, 0 },
};
TAP_MAIN(cases)
