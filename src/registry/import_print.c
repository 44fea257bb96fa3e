/* registry/import_print.c — changes as lines for a person. */
#include <stdio.h>

#include "registry/import.h"

static void routes_print(const uint32_t routes[FAMILY_COUNT], char out[64])
{
	int at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (routes[i] != 0)
			at += snprintf(out + at, 64 - (size_t)at, ", max-prefix%s %u",
				       i == FAMILY_IPV4 ? "4" : "6", routes[i]);
	}
}

static void limit_print(const struct registry_change *change, char *out)
{
	char from[16] = "default";

	if (change->routes_from[change->family] != 0)
		(void)snprintf(from, sizeof from, "%u", change->routes_from[change->family]);
	(void)snprintf(out, REGISTRY_CHANGE_TEXT_MAX,
		       "~ AS%u max-prefix%s: %s -> %u (connection %lld)", change->asn,
		       change->family == FAMILY_IPV4 ? "4" : "6", from,
		       change->routes_to[change->family], (long long)change->connection_id);
}

const char *registry_change_was(const struct registry_import *import,
				const struct registry_change *change)
{
	return change->was_at != 0 ? import->text + change->was_at : "";
}

const char *registry_change_becomes(const struct registry_import *import,
				    const struct registry_change *change)
{
	return change->becomes_at != 0 ? import->text + change->becomes_at : "";
}

/* "~ AS201001 address 127.1.0.1: mac none -> mac 02:00:00:00:00:01" */
static void fact_print(const struct registry_import *import, const struct registry_change *change,
		       char out[REGISTRY_CHANGE_TEXT_MAX])
{
	const char *was = registry_change_was(import, change);
	const char *becomes = registry_change_becomes(import, change);
	char who[16] = "";
	char sign = change->kind == CHANGE_FACT_ADD  ? '+' :
		    change->kind == CHANGE_FACT_EDIT ? '~' :
						       '-';

	if (change->asn != 0)
		(void)snprintf(who, sizeof who, "AS%u ", change->asn);
	(void)snprintf(out, REGISTRY_CHANGE_TEXT_MAX, "%c %s%s%s%s: %.900s%s%.900s", sign, who,
		       fact_kind_of(change->fact)->noun, change->subject[0] != '\0' ? " " : "",
		       change->subject, was, was[0] != '\0' && becomes[0] != '\0' ? " -> " : "",
		       becomes);
}

void registry_change_print(const struct registry_import *import,
			   const struct registry_change *change, char out[REGISTRY_CHANGE_TEXT_MAX])
{
	char address[ADDRESS_TEXT_MAX];
	char routes[64];
	const char *sign = change->kind == CHANGE_ADDRESS_ADD ? "+" : "-";

	switch (change->kind) {
	case CHANGE_MEMBER_ADD:
		(void)snprintf(out, REGISTRY_CHANGE_TEXT_MAX, "+ AS%u member \"%s\"%s%s",
			       change->asn, change->to, change->macro[0] != '\0' ? ", " : "",
			       change->macro);
		break;
	case CHANGE_MEMBER_NAME:
	case CHANGE_MEMBER_MACRO:
		(void)snprintf(out, REGISTRY_CHANGE_TEXT_MAX, "~ AS%u %s: \"%s\" -> \"%s\"",
			       change->asn,
			       change->kind == CHANGE_MEMBER_NAME ? "name" : "as-macro",
			       change->from, change->to);
		break;
	case CHANGE_CONNECTION_ADD:
		routes_print(change->routes_to, routes);
		(void)snprintf(out, REGISTRY_CHANGE_TEXT_MAX, "+ AS%u connection%s", change->asn,
			       routes);
		break;
	case CHANGE_LIMIT:
		limit_print(change, out);
		break;
	case CHANGE_ADDRESS_ADD:
	case CHANGE_ADDRESS_REMOVE:
		address_print(&change->address, address);
		(void)snprintf(out, REGISTRY_CHANGE_TEXT_MAX, "%s AS%u address %s", sign,
			       change->asn, address);
		break;
	case CHANGE_CONNECTION_REMOVE:
		(void)snprintf(out, REGISTRY_CHANGE_TEXT_MAX, "- AS%u connection %lld", change->asn,
			       (long long)change->connection_id);
		break;
	case CHANGE_MEMBER_REMOVE:
		(void)snprintf(out, REGISTRY_CHANGE_TEXT_MAX, "- AS%u member \"%s\"", change->asn,
			       change->from);
		break;
	case CHANGE_FACT_ADD:
	case CHANGE_FACT_EDIT:
	case CHANGE_FACT_REMOVE:
		fact_print(import, change, out);
		break;
	case CHANGE_NONE:
		out[0] = '\0';
		break;
	}
}

bool registry_import_print(const struct registry_import *import, struct text_sink sink)
{
	char line[REGISTRY_CHANGE_TEXT_MAX];
	bool ok = true;

	for (uint32_t i = 0; i < import->change_count; i++) {
		registry_change_print(import, &import->change[i], line);
		ok = ok && text_put(sink, "%s\n", line);
	}
	if (import->change_count == 0)
		ok = ok && text_put_text(sink, "no difference\n");
	else
		ok = ok &&
		     text_put(sink,
			      "members: %u added, %u changed, %u removed; addresses: %u added, "
			      "%u removed\n",
			      import->members_added, import->members_changed,
			      import->members_removed, import->addresses_added,
			      import->addresses_removed);
	if (import->facts_added + import->facts_changed + import->facts_removed != 0)
		ok = ok &&
		     text_put(sink, "details: %u added, %u changed, %u removed\n",
			      import->facts_added, import->facts_changed, import->facts_removed);
	if (import->members_missing != 0)
		ok = ok &&
		     text_put(sink, "%u member%s not in the file: kept\n", import->members_missing,
			      import->members_missing == 1 ? " is" : "s are");
	return ok;
}
