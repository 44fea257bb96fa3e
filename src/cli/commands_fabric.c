/* cli/commands_fabric.c — what switches and name servers need: rows of the table. */
#include "cli/command.h"

static const struct option fabric_options[] = {
	{ "format", "text|json|linux", "linux: for ip -batch or bridge -batch; text if not said",
	  OPTION_TEXT, false },
	{ "device", "NAME", "the interface, for linux", OPTION_TEXT, false },
	OPTION_TO,
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option zone_options[] = {
	{ "domain", "NAME", "what names end in: as64500.NAME", OPTION_TEXT, false },
	{ "ns", "NAME", "a name server of the zone; the first is the primary", OPTION_TEXT, true },
	{ "contact", "NAME", "the mailbox as a name; hostmaster.DOMAIN if not said", OPTION_TEXT,
	  false },
	{ "parent", NULL, "instead, what the zone above needs to delegate it", OPTION_YES, false },
	OPTION_TO,
	OPTIONS_END,
};

const struct command fabric_commands[] = {
	{ "export arp", NULL, "the LAN's IPv4 addresses with their MAC addresses",
	  "For a fabric that answers ARP itself.  Addresses whose MAC address is not recorded "
	  "are\n"
	  "warned of and left out for switches; exit code 1 when there are any.  Here, and in the\n"
	  "other tables, are connections whose state is connected: connection edit --state.\n\n"
	  "  plenum export arp -C ix\n"
	  "  plenum export arp -C ix --format linux --device lan0 | ip -batch -\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 0, fabric_options, command_export_arp },
	{ "export nd", NULL, "the LAN's IPv6 addresses with their MAC addresses",
	  "The same for neighbour discovery.\n\n"
	  "  plenum export nd -C ix --format linux --device lan0 | ip -batch -\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 0, fabric_options, command_export_nd },
	{ "export mac", NULL, "the MAC addresses that may send on the LAN",
	  "Of connections whose state is connected.\n\n"
	  "  plenum export mac -C ix\n"
	  "  plenum export mac -C ix --format linux --device port7 | bridge -batch -\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 0, fabric_options, command_export_mac },
	{ "export zone", "[ZONE]", "reverse DNS of the LANs; which zones, without ZONE",
	  "A LAN that does not end at an octet, or a nibble, takes several zones; one smaller "
	  "than a\n"
	  "/24 one inside its /24 (RFC 2317), which --parent shows how to delegate.  The serial "
	  "is\n"
	  "the time of the newest record: unchanged data, unchanged zone.\n\n"
	  "  plenum export zone -C ix\n"
	  "  plenum export zone -C ix 0/26.2.0.192.in-addr.arpa --domain ix.example \\\n"
	  "      --ns ns1.ix.example --ns ns2.ix.example --to lan.zone\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 1, zone_options, command_export_zone },
	{ 0 },
};
