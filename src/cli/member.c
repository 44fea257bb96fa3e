/* cli/member.c — members added, edited, removed. */
#include <stdio.h>
#include <string.h>

#include "cli/facts.h"
#include "cli/member_change.h"
#include "cli/values.h"
#include "registry/edit.h"
#include "registry/pools.h"

/* --- what was said ---------------------------------------------------------------------------- */

static void text_take(const char *what, const char *text, char *out, size_t room,
		      struct complaints *complaints)
{
	if (strlen(text) >= room)
		complain(complaints, false, "%s is longer than %zu octets", what, room - 1);
	else
		(void)snprintf(out, room, "%s", text);
}

static void password_take(const struct desk *desk, const struct arguments *arguments, char *out,
			  size_t room)
{
	const char *open = argument_of(arguments, "password");
	const char *line = (const char *)desk->attached.at;

	if (open != NULL) {
		text_take("--password", open, out, room, desk->complaints);
		complain(desk->complaints, true,
			 "--password: other users of this machine could read it while the command "
			 "ran; use --password-file FILE, or - for standard input");
	}
	if (argument_of(arguments, "password-file") == NULL)
		return;
	size_t len = line != NULL ? strcspn(line, "\r\n") : 0;
	if (open != NULL)
		complain(desk->complaints, false, "--password and --password-file: give one");
	else if (line != NULL && memchr(line, 0, desk->attached.len_octets) != NULL)
		complain(desk->complaints, false, "the password file holds a NUL octet");
	else if (len >= room)
		complain(desk->complaints, false, "the password is longer than %zu octets",
			 room - 1);
	else
		(void)snprintf(out, room, "%.*s", (int)len, line);
}

static enum registry_choice choice_of(const struct arguments *arguments, const char *name)
{
	if (!argument_given(arguments, name))
		return CHOICE_KEEP;
	return argument_yes(arguments, name) ? CHOICE_YES : CHOICE_NO;
}

static void yes_take(const struct arguments *arguments, const char *name, bool *out)
{
	if (argument_given(arguments, name))
		*out = argument_yes(arguments, name);
}

static void action_take(const struct arguments *arguments, enum plan_limit_action *out,
			struct complaints *complaints)
{
	const char *text = argument_of(arguments, "max-prefix-action");

	if (text != NULL && strcmp(text, plan_limit_action_name(LIMIT_ACTION_DEFAULT)) != 0 &&
	    !plan_limit_action_of(text, out))
		complain(complaints, false,
			 "--max-prefix-action takes warn, block, shut or default, not \"%s\"",
			 text);
}

/* One of each family. */
static void local_take(const struct arguments *arguments, struct address out[FAMILY_COUNT],
		       bool has[FAMILY_COUNT], struct complaints *complaints)
{
	struct address address;
	uint32_t from = 0;

	for (const char *text; (text = argument_next(arguments, "local", &from)) != NULL;) {
		if (!address_parse(text, &address)) {
			complain(complaints, false, "--local \"%s\" is not an address", text);
			continue;
		}
		if (has[address.family])
			complain(complaints, false, "--local: more than one %s address",
				 family_name((enum family)address.family));
		out[address.family] = address;
		has[address.family] = true;
	}
}

static void slat_take(const struct arguments *arguments, const char *name, enum family family,
		      struct address *out, struct complaints *complaints)
{
	const char *text = argument_of(arguments, name);

	if (text != NULL && (!address_parse(text, out) || out->family != (uint8_t)family))
		complain(complaints, false, "--%s \"%s\" is not an IPv%c address", name, text,
			 family == FAMILY_IPV4 ? '4' : '6');
}

static void settings_take(const struct desk *desk, const struct arguments *arguments,
			  struct registry_member *out)
{
	const char *macro = argument_of(arguments, "as-macro");
	struct complaints *complaints = desk->complaints;

	if (macro != NULL && !registry_macro_is_good(macro))
		complain(complaints, false,
			 "--as-macro \"%s\" is no as-set, such as AS-EXAMPLE or RIPE::AS-EXAMPLE",
			 macro);
	else if (macro != NULL)
		text_take("--as-macro", macro, out->as_macro, sizeof out->as_macro, complaints);
	password_take(desk, arguments, out->password, sizeof out->password);
	out->routes_max[FAMILY_IPV4] = argument_number(arguments, "max-prefix4", 0,
						       REGISTRY_ROUTES_MAX,
						       out->routes_max[FAMILY_IPV4], complaints);
	out->routes_max[FAMILY_IPV6] = argument_number(arguments, "max-prefix6", 0,
						       REGISTRY_ROUTES_MAX,
						       out->routes_max[FAMILY_IPV6], complaints);
	out->port = (uint16_t)argument_number(arguments, "port", 1, UINT16_MAX, out->port,
					      complaints);
	yes_take(arguments, "blackhole", &out->takes_blackhole);
	yes_take(arguments, "active", &out->is_active);
	yes_take(arguments, "add-path", &out->add_path);
	yes_take(arguments, "gtsm", &out->gtsm);
	yes_take(arguments, "require-role", &out->require_role);
	yes_take(arguments, "allow-as2", &out->allow_as2);
	yes_take(arguments, "extended-message", &out->extended_message);
	action_take(arguments, &out->limit_action, complaints);
	slat_take(arguments, "link-local", FAMILY_IPV6, &out->link_local, complaints);
	slat_take(arguments, "slat-ipv4", FAMILY_IPV4, &out->slat_ipv4, complaints);
}

