/* cli/show_rpki.c — what the RPKI says, who says it, and what it makes of one prefix. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/values.h"
#include "sys/process.h"
#include "text/columns.h"

#define COVERING_MAX 256u /* told of one prefix */

static const struct column source_columns[] = {
	{ "SOURCE", false }, { "STATE", false },     { "VERSION", true },
	{ "SERIAL", true },  { "VRPS", true },       { "ASPAS", true },
	{ "AGE", true },     { "EXPIRES IN", true }, { "USED", false },
};

/* What ROAs say of one of the exchange's LANs.  One of AS 0 alone makes it invalid everywhere, not
 * only here. */
struct lan_cover {
	uint32_t count; /* of ROAs that cover it */
	bool has_as0;
	uint32_t asn; /* that may originate it; 0 = nobody may */
};

static struct lan_cover lan_look(const struct rpki_data *data, const struct prefix *lan)
{
	struct vrp vrp[COVERING_MAX];
	struct lan_cover out = { .count = rpki_covering(data, lan, vrp, COVERING_MAX) };

	for (uint32_t i = 0; i < out.count && i < COVERING_MAX; i++) {
		if (vrp[i].asn == 0)
			out.has_as0 = true;
		else if (lan->len_bits <= vrp[i].len_bits_max)
			out.asn = vrp[i].asn;
	}
	return out;
}

/* --- words ------------------------------------------------------------------------------------ */

static void span_cell(struct columns *columns, bool is_there, int64_t seconds)
{
	char text[VALUE_TEXT_MAX];

	value_span_print(seconds, text);
	columns_cell(columns, COLOUR_NONE, "%s", is_there ? text : "-");
}

static void count_cell(struct columns *columns, bool is_there, uint64_t count)
{
	char text[VALUE_TEXT_MAX];

	value_count_print(count, text);
	columns_cell(columns, COLOUR_NONE, "%s", is_there ? text : "-");
}

static void source_row(const struct view_rpki *view, const struct view_rpki_source *source,
		       struct columns *columns)
{
	char number[VALUE_TEXT_MAX] = "-";

	columns_cell(columns, COLOUR_BOLD, "%s", source->name);
	columns_cell(columns, source->is_current ? COLOUR_GREEN : COLOUR_YELLOW, "%s",
		     source->state);
	if (!source->is_file && source->is_agreed)
		(void)snprintf(number, sizeof number, "%u", source->version);
	columns_cell(columns, COLOUR_NONE, "%s", number);
	(void)snprintf(number, sizeof number, "%u", source->serial);
	columns_cell(columns, COLOUR_NONE, "%s", source->has_session ? number : "-");
	count_cell(columns, source->has_data, (uint64_t)source->vrps[0] + source->vrps[1]);
	count_cell(columns, source->has_data && source->has_aspas, source->aspas);
	span_cell(columns, source->updated_at.s != 0, view->now.s - source->updated_at.s);
	span_cell(columns, source->has_data, source->expires_at.s - view->now.s);
	columns_cell(columns, COLOUR_NONE, "%s", source->is_used ? "yes" : "no");
}

static void states_put(const char *what, const uint64_t *count, const char *not_found,
		       const char *policy, struct text_sink out)
{
	char text[VIEW_RPKI_STATES][VALUE_TEXT_MAX];

	for (uint32_t i = 1; i < VIEW_RPKI_STATES; i++)
		value_count_print(count[i], text[i]);
	(void)text_put(out, "%-10s%s valid, %s %s, %s invalid, %s not checked; policy: %s\n", what,
		       text[RPKI_VALID], text[RPKI_NOT_FOUND], not_found, text[RPKI_INVALID],
		       text[RPKI_NOT_CHECKED], policy);
}

static void data_put(const struct view_rpki *view, struct text_sink out)
{
	char ipv4[VALUE_TEXT_MAX];
	char ipv6[VALUE_TEXT_MAX];
	char memory[VALUE_TEXT_MAX];

	if (!view->has_data) {
		(void)text_put(out, "%-10snone: routes are not checked\n", "in force");
		return;
	}
	value_count_print(view->vrps[FAMILY_IPV4], ipv4);
	value_count_print(view->vrps[FAMILY_IPV6], ipv6);
	value_octets_print(view->data_octets, memory);
	(void)text_put(out, "%-10s%s VRPs of IPv4, %s of IPv6, ", "in force", ipv4, ipv6);
	if (view->has_aspas)
		(void)text_put(out, "%u ASPA%s; %s\n", view->aspas, value_plural(view->aspas),
			       memory);
	else
		(void)text_put(out, "no word of ASPAs; %s\n", memory);
}

