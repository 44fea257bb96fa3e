/* text/json.c — the writer.
 *
 * Invariants: 1. depth counts the open collections, whose bits in is_object and has_items are
 * valid; 2. after_key is set between a key and its value only.  Misuse is a programmer's error. */
#include "text/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "text/utf8.h"

static void put(struct json *json, const char *octets, size_t len)
{
	json->failed = json->failed || !text_put_octets(json->sink, octets, len);
}

static void put_text(struct json *json, const char *text)
{
	put(json, text, strlen(text));
}

static uint64_t level_bit(const struct json *json)
{
	return UINT64_C(1) << (json->depth - 1);
}

static void line_break(struct json *json)
{
	static const char blanks[] = "                ";
	uint64_t count = (uint64_t)json->indent * json->depth;

	if (json->indent == 0)
		return;
	put_text(json, "\n");
	for (uint64_t step = 0; count != 0; count -= step) {
		step = count < sizeof blanks - 1 ? count : sizeof blanks - 1;
		put(json, blanks, (size_t)step);
	}
}

/* What stands before an item of the open collection. */
static void item_begin(struct json *json)
{
	if ((json->has_items & level_bit(json)) != 0)
		put_text(json, ",");
	json->has_items |= level_bit(json);
	line_break(json);
}

static void value_begin(struct json *json)
{
	CHECK(!json->is_closed);
	if (json->depth == 0) {
		json->is_closed = true;
	} else if ((json->is_object & level_bit(json)) != 0) {
		CHECK(json->after_key);
		json->after_key = false;
	} else {
		item_begin(json);
	}
}

void json_init(struct json *json, struct text_sink sink, uint32_t indent)
{
	*json = (struct json){ .sink = sink, .indent = indent };
}

bool json_done(struct json *json)
{
	CHECK(json->depth == 0);
	put_text(json, "\n");
	return !json->failed && json->is_closed;
}

static void collection_open(struct json *json, bool is_object)
{
	value_begin(json);
	CHECK(json->depth < JSON_DEPTH_MAX);
	json->is_closed = false;
	json->depth++;
	json->has_items &= ~level_bit(json);
	json->is_object &= ~level_bit(json);
	if (is_object)
		json->is_object |= level_bit(json);
	put_text(json, is_object ? "{" : "[");
}

static void collection_close(struct json *json, bool is_object)
{
	CHECK(json->depth != 0 && !json->after_key);
	CHECK(((json->is_object & level_bit(json)) != 0) == is_object);
	bool had_items = (json->has_items & level_bit(json)) != 0;
	json->depth--;
	if (had_items)
		line_break(json);
	put_text(json, is_object ? "}" : "]");
	json->is_closed = json->depth == 0;
}

void json_object_open(struct json *json)
{
	collection_open(json, true);
}

void json_object_close(struct json *json)
{
	collection_close(json, true);
}

void json_array_open(struct json *json)
{
	collection_open(json, false);
}

void json_array_close(struct json *json)
{
	collection_close(json, false);
}

/* The short escape of a character that needs one, or NULL. */
static const char *escape_of(uint32_t code_point)
{
	switch (code_point) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

/* Stretches that need no escape are put at once. */
static void string_put(struct json *json, struct octets text)
{
	uint32_t from = 0;

	put_text(json, "\"");
	for (uint32_t at = 0; at < text.len_octets;) {
		uint32_t before = at;
		bool good = true;
		uint32_t code_point = utf8_take(text, &at, &good);
		const char *escape = good ? escape_of(code_point) : UTF8_BAD_TEXT;
		if (escape == NULL && code_point >= 0x20 && code_point != 0x7f)
			continue;
		put(json, (const char *)text.at + from, before - from);
		if (escape != NULL)
			put_text(json, escape);
		else
			json->failed = json->failed ||
				       !text_put(json->sink, "\\u%04" PRIx32, code_point);
		from = at;
	}
	if (text.len_octets > from)
		put(json, (const char *)text.at + from, text.len_octets - from);
	put_text(json, "\"");
}

void json_key(struct json *json, const char *name)
{
	CHECK(json->depth != 0 && (json->is_object & level_bit(json)) != 0 && !json->after_key);
	item_begin(json);
	string_put(json, octets_of_text(name));
	put_text(json, json->indent != 0 ? ": " : ":");
	json->after_key = true;
}

void json_text(struct json *json, const char *text)
{
	if (text == NULL)
		json_none(json);
	else
		json_octets(json, octets_of_text(text));
}

void json_octets(struct json *json, struct octets text)
{
	value_begin(json);
	string_put(json, text);
}

void json_u64(struct json *json, uint64_t value)
{
	value_begin(json);
	json->failed = json->failed || !text_put(json->sink, "%" PRIu64, value);
}

void json_i64(struct json *json, int64_t value)
{
	value_begin(json);
	json->failed = json->failed || !text_put(json->sink, "%" PRId64, value);
}

void json_bool(struct json *json, bool value)
{
	value_begin(json);
	put_text(json, value ? "true" : "false");
}

void json_none(struct json *json)
{
	value_begin(json);
	put_text(json, "null");
}

void json_decimal(struct json *json, int64_t value, uint32_t digits)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint64_t unit = 1;

	CHECK(digits <= 9);
	for (uint32_t i = 0; i < digits; i++)
		unit *= 10;
	value_begin(json);
	if (!text_put(json->sink, "%s%" PRIu64, value < 0 ? "-" : "", size / unit))
		json->failed = true;
	if (digits != 0 && !text_put(json->sink, ".%0*" PRIu64, (int)digits, size % unit))
		json->failed = true;
}

void json_field_text(struct json *json, const char *name, const char *text)
{
	json_key(json, name);
	json_text(json, text);
}

void json_field_u64(struct json *json, const char *name, uint64_t value)
{
	json_key(json, name);
	json_u64(json, value);
}

void json_field_i64(struct json *json, const char *name, int64_t value)
{
	json_key(json, name);
	json_i64(json, value);
}

void json_field_bool(struct json *json, const char *name, bool value)
{
	json_key(json, name);
	json_bool(json, value);
}

void json_field_decimal(struct json *json, const char *name, int64_t value, uint32_t digits)
{
	json_key(json, name);
	json_decimal(json, value, digits);
}

void json_field_object(struct json *json, const char *name)
{
	json_key(json, name);
	json_object_open(json);
}

void json_field_array(struct json *json, const char *name)
{
	json_key(json, name);
	json_array_open(json);
}
