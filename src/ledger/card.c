/* ledger/card.c — a record as the lines of its card, and back.
 *
 * The reader takes nothing that the printer would not have written, so that one record has one
 * card: numbers without leading zeros, no control in the open, no escape where none is needed. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rd.h"
#include "base/wr.h"
#include "ledger/inside.h"

#define CARD_FIRST "plenum/1 "
#define CARD_PRIVATE "private:"
#define CARD_BLOB "blob:"

/* --- time ------------------------------------------------------------------------------------- */

#define DAY_S 86400
#define TIME_LEN 20u /* 2026-11-28T03:12:19Z */

/* The proleptic Gregorian calendar in years that begin in March. */
static void date_of_day(int64_t day, uint32_t *year, uint32_t *month, uint32_t *of_month)
{
	int64_t shifted = day + 719468;
	int64_t era = shifted / 146097;
	int64_t in_era = shifted % 146097;
	int64_t years = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * years + years / 4 - years / 100);
	int64_t from_march = (5 * in_year + 2) / 153;

	*of_month = (uint32_t)(in_year - (153 * from_march + 2) / 5 + 1);
	*month = (uint32_t)(from_march < 10 ? from_march + 3 : from_march - 9);
	*year = (uint32_t)(era * 400 + years + (*month <= 2 ? 1 : 0));
}

static int64_t day_of_date(int64_t year, int64_t month, int64_t of_month)
{
	int64_t from_march = month > 2 ? month - 3 : month + 9;
	int64_t march_year = month > 2 ? year : year - 1;
	int64_t in_era = march_year % 400;

	return march_year / 400 * 146097 + in_era * 365 + in_era / 4 - in_era / 100 +
	       (153 * from_march + 2) / 5 + of_month - 1 - 719468;
}

void record_time_print(int64_t at_s, char out[RECORD_TIME_MAX])
{
	uint32_t year = 0;
	uint32_t month = 0;
	uint32_t day = 0;
	uint32_t second = (uint32_t)(at_s % DAY_S);

	date_of_day(at_s / DAY_S, &year, &month, &day);
	(void)snprintf(out, RECORD_TIME_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", year % 10000u, month,
		       day, second / 3600, second / 60 % 60, second % 60);
}

static uint32_t digits_read(struct octets text, uint32_t at, uint32_t count)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < count; i++)
		value = value * 10 + (uint32_t)(text.at[at + i] - '0') % 10;
	return value;
}

/* What is no date prints back as another one. */
static bool time_read(struct octets text, int64_t *out)
{
	char again[RECORD_TIME_MAX];

	if (text.len_octets != TIME_LEN)
		return false;
	int64_t day = day_of_date(digits_read(text, 0, 4), digits_read(text, 5, 2),
				  digits_read(text, 8, 2));
	*out = day * DAY_S + digits_read(text, 11, 2) * 3600 + digits_read(text, 14, 2) * 60 +
	       digits_read(text, 17, 2);
	if (*out < 0 || *out > RECORD_AT_MAX)
		return false;
	record_time_print(*out, again);
	return octets_equal(text, octets_of_text(again));
}

/* --- out -------------------------------------------------------------------------------------- */

static void put(struct wr *out, const char *text)
{
	wr_octets(out, octets_of_text(text));
}

static void quoted_put(struct wr *out, const char *text)
{
	char escape[8];
	const char *plain = text;

	wr_u8(out, '"');
	for (const char *at = text; *at != '\0'; at++) {
		uint8_t c = (uint8_t)*at;
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		wr_octets(out, octets_of(plain, (uint32_t)(at - plain)));
		plain = at + 1;
		if (c == '"' || c == '\\')
			(void)snprintf(escape, sizeof escape, "\\%c", c);
		else if (c == '\n' || c == '\t')
			(void)snprintf(escape, sizeof escape, "\\%c", c == '\n' ? 'n' : 't');
		else
			(void)snprintf(escape, sizeof escape, "\\u%04x", c);
		put(out, escape);
	}
	put(out, plain);
	wr_u8(out, '"');
}

static void field_put(struct wr *out, const struct record *record, const struct record_field *field)
{
	char text[MERKLE_HEX_MAX];

	put(out, record->text + field->name_at);
	wr_u8(out, ' ');
	switch (field->kind) {
	case RECORD_INT:
		(void)snprintf(text, sizeof text, "%lld", (long long)field->number);
		put(out, text);
		break;
	case RECORD_TEXT:
		quoted_put(out, record->text + field->value_at);
		break;
	case RECORD_PRIVATE:
	case RECORD_BLOB:
		put(out, field->kind == RECORD_BLOB ? CARD_BLOB : CARD_PRIVATE);
		merkle_print(&field->digest, text);
		put(out, text);
		break;
	case RECORD_NONE:
		wr_fail(out);
		break;
	}
	wr_u8(out, '\n');
}

struct fault record_print(const struct record *record, char out[RECORD_CARD_MAX], uint32_t *len)
{
	struct wr wr = wr_of(out, RECORD_CARD_MAX);
	char time[RECORD_TIME_MAX];

	record_time_print(record->at_s, time);
	put(&wr, CARD_FIRST);
	put(&wr, record->type);
	wr_u8(&wr, ' ');
	put(&wr, time);
	wr_u8(&wr, '\n');
	for (uint32_t i = 0; i < record->field_count; i++)
		field_put(&wr, record, &record->field[i]);
	*len = wr.pos;
	return wr_ok(&wr) ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

/* --- back ------------------------------------------------------------------------------------- */

/* Up to `end`, which is taken too. */
static struct octets until(struct rd *in, uint8_t end)
{
	uint32_t left = rd_left(in);
	const uint8_t *at = left == 0 ? NULL : memchr(in->start + in->pos, end, left);

