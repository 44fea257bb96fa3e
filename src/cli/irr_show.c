/* cli/irr_show.c — plenum irr show: from the files of the directory. */
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "cli/irr.h"
#include "cli/values.h"
#include "text/columns.h"

struct shown {
	const struct irr_item *item;
	char names[REGISTRY_TEXT_MAX]; /* that are asked for now */
	bool is_in_force;
	bool is_spoilt; /* its file is not as it was written */
	bool is_held;
	bool has_failed;
	struct irr_kept kept;
	struct irr_kept held;
	char failure[IRR_WHY_MAX];
	struct wall failed_at;
};

static void shown_fini(struct shown *shown)
{
	irr_kept_fini(&shown->kept);
	irr_kept_fini(&shown->held);
}

static void shown_read(const struct desk *desk, const struct irr_item *item, struct shown *out)
{
	*out = (struct shown){ .item = item };
	irr_names_of(item->asn, item->as_macro, out->names);
	struct fault fault = irr_kept_read(desk->directory, item->asn, IRR_FILE_IN_FORCE,
					   &out->kept);
	out->is_in_force = !failed(fault);
	out->is_spoilt = failed(fault) && fault.kind != FAULT_ABSENT;
	out->is_held = !failed(
		irr_kept_read(desk->directory, item->asn, IRR_FILE_HELD, &out->held));
	out->has_failed = irr_failure_of(desk->directory, item->asn, out->failure, &out->failed_at);
}

static bool is_well(const struct shown *shown)
{
	return shown->is_in_force && !shown->is_held && !shown->has_failed;
}

static const char *state_of(const struct shown *shown)
{
	return shown->is_held     ? "held back" :
	       shown->has_failed  ? "failed" :
	       shown->is_spoilt   ? "file damaged" :
	       shown->is_in_force ? "in force" :
				    "never heard";
}

static void wall_cell(struct columns *columns, const struct shown *shown)
{
	char text[UTC_TEXT_MAX] = "-";

	if (shown->is_in_force)
		utc_print(shown->kept.at, text);
	columns_cell(columns, COLOUR_DIM, "%s", text);
}

static void row_print(const struct shown *shown, struct columns *columns)
{
	const struct irr_set *set = shown->kept.set;

	columns_cell(columns, COLOUR_BOLD, "AS%u", shown->item->asn);
	columns_cell(columns, COLOUR_NONE, "%s", shown->names);
	columns_cell(columns, COLOUR_NONE, "%u", set != NULL ? set->counts[FAMILY_IPV4] : 0);
	columns_cell(columns, COLOUR_NONE, "%u", set != NULL ? set->counts[FAMILY_IPV6] : 0);
	columns_cell(columns, COLOUR_NONE, "%u", set != NULL ? set->origin_count : 0);
	wall_cell(columns, shown);
	columns_cell(columns, is_well(shown) ? COLOUR_GREEN : COLOUR_YELLOW, "%s%s%s",
		     state_of(shown), is_well(shown) ? "" : ": ",
		     shown->is_held     ? shown->held.why :
		     shown->has_failed  ? shown->failure :
		     shown->is_in_force ? "" :
					  "its routes are not checked");
}

static void window_print(const struct irr_window *window, char out[PREFIX_TEXT_MAX + 16])
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(&window->prefix, text);
	if (window->len_bits_min == window->prefix.len_bits &&
	    window->len_bits_max == window->prefix.len_bits)
		(void)snprintf(out, PREFIX_TEXT_MAX + 16, "%s", text);
	else
		(void)snprintf(out, PREFIX_TEXT_MAX + 16, "%s^%u-%u", text, window->len_bits_min,
			       window->len_bits_max);
}

