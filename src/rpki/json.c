/* rpki/json.c — events of yajl made records.
 *
 * States: how deep, and the name that was last said at each depth.  Depth 1 is the document; what
 * counts lies in the lists "roas" and "aspas" (2), whose objects (3) are the records, and in the
 * list "providers" of one (4). */
#include "rpki/json.h"

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "net/asn.h"

#define INPUT_OCTETS 65536u
#define NAME_MAX_OCTETS 32u

enum place {
	PLACE_ELSEWHERE = 0,
	PLACE_ROA,       /* in an object of "roas" */
	PLACE_ASPA,      /* in one of "aspas" */
	PLACE_PROVIDERS, /* in the list of one */
};

enum depth { DEPTH_DOCUMENT = 1, DEPTH_LIST, DEPTH_RECORD, DEPTH_PROVIDERS };

struct json {
	struct rpki_draft *draft;
	const char *file;
	struct complaints *complaints;
	struct fault fault;
	const char *what; /* is wrong; NULL = nothing */
	uint32_t depth;
	char name[DEPTH_PROVIDERS + 1][NAME_MAX_OCTETS]; /* by depth; cut */
	bool has_roas;
	uint64_t record_count;
	uint64_t event_count;
	/* Of the record at hand. */
	struct vrp vrp;
	bool has_asn;
	bool has_prefix;
	bool has_max;
	bool has_customer;
	bool has_providers;
	uint32_t provider_count;
	uint8_t input[INPUT_OCTETS];
};

static int refuse(struct json *json, enum fault_kind kind, const char *what)
{
	json->fault = fault_of(kind, 0);
	json->what = what;
	return 0;
}

static bool name_is(const struct json *json, uint32_t depth, const char *name)
{
	return strcmp(json->name[depth], name) == 0;
}

static enum place place_of(const struct json *json)
{
	if (json->depth == DEPTH_RECORD && name_is(json, DEPTH_DOCUMENT, "roas"))
		return PLACE_ROA;
	if (!name_is(json, DEPTH_DOCUMENT, "aspas"))
		return PLACE_ELSEWHERE;
	if (json->depth == DEPTH_RECORD)
		return PLACE_ASPA;
	return json->depth == DEPTH_PROVIDERS && name_is(json, DEPTH_RECORD, "providers") ?
		       PLACE_PROVIDERS :
		       PLACE_ELSEWHERE;
}

/* --- values ----------------------------------------------------------------------------------- */

static int prefix_take(struct json *json, const char *text, size_t len)
{
	char copy[PREFIX_TEXT_MAX];
	bool had_host_bits = false;

	if (len >= sizeof copy || memchr(text, '/', len) == NULL)
		return refuse(json, FAULT_MALFORMED, "\"prefix\" is none like 203.0.113.0/24");
	mem_copy(copy, text, len);
	copy[len] = '\0';
	json->has_prefix = prefix_parse(copy, &json->vrp.prefix, &had_host_bits);
	if (!json->has_prefix || had_host_bits)
		return refuse(json, FAULT_MALFORMED,
			      had_host_bits ? "\"prefix\" has bits behind its length" :
					      "\"prefix\" is none like 203.0.113.0/24");
	return 1;
}

static int provider_take(struct json *json, const char *text, size_t len)
{
	uint32_t asn = 0;

	if (!asn_read(octets_of(text, (uint32_t)len), &asn))
		return refuse(json, FAULT_MALFORMED, "a provider is no AS number");
	json->provider_count++;
	if (!json->has_customer)
		return refuse(json, FAULT_MALFORMED, "the providers stand before their customer");
	return failed(aspa_list_provider(&json->draft->aspas, asn)) ?
		       refuse(json, FAULT_LIMIT, "too many providers, or no memory for them") :
		       1;
}

static int customer_take(struct json *json, const char *text, size_t len)
{
	uint32_t asn = 0;

	if (json->has_customer || !asn_read(octets_of(text, (uint32_t)len), &asn) || asn == 0)
		return refuse(json, FAULT_MALFORMED,
			      "the customer is no AS number, or named twice");
	json->has_customer = true;
	return failed(aspa_list_begin(&json->draft->aspas, asn)) ?
		       refuse(json, FAULT_LIMIT, "too many ASPAs, or no memory for them") :
		       1;
}