static void change_put(const struct view_rpki *view, struct text_sink out)
{
	char age[VALUE_TEXT_MAX];
	char judged[VALUE_TEXT_MAX];

	if (view->changes == 0)
		return;
	value_span_print(view->now.s - view->changed_at.s, age);
	value_count_print(view->routes_judged, judged);
	(void)text_put(out,
		       "%-10s%s ago: %u VRPs added, %u removed, %u ASPAs changed; %s route%s "
		       "judged again%s\n",
		       "changed", age, view->vrps_added, view->vrps_removed, view->aspas_changed,
		       judged, value_plural(view->routes_judged),
		       view->is_judging ? " so far" : "");
	if (view->shrank_from != 0)
		(void)text_put(out, "%-10sof %u VRPs only %u are left: see whether that is well\n",
			       "WARNING", view->shrank_from, view->vrps[0] + view->vrps[1]);
}

static void lans_put(const struct desk *desk)
{
	const struct registry_exchange *exchange = &desk->config->exchange;
	struct rpki_data *data = serving_rpki(desk->serving);
	char text[PREFIX_TEXT_MAX];

	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		struct lan_cover cover = lan_look(data, &exchange->lan[i]);
		prefix_print(&exchange->lan[i], text);
		(void)text_put(desk->out, "%-10s%s: ", i == 0 ? "LANs" : "", text);
		if (cover.asn != 0)
			(void)text_put(desk->out, "a ROA lets AS%u originate it\n", cover.asn);
		else if (cover.count != 0)
			(void)text_put(desk->out, "%s, so nobody may originate it\n",
				       cover.has_as0 ? "a ROA of AS 0" :
						       "ROAs of shorter prefixes");
		else
			(void)text_put(desk->out,
				       "no ROA; one of AS 0 lets every network refuse it\n");
	}
	rpki_data_unref(data);
}

static bool view_print(struct desk *desk, const struct view_rpki *view)
{
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };

	if (view->source_count == 0) {
		(void)text_put(desk->out,
			       "no source of RPKI data is named: rtr_cache and rpki_file "
			       "in exchange.yaml\n");
		return true;
	}
	columns_init(&columns, &heap, desk->out, source_columns,
		     sizeof source_columns / sizeof *source_columns, desk->has_colour);
	for (uint32_t i = 0; i < view->source_count; i++)
		source_row(view, &view->source[i], &columns);
	bool ok = columns_end(&columns) && text_put(desk->out, "\n");
	for (uint32_t i = 0; i < view->source_count; i++) {
		if (!view->source[i].is_current && view->source[i].last_error[0] != '\0')
			(void)text_put(desk->out, "%s: %s\n", view->source[i].name,
				       view->source[i].last_error);
	}
	data_put(view, desk->out);
	change_put(view, desk->out);
	states_put("origins", view->origins, "not found", view->origin_policy, desk->out);
	states_put("paths", view->paths, "unknown", view->path_policy, desk->out);
	if (view->has_data)
		lans_put(desk);
	return ok;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void source_json(const struct view_rpki_source *source, struct json *json)
{
	json_object_open(json);
	json_field_text(json, "source", source->name);
	json_field_text(json, "kind", source->is_file ? "file" : "rtr");
	json_field_text(json, "state", source->state);
	json_field_bool(json, "used", source->is_used);
	json_field_bool(json, "current", source->is_current);
	json_field_bool(json, "has_data", source->has_data);
	json_field_u64(json, "vrps_ipv4", source->vrps[FAMILY_IPV4]);
	json_field_u64(json, "vrps_ipv6", source->vrps[FAMILY_IPV6]);
	json_field_bool(json, "has_aspas", source->has_aspas);
	json_field_u64(json, "aspas", source->aspas);
	json_field_wall(json, "updated_at", source->updated_at);
	json_field_wall(json, "expires_at", source->expires_at);
	json_field_text(json, "last_error",
			source->last_error[0] != '\0' ? source->last_error : NULL);
	json_field_u64(json, "full_answers", source->full_answers);
	json_field_u64(json, "failures", source->failures);
	if (!source->is_file) {
		json_field_u64(json, "steps", source->steps);
		json_field_u64(json, "version", source->version);
		json_field_bool(json, "version_agreed", source->is_agreed);
		json_field_bool(json, "has_session", source->has_session);
		json_field_u64(json, "session", source->session);
		json_field_u64(json, "serial", source->serial);
		json_field_u64(json, "refresh_s", source->refresh_s);
		json_field_u64(json, "retry_s", source->retry_s);
		json_field_u64(json, "expire_s", source->expire_s);
	}
	json_object_close(json);
}

