/* cli/demo_tell.c — a demo in words, and in JSON. */
#include <stdio.h>

#include "cli/demoing.h"
#include "cli/values.h"
#include "sys/process.h"

static double server_cpu_s(const struct demo *demo)
{
	return demo->stage.server == 0 ? 0 : process_cpu_s(demo->stage.server);
}

/* "34 ms", "2.4 s" */
static void duration_print(double seconds, char out[VALUE_TEXT_MAX])
{
	if (seconds < 0.9995)
		(void)snprintf(out, VALUE_TEXT_MAX, "%.0f ms", seconds * 1000);
	else
		(void)snprintf(out, VALUE_TEXT_MAX, "%.1f s", seconds);
}

static uint32_t member_count(const struct scene *scene)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->member_count; i++)
		count += scene_member_of(scene, scene->member[i].asn) == i ? 1 : 0;
	return count;
}

/* --- in words --------------------------------------------------------------------------------- */

void demo_next_print(const struct demo *demo, struct text_sink out)
{
	const char *directory = demo->stage.directory;
	char text[PREFIX_TEXT_MAX];
	char program[PROGRAM_TEXT_MAX];
	struct prefix prefix;
	uint32_t asn = 0;

	process_program_print(program);
	(void)text_put(out, "\nIn another terminal:\n");
	(void)text_put(out, "  %s show sessions -C %s\n", program, directory);
	(void)text_put(out, "  %s show rejected -C %s\n", program, directory);
	if (play_example(demo->play, 0, &prefix, &asn)) {
		prefix_print(&prefix, text);
		(void)text_put(out, "  %s explain -C %s %s        # several candidates\n", program,
			       directory, text);
	}
	for (uint8_t reason = 1; reason < REASON_COUNT; reason++) {
		if (!play_example(demo->play, reason, &prefix, &asn))
			continue;
		prefix_print(&prefix, text);
		(void)text_put(out, "  %s explain -C %s %s --from AS%u   # refused: %s\n", program,
			       directory, text, asn, reason_name((enum reason)reason));
		break;
	}
}

static void members_print(const struct demo *demo, const struct play_counts *counts,
			  struct text_sink out)
{
	char members[VALUE_TEXT_MAX];
	char connections[VALUE_TEXT_MAX];
	char established[VALUE_TEXT_MAX];
	char sessions[VALUE_TEXT_MAX];
	char took[VALUE_TEXT_MAX];

	value_count_print(member_count(&demo->scene), members);
	value_count_print(demo->scene.member_count, connections);
	value_count_print(counts->established_count, established);
	value_count_print(counts->session_count, sessions);
	duration_print(demo->sessions_s, took);
	(void)text_put(out,
		       "  %-12s%s with %s connection%s, %s of %s session%s established in %s\n",
		       "members", members, connections, value_plural(demo->scene.member_count),
		       established, sessions, value_plural(counts->session_count), took);
	if (!demo->stage.has_own_network)
		(void)text_put(out,
			       "  %-12snone of its own: IPv6 routes go over IPv4 sessions, members "
			       "have addresses of 127.1.0.0/16\n",
			       "network");
	else if (demo->scene.is_gathered)
		(void)text_put(
			out,
			"  %-12sthe members' own lie in more than %u LANs: they have others, "
			"of one; --lan PREFIX\n"
			"  %-12splays those of one LAN alone\n",
			"addresses", PLAN_LANS_MAX, "");
}

static void family_print(const struct play_totals *totals, enum family family, const char *name,
			 struct text_sink out)
{
	char prefixes[VALUE_TEXT_MAX];
	char routes[VALUE_TEXT_MAX];
	char refused[VALUE_TEXT_MAX];

	value_count_print(totals->prefixes[family], prefixes);
	value_count_print(totals->routes[family], routes);
	value_count_print(totals->refused[family], refused);
	(void)text_put(out, "  %-12s%s prefix%s, %s route%s, %s of them refused\n", name, prefixes,
		       totals->prefixes[family] == 1 ? "" : "es", routes,
		       value_plural(totals->routes[family]), refused);
}

/* Of both families. */
static uint64_t refused_for(const struct demo *demo, uint32_t reason)
{
	return demo->first_reasons[FAMILY_IPV4][reason] + demo->first_reasons[FAMILY_IPV6][reason];
}

static void reasons_print(const struct demo *demo, struct text_sink out)
{
	char count[VALUE_TEXT_MAX];
	bool is_first = true;

	for (uint32_t i = 1; i < REASON_COUNT; i++) {
		if (refused_for(demo, i) == 0)
			continue;
		value_count_print(refused_for(demo, i), count);
		(void)text_put(out, "  %-12s%9s  %-22s %s\n", is_first ? "refused" : "", count,
			       reason_name((enum reason)i), reason_sentence((enum reason)i));
		is_first = false;
	}
}

