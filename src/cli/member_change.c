/* cli/member_change.c — two states of a member compared. */
#include "cli/member_change.h"

#include <stdio.h>
#include <string.h>

#include "text/columns.h"

static const struct column change_columns[] = {
	{ "", false },     { "MEMBER", false }, { "CONNECTION", false },
	{ "WHAT", false }, { "WAS", false },    { "BECOMES", false },
};

struct comparing {
	struct columns columns;
	struct change_line *line;
	uint32_t asn;
	bool has_several; /* connections: the line says which */
	char connection[ADDRESS_TEXT_MAX];
};

static void line_add(struct comparing *comparing, const char *what)
{
	struct change_line *line = comparing->line;
	size_t len = strlen(line->text);
	bool names = comparing->has_several && comparing->connection[0] != '\0';
	char one[CHANGE_LINE_MAX];
	int need = snprintf(one, sizeof one, "%s%s%s%s", line->count != 0 ? ", " : "",
			    names ? comparing->connection : "", names ? " " : "", what);

	line->count++;
	if (need < 0 || (size_t)need + len >= sizeof line->text)
		line->left_out++;
	else
		(void)snprintf(line->text + len, sizeof line->text - len, "%s", one);
}

static void change_put(struct comparing *comparing, char sign, const char *what, const char *was,
		       const char *becomes)
{
	struct columns *columns = &comparing->columns;
	enum colour colour = sign == '+' ? COLOUR_GREEN : sign == '-' ? COLOUR_RED : COLOUR_YELLOW;
	const char *at = comparing->connection;
	char said[CHANGE_LINE_MAX];

	columns_cell(columns, colour, "%c", sign);
	columns_cell(columns, COLOUR_BOLD, "AS%u", comparing->asn);
	columns_cell(columns, COLOUR_NONE, "%s", at[0] != '\0' ? at : "-");
	columns_cell(columns, COLOUR_NONE, "%s", what);
	columns_cell(columns, COLOUR_NONE, "%s", was[0] != '\0' ? was : "-");
	columns_cell(columns, COLOUR_NONE, "%s", becomes[0] != '\0' ? becomes : "-");
	if (sign == '~')
		(void)snprintf(said, sizeof said, "%s %s -> %s", what, was, becomes);
	else
		(void)snprintf(said, sizeof said, "%s %s %s", what, sign == '+' ? becomes : was,
			       sign == '+' ? "added" : "removed");
	line_add(comparing, said);
}

static void text_compare(struct comparing *comparing, const char *what, const char *was,
			 const char *becomes)
{
	if (strcmp(was, becomes) != 0)
		change_put(comparing, '~', what, was[0] != '\0' ? was : "none",
			   becomes[0] != '\0' ? becomes : "none");
}

/* 0 is said in words. */
static void number_compare(struct comparing *comparing, const char *what, uint32_t was,
			   uint32_t becomes)
{
	char first[16] = "default";
	char second[16] = "default";

	if (was != 0)
		(void)snprintf(first, sizeof first, "%u", was);
	if (becomes != 0)
		(void)snprintf(second, sizeof second, "%u", becomes);
	text_compare(comparing, what, first, second);
}

static void yes_compare(struct comparing *comparing, const char *what, bool was, bool becomes)
{
	text_compare(comparing, what, was ? "yes" : "no", becomes ? "yes" : "no");
}

static void address_compare_put(struct comparing *comparing, const char *what,
				const struct address *was, const struct address *becomes)
{
	char first[ADDRESS_TEXT_MAX];
	char second[ADDRESS_TEXT_MAX];

	address_print(was, first);
	address_print(becomes, second);
	text_compare(comparing, what, first, second);
}

/* All zero is none. */
static void slat_compare(struct comparing *comparing, const char *what, const struct address *was,
			 const struct address *becomes)
{
	const struct address *both[] = { was, becomes };
	char text[2][ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < 2; i++) {
		const struct address none = { .family = both[i]->family };
		text[i][0] = '\0';
		if (address_compare(both[i], &none) != 0)
			address_print(both[i], text[i]);
	}
	text_compare(comparing, what, text[0], text[1]);
}