static int roa_value(struct json *json, const char *text, size_t len, bool is_number)
{
	uint32_t max = 0;

	if (name_is(json, DEPTH_RECORD, "asn")) {
		json->has_asn = asn_read(octets_of(text, (uint32_t)len), &json->vrp.asn);
		return json->has_asn ? 1 : refuse(json, FAULT_MALFORMED, "\"asn\" is no AS number");
	}
	if (name_is(json, DEPTH_RECORD, "prefix"))
		return is_number ? refuse(json, FAULT_MALFORMED, "\"prefix\" is a number") :
				   prefix_take(json, text, len);
	if (name_is(json, DEPTH_RECORD, "maxLength")) {
		json->has_max = is_number &&
				decimal_read_u32(octets_of(text, (uint32_t)len), 128, &max);
		json->vrp.len_bits_max = (uint8_t)max;
		return json->has_max ? 1 :
				       refuse(json, FAULT_MALFORMED, "\"maxLength\" is no length");
	}
	return 1;
}

static int value(struct json *json, const char *text, size_t len, bool is_number)
{
	json->event_count++;
	switch (place_of(json)) {
	case PLACE_ROA:
		return roa_value(json, text, len, is_number);
	case PLACE_ASPA:
		if (name_is(json, DEPTH_RECORD, "customer_asid") ||
		    name_is(json, DEPTH_RECORD, "customer"))
			return customer_take(json, text, len);
		return name_is(json, DEPTH_RECORD, "providers") ?
			       refuse(json, FAULT_MALFORMED, "\"providers\" is no list") :
			       1;
	case PLACE_PROVIDERS:
		return provider_take(json, text, len);
	case PLACE_ELSEWHERE:
		break;
	}
	return json->depth == 0 ? refuse(json, FAULT_MALFORMED, "it is no object") : 1;
}

/* --- events ----------------------------------------------------------------------------------- */

static int on_number(void *context, const char *text, size_t len)
{
	return value(context, text, len, true);
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
	union {
		const unsigned char *octets;
		const char *text;
	} from = { .octets = text };

	return value(context, from.text, len, false);
}

/* No field that counts is null, true or false. */
static int on_null(void *context)
{
	return value(context, "", 0, false);
}

static int on_boolean(void *context, int is_true)
{
	(void)is_true;
	return value(context, "", 0, false);
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
	struct json *json = context;

	json->event_count++;
	if (json->depth > DEPTH_PROVIDERS)
		return 1;
	size_t kept = len < NAME_MAX_OCTETS ? len : NAME_MAX_OCTETS - 1;
	mem_copy(json->name[json->depth], text, kept);
	json->name[json->depth][kept] = '\0';
	if (json->depth == DEPTH_RECORD && name_is(json, DEPTH_RECORD, "providers"))
		json->has_providers = true;
	return 1;
}

static int deeper(struct json *json)
{
	json->event_count++;
	if (json->depth == RPKI_JSON_DEPTH_MAX)
		return refuse(json, FAULT_LIMIT, "collections lie too deep in each other");
	json->depth++;
	if (json->depth <= DEPTH_PROVIDERS)
		json->name[json->depth][0] = '\0';
	return 1;
}

static int on_object(void *context)
{
	struct json *json = context;

	if (deeper(json) == 0)
		return 0;
	enum place place = place_of(json);
	if (place == PLACE_ROA || place == PLACE_ASPA) {
		json->record_count++;
		json->has_asn = json->has_prefix = json->has_max = false;
		json->has_customer = json->has_providers = false;
		json->provider_count = 0;
	}
	if (json->depth == DEPTH_LIST &&
	    (name_is(json, DEPTH_DOCUMENT, "roas") || name_is(json, DEPTH_DOCUMENT, "aspas")))
		return refuse(json, FAULT_MALFORMED, "\"roas\" and \"aspas\" are to be lists");
	return 1;
}

static int on_array(void *context)
{
	struct json *json = context;

	if (json->depth == 0)
		return refuse(json, FAULT_MALFORMED, "it is no object");
	if (json->depth == DEPTH_DOCUMENT && name_is(json, DEPTH_DOCUMENT, "roas")) {
		if (json->has_roas)
			return refuse(json, FAULT_MALFORMED, "\"roas\" stands twice");
		json->has_roas = true;
	}
	if (json->depth == DEPTH_DOCUMENT && name_is(json, DEPTH_DOCUMENT, "aspas"))
		json->draft->has_aspas = true;
	return deeper(json);
}

static int on_array_end(void *context)
{
	struct json *json = context;

	json->event_count++;
	json->depth--;
	return 1;
}

