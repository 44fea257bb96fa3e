/* unit/bgp/damping.c — a neighbour that fails again and again is held off, one that does not is
 * not.  RFC 4271 8.1.1. */
#include "bgp/damping.h"

#include "bgp/story.h"

static void case_waits(void)
{
	static const int64_t wait_s[] = { 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60 };
	struct bgp_damping damping = { 0 };
	struct instant now = { NS_PER_S };

	for (uint32_t i = 0; i < sizeof wait_s / sizeof *wait_s; i++) {
		bgp_damping_fail(&damping, span_s(0), now);
		expect_u64(damping.failures, i + 1);
		expect_true(bgp_damping_holds(&damping, now) == (wait_s[i] != 0));
		if (wait_s[i] != 0)
			expect_u64(instant_since(damping.until, now).ns, span_s(wait_s[i]).ns);
		now = instant_add(now, span_s(wait_s[i]));
		expect_true(!bgp_damping_holds(&damping, now));
	}
	for (uint32_t i = 0; i < 1000000; i++)
		bgp_damping_fail(&damping, span_s(0), now);
	expect_u64(instant_since(damping.until, now).ns, span_s(BGP_DAMPING_S_MAX).ns);
	now = instant_add(now, span_s(BGP_DAMPING_FORGET_S));
	bgp_damping_fail(&damping, span_s(0), now);
	expect_u64(damping.failures, 1);
	expect_true(!bgp_damping_holds(&damping, now));
}

/* What is forgotten, at the edge of each time. */
static void case_forgotten(void)
{
	static const struct {
		int64_t up_s;
		int64_t later_s;
		uint32_t failures;
	} rows[] = {
		{ 0, 0, 8 },   { BGP_DAMPING_GOOD_S - 1, 0, 8 }, { BGP_DAMPING_GOOD_S, 0, 1 },
		{ 0, 299, 8 }, { 0, BGP_DAMPING_FORGET_S, 1 },
	};

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct instant now = { NS_PER_S };
		struct bgp_damping damping = { .failures = 7, .failed_at = now };
		now = instant_add(now, span_s(rows[i].later_s));
		bgp_damping_fail(&damping, span_s(rows[i].up_s), now);
		expect_u64(damping.failures, rows[i].failures);
	}
}

/* --- in a session ----------------------------------------------------------------------------- */

static void damped_begin(struct story *story, bool is_active)
{
	story_begin(story, is_active);
	story->session.config.damps = true;
}

static bool is_taken(struct story *story)
{
	uint32_t place = 0;

	return bgp_session_connected(&story->session, false, story->now, outputs_of(story), &place);
}

enum failing {
	FAILING_OPEN = 0,
	FAILING_STATE,
	FAILING_UPDATE,
	FAILING_CLOSED,
	FAILING_NOTIFICATION,
	FAILING_OPEN_TIMER,
	FAILING_COUNT,
};

static void fail_once(struct story *story, enum failing how)
{
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_UPDATE, 1);
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_open open = client();

	expect_true(is_taken(story));
	if (how == FAILING_UPDATE || how == FAILING_CLOSED) {
		(void)tell_open(story, 0, open);
		(void)tell_keepalive(story, 0);
		expect_u64(story->session.state, BGP_STATE_ESTABLISHED);
	}
	switch (how) {
	case FAILING_OPEN:
		open.asn = 1001;
		(void)tell_open(story, 0, open);
		break;
	case FAILING_STATE:
		(void)tell_keepalive(story, 0);
		break;
	case FAILING_UPDATE:
		(void)bgp_session_refuse(&story->session, 0, &refusal, story->now,
					 outputs_of(story));
		break;
	case FAILING_CLOSED:
		(void)bgp_session_closed(&story->session, 0, story->now, 1);
		break;
	case FAILING_NOTIFICATION:
		refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_ADMIN_RESET);
		bgp_notification_write(&wr, &refusal);
		(void)tell(story, 0, &wr);
		break;
	case FAILING_OPEN_TIMER:
		story->now = instant_add(story->now, span_s(BGP_OPEN_WAIT_S));
		(void)bgp_session_tick(&story->session, story->now, 1, outputs_of(story));
		break;
	case FAILING_COUNT:
		break;
	}
}

static void case_held_off(void)
{
	for (uint32_t how = 0; how < FAILING_COUNT; how++) {
		static struct story story;
		damped_begin(&story, false);
		for (uint32_t i = 0; i < BGP_DAMPING_FREE; i++) {
			fail_once(&story, (enum failing)how);
			expect_u64(story.session.state, BGP_STATE_ACTIVE);
		}
		fail_once(&story, (enum failing)how);
		expect_u64(story.session.damping.failures, BGP_DAMPING_FREE + 1);
		expect_u64(story.session.state, BGP_STATE_IDLE);
		expect_true(!is_taken(&story));
		expect_u64(bgp_session_deadline(&story.session).ns, story.session.damping.until.ns);
		story.now = story.session.damping.until;
		(void)bgp_session_tick(&story.session, story.now, 1, outputs_of(&story));
		expect_u64(story.session.state, BGP_STATE_ACTIVE);
		expect_true(!instant_is_set(bgp_session_deadline(&story.session)));
		expect_true(is_taken(&story));
	}
}