static void full_print(const struct shown *shown, struct text_sink out)
{
	char at[UTC_TEXT_MAX];

	(void)text_put(out, "AS%u %s\n  as-set      %s\n  state       %s\n", shown->item->asn,
		       shown->item->name, shown->names, state_of(shown));
	if (shown->is_held)
		(void)text_put(out, "  held back   %s, from %s\n", shown->held.why,
			       shown->held.whence);
	if (shown->has_failed)
		(void)text_put(out, "  failed      %s\n", shown->failure);
	if (!shown->is_in_force)
		return;
	utc_print(shown->kept.at, at);
	(void)text_put(out, "  from        %s, %s\n  sha256      %s\n  networks   ",
		       shown->kept.whence, at, shown->kept.digest);
	for (uint32_t i = 0; i < shown->kept.set->origin_count; i++)
		(void)text_put(out, " AS%u", shown->kept.set->origin[i]);
	(void)text_put(out, "\n  prefixes    %u\n", shown->kept.set->window_count);
	for (uint32_t i = 0; i < shown->kept.set->window_count; i++) {
		char text[PREFIX_TEXT_MAX + 16];
		window_print(&shown->kept.set->window[i], text);
		(void)text_put(out, "    %s\n", text);
	}
}

static void set_json(const struct irr_kept *kept, bool is_full, struct json *json)
{
	json_object_open(json);
	json_field_text(json, "as_set", kept->names);
	json_field_text(json, "from", kept->whence);
	json_field_wall(json, "at", kept->at);
	json_field_text(json, "sha256", kept->digest);
	json_field_text(json, "why", kept->why[0] != '\0' ? kept->why : NULL);
	json_field_u64(json, "ipv4", kept->set->counts[FAMILY_IPV4]);
	json_field_u64(json, "ipv6", kept->set->counts[FAMILY_IPV6]);
	json_field_u64(json, "networks", kept->set->origin_count);
	if (is_full) {
		json_field_array(json, "asns");
		for (uint32_t i = 0; i < kept->set->origin_count; i++)
			json_u64(json, kept->set->origin[i]);
		json_array_close(json);
		json_field_array(json, "prefixes");
		for (uint32_t i = 0; i < kept->set->window_count; i++) {
			char text[PREFIX_TEXT_MAX + 16];
			window_print(&kept->set->window[i], text);
			json_text(json, text);
		}
		json_array_close(json);
	}
	json_object_close(json);
}

static void shown_json(const struct shown *shown, bool is_full, struct json *json)
{
	json_object_open(json);
	json_field_u64(json, "asn", shown->item->asn);
	json_field_text(json, "name", shown->item->name);
	json_field_text(json, "as_set", shown->names);
	json_field_text(json, "state", state_of(shown));
	json_key(json, "in_force");
	if (shown->is_in_force)
		set_json(&shown->kept, is_full, json);
	else
		json_none(json);
	json_key(json, "held_back");
	if (shown->is_held)
		set_json(&shown->held, is_full, json);
	else
		json_none(json);
	json_field_text(json, "failure", shown->has_failed ? shown->failure : NULL);
	json_object_close(json);
}

static const struct column irr_columns[] = {
	{ "AS", false },      { "AS-SET", false }, { "IPV4", true },   { "IPV6", true },
	{ "NETWORKS", true }, { "HEARD", false },  { "STATE", false },
};

/* One after the other: the sets of all members at once might be large. */
enum exit_code command_irr_show(struct desk *desk, const struct arguments *arguments)
{
	struct irr_list list CLEAN(irr_list_fini) = { .heap = heap_libc() };
	struct columns columns CLEAN(columns_fini) = { 0 };
	bool as_json = argument_yes(arguments, "json");
	bool all_well = true;
	struct json json;

	if (!irr_list_read(desk, arguments, &list))
		return EXIT_COULD_NOT;
	json_init(&json, desk->out, 2);
	columns_init(&columns, &list.heap, desk->out, irr_columns,
		     sizeof irr_columns / sizeof *irr_columns, desk->has_colour);
	if (as_json)
		json_array_open(&json);
	for (uint32_t i = 0; i < list.count; i++) {
		struct shown shown CLEAN(shown_fini);
		shown_read(desk, &list.item[i], &shown);
		all_well &= is_well(&shown);
		if (as_json)
			shown_json(&shown, list.only != 0, &json);
		else if (list.only != 0)
			full_print(&shown, desk->out);
		else
			row_print(&shown, &columns);
	}
	if (as_json)
		json_array_close(&json);
	bool ok = as_json ? json_done(&json) : list.only != 0 || columns_end(&columns);
	return !ok ? EXIT_COULD_NOT : all_well ? EXIT_DONE : EXIT_FOUND;
}