static void states_json(struct json *json, const char *name, const uint64_t *count,
			const char *policy, const char *not_found)
{
	json_field_object(json, name);
	json_field_text(json, "policy", policy);
	json_field_u64(json, "valid", count[RPKI_VALID]);
	json_field_u64(json, not_found, count[RPKI_NOT_FOUND]);
	json_field_u64(json, "not_checked", count[RPKI_NOT_CHECKED]);
	json_field_u64(json, "invalid", count[RPKI_INVALID]);
	json_object_close(json);
}

static void lans_json(const struct desk *desk, struct json *json)
{
	const struct registry_exchange *exchange = &desk->config->exchange;
	struct rpki_data *data = serving_rpki(desk->serving);

	json_field_array(json, "lans");
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		struct lan_cover cover = lan_look(data, &exchange->lan[i]);
		json_object_open(json);
		json_field_prefix(json, "prefix", &exchange->lan[i]);
		json_field_u64(json, "covering_count", cover.count);
		json_field_bool(json, "as0", cover.has_as0);
		json_key(json, "origin");
		if (cover.asn != 0)
			json_u64(json, cover.asn);
		else
			json_none(json);
		json_object_close(json);
	}
	json_array_close(json);
	rpki_data_unref(data);
}

static bool view_json(struct desk *desk, const struct view_rpki *view)
{
	struct json json;

	json_init(&json, desk->out, 2);
	json_object_open(&json);
	json_field_wall(&json, "now", view->now);
	json_field_array(&json, "sources");
	for (uint32_t i = 0; i < view->source_count; i++)
		source_json(&view->source[i], &json);
	json_array_close(&json);
	json_field_bool(&json, "has_data", view->has_data);
	json_field_u64(&json, "vrps_ipv4", view->vrps[FAMILY_IPV4]);
	json_field_u64(&json, "vrps_ipv6", view->vrps[FAMILY_IPV6]);
	json_field_bool(&json, "has_aspas", view->has_aspas);
	json_field_u64(&json, "aspas", view->aspas);
	json_field_u64(&json, "data_octets", view->data_octets);
	json_field_wall(&json, "changed_at", view->changed_at);
	json_field_u64(&json, "changes", view->changes);
	json_field_u64(&json, "vrps_added", view->vrps_added);
	json_field_u64(&json, "vrps_removed", view->vrps_removed);
	json_field_u64(&json, "aspas_changed", view->aspas_changed);
	json_field_bool(&json, "judging", view->is_judging);
	json_field_u64(&json, "routes_judged", view->routes_judged);
	json_field_u64(&json, "shrank_from", view->shrank_from);
	states_json(&json, "origins", view->origins, view->origin_policy, "not_found");
	states_json(&json, "paths", view->paths, view->path_policy, "unknown");
	lans_json(desk, &json);
	json_object_close(&json);
	return json_done(&json);
}

/* --- one prefix ------------------------------------------------------------------------------- */

struct asking {
	struct prefix prefix;
	bool has_asn;
	uint32_t asn;
	uint32_t count; /* of what covers it, all */
	uint32_t told;
	struct vrp vrp[COVERING_MAX];
	enum rpki_state state; /* of that origin */
};

/* "lets AS64496 originate it", or why not. */
static const char *verdict(const struct asking *asking, const struct vrp *vrp)
{
	if (asking->prefix.len_bits > vrp->len_bits_max)
		return "the prefix is longer";
	if (vrp->asn == 0)
		return "nobody may originate it";
	return !asking->has_asn || vrp->asn == asking->asn ? "matches" : "another AS";
}

