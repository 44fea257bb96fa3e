/* cli/commands_registry.c — what is recorded beside sessions: rows of the table. */
#include "cli/command.h"

#define TEXT(name, value, help) \
	{ \
		name, value, help, OPTION_TEXT, false \
	}
#define MANY(name, value, help) \
	{ \
		name, value, help, OPTION_TEXT, true \
	}
#define YES(name, help) \
	{ \
		name, NULL, help, OPTION_YES, false \
	}
#define CHANGES (COMMAND_DIRECTORY | COMMAND_RECORD)

static const struct option exchange_edit_options[] = {
	TEXT("shortname", "NAME", "as it stands in lists"),
	TEXT("name", "NAME", "in full"),
	TEXT("ixp-id", "N", "our own number in exports; 1 if not said"),
	TEXT("ixf-id", "N", "from the IX-F database: ask ixpdb-admin@euro-ix.net"),
	TEXT("peeringdb-id", "N", "of the exchange at PeeringDB"),
	TEXT("country", "CODE", "such as FI"),
	TEXT("url", "URL", "of the exchange's pages"),
	TEXT("support-email", "ADDRESS", "for members"),
	TEXT("support-phone", "NUMBER", "likewise"),
	TEXT("support-hours", "TEXT", "when, such as 8/5"),
	TEXT("emergency-email", "ADDRESS", "at any hour"),
	TEXT("emergency-phone", "NUMBER", "likewise"),
	TEXT("emergency-hours", "TEXT", "such as 24/7"),
	TEXT("billing-email", "ADDRESS", "for invoices"),
	TEXT("billing-phone", "NUMBER", "likewise"),
	TEXT("billing-hours", "TEXT", "when"),
	MANY("policy", "WORD", "a peering policy that members may have, such as open"),
	TEXT("stats-api", "URL", "where traffic figures are"),
	OPTIONS_END,
};

#define SWITCH_OPTIONS \
	TEXT("colo", "NAME", "the building"), \
		TEXT("facility", "N", "the building's number at PeeringDB"), \
		TEXT("city", "NAME", "where it stands"), TEXT("country", "CODE", "such as FI"), \
		TEXT("manufacturer", "NAME", "who made it"), TEXT("model", "NAME", "what it is"), \
		TEXT("software", "TEXT", "what runs on it")

static const struct option switch_add_options[] = {
	TEXT("id", "N", "its number; the next if not said"),
	SWITCH_OPTIONS,
	OPTIONS_END,
};
static const struct option switch_edit_options[] = {
	TEXT("name", "NAME", "what it is called"),
	SWITCH_OPTIONS,
	OPTIONS_END,
};

#define VLAN_OPTIONS \
	TEXT("prefix4", "PREFIX", "its IPv4 network"), \
		TEXT("prefix6", "PREFIX", "its IPv6 network"), \
		MANY("looking-glass4", "URL", "a looking glass for IPv4"), \
		MANY("looking-glass6", "URL", "a looking glass for IPv6")

static const struct option vlan_add_options[] = {
	TEXT("id", "N", "its number; the next if not said"),
	VLAN_OPTIONS,
	OPTIONS_END,
};
static const struct option vlan_edit_options[] = {
	TEXT("name", "NAME", "what it is called"),
	VLAN_OPTIONS,
	OPTIONS_END,
};

#define ORGANISATION_OPTIONS \
	TEXT("legal-id", "TEXT", "its number in a public register"), \
		TEXT("address", "TEXT", "where letters go"), \
		TEXT("country", "CODE", "such as FI"), TEXT("url", "URL", "its pages"), \
		TEXT("joined", "DATE", "when it became one of ours")

static const struct option organisation_add_options[] = {
	TEXT("id", "N", "its number; the next if not said"),
	ORGANISATION_OPTIONS,
	OPTIONS_END,
};
static const struct option organisation_edit_options[] = {
	TEXT("name", "NAME", "what it is called"),
	ORGANISATION_OPTIONS,
	OPTIONS_END,
};

static const struct option contact_options[] = {
	TEXT("organisation", "N", "of all of an organisation, rather than of one member"),
	TEXT("role", "ROLE", "noc if not said; technical, peering, policy, admin, billing, ..."),
	TEXT("name", "NAME", "of a person, or of a desk"),
	TEXT("email", "ADDRESS", "where mail goes"),
	TEXT("phone", "NUMBER", "whom to call"),
	TEXT("hours", "TEXT", "when, such as 24/7"),
	YES("public", "may stand in the list of members for everybody"),
	OPTIONS_END,
};

static const struct option document_options[] = {
	TEXT("member", "AS", "who signed it"),
	TEXT("organisation", "N", "who signed it, for all of its members"),
	{ "file", "FILE", "the document: its SHA-256 is recorded, not the file", OPTION_FILE,
	  false },
	TEXT("sha256", "DIGEST", "the same, worked out elsewhere"),
	TEXT("version", "TEXT", "which version of it"),
	TEXT("date", "DATE", "when it was signed"),
	TEXT("by", "NAME", "the person who signed"),
	OPTIONS_END,
};

