/* cli/import.c — a member export taken in: the difference shown, then applied whole or not at all.
 *
 * What the person agreed to is named by the difference's digest: where something changed between
 * the question and the answer, nothing is applied. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "registry/import.h"
#include "registry/members.h"
#include "text/columns.h"

#define DIGEST_TEXT_MAX 17u
#define COUNTS_TEXT_MAX 80u

static const struct column change_columns[] = {
	{ "", false },    { "MEMBER", false },  { "WHAT", false },
	{ "WAS", false }, { "BECOMES", false },
};

/* A change as it stands in a row. */
struct change_row {
	char sign;
	char what[FACT_KEY_MAX + 16];
	char was[REGISTRY_CHANGE_TEXT_MAX];
	char becomes[REGISTRY_CHANGE_TEXT_MAX];
};

static void limit_print(uint32_t limit, char *out, size_t room)
{
	if (limit == 0)
		(void)snprintf(out, room, "default");
	else
		(void)snprintf(out, room, "%u", limit);
}

static void limits_print(const uint32_t limit[FAMILY_COUNT], char *out, size_t room)
{
	char ipv4[16];
	char ipv6[16];

	limit_print(limit[FAMILY_IPV4], ipv4, sizeof ipv4);
	limit_print(limit[FAMILY_IPV6], ipv6, sizeof ipv6);
	(void)snprintf(out, room, "max-prefix4 %s, max-prefix6 %s", ipv4, ipv6);
}

static void fact_row(const struct registry_import *import, const struct registry_change *change,
		     struct change_row *out)
{
	out->sign = change->kind == CHANGE_FACT_ADD  ? '+' :
		    change->kind == CHANGE_FACT_EDIT ? '~' :
						       '-';
	(void)snprintf(out->what, sizeof out->what, "%s%s%s", fact_kind_of(change->fact)->noun,
		       change->subject[0] != '\0' ? " " : "", change->subject);
	(void)snprintf(out->was, sizeof out->was, "%s", registry_change_was(import, change));
	(void)snprintf(out->becomes, sizeof out->becomes, "%s",
		       registry_change_becomes(import, change));
}

static void row_of(const struct registry_import *import, const struct registry_change *change,
		   struct change_row *out)
{
	char address[ADDRESS_TEXT_MAX];

	*out = (struct change_row){ .sign = '~' };
	address_print(&change->address, address);
	switch (change->kind) {
	case CHANGE_MEMBER_ADD:
		*out = (struct change_row){ .sign = '+', .what = "member" };
		(void)snprintf(out->becomes, sizeof out->becomes, "%s%s%s", change->to,
			       change->macro[0] != '\0' ? ", " : "", change->macro);
		break;
	case CHANGE_MEMBER_NAME:
	case CHANGE_MEMBER_MACRO:
		(void)snprintf(out->what, sizeof out->what, "%s",
			       change->kind == CHANGE_MEMBER_NAME ? "name" : "as-macro");
		(void)snprintf(out->was, sizeof out->was, "%s", change->from);
		(void)snprintf(out->becomes, sizeof out->becomes, "%s", change->to);
		break;
	case CHANGE_CONNECTION_ADD:
		*out = (struct change_row){ .sign = '+', .what = "connection" };
		limits_print(change->routes_to, out->becomes, sizeof out->becomes);
		break;
	case CHANGE_LIMIT:
		(void)snprintf(out->what, sizeof out->what, "max-prefix%s",
			       change->family == FAMILY_IPV4 ? "4" : "6");
		limit_print(change->routes_from[change->family], out->was, sizeof out->was);
		limit_print(change->routes_to[change->family], out->becomes, sizeof out->becomes);
		break;
	case CHANGE_ADDRESS_ADD:
		*out = (struct change_row){ .sign = '+', .what = "address" };
		(void)snprintf(out->becomes, sizeof out->becomes, "%s", address);
		break;
	case CHANGE_ADDRESS_REMOVE:
		*out = (struct change_row){ .sign = '-', .what = "address" };
		(void)snprintf(out->was, sizeof out->was, "%s", address);
		break;
	case CHANGE_CONNECTION_REMOVE:
		*out = (struct change_row){ .sign = '-', .what = "connection" };
		break;
	case CHANGE_MEMBER_REMOVE:
		*out = (struct change_row){ .sign = '-', .what = "member" };
		(void)snprintf(out->was, sizeof out->was, "%s", change->from);
		break;
	case CHANGE_FACT_ADD:
	case CHANGE_FACT_EDIT:
	case CHANGE_FACT_REMOVE:
		fact_row(import, change, out);
		break;
	case CHANGE_NONE:
		break;
	}
}

