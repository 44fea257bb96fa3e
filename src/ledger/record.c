/* ledger/record.c — records in memory: fields put in, fields asked for. */
#include "ledger/record.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/utc.h"
#include "ledger/inside.h"
#include "text/utf8.h"

int64_t record_now_s(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

bool record_name_is_good(struct octets name)
{
	if (name.len_octets == 0 || name.len_octets > RECORD_NAME_MAX || name.at[0] < 'a' ||
	    name.at[0] > 'z')
		return false;
	for (uint32_t i = 0; i < name.len_octets; i++) {
		uint8_t c = name.at[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return true;
}

bool record_text_is_good(struct octets text)
{
	uint32_t at = 0;
	bool good = true;

	/* Text of ASCII alone needs no decoding. */
	while (good && at < text.len_octets) {
		if (text.at[at] < 0x80)
			at++;
		else
			(void)utf8_take(text, &at, &good);
	}
	return good;
}

static void wrong_set(struct record *record, enum record_wrong wrong)
{
	if (record->wrong == RECORD_GOOD)
		record->wrong = wrong;
}

bool record_keep(struct record *record, struct octets text, uint32_t *at)
{
	if (text.len_octets >= RECORD_TEXT_OCTETS - record->text_len) {
		wrong_set(record, RECORD_TOO_LONG);
		return false;
	}
	*at = record->text_len;
	mem_copy(record->text + record->text_len, text.at, text.len_octets);
	record->text_len += text.len_octets;
	record->text[record->text_len++] = '\0';
	return true;
}

struct record_field *record_field_add(struct record *record, enum record_value kind,
				      struct octets name)
{
	if (!record_name_is_good(name)) {
		wrong_set(record, RECORD_BAD_NAME);
		return NULL;
	}
	if (record->field_count == RECORD_FIELDS_MAX) {
		wrong_set(record, RECORD_TOO_LONG);
		return NULL;
	}
	struct record_field *field = &record->field[record->field_count];
	*field = (struct record_field){ .kind = kind };
	if (!record_keep(record, name, &field->name_at))
		return NULL;
	record->field_count++;
	return field;
}

void record_begin(struct record *record, const char *type, int64_t at_s)
{
	struct octets name = octets_of_text(type);

	record->at_s = at_s;
	record->wrong = at_s < 0 || at_s > UTC_S_MAX || !record_name_is_good(name) ?
				RECORD_BAD_NAME :
				RECORD_GOOD;
	record->field_count = 0;
	record->text_len = 0;
	record->type[0] = '\0';
	if (record->wrong == RECORD_GOOD)
		mem_copy(record->type, type, name.len_octets + 1);
}

static void text_add(struct record *record, enum record_value kind, const char *name,
		     const char *value)
{
	struct octets text = octets_of_text(value);

	if (!record_text_is_good(text)) {
		wrong_set(record, RECORD_NOT_UTF8);
		return;
	}
	struct record_field *field = record_field_add(record, kind, octets_of_text(name));
	if (field == NULL)
		return;
	if (kind == RECORD_BLOB)
		field->outside = value;
	else if (!record_keep(record, text, &field->value_at))
		record->field_count--;
}

void record_text(struct record *record, const char *name, const char *value)
{
	text_add(record, RECORD_TEXT, name, value);
}

void record_private(struct record *record, const char *name, const char *value)
{
	text_add(record, RECORD_PRIVATE, name, value);
}

void record_blob(struct record *record, const char *name, const char *value)
{
	text_add(record, RECORD_BLOB, name, value);
}

void record_int(struct record *record, const char *name, int64_t value)
{
	struct record_field *field = record_field_add(record, RECORD_INT, octets_of_text(name));

	if (field != NULL)
		field->number = value;
}

/* --- asking ----------------------------------------------------------------------------------- */

static const struct record_field *field_next(const struct record *record, const char *name,
					     uint32_t *from)
{
	while (*from < record->field_count) {
		const struct record_field *field = &record->field[(*from)++];
		if (strcmp(record->text + field->name_at, name) == 0)
			return field;
	}
	return NULL;
}

static const char *text_of(const struct record *record, const struct record_field *field)
{
	if (field == NULL || field->kind == RECORD_INT)
		return NULL;
	return field->kind == RECORD_BLOB ? field->outside : record->text + field->value_at;
}

const char *record_text_next(const struct record *record, const char *name, uint32_t *from)
{
	return text_of(record, field_next(record, name, from));
}

const char *record_text_of(const struct record *record, const char *name)
{
	uint32_t from = 0;

	return record_text_next(record, name, &from);
}

bool record_int_next(const struct record *record, const char *name, uint32_t *from, int64_t *out)
{
	const struct record_field *field = field_next(record, name, from);

	if (field == NULL || field->kind != RECORD_INT)
		return false;
	*out = field->number;
	return true;
}

bool record_int_of(const struct record *record, const char *name, int64_t *out)
{
	uint32_t from = 0;

	return record_int_next(record, name, &from, out);
}
