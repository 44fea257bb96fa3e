/* tables/json.c — paths as JSON: {"prefix": {"collector": {"ASN": "path", ...}, ...}, ...}.
 *
 * The shape is fixed and three deep, and a table is one line of many megabytes: this reads it as it
 * comes.  A tree of it would take ten times the file in memory, so no JSON library is used here.
 *
 * States: a level (0 prefixes, 1 collectors, 2 ASNs) and what may come next: a key or a closing
 * brace after `{`, a comma or a closing brace after a value, a key after a comma. */
#include "base/decimal.h"
#include "base/mem.h"
#include "tables/text.h"

#define STRING_OCTETS_MAX 65535u
#define LEVEL_COUNT 3

enum expect { EXPECT_KEY_OR_END, EXPECT_COMMA_OR_END, EXPECT_KEY };

struct json {
	struct table_reader *reader;
	struct table_route route;
	struct table_peer peer;
	int level;
	enum expect expect;
	uint8_t string[STRING_OCTETS_MAX];
};

static struct fault refuse(struct json *json, const char *what)
{
	return table_refuse_octet(json->reader, FAULT_MALFORMED, json->reader->input.start_octet,
				  "%s", what);
}

/* The next octet, not taken; SHORT where there is none. */
static struct fault peek(struct json *json, uint8_t *out)
{
	struct table_reader *reader = json->reader;

	TRY(table_input_fill(reader, 1));
	struct octets octets = table_input_octets(reader);
	if (octets.len_octets == 0)
		return table_refuse_octet(reader, FAULT_SHORT, reader->input.start_octet,
					  "the file ends inside the JSON: it is cut, fetch it "
					  "again");
	*out = octets.at[0];
	return fault_none();
}

static bool is_blank(uint8_t octet)
{
	return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r';
}

/* Takes the next octet that is no blank. */
static struct fault token_next(struct json *json, uint8_t *out)
{
	do {
		TRY(peek(json, out));
		table_input_take(json->reader, 1);
	} while (is_blank(*out));
	return fault_none();
}

static struct fault token_want(struct json *json, uint8_t want, const char *otherwise)
{
	uint8_t octet = 0;

	TRY(token_next(json, &octet));
	return octet == want ? fault_none() : refuse(json, otherwise);
}

/* Behind the opening quote, to the closing one, which is taken too. */
static struct fault string_read(struct json *json, struct octets *out)
{
	uint32_t len = 0;
	uint8_t octet = 0;

	for (;;) {
		TRY(peek(json, &octet));
		if (octet == '\\' || octet < ' ' || octet > 126)
			return refuse(json, "a string here is only plain ASCII without escapes");
		table_input_take(json->reader, 1);
		if (octet == '"')
			break;
		if (len == STRING_OCTETS_MAX)
			return refuse(json, "a string is longer than 65,535 octets");
		json->string[len++] = octet;
	}
	*out = octets_of(json->string, len);
	return fault_none();
}

static struct fault path_read(struct json *json)
{
	struct table_reader *reader = json->reader;
	struct bgp_attrs *attrs = &reader->update.attrs;
	struct wr scratch = wr_of(reader->scratch, sizeof reader->scratch);
	struct octets text;

	TRY(token_want(json, '"', "an AS path in quotes is expected here"));
	TRY(string_read(json, &text));
	*attrs = (struct bgp_attrs){ .origin = BGP_ORIGIN_INCOMPLETE };
	if (!text_path(text, &scratch, &attrs->as_path) || failed(bgp_attrs_path_facts(attrs)))
		return refuse(json, "what ends here is not an AS path");
	TRY(table_peer_find(reader, &json->peer));
	json->route.peer = &reader->peers.list[json->peer.index];
	json->route.attrs = attrs;
	return table_emit(reader, &json->route);
}

static struct fault key_read(struct json *json)
{
	struct octets key;

	TRY(string_read(json, &key));
	if (json->level == 0) {
		json->reader->counts->records++;
		if (!text_prefix(json->reader, key, &json->route.prefix))
			return refuse(json, "what ends here is not a prefix like \"192.0.2.0/24\"");
	} else if (json->level == 1) {
		if (key.len_octets >= TABLE_COLLECTOR_MAX)
			return refuse(json, "the name of a collector is too long");
		json->peer = (struct table_peer){ 0 };
		mem_copy(json->peer.collector, key.at, key.len_octets);
	} else if (!decimal_read_u32(key, UINT32_MAX, &json->peer.asn)) {
		return refuse(json, "what ends here is not an AS number");
	}
	TRY(token_want(json, ':', "a ':' is expected here"));
	if (json->level == LEVEL_COUNT - 1) {
		json->expect = EXPECT_COMMA_OR_END;
		return path_read(json);
	}
	json->level++;
	json->expect = EXPECT_KEY_OR_END;
	return token_want(json, '{', "a '{' is expected here");
}

static struct fault step(struct json *json)
{
	uint8_t octet = 0;

	TRY(token_next(json, &octet));
	if (octet == '"' && json->expect != EXPECT_COMMA_OR_END)
		return key_read(json);
	if (octet == '}' && json->expect != EXPECT_KEY) {
		json->level--;
		json->expect = EXPECT_COMMA_OR_END;
		return fault_none();
	}
	if (octet == ',' && json->expect == EXPECT_COMMA_OR_END) {
		json->expect = EXPECT_KEY;
		return fault_none();
	}
	return refuse(json, json->expect == EXPECT_COMMA_OR_END ? "a ',' or '}' is expected here" :
								  "a key in quotes is expected "
								  "here");
}

static struct fault read_all(struct json *json)
{
	TRY(token_want(json, '{', "a '{' is expected here"));
	while (json->level >= 0)
		TRY(step(json));
	for (;;) {
		TRY(table_input_fill(json->reader, 1));
		struct octets octets = table_input_octets(json->reader);
		if (octets.len_octets == 0)
			return fault_none();
		if (!is_blank(octets.at[0]))
			return refuse(json, "something follows the end of the JSON");
		table_input_take(json->reader, 1);
	}
}

bool table_is_json(struct octets head)
{
	for (uint32_t i = 0; i < head.len_octets; i++) {
		if (!is_blank(head.at[i]))
			return head.at[i] == '{';
	}
	return false;
}

struct fault table_json_read(struct table_reader *reader)
{
	struct heap *heap = reader->request->heap;
	struct json *json = heap_zero(heap, sizeof *json);

	if (json == NULL)
		return table_out_of_memory(reader);
	json->reader = reader;
	struct fault fault = read_all(json);
	heap_free(heap, json, sizeof *json);
	return fault;
}