static void change_cells(const struct registry_import *import, const struct registry_change *change,
			 struct columns *columns)
{
	struct change_row row;

	row_of(import, change, &row);
	enum colour colour = row.sign == '+' ? COLOUR_GREEN :
			     row.sign == '-' ? COLOUR_RED :
					       COLOUR_YELLOW;
	columns_cell(columns, colour, "%c", row.sign);
	if (change->asn != 0)
		columns_cell(columns, COLOUR_BOLD, "AS%u", change->asn);
	else
		columns_cell(columns, COLOUR_DIM, "-");
	columns_cell(columns, COLOUR_NONE, "%s", row.what);
	columns_cell(columns, COLOUR_NONE, "%s", row.was[0] != '\0' ? row.was : "-");
	columns_cell(columns, COLOUR_NONE, "%s", row.becomes[0] != '\0' ? row.becomes : "-");
}

static bool difference_print(struct desk *desk, const struct registry_import *import)
{
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };

	columns_init(&columns, &heap, desk->out, change_columns,
		     sizeof change_columns / sizeof *change_columns, desk->has_colour);
	columns_fit(&columns, desk->columns);
	for (uint32_t i = 0; i < import->change_count; i++)
		change_cells(import, &import->change[i], &columns);
	bool ok = columns_end(&columns) &&
		  text_put(desk->out,
			   "\nmembers: %u added, %u changed, %u removed; addresses: %u added, %u "
			   "removed\n",
			   import->members_added, import->members_changed, import->members_removed,
			   import->addresses_added, import->addresses_removed);
	if (import->facts_added + import->facts_changed + import->facts_removed != 0)
		ok = ok &&
		     text_put(desk->out, "details: %u added, %u changed, %u removed\n",
			      import->facts_added, import->facts_changed, import->facts_removed);
	return ok;
}

static bool missing_print(const struct desk *desk, const struct registry_import *import)
{
	if (import->members_missing == 0)
		return true;
	return text_put(desk->out, "%u member%s not in the file: kept; --remove removes\n",
			import->members_missing, import->members_missing == 1 ? " is" : "s are");
}

/* --- the digest ------------------------------------------------------------------------------- */

static void digest_print(uint64_t digest, char out[DIGEST_TEXT_MAX])
{
	(void)snprintf(out, DIGEST_TEXT_MAX, "%016llx", (unsigned long long)digest);
}

static bool digest_is(const char *text, uint64_t digest)
{
	char expected[DIGEST_TEXT_MAX];

	digest_print(digest, expected);
	return strcmp(text, expected) == 0;
}

/* --- the command ------------------------------------------------------------------------------ */

struct importing {
	struct desk *desk;
	struct ixf_list file;
	struct registry_import_options options;
	struct registry_import import;
	const char *expect; /* the digest that was agreed to; NULL = none */
	bool is_agreed;     /* without asking */
};

/* "994 members added, 2 changed": what is none is not said. */
static void counts_print(const char *noun, uint32_t added, uint32_t changed, uint32_t removed,
			 char out[COUNTS_TEXT_MAX])
{
	const struct {
		uint32_t count;
		const char *word;
	} parts[] = { { added, "added" }, { changed, "changed" }, { removed, "removed" } };
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *plural = noun[strlen(noun) - 1] == 's' ? "es" : "s";
		if (parts[i].count == 0)
			continue;
		if (len == 0)
			len += (size_t)snprintf(out, COUNTS_TEXT_MAX, "%u %s%s %s", parts[i].count,
						noun, parts[i].count == 1 ? "" : plural,
						parts[i].word);
		else
			len += (size_t)snprintf(out + len, COUNTS_TEXT_MAX - len, ", %u %s",
						parts[i].count, parts[i].word);
	}
}

static enum exit_code difference_apply(struct importing *importing)
{
	char members[COUNTS_TEXT_MAX];
	char addresses[COUNTS_TEXT_MAX];
	char details[COUNTS_TEXT_MAX];
	struct desk *desk = importing->desk;
	const struct registry_import *import = &importing->import;
	struct fault fault = registry_import_apply(desk->store, &desk->config->exchange,
						   &importing->file, importing->options,
						   importing->import.digest, desk->complaints);

