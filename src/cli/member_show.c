/* cli/member_show.c — members listed, and one in full. */
#include <stdio.h>

#include "cli/facts.h"
#include "cli/values.h"
#include "text/columns.h"

static const struct column list_columns[] = {
	{ "MEMBER", false },   { "ADDRESS", false }, { "MAX-PREFIX", true },
	{ "SETTINGS", false }, { "NAME", false },
};

#define LABEL "    %-18s"
#define SETTINGS_TEXT_MAX 192u

/* The options that are set, by the names that they have. */
static void settings_print(const struct registry_member *member, char out[SETTINGS_TEXT_MAX])
{
	char action[32];
	const struct {
		bool is_set;
		const char *name;
	} settings[] = {
		{ member->password[0] != '\0', "md5" },
		{ member->gtsm, "gtsm" },
		{ member->is_active, "active" },
		{ member->add_path, "add-path" },
		{ member->takes_blackhole, "blackhole" },
		{ member->require_role, "require-role" },
		{ member->allow_as2, "allow-as2" },
		{ member->extended_message, "extended-message" },
		{ member->limit_action != LIMIT_ACTION_DEFAULT, action },
	};
	size_t len = 0;

	(void)snprintf(action, sizeof action, "max-prefix-action=%s",
		       plan_limit_action_name(member->limit_action));
	out[0] = '\0';
	for (uint32_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (settings[i].is_set)
			len += (size_t)snprintf(out + len, SETTINGS_TEXT_MAX - len, "%s%s",
						len != 0 ? " " : "", settings[i].name);
	}
}

static void connection_print(const struct registry_member *member, const struct plan_rules *rules,
			     struct columns *columns)
{
	for (uint32_t i = 0; i < member->address_count; i++) {
		char address[ADDRESS_TEXT_MAX];
		char settings[SETTINGS_TEXT_MAX];
		address_print(&member->address[i], address);
		settings_print(member, settings);
		char number[VALUE_TEXT_MAX];
		uint32_t most = member->routes_max[member->address[i].family];
		value_count_print(most != 0 ? most : rules->routes_max[member->address[i].family],
				  number);
		columns_cell(columns, COLOUR_BOLD, "AS%u", member->asn);
		columns_cell(columns, COLOUR_NONE, "%s", address);
		if (most != 0)
			columns_cell(columns, COLOUR_NONE, "%s", number);
		else
			columns_cell(columns, COLOUR_DIM, "%s (default)", number);
		columns_cell(columns, COLOUR_DIM, "%s", settings[0] != '\0' ? settings : "-");
		columns_cell(columns, COLOUR_NONE, "%s", member->name);
	}
}

static bool has_local(const struct registry_member *member, enum family family)
{
	const struct address none = { .family = (uint8_t)family };

	return member->local[family].family == (uint8_t)family &&
	       address_compare(&member->local[family], &none) != 0;
}

static void local_json(const struct registry_member *member, struct json *json)
{
	json_field_array(json, "local_addresses");
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (has_local(member, (enum family)f))
			json_address(json, &member->local[f]);
	}
	json_array_close(json);
}

/* null where the number is the rule book's or the system's. */
static void number_json(const char *name, uint32_t number, struct json *json)
{
	json_key(json, name);
	if (number != 0)
		json_u64(json, number);
	else
		json_none(json);
}

/* null when it is not set. */
static void address_json(const char *name, const struct address *address, struct json *json)
{
	const struct address none = { .family = address->family };

	json_key(json, name);
	if (address_compare(address, &none) != 0)
		json_address(json, address);
	else
		json_none(json);
}

