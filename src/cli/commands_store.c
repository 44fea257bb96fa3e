/* cli/commands_store.c — keeping the registry: rows of the table. */
#include "cli/command.h"

static const struct option restore_options[] = {
	{ "force", NULL, "also where there is an exchange: its registry is replaced", OPTION_YES,
	  false },
	{ NULL, NULL, NULL, OPTION_TEXT, false },
};

const struct command store_commands[] = {
	{ "backup", "-C DIR FILE", "write all that is recorded to one file",
	  "The registry and its log as of one moment, and exchange.yaml, while plenum serve runs\n"
	  "and changes go on.  FILE is a database of SQLite, whatever holds the registry, and\n"
	  "holds passwords: for its owner alone.  It is there whole or not at all.  ledger.key,\n"
	  "which signs, is not in it: keep a copy of that apart.\n\n"
	  "  plenum backup -C ix ix-2026-11-28.db\n",
	  0, 1, 1, NULL, command_backup },
	{ "restore", "-C DIR FILE", "make an exchange of what a backup holds",
	  "The backup is looked through first; then its registry takes the place of the one that\n"
	  "exchange.yaml names, whole or not at all.  A directory without exchange.yaml gets the\n"
	  "backup's.  With --force what was there is replaced; a file is kept as\n"
	  "exchange.db.replaced.  Not while plenum serve runs.  Where more was signed than the\n"
	  "backup holds, plenum serve --accept-rollback \"WHY\" goes on with it and records "
	  "why.\n\n"
	  "  plenum restore -C ix ix-2026-11-28.db\n",
	  0, 1, 1, restore_options, command_restore },
	{ 0 },
};
