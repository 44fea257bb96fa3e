/* cli/rules_dry_run.c — what a rule book would change of the routes that are held. */
#include <stdio.h>

#include "cli/rules.h"
#include "cli/values.h"
#include "text/columns.h"
#include "view/foresight.h"

static const struct column change_columns[] = {
	{ "MEMBER", false }, { "ROUTES", true },       { "NOW", false },
	{ "THEN", false },   { "FOR EXAMPLE", false },
};

static const char *word_of(const char *reason, const char *clause, char out[VALUE_TEXT_MAX])
{
	if (reason == NULL)
		return "accepted";
	(void)snprintf(out, VALUE_TEXT_MAX, "%s (%s)", reason, clause);
	return out;
}

static void samples_print(const struct view_foreseen *row, char *out, size_t room)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < row->sample_count && len < room; i++) {
		char prefix[PREFIX_TEXT_MAX];
		prefix_print(&row->sample[i], prefix);
		len += (size_t)snprintf(out + len, room - len, "%s%s", i == 0 ? "" : ", ", prefix);
	}
}

static bool foresight_print(struct desk *desk, const struct view_foresight *foresight)
{
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };
	char routes[VALUE_TEXT_MAX];
	char refused[VALUE_TEXT_MAX];
	char accepted[VALUE_TEXT_MAX];
	char moved[VALUE_TEXT_MAX];

	value_count_print(foresight->route_count, routes);
	value_count_print(foresight->refused, refused);
	value_count_print(foresight->accepted, accepted);
	value_count_print(foresight->moved, moved);
	(void)text_put(desk->out,
		       "%s route%s held; %s would be refused, %s let in, %s refused by another "
		       "clause (%lld ms)\n",
		       routes, value_plural(foresight->route_count), refused, accepted, moved,
		       (long long)(foresight->took.ns / NS_PER_MS));
	if (foresight->row_count == 0)
		return text_put(desk->out, "no route would be judged otherwise\n");
	(void)text_put(desk->out, "\n");
	columns_init(&columns, &heap, desk->out, change_columns,
		     sizeof change_columns / sizeof *change_columns, desk->has_colour);
	columns_fit(&columns, desk->columns);
	for (uint32_t i = 0; i < foresight->row_count; i++) {
		const struct view_foreseen *row = &foresight->row[i];
		char samples[VIEW_SAMPLES_MAX * (PREFIX_TEXT_MAX + 2)];
		char now[VALUE_TEXT_MAX];
		char then[VALUE_TEXT_MAX];
		samples_print(row, samples, sizeof samples);
		value_count_print(row->count, routes);
		columns_cell(&columns, COLOUR_BOLD, "AS%u", row->asn);
		columns_cell(&columns, COLOUR_NONE, "%s", routes);
		columns_cell(&columns, COLOUR_NONE, "%s",
			     word_of(row->before, row->clause_before, now));
		columns_cell(&columns, row->after == NULL ? COLOUR_GREEN : COLOUR_RED, "%s",
			     word_of(row->after, row->clause_after, then));
		columns_cell(&columns, COLOUR_DIM, "%s", samples);
	}
	return columns_end(&columns);
}

static void json_side(struct json *json, const char *name, const char *reason, const char *clause)
{
	json_field_object(json, name);
	json_field_text(json, "reason", reason);
	json_field_text(json, "clause", reason != NULL ? clause : NULL);
	json_object_close(json);
}

static bool foresight_json(struct desk *desk, const struct view_foresight *foresight,
			   const struct plan *plan, const struct session_list *list,
			   uint32_t *limits)
{
	struct json json;

	json_init(&json, desk->out, 2);
	json_object_open(&json);
	json_field_u64(&json, "routes", foresight->route_count);
	json_field_u64(&json, "refused", foresight->refused);
	json_field_u64(&json, "accepted", foresight->accepted);
	json_field_u64(&json, "other_clause", foresight->moved);
	json_field_decimal(&json, "took_s", foresight->took.ns / NS_PER_US, 6);
	json_field_array(&json, "changes");
	for (uint32_t i = 0; i < foresight->row_count; i++) {
		const struct view_foreseen *row = &foresight->row[i];
		json_object_open(&json);
		json_field_u64(&json, "asn", row->asn);
		json_side(&json, "now", row->before, row->clause_before);
		json_side(&json, "then", row->after, row->clause_after);
		json_field_u64(&json, "routes", row->count);
		json_field_array(&json, "samples");
		for (uint32_t j = 0; j < row->sample_count; j++) {
			char prefix[PREFIX_TEXT_MAX];
			prefix_print(&row->sample[j], prefix);
			json_text(&json, prefix);
		}
		json_array_close(&json);
		json_object_close(&json);
	}
	json_array_close(&json);
	*limits = rules_limits_json(&json, plan, list);
	json_object_close(&json);
	return json_done(&json);
}

static enum exit_code dry_run(struct desk *desk, const struct arguments *arguments,
			      const struct rulebook *book)
{
	struct view_foresight foresight CLEAN(view_foresight_fini) = { .heap = heap_libc() };
	struct session_list list CLEAN(sessions_free) = { .heap = heap_libc() };
	struct plan *plan = NULL;
	uint32_t limits = 0;
	bool is_put = false;
	struct fault fault = registry_plan_under(desk->store, &desk->config->exchange, book, &plan);

	if (failed(fault))
		return rules_store_failed(desk, fault);
	fault = serving_foresee(desk->serving, plan, &foresight);
	if (failed(fault))
		complain(desk->complaints, false, "out of memory");
	else if (sessions_ask(desk, &list) && argument_yes(arguments, "json"))
		is_put = foresight_json(desk, &foresight, plan, &list, &limits);
	else if (list.session != NULL) {
		is_put = foresight_print(desk, &foresight) &&
			 rules_limits_print(desk, plan, &list, &limits);
	}
	plan_unref(plan);
	if (!is_put)
		return EXIT_COULD_NOT;
	return foresight.row_count + limits != 0 ? EXIT_FOUND : EXIT_DONE;
}

enum exit_code command_rules_dry_run(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	enum exit_code code = EXIT_COULD_NOT;

	if (book == NULL)
		complain(desk->complaints, false, "out of memory");
	else if (rules_file_read(desk, arguments->word[0], book))
		code = dry_run(desk, arguments, book);
	heap_free(&heap, book, sizeof *book);
	return code;
}
