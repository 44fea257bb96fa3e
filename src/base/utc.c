/* base/utc.c — the proleptic Gregorian calendar, in years that begin in March. */
#include "base/utc.h"

#include "base/mem.h"

#define YEARS_400_DAYS 146097
#define YEARS_100_DAYS 36524
#define YEARS_4_DAYS 1460   /* without their leap day */
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

#define DAY_LEN (UTC_DAY_TEXT_MAX - 1)
#define TIME_LEN (UTC_TEXT_MAX - 1)

static void digits_put(char *out, uint32_t at, uint32_t count, int64_t value)
{
	for (uint32_t i = count; i > 0; i--, value /= 10)
		out[at + i - 1] = (char)('0' + value % 10);
}

static void day_put(char *out, int64_t days_since_1970)
{
	int64_t days = days_since_1970 + DAYS_TO_1970;
	int64_t era = days / YEARS_400_DAYS;
	int64_t in_era = days % YEARS_400_DAYS;
	int64_t years = (in_era - in_era / YEARS_4_DAYS + in_era / YEARS_100_DAYS -
			 in_era / (YEARS_400_DAYS - 1)) /
			365;
	int64_t in_year = in_era - (365 * years + years / 4 - years / 100);
	int64_t from_march = (5 * in_year + 2) / 153;
	int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;

	digits_put(out, 0, 4, era * 400 + years + (month <= 2 ? 1 : 0));
	digits_put(out, 5, 2, month);
	digits_put(out, 8, 2, in_year - (153 * from_march + 2) / 5 + 1);
}

static int64_t day_of(int64_t year, int64_t month, int64_t of_month)
{
	int64_t from_march = month > 2 ? month - 3 : month + 9;
	int64_t march_year = month > 2 ? year : year - 1;
	int64_t in_era = march_year % 400;

	return march_year / 400 * YEARS_400_DAYS + in_era * 365 + in_era / 4 - in_era / 100 +
	       (153 * from_march + 2) / 5 + of_month - 1 - DAYS_TO_1970;
}

void utc_print(struct wall at, char out[UTC_TEXT_MAX])
{
	int64_t s = at.s < 0 ? 0 : at.s > UTC_S_MAX ? UTC_S_MAX : at.s;

	mem_copy(out, "0000-00-00T00:00:00Z", UTC_TEXT_MAX);
	day_put(out, s / UTC_DAY_S);
	digits_put(out, 11, 2, s / 3600 % 24);
	digits_put(out, 14, 2, s / 60 % 60);
	digits_put(out, 17, 2, s % 60);
}

void utc_day_print(struct wall at, char out[UTC_DAY_TEXT_MAX])
{
	char text[UTC_TEXT_MAX];

	utc_print(at, text);
	mem_copy(out, text, DAY_LEN);
	out[DAY_LEN] = '\0';
}

/* Whatever octets stand there count as digits. */
static int64_t digits_read(struct octets text, uint32_t at, uint32_t count)
{
	int64_t value = 0;

	for (uint32_t i = 0; i < count; i++)
		value = value * 10 + (text.at[at + i] - '0');
	return value;
}

/* What is no date prints back as another one. */
bool utc_read(struct octets text, struct wall *out)
{
	char again[UTC_TEXT_MAX];

	if (text.len_octets != TIME_LEN)
		return false;
	int64_t day = day_of(digits_read(text, 0, 4), digits_read(text, 5, 2),
			     digits_read(text, 8, 2));
	struct wall at = { day * UTC_DAY_S + digits_read(text, 11, 2) * 3600 +
			   digits_read(text, 14, 2) * 60 + digits_read(text, 17, 2) };
	utc_print(at, again);
	if (!octets_equal(text, octets_of_text(again)))
		return false;
	*out = at;
	return true;
}

bool utc_day_read(struct octets text, struct wall *out)
{
	char whole[UTC_TEXT_MAX] = "0000-00-00T00:00:00Z";

	if (text.len_octets != DAY_LEN)
		return false;
	mem_copy(whole, text.at, DAY_LEN);
	return utc_read(octets_of_text(whole), out);
}
