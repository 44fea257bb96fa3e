/* unit/numbers/oracle.c — histories of thousands of random events, each predicted by brute
 * force. */
#include "deeds.h"

static void test_histories(void)
{
	static const enum numbers_event_kind must[] = {
		EVENT_GRANT,          EVENT_QUEUED,   EVENT_REFUSED, EVENT_LAPSED, EVENT_RETURN,
		EVENT_QUARANTINE,     EVENT_TRANSFER, EVENT_SHRUNK,  EVENT_GROWN,  EVENT_REVIEWED,
		EVENT_QUARANTINE_END, EVENT_RESUMED,  EVENT_HELD,
	};
	static const enum numbers_reason must_refuse[] = {
		NUMBERS_TOO_LARGE,   NUMBERS_NO_IPV6,     NUMBERS_HELD_BEFORE, NUMBERS_SECOND_PLACE,
		NUMBERS_FULL,        NUMBERS_NOT_NEXT,    NUMBERS_TAKEN,       NUMBERS_KEPT_BACK,
		NUMBERS_QUARANTINED, NUMBERS_NO_TRANSFER, NUMBERS_HOLD_PERIOD, NUMBERS_NO_ROOM,
	};
	uint32_t kinds[EVENT_KINDS] = { 0 };
	uint32_t reasons[NUMBERS_REASONS] = { 0 };

	for (uint32_t n = 0; n < 4; n++) {
		struct history *h = history_make(n);
		history_run(h);
		for (uint32_t i = 0; i < EVENT_KINDS; i++)
			kinds[i] += h->kinds[i];
		for (uint32_t i = 0; i < NUMBERS_REASONS; i++)
			reasons[i] += h->reasons[i];
		history_free(h);
	}
	for (uint32_t i = 0; i < sizeof must / sizeof *must; i++) {
		if (kinds[must[i]] <= 20)
			printf("# kind %d: %u\n", must[i], kinds[must[i]]);
		expect_true(kinds[must[i]] > 20);
	}
	for (uint32_t i = 0; i < sizeof must_refuse / sizeof *must_refuse; i++) {
		if (reasons[must_refuse[i]] < 10)
			printf("# %s: %u\n", numbers_reason_clause(must_refuse[i]),
			       reasons[must_refuse[i]]);
		expect_true(reasons[must_refuse[i]] >= 10);
	}
}

static const struct tap_case cases[] = {
	{ "histories of 10,000 events as brute force has them", test_histories, 0 },
};
TAP_MAIN(cases)
