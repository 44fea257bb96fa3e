/* cli/show_routes.c — routes held, and those refused, each told as it comes: nothing is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/book_text.h"
#include "cli/command.h"
#include "cli/route_text.h"
#include "cli/show_session.h"
#include "cli/values.h"
#include "net/asn.h"
#include "text/columns.h"

struct telling {
	struct desk *desk;
	bool as_json;
	bool has_full; /* the routes of this prefix come with all their attributes */
	struct prefix full;
	uint32_t exchange_asn;
	struct view_book book;
	uint64_t count;
	uint64_t row_count;
	struct json json;
	struct columns columns;
};

static const struct column route_columns[] = {
	{ "PREFIX", false },   { "MEMBER", false }, { "ADDRESS", false },
	{ "NEXT HOP", false }, { "STATUS", false }, { "AS PATH", false },
};

static void route_row(const struct view_route *route, struct columns *columns)
{
	char prefix[PREFIX_TEXT_MAX];
	char from[ADDRESS_TEXT_MAX];
	char next_hop[ADDRESS_TEXT_MAX];
	char path[ROUTE_PATH_TEXT_MAX];

	prefix_print(&route->prefix, prefix);
	address_print(&route->from, from);
	if (route->attrs.is_known)
		address_print(&route->attrs.next_hop, next_hop);
	else
		(void)snprintf(next_hop, sizeof next_hop, "-");
	route_path_print(route, path);
	bool is_same = address_compare(&route->from, &route->attrs.next_hop) == 0;
	columns_cell(columns, COLOUR_BOLD, "%s", prefix);
	columns_cell(columns, COLOUR_NONE, "AS%u", route->asn);
	columns_cell(columns, COLOUR_NONE, "%s", from);
	columns_cell(columns, is_same ? COLOUR_DIM : COLOUR_NONE, "%s", next_hop);
	if (route->reason != NULL)
		columns_cell(columns, COLOUR_RED, "refused: %s%s%s", route->reason,
			     route->attrs.is_known ? "" : ", ",
			     route->attrs.is_known ? "" : route->reason_detail);
	else
		columns_cell(columns, route_colour(route), "%s%s", route_status(route),
			     route->is_stale ? ", stale" : "");
	columns_cell(columns, COLOUR_NONE, "%s", path);
}

static void route_in_full(struct telling *telling, const struct view_route *route)
{
	struct text_sink out = telling->desk->out;
	bool has_colour = telling->desk->has_colour;
	char prefix[PREFIX_TEXT_MAX];
	char from[ADDRESS_TEXT_MAX];

	if (telling->count == 0) {
		prefix_print(&route->prefix, prefix);
		(void)text_put(out, "%s%s%s\n", colour_on(COLOUR_BOLD, has_colour), prefix,
			       colour_off(has_colour));
	}
	address_print(&route->from, from);
	(void)text_put(out, "  AS%u %s  %s%s%s%s", route->asn, from,
		       colour_on(route_colour(route), has_colour), route_status(route),
		       route->reason != NULL ? ": " : "",
		       route->reason != NULL ? route->reason : "");
	(void)text_put(out, "%s%s%s\n", colour_off(has_colour),
		       route->step != NULL ? "; behind the one before: " : "",
		       route->step != NULL ? route->step : "");
	if (route->reason != NULL) {
		struct view_ruling ruling = { route->clause, telling->book };
		char behind[VIEW_RULING_TEXT_MAX];
		view_ruling_print(&ruling, behind);
		(void)text_put(out, "      %s%s%s (%s)\n", route->reason_text,
			       route->reason_detail[0] != '\0' ? "  Found: " : "",
			       route->reason_detail, behind);
	}
	route_attributes_put(route, telling->exchange_asn, out);
}