	if (at == NULL) {
		rd_fail(in);
		return (struct octets){ 0 };
	}
	struct octets text = rd_take(in, (uint32_t)(at - (in->start + in->pos)));
	rd_skip(in, 1);
	return text;
}

static bool begins(struct octets text, const char *with)
{
	uint32_t len = (uint32_t)strlen(with);

	return text.len_octets >= len && memcmp(text.at, with, len) == 0;
}

static bool int_read(struct octets text, int64_t *out)
{
	uint32_t at = text.at[0] == '-' ? 1 : 0;
	uint64_t max = at != 0 ? UINT64_C(1) << 63 : INT64_MAX;
	uint64_t value = 0;

	if (at == text.len_octets || (text.at[at] == '0' && text.len_octets != 1))
		return false;
	for (; at < text.len_octets; at++) {
		if (text.at[at] < '0' || text.at[at] > '9')
			return false;
		uint32_t digit = text.at[at] - (uint32_t)'0';
		if (value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = text.at[0] == '-' ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

/* What stands behind a backslash at in->pos; 0 for what the printer does not write. */
static uint8_t escape_read(struct rd *in)
{
	uint8_t c = rd_u8(in);

	if (c == '"' || c == '\\')
		return c;
	if (c == 'n' || c == 't')
		return c == 'n' ? '\n' : '\t';
	if (c != 'u' || rd_left(in) < 4 || rd_u8(in) != '0' || rd_u8(in) != '0')
		return 0;
	struct octets hex = rd_take(in, 2);
	static const char digits[] = "0123456789abcdef";
	uint32_t value = 0;
	for (uint32_t i = 0; i < hex.len_octets; i++) {
		const char *digit = hex.at[i] == 0 ? NULL : strchr(digits, hex.at[i]);
		if (digit == NULL)
			return 0;
		value = value * 16 + (uint32_t)(digit - digits);
	}
	bool is_escaped = (value < 0x20 && value != '\n' && value != '\t') || value == 0x7f;
	return is_escaped ? (uint8_t)value : 0;
}

/* What stands in quotes, into the record; false for what does not. */
static bool quoted_read(struct record *record, struct octets text, uint32_t *value_at)
{
	struct rd in = rd_of_octets(text);
	struct wr out = wr_of(record->text + record->text_len,
			      RECORD_TEXT_OCTETS - record->text_len);

	if (text.len_octets < 2 || rd_u8(&in) != '"' || text.at[text.len_octets - 1] != '"')
		return false;
	while (rd_left(&in) > 1) {
		uint8_t c = rd_u8(&in);
		if (c == '\\')
			c = rd_left(&in) > 1 ? escape_read(&in) : 0;
		else if (c < 0x20 || c == '"' || c == 0x7f)
			return false;
		if (c == 0)
			return false;
		wr_u8(&out, c);
	}
	/* The last quote closed the text and was not escaped. */
	if (rd_left(&in) != 1 || !record_text_is_good(wr_octets_of(&out)))
		return false;
	wr_u8(&out, 0);
	*value_at = record->text_len;
	record->text_len += out.pos;
	return wr_ok(&out);
}

static bool digest_read(struct octets text, const char *prefix, struct merkle_hash *out)
{
	uint32_t len = (uint32_t)strlen(prefix);

	return merkle_parse((const char *)text.at + len, text.len_octets - len, out);
}

static bool field_read(struct record *record, struct octets name, struct octets value)
{
	if (value.len_octets == 0)
		return false;
	enum record_value kind = value.at[0] == '"'          ? RECORD_TEXT :
				 begins(value, CARD_PRIVATE) ? RECORD_PRIVATE :
				 begins(value, CARD_BLOB)    ? RECORD_BLOB :
							       RECORD_INT;
	struct record_field *field = record_field_add(record, kind, name);
	if (field == NULL)
		return false;
	switch (kind) {
	case RECORD_INT:
		return int_read(value, &field->number);
	case RECORD_TEXT:
		return quoted_read(record, value, &field->value_at);
	case RECORD_PRIVATE:
		field->is_erased = true;
		return record_keep(record, (struct octets){ 0 }, &field->value_at) &&
		       digest_read(value, CARD_PRIVATE, &field->digest);
	case RECORD_BLOB:
		return digest_read(value, CARD_BLOB, &field->digest);
	case RECORD_NONE:
		break;
	}
	return false;
}

struct fault record_read(struct octets card, struct record *out)
{
	struct rd in = rd_of_octets(card);
	char type[RECORD_NAME_MAX + 1] = "";
	int64_t at_s = 0;

	if (card.len_octets > RECORD_CARD_MAX)
		return fault_of(FAULT_LIMIT, 0);
	struct octets first = rd_take(&in, sizeof CARD_FIRST - 1);
	struct octets name = until(&in, ' ');
	struct octets time = until(&in, '\n');
	if (!rd_ok(&in) || !begins(first, CARD_FIRST) || !record_name_is_good(name) ||
	    !time_read(time, &at_s))
		return fault_at(FAULT_MALFORMED, 0, 0);
	mem_copy(type, name.at, name.len_octets);
	record_begin(out, type, at_s);
	while (rd_more(&in)) {
		uint32_t line_at = in.pos;
		struct octets line_name = until(&in, ' ');
		struct octets value = until(&in, '\n');
		if (!rd_ok(&in) || !field_read(out, line_name, value))
			return fault_at(FAULT_MALFORMED, 0, line_at);
	}
	return fault_none();
}