static bool connection_json(const struct desk *desk, const struct registry_member *member,
			    struct json *json)
{
	json_object_open(json);
	json_field_array(json, "addresses");
	for (uint32_t i = 0; i < member->address_count; i++) {
		char text[ADDRESS_TEXT_MAX];
		address_print(&member->address[i], text);
		json_text(json, text);
	}
	json_array_close(json);
	number_json("max_prefix_ipv4", member->routes_max[FAMILY_IPV4], json);
	number_json("max_prefix_ipv6", member->routes_max[FAMILY_IPV6], json);
	json_field_text(json, "max_prefix_action",
			member->limit_action != LIMIT_ACTION_DEFAULT ?
				plan_limit_action_name(member->limit_action) :
				NULL);
	json_field_bool(json, "has_password", member->password[0] != '\0');
	json_field_bool(json, "active", member->is_active);
	json_field_bool(json, "add_path", member->add_path);
	json_field_bool(json, "blackhole", member->takes_blackhole);
	json_field_bool(json, "gtsm", member->gtsm);
	json_field_bool(json, "require_role", member->require_role);
	json_field_bool(json, "allow_as2", member->allow_as2);
	json_field_bool(json, "extended_message", member->extended_message);
	number_json("port", member->port, json);
	local_json(member, json);
	address_json("link_local", &member->link_local, json);
	address_json("slat_ipv4", &member->slat_ipv4, json);
	bool is_read = facts_connection_json(desk, member, json);
	json_object_close(json);
	return is_read;
}

/* The connections from *at on that are one member's; *at moves behind them.  False: something of
 * the member could not be read. */
static bool member_json(const struct desk *desk, const struct registry_list *list, uint32_t *at,
			struct json *json)
{
	const struct registry_member *first = &list->item[*at];

	json_object_open(json);
	json_field_u64(json, "asn", first->asn);
	json_field_text(json, "name", first->name);
	json_field_text(json, "as_macro", first->as_macro[0] != '\0' ? first->as_macro : NULL);
	bool is_read = facts_member_json(desk, first->asn, json);
	json_field_array(json, "connections");
	while (*at < list->count && list->item[*at].asn == first->asn)
		is_read &= connection_json(desk, &list->item[(*at)++], json);
	json_array_close(json);
	json_object_close(json);
	return is_read;
}

static bool list_json(struct desk *desk, const struct registry_list *list)
{
	struct json json;
	bool is_read = true;

	json_init(&json, desk->out, 2);
	json_array_open(&json);
	for (uint32_t at = 0; at < list->count && is_read;)
		is_read = member_json(desk, list, &at, &json);
	json_array_close(&json);
	return json_done(&json) && is_read;
}

static bool list_print(struct desk *desk, const struct registry_list *list)
{
	struct plan_rules rules = registry_rules_of(&desk->config->exchange);
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };

	columns_init(&columns, &heap, desk->out, list_columns,
		     sizeof list_columns / sizeof *list_columns, desk->has_colour);
	for (uint32_t i = 0; i < list->count; i++)
		connection_print(&list->item[i], &rules, &columns);
	return columns_end(&columns);
}

/* --- one in full ------------------------------------------------------------------------------ */

static void limits_print(const struct registry_member *member, const struct plan_rules *rules,
			 struct text_sink out)
{
	static const char *const name[] = { "max-prefix4", "max-prefix6" };
	char number[VALUE_TEXT_MAX];

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		bool is_own = member->routes_max[f] != 0;
		value_count_print(is_own ? member->routes_max[f] : rules->routes_max[f], number);
		(void)text_put(out, LABEL "%s%s\n", name[f], number,
			       is_own ? "" : " (the rule book's)");
	}
	bool is_own = member->limit_action != LIMIT_ACTION_DEFAULT;
	(void)text_put(out, LABEL "%s%s\n", "max-prefix-action",
		       plan_limit_action_name(is_own ? member->limit_action : rules->limit_action),
		       is_own ? "" : " (the rule book's)");
}

static void yes_print(const char *name, bool is_set, struct text_sink out)
{
	(void)text_put(out, LABEL "%s\n", name, is_set ? "yes" : "no");
}

static void calling_print(const struct registry_member *member, struct text_sink out)
{
	char text[ADDRESS_TEXT_MAX];

	if (member->port != 0)
		(void)text_put(out, LABEL "%u\n", "port", member->port);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		address_print(&member->local[f], text);
		if (has_local(member, (enum family)f))
			(void)text_put(out, LABEL "%s\n", "local", text);
	}
}

