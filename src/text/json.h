/* text/json.h — JSON written as it comes, without a tree.
 *
 * Values follow each other; in an object each after its json_key.  Commas, colons and line breaks
 * come by themselves.
 * Shape   RFC 8259: strings in UTF-8, what is not UTF-8 replaced by U+FFFD, controls escaped
 * Owns    nothing; the sink must outlive the writer
 * Faults  sticky: after the sink refused once nothing more is put, and json_done says so
 * Bound   JSON_DEPTH_MAX collections inside each other
 * Thread  one */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include "base/fault.h"
#include "base/octets.h"
#include "text/sink.h"

#define JSON_DEPTH_MAX 32u

struct json {
	struct text_sink sink;
	uint32_t indent; /* blanks a level; 0 = all on one line */
	uint32_t depth;
	uint64_t is_object; /* a bit a level */
	uint64_t has_items;
	bool after_key;
	bool is_closed; /* the one outermost value is complete */
	bool failed;
};

void json_init(struct json *json, struct text_sink sink, uint32_t indent);

/* Puts the closing line break.  False when anything was not taken by the sink. */
MUST_USE bool json_done(struct json *json);

void json_object_open(struct json *json);
void json_object_close(struct json *json);
void json_array_open(struct json *json);
void json_array_close(struct json *json);
void json_key(struct json *json, const char *name);

void json_text(struct json *json, const char *text); /* NULL writes null */
void json_octets(struct json *json, struct octets text);
void json_u64(struct json *json, uint64_t value);
void json_i64(struct json *json, int64_t value);
void json_bool(struct json *json, bool value);
void json_none(struct json *json);

/* `value` with its last `digits`, at most 9, behind the point: (j, 1250, 3) writes 1.250. */
void json_decimal(struct json *json, int64_t value, uint32_t digits);

/* A key and its value at once. */
void json_field_text(struct json *json, const char *name, const char *text);
void json_field_u64(struct json *json, const char *name, uint64_t value);
void json_field_i64(struct json *json, const char *name, int64_t value);
void json_field_bool(struct json *json, const char *name, bool value);
void json_field_decimal(struct json *json, const char *name, int64_t value, uint32_t digits);
void json_field_object(struct json *json, const char *name); /* opens it */
void json_field_array(struct json *json, const char *name);  /* opens it */

#endif
