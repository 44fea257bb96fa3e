/* cli/commands_exchange.c — founding, serving and looking at the exchange: rows of the table. */
#include "cli/command.h"

static const struct option init_options[] = {
	{ "name", "NAME", "what the exchange is called", OPTION_TEXT, false },
	{ "asn", "N", "the route server's AS number", OPTION_TEXT, false },
	{ "router-id", "ADDRESS", "its BGP identifier, an IPv4 address", OPTION_TEXT, false },
	{ "listen", "ADDRESS[:PORT]", "where members connect, as [::1]:179; 179 if not said",
	  OPTION_TEXT, true },
	{ "lan", "PREFIX", "a peering LAN; members' addresses lie in one", OPTION_TEXT, true },
	{ "blackhole-next-hop", "ADDRESS", "offers blackholing (RFC 7999): where it leads",
	  OPTION_TEXT, true },
	{ "database", "URL", "of PostgreSQL, empty or another server's of the same exchange",
	  OPTION_TEXT, false },
	{ "trial", NULL, "private and documentation numbers and prefixes pass the checks",
	  OPTION_YES, false },
	OPTIONS_END,
};

#define MEMBER_OPTIONS \
	{ "as-macro", "AS-SET", "the member's as-set in the IRR", OPTION_TEXT, false }, \
		{ "password-file", "FILE", "TCP MD5 password: the first line of FILE, or of -", \
		  OPTION_FILE, false }, \
		{ "password", "SECRET", \
		  "the same in the open: other users of the machine can see it", OPTION_TEXT, \
		  false }, \
		{ "max-prefix4", "N", "IPv4 prefixes it may announce; 0 = the rule book's", \
		  OPTION_TEXT, false }, \
		{ "max-prefix6", "N", "IPv6 prefixes it may announce; 0 = the rule book's", \
		  OPTION_TEXT, false }, \
		{ "max-prefix-action", "ACTION", \
		  "beyond that: warn, block or shut; default = the rule book's", OPTION_TEXT, \
		  false }, \
		{ "blackhole", NULL, "wants to receive blackhole routes", OPTION_YES, false }, \
		{ "active", NULL, "we connect to its router, too", OPTION_YES, false }, \
		{ "add-path", NULL, "may be sent several paths", OPTION_YES, false }, \
		{ "gtsm", NULL, "take only packets from the same link (RFC 5082)", OPTION_YES, \
		  false }, \
		{ "require-role", NULL, "insist on a BGP role (RFC 9234 strict mode)", OPTION_YES, \
		  false }, \
		{ "allow-as2", NULL, "its router knows no four-octet AS numbers", OPTION_YES, \
		  false }, \
		{ "extended-message", NULL, "messages of up to 65,535 octets (RFC 8654)", \
		  OPTION_YES, false }, \
		{ "link-local", "ADDRESS", \
		  "its router's on the LAN, told beside its IPv6 one; :: = none", OPTION_TEXT, \
		  false }, \
		{ "slat-ipv4", "ADDRESS", \
		  "told to members that take IPv4 next hops only; 0.0.0.0 = its own", OPTION_TEXT, \
		  false }, \
		{ "local", "ADDRESS", "our address, when we connect; 0.0.0.0 or :: = any", \
		  OPTION_TEXT, true }, \
	{ \
		"port", "N", "its port, when we connect", OPTION_TEXT, false \
	}

#define PROFILE_OPTIONS \
	{ "type", "WORD", "peering (if not said), ixp or other", OPTION_TEXT, false }, \
		{ "organisation", "N", "to which it belongs: plenum organisation list", \
		  OPTION_TEXT, false }, \
		{ "url", "URL", "its pages", OPTION_TEXT, false }, \
		{ "policy", "WORD", "its peering policy, such as open", OPTION_TEXT, false }, \
		{ "policy-url", "URL", "where the policy stands", OPTION_TEXT, false }, \
	{ \
		"since", "DATE", "when it became a member", OPTION_TEXT, false \
	}

static const struct option add_options[] = {
	{ "ip", "ADDRESS", "an address of its router on a LAN: a session", OPTION_TEXT, true },
	{ "pool", "NAME", "the next free address of this pool, rather than --ip", OPTION_TEXT,
	  false },
	MEMBER_OPTIONS,
	PROFILE_OPTIONS,
	OPTIONS_END,
};