/* --- add and remove --------------------------------------------------------------------------- */

static void addresses_take(const struct desk *desk, const struct arguments *arguments,
			   struct registry_member *out)
{
	uint32_t from = 0;

	for (const char *text; (text = argument_next(arguments, "ip", &from)) != NULL;) {
		if (out->address_count == REGISTRY_ADDRESSES_MAX)
			complain(desk->complaints, false, "more than %u addresses",
				 REGISTRY_ADDRESSES_MAX);
		else if (!address_parse(text, &out->address[out->address_count++]))
			complain(desk->complaints, false, "--ip \"%s\" is not an address", text);
	}
}

/* "127.1.0.1, fd00:1::1" */
static void addresses_print(const struct registry_member *member, char *out, size_t room)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < member->address_count && len < room; i++) {
		char text[ADDRESS_TEXT_MAX];
		address_print(&member->address[i], text);
		len += (size_t)snprintf(out + len, room - len, "%s%s", i != 0 ? ", " : "", text);
	}
}

/* From the pools of the LANs. */
static void next_take(struct desk *desk, const struct arguments *arguments,
		      struct registry_member *out)
{
	struct address next[FAMILY_COUNT];
	uint32_t count = 0;
	struct fault fault = pools_next(desk->store, argument_of(arguments, "pool"), out->asn, next,
					&count, desk->complaints);

	if (failed(fault) && desk->complaints->error_count == 0)
		complain(desk->complaints, false, "the pools cannot be read: %s",
			 store_error(desk->store));
	for (uint32_t i = 0; i < count && !failed(fault); i++)
		out->address[out->address_count++] = next[i];
}

/* What the options say of the member beside its sessions: `after` is `before` with it.  NULL in
 * *out: they say nothing that is new. */
static bool profile_take(const struct desk *desk, const struct arguments *arguments, uint32_t asn,
			 struct fact *before, struct fact *after, const struct fact **out)
{
	char key[FACT_KEY_MAX];
	bool given = false;

	(void)snprintf(key, sizeof key, "%u", asn);
	struct fault fault = fact_get(desk->store, FACT_MEMBER, key, before);
	if (fault.kind == FAULT_ABSENT) {
		fact_init(before, FACT_MEMBER, key);
	} else if (failed(fault)) {
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
		return false;
	}
	*after = *before;
	if (!facts_take(desk, arguments, after, &given))
		return false;
	bool differs = given && memcmp(before->value, after->value, sizeof after->value) != 0;
	*out = differs ? after : NULL;
	return !differs || !failed(fact_check(desk->store, after, desk->complaints));
}

enum exit_code command_member_add(struct desk *desk, const struct arguments *arguments)
{
	struct registry_member member = { 0 };
	char addresses[REGISTRY_ADDRESSES_MAX * (ADDRESS_TEXT_MAX + 2u)];
	bool has_local[FAMILY_COUNT] = { false };
	struct fact before;
	struct fact after;

	(void)value_asn(arguments->word[0], &member.asn, desk->complaints);
	text_take("the name", arguments->word[1], member.name, sizeof member.name,
		  desk->complaints);
	addresses_take(desk, arguments, &member);
	settings_take(desk, arguments, &member);
	local_take(arguments, member.local, has_local, desk->complaints);
	if (member.address_count == 0 && desk->complaints->error_count == 0)
		next_take(desk, arguments, &member);
	(void)profile_take(desk, arguments, member.asn, &before, &after, &member.profile);
	if (desk->complaints->error_count != 0 ||
	    failed(registry_member_add(desk->store, &desk->config->exchange, &member,
				       desk->complaints)))
		return EXIT_COULD_NOT;
	(void)text_put(desk->out, "AS%u %s: added with %u address%s\n", member.asn, member.name,
		       member.address_count, member.address_count == 1 ? "" : "es");
	addresses_print(&member, addresses, sizeof addresses);
	if (!argument_given(arguments, "ip") && member.address_count != 0)
		(void)text_put(desk->out, "From the pools: %s\n", addresses);
	return desk_changed(desk, "member AS%u added, %s", member.asn, addresses);
}

static void edit_addresses(const struct desk *desk, const struct arguments *arguments,
			   const char *name, struct address *out, uint32_t *count)
{
	uint32_t from = 0;

	for (const char *text; (text = argument_next(arguments, name, &from)) != NULL;) {
		if (*count == REGISTRY_ADDRESSES_MAX)
			complain(desk->complaints, false, "more than %u addresses at once",
				 REGISTRY_ADDRESSES_MAX);
		else if (!address_parse(text, &out[(*count)++]))
			complain(desk->complaints, false, "--%s \"%s\" is not an address", name,
				 text);
	}
}

