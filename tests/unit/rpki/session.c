/* unit/rpki/session.c — the session of an RTR cache: versions negotiated down, steps, notifies,
 * timers and expiry. */
#include <string.h>

#include "stage.h"

/* --- good caches ------------------------------------------------------------------------------ */

static void case_versions(void)
{
	for (uint8_t version = 0; version <= RTR_VERSION_MAX; version++) {
		struct stage stage;
		stage_init(&stage);
		stage_follow(&stage, version);
		expect_u64(stage.session.version, version);
		expect_u64(stage.session.expire_s, version == 0 ? RTR_EXPIRE_S : 1000);
		expect_true(stage.session.data->has_aspas == (version == 2));
		/* A step at the refresh. */
		stage_tick(&stage, version == 0 ? RTR_REFRESH_S : 100);
		expect_said(&stage, RTR_SERIAL_QUERY, version);
		cache_response(&stage, version);
		cache_ipv4(&stage, version, 2, 64496, false);
		cache_ipv4(&stage, version, 3, 64496, true);
		cache_ipv4(&stage, version, 4, 64496, true);
		cache_ipv4(&stage, version, 4, 64496, false); /* came and went meanwhile */
		cache_end(&stage, version, 2);
		stage_hear(&stage);
		expect_u64(rpki_vrp_count(stage.session.data), 2);
		expect_u64(stage.session.counts.steps, 1);
		stage_fini(&stage);
	}
}

/* One that answers in its own version without a word, and one that hangs up until it is asked in
 * its own. */
static void case_lowered_otherwise(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_connect_now(&stage);
	cache_response(&stage, 0);
	cache_ipv4(&stage, 0, 1, 64496, true);
	cache_end(&stage, 0, 1);
	stage_hear(&stage);
	expect_u64(stage.session.version, 0);
	expect_u64(rpki_vrp_count(stage.session.data), 1);
	stage_fini(&stage);
	stage_init(&stage);
	for (uint8_t version = RTR_VERSION_MAX + 1; version-- != 0;) {
		stage_connect_now(&stage);
		expect_said(&stage, RTR_RESET_QUERY, version);
		(void)rtr_session_closed(&stage.session, stage.now, "hung up");
	}
	stage_connect_now(&stage);
	expect_said(&stage, RTR_RESET_QUERY, RTR_VERSION_MAX); /* from the top again */
	stage_fini(&stage);
}

/* Told of its version and hung up on: the next connection begins there, once. */
static void case_lowered_and_closed(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_connect_now(&stage);
	cache_error(&stage, 1, RTR_UNSUPPORTED_VERSION);
	stage_hear(&stage);
	expect_said(&stage, RTR_RESET_QUERY, 1);
	(void)rtr_session_closed(&stage.session, stage.now, "hung up");
	stage_connect_now(&stage);
	expect_said(&stage, RTR_RESET_QUERY, 1);
	/* And one that takes none at all is left. */
	cache_error(&stage, 0, RTR_UNSUPPORTED_VERSION);
	stage_hear(&stage);
	expect_said(&stage, RTR_RESET_QUERY, 0);
	cache_error(&stage, 0, RTR_UNSUPPORTED_VERSION);
	stage_hear(&stage);
	expect_true((stage.orders & RTR_ORDER_CLOSE) != 0 && stage.out.pos == 0);
	stage_fini(&stage);
}

static void case_notify(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_connect_now(&stage);
	cache_notify(&stage, 1, 99, 5); /* before the first answer it is nothing */
	stage_hear(&stage);
	expect_u64(stage.orders, 0);
	stage.orders = RTR_ORDER_CONNECT;
	(void)rtr_session_closed(&stage.session, stage.now, "start over");
	stage_fini(&stage);
	stage_init(&stage);
	stage_follow(&stage, 2);
	cache_notify(&stage, 2, ID, 1); /* known */
	stage_hear(&stage);
	stage_tick(&stage, 2);
	expect_u64(stage.out.pos, 0);
	cache_notify(&stage, 2, ID, 2);
	stage_hear(&stage);
	stage_tick(&stage, 1);
	expect_said(&stage, RTR_SERIAL_QUERY, 2);
	cache_response(&stage, 2);
	cache_notify(&stage, 2, ID, 3); /* in the middle of an answer */
	cache_end(&stage, 2, 2);
	stage_hear(&stage);
	expect_u64(stage.session.state, RTR_STATE_CURRENT);
	expect_u64(stage.orders, 0); /* nothing changed */
	stage_tick(&stage, 1);
	expect_said(&stage, RTR_SERIAL_QUERY, 2);
	stage_fini(&stage);
}

static void case_cache_reset(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_follow(&stage, 1);
	stage_tick(&stage, 100);
	expect_said(&stage, RTR_SERIAL_QUERY, 1);
	cache_head(&stage, 1, RTR_CACHE_RESET, 0, 8);
	stage_hear(&stage);
	expect_said(&stage, RTR_RESET_QUERY, 1);
	expect_u64(rpki_vrp_count(stage.session.data), 2); /* until there is other data */
	cache_head(&stage, 1, RTR_CACHE_RESPONSE, ID, 8);
	cache_ipv4(&stage, 1, 9, 64496, true);
	cache_end(&stage, 1, 50);
	stage_hear(&stage);
	expect_u64(rpki_vrp_count(stage.session.data), 1);
	expect_u64(stage.session.counts.full_answers, 2);
	stage_fini(&stage);
}

