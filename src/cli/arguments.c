/* cli/arguments.c — words and options of a call, by the command's table. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "cli/command.h"
#include "rulebook/rulebook.h"
#include "text/utf8.h"

static const struct option *option_find(const struct command *command, const char *name, size_t len)
{
	for (const struct option *at = command->options; at != NULL && at->name != NULL; at++) {
		if (strlen(at->name) == len && strncmp(at->name, name, len) == 0)
			return at;
	}
	return NULL;
}

static bool is_yes_or_no(const char *text)
{
	return strcmp(text, "yes") == 0 || strcmp(text, "no") == 0;
}

static void option_keep(struct arguments *out, const struct option *option, const char *value,
			struct complaints *complaints)
{
	bool is_there = argument_of(out, option->name) != NULL;

	if (is_there && !option->is_many)
		complain(complaints, false, "--%s stands twice", option->name);
	else if (option->kind == OPTION_YES && !is_yes_or_no(value))
		complain(complaints, false, "--%s takes yes or no, not \"%s\"", option->name,
			 value);
	else if (out->option_count == ARGUMENTS_MAX)
		complain(complaints, false, "more than %u options", ARGUMENTS_MAX);
	else {
		out->option[out->option_count] = option;
		out->value[out->option_count++] = value;
	}
}

/* The option at words[*at]; *at moves to its last word. */
static void option_read(const char *const *words, uint32_t word_count, uint32_t *at,
			struct arguments *out, struct complaints *complaints)
{
	const char *name = words[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct option *option = option_find(out->command, name, len);

	if (option == NULL) {
		complain(complaints, false, "--%.*s is no option of plenum %s; --help lists them",
			 (int)len, name, out->command->name);
		/* What follows belongs to it, most likely: one complaint is enough. */
		if (equals == NULL && *at + 1 < word_count && words[*at + 1][0] != '-')
			(*at)++;
		return;
	}
	bool next_is_value = *at + 1 < word_count &&
			     (option->kind != OPTION_YES || is_yes_or_no(words[*at + 1]));
	if (equals != NULL)
		option_keep(out, option, equals + 1, complaints);
	else if (next_is_value)
		option_keep(out, option, words[++*at], complaints);
	else if (option->kind == OPTION_YES)
		option_keep(out, option, "yes", complaints);
	else
		complain(complaints, false, "--%s takes a value: %s", option->name,
			 option->value != NULL ? option->value : "text");
}

static void words_check(const struct arguments *arguments, struct complaints *complaints)
{
	const struct command *command = arguments->command;

	if (arguments->word_count < command->words_min)
		complain(complaints, false, "plenum %s takes %s; plenum %s --help says more",
			 command->name, command->words, command->name);
	else if (arguments->word_count > command->words_max)
		complain(complaints, false,
			 "\"%s\" is one word too many for plenum %s; names with blanks stand in "
			 "quotes",
			 arguments->word[command->words_max], command->name);
}

bool arguments_read(const struct command *command, const char *const *words, uint32_t word_count,
		    struct arguments *out, const char **directory, struct complaints *complaints)
{
	bool only_words = false;