void demo_summary_print(const struct demo *demo, struct text_sink out)
{
	char held[VALUE_TEXT_MAX];
	char took[VALUE_TEXT_MAX];
	char cpu[VALUE_TEXT_MAX];
	char left_out[VALUE_TEXT_MAX];

	value_count_print(demo->first.paths_held, held);
	value_count_print(demo->scene.left_out, left_out);
	duration_print(demo->converged_s, took);
	duration_print(server_cpu_s(demo), cpu);
	(void)text_put(out, "%s (AS%u) in %s\n", demo->scene.name, demo->scene.asn,
		       demo->stage.directory);
	members_print(demo, &demo->first, out);
	family_print(&demo->first_totals, FAMILY_IPV4, "IPv4", out);
	family_print(&demo->first_totals, FAMILY_IPV6, "IPv6", out);
	reasons_print(demo, out);
	if (demo->scene.left_out != 0)
		(void)text_put(out, "  %-12s%s over their member's limit\n", "left out", left_out);
	(void)text_put(out,
		       "  %-12s%s after the first announcement, with %s of CPU; members hold %s "
		       "paths\n",
		       demo->is_complete ? "converged" : "unfinished", took, cpu, held);
	(void)text_put(out,
		       "  %-12severy session is up and holds exactly what the model says: %s\n",
		       "checked", demo->is_complete ? "yes" : "NO");
}

void demo_verdict_print(const struct demo *demo, struct text_sink out)
{
	static const char *const sentence[] = {
		[DEMO_NOT_COMPARED] = "Interrupted before all could be compared at the end.",
		[DEMO_EXACT] = "At the end every session holds exactly what the model says: yes",
		[DEMO_DIFFERS] = "At the end every session holds exactly what the model says: NO",
		[DEMO_CHANGED] = "The exchange was changed from outside: not compared at the end.",
	};

	(void)text_put(out, "%s\n", sentence[demo->verdict]);
}

/* --- in JSON ---------------------------------------------------------------------------------- */

static void reasons_json(const uint64_t count[REASON_COUNT], struct json *json)
{
	json_field_object(json, "refused");
	for (uint32_t i = 1; i < REASON_COUNT; i++) {
		if (count[i] != 0)
			json_field_u64(json, reason_name((enum reason)i), count[i]);
	}
	json_object_close(json);
}

static void routes_json(const struct demo *demo, struct json *json)
{
	static const char *const family[] = { "ipv4", "ipv6" };
	const struct play_totals *totals = &demo->first_totals;
	uint64_t both[REASON_COUNT] = { 0 };

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		json_field_object(json, family[f]);
		json_field_u64(json, "prefixes", totals->prefixes[f]);
		json_field_u64(json, "routes", totals->routes[f]);
		json_field_u64(json, "routes_refused", totals->refused[f]);
		reasons_json(demo->first_reasons[f], json);
		json_object_close(json);
	}
	for (uint32_t i = 0; i < REASON_COUNT; i++)
		both[i] = refused_for(demo, i);
	reasons_json(both, json);
	json_field_u64(json, "routes_left_out", demo->scene.left_out);
}

static void verdict_json(const struct demo *demo, struct json *json)
{
	json_field_bool(json, "converged", demo->is_complete);
	if (demo->verdict == DEMO_EXACT || demo->verdict == DEMO_DIFFERS)
		json_field_bool(json, "exact_at_the_end", demo->verdict == DEMO_EXACT);
	else
		json_field_text(json, "exact_at_the_end", NULL);
	json_field_bool(json, "changed_from_outside", demo->verdict == DEMO_CHANGED);
}

bool demo_summary_json(const struct demo *demo, struct text_sink out)
{
	const struct play_counts *counts = &demo->first;
	struct play_counts now;
	struct json json;

	play_counts_of(demo->play, &now);
	json_init(&json, out, 2);
	json_object_open(&json);
	json_field_text(&json, "name", demo->scene.name);
	json_field_u64(&json, "asn", demo->scene.asn);
	json_field_text(&json, "directory", demo->stage.directory);
	json_field_bool(&json, "own_network", demo->stage.has_own_network);
	json_field_bool(&json, "addresses_replaced", demo->scene.is_gathered);
	json_field_u64(&json, "members", member_count(&demo->scene));
	json_field_u64(&json, "connections", demo->scene.member_count);
	json_field_u64(&json, "sessions", counts->session_count);
	json_field_u64(&json, "sessions_established", counts->established_count);
	json_field_u64(&json, "sessions_complete", counts->complete_count);
	routes_json(demo, &json);
	json_field_u64(&json, "paths_wanted", counts->paths_wanted);
	json_field_u64(&json, "paths_held", counts->paths_held);
	json_field_u64(&json, "routes_changed", now.changes);
	json_field_decimal(&json, "sessions_s", (int64_t)(demo->sessions_s * 1000), 3);
	json_field_decimal(&json, "converged_s", (int64_t)(demo->converged_s * 1000), 3);
	json_field_decimal(&json, "server_cpu_s", (int64_t)(server_cpu_s(demo) * 1000), 3);
	verdict_json(demo, &json);
	json_object_close(&json);
	return json_done(&json);
}
