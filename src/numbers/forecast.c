/* numbers/forecast.c — a robust rate, and when it uses up what is left. */
#include "numbers/forecast.h"

#include <stdlib.h>

#include "base/check.h"

#define PERIOD_S ((int64_t)FORECAST_PERIOD_DAYS * NUMBERS_DAY_S)
#define PAIRS_MAX (FORECAST_PERIODS_MAX * (FORECAST_PERIODS_MAX + 1u) / 2u)
#define MICRO INT64_C(1000000)
#define BLOCKS_MAX (UINT64_C(1) << 40) /* more is as good as endless */

static bool counts(const struct numbers_delegation *at, int64_t pool_id)
{
	return at->pool_id == pool_id && at->state != DELEGATION_HELD;
}

static uint64_t blocks_of(space_wide addresses, uint8_t size_bits)
{
	space_wide blocks = addresses >> size_bits;

	return blocks < BLOCKS_MAX ? (uint64_t)blocks : BLOCKS_MAX;
}

/* In use then; blocks smaller than the default count as a whole together. */
static uint64_t used_at(const struct numbers_book *book, int64_t pool_id, uint8_t size_bits,
			int64_t then_s)
{
	space_wide used = 0;

	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		bool is_over = at->state == DELEGATION_ENDED && at->changed_at_s <= then_s;
		if (counts(at, pool_id) && at->granted_at_s <= then_s && !is_over)
			used += space_size(space_bits_of(&at->prefix));
	}
	return blocks_of(used, size_bits);
}

static int slope_compare(const void *a, const void *b)
{
	const int64_t *first = a;
	const int64_t *second = b;

	return (*first > *second) - (*first < *second);
}

/* When `blocks` are used up at the rate; 0 = never. */
static int64_t runs_out_s(uint64_t blocks, int64_t rate_micro, int64_t now_s)
{
	const int64_t days_max = (int64_t)FORECAST_YEARS_MAX * 365;

	/* Below 2^40 blocks, so that nothing here leaves 63 bits. */
	if (rate_micro <= 0 || (int64_t)blocks / days_max > rate_micro)
		return 0;
	int64_t days = (int64_t)blocks / rate_micro * MICRO * FORECAST_PERIOD_DAYS +
		       (int64_t)blocks % rate_micro * MICRO / rate_micro * FORECAST_PERIOD_DAYS +
		       (int64_t)blocks % rate_micro * MICRO % rate_micro * FORECAST_PERIOD_DAYS /
			       rate_micro;
	return days > days_max ? 0 : now_s + days * NUMBERS_DAY_S;
}

void numbers_forecast(const struct numbers_book *book, const struct numbers_rules *rules,
		      int64_t pool_id, space_wide free, bool is_waiting, int64_t now_s,
		      struct forecast *out)
{
	const struct numbers_pool *pool = numbers_pool_of(book, pool_id);
	uint64_t used[FORECAST_PERIODS_MAX + 1];
	int64_t slope[PAIRS_MAX];
	uint32_t slopes = 0;
	int64_t first_s = now_s;

	CHECK(pool != NULL);
	uint32_t bits_max = prefix_bits_max((enum family)pool->prefix.family);
	uint8_t len_bits = rules->of[pool->type].default_len_bits;
	if (len_bits == 0 || len_bits > bits_max)
		len_bits = (uint8_t)bits_max;
	uint8_t size_bits = (uint8_t)(bits_max - len_bits);
	*out = (struct forecast){ .block_len_bits = len_bits,
				  .free_blocks = blocks_of(free, size_bits) };
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (!counts(at, pool_id))
			continue;
		out->grants++;
		first_s = at->granted_at_s < first_s ? at->granted_at_s : first_s;
	}
	if (is_waiting || out->free_blocks == 0)
		out->answer = FORECAST_NOW;
	int64_t whole = (now_s - first_s) / PERIOD_S;
	out->periods = whole > FORECAST_PERIODS_MAX ? FORECAST_PERIODS_MAX : (uint32_t)whole;
	if (out->periods < FORECAST_PERIODS_MIN || out->grants < FORECAST_GRANTS_MIN)
		return;
	for (uint32_t i = 0; i <= out->periods; i++) {
		used[i] = used_at(book, pool_id, size_bits,
				  now_s - (int64_t)(out->periods - i) * PERIOD_S);
		for (uint32_t j = 0; j < i; j++)
			slope[slopes++] = ((int64_t)used[i] - (int64_t)used[j]) * MICRO /
					  (int64_t)(i - j);
	}
	qsort(slope, slopes, sizeof *slope, slope_compare);
	out->rate_micro = slope[slopes / 2];
	if (out->answer == FORECAST_NOW)
		return;
	out->at_s = runs_out_s(out->free_blocks, out->rate_micro, now_s);
	out->earliest_s = runs_out_s(out->free_blocks, slope[slopes * 3 / 4], now_s);
	out->latest_s = runs_out_s(out->free_blocks, slope[slopes / 4], now_s);
	out->answer = out->at_s != 0 ? FORECAST_AT : FORECAST_NEVER;
}
