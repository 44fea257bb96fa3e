/* cli/rules_limits.c — what a rule book's prefix limits would do to sessions that are up.
 *
 * A lower limit takes nothing back (server/limit.c): it is met by the next new prefix. */
#include <string.h>

#include "cli/rules.h"
#include "plan/plan.h"
#include "text/columns.h"

struct limit_change {
	uint32_t counted; /* prefixes that the limit counts */
	uint32_t blocked; /* and that wait for room */
	uint32_t becomes;
	enum plan_limit_action action;
	const char *then; /* NULL: nothing that anybody feels */
};

static const char *over_words(enum plan_limit_action action)
{
	return action == LIMIT_ACTION_SHUT  ? "the next new prefix ends the session" :
	       action == LIMIT_ACTION_BLOCK ? "new prefixes are refused until there is room" :
					      "new prefixes are taken in, and it is said";
}

static struct limit_change change_of(const struct plan *plan, const struct view_session *session,
				     enum family family)
{
	const struct plan_session *then = plan_session_at(plan, &session->address);
	const struct view_session_family *of = &session->family[family];
	struct limit_change out = { .counted = of->held - of->blocked, .blocked = of->blocked };

	if (then == NULL || !session->is_established || !of->is_agreed)
		return out;
	out.becomes = plan_limit_of(plan, then, family);
	out.action = plan_limit_action_for(plan, then);
	bool is_same = out.becomes == of->routes_max &&
		       strcmp(plan_limit_action_name(out.action), session->limit_action) == 0;
	if (is_same)
		return out;
	if (out.counted > out.becomes)
		out.then = over_words(out.action);
	else if (out.blocked != 0 && (out.becomes > out.counted || out.action == LIMIT_ACTION_WARN))
		out.then = "blocked prefixes are let in";
	return out;
}

bool rules_limits_print(struct desk *desk, const struct plan *plan, const struct session_list *list,
			uint32_t *count)
{
	static const struct column limit_columns[] = {
		{ "MEMBER", false }, { "ADDRESS", false }, { "AFI", false },  { "HOLDS", true },
		{ "LIMIT", true },   { "BECOMES", true },  { "THEN", false },
	};
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };
	char address[ADDRESS_TEXT_MAX];

	*count = 0;
	columns_init(&columns, &heap, desk->out, limit_columns,
		     sizeof limit_columns / sizeof *limit_columns, desk->has_colour);
	for (uint32_t i = 0; i < list->count * FAMILY_COUNT; i++) {
		const struct view_session *session = &list->session[i / FAMILY_COUNT];
		enum family family = (enum family)(i % FAMILY_COUNT);
		struct limit_change change = change_of(plan, session, family);
		if (change.then == NULL)
			continue;
		if ((*count)++ == 0)
			(void)text_put(desk->out, "\nlimits; what is held already stays\n");
		address_print(&session->address, address);
		columns_cell(&columns, COLOUR_BOLD, "AS%u", session->asn);
		columns_cell(&columns, COLOUR_NONE, "%s", address);
		columns_cell(&columns, COLOUR_NONE, "%s", family_words[family]);
		columns_cell(&columns, COLOUR_NONE, "%u", change.counted);
		columns_cell(&columns, COLOUR_NONE, "%u %s", session->family[family].routes_max,
			     session->limit_action);
		columns_cell(&columns, COLOUR_NONE, "%u %s", change.becomes,
			     plan_limit_action_name(change.action));
		columns_cell(&columns, COLOUR_NONE, "%s", change.then);
	}
	return *count == 0 || columns_end(&columns);
}

uint32_t rules_limits_json(struct json *json, const struct plan *plan,
			   const struct session_list *list)
{
	char address[ADDRESS_TEXT_MAX];
	uint32_t count = 0;

	json_field_array(json, "limits");
	for (uint32_t i = 0; i < list->count * FAMILY_COUNT; i++) {
		const struct view_session *session = &list->session[i / FAMILY_COUNT];
		enum family family = (enum family)(i % FAMILY_COUNT);
		struct limit_change change = change_of(plan, session, family);
		if (change.then == NULL)
			continue;
		count++;
		address_print(&session->address, address);
		json_object_open(json);
		json_field_u64(json, "asn", session->asn);
		json_field_text(json, "address", address);
		json_field_text(json, "family", family_names[family]);
		json_field_u64(json, "counted", change.counted);
		json_field_u64(json, "blocked", change.blocked);
		json_field_u64(json, "limit_now", session->family[family].routes_max);
		json_field_text(json, "action_now", session->limit_action);
		json_field_u64(json, "limit_then", change.becomes);
		json_field_text(json, "action_then", plan_limit_action_name(change.action));
		json_field_text(json, "then", change.then);
		json_object_close(json);
	}
	json_array_close(json);
	return count;
}
