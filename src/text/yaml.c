/* text/yaml.c — libyaml's events under a table. */
#include "text/yaml.h"

#include <string.h>
#include <yaml.h>

struct reading {
	const char *file;
	const struct yaml_key *keys;
	uint32_t key_count;
	void *context;
	struct complaints *complaints;
	uint64_t seen;              /* keys met, a bit each */
	const struct yaml_key *key; /* whose value is awaited; NULL between keys */
	uint32_t items;
	uint32_t depth;    /* of collections */
	uint32_t skipping; /* collections below an unknown key */
	bool in_list;
	bool skips_value; /* of an unknown key */
};

static void complain_at(struct reading *reading, yaml_mark_t mark, const char *what,
			const char *text)
{
	complain(reading->complaints, false, "%s:%zu:%zu: %s%s", reading->file, mark.line + 1,
		 mark.column + 1, what, text);
}

static void key_take(struct reading *reading, const char *text, yaml_mark_t mark)
{
	for (uint32_t i = 0; i < reading->key_count; i++) {
		if (strcmp(reading->keys[i].name, text) != 0)
			continue;
		if ((reading->seen >> i & 1) != 0)
			complain_at(reading, mark, "a second ", text);
		reading->seen |= UINT64_C(1) << i;
		reading->key = &reading->keys[i];
		reading->items = 0;
		return;
	}
	complain_at(reading, mark, "unknown name ", text);
	reading->skips_value = true;
}

static void value_take(struct reading *reading, const char *text, yaml_mark_t mark)
{
	const struct yaml_key *key = reading->key;

	if (key->is_list && !reading->in_list)
		complain(reading->complaints, false, "%s:%zu:%zu: %s takes a list", reading->file,
			 mark.line + 1, mark.column + 1, key->name);
	else if (++reading->items > YAML_ITEMS_MAX)
		complain_at(reading, mark, "too many items of ", key->name);
	else if (!key->take(reading->context, text))
		complain(reading->complaints, false, "%s:%zu:%zu: %s: \"%.64s\" is not %s",
			 reading->file, mark.line + 1, mark.column + 1, key->name,
			 key->is_secret ? "..." : text, key->expects);
}

static void scalar(struct reading *reading, const char *text, yaml_mark_t mark)
{
	if (reading->skipping != 0)
		return;
	if (reading->skips_value) {
		reading->skips_value = false;
	} else if (reading->depth == 0) {
		complain_at(reading, mark, "expected names and values, found ", text);
	} else if (reading->key == NULL) {
		key_take(reading, text, mark);
	} else {
		value_take(reading, text, mark);
		if (!reading->in_list)
			reading->key = NULL;
	}
}

static void collection_start(struct reading *reading, bool is_list, yaml_mark_t mark)
{
	if (reading->skipping != 0 || reading->skips_value) {
		reading->skipping++;
		reading->skips_value = false;
	} else if (reading->depth == 0 && !is_list) {
		reading->depth = 1;
	} else if (is_list && reading->key != NULL && reading->key->is_list && !reading->in_list) {
		reading->in_list = true;
		if (reading->key->begin != NULL)
			reading->key->begin(reading->context);
	} else {
		complain_at(reading, mark, "a value was expected here", "");
		reading->skipping = 1;
		if (!reading->in_list)
			reading->key = NULL;
	}
}

static void collection_end(struct reading *reading)
{
	if (reading->skipping != 0) {
		reading->skipping--;
	} else if (reading->in_list) {
		reading->in_list = false;
		reading->key = NULL;
	} else {
		reading->depth = 0;
	}
}

/* False at the end. */
static bool event_take(struct reading *reading, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		if (strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
			complain_at(reading, event->start_mark, "a NUL inside a value", "");
		else
			scalar(reading, (const char *)event->data.scalar.value, event->start_mark);
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		collection_start(reading, event->type == YAML_SEQUENCE_START_EVENT,
				 event->start_mark);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		collection_end(reading);
		break;
	case YAML_ALIAS_EVENT:
		complain_at(reading, event->start_mark, "aliases are not taken", "");
		break;
	case YAML_STREAM_END_EVENT:
		return false;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return true;
}

static void missing_complain(struct reading *reading)
{
	for (uint32_t i = 0; i < reading->key_count; i++) {
		if (reading->keys[i].is_required && (reading->seen >> i & 1) == 0)
			complain(reading->complaints, false, "%s: %s is missing", reading->file,
				 reading->keys[i].name);
	}
}

bool yaml_read(const char *file, struct octets text, const struct yaml_key *keys,
	       uint32_t key_count, void *context, struct complaints *complaints)
{
	struct reading reading = { .file = file,
				   .keys = keys,
				   .key_count = key_count,
				   .context = context,
				   .complaints = complaints };
	yaml_parser_t parser;
	uint32_t errors_before = complaints->error_count;
	bool more = true;

	if (text.len_octets > YAML_OCTETS_MAX || yaml_parser_initialize(&parser) == 0) {
		complain(complaints, false, "%s: larger than %u octets", file, YAML_OCTETS_MAX);
		return false;
	}
	yaml_parser_set_input_string(&parser, text.at, text.len_octets);
	while (more) {
		yaml_event_t event;
		if (yaml_parser_parse(&parser, &event) == 0) {
			complain(complaints, false, "%s:%zu:%zu: %s", file,
				 parser.problem_mark.line + 1, parser.problem_mark.column + 1,
				 parser.problem != NULL ? parser.problem : "unreadable");
			break;
		}
		more = event_take(&reading, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (!more)
		missing_complain(&reading);
	return complaints->error_count == errors_before;
}