static void case_no_data(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_connect_now(&stage);
	cache_error(&stage, 2, RTR_NO_DATA);
	stage_hear(&stage);
	expect_u64(stage.orders, RTR_ORDER_TELL);
	expect_u64(stage.session.state, RTR_STATE_WAITING);
	stage_tick(&stage, RTR_RETRY_S);
	expect_said(&stage, RTR_RESET_QUERY, 2);
	stage_fini(&stage);
}

static void case_aspas(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_connect_now(&stage);
	cache_response(&stage, 2);
	cache_aspa(&stage, 64600, 64601, 64602, true);
	cache_aspa(&stage, 64700, 0, UINT32_MAX, true);
	cache_aspa(&stage, 64600, 64603, UINT32_MAX, true); /* takes the place of the first */
	cache_head(&stage, 2, RTR_ROUTER_KEY, 0x100, 36);
	for (uint32_t i = 0; i < 28; i++)
		wr_u8(&stage.cache, i);
	cache_end(&stage, 2, 1);
	stage_hear(&stage);
	expect_u64(stage.orders, RTR_ORDER_CHANGED);
	expect_u64(stage.session.data->aspas.count, 2);
	const struct aspa_entry *entry = aspa_table_find(&stage.session.data->aspas, 64600);
	expect_true(entry != NULL && entry->count == 1 &&
		    aspa_table_has(&stage.session.data->aspas, entry, 64603));
	stage_tick(&stage, 100);
	cache_response(&stage, 2);
	cache_aspa(&stage, 64600, UINT32_MAX, UINT32_MAX, false);
	cache_end(&stage, 2, 2);
	stage_hear(&stage);
	expect_u64(stage.session.data->aspas.count, 1);
	stage_fini(&stage);
}

/* --- time ------------------------------------------------------------------------------------- */

static void case_expiry(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_follow(&stage, 2);
	(void)rtr_session_closed(&stage.session, stage.now, "gone");
	expect_true(stage.session.data != NULL && !rtr_session_is_current(&stage.session));
	stage_tick(&stage, 999);
	expect_true(stage.session.data != NULL);
	stage_tick(&stage, 1);
	expect_true((stage.orders & RTR_ORDER_CHANGED) != 0 && stage.session.data == NULL);
	stage_fini(&stage);
}

/* A cache that is back goes on where it was. */
static void case_back(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_follow(&stage, 2);
	(void)rtr_session_closed(&stage.session, stage.now, "gone");
	stage.orders = 0;
	stage_connect_now(&stage);
	expect_said(&stage, RTR_SERIAL_QUERY, 2);
	cache_response(&stage, 2);
	cache_end(&stage, 2, 1);
	stage_hear(&stage);
	expect_true(rtr_session_is_current(&stage.session));
	stage_fini(&stage);
}

static void case_silence(void)
{
	struct stage stage;

	stage_init(&stage);
	stage_connect_now(&stage);
	stage_tick(&stage, RTR_SILENCE_S);
	expect_true((stage.orders & RTR_ORDER_CLOSE) != 0);
	stage_fini(&stage);
	stage_init(&stage);
	stage_follow(&stage, 1);
	stage_tick(&stage, 100);
	cache_response(&stage, 1);
	cache_ipv4(&stage, 1, 2, 64496, false);
	stage_hear(&stage);
	stage_tick(&stage, RTR_SILENCE_S);
	expect_true((stage.orders & RTR_ORDER_CLOSE) != 0);
	expect_u64(rpki_vrp_count(stage.session.data), 2); /* half an answer is none */
	stage_fini(&stage);
	/* It cannot be reached: each try waits longer, up to a bound. */
	stage_init(&stage);
	for (uint32_t i = 0; i < 20; i++) {
		for (uint32_t waited = 0; (stage.orders & RTR_ORDER_CONNECT) == 0; waited++) {
			expect_true(waited <= RTR_RECONNECT_S_MAX);
			stage_tick(&stage, 1);
		}
		stage.orders = rtr_session_closed(&stage.session, stage.now, "refused");
	}
	stage_fini(&stage);
}

static const struct tap_case cases[] = {
	{ "followed in each version", case_versions, 0 },
	{ "lowered by its answer, or by hanging up", case_lowered_otherwise, 0 },
	{ "lowered and hung up on", case_lowered_and_closed, 0 },
	{ "Serial Notify", case_notify, 0 },
	{ "Cache Reset", case_cache_reset, 0 },
	{ "no data available", case_no_data, 0 },
	{ "ASPAs and router keys", case_aspas, 0 },
	{ "data never outlives its expiry", case_expiry, 0 },
	{ "back with what it had", case_back, 0 },
	{ "silence", case_silence, 0 },
};

TAP_MAIN(cases)
