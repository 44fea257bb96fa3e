/* cli/explain_json.c — an explanation for programs. */
#include "cli/book_text.h"
#include "cli/explaining.h"
#include "cli/route_text.h"
#include "cli/values.h"

static void json_check(struct json *json, const char *name, const char *text, bool passed,
		       const char *clause, const char *detail)
{
	json_object_open(json);
	json_field_text(json, "name", name);
	json_field_bool(json, "passed", passed);
	json_field_text(json, "text", passed ? NULL : text);
	json_field_text(json, "clause", clause[0] != '\0' ? clause : NULL);
	json_field_text(json, "detail", detail[0] != '\0' ? detail : NULL);
	json_object_close(json);
}

static void json_candidate(struct json *json, const struct view_candidate *candidate,
			   const struct view_book *book, uint32_t exchange_asn)
{
	json_object_open(json);
	json_route(json, &candidate->route, book, exchange_asn);
	json_field_bool(json, "blackhole", candidate->is_blackhole);
	json_field_bool(json, "graceful_shutdown", candidate->is_graceful_shutdown);
	json_field_array(json, "checks");
	if (explain_other_reason(candidate) != NULL)
		json_check(json, candidate->route.reason, candidate->route.reason_text, false,
			   candidate->route.clause.number, "");
	for (uint32_t i = 0; i < candidate->check_count; i++) {
		const struct view_check *check = &candidate->check[i];
		json_check(json, check->name, check->text, check->passed, check->clause,
			   check->detail);
	}
	json_array_close(json);
	json_object_close(json);
}

static void json_receiver(struct json *json, const struct view_explain *explain,
			  const struct view_receiver *receiver)
{
	bool is_up = receiver->is_established && receiver->has_family;
	bool has_route = is_up && receiver->given_count != 0;
	char address[ADDRESS_TEXT_MAX];
	char why[EXPLAIN_WHY_MAX];

	json_object_open(json);
	json_field_u64(json, "asn", receiver->asn);
	json_field_text(json, "name", receiver->name);
	json_field_address(json, "address", &receiver->address);
	json_field_bool(json, "established", receiver->is_established);
	json_field_bool(json, "agreed", receiver->has_family);
	json_field_u64(json, "routes", is_up ? receiver->given_count : 0);
	json_key(json, "rank");
	if (has_route)
		json_u64(json, explain->candidate[receiver->given_first].route.rank);
	else
		json_none(json);
	json_key(json, "from_asn");
	if (has_route)
		json_u64(json, explain->candidate[receiver->given_first].route.asn);
	else
		json_none(json);
	json_field_u64(json, "prepended", has_route ? receiver->prepend_count : 0);
	json_key(json, "next_hop");
	if (has_route) {
		address_print(&receiver->next_hop, address);
		json_text(json, address);
	} else {
		json_none(json);
	}
	json_field_bool(json, "next_hop_translated", has_route && receiver->translates_next_hop);
	json_field_bool(json, "no_export_added", has_route && receiver->adds_no_export);
	explain_why_print(receiver, why);
	if (!receiver->is_established)
		json_field_text(json, "why_not_the_best", "the session is down");
	else if (!receiver->has_family)
		json_field_text(json, "why_not_the_best",
				"the session did not agree on the family");
	else
		json_field_text(json, "why_not_the_best", receiver->why_not != NULL ? why : NULL);
	json_object_close(json);
}

bool explain_json(const struct explaining *explaining)
{
	const struct view_explain *explain = explaining->explain;
	bool is_held = explain->candidate_count != 0;
	struct view_book book;
	struct json json;

	json_init(&json, explaining->desk->out, 2);
	json_object_open(&json);
	json_field_prefix(&json, "asked", &explain->asked);
	if (is_held)
		json_field_prefix(&json, "prefix", &explain->prefix);
	else
		json_field_text(&json, "prefix", NULL);
	serving_book(explaining->desk->serving, &book);
	json_book(&json, "rules", &book);
	json_field_array(&json, "candidates");
	for (uint32_t i = 0; i < explain->candidate_count; i++) {
		if (explain_wants_candidate(explaining, &explain->candidate[i]))
			json_candidate(&json, &explain->candidate[i], &book,
				       explaining->desk->config->exchange.asn);
	}
	json_array_close(&json);
	json_field_array(&json, "receivers");
	for (uint32_t i = 0; i < explain->receiver_count; i++) {
		if ((explaining->to_asn != 0 || explain_any_candidate(explaining)) &&
		    explain_wants_receiver(explaining, &explain->receiver[i]))
			json_receiver(&json, explain, &explain->receiver[i]);
	}
	json_array_close(&json);
	json_object_close(&json);
	return json_done(&json);
}