static void settings_compare(struct comparing *comparing, const struct registry_member *was,
			     const struct registry_member *now)
{
	number_compare(comparing, "max-prefix4", was->routes_max[FAMILY_IPV4],
		       now->routes_max[FAMILY_IPV4]);
	number_compare(comparing, "max-prefix6", was->routes_max[FAMILY_IPV6],
		       now->routes_max[FAMILY_IPV6]);
	/* A password is never shown. */
	if (strcmp(was->password, now->password) != 0)
		change_put(comparing, '~', "password", was->password[0] != '\0' ? "set" : "none",
			   now->password[0] == '\0' ? "none" :
			   was->password[0] != '\0' ? "another" :
						      "set");
	yes_compare(comparing, "blackhole", was->takes_blackhole, now->takes_blackhole);
	yes_compare(comparing, "active", was->is_active, now->is_active);
	yes_compare(comparing, "add-path", was->add_path, now->add_path);
	yes_compare(comparing, "gtsm", was->gtsm, now->gtsm);
	yes_compare(comparing, "require-role", was->require_role, now->require_role);
	yes_compare(comparing, "allow-as2", was->allow_as2, now->allow_as2);
	yes_compare(comparing, "extended-message", was->extended_message, now->extended_message);
	text_compare(comparing, "max-prefix-action", plan_limit_action_name(was->limit_action),
		     plan_limit_action_name(now->limit_action));
	number_compare(comparing, "port", was->port, now->port);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		address_compare_put(comparing, "local", &was->local[f], &now->local[f]);
	slat_compare(comparing, "link-local", &was->link_local, &now->link_local);
	slat_compare(comparing, "slat-ipv4", &was->slat_ipv4, &now->slat_ipv4);
}

/* The addresses of `from` that `other` has not; NULL has none. */
static void addresses_compare(struct comparing *comparing, const struct registry_member *from,
			      const struct registry_member *other, char sign)
{
	for (uint32_t i = 0; i < from->address_count; i++) {
		char text[ADDRESS_TEXT_MAX];
		bool is_there = false;
		for (uint32_t j = 0; other != NULL && j < other->address_count; j++)
			is_there |= address_compare(&from->address[i], &other->address[j]) == 0;
		address_print(&from->address[i], text);
		if (!is_there)
			change_put(comparing, sign, "address", sign == '-' ? text : "",
				   sign == '+' ? text : "");
	}
}

static const struct registry_member *connection_find(const struct registry_list *list, int64_t id)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (list->item[i].connection_id == id)
			return &list->item[i];
	}
	return NULL;
}

static void lists_compare(struct comparing *comparing, const struct registry_list *before,
			  const struct registry_list *after)
{
	text_compare(comparing, "name", before->item[0].name, after->item[0].name);
	text_compare(comparing, "as-macro", before->item[0].as_macro, after->item[0].as_macro);
	comparing->has_several = before->count > 1;
	for (uint32_t i = 0; i < before->count; i++) {
		const struct registry_member *was = &before->item[i];
		const struct registry_member *now = connection_find(after, was->connection_id);
		if (was->address_count != 0)
			address_print(&was->address[0], comparing->connection);
		addresses_compare(comparing, was, now, '-');
		if (now == NULL)
			continue;
		addresses_compare(comparing, now, was, '+');
		settings_compare(comparing, was, now);
	}
}

bool member_change_print(const struct desk *desk, const struct registry_list *before,
			 const struct registry_list *after, struct change_line *out)
{
	struct heap heap = heap_libc();
	struct comparing comparing = { .line = out };

	*out = (struct change_line){ 0 };
	if (before->count == 0 || after->count == 0)
		return true;
	comparing.asn = before->item[0].asn;
	columns_init(&comparing.columns, &heap, desk->out, change_columns,
		     sizeof change_columns / sizeof *change_columns, desk->has_colour);
	columns_fit(&comparing.columns, desk->columns);
	lists_compare(&comparing, before, after);
	bool ok = out->count == 0 || columns_end(&comparing.columns);
	columns_fini(&comparing.columns);
	return ok;
}
