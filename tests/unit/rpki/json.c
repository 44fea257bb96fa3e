/* unit/rpki/json.c — files of rpki-client and Routinator, and what is refused. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "kit/tap.h"
#include "rpki/json.h"

/* A text in pieces of a few octets: every boundary is met. */
struct text_source {
	struct source source;
	const char *text;
	size_t at;
	size_t step;
};

static struct fault text_read(struct source *source, uint8_t *out, uint32_t room_octets,
			      uint32_t *len_octets, struct complaints *complaints)
{
	union {
		struct source *source;
		struct text_source *text;
	} from = { .source = source };
	struct text_source *text = from.text;
	size_t left = strlen(text->text) - text->at;

	(void)complaints;
	*len_octets = (uint32_t)(left < text->step ? left : text->step);
	if (*len_octets > room_octets)
		*len_octets = room_octets;
	mem_copy(out, text->text + text->at, *len_octets);
	text->at += *len_octets;
	return fault_none();
}

static struct fault read_text(const char *text, size_t step, struct rpki_data **data,
			      struct complaints *complaints)
{
	struct text_source source = { .source = { .read = text_read }, .text = text, .step = step };
	struct heap heap = heap_libc();
	struct rpki_draft draft;

	*complaints = (struct complaints){ 0 };
	rpki_draft_init(&draft, &heap);
	struct fault fault = rpki_json_read("f.json", &source.source, &draft, complaints);
	if (!failed(fault))
		fault = rpki_data_make(&draft, data);
	rpki_draft_fini(&draft);
	expect_u64(heap.used_octets, 0);
	return fault;
}

static const char rpki_client[] =
	"{ \"metadata\": { \"buildtime\": \"2025\", \"tals\": [ [1], {\"asn\": \"x\"} ] },\n"
	" \"roas\": [\n"
	"  { \"asn\": 13335, \"prefix\": \"1.0.0.0/24\", \"maxLength\": 24, \"ta\": \"apnic\","
	" \"expires\": 1753453058 },\n"
	"  { \"asn\": 4294967295, \"prefix\": \"2001:db8::/32\", \"maxLength\": 48 } ],\n"
	" \"bgpsec_keys\": [ { \"asn\": 15562, \"ski\": \"5D41\", \"x\": null } ],\n"
	" \"aspas\": [ { \"customer_asid\": 945, \"expires\": 1, \"providers\": [ 1299, 6939 ] } "
	"],\n"
	" \"signedprefixlists\": [ ] }\n";

static const char routinator[] =
	"{\"metadata\":{\"generated\":1},\"roas\":[{\"asn\":\"AS13335\",\"prefix\":\"1.0.0.0/24\","
	"\"maxLength\":24,\"ta\":\"apnic\"},{\"asn\":\"AS4294967295\",\"prefix\":\"2001:db8::/32\","
	"\"maxLength\":48,\"ta\":\"x\"}],\"routerKeys\":[],\"aspas\":[{\"customer\":\"AS945\","
	"\"providers\":[\"AS1299\",\"AS6939\"],\"ta\":\"ripe\"}]}";

static void case_both(void)
{
	static const char *const texts[] = { rpki_client, routinator };
	struct complaints complaints;

	for (uint32_t i = 0; i < 2; i++) {
		for (size_t step = 1; step < 70; step += step < 8 ? 1 : 13) {
			struct rpki_data *data = NULL;
			struct prefix prefix;
			expect_true(!failed(read_text(texts[i], step, &data, &complaints)));
			expect_u64(rpki_vrp_count(data), 2);
			expect_u64(data->aspas.count, 1);
			expect_u64(data->aspas.entry[0].count, 2);
			expect_true(prefix_parse("2001:db8:1::/48", &prefix, NULL));
			expect_u64(rpki_origin(data, &prefix, UINT32_MAX, false), RPKI_VALID);
			rpki_data_unref(data);
		}
	}
}

/* Without a maximum it is the prefix's own length; without a list of ASPAs nothing is said of
 * paths. */
static void case_left_out(void)
{
	struct rpki_data *data = NULL;
	struct complaints complaints;

	expect_true(!failed(read_text("{\"roas\":[{\"prefix\":\"10.0.0.0/8\",\"asn\":0}]}", 4096,
				      &data, &complaints)));
	expect_u64(data->vrps[FAMILY_IPV4].len_bits_max[0], 8);
	expect_true(!data->has_aspas);
	rpki_data_unref(data);
	expect_true(!failed(read_text("{\"roas\":[]}", 4096, &data, &complaints)));
	expect_u64(rpki_vrp_count(data), 0);
	rpki_data_unref(data);
}

