/* cli/commands_pool.c — pools of numbers and requests for them: rows of the table. */
#include "cli/command.h"

#define RECORD (COMMAND_DIRECTORY | COMMAND_RECORD)

static const struct option add_options[] = {
	{ "type", "TYPE", "peering-v4, peering-v6, reserve, registry-v4 or registry-v6",
	  OPTION_TEXT, false },
	{ "keep", "PREFIX", "the exchange keeps it for itself", OPTION_TEXT, true },
	OPTIONS_END,
};

static const struct option grow_options[] = {
	{ "to", "/LENGTH", "how large; twice as large if not said", OPTION_TEXT, false },
	OPTIONS_END,
};

static const struct option renumber_options[] = {
	{ "to", "PREFIX|/LENGTH", "the new block; a free one of twice the size if not said",
	  OPTION_TEXT, false },
	{ "start", "DAY", "when both begin to be in use; in a month if not said", OPTION_TEXT,
	  false },
	{ "days", "N", "for how long; as the rule book says if not said", OPTION_TEXT, false },
	{ "commands", NULL, "the commands that carry it out, under the day of each", OPTION_YES,
	  false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option ask_options[] = {
	{ "size", "/LENGTH", "how large a block; as the rule book says if not said", OPTION_TEXT,
	  false },
	{ "purpose", "TEXT", "what it is for; may be erased one day", OPTION_TEXT, false },
	{ "ipv6", "PREFIX", "IPv6 that the organisation holds from elsewhere", OPTION_TEXT, false },
	{ "grant", NULL, "grant it at once when the rules allow", OPTION_YES, false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option list_options[] = {
	{ "pool", "NAME", "only of this pool", OPTION_TEXT, false },
	{ "state", "STATE", "only evaluated, queued, granted, refused or lapsed ones", OPTION_TEXT,
	  false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option reason_options[] = {
	{ "reason", "TEXT", "why; it is recorded", OPTION_TEXT, false },
	OPTION_JSON,
	OPTIONS_END,
};

static const struct option return_options[] = {
	{ "by", "DAY", "it may be used until then; back at once if not said", OPTION_TEXT, false },
	{ "reason", "TEXT", "why; it is recorded", OPTION_TEXT, false },
	OPTIONS_END,
};

static const struct option transfer_options[] = {
	{ "reason", "TEXT", "why; it is recorded", OPTION_TEXT, false },
	{ "ipv6", "PREFIX", "IPv6 that the new holder holds from elsewhere", OPTION_TEXT, false },
	OPTIONS_END,
};

static const struct option review_options[] = {
	{ "used", "N", "addresses in use", OPTION_TEXT, false },
	{ "keep", "PREFIX", "lies in what stays; the first addresses if not said", OPTION_TEXT,
	  false },
	OPTIONS_END,
};

/* Of two words, the longer name first. */
const struct command pool_commands[] = {
	{ "pool add", "NAME PREFIX", "a pool to give numbers from",
	  "peering-v4 and peering-v6 are a LAN: connections' addresses come from them, those that\n"
	  "members have are taken over, and the network's own, the route server's and the next "
	  "hop\n"
	  "of blackholes are kept.  registry-v4 and registry-v6 are delegated to holders.  A "
	  "reserve\n"
	  "is what other pools grow into: keep what lies beside a LAN in one.\n\n"
	  "  plenum pool add -C ix lan4 192.0.2.0/25 --type peering-v4 --keep 192.0.2.126\n"
	  "  plenum pool add -C ix lan6 2001:db8:1::/64 --type peering-v6\n"
	  "  plenum pool add -C ix beside 192.0.2.128/25 --type reserve\n",
	  RECORD, 2, 2, add_options, command_pool_add },
	{ "pool remove", "NAME", "close a pool of which nothing is in use",
	  "  plenum pool remove -C ix beside\n", RECORD, 1, 1, NULL, command_pool_remove },
	{ "pool list", NULL, "all pools, and how many addresses are in which state",
	  "The states of a pool's addresses add up to the pool.\n\n"
	  "  plenum pool list -C ix\n  plenum pool list -C ix --json\n",
	  RECORD, 0, 0, options_json, command_pool_list },
	{ "pool show", "NAME", "a pool from its first address to its last",
	  "  plenum pool show -C ix lan4\n", RECORD, 1, 1, options_json, command_pool_show },
	{ "pool map", "NAME", "a pool drawn, a sign for an address or a block",
	  "  plenum pool map -C ix lan4\n", RECORD, 1, 1, options_json, command_pool_map },
	{ "pool find", "ADDRESS|PREFIX|AS|HANDLE", "who holds it, since when, by which clause",
	  "Exit code 1 when nobody does.\n\n"
	  "  plenum pool find -C ix 192.0.2.7\n  plenum pool find -C ix AS201001 --json\n",
	  RECORD, 1, 1, options_json, command_pool_find },
	{ "pool forecast", "[NAME]", "the day on which a pool has nothing left",
	  "  plenum pool forecast -C ix\n", RECORD, 0, 1, options_json, command_pool_forecast },
	{ "pool grow", "NAME|PREFIX", "make a LAN or a delegation larger in place",
	  "A LAN grows into a reserve beside it, a delegation into what lies beside it in its\n"
	  "pool: holders change the mask only.  Where that cannot be, pool renumber tells how.\n\n"
	  "  plenum pool grow -C ix lan4\n  plenum pool grow -C ix 198.51.100.64/26 --to /25\n",
	  RECORD, 1, 1, grow_options, command_pool_grow },
	{ "pool renumber", "NAME|PREFIX", "a plan for moving into a larger block",
	  "Old and new addresses, who moves in which week, how long both are in use, and when the\n"
	  "old ones are free.  Every address keeps its place in the block.  Nothing is changed:\n"
	  "--commands prints what to type on which day.  The LAN is renumbered member by member,\n"
	  "each with an address in both blocks until its session in the new one is up.\n\n"
	  "  plenum pool renumber -C ix lan4 --to 198.51.100.0/24 --start 2027-03-01 --days 90\n",
	  RECORD, 1, 1, renumber_options, command_pool_renumber },
	{ "request add", "POOL AS|HANDLE", "record a request for numbers, and judge it",
	  "The rules are applied at once: what they refuse is refused with the clause; what they\n"
	  "allow waits for request grant, or with --grant is given or put on the waiting list.\n\n"
	  "  plenum request add -C ix region AS201001 --size /26 --ipv6 2001:db8:9::/48\n"
	  "  plenum request add -C ix lan4 AS201002 --grant\n",
	  RECORD, 2, 2, ask_options, command_request_add },
	{ "request list", NULL, "all requests", "  plenum request list -C ix --state queued\n",
	  RECORD, 0, 0, list_options, command_request_list },
	{ "request show", "NUMBER", "one request in full", "  plenum request show -C ix 7\n",
	  RECORD, 1, 1, options_json, command_request_show },
	{ "request queue", "POOL", "who waits, in order",
	  "The order follows from what was asked for and when, and anybody can work it out from\n"
	  "the public records.\n\n"
	  "  plenum request queue -C ix region\n",
	  RECORD, 1, 1, options_json, command_request_queue },
	{ "request grant", "NUMBER", "give what was asked for, or put it on the waiting list",
	  "  plenum request grant -C ix 7\n", RECORD, 1, 1, options_json, command_request_grant },
	{ "request refuse", "NUMBER", "refuse it, and say why",
	  "  plenum request refuse -C ix 7 --reason \"not an exchange point\"\n", RECORD, 1, 1,
	  reason_options, command_request_refuse },
	{ "request withdraw", "NUMBER", "who asked wants it no more, or does not answer",
	  "  plenum request withdraw -C ix 7 --reason \"no answer in 30 days\"\n", RECORD, 1, 1,
	  reason_options, command_request_withdraw },
	{ "request return", "PREFIX", "a block comes back, and goes into quarantine",
	  "An address of a LAN comes back when its connection does without it.  request resume\n"
	  "undoes it, request release ends the quarantine.\n\n"
	  "  plenum request return -C ix 198.51.100.64/26 --by 2027-01-31\n",
	  RECORD, 1, 1, return_options, command_request_return },
	{ "request resume", "PREFIX", "a return is undone: the last holder has it again",
	  "While it is on its way back, or in quarantine.\n\n"
	  "  plenum request resume -C ix 198.51.100.64/26 --reason \"the wrong block\"\n",
	  RECORD, 1, 1, reason_options, command_request_resume },
	{ "request release", "PREFIX", "a quarantine ends early: the block is free",
	  "  plenum request release -C ix 192.0.2.7 --reason \"never used\"\n", RECORD, 1, 1,
	  reason_options, command_request_release },
	{ "request transfer", "PREFIX AS|HANDLE", "a block goes to another holder",
	  "  plenum request transfer -C ix 198.51.100.64/26 AS201002 --reason merger\n", RECORD, 2,
	  2, transfer_options, command_request_transfer },
	{ "request review", "PREFIX", "look at the use of a block; shrink it when it is low",
	  "  plenum request review -C ix 198.51.100.64/26 --used 12\n", RECORD, 1, 1,
	  review_options, command_request_review },
	{ 0 },
};
