/* cli/show_status.c — the exchange in numbers. */
#include "base/utc.h"
#include "cli/book_text.h"
#include "cli/command.h"
#include "cli/values.h"

#include <string.h>

#define FORMULA_COLUMN 50u /* where formulas of memory begin, from 0 */
#define LINE_COLUMNS 110u

/* --- what it can do no more ------------------------------------------------------------------- */

static const char *helper_word(const struct view_helper *helper)
{
	return !helper->is_wanted ? "none" : helper->process != 0 ? "running" : "gone";
}

static void confinement_json(const struct view_confinement *confinement, struct json *json)
{
	json_field_object(json, "confinement");
	json_field_bool(json, "confined", confinement->is_confined);
	json_field_text(json, "user", confinement->user);
	json_field_u64(json, "uid", confinement->uid);
	json_field_u64(json, "capabilities", confinement->capabilities);
	json_field_bool(json, "no_new_privileges", confinement->no_new_privileges);
	json_field_bool(json, "no_core_files", confinement->no_core_files);
	json_field_bool(json, "seccomp", confinement->has_filter);
	json_field_u64(json, "calls_allowed", confinement->calls_allowed);
	json_field_bool(json, "reduced_for_sanitizer", confinement->is_reduced);
	json_field_bool(json, "opens_sockets", confinement->opens_sockets);
	json_field_u64(json, "landlock_abi", confinement->landlock_abi);
	json_field_text(json, "connecting_process", helper_word(&confinement->doorman));
	json_field_u64(json, "connecting_process_restarts", confinement->doorman.again_count);
	json_field_text(json, "irr_process", helper_word(&confinement->irr));
	json_field_u64(json, "irr_process_restarts", confinement->irr.again_count);
	json_object_close(json);
}

static void helper_print(const char *what, const struct view_helper *helper, struct text_sink out)
{
	if (!helper->is_wanted)
		return;
	if (helper->process == 0) {
		(void)text_put(out, "%-12s%s: the process for it is gone; restart plenum serve\n",
			       "", what);
		return;
	}
	(void)text_put(out, "%-12s%s by process %d", "", what, helper->process);
	if (helper->again_count != 0)
		(void)text_put(out, ", begun anew %u time%s", helper->again_count,
			       value_plural(helper->again_count));
	(void)text_put(out, "\n");
}

static void confinement_print(const struct view_confinement *confinement, struct text_sink out)
{
	if (!confinement->is_confined) {
		(void)text_put(out, "%-12snot\n", "confined");
		return;
	}
	(void)text_put(out, "%-12sas user %s, %s, %s, %s\n", "confined", confinement->user,
		       confinement->capabilities == 0 ? "no capabilities" : "with capabilities",
		       confinement->no_new_privileges ? "no new privileges" : "new privileges",
		       confinement->no_core_files ? "no core files" : "core files");
	if (confinement->landlock_abi != 0)
		(void)text_put(out,
			       "%-12sfiles: its own, and what exchange.yaml names (Landlock "
			       "ABI %u)\n",
			       "", confinement->landlock_abi);
	else
		(void)text_put(out, "%-12sfiles: all of the user's; this kernel has no Landlock\n",
			       "");
	if (!confinement->has_filter)
		(void)text_put(out, "%-12ssystem calls: all; this kernel has no seccomp\n", "");
	else if (confinement->is_reduced)
		(void)text_put(out,
			       "%-12ssystem calls: few are refused, for the sanitizer of "
			       "this build (seccomp)\n",
			       "");
	else
		(void)text_put(out, "%-12ssystem calls: %u, no program%s (seccomp)\n", "",
			       confinement->calls_allowed,
			       confinement->opens_sockets ? "; sockets, for the database" :
							    ", no new socket");
	helper_print("connections", &confinement->doorman, out);
	helper_print("as-sets", &confinement->irr, out);
}

/* --- memory ----------------------------------------------------------------------------------- */