	*out = (struct arguments){ .command = command };
	*directory = ".";
	for (uint32_t i = 0; i < word_count; i++) {
		if (!only_words && strcmp(words[i], "--") == 0) {
			only_words = true;
		} else if (!only_words && strcmp(words[i], "-C") == 0) {
			if (i + 1 == word_count)
				complain(complaints, false, "-C takes a directory");
			else
				*directory = words[++i];
		} else if (!only_words && strncmp(words[i], "--", 2) == 0) {
			option_read(words, word_count, &i, out, complaints);
		} else if (!only_words && words[i][0] == '-' && words[i][1] != '\0') {
			complain(complaints, false,
				 "%s is no option of plenum %s; a word that begins so stands "
				 "behind --",
				 words[i], command->name);
		} else if (out->word_count < ARGUMENTS_MAX) {
			out->word[out->word_count++] = words[i];
		}
	}
	words_check(out, complaints);
	return complaints->error_count == 0;
}

const char *argument_next(const struct arguments *arguments, const char *name, uint32_t *from)
{
	for (; *from < arguments->option_count; (*from)++) {
		if (strcmp(arguments->option[*from]->name, name) == 0)
			return arguments->value[(*from)++];
	}
	return NULL;
}

const char *argument_of(const struct arguments *arguments, const char *name)
{
	uint32_t from = 0;
	const char *last = NULL;

	for (const char *at; (at = argument_next(arguments, name, &from)) != NULL;)
		last = at;
	return last;
}

bool argument_yes(const struct arguments *arguments, const char *name)
{
	const char *value = argument_of(arguments, name);

	return value != NULL && strcmp(value, "yes") == 0;
}

bool argument_given(const struct arguments *arguments, const char *name)
{
	return argument_of(arguments, name) != NULL;
}

uint32_t argument_number(const struct arguments *arguments, const char *name, uint32_t min,
			 uint32_t max, uint32_t missing, struct complaints *complaints)
{
	const char *text = argument_of(arguments, name);
	uint32_t value = 0;

	if (text == NULL)
		return missing;
	if (decimal_u32(text, max, &value) && value >= min)
		return value;
	complain(complaints, false, "--%s \"%s\" is not a number from %u to %u", name, text, min,
		 max);
	return missing;
}

#define GROUP_WORDS_MAX 14u /* octets of a command's words beside its summary */
#define GROUP_LEFT_COLUMNS 42u

/* --- help ------------------------------------------------------------------------------------- */

static void option_print(const struct option *option, struct text_sink out)
{
	char left[64];

	(void)snprintf(left, sizeof left, "--%s%s%s", option->name,
		       option->value != NULL ? " " : "",
		       option->value != NULL ? option->value : "");
	(void)text_put(out, "  %-29s %s%s\n", left, option->help,
		       option->is_many ? " (repeatable)" : "");
}

void help_print(const struct command *command, struct text_sink out)
{
	(void)text_put(
		out, "plenum %s: %s\n\n  plenum %s%s%s%s%s\n", command->name, command->summary,
		command->name, (command->flags & COMMAND_DIRECTORY) != 0 ? " -C DIR" : "",
		command->words != NULL ? " " : "", command->words != NULL ? command->words : "",
		command->options != NULL ? " [OPTIONS]" : "");
	if (command->options != NULL)
		(void)text_put(out, "\n");
	for (const struct option *at = command->options; at != NULL && at->name != NULL; at++)
		option_print(at, out);
	if (command->help != NULL)
		(void)text_put(out, "\n%s", command->help);
	if ((command->flags & COMMAND_CLAUSES) != 0)
		rulebook_keys_print(out);
	if ((command->flags & COMMAND_KEYS) != 0)
		exchange_keys_print(out);
}

void help_print_group(const char *group, struct text_sink out)
{
	size_t len = strlen(group);

	(void)text_put(out, "plenum %s: one of these.\n\n", group);
	for (const struct command *at = command_next(NULL); at != NULL; at = command_next(at)) {
		char usage[64];
		if (!command_is_in(at, group))
			continue;
		bool is_long = at->words != NULL && strlen(at->words) > GROUP_WORDS_MAX;
		(void)snprintf(usage, sizeof usage, "%s%s%s%s",
			       (at->flags & COMMAND_DIRECTORY) != 0 ? "-C DIR " : "",
			       at->name + len + 1, at->words != NULL ? " " : "",
			       is_long           ? "..." :
			       at->words != NULL ? at->words :
						   "");
		(void)text_put(out, "  plenum %s %-*s %s\n", group,
			       (int)(GROUP_LEFT_COLUMNS - strlen("  plenum ") - len - 1), usage,
			       at->summary);
	}
	(void)text_put(out,
		       "\nplenum %s COMMAND --help says more, with examples.  -C DIR and options "
		       "may stand\nanywhere between the words.\n",
		       group);
}

static bool is_first_of(const struct command *command, size_t len)
{
	const struct command *at = command_next(NULL);

	while (at != command &&
	       (strncmp(at->name, command->name, len) != 0 || at->name[len] != ' '))
		at = command_next(at);
	return at == command;
}

/* "  member        members and their routers: add, edit, remove, list, show" */
static void group_line_print(const char *name, size_t len, struct text_sink out)
{
	static const char *const summary[][2] = {
		{ "address", "what is recorded of an address" },
		{ "connection", "where members are plugged in" },
		{ "contact", "whom to write to or call" },
		{ "document", "what was signed" },
		{ "exchange", "what is said of the exchange" },
		{ "export", "files for others" },
		{ "irr", "members' as-sets" },
		{ "ledger", "the log of every change" },
		{ "member", "who is here" },
		{ "organisation", "whom members belong to" },
		{ "pool", "addresses and blocks to give" },
		{ "port", "of connections, on switches" },
		{ "request", "who asks for numbers" },
		{ "rules", "the rule book" },
		{ "show", "what plenum serve holds" },
		{ "switch", "of the exchange" },
		{ "vlan", "of the exchange" },
	};
	const char *before = "";

	(void)text_put(out, "  %-12.*s  ", (int)len, name);
	for (size_t i = 0; i < sizeof summary / sizeof *summary; i++) {
		if (strlen(summary[i][0]) == len && strncmp(summary[i][0], name, len) == 0)
			(void)text_put(out, "%s: ", summary[i][1]);
	}
	for (const struct command *at = command_next(NULL); at != NULL; at = command_next(at)) {
		if (strncmp(at->name, name, len) != 0 || at->name[len] != ' ')
			continue;
		(void)text_put(out, "%s%s", before, at->name + len + 1);
		before = ", ";
	}
	(void)text_put(out, "\n");
}

void help_print_all(struct text_sink out)
{
	(void)text_put(out, "Plenum: an Internet exchange point in one program.\n\n"
			    "  plenum COMMAND [-C DIR] ...\n\n");
	for (const struct command *at = command_next(NULL); at != NULL; at = command_next(at)) {
		size_t len = strcspn(at->name, " ");
		if (at->name[len] == '\0')
			(void)text_put(out, "  %-12s  %s\n", at->name, at->summary);
		else if (is_first_of(at, len))
			group_line_print(at->name, len, out);
	}
	(void)text_put(
		out,
		"\nplenum COMMAND --help says more, with examples.  DIR is the exchange's "
		"directory;\nwithout -C it is the one you are in.  -C DIR, --json and --help may "
		"stand anywhere\nbetween the words.  Exit codes: 0 done, 1 found something, "
		"2 could not.\n");
}

void complaints_print(const struct complaints *complaints, struct text_sink out)
{
	char text[COMPLAINT_TEXT_MAX];

	for (uint32_t i = 0; i < complaints->count; i++) {
		/* What was said may quote anything. */
		(void)utf8_clean(octets_of_text(complaints->list[i].text), "?", text, sizeof text);
		(void)text_put(out, "plenum: %s%s\n",
			       complaints->list[i].is_warning ? "warning: " : "", text);
	}
	if (complaints->left_out != 0)
		(void)text_put(out, "plenum: and %u more\n", complaints->left_out);
}