	if (failed(fault)) {
		if (desk->complaints->error_count == 0)
			complain(desk->complaints, false, "the registry cannot be changed: %s",
				 store_error(desk->store));
		return EXIT_COULD_NOT;
	}
	(void)text_put(desk->out, "applied\n");
	counts_print("member", import->members_added, import->members_changed,
		     import->members_removed, members);
	counts_print("address", import->addresses_added, 0, import->addresses_removed, addresses);
	counts_print("detail", import->facts_added, import->facts_changed, import->facts_removed,
		     details);
	return desk_changed(desk, "import: %s%s%s%s%s", members,
			    members[0] != '\0' && addresses[0] != '\0' ? "; " : "", addresses,
			    details[0] != '\0' && members[0] + addresses[0] != 0 ? "; " : "",
			    details);
}

static enum exit_code difference_offer(struct importing *importing)
{
	struct desk *desk = importing->desk;
	char digest[DIGEST_TEXT_MAX];
	char word[DIGEST_TEXT_MAX + 16];

	if (importing->is_agreed)
		return difference_apply(importing);
	digest_print(importing->import.digest, digest);
	(void)snprintf(word, sizeof word, "--expect=%s", digest);
	if (desk->ask != NULL)
		desk->ask(desk->ask_context, "Apply these changes?", word);
	if (desk->columns == 0)
		(void)text_put(desk->out,
			       "not applied; --yes applies, %s applies this difference "
			       "only\n",
			       word);
	return EXIT_FOUND;
}

static enum exit_code difference_tell(struct importing *importing)
{
	struct desk *desk = importing->desk;
	const struct registry_import *import = &importing->import;

	if (importing->expect != NULL && !digest_is(importing->expect, import->digest)) {
		complain(desk->complaints, false,
			 "the difference is no longer the one that was shown; nothing was changed, "
			 "look at it again");
		return EXIT_COULD_NOT;
	}
	if (importing->expect != NULL)
		return difference_apply(importing);
	if (import->change_count == 0) {
		(void)text_put(desk->out, "nothing to do: the registry has what the file says\n");
		(void)missing_print(desk, import);
		return EXIT_DONE;
	}
	if (!difference_print(desk, import) || !missing_print(desk, import))
		return EXIT_COULD_NOT;
	return difference_offer(importing);
}

/* Behind everything that is wrong: where that leaves the person. */
static void way_out_tell(const struct importing *importing)
{
	uint32_t foreign = importing->import.foreign_count;

	if (foreign != 0)
		complain(importing->desk->complaints, false,
			 "nothing was changed; %u address%s outside the LANs: --skip-foreign "
			 "leaves such out, or exchange.yaml has one LAN too few",
			 foreign, foreign == 1 ? " lies" : "es lie");
	else
		complain(importing->desk->complaints, false, "nothing was changed");
}

enum exit_code command_import(struct desk *desk, const struct arguments *arguments)
{
	const char *name = strcmp(arguments->word[0], "-") == 0 ? "standard input" :
								  arguments->word[0];
	struct heap heap = heap_libc();
	struct importing importing = {
		.desk = desk,
		.options = { .removes_missing = argument_yes(arguments, "remove"),
			     .leaves_out_foreign = argument_yes(arguments, "skip-foreign") },
		.expect = argument_of(arguments, "expect"),
		.is_agreed = argument_yes(arguments, "yes"),
	};
	enum exit_code code = EXIT_COULD_NOT;

	ixf_list_init(&importing.file, &heap);
	registry_import_init(&importing.import, &heap);
	struct fault fault = members_read(name, desk->attached, &importing.file, desk->complaints);
	if (fault.kind == FAULT_MALFORMED)
		registry_import_judge(&desk->config->exchange, &importing.file, importing.options,
				      desk->complaints);
	if (!failed(fault))
		fault = registry_import_plan(desk->store, &desk->config->exchange, &importing.file,
					     importing.options, &importing.import,
					     desk->complaints);
	if (!failed(fault))
		code = difference_tell(&importing);
	else if (desk->complaints->error_count == 0)
		complain(desk->complaints, false, "%s: %s", name,
			 fault.kind == FAULT_LIMIT ? "out of memory" : store_error(desk->store));
	if (failed(fault))
		way_out_tell(&importing);
	registry_import_fini(&importing.import);
	ixf_list_fini(&importing.file);
	return code;
}