/* Asked of the sink now and then: who has gone away needs no more. */
static bool route_tell(void *context, const struct view_route *route)
{
	struct telling *telling = context;

	if (telling->as_json) {
		json_object_open(&telling->json);
		json_route(&telling->json, route, &telling->book, telling->exchange_asn);
		json_object_close(&telling->json);
		telling->count++;
		return !telling->json.failed;
	}
	if (telling->has_full && prefix_equal(&telling->full, &route->prefix)) {
		route_in_full(telling, route);
	} else {
		if (telling->row_count++ == 0 && telling->count != 0)
			(void)text_put(telling->desk->out, "\nmore specific:\n");
		route_row(route, &telling->columns);
	}
	telling->count++;
	return !telling->columns.failed;
}

static bool telling_end(struct telling *telling)
{
	if (telling->as_json) {
		json_array_close(&telling->json);
		return json_done(&telling->json);
	}
	return telling->row_count == 0 || columns_end(&telling->columns);
}

static enum exit_code routes_tell(struct desk *desk, const struct arguments *arguments,
				  const struct serving_filter *filter)
{
	struct heap heap = heap_libc();
	struct telling telling = { .desk = desk,
				   .as_json = argument_yes(arguments, "json"),
				   .has_full = filter->has_prefix,
				   .full = filter->prefix,
				   .exchange_asn = desk->config->exchange.asn };

	serving_book(desk->serving, &telling.book);
	json_init(&telling.json, desk->out, 2);
	if (telling.as_json)
		json_array_open(&telling.json);
	columns_init(&telling.columns, &heap, desk->out, route_columns,
		     sizeof route_columns / sizeof *route_columns, desk->has_colour);
	columns_fit(&telling.columns, desk->columns);
	struct fault fault = serving_routes(desk->serving, filter, route_tell, &telling);
	bool ok = telling_end(&telling);
	columns_fini(&telling.columns);
	if (failed(fault))
		complain(desk->complaints, false, "out of memory");
	if (failed(fault) || !ok)
		return EXIT_COULD_NOT;
	if (telling.count == 0 && !telling.as_json)
		(void)text_put(desk->out, "no routes\n");
	return telling.count == 0 && (filter->has_prefix || filter->asn != 0) ? EXIT_FOUND :
										EXIT_DONE;
}

/* --- show routes ------------------------------------------------------------------------------ */

/* What holds the prefix where it is not held itself: said, so that nobody takes one for the
 * other. */
static enum exit_code longest_tell(struct desk *desk, const struct arguments *arguments,
				   struct serving_filter *filter, bool is_address)
{
	char asked[PREFIX_TEXT_MAX];
	char found[PREFIX_TEXT_MAX];
	bool as_json = argument_yes(arguments, "json");
	struct prefix longest;

	prefix_print(&filter->prefix, asked);
	if (!serving_longest(desk->serving, &filter->prefix, &longest))
		return routes_tell(desk, arguments, filter);
	prefix_print(&longest, found);
	if (!as_json && !is_address)
		(void)text_put(desk->out, "%s is not held; the longest that covers it is %s:\n\n",
			       asked, found);
	filter->prefix = longest;
	return routes_tell(desk, arguments, filter);
}

static bool one_is_enough(void *context, const struct view_route *route)
{
	bool *any = context;

	(void)route;
	*any = true;
	return false;
}

/* The prefix's own routes in full, then what lies in it. */
static enum exit_code prefix_tell(struct desk *desk, const struct arguments *arguments,
				  const struct serving_filter *filter)
{
	struct serving_filter exact = *filter;
	bool any = false;

	exact.is_exact = true;
	if (strchr(arguments->word[0], '/') == NULL)
		return longest_tell(desk, arguments, &exact, true);
	if (failed(serving_routes(desk->serving, filter, one_is_enough, &any)))
		complain(desk->complaints, false, "out of memory");
	return any ? routes_tell(desk, arguments, filter) :
		     longest_tell(desk, arguments, &exact, false);
}

static bool family_take(struct desk *desk, const struct arguments *arguments,
			struct serving_filter *out)
{
	const char *text = argument_of(arguments, "family");

