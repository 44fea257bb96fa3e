/* unit/server/irr_schedule.c — when members' as-sets are asked for. */
#include "server/irr_schedule.h"

#include "kit/tap.h"

#define MEMBERS 1000u
#define FIRST_ASN 64500u
#define DAY_S 86400
#define SLOTS 12u /* of a period, in which as many are asked */

static const struct wall now = { 1800000000 };

static void first_wait(void)
{
	static const struct {
		bool is_same;
		int64_t age_s;
		int64_t wait_s;
	} row[] = {
		{ true, 0, IRR_EVERY_S },
		{ true, 1, IRR_EVERY_S - 1 },
		{ true, IRR_EVERY_S - 1, 1 },
		{ true, IRR_EVERY_S, 0 },
		{ true, 10 * IRR_EVERY_S, 0 },
		{ true, -1, 0 },           /* heard in the future: a clock was wrong */
		{ false, 0, 0 },           /* another as-set */
		{ false, IRR_EVERY_S, 0 }, /* or never heard */
	};

	for (uint32_t i = 0; i < sizeof row / sizeof *row; i++)
		expect_u64((uint64_t)irr_schedule_wait_s(
				   row[i].is_same, (struct wall){ now.s - row[i].age_s }, now),
			   (uint64_t)row[i].wait_s);
}

static void next_wait(void)
{
	expect_u64((uint64_t)irr_schedule_next_s(IRR_OUTCOME_FAILED), IRR_RETRY_S);
	for (uint32_t i = IRR_OUTCOME_NOTHING; i < IRR_OUTCOME_FAILED; i++)
		expect_u64((uint64_t)irr_schedule_next_s((enum irr_outcome)i), IRR_EVERY_S);
}

static void at_once(void)
{
	struct instant at = { 12345 };

	for (uint32_t asn = 1; asn < MEMBERS; asn++)
		expect_u64((uint64_t)irr_schedule_at(asn, 0, at).ns, (uint64_t)at.ns);
}

/* All heard at the same moment: within a tenth, each by its own, and not at the same time. */
static void spread(void)
{
	static const int64_t waits[] = { IRR_RETRY_S, IRR_EVERY_S };
	struct instant at = { 5 * NS_PER_S };

	for (uint32_t i = 0; i < 2; i++) {
		uint32_t slot[SLOTS] = { 0 };
		int64_t tenth_ns = waits[i] * (NS_PER_S / 10);
		for (uint32_t asn = FIRST_ASN; asn < FIRST_ASN + MEMBERS; asn++) {
			struct instant due = irr_schedule_at(asn, waits[i], at);
			int64_t off_ns = due.ns - at.ns - waits[i] * NS_PER_S;
			expect_true(off_ns >= -tenth_ns && off_ns <= tenth_ns);
			expect_u64((uint64_t)irr_schedule_at(asn, waits[i], at).ns,
				   (uint64_t)due.ns);
			slot[(uint64_t)(off_ns + tenth_ns) * SLOTS /
			     (uint64_t)(2 * tenth_ns + 1)]++;
		}
		for (uint32_t j = 0; j < SLOTS; j++)
			expect_true(slot[j] > MEMBERS / SLOTS / 2 && slot[j] < MEMBERS / SLOTS * 2);
	}
}

/* A day of a member whose server is silent for its first hour. */
static void a_day(void)
{
	struct instant at = { NS_PER_S };
	struct instant begin = at;
	uint32_t failed_count = 0;
	uint32_t heard_count = 0;

	while (at.ns - begin.ns < DAY_S * NS_PER_S) {
		bool is_silent = at.ns - begin.ns < 3600 * NS_PER_S;
		failed_count += is_silent ? 1 : 0;
		heard_count += is_silent ? 0 : 1;
		at = irr_schedule_at(
			FIRST_ASN,
			irr_schedule_next_s(is_silent ? IRR_OUTCOME_FAILED : IRR_OUTCOME_SAME), at);
	}
	expect_true(failed_count >= 4 && failed_count <= 5);
	expect_true(heard_count >= 4 && heard_count <= 5);
}

static const struct tap_case cases[] = {
	{ "after a start, what was heard lately is not asked for again", first_wait, 0 },
	{ "sooner after no answer", next_wait, 0 },
	{ "what is to be asked for at once has no spread", at_once, 0 },
	{ "a tenth more or less, each member by its own", spread, 0 },
	{ "a day with a silent hour", a_day, 0 },
};
TAP_MAIN(cases)
