/* cli/main.c — plenum: finds the subcommand and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

struct command {
	const char *name;
	enum exit_code (*run)(struct arguments *arguments, struct complaints *complaints);
	const char *summary;
	const char *help;
};

static const struct command commands[] = {
	{ "init", command_init, "make the directory of a new exchange",
	  "plenum init -C DIR --name NAME --asn N --router-id ADDRESS --listen ADDRESS[:PORT] "
	  "--lan "
	  "PREFIX\n"
	  "--listen and --lan may stand several times.\n\n"
	  "  plenum init -C ix --name Example-IX --asn 64500 --router-id 192.0.2.1 \\\n"
	  "      --listen 127.0.0.1:1790 --lan 127.1.0.0/16 --lan fd00:1::/64\n" },
	{ "member", command_member, "add, list or remove members",
	  "plenum member add -C DIR ASN NAME --ip ADDRESS [--as-macro X] [--max-prefix4 N]\n"
	  "    [--max-prefix6 N] [--blackhole yes] [--active yes] [--add-path yes] [--gtsm yes]\n"
	  "    [--password SECRET]\n"
	  "plenum member list -C DIR\n"
	  "plenum member remove -C DIR ASN\n\n"
	  "  plenum member add -C ix AS201001 \"Example Net\" --ip 127.1.0.1 --ip fd00:1::1\n" },
	{ "check", command_check, "say everything that is wrong, at once",
	  "plenum check -C DIR\n\nExit code 1 when something is wrong, 0 when nothing is.\n" },
	{ "serve", command_serve, "run the route server until it is told to end",
	  "plenum serve -C DIR\n\nEnds on SIGINT or SIGTERM; says what happens on standard "
	  "error.\n" },
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void help_all(void)
{
	printf("Plenum: an Internet exchange point in one program.\n\nplenum COMMAND -C DIR "
	       "...\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	printf("\nplenum COMMAND --help says more, with examples.\n");
}

const char *arguments_next(struct arguments *arguments, const char *name, int *from)
{
	for (; *from < arguments->option_count; (*from)++) {
		if (strcmp(arguments->names[*from], name) != 0)
			continue;
		arguments->taken[*from] = 1;
		return arguments->values[(*from)++];
	}
	return NULL;
}

const char *arguments_one(struct arguments *arguments, const char *name)
{
	int from = 0;
	const char *value = NULL;

	for (const char *next; (next = arguments_next(arguments, name, &from)) != NULL;)
		value = next;
	return value;
}

void arguments_finish(const struct arguments *arguments, struct complaints *complaints)
{
	for (int i = 0; i < arguments->option_count; i++) {
		if (arguments->taken[i] == 0)
			complain(complaints, false, "--%s is no option of this command",
				 arguments->names[i]);
	}
}

enum exit_code complaints_tell(const struct complaints *complaints)
{
	for (uint32_t i = 0; i < complaints->count; i++)
		(void)fprintf(stderr, "plenum: %s%s\n",
			      complaints->list[i].is_warning ? "warning: " : "",
			      complaints->list[i].text);
	return complaints->error_count != 0 ? EXIT_COULD_NOT : EXIT_DONE;
}

/* Every option takes a value, after "=" or as the next word. */
static void arguments_read(int argc, char **argv, struct arguments *out,
			   struct complaints *complaints)
{
	static char names[ARGUMENTS_MAX][64];

	*out = (struct arguments){ .directory = "." };
	for (int i = 2; i < argc; i++) {
		const char *word = argv[i];
		bool is_directory = strcmp(word, "-C") == 0;
		if (!is_directory && strncmp(word, "--", 2) != 0) {
			if (out->word_count < ARGUMENTS_MAX)
				out->words[out->word_count++] = word;
			continue;
		}
		const char *equals = strchr(word, '=');
		const char *value = equals != NULL ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
		if (value == NULL || out->option_count == ARGUMENTS_MAX) {
			complain(complaints, false, "%s takes a value", word);
			return;
		}
		if (is_directory) {
			out->directory = value;
			continue;
		}
		size_t len = equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2;
		(void)snprintf(names[out->option_count], sizeof names[0], "%.*s", (int)len,
			       word + 2);
		out->names[out->option_count] = names[out->option_count];
		out->values[out->option_count++] = value;
	}
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	static struct complaints complaints;
	struct arguments arguments;

	for (size_t i = 0; argc > 1 && i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (asks_for_help(argc, argv)) {
			printf("plenum %s: %s\n\n%s", commands[i].name, commands[i].summary,
			       commands[i].help);
			return EXIT_DONE;
		}
		arguments_read(argc, argv, &arguments, &complaints);
		enum exit_code code = complaints.error_count != 0 ?
					      EXIT_COULD_NOT :
					      commands[i].run(&arguments, &complaints);
		enum exit_code told = complaints_tell(&complaints);
		return told > code ? (int)told : (int)code;
	}
	if (argc < 2 || asks_for_help(argc, argv)) {
		help_all();
		return argc < 2 ? EXIT_COULD_NOT : EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("plenum %s\n", PLENUM_VERSION);
		return EXIT_DONE;
	}
	(void)fprintf(stderr, "plenum: there is no command \"%s\"; plenum --help lists them\n",
		      argv[1]);
	return EXIT_COULD_NOT;
}