	if (text == NULL)
		return true;
	out->has_family = true;
	out->family = strcmp(text, "ipv6") == 0 ? FAMILY_IPV6 : FAMILY_IPV4;
	if (strcmp(text, "ipv6") != 0 && strcmp(text, "ipv4") != 0)
		complain(desk->complaints, false, "--family takes ipv4 or ipv6, not \"%s\"", text);
	return desk->complaints->error_count == 0;
}

enum exit_code command_show_routes(struct desk *desk, const struct arguments *arguments)
{
	const char *word = arguments->word_count != 0 ? arguments->word[0] : NULL;
	struct serving_filter filter = { 0 };
	bool had_host_bits = false;

	if (!family_take(desk, arguments, &filter))
		return EXIT_COULD_NOT;
	if (word == NULL)
		return routes_tell(desk, arguments, &filter);
	if (asn_parse(word, &filter.asn))
		return member_is_here(desk, "", filter.asn) ?
			       routes_tell(desk, arguments, &filter) :
			       EXIT_COULD_NOT;
	filter.has_prefix = prefix_parse(word, &filter.prefix, &had_host_bits);
	if (!filter.has_prefix)
		complain(desk->complaints, false,
			 "\"%s\" is no prefix such as 203.0.113.0/24, no address and no AS number",
			 word);
	else if (had_host_bits)
		complain(desk->complaints, true, "%s has bits behind its length; they are left out",
			 word);
	return filter.has_prefix ? prefix_tell(desk, arguments, &filter) : EXIT_COULD_NOT;
}

/* --- show rejected ---------------------------------------------------------------------------- */

static const struct column reason_columns[] = {
	{ "REASON", false }, { "ROUTES", true },   { "MEMBERS", true },
	{ "CLAUSE", false }, { "MEANING", false },
};

static const struct column refusal_columns[] = {
	{ "MEMBER", false },
	{ "ROUTES", true },
	{ "REASON", false },
};

struct refusal_list {
	struct view_refusals *item;
	uint32_t count;
	uint32_t room;
};

/* Of all members. */
struct reason_sum {
	const struct view_refusals *first;
	uint64_t routes;
	uint32_t members;
};

static int by_routes(const void *a, const void *b)
{
	const struct reason_sum *x = a;
	const struct reason_sum *y = b;

	if (x->routes != y->routes)
		return x->routes > y->routes ? -1 : 1;
	return strcmp(x->first->reason, y->first->reason);
}

/* Clauses are of this version. */
static bool book_put(const struct desk *desk)
{
	struct view_book book;
	char text[BOOK_TEXT_MAX];

	serving_book(desk->serving, &book);
	book_print(&book, text);
	return text_put(desk->out, "\nclauses of %s\n", text);
}

/* The most frequent first; their number. */
static uint32_t reasons_sum(const struct refusal_list *list, struct reason_sum sum[VIEW_CHECKS_MAX])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t at = 0;
		while (at < count && sum[at].first->reason != list->item[i].reason)
			at++;
		if (at == VIEW_CHECKS_MAX)
			continue;
		if (at == count)
			sum[count++] = (struct reason_sum){ .first = &list->item[i] };
		sum[at].routes += list->item[i].count;
		sum[at].members++;
	}
	qsort(sum, count, sizeof *sum, by_routes);
	return count;
}

static void reason_row(const struct reason_sum *sum, struct columns *columns)
{
	char number[VALUE_TEXT_MAX];

	value_count_print(sum->routes, number);
	columns_cell(columns, COLOUR_RED, "%s", sum->first->reason);
	columns_cell(columns, COLOUR_NONE, "%s", number);
	columns_cell(columns, COLOUR_NONE, "%u", sum->members);
	columns_cell(columns, COLOUR_NONE, "%s", sum->first->clause.number);
	columns_cell(columns, COLOUR_DIM, "%s", sum->first->text);
}