static void edit_settings(const struct desk *desk, const struct arguments *arguments,
			  struct registry_member *room, struct registry_edit *out)
{
	static const char *const limit[] = { "max-prefix4", "max-prefix6" };

	settings_take(desk, arguments, room);
	out->name = argument_of(arguments, "name");
	out->as_macro = argument_of(arguments, "as-macro");
	if (argument_given(arguments, "password") || argument_given(arguments, "password-file"))
		out->password = room->password;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		out->has_routes_max[f] = argument_given(arguments, limit[f]);
		out->routes_max[f] = room->routes_max[f];
	}
	out->has_port = argument_given(arguments, "port");
	out->port = room->port;
	out->takes_blackhole = choice_of(arguments, "blackhole");
	out->is_active = choice_of(arguments, "active");
	out->add_path = choice_of(arguments, "add-path");
	out->gtsm = choice_of(arguments, "gtsm");
	out->allow_as2 = choice_of(arguments, "allow-as2");
	out->require_role = choice_of(arguments, "require-role");
	out->extended_message = choice_of(arguments, "extended-message");
	out->has_limit_action = argument_given(arguments, "max-prefix-action");
	out->limit_action = room->limit_action;
	out->has_link_local = argument_given(arguments, "link-local");
	out->link_local = room->link_local;
	out->has_slat_ipv4 = argument_given(arguments, "slat-ipv4");
	out->slat_ipv4 = room->slat_ipv4;
	local_take(arguments, out->local, out->has_local, desk->complaints);
}

static enum exit_code edit_apply(struct desk *desk, const struct registry_edit *edit,
				 const struct fact *profile_before)
{
	struct heap heap = heap_libc();
	struct registry_list before CLEAN(registry_list_fini);
	struct registry_list after CLEAN(registry_list_fini);
	struct change_line line;

	registry_list_init(&before, &heap);
	registry_list_init(&after, &heap);
	struct fault fault = registry_member_get(desk->store, edit->asn, &before);
	if (!failed(fault) || fault.kind == FAULT_ABSENT)
		fault = registry_member_edit(desk->store, &desk->config->exchange, edit,
					     desk->complaints);
	if (!failed(fault))
		fault = registry_member_get(desk->store, edit->asn, &after);
	if (failed(fault)) {
		if (desk->complaints->error_count == 0)
			complain(desk->complaints, false, "the registry cannot be read: %s",
				 store_error(desk->store));
		return EXIT_COULD_NOT;
	}
	if (!member_change_print(desk, &before, &after, &line))
		return EXIT_COULD_NOT;
	if (edit->profile != NULL) {
		char who[16];
		char more[FACTS_LINE_MAX];
		(void)snprintf(who, sizeof who, "AS%u", edit->asn);
		(void)facts_change_print(desk, who, profile_before, edit->profile, more);
		if (line.count == 0 && desk->serving != NULL)
			return facts_changed(desk, FACT_MEMBER, more);
		if (line.count == 0)
			return EXIT_DONE;
	}
	if (line.count == 0) {
		(void)text_put(desk->out, "AS%u: nothing to do: it is so already\n", edit->asn);
		return EXIT_DONE;
	}
	return desk_changed(desk, "member AS%u changed: %s%s", edit->asn, line.text,
			    line.left_out != 0 ? ", and more" : "");
}

enum exit_code command_member_edit(struct desk *desk, const struct arguments *arguments)
{
	struct registry_edit edit = { 0 };
	struct registry_member room = { 0 };
	struct fact before;
	struct fact after;
	const char *at = argument_of(arguments, "at");

	(void)value_asn(arguments->word[0], &edit.asn, desk->complaints);
	if (arguments->option_count == 0)
		complain(desk->complaints, false,
			 "nothing to change: name what changes, such as "
			 "--max-prefix4 500");
	edit.has_at = at != NULL;
	if (at != NULL && !address_parse(at, &edit.at))
		complain(desk->complaints, false, "--at \"%s\" is not an address", at);
	edit_settings(desk, arguments, &room, &edit);
	edit_addresses(desk, arguments, "add-ip", edit.add, &edit.add_count);
	edit_addresses(desk, arguments, "remove-ip", edit.remove, &edit.remove_count);
	(void)profile_take(desk, arguments, edit.asn, &before, &after, &edit.profile);
	return desk->complaints->error_count == 0 ? edit_apply(desk, &edit, &before) :
						    EXIT_COULD_NOT;
}

enum exit_code command_member_remove(struct desk *desk, const struct arguments *arguments)
{
	uint32_t asn = 0;

	if (!value_asn(arguments->word[0], &asn, desk->complaints) ||
	    failed(registry_member_remove(desk->store, asn, desk->complaints)))
		return EXIT_COULD_NOT;
	(void)text_put(desk->out, "AS%u: removed\n", asn);
	return desk_changed(desk, "member AS%u removed", asn);
}
