/* cli/commands_rules.c — the rule book: rows of the table. */
#include "cli/command.h"
#include "cli/rules.h"

static const struct option show_options[] = {
	{ "clause", "NUMBER", "this clause alone, as 3.2, or by its key, as prefix-length",
	  OPTION_TEXT, false },
	{ "yaml", NULL, "the document itself, to edit and adopt", OPTION_YES, false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option adopt_options[] = {
	{ "decision", "TEXT", "what was decided, or where that stands", OPTION_TEXT, false },
	{ "by", "WHO", "who decided", OPTION_TEXT, false },
	{ "from", "TIME", "when it holds, UTC, as 2027-01-31T08:00:00Z; now if not said",
	  OPTION_TEXT, false },
	OPTIONS_END,
};

const struct command rules_commands[] = {
	{ "rules show", "[VERSION]", "the rule book, or a version of it",
	  "  plenum rules show -C ix\n"
	  "  plenum rules show -C ix 2 --clause 3.2\n"
	  "  plenum rules show -C ix --yaml > rules.yaml    to edit\n\n"
	  "Without VERSION the one in force.  Version 0 is the rule book that Plenum ships, with "
	  "what\n"
	  "exchange.yaml sets of it; it holds until one is adopted.\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 1, show_options, command_rules_show },
	{ "rules list", "", "every version, with its decision",
	  "  plenum rules list -C ix\n"
	  "  plenum rules list -C ix --json\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 0, options_json, command_rules_list },
	{ "rules diff", "VERSION [VERSION|FILE]", "what changes, clause by clause",
	  "  plenum rules diff -C ix 1 2\n"
	  "  plenum rules diff -C ix 2 rules.yaml\n"
	  "  plenum rules diff -C ix rules.yaml     against the one in force\n\n"
	  "Exit code 1 when anything differs.\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD | COMMAND_FILE_LAST, 1, 2, NULL, command_rules_diff },
	{ "rules check", "FILE", "whether a rule book can be adopted, without an exchange",
	  "  plenum rules check rules.yaml\n\n"
	  "Everything that is wrong is said at once, with line and column.  Keys of clauses:\n\n",
	  COMMAND_FILE_WORD | COMMAND_CLAUSES, 1, 1, NULL, command_rules_check },
	{ "rules propose", "FILE", "ARouteServer's general.yml as a rule book",
	  "The shipped rule book with what FILE sets of it, on standard output; what belongs to\n"
	  "exchange.yaml or has no counterpart is warned of.\n\n"
	  "  plenum rules propose general.yml > rules.yaml\n"
	  "  plenum rules diff -C ix rules.yaml\n",
	  COMMAND_FILE_WORD, 1, 1, NULL, command_rules_propose },
	{ "rules dry-run", "FILE", "what a rule book would change of the held routes",
	  "Walks the live table while BGP goes on and changes nothing: by member and clause, with\n"
	  "samples; then the sessions that would feel other prefix limits.  Routes that wait for\n"
	  "room below a limit are left out: no rule book judges them.\n"
	  "Adopting the same file changes as many.  Exit code 1 when anything would change.\n\n"
	  "  plenum rules dry-run -C ix rules.yaml\n"
	  "  plenum rules dry-run -C ix rules.yaml --json | jq .refused\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING | COMMAND_RECORD | COMMAND_FILE_WORD, 1, 1,
	  options_json, command_rules_dry_run },
	{ "rules adopt", "FILE", "put a rule book in force",
	  "  plenum rules adopt -C ix rules.yaml --decision \"Meeting 7, item 3\" --by "
	  "\"members\"\n"
	  "  plenum rules adopt -C ix rules.yaml --decision \"Meeting 7, item 3\" \\\n"
	  "      --by \"members\" --from 2027-01-31T08:00:00Z\n\n"
	  "It is kept for ever, with its digest.  No session is lost, and members are sent nothing "
	  "but\n"
	  "what it changes; plenum rules dry-run says before what that is.  One that waits for "
	  "its\n"
	  "day is called off by adopting another, such as the one in force, from the same time.\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD | COMMAND_FILE_WORD, 1, 1, adopt_options,
	  command_rules_adopt },
	{ NULL, NULL, NULL, NULL, 0, 0, 0, NULL, NULL },
};
