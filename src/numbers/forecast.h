/* numbers/forecast.h — the day on which a pool has nothing left.
 *
 * Method: what was in use at the end of each whole period of 30 days since the first grant, of the
 * last FORECAST_PERIODS_MAX; the rate is the median of the slopes of all pairs of them (Theil and
 * Sen), so that one large grant or a wave of returns does not bend it; earliest and latest are the
 * same with the upper and the lower quartile.  Use is counted in blocks of the default size.
 * Owns    nothing
 * Thread  any
 * Source  P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, 1968 */
#ifndef NUMBERS_FORECAST_H
#define NUMBERS_FORECAST_H

#include "numbers/book.h"

#define FORECAST_PERIOD_DAYS 30u
#define FORECAST_PERIODS_MAX 24u
#define FORECAST_PERIODS_MIN 3u
#define FORECAST_GRANTS_MIN 3u
#define FORECAST_YEARS_MAX 100u /* later is never */

enum forecast_answer {
	FORECAST_TOO_LITTLE = 0, /* fewer grants or periods than a rate can be made of */
	FORECAST_NEVER,          /* use does not grow, or too slowly */
	FORECAST_AT,
	FORECAST_NOW, /* nothing is left, or somebody waits */
};

struct forecast {
	enum forecast_answer answer;
	int64_t at_s;
	int64_t earliest_s; /* 0 = never, here and below */
	int64_t latest_s;
	int64_t rate_micro; /* millionths of a block a period */
	uint32_t periods;
	uint32_t grants;
	uint64_t free_blocks;
	uint8_t block_len_bits;
};

/* `free`: addresses that can be given; `is_waiting`: somebody waits for them. */
void numbers_forecast(const struct numbers_book *book, const struct numbers_rules *rules,
		      int64_t pool_id, space_wide free, bool is_waiting, int64_t now_s,
		      struct forecast *out);

#endif
