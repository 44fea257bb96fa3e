/* ledger/card.c — a record as the lines of its card, and back.
 *
 * The reader takes nothing that the printer would not have written, so that one record has one
 * card: numbers without leading zeros, no control in the open, no escape where none is needed. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rd.h"
#include "base/utc.h"
#include "base/wr.h"
#include "ledger/inside.h"

#define CARD_FIRST "plenum/1 "
#define CARD_PRIVATE "private:"
#define CARD_BLOB "blob:"

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
	char time[UTC_TEXT_MAX];

	utc_print((struct wall){ record->at_s }, time);
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

bool record_card_is(struct octets card, const char *type)
{
	uint32_t first = sizeof CARD_FIRST - 1;
	uint32_t len = (uint32_t)strlen(type);

	return card.len_octets > first + len && begins(card, CARD_FIRST) &&
	       begins(octets_of(card.at + first, card.len_octets - first), type) &&
	       card.at[first + len] == ' ';
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
	struct wall at = { 0 };

	if (card.len_octets > RECORD_CARD_MAX)
		return fault_of(FAULT_LIMIT, 0);
	struct octets first = rd_take(&in, sizeof CARD_FIRST - 1);
	struct octets name = until(&in, ' ');
	struct octets time = until(&in, '\n');
	if (!rd_ok(&in) || !begins(first, CARD_FIRST) || !record_name_is_good(name) ||
	    !utc_read(time, &at))
		return fault_at(FAULT_MALFORMED, 0, 0);
	mem_copy(type, name.at, name.len_octets);
	record_begin(out, type, at.s);
	while (rd_more(&in)) {
		uint32_t line_at = in.pos;
		struct octets line_name = until(&in, ' ');
		struct octets value = until(&in, '\n');
		if (!rd_ok(&in) || !field_read(out, line_name, value))
			return fault_at(FAULT_MALFORMED, 0, line_at);
	}
	return fault_none();
}
