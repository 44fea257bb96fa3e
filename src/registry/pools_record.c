/* registry/pools_record.c — events of numbers as records, and back: one field for each thing that
 * is said, left out where nothing is. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "registry/pools.h"

static const char *const kind_name[EVENT_KINDS] = {
	[EVENT_POOL] = "pool",
	[EVENT_POOL_GROWN] = "pool-grown",
	[EVENT_POOL_CLOSED] = "pool-closed",
	[EVENT_REQUEST] = "request",
	[EVENT_EVALUATED] = "request-evaluated",
	[EVENT_QUEUED] = "queue",
	[EVENT_REFUSED] = "refusal",
	[EVENT_LAPSED] = "lapse",
	[EVENT_GRANT] = "grant",
	[EVENT_HELD] = "held",
	[EVENT_RETURN] = "return",
	[EVENT_QUARANTINE] = "quarantine",
	[EVENT_QUARANTINE_END] = "quarantine-end",
	[EVENT_RESUMED] = "resumption",
	[EVENT_TRANSFER] = "transfer",
	[EVENT_REVIEWED] = "review",
	[EVENT_SHRUNK] = "shrink",
	[EVENT_GROWN] = "growth",
};

struct number_field {
	const char *name;
	size_t at;
};

struct text_field {
	const char *name;
	size_t at;
	size_t room;
};

#define NUMBER(field_name, field) \
	{ \
		field_name, offsetof(struct numbers_event, field) \
	}
#define TEXT(field_name, field) \
	{ \
		field_name, offsetof(struct numbers_event, field), \
			sizeof((struct numbers_event *)NULL)->field \
	}

static const struct number_field numbers[] = {
	NUMBER("pool-id", pool_id),
	NUMBER("request-id", request_id),
	NUMBER("delegation-id", delegation_id),
	NUMBER("next-id", next_id),
	NUMBER("until", until_s),
};

static const struct text_field texts[] = {
	TEXT("name", name), TEXT("holder", holder), TEXT("organisation", organisation),
	TEXT("ipv6", ipv6), TEXT("reason", reason), TEXT("clause", cite.clause),
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int64_t *number_in(struct numbers_event *event, const struct number_field *field)
{
	return (int64_t *)(void *)((char *)event + field->at);
}

void pools_record_of(const struct numbers_event *event, struct record *out)
{
	struct numbers_event copy = *event;
	char prefix[PREFIX_TEXT_MAX];

	record_begin(out, kind_name[event->kind], event->at_s);
	for (uint32_t i = 0; i < COUNT(numbers); i++) {
		if (*number_in(&copy, &numbers[i]) != 0)
			record_int(out, numbers[i].name, *number_in(&copy, &numbers[i]));
	}
	if (event->kind == EVENT_POOL)
		record_text(out, "type", pool_type_name(event->type));
	if (event->prefix.len_bits != 0) {
		prefix_print(&event->prefix, prefix);
		record_text(out, "prefix", prefix);
	}
	if (event->len_bits != 0)
		record_int(out, "length", event->len_bits);
	if (event->kept_len_bits != 0)
		record_int(out, "kept-length", event->kept_len_bits);
	for (uint32_t i = 0; i < COUNT(texts); i++) {
		const char *text = (const char *)event + texts[i].at;
		if (text[0] != '\0')
			record_text(out, texts[i].name, text);
	}
	/* What an organisation says of its plans may have to be erased. */
	if (event->purpose[0] != '\0')
		record_private(out, "purpose", event->purpose);
	record_int(out, "rules-version", event->cite.version);
}

static bool kind_of(const char *type, enum numbers_event_kind *out)
{
	for (uint32_t i = 0; i < EVENT_KINDS; i++) {
		if (strcmp(kind_name[i], type) == 0) {
			*out = (enum numbers_event_kind)i;
			return true;
		}
	}
	return false;
}

/* Within `max`; 0 where it is not said. */
static bool small_of(const struct record *record, const char *name, uint32_t max, uint32_t *out)
{
	int64_t value = 0;

	(void)record_int_of(record, name, &value);
	*out = (uint32_t)value;
	return value >= 0 && value <= (int64_t)max;
}

static bool texts_of(const struct record *record, struct numbers_event *out)
{
	for (uint32_t i = 0; i < COUNT(texts); i++) {
		const char *text = record_text_of(record, texts[i].name);
		if (text == NULL)
			continue;
		if (strlen(text) >= texts[i].room)
			return false;
		(void)snprintf((char *)out + texts[i].at, texts[i].room, "%s", text);
	}
	return true;
}

bool pools_event_of(const struct record *record, struct numbers_event *out)
{
	const char *prefix = record_text_of(record, "prefix");
	const char *type = record_text_of(record, "type");
	const char *purpose = record_text_of(record, "purpose");
	bool had_host_bits = false;
	uint32_t len = 0;
	uint32_t kept = 0;

	*out = (struct numbers_event){ .at_s = record->at_s };
	for (uint32_t i = 0; i < COUNT(numbers); i++)
		(void)record_int_of(record, numbers[i].name, number_in(out, &numbers[i]));
	if (!kind_of(record->type, &out->kind) || !texts_of(record, out) ||
	    !small_of(record, "length", 128, &len) ||
	    !small_of(record, "kept-length", 128, &kept) ||
	    !small_of(record, "rules-version", UINT32_MAX, &out->cite.version))
		return false;
	out->len_bits = (uint8_t)len;
	out->kept_len_bits = (uint8_t)kept;
	if (purpose != NULL)
		(void)snprintf(out->purpose, sizeof out->purpose, "%s", purpose);
	if (prefix != NULL &&
	    (!prefix_parse(prefix, &out->prefix, &had_host_bits) || had_host_bits))
		return false;
	return out->kind != EVENT_POOL || (type != NULL && pool_type_of(type, &out->type));
}