static void memory_json(const struct view_memory *memory, struct json *json)
{
	json_field_object(json, "memory");
	json_field_u64(json, "most_octets", memory->most_octets);
	json_field_array(json, "terms");
	for (uint32_t i = 0; i < VIEW_MEMORY_COUNT; i++) {
		const struct view_memory_term *term = &memory->term[i];
		json_object_open(json);
		json_field_text(json, "name", term->name);
		json_field_u64(json, "held_octets", term->held_octets);
		json_field_u64(json, "most_octets", term->most_octets);
		json_field_text(json, "formula", term->formula);
		json_object_close(json);
	}
	json_array_close(json);
	json_object_close(json);
}

/* Summands that do not fit the line any more stand under the first. */
static void formula_print(const char *formula, struct text_sink out)
{
	size_t column = FORMULA_COLUMN;

	while (*formula != '\0') {
		const char *plus = strstr(formula + 1, " + ");
		size_t len = plus == NULL ? strlen(formula) : (size_t)(plus - formula);
		if (column != FORMULA_COLUMN && column + len > LINE_COLUMNS) {
			(void)text_put(out, "\n%*s", (int)FORMULA_COLUMN - 1, "");
			column = FORMULA_COLUMN;
		}
		(void)text_put(out, "%.*s", (int)len, formula);
		column += len;
		formula += len;
	}
	(void)text_put_text(out, "\n");
}

static void memory_print(const struct view_memory *memory, struct text_sink out)
{
	char held[VALUE_TEXT_MAX];
	char most[VALUE_TEXT_MAX];

	value_octets_print(memory->most_octets, most);
	(void)text_put(out, "%-12sat most %s with the limits in force, the sum of\n", "", most);
	for (uint32_t i = 0; i < VIEW_MEMORY_COUNT; i++) {
		const struct view_memory_term *term = &memory->term[i];
		value_octets_print(term->held_octets, held);
		value_octets_print(term->most_octets, most);
		(void)text_put(out, "  %-14s%9s now, %9s at most: ", term->name, held, most);
		formula_print(term->formula, out);
	}
}

static void status_json(const struct view_status *status, struct json *json)
{
	static const char *const family[] = { "ipv4", "ipv6" };
	struct address router_id = address_ipv4(status->router_id);

	json_object_open(json);
	json_field_text(json, "name", status->name);
	json_field_u64(json, "asn", status->asn);
	json_field_address(json, "router_id", &router_id);
	json_field_wall(json, "now", status->now);
	json_field_wall(json, "started_at", status->started_at);
	json_field_u64(json, "workers", status->worker_count);
	json_field_u64(json, "shards", status->shard_count);
	json_field_u64(json, "plan_version", status->plan_version);
	json_book(json, "rules", &status->book);
	json_field_bool(json, "judging", status->is_judging);
	json_field_u64(json, "awaited_sessions", status->awaited);
	json_field_text(json, "database", status->database);
	json_field_bool(json, "database_away", status->is_database_away);
	if (status->is_database_away)
		json_field_wall(json, "database_away_since", status->database_away_since);
	json_field_u64(json, "members", status->member_count);
	json_field_u64(json, "sessions", status->session_count);
	json_field_u64(json, "sessions_established", status->established_count);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		json_field_object(json, family[i]);
		json_field_u64(json, "prefixes", status->prefixes[i]);
		json_field_u64(json, "received", status->routes[i]);
		json_field_u64(json, "refused", status->refused[i]);
		json_object_close(json);
	}
	json_field_u64(json, "attribute_sets", status->attribute_sets);
	json_field_u64(json, "prefixes_undecided", status->dirty);
	json_field_u64(json, "memory_octets", status->memory_octets);
	json_field_u64(json, "table_octets", status->table_octets);
	json_field_u64(json, "log_octets", status->log_octets);
	memory_json(&status->memory, json);
	json_field_u64(json, "encoded_octets", status->encoded_octets);
	json_field_u64(json, "places_lost", status->places_lost);
	json_field_u64(json, "announcements_too_large", status->too_large);
	confinement_json(&status->confinement, json);
	json_object_close(json);
}