static bool refusals_print(struct desk *desk, const struct refusal_list *list)
{
	struct heap heap = heap_libc();
	struct columns reasons CLEAN(columns_fini) = { 0 };
	struct columns members CLEAN(columns_fini) = { 0 };
	struct reason_sum sum[VIEW_CHECKS_MAX];

	if (list->count == 0)
		return text_put(desk->out, "no route is refused\n");
	columns_init(&reasons, &heap, desk->out, reason_columns,
		     sizeof reason_columns / sizeof *reason_columns, desk->has_colour);
	columns_fit(&reasons, desk->columns);
	uint32_t reason_count = reasons_sum(list, sum);
	for (uint32_t i = 0; i < reason_count; i++)
		reason_row(&sum[i], &reasons);
	bool ok = columns_end(&reasons) && text_put(desk->out, "\n");
	columns_init(&members, &heap, desk->out, refusal_columns,
		     sizeof refusal_columns / sizeof *refusal_columns, desk->has_colour);
	for (uint32_t i = 0; i < list->count; i++) {
		char number[VALUE_TEXT_MAX];
		value_count_print(list->item[i].count, number);
		columns_cell(&members, COLOUR_BOLD, "AS%u", list->item[i].asn);
		columns_cell(&members, COLOUR_NONE, "%s", number);
		columns_cell(&members, COLOUR_NONE, "%s", list->item[i].reason);
	}
	return columns_end(&members) && ok && book_put(desk) &&
	       text_put(desk->out, "plenum show rejected AS lists a member's routes\n");
}

static bool refusals_json(struct desk *desk, const struct refusal_list *list)
{
	struct json json;
	struct view_book book;

	serving_book(desk->serving, &book);
	json_init(&json, desk->out, 2);
	json_array_open(&json);
	for (uint32_t i = 0; i < list->count; i++) {
		json_object_open(&json);
		json_field_u64(&json, "asn", list->item[i].asn);
		json_field_text(&json, "reason", list->item[i].reason);
		json_field_text(&json, "reason_text", list->item[i].text);
		json_refusal(&json, &list->item[i].clause, &book);
		json_field_u64(&json, "routes", list->item[i].count);
		json_object_close(&json);
	}
	json_array_close(&json);
	return json_done(&json);
}

/* A member's refused routes, then what the reasons among them mean. */
static enum exit_code rejected_of_member(struct desk *desk, const struct arguments *arguments,
					 const struct refusal_list *list, uint32_t asn)
{
	struct serving_filter filter = { .asn = asn, .refused_only = true };

	if (list->count == 0 && !argument_yes(arguments, "json")) {
		(void)text_put(desk->out, "no route of AS%u is refused\n", asn);
		return EXIT_DONE;
	}
	enum exit_code code = routes_tell(desk, arguments, &filter);
	if (code == EXIT_COULD_NOT || argument_yes(arguments, "json"))
		return code == EXIT_COULD_NOT || list->count != 0 ? code : EXIT_DONE;
	(void)text_put(desk->out, "\n");
	for (uint32_t i = 0; i < list->count; i++)
		(void)text_put(desk->out, "%s: %s  Clause %s: %s\n", list->item[i].reason,
			       list->item[i].text, list->item[i].clause.number,
			       list->item[i].clause.text);
	(void)book_put(desk);
	(void)text_put(desk->out, "plenum explain PREFIX --from AS%u says what was found\n", asn);
	return code;
}

enum exit_code command_show_rejected(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct refusal_list list = { 0 };
	uint32_t asn = 0;
	enum exit_code code = EXIT_COULD_NOT;

	if (arguments->word_count != 0 && (!value_asn(arguments->word[0], &asn, desk->complaints) ||
					   !member_is_here(desk, "", asn)))
		return EXIT_COULD_NOT;
	struct fault fault = serving_refusals(desk->serving, asn, &heap, &list.item, &list.count,
					      &list.room);
	if (failed(fault))
		complain(desk->complaints, false, "out of memory");
	else if (asn != 0)
		code = rejected_of_member(desk, arguments, &list, asn);
	else if (argument_yes(arguments, "json") ? refusals_json(desk, &list) :
						   refusals_print(desk, &list))
		code = EXIT_DONE;
	if (code != EXIT_COULD_NOT && list.count != 0)
		code = EXIT_FOUND;
	heap_free(&heap, list.item, list.room * sizeof *list.item);
	return code;
}