/* The addresses by which other members' routers may know it, where next hops are translated. */
static void slat_print(const struct desk *desk, const struct registry_member *member)
{
	struct plan_slat_row row = registry_slat_row(&desk->config->exchange, member);
	const struct address none = { .family = member->slat_ipv4.family };
	char text[ADDRESS_TEXT_MAX];

	address_print(&row.link_local, text);
	if (row.has_link_local)
		(void)text_put(desk->out, LABEL "%s\n", "link-local", text);
	address_print(&row.ipv4, text);
	if (address_compare(&member->slat_ipv4, &none) != 0)
		(void)text_put(desk->out, LABEL "%s\n", "slat-ipv4", text);
	if (registry_rules_of(&desk->config->exchange).ipv6_only_lan == IPV6_ONLY_LAN_OFF)
		return;
	if (!row.has_ipv6)
		(void)text_put_text(desk->out,
				    "    NOTE: no IPv6 address: who takes IPv6 next hops alone "
				    "gets no IPv4 route of it.\n"
				    "          --add-ip gives one.\n");
	if (!row.has_ipv4)
		(void)text_put_text(desk->out,
				    "    NOTE: no IPv4 address: who takes IPv4 next hops alone "
				    "gets none of its IPv4 routes\n"
				    "          that have an IPv6 one, and it needs RFC 8950 to get "
				    "any.  --slat-ipv4 gives one.\n");
}

/* By the names that the options of member edit have. */
static bool connection_full(const struct desk *desk, const struct registry_member *member)
{
	struct plan_rules rules = registry_rules_of(&desk->config->exchange);
	struct text_sink out = desk->out;
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < member->address_count; i++) {
		address_print(&member->address[i], text);
		(void)text_put(out, "%s%s", i == 0 ? "\n  " : ", ", text);
	}
	(void)text_put_text(out, "\n");
	limits_print(member, &rules, out);
	(void)text_put(out, LABEL "%s\n", "password",
		       member->password[0] != '\0' ? "set (TCP MD5)" : "none");
	yes_print("gtsm", member->gtsm, out);
	yes_print("active", member->is_active, out);
	calling_print(member, out);
	slat_print(desk, member);
	yes_print("add-path", member->add_path, out);
	yes_print("blackhole", member->takes_blackhole, out);
	yes_print("require-role", member->require_role, out);
	yes_print("allow-as2", member->allow_as2, out);
	yes_print("extended-message", member->extended_message, out);
	return facts_connection_print(desk, member);
}

static bool member_print(struct desk *desk, const struct registry_list *list)
{
	const struct registry_member *first = &list->item[0];

	(void)text_put(desk->out, "%sAS%u %s%s\n", colour_on(COLOUR_BOLD, desk->has_colour),
		       first->asn, first->name, colour_off(desk->has_colour));
	(void)text_put(desk->out, "  %-20s%s\n", "as-macro",
		       first->as_macro[0] != '\0' ? first->as_macro : "none");
	bool is_read = facts_member_print(desk, first->asn);
	for (uint32_t i = 0; i < list->count && is_read; i++)
		is_read = connection_full(desk, &list->item[i]);
	return is_read && text_put_text(desk->out, "");
}

/* --- the commands ----------------------------------------------------------------------------- */

/* With asn 0, of all. */
static enum exit_code members_tell(struct desk *desk, const struct arguments *arguments,
				   uint32_t asn)
{
	struct heap heap = heap_libc();
	struct registry_list list CLEAN(registry_list_fini);
	bool ok = false;

	registry_list_init(&list, &heap);
	if (!desk_members(desk, asn, &list))
		return EXIT_COULD_NOT;
	if (argument_yes(arguments, "json"))
		ok = list_json(desk, &list);
	else
		ok = asn != 0 ? member_print(desk, &list) : list_print(desk, &list);
	return ok ? EXIT_DONE : EXIT_COULD_NOT;
}

enum exit_code command_member_list(struct desk *desk, const struct arguments *arguments)
{
	return members_tell(desk, arguments, 0);
}

enum exit_code command_member_show(struct desk *desk, const struct arguments *arguments)
{
	uint32_t asn = 0;

	if (!value_asn(arguments->word[0], &asn, desk->complaints))
		return EXIT_COULD_NOT;
	return members_tell(desk, arguments, asn);
}