static int roa_end(struct json *json)
{
	struct vrp *vrp = &json->vrp;

	if (!json->has_asn || !json->has_prefix)
		return refuse(json, FAULT_MALFORMED, "a ROA has no \"asn\" or no \"prefix\"");
	if (!json->has_max)
		vrp->len_bits_max = vrp->prefix.len_bits;
	if (vrp->len_bits_max < vrp->prefix.len_bits ||
	    vrp->len_bits_max > prefix_bits_max((enum family)vrp->prefix.family))
		return refuse(json, FAULT_MALFORMED,
			      "\"maxLength\" is shorter than its prefix, or too long for it");
	return failed(rpki_draft_vrp(json->draft, vrp)) ?
		       refuse(json, FAULT_LIMIT, "too many ROAs, or no memory for them") :
		       1;
}

static int on_object_end(void *context)
{
	struct json *json = context;
	enum place place = place_of(json);

	json->event_count++;
	if (place == PLACE_ROA && roa_end(json) == 0)
		return 0;
	/* AS 0 alone says that there is none; an empty list says nothing. */
	if (place == PLACE_ASPA && (!json->has_customer || json->provider_count == 0))
		return refuse(json, FAULT_MALFORMED, "an ASPA has no customer or no providers");
	json->depth--;
	return 1;
}

/* --- the stream ------------------------------------------------------------------------------- */

static struct fault say(struct json *json, yajl_handle handle, uint64_t at_octet)
{
	uint64_t octet = at_octet + yajl_get_bytes_consumed(handle);

	if (json->what == NULL) {
		json->what = "it is no JSON, or it is cut";
		json->fault = fault_of(FAULT_MALFORMED, 0);
	}
	complain(json->complaints, false, "%s: octet %llu, record %llu: %s", json->file,
		 (unsigned long long)octet, (unsigned long long)json->record_count, json->what);
	return json->fault;
}

/* The library gathers a value that goes on from piece to piece, and looks through all of it again
 * with each: a long one would take it hours.  False: it is too long. */
static bool goes_on(struct json *json, uint32_t len, uint64_t *events_before, uint32_t *quiet)
{
	*quiet = json->event_count == *events_before ? *quiet + len : 0;
	*events_before = json->event_count;
	return *quiet <= RPKI_JSON_VALUE_OCTETS_MAX;
}

static struct fault parse(struct json *json, yajl_handle handle, struct source *source)
{
	uint64_t at_octet = 0;
	uint64_t events_before = 0;
	uint32_t quiet = 0;
	uint32_t len = 0;

	do {
		TRY(source->read(source, json->input, sizeof json->input, &len, json->complaints));
		yajl_status status = len == 0 ? yajl_complete_parse(handle) :
						yajl_parse(handle, json->input, len);
		if (status != yajl_status_ok)
			return say(json, handle, at_octet);
		at_octet += len;
		bool is_short = goes_on(json, len, &events_before, &quiet);
		if (!is_short || at_octet > RPKI_JSON_OCTETS_MAX) {
			(void)refuse(json, FAULT_LIMIT,
				     is_short ? "the file is too large" :
						"a value, or blanks, without an end");
			return say(json, handle, at_octet);
		}
	} while (len != 0);
	if (!json->has_roas) {
		complain(
			json->complaints, false,
			"%s: there is no list \"roas\" in it: it is not the JSON of rpki-client or "
			"Routinator",
			json->file);
		return fault_of(FAULT_MALFORMED, 0);
	}
	return fault_none();
}

struct fault rpki_json_read(const char *file, struct source *source, struct rpki_draft *draft,
			    struct complaints *complaints)
{
	static const yajl_callbacks callbacks = { .yajl_null = on_null,
						  .yajl_boolean = on_boolean,
						  .yajl_number = on_number,
						  .yajl_string = on_string,
						  .yajl_start_map = on_object,
						  .yajl_map_key = on_key,
						  .yajl_end_map = on_object_end,
						  .yajl_start_array = on_array,
						  .yajl_end_array = on_array_end };
	struct heap heap = heap_libc();
	struct json *json = heap_zero(&heap, sizeof *json);
	yajl_handle handle = json == NULL ? NULL : yajl_alloc(&callbacks, NULL, json);
	struct fault fault = fault_of(FAULT_LIMIT, 0);

	if (handle == NULL) {
		complain(complaints, false, "%s: out of memory", file);
	} else {
		json->draft = draft;
		json->file = file;
		json->complaints = complaints;
		fault = parse(json, handle, source);
		yajl_free(handle);
	}
	heap_free(&heap, json, sizeof *json);
	return fault;
}