static void covering_print(const struct asking *asking, struct text_sink out)
{
	char text[PREFIX_TEXT_MAX];

	for (uint32_t i = 0; i < asking->told; i++) {
		const struct vrp *vrp = &asking->vrp[i];
		prefix_print(&vrp->prefix, text);
		(void)text_put(out, "  %s up to /%u AS%u: %s\n", text, vrp->len_bits_max, vrp->asn,
			       verdict(asking, vrp));
	}
	if (asking->told < asking->count)
		(void)text_put(out, "  and %u more\n", asking->count - asking->told);
}

static bool asking_print(struct desk *desk, const struct asking *asking)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(&asking->prefix, text);
	if (asking->has_asn)
		(void)text_put(desk->out, "%s from AS%u: %s\n", text, asking->asn,
			       rpki_state_name(asking->state));
	else if (asking->state == RPKI_NOT_CHECKED)
		(void)text_put(desk->out, "%s: not checked: there is no data\n", text);
	else
		(void)text_put(desk->out, "%s: %s\n", text,
			       asking->count == 0 ? "not found: no ROA covers it" : "covered by");
	covering_print(asking, desk->out);
	return true;
}

static bool asking_json(struct desk *desk, const struct asking *asking)
{
	struct json json;

	json_init(&json, desk->out, 2);
	json_object_open(&json);
	json_field_prefix(&json, "prefix", &asking->prefix);
	if (asking->has_asn) {
		json_field_u64(&json, "asn", asking->asn);
		json_field_text(&json, "state", rpki_state_name(asking->state));
	}
	json_field_u64(&json, "covering_count", asking->count);
	json_field_array(&json, "covering");
	for (uint32_t i = 0; i < asking->told; i++) {
		const struct vrp *vrp = &asking->vrp[i];
		json_object_open(&json);
		json_field_prefix(&json, "prefix", &vrp->prefix);
		json_field_u64(&json, "max_length", vrp->len_bits_max);
		json_field_u64(&json, "asn", vrp->asn);
		json_field_text(&json, "verdict", verdict(asking, vrp));
		json_object_close(&json);
	}
	json_array_close(&json);
	json_object_close(&json);
	return json_done(&json);
}

static bool asking_read(struct desk *desk, const struct arguments *arguments, struct asking *out)
{
	bool had_host_bits = false;

	if (!prefix_parse(arguments->word[0], &out->prefix, &had_host_bits)) {
		complain(desk->complaints, false, "\"%s\" is no prefix such as 203.0.113.0/24",
			 arguments->word[0]);
		return false;
	}
	if (had_host_bits)
		complain(desk->complaints, true, "%s has bits behind its length; they are left out",
			 arguments->word[0]);
	out->has_asn = arguments->word_count > 1;
	return !out->has_asn || value_asn(arguments->word[1], &out->asn, desk->complaints);
}

static enum exit_code prefix_tell(struct desk *desk, const struct arguments *arguments)
{
	struct asking asking = { 0 };

	if (!asking_read(desk, arguments, &asking))
		return EXIT_COULD_NOT;
	struct rpki_data *data = serving_rpki(desk->serving);
	asking.count = rpki_covering(data, &asking.prefix, asking.vrp, COVERING_MAX);
	asking.told = asking.count < COVERING_MAX ? asking.count : COVERING_MAX;
	asking.state = rpki_origin(data, &asking.prefix, asking.asn, false);
	rpki_data_unref(data);
	bool ok = argument_yes(arguments, "json") ? asking_json(desk, &asking) :
						    asking_print(desk, &asking);
	if (!ok)
		return EXIT_COULD_NOT;
	return asking.has_asn && asking.state == RPKI_INVALID ? EXIT_FOUND : EXIT_DONE;
}

enum exit_code command_show_rpki(struct desk *desk, const struct arguments *arguments)
{
	struct view_rpki view;

	if (arguments->word_count != 0)
		return prefix_tell(desk, arguments);
	serving_rpki_view(desk->serving, &view);
	bool ok = argument_yes(arguments, "json") ? view_json(desk, &view) :
						    view_print(desk, &view);
	if (!ok)
		return EXIT_COULD_NOT;
	return view.source_count != 0 && (!view.has_data || view.shrank_from != 0) ? EXIT_FOUND :
										     EXIT_DONE;
}