static void family_print(const struct view_status *status, enum family family, const char *name,
			 struct text_sink out)
{
	char prefixes[VALUE_TEXT_MAX];
	char routes[VALUE_TEXT_MAX];
	char refused[VALUE_TEXT_MAX];

	value_count_print(status->prefixes[family], prefixes);
	value_count_print(status->routes[family], routes);
	value_count_print(status->refused[family], refused);
	(void)text_put(out, "%-12s%s prefix%s, %s route%s received, %s refused\n", name, prefixes,
		       status->prefixes[family] == 1 ? "" : "es", routes,
		       value_plural(status->routes[family]), refused);
}

static void status_print(const struct view_status *status, struct text_sink out)
{
	char started[UTC_TEXT_MAX];
	char span[VALUE_TEXT_MAX];
	char memory[VALUE_TEXT_MAX];
	char table[VALUE_TEXT_MAX];
	char log[VALUE_TEXT_MAX];
	char sets[VALUE_TEXT_MAX];
	char book[BOOK_TEXT_MAX];

	utc_print(status->started_at, started);
	value_span_print(status->now.s - status->started_at.s, span);
	value_octets_print(status->memory_octets, memory);
	value_octets_print(status->table_octets, table);
	value_octets_print(status->log_octets, log);
	value_count_print(status->attribute_sets, sets);
	(void)text_put(out, "%s (AS%u)\n", status->name, status->asn);
	(void)text_put(out, "%-12sfor %s, since %s\n", "serving", span, started);
	(void)text_put(out, "%-12s%u member%s, %u of %u session%s established\n", "members",
		       status->member_count, value_plural(status->member_count),
		       status->established_count, status->session_count,
		       value_plural(status->session_count));
	family_print(status, FAMILY_IPV4, "IPv4", out);
	family_print(status, FAMILY_IPV6, "IPv6", out);
	(void)text_put(out, "%-12s%s attribute set%s\n", "", sets,
		       value_plural(status->attribute_sets));
	(void)text_put(out, "%-12s%s resident; table %s, of it send log %s\n", "memory", memory,
		       table, log);
	memory_print(&status->memory, out);
	(void)text_put(out, "%-12s%u\n", "workers", status->worker_count);
	confinement_print(&status->confinement, out);
	book_print(&status->book, book);
	(void)text_put(out, "%-12s%s\n", "rules", book);
	if (status->is_database_away) {
		utc_print(status->database_away_since, started);
		(void)text_put(out, "%-12saway since %s; served is what was known then\n%-12s%s\n",
			       "registry", started, "", status->database);
	}
	if (status->awaited != 0)
		(void)text_put(out, "%-12s%u session%s awaited before routes are sent\n", "restart",
			       status->awaited, status->awaited == 1 ? " is" : "s are");
	if (status->is_judging)
		(void)text_put(out, "%-12sheld routes are being judged again\n", "");
	if (status->dirty != 0)
		(void)text_put(out, "%-12s%llu prefix%s for a decision\n", "",
			       (unsigned long long)status->dirty,
			       status->dirty == 1 ? " waits" : "es wait");
	if (status->too_large != 0)
		(void)text_put(out, "%-12s%llu announcement%s fitted no message of a receiver\n",
			       "", (unsigned long long)status->too_large,
			       value_plural(status->too_large));
}

enum exit_code command_show_status(struct desk *desk, const struct arguments *arguments)
{
	struct view_status status;
	struct json json;

	serving_status(desk->serving, &status);
	if (!argument_yes(arguments, "json")) {
		status_print(&status, desk->out);
		return EXIT_DONE;
	}
	json_init(&json, desk->out, 2);
	status_json(&status, &json);
	return json_done(&json) ? EXIT_DONE : EXIT_COULD_NOT;
}