static const struct option edit_options[] = {
	{ "name", "NAME", "what it is called", OPTION_TEXT, false },
	{ "at", "ADDRESS", "only this address's connection; all of the member's if not said",
	  OPTION_TEXT, false },
	{ "add-ip", "ADDRESS", "one more address", OPTION_TEXT, true },
	{ "remove-ip", "ADDRESS", "an address that goes", OPTION_TEXT, true },
	MEMBER_OPTIONS,
	PROFILE_OPTIONS,
	OPTIONS_END,
};

static const struct option import_options[] = {
	{ "yes", NULL, "apply without asking", OPTION_YES, false },
	{ "remove", NULL, "members that are not in the file go", OPTION_YES, false },
	{ "skip-foreign", NULL, "leave out addresses outside the LANs, rather than refuse the file",
	  OPTION_YES, false },
	{ "expect", "DIGEST", "apply only the difference that was shown with this digest",
	  OPTION_TEXT, false },
	OPTIONS_END,
};

static const struct option check_options[] = {
	{ "strict", NULL, "exit code 1 for warnings, too", OPTION_YES, false },
	OPTIONS_END,
};

static const struct option serve_options[] = {
	{ "workers", "N", "threads that serve sessions; one a processor if not said", OPTION_TEXT,
	  false },
	{ "accept-rollback", "WHY", "go on with an older copy of the database, and record why",
	  OPTION_TEXT, false },
	{ "user", "NAME", "as whom to serve when root starts it; else as exchange.yaml says",
	  OPTION_TEXT, false },
	OPTIONS_END,
};

