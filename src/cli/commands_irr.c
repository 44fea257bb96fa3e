/* cli/commands_irr.c — members' as-sets: rows of the table. */
#include "cli/command.h"

const struct command irr_commands[] = {
	{ "irr show", "[AS]", "what members' as-sets hold, as last heard",
	  "With an AS every prefix and network.  What holds no prefix, or shrank to less than "
	  "half,\n"
	  "is held back: what was in force stays so, until plenum irr accept.  Exit code 1 when\n"
	  "something is held back, failed, or was never heard.\n\n"
	  "  plenum irr show -C ix\n"
	  "  plenum irr show -C ix AS201001 --json\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 1, options_json, command_irr_show },
	{ "irr refresh", "[AS]", "ask for members' as-sets now",
	  "Of one member, or of all one after the other: from its file in irr_files, else from\n"
	  "irr_server through bgpq4.  A member without an as-set is asked for by its own number.\n"
	  "Only the routes of members whose set changed are judged again.  Exit code 1 when one\n"
	  "was held back, 2 when one could not be had.\n\n"
	  "A file such as AS201001.txt, of the member with this number, has an item a line: an\n"
	  "AS number that routes may begin at, the member's own, too, or a prefix, 192.0.2.0/24,\n"
	  "where longer ones belong to it as 192.0.2.0/24^+, ^25 or ^24-28 (RFC 2622); # begins\n"
	  "a comment.\n\n"
	  "  plenum irr refresh -C ix AS201001\n",
	  COMMAND_DIRECTORY, 0, 1, NULL, command_irr_refresh },
	{ "irr accept", "AS", "take an as-set that is held back",
	  "  plenum irr accept -C ix AS201001\n", COMMAND_DIRECTORY, 1, 1, NULL,
	  command_irr_accept },
	{ 0 },
};