/* A second connection that fails while the first stands does not end it, and is held off too. */
static void case_second_connection(void)
{
	static struct story story;
	struct bgp_open other = client();
	uint32_t place = story_established(&story);

	story.session.config.damps = true;
	other.asn = 1001;
	for (uint32_t i = 0; i <= BGP_DAMPING_FREE; i++) {
		expect_true(is_taken(&story));
		(void)tell_open(&story, 1 - place, other);
		expect_u64(story.session.state, BGP_STATE_ESTABLISHED);
	}
	expect_true(!is_taken(&story));
	expect_u64(story.session.state, BGP_STATE_ESTABLISHED);
	story.now = story.session.damping.until;
	(void)bgp_session_tick(&story.session, story.now, 1, outputs_of(&story));
	expect_true(is_taken(&story));
	expect_u64(story.session.state, BGP_STATE_ESTABLISHED);
}

/* No failures: losing a collision, being ended by us, not damping at all. */
static void case_not_counted(void)
{
	static struct story story;
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_OUT_OF_RESOURCES);
	struct bgp_open open = client();

	open.graceful_restart = false;
	damped_begin(&story, false);
	(void)connect_in(&story, false);
	(void)tell_open(&story, 0, open);
	(void)tell_keepalive(&story, 0);
	for (uint32_t i = 0; i < 20; i++) {
		(void)connect_in(&story, false);
		(void)tell_open(&story, 1, open);
		expect_said(&story, 1, BGP_ERROR_CEASE, BGP_CEASE_COLLISION);
	}
	expect_u64(story.session.damping.failures, 0);
	(void)bgp_session_refuse(&story.session, 0, &refusal, story.now, outputs_of(&story));
	expect_u64(story.session.damping.failures, 0);
	expect_u64(story.session.state, BGP_STATE_ACTIVE);
	story_begin(&story, false);
	for (uint32_t i = 0; i < 20; i++)
		fail_once(&story, FAILING_OPEN);
	expect_u64(story.session.damping.failures, 0);
}

/* RFC 4724 4.2: who restarts takes its own place over, a few times; the last one stays. */
static void case_take_over(void)
{
	static struct story story;
	uint32_t count = 0;

	damped_begin(&story, false);
	for (;
	     count < 3 * BGP_DAMPING_FREE && !bgp_damping_holds(&story.session.damping, story.now);
	     count++) {
		uint32_t place = connect_in(&story, false);
		(void)tell_open(&story, place, client());
		(void)tell_keepalive(&story, place);
		expect_u64(story.session.state, BGP_STATE_ESTABLISHED);
	}
	expect_u64(count, BGP_DAMPING_FREE + 2); /* the first took nothing over */
	expect_true(!is_taken(&story));
	expect_u64(story.session.state, BGP_STATE_ESTABLISHED);
}

/* A change of what is configured forgives; so does an end by us, which stays one. */
static void case_forgiven(void)
{
	static struct story story;
	struct bgp_refusal refusal = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN);

	damped_begin(&story, false);
	for (uint32_t i = 0; i <= BGP_DAMPING_FREE; i++)
		fail_once(&story, FAILING_STATE);
	struct bgp_session_config config = story.session.config;
	bgp_session_configure(&story.session, &config, story.now);
	expect_u64(story.session.state, BGP_STATE_ACTIVE);
	for (uint32_t i = 0; i <= BGP_DAMPING_FREE; i++)
		fail_once(&story, FAILING_STATE);
	expect_u64(story.session.state, BGP_STATE_IDLE);
	(void)bgp_session_stop(&story.session, &refusal, story.now, outputs_of(&story));
	bgp_session_configure(&story.session, &config, story.now);
	story.now = instant_add(story.now, span_s(2 * BGP_DAMPING_S_MAX));
	(void)bgp_session_tick(&story.session, story.now, 1, outputs_of(&story));
	expect_u64(story.session.state, BGP_STATE_IDLE);
	expect_true(!is_taken(&story));
}

/* We do not call either while it is held off, and afterwards no sooner than otherwise. */
static void case_active(void)
{
	static struct story story;

	damped_begin(&story, true);
	for (uint32_t i = 0; i <= BGP_DAMPING_FREE; i++)
		fail_once(&story, FAILING_STATE);
	expect_u64(story.session.state, BGP_STATE_IDLE);
	story.now = story.session.damping.until;
	struct bgp_outcome outcome = bgp_session_tick(&story.session, story.now, 1,
						      outputs_of(&story));
	expect_u64(outcome.orders, 0);
	expect_u64(story.session.state, BGP_STATE_ACTIVE);
	story.now = bgp_session_deadline(&story.session);
	outcome = bgp_session_tick(&story.session, story.now, 1, outputs_of(&story));
	expect_u64(outcome.orders, BGP_ORDER_CONNECT);
	/* An attempt that was under way as the last failure came is not taken either. */
	for (uint32_t i = 0; i < 2; i++) {
		(void)connect_in(&story, false);
		(void)tell_keepalive(&story, 0);
		if (bgp_damping_holds(&story.session.damping, story.now))
			break;
	}
	uint32_t place = 0;
	expect_true(!bgp_session_connected(&story.session, true, story.now, outputs_of(&story),
					   &place));
	expect_u64(story.session.state, BGP_STATE_IDLE);
}

static const struct tap_case cases[] = {
	{ "waits double up to a minute", case_waits, 0 },
	{ "failures that are forgotten", case_forgotten, 0 },
	{ "every kind of failure counts", case_held_off, 0 },
	{ "a second connection that fails", case_second_connection, 0 },
	{ "what is no failure", case_not_counted, 0 },
	{ "restarts without end", case_take_over, 0 },
	{ "what is forgiven", case_forgiven, 0 },
	{ "a session that we call", case_active, 0 },
};
TAP_MAIN(cases)