static const struct {
	const char *text;
	const char *said;
} refused[] = {
	{ "", "it is no JSON, or it is cut" },
	{ "[]", "it is no object" },
	{ "7", "it is no object" },
	{ "{}", "there is no list \"roas\"" },
	{ "{\"roas\":{}}", "are to be lists" },
	{ "{\"roas\":7}", "there is no list" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0/8\"}]", "it is cut" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0/8\"}]}}", "no JSON" },
	{ "{\"roas\":[],\"roas\":[]}", "stands twice" },
	{ "{\"roas\":[{\"asn\":1}]}", "no \"prefix\"" },
	{ "{\"roas\":[{\"prefix\":\"10.0.0.0/8\"}]}", "no \"asn\"" },
	{ "{\"roas\":[{\"asn\":-1,\"prefix\":\"10.0.0.0/8\"}]}", "\"asn\" is no AS number" },
	{ "{\"roas\":[{\"asn\":1.5,\"prefix\":\"10.0.0.0/8\"}]}", "\"asn\" is no AS number" },
	{ "{\"roas\":[{\"asn\":4294967296,\"prefix\":\"10.0.0.0/8\"}]}",
	  "\"asn\" is no AS number" },
	{ "{\"roas\":[{\"asn\":\"AS\",\"prefix\":\"10.0.0.0/8\"}]}", "\"asn\" is no AS number" },
	{ "{\"roas\":[{\"asn\":null,\"prefix\":\"10.0.0.0/8\"}]}", "\"asn\" is no AS number" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0\"}]}", "is none like" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0/33\"}]}", "is none like" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.1/8\"}]}", "bits behind" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":8}]}", "is a number" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0/8\",\"maxLength\":7}]}", "is shorter than" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0/8\",\"maxLength\":33}]}", "too long" },
	{ "{\"roas\":[{\"asn\":1,\"prefix\":\"10.0.0.0/8\",\"maxLength\":\"9\"}]}",
	  "is no length" },
	{ "{\"roas\":[],\"aspas\":[{\"customer\":1,\"providers\":[]}]}", "no providers" },
	{ "{\"roas\":[],\"aspas\":[{\"providers\":[1]}]}", "before their customer" },
	{ "{\"roas\":[],\"aspas\":[{\"customer\":1,\"providers\":[\"x\"]}]}", "provider is no AS" },
	{ "{\"roas\":[],\"aspas\":[{\"customer\":1,\"customer\":2,\"providers\":[1]}]}", "twice" },
	{ "{\"x\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", "too deep" },
};

static void case_refused(void)
{
	struct complaints complaints;

	for (uint32_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct rpki_data *data = NULL;
		tap_row(refused[i].text);
		expect_true(failed(read_text(refused[i].text, 5, &data, &complaints)));
		expect_u64(complaints.error_count, 1);
		expect_true(strstr(complaints.list[0].text, refused[i].said) != NULL);
		expect_true(strncmp(complaints.list[0].text, "f.json: ", 8) == 0);
	}
}

/* Cut anywhere it is refused. */
static void case_cut(void)
{
	struct complaints complaints;
	char text[sizeof routinator];

	for (size_t len = 0; len + 1 < sizeof routinator; len++) {
		struct rpki_data *data = NULL;
		mem_copy(text, routinator, len);
		text[len] = '\0';
		expect_true(failed(read_text(text, 4096, &data, &complaints)));
	}
}

/* A value that fits is taken; one that does not end is refused before it costs anything. */
static void case_endless(void)
{
	static const struct {
		const char *begin;
		char again;
	} rows[] = {
		{ "{\"roas\":[{\"prefix\":\"", 'x' },
		{ "{\"roas\":[{\"asn\":", '9' },
		{ "{\"metadata\":{\"", 'x' },
		{ "{\"roas\":[", ' ' },
	};
	static char text[16 * RPKI_JSON_VALUE_OCTETS_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct complaints complaints = { 0 };
		struct rpki_data *data = NULL;
		size_t len = strlen(rows[i].begin);
		tap_row(rows[i].begin);
		memset(text, rows[i].again, sizeof text - 1);
		mem_copy(text, rows[i].begin, len);
		expect_u64(read_text(text, 65536, &data, &complaints).kind, FAULT_LIMIT);
		expect_true(strstr(complaints.list[0].text, "without an end") != NULL);
	}
}

static const struct tap_case cases[] = {
	{ "rpki-client and Routinator", case_both, 0 },
	{ "what may be left out", case_left_out, 0 },
	{ "what is refused", case_refused, 0 },
	{ "cut anywhere", case_cut, 0 },
	{ "values without an end", case_endless, 0 },
};

TAP_MAIN(cases)
