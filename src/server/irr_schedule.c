/* server/irr_schedule.c — the spread of members comes of their AS numbers, so that it needs no
 * memory. */
#include "server/irr_schedule.h"

#define SPREAD UINT64_C(2654435761) /* Knuth's multiplicative hash */

int64_t irr_schedule_wait_s(bool is_same, struct wall heard, struct wall now)
{
	int64_t age_s = now.s - heard.s;

	if (!is_same || age_s < 0 || age_s >= IRR_EVERY_S)
		return 0;
	return IRR_EVERY_S - age_s;
}

int64_t irr_schedule_next_s(enum irr_outcome outcome)
{
	return outcome == IRR_OUTCOME_FAILED ? IRR_RETRY_S : IRR_EVERY_S;
}

struct instant irr_schedule_at(uint32_t asn, int64_t wait_s, struct instant now)
{
	int64_t tenth_ms = wait_s * 100;
	int64_t early_ms = (int64_t)((uint64_t)asn * SPREAD % (uint64_t)(2 * tenth_ms + 1));

	return instant_add(now, span_ms(wait_s * 1000 + early_ms - tenth_ms));
}