static const struct option demo_options[] = {
	{ "members", "FILE|N", "an IX-F member export, or how many to make up", OPTION_TEXT,
	  false },
	{ "table", "FILE", "what members announce: MRT or text, packed or not", OPTION_TEXT, true },
	{ "lan", "PREFIX", "of the files' members, only those with an address in it", OPTION_TEXT,
	  false },
	{ "name", "NAME", "what the exchange is called", OPTION_TEXT, false },
	{ "asn", "AS", "the route server's AS number; 64500 if not said", OPTION_TEXT, false },
	{ "for", "SECONDS", "end by itself after so long", OPTION_TEXT, false },
	{ "timeout", "SECONDS", "give up when it has not converged by then", OPTION_TEXT, false },
	{ "workers", "N", "threads of the server; one a processor if not said", OPTION_TEXT,
	  false },
	{ "seed", "N", "another made-up exchange", OPTION_TEXT, false },
	{ "keep", "DIR", "use this directory and leave it there", OPTION_TEXT, false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option stop_options[] = {
	{ "for-restart", NULL, "members keep our routes meanwhile (graceful restart)", OPTION_YES,
	  false },
	OPTIONS_END,
};

static const struct option explain_options[] = {
	{ "from", "AS", "only what this member sent, with every check", OPTION_TEXT, false },
	{ "to", "AS", "the whole story of what this member gets", OPTION_TEXT, false },
	{ "all", NULL, "every route in full, and everybody by name", OPTION_YES, false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option routes_options[] = {
	{ "family", "ipv4|ipv6", "only this family", OPTION_TEXT, false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option bench_options[] = {
	{ "load", "NAME", "u100x1000, o100x50000k4.x10: the next three and --steered in one",
	  OPTION_TEXT, false },
	{ "members", "N", "how many; 100 if not said", OPTION_TEXT, false },
	{ "routes", "N", "each announces; 100 if not said", OPTION_TEXT, false },
	{ "overlap", "N", "members that announce the same prefix; 1 if not said", OPTION_TEXT,
	  false },
	{ "family", "ipv4|ipv6", "of the routes; sessions are IPv4 unless --lan", OPTION_TEXT,
	  false },
	{ "steered", "PERCENT", "of the attribute sets that carry control communities", OPTION_TEXT,
	  false },
	{ "churn", "PERCENT", "of the routes, withdrawn and announced again", OPTION_TEXT, false },
	{ "rounds", "N", "of churn; 3 if not said", OPTION_TEXT, false },
	{ "slow", "N", "one member in N reads 1.6 MB a second; the others are timed", OPTION_TEXT,
	  false },
	{ "trickle", "SECONDS", "so long each member changes a route a second", OPTION_TEXT,
	  false },
	{ "probes", "N", "changes timed to the last member, idle and while a member flaps",
	  OPTION_TEXT, false },
	{ "rules", NULL, "bar up to a tenth of the prefixes during a trickle", OPTION_YES, false },
	{ "floor", NULL, "measure a sender of the same octets that decides nothing, too",
	  OPTION_YES, false },
	{ "shared", NULL, "that sender has one copy for all instead of one for each member",
	  OPTION_YES, false },
	{ "runs", "N", "of which the medians are told; 1 if not said", OPTION_TEXT, false },
	{ "workers", "N", "threads of the route server; 1 if not said", OPTION_TEXT, false },
	{ "pin", NULL, "server and generator on cores of their own; yes if not said", OPTION_YES,
	  false },
	{ "lan", NULL, "sessions in 10.1.0.0/16 or fd00:1::/64, which must lead here", OPTION_YES,
	  false },
	{ "against", "PID,PID", "processes of a route server at 10.1.255.1 or fd00:1::ffff",
	  OPTION_TEXT, false },
	{ "hides", "own|filtered|both", "next best routes that it is known to withhold",
	  OPTION_TEXT, false },
	{ "reload", "PROGRAM", "makes it take up changed rules", OPTION_TEXT, false },
	{ "timeout", "SECONDS", "for each phase; 120 if not said", OPTION_TEXT, false },
	{ "connecting", "SECONDS", "for all sessions to stand; as --timeout if not said",
	  OPTION_TEXT, false },
	OPTION_JSON,
	OPTIONS_END,
};

/* Of two words, the longer name first. */
const struct command exchange_commands[] = {
	{ "demo", NULL, "start an exchange with members of its own, to look at",
	  "A temporary directory, a server, and routers of made-up or real members over loopback,\n"
	  "in a network of its own where the system allows it.  What every member holds is "
	  "compared\n"
	  "with a model of what it should, at first and at the end; meanwhile something changes "
	  "now\n"
	  "and then.\n\n"
	  "Ctrl-C ends it within two seconds, and the directory and all processes go, unless "
	  "--keep\n"
	  "says otherwise.  Exit codes: 0 everybody held what he should, or somebody else changed "
	  "the\n"
	  "exchange; 1 something differed; 2 it could not be; 130 interrupted before all was "
	  "compared.\n\n"
	  "  plenum demo\n"
	  "  plenum demo --members members.json --table rib.20140530.bz2 --for 60 --json\n",
	  COMMAND_CURSOR, 0, 0, demo_options, command_demo },
	{ "init", "-C DIR", "make the directory of a new exchange",
	  "  plenum init -C ix --name Example-IX --asn 64500 --router-id 192.0.2.1 \\\n"
	  "      --listen 127.0.0.1:1790 --lan 127.1.0.0/16 --lan fd00:1::/64\n",
	  0, 0, 0, init_options, command_init },
	{ "import", "FILE", "take in members from IX-F, BIRD, ARouteServer or CSV",
	  "Shows what would change and asks.  All or nothing: where anything cannot be, all of it\n"
	  "is said and nothing is changed.  What the file does not say stays: passwords, limits "
	  "it\n"
	  "leaves out, members it does not have.  Importing the same file again does nothing.\n"
	  "FILE is an IX-F member export (0.4 to 1.0), what BIRD prints for show protocols all,\n"
	  "ARouteServer's clients.yml, or CSV with a header; - is standard input.  Columns: asn,\n"
	  "name, as-macro, ipv4, ipv6, max-prefix4, max-prefix6, mac, routeserver, state, switch,\n"
	  "port-name, speed, type, url, policy, since; a row is a connection.  Exit codes: 0\n"
	  "applied or nothing to do, 1 there are differences and they were not applied, 2 "
	  "refused.\n\n"
	  "  plenum import -C ix members.json\n"
	  "  curl -s https://ix.example/members.json | plenum import -C ix - --yes\n"
	  "  birdc show protocols all | plenum import -C ix -\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD | COMMAND_FILE_WORD, 1, 1, import_options,
	  command_import },
	{ "member add", "AS NAME", "add a member, or one more connection of it",
	  "Without --ip it gets the next free address of each family from the LAN's pools, where\n"
	  "there are some; an address that is said must be free in its pool.\n\n"
	  "  plenum member add -C ix AS201001 \"Example Net\" --ip 127.1.0.1 --ip fd00:1::1\n"
	  "  plenum member add -C ix AS201001 \"Example Net\"\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 2, 2, add_options, command_member_add },
	{ "member edit", "AS", "change a member",
	  "Says what changed.  Settings go to every connection of the member, or with --at to\n"
	  "one; --add-ip needs --at when there are several.  Sessions stay up; what both\n"
	  "routers agree on when they connect (add-path, extended-message, require-role,\n"
	  "allow-as2) holds from the next connection on.\n"
	  "--max-prefix-action: warn = prefixes beyond the limit are taken and it is said, block\n"
	  "= they are refused until there is room, shut = the session ends and may come back.\n"
	  "A lower limit takes nothing back; a higher one lets blocked routes in.\n\n"
	  "  plenum member edit -C ix AS201001 --max-prefix4 500 --max-prefix-action block\n"
	  "  plenum member edit -C ix AS201001 --at 127.1.0.1 --add-path --gtsm no\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 1, 1, edit_options, command_member_edit },
	{ "member remove", "AS", "remove a member; its sessions end",
	  "It asks nothing: addresses of pools go into quarantine, contacts are erased for good.\n"
	  "To keep all of it, end the sessions only: connection edit AS --state disabled.\n\n"
	  "  plenum member remove -C ix AS201001\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 1, 1, NULL, command_member_remove },
	{ "member list", NULL, "all members with their addresses",
	  "  plenum member list -C ix\n  plenum member list -C ix --json\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 0, options_json, command_member_list },
	{ "member show", "AS", "all that is recorded of one member",
	  "A password is never shown, only that there is one.\n\n"
	  "  plenum member show -C ix AS201001\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 1, 1, options_json, command_member_show },
	{ "check", NULL, "say everything that is wrong, at once",
	  "exchange.yaml, the database, and every member against the rules that its routes will\n"
	  "meet.  Exit code 1 when there is an error, 0 when there are only warnings or nothing.\n"
	  "plenum serve refuses an exchange.yaml with errors, and does not serve connections\n"
	  "with errors.\n\n"
	  "  plenum check -C ix\n"
	  "  plenum check -C ix && plenum serve -C ix\n\n"
	  "What exchange.yaml may say; plenum init writes one with comments:\n\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD | COMMAND_KEYS, 0, 0, check_options, command_check },
	{ "serve", NULL, "run the route server until it is told to end",
	  "Says what happens on standard error, one line an event.  Ends on SIGINT or SIGTERM, or\n"
	  "with plenum stop.  While it runs, the other commands talk to it.\n\n"
	  "Started by root it serves as the user that the directory belongs to, or the one named,\n"
	  "and needs none of root's rights once its ports are open; by anybody else, as that "
	  "user.\n"
	  "After the start it runs no program, opens no file but its own, and no socket: two "
	  "small\n"
	  "processes connect for it and ask the IRR.  plenum show status says what holds.\n\n"
	  "  plenum serve -C ix\n"
	  "  plenum serve -C /var/lib/plenum --user plenum\n",
	  COMMAND_DIRECTORY | COMMAND_HOLDS | COMMAND_CONFINED, 0, 0, serve_options,
	  command_serve },
	{ "stop", NULL, "end the running plenum serve",
	  "Members are told; with --for-restart those that can keep our routes are not, and keep\n"
	  "them until it is back (RFC 4724).\n\n"
	  "  plenum stop -C ix --for-restart && plenum serve -C ix\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING, 0, 0, stop_options, command_stop },
	{ "bench", NULL, "measure the route server against a bare sender",
	  "The clock runs until every member holds what a simple model says.  Exit code 1 when it\n"
	  "does not come to that.\n\n"
	  "With --against the members are sent to a route server of AS 64700 that somebody else\n"
	  "started; what they hold is then compared by path, next hop and communities.\n\n"
	  "  plenum bench --members 1000 --routes 100 --floor --runs 5\n"
	  "  plenum bench --members 100 --routes 2000 --overlap 4 --churn 5 --json\n"
	  "  plenum bench --load u1000x100 --family ipv6 --slow 10 --trickle 10 --probes 200\n",
	  0, 0, 0, bench_options, command_bench },
	{ "show status", NULL, "the exchange in numbers",
	  "  plenum show status -C ix\n  plenum show status -C ix --json\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING, 0, 0, options_json, command_show_status },
	{ "show sessions", "[AS|ADDRESS|NAME|up|down]",
	  "every session: state, routes, what ended it",
	  "A line for each family that a session carries.  RECEIVED: routes from the member, "
	  "refused\n"
	  "ones included, of the most that it may announce; \"!\" where these are near, +N for "
	  "those\n"
	  "that are refused for want of room (max-prefixes).  REFUSED: of them all, those that a\n"
	  "check keeps out.  ANNOUNCED: paths it was sent, or is being sent.  Below it is noted "
	  "why\n"
	  "a session is down, and what else is not as usual.  With a word only the sessions of "
	  "that\n"
	  "AS or address, of names that hold the word, or those that are up or down.  Exit code 1\n"
	  "when a session shown is down.\n\n"
	  "  plenum show sessions -C ix\n"
	  "  plenum show sessions -C ix AS201001\n"
	  "  plenum show sessions -C ix down\n"
	  "  plenum show sessions -C ix --json | jq '.[] | select(.established | not) | .asn'\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING, 0, 1, options_json, command_show_sessions },
	{ "show session", "AS|ADDRESS", "a member's sessions in full",
	  "What both sides agreed on, timers, counts, and what either side said when a connection\n"
	  "ended; UPDATEs with errors by what became of them (RFC 7606) and the last one;\n"
	  "attributes that were left out, by code.  A session is blocked after too many prefixes,\n"
	  "and held off when its connections fail again and again; both say until when.  Exit\n"
	  "code 1 when a session is down.\n\n"
	  "  plenum show session -C ix AS201001\n"
	  "  plenum show session -C ix 127.1.0.1\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING, 1, 1, options_json, command_show_session },
	{ "show slat", NULL, "each port's addresses, and what its router takes",
	  "The specific local address table: MAC, IPv6, link-local and IPv4 address of each "
	  "connection.\n"
	  "IPV4 is what members are told that take IPv4 next hops only.  TAKES: what the routers\n"
	  "that are up agreed to for IPv4 routes, IPv6 next hops being RFC 8950.  Where the rule\n"
	  "ipv6_only_lan is not off, the route server tells each of them the sender's address of\n"
	  "the kind that it takes; whom that leaves out is noted below.  The fabric must answer\n"
	  "ARP for an IPV4 that no router has.  Exit code 1 when somebody is left out.\n\n"
	  "  plenum show slat -C ix\n"
	  "  plenum show slat -C ix --json | jq '.[] | select(.notes != []) | .asn'\n",
	  COMMAND_DIRECTORY | COMMAND_RECORD, 0, 0, options_json, command_show_slat },
	{ "show routes", "[PREFIX|ADDRESS|AS]", "routes held, announced or not",
	  "A prefix shows its own routes with all attributes, then what lies in it; an address "
	  "the\n"
	  "routes of the longest prefix that holds it; an AS what that member sent.  Beside a "
	  "route's\n"
	  "own attributes stand the large communities that looking glasses know, which no member\n"
	  "gets: 1000 for RPKI (1 valid, 2 not found, 3 not checked, 4 invalid), 1101 for the "
	  "reason\n"
	  "why it was refused, if that has a number, 1102 for one that is only logged.  Exit code "
	  "1\n"
	  "when what was named has no route.\n\n"
	  "  plenum show routes -C ix 203.0.113.0/24\n"
	  "  plenum show routes -C ix 203.0.113.7\n"
	  "  plenum show routes -C ix AS201001 --json\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING, 0, 1, routes_options, command_show_routes },
	{ "show rejected", "[AS]", "routes that were refused, and why",
	  "Without an AS their number for each reason and member, with one every route of it.\n"
	  "Exit code 1 when there are any.\n\n"
	  "  plenum show rejected -C ix\n"
	  "  plenum show rejected -C ix AS201001\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING, 0, 1, options_json, command_show_rejected },
	{ "show rpki", "[PREFIX [AS]]", "what the RPKI says, and who says it",
	  "Without a prefix the sources in order of preference (rtr_cache and rpki_file of "
	  "exchange.yaml),\n"
	  "what is in force and how it last changed, the held routes by what is made of them, and\n"
	  "whether ROAs let anybody originate the LANs: one of AS 0 keeps others from it, too.\n"
	  "Exit code 1 when there is no data, or less than half of what there was.\n\n"
	  "With a prefix the ROAs (VRPs) that cover it, with an AS also what a route from there "
	  "is.\n"
	  "Exit code 1 when it is invalid.\n\n"
	  "  plenum show rpki -C ix\n"
	  "  plenum show rpki -C ix 203.0.113.0/24 AS64496\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING, 0, 2, options_json, command_show_rpki },
	{ "explain", "PREFIX", "why a route is as it is, and who gets it",
	  "Every route for the prefix in order of rank, the checks it passed or failed, the step\n"
	  "that put it behind the one before; then who gets it, who does not, and why.  Where the\n"
	  "prefix is not held, the longest that covers it.  Exit code 1 when there is no route.\n\n"
	  "  plenum explain -C ix 203.0.113.0/24\n"
	  "  plenum explain -C ix 203.0.113.0/24 --from AS201001\n"
	  "  plenum explain -C ix 203.0.113.0/24 --to AS201002\n",
	  COMMAND_DIRECTORY | COMMAND_SERVING, 1, 1, explain_options, command_explain },
	{ 0 },
};
