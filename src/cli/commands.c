/* cli/commands.c — all commands, room by room, and how one is found. */
#include <string.h>

#include "cli/command.h"

const struct option options_json[] = { OPTION_JSON, OPTIONS_END };

static const struct command *const rooms[] = {
	exchange_commands, rules_commands, registry_commands, ledger_commands, export_commands,
	irr_commands,      store_commands, fabric_commands,   pool_commands,
};

#define ROOM_COUNT (sizeof rooms / sizeof *rooms)

const struct command *command_next(const struct command *at)
{
	bool is_found = at == NULL;

	for (size_t room = 0; room < ROOM_COUNT; room++) {
		for (const struct command *row = rooms[room]; row->name != NULL; row++) {
			if (is_found)
				return row;
			is_found = row == at;
		}
	}
	return NULL;
}

static bool names(const char *name, const char *const *words, uint32_t word_count, uint32_t *used)
{
	*used = 0;
	while (*used < word_count) {
		size_t len = strcspn(name, " ");
		if (strlen(words[*used]) != len || strncmp(words[*used], name, len) != 0)
			return false;
		(*used)++;
		if (name[len] == '\0')
			return true;
		name += len + 1;
	}
	return false;
}

const struct command *command_find(const char *const *words, uint32_t word_count, uint32_t *used)
{
	for (const struct command *at = command_next(NULL); at != NULL; at = command_next(at)) {
		if (names(at->name, words, word_count, used))
			return at;
	}
	return NULL;
}

bool command_is_in(const struct command *command, const char *group)
{
	size_t len = strlen(group);

	return strncmp(command->name, group, len) == 0 && command->name[len] == ' ';
}

/* How many words the option at `words` takes when it may stand before a command's name; else 0. */
static uint32_t leading_option(const char *const *words, uint32_t word_count)
{
	static const char *const alone[] = { "--help", "-h", "--json=yes", "--json=no" };
	bool has_next = word_count > 1;

	for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
		if (strcmp(words[0], alone[i]) == 0)
			return 1;
	}
	if (strcmp(words[0], "-C") == 0)
		return has_next ? 2 : 1;
	if (strcmp(words[0], "--json") != 0)
		return 0;
	return has_next && (strcmp(words[1], "yes") == 0 || strcmp(words[1], "no") == 0) ? 2 : 1;
}

static void word_to_front(const char **words, uint32_t at, uint32_t to)
{
	const char *word = words[at];

	for (uint32_t i = at; i > to; i--)
		words[i] = words[i - 1];
	words[to] = word;
}

void command_words_order(const char **words, uint32_t word_count)
{
	uint32_t named = 0; /* words at the front that may be a command's name */
	uint32_t at = 0;
	uint32_t used = 0;

	while (at < word_count && named < COMMAND_NAME_WORDS_MAX &&
	       command_find(words, named, &used) == NULL) {
		uint32_t skipped = leading_option(words + at, word_count - at);
		if (skipped == 0)
			word_to_front(words, at++, named++);
		at += skipped;
	}
}