#define PORT_OPTIONS \
	TEXT("switch", "N|NAME", "the switch"), \
		TEXT("port-name", "NAME", "of the port on it, such as Ethernet1"), \
		TEXT("speed", "SPEED", "such as 10G; a bare number is Mbit/s"), \
		TEXT("if-type", "NAME", "such as 10GBASE-LR")

#define ADDRESS_OPTIONS \
	MANY("mac", "MAC", "a MAC address of the router"), \
		YES("routeserver", "it speaks with the route server; yes if not said"), \
		TEXT("as-macro", "AS-SET", "where it is another than the member's"), \
		TEXT("service", "WORD", "of the exchange: ixroutecollector or ixrouteserver"), \
		TEXT("os", "NAME", "of the service"), TEXT("os-version", "TEXT", "likewise"), \
		TEXT("daemon", "NAME", "likewise"), TEXT("daemon-version", "TEXT", "likewise")

static const struct option connection_edit_options[] = {
	TEXT("at", "ADDRESS", "the connection with this address, where there are several"),
	TEXT("state", "STATE", "connected, notconnected, disabled, quarantine, awaiting-xconnect"),
	TEXT("since", "DATE", "when it was connected"),
	PORT_OPTIONS,
	ADDRESS_OPTIONS,
	OPTIONS_END,
};
static const struct option connection_remove_options[] = {
	TEXT("at", "ADDRESS", "the connection with this address"),
	OPTIONS_END,
};
static const struct option connection_add_options[] = {
	MANY("ip", "ADDRESS", "an address of its router on a LAN"),
	TEXT("max-prefix4", "N", "IPv4 prefixes it may announce; 0 = the rule book's"),
	TEXT("max-prefix6", "N", "IPv6 prefixes it may announce; 0 = the rule book's"),
	OPTIONS_END,
};
static const struct option port_add_options[] = {
	TEXT("at", "ADDRESS", "of the connection with this address, where there are several"),
	PORT_OPTIONS,
	OPTIONS_END,
};
static const struct option port_edit_options[] = { PORT_OPTIONS, OPTIONS_END };
static const struct option address_edit_options[] = { ADDRESS_OPTIONS, OPTIONS_END };

/* A value is taken away by giving an empty one. */
#define TAKEN_AWAY "An empty value takes away what was said.\n\n"

