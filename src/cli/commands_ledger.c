/* cli/commands_ledger.c — the public record: rows of the table. */
#include "cli/command.h"

static const struct option show_options[] = {
	{ "last", "N", "how many records at the most; 20 if not said", OPTION_TEXT, false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option prove_options[] = {
	{ "from", "SIZE", "that the log of so many records is the beginning of this one",
	  OPTION_TEXT, false },
	OPTION_TO,
	OPTIONS_END,
};

static const struct option verify_options[] = {
	{ "proof", "FILE", "only that this proof holds, against this log's key", OPTION_FILE,
	  false },
	{ "accept-rollback", "WHY", "go on with an older copy of the database, and record why",
	  OPTION_TEXT, false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option proof_options[] = {
	{ "key", "KEY", "the log's key, as ledger show gives it", OPTION_TEXT, false },
	OPTIONS_END,
};

const struct command ledger_commands[] = {
	{ "ledger show", "[N|TYPE]", "the record of the exchange: what was changed, and when",
	  "Without a word the log's name, key, size and root, and its newest records; with a "
	  "number\n"
	  "that record; with a type, such as member or connection, the newest of that type.\n"
	  "A private value is shown as the digest that stands in the log.\n\n"
	  "  plenum ledger show -C ix\n"
	  "  plenum ledger show -C ix 17\n"
	  "  plenum ledger show -C ix connection --last 100\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 1, show_options, command_ledger_show },
	{ "ledger prove", "[N]", "a proof that a record is in the log, for others to check",
	  "A file as c2sp.org/tlog-proof has it, with the record in it: whoever has the log's key\n"
	  "can check it with plenum ledger check, or with any other tool.  With --from that the "
	  "log\n"
	  "only grew since it had so many records (RFC 6962 2.1.2).\n\n"
	  "  plenum ledger prove -C ix 17 --to 17.tlog-proof\n"
	  "  plenum ledger prove -C ix --from 1000\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 1, prove_options, command_ledger_prove },
	{ "ledger verify", NULL, "everything against the log, from its first record on",
	  "Replays all records into an empty database in memory, and compares every table, row by\n"
	  "row; works out every hash again, of records, tree, private values and blobs; checks "
	  "the\n"
	  "signed checkpoint and each file of the published tree.  Exit code 1 when something is "
	  "not\n"
	  "as the log says.\n\n"
	  "  plenum ledger verify -C ix\n"
	  "  plenum ledger verify -C ix --proof 17.tlog-proof\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 0, verify_options, command_ledger_verify },
	{ "ledger check", "FILE", "check somebody's proof with nothing but the log's key",
	  "Shows the record when the proof holds; else exit code 1.\n\n"
	  "  plenum ledger check 17.tlog-proof --key as64500.plenum/ledger+89f6e1ab+AZ...\n",
	  COMMAND_FILE_WORD, 1, 1, proof_options, command_ledger_check },
	{ 0 },
};
