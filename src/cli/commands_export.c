/* cli/commands_export.c — what the registry gives to others: rows of the table. */
#include "cli/command.h"

static const struct option router_options[] = {
	{ "vendor", "NAME", "in whose words; --list says which there are", OPTION_TEXT, false },
	{ "list", NULL, "the vendors", OPTION_YES, false },
	{ "with-password", NULL, "the MD5 password, too, not a placeholder for it", OPTION_YES,
	  false },
	{ "extended-next-hop", NULL, "IPv4 routes over the IPv6 sessions (RFC 8950)", OPTION_YES,
	  false },
	{ "own", "PREFIX", "what the member announces", OPTION_TEXT, true },
	{ "at", "ADDRESS", "only the connection with this address", OPTION_TEXT, false },
	{ "server", "ADDRESS[:PORT]", "the route server's, if not as in exchange.yaml", OPTION_TEXT,
	  true },
	OPTION_TO,
	OPTIONS_END,
};

static const struct option ixf_options[] = {
	{ "full", NULL, "with all contacts, limits, private and documentation numbers", OPTION_YES,
	  false },
	{ "timestamp", "TIME", "instead of the time of the last change", OPTION_TEXT, false },
	OPTION_TO,
	OPTIONS_END,
};

const struct command export_commands[] = {
	{ "export ixf", NULL, "the list of members, for PeeringDB and IXPDB (IX-F 1.0)",
	  "The form for the public has no contact that is not marked public, no max-prefix, and\n"
	  "no member with a private or documentation number (a trial exchange has those).  Its\n"
	  "time stamp is that of the last change: while nothing changes, every octet stays.\n\n"
	  "  plenum export ixf -C ix --to /var/www/participants.json\n"
	  "  plenum export ixf -C ix --full | plenum import -C other -\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 0, ixf_options, command_export_ixf },
	{ "export router", "[AS]", "a member's router configuration, by vendor",
	  "Both ends' addresses and numbers, MD5, limits, and filters for both ways: nothing "
	  "comes\n"
	  "in that is a default route, a bogon, in a peering LAN, too long or the member's own;\n"
	  "nothing goes out but what is in one list, named ..._own_..., which has the prefixes "
	  "of\n"
	  "--own, or else of its as-set where that was heard (plenum irr).  How communities steer\n"
	  "routes stands in comments.\n\n"
	  "  plenum export router -C ix --list\n"
	  "  plenum export router -C ix AS201001 --vendor bird --own 192.0.2.0/24 --to "
	  "plenum.conf\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 1, router_options, command_export_router },
	{ 0 },
};