const struct command registry_commands[] = {
	{ "exchange show", NULL, "what is said of the exchange to everybody",
	  "  plenum exchange show -C ix\n", CHANGES, 0, 0, options_json, command_exchange_show },
	{ "exchange edit", NULL, "change what is said of the exchange",
	  TAKEN_AWAY "  plenum exchange edit -C ix --shortname EX-IX --ixf-id 913 --country FI\n"
		     "  plenum exchange edit -C ix --policy open --policy selective\n",
	  CHANGES, 0, 0, exchange_edit_options, command_fact_edit },
	{ "organisation add", "NAME", "record an organisation, which may have several members",
	  "  plenum organisation add -C ix \"Example Oy\" --country FI --joined 2026-01-05\n"
	  "  plenum member edit -C ix AS201001 --organisation 1\n",
	  CHANGES, 1, 1, organisation_add_options, command_fact_add },
	{ "organisation edit", "N", "change what is recorded of an organisation",
	  TAKEN_AWAY "  plenum organisation edit -C ix 1 --url https://net.example/\n", CHANGES, 1,
	  1, organisation_edit_options, command_fact_edit },
	{ "organisation list", NULL, "all organisations", "  plenum organisation list -C ix\n",
	  CHANGES, 0, 0, options_json, command_fact_list },
	{ "organisation remove", "N", "remove one that nobody belongs to",
	  "  plenum organisation remove -C ix 1\n", CHANGES, 1, 1, NULL, command_fact_remove },
	{ "contact add", "[AS]", "record whom to write to or call",
	  "Roles: noc, technical, peering, policy, admin, billing, abuse, emergency, legal.\n"
	  "Name, mail and phone are personal: the public log has only a salted digest of them,\n"
	  "and contact erase takes them away for good.  Without an AS or --organisation it is\n"
	  "one of the exchange's own staff.\n\n"
	  "  plenum contact add -C ix AS201001 --role noc --email noc@net.example --public\n",
	  CHANGES, 0, 1, contact_options, command_fact_add },
	{ "contact edit", "N", "change a contact",
	  TAKEN_AWAY "  plenum contact edit -C ix 3 --phone +358401234567 --public no\n", CHANGES,
	  1, 1, contact_options, command_fact_edit },
	{ "contact list", "[AS]", "all contacts, or those of a member",
	  "  plenum contact list -C ix\n  plenum contact list -C ix AS201001 --json\n", CHANGES, 0,
	  1, options_json, command_fact_list },
	{ "contact erase", "N", "take a person's data away for good",
	  "Name, mail and phone go out of the registry and from beside the log.  What stays is\n"
	  "that there was a contact of this role, salted digests that nobody can read anything\n"
	  "out of, and that it was erased.\n\n"
	  "  plenum contact erase -C ix 3\n",
	  CHANGES, 1, 1, NULL, command_fact_erase },
	{ "contact remove", "N", "remove a contact and erase its data",
	  "  plenum contact remove -C ix 3\n", CHANGES, 1, 1, NULL, command_fact_remove },
	{ "document add", "TITLE", "record that somebody signed a document",
	  "  plenum document add -C ix \"Connection agreement\" --member AS201001 \\\n"
	  "      --file agreement.pdf --date 2026-01-05 --by \"A. Director\"\n",
	  CHANGES, 1, 1, document_options, command_fact_add },
	{ "document list", "[AS]", "documents signed, by all or by a member",
	  "  plenum document list -C ix AS201001\n", CHANGES, 0, 1, options_json,
	  command_fact_list },
	{ "document erase", "N", "take away the name of who signed",
	  "  plenum document erase -C ix 2\n", CHANGES, 1, 1, NULL, command_fact_erase },
	{ "connection add", "AS", "one more connection of a member",
	  "  plenum connection add -C ix AS201001 --ip 127.1.0.2 --ip fd00:1::2\n", CHANGES, 1, 1,
	  connection_add_options, command_connection_add },
	{ "connection edit", "AS", "where a member is plugged in, and with what",
	  "What is said of addresses holds for all of the connection; address edit changes one.\n"
	  "A connection with several ports is a bundle: port add, port edit.  Sessions stay up\n"
	  "unless --state is another than connected, or --routeserver no.\n" TAKEN_AWAY
	  "  plenum connection edit -C ix AS201001 --switch 1 --port-name Ethernet7 --speed 10G\n"
	  "  plenum connection edit -C ix AS201001 --at 127.1.0.1 --mac 02:00:00:00:00:01\n"
	  "  plenum connection edit -C ix AS201001 --state quarantine\n",
	  CHANGES, 1, 1, connection_edit_options, command_connection_edit },
	{ "connection list", "[AS]", "connections with state, ports and addresses",
	  "  plenum connection list -C ix\n  plenum connection list -C ix AS201001 --json\n",
	  CHANGES, 0, 1, options_json, command_connection_list },
	{ "connection remove", "AS", "remove one of a member's connections; its sessions end",
	  "  plenum connection remove -C ix AS201001 --at 127.1.0.2\n", CHANGES, 1, 1,
	  connection_remove_options, command_connection_remove },
	{ "address edit", "ADDRESS", "what is recorded of one address of a member",
	  TAKEN_AWAY "  plenum address edit -C ix fd00:1::1 --routeserver no\n", CHANGES, 1, 1,
	  address_edit_options, command_fact_edit },
	{ "port add", "AS", "one more port of a connection",
	  "  plenum port add -C ix AS201001 --switch 1 --port-name Ethernet8 --speed 10G\n",
	  CHANGES, 1, 1, port_add_options, command_port_add },
	{ "port edit", "N", "change a port", TAKEN_AWAY "  plenum port edit -C ix 3 --speed 100G\n",
	  CHANGES, 1, 1, port_edit_options, command_fact_edit },
	{ "port list", NULL, "all ports", "  plenum port list -C ix\n", CHANGES, 0, 0, options_json,
	  command_fact_list },
	{ "port remove", "N", "remove a port", "  plenum port remove -C ix 3\n", CHANGES, 1, 1,
	  NULL, command_fact_remove },
	{ "switch add", "NAME", "record a switch of the exchange",
	  "  plenum switch add -C ix sw1 --colo \"Data House\" --city Tampere --country FI\n",
	  CHANGES, 1, 1, switch_add_options, command_fact_add },
	{ "switch edit", "N", "change what is recorded of a switch",
	  TAKEN_AWAY "  plenum switch edit -C ix 1 --software \"EOS 4.32\"\n", CHANGES, 1, 1,
	  switch_edit_options, command_fact_edit },
	{ "switch list", NULL, "all switches", "  plenum switch list -C ix\n", CHANGES, 0, 0,
	  options_json, command_fact_list },
	{ "switch remove", "N", "remove a switch that no port is on",
	  "  plenum switch remove -C ix 1\n", CHANGES, 1, 1, NULL, command_fact_remove },
	{ "vlan add", "NAME", "record a VLAN of the exchange",
	  "Where none is recorded, lists of members have the LANs of exchange.yaml.\n\n"
	  "  plenum vlan add -C ix Peering --prefix4 127.1.0.0/16 --prefix6 fd00:1::/64\n",
	  CHANGES, 1, 1, vlan_add_options, command_fact_add },
	{ "vlan edit", "N", "change what is recorded of a VLAN",
	  TAKEN_AWAY "  plenum vlan edit -C ix 1 --looking-glass4 https://lg.example/\n", CHANGES,
	  1, 1, vlan_edit_options, command_fact_edit },
	{ "vlan list", NULL, "all VLANs", "  plenum vlan list -C ix\n", CHANGES, 0, 0, options_json,
	  command_fact_list },
	{ "vlan remove", "N", "remove a VLAN", "  plenum vlan remove -C ix 1\n", CHANGES, 1, 1,
	  NULL, command_fact_remove },
	{ 0 },
};
