/* unit/registry/registry.c — members in a database of its own; exchange.yaml and its errors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/database.h"
#include "kit/tap.h"
#include "registry/exchange.h"

static struct registry_exchange exchange_make(void)
{
	struct registry_exchange exchange = { .name = "Test", .asn = 64500, .router_id = 1 };

	expect_true(prefix_parse("127.1.0.0/24", &exchange.lan[0], NULL));
	expect_true(prefix_parse("fd00:1::/64", &exchange.lan[1], NULL));
	exchange.lan_count = 2;
	return exchange;
}

static struct registry_member member_make(uint32_t asn, const char *first, const char *second)
{
	struct registry_member member = { .asn = asn, .name = "Net" };

	expect_true(address_parse(first, &member.address[member.address_count++]));
	if (second != NULL)
		expect_true(address_parse(second, &member.address[member.address_count++]));
	return member;
}

static struct store *store_make(char path[DATABASE_PLACE_MAX])
{
	struct store *store = NULL;
	char error[256] = "";

	database_make(path);
	expect_true(!failed(store_open(path, true, registry_migrations, registry_migration_count,
				       &store, error)));
	expect_text(error, "");
	return store;
}

static void store_unmake(struct store *store, const char *path)
{
	store_close(store);
	database_unmake(path);
}

static uint32_t slot_of(struct store *store, const struct registry_exchange *exchange,
			const char *address)
{
	struct address wanted;
	struct plan *plan = NULL;

	expect_true(address_parse(address, &wanted));
	expect_true(!failed(registry_plan(store, exchange, &plan)));
	const struct plan_session *session = plan_session_at(plan, &wanted);
	uint32_t slot = session != NULL ? session->id.index : UINT32_MAX;
	plan_unref(plan);
	return slot;
}

/* Slots are the lowest free ones and stay with their address. */
static void case_members(void)
{
	struct registry_exchange exchange = exchange_make();
	struct complaints complaints = { 0 };
	struct registry_member a = member_make(201002, "127.1.0.2", "fd00:1::2");
	struct registry_member b = member_make(201001, "127.1.0.1", NULL);
	struct registry_member c = member_make(201003, "127.1.0.3", NULL);
	char path[DATABASE_PLACE_MAX];
	struct store *store = store_make(path);

	expect_true(!failed(registry_member_add(store, &exchange, &a, &complaints)));
	expect_true(!failed(registry_member_add(store, &exchange, &b, &complaints)));
	expect_u64(slot_of(store, &exchange, "127.1.0.2"), 0);
	expect_u64(slot_of(store, &exchange, "fd00:1::2"), 1);
	expect_u64(slot_of(store, &exchange, "127.1.0.1"), 2);
	expect_true(!failed(registry_member_remove(store, 201002, &complaints)));
	expect_u64(slot_of(store, &exchange, "127.1.0.2"), UINT32_MAX);
	expect_true(!failed(registry_member_add(store, &exchange, &c, &complaints)));
	expect_u64(slot_of(store, &exchange, "127.1.0.3"), 0);
	expect_u64(slot_of(store, &exchange, "127.1.0.1"), 2);
	expect_u64(complaints.count, 0);
	store_unmake(store, path);
}

/* An address twice: refused, and nothing of the member is kept. */
static void case_all_or_nothing(void)
{
	struct registry_exchange exchange = exchange_make();
	struct complaints complaints = { 0 };
	struct registry_member a = member_make(201001, "127.1.0.1", NULL);
	struct registry_member b = member_make(201002, "127.1.0.9", "127.1.0.1");
	struct plan *plan = NULL;
	char path[DATABASE_PLACE_MAX];
	struct store *store = store_make(path);

	expect_true(!failed(registry_member_add(store, &exchange, &a, &complaints)));
	expect_true(failed(registry_member_add(store, &exchange, &b, &complaints)));
	expect_u64(complaints.error_count, 1);
	expect_true(!failed(registry_plan(store, &exchange, &plan)));
	expect_u64(plan->member_count, 1);
	plan_unref(plan);
	store_unmake(store, path);
}

/* A database of the first version keeps its members and slots, and takes the new settings. */
static void case_older(void)
{
	static const char *const rows[] = {
		"INSERT INTO member VALUES (7, 201001, 'Old', 'AS-OLD')",
		"INSERT INTO connection VALUES (3, 7, 10, 20, 1, 0, 0, 1, 'secret')",
		"INSERT INTO address VALUES (5, 3, '127.1.0.1')",
	};
	struct registry_exchange exchange = exchange_make();
	struct complaints complaints = { 0 };
	struct registry_member more = member_make(201001, "127.1.0.2", NULL);
	struct plan *plan = NULL;
	struct store *store = NULL;
	char path[DATABASE_PLACE_MAX];
	char error[256] = "";

	database_make(path);
	expect_true(!failed(store_open(path, true, registry_migrations, 1, &store, error)));
	for (uint32_t i = 0; i < 3; i++) {
		struct statement *statement = NULL;
		bool has_row = false;
		expect_true(!failed(store_prepare(store, rows[i], &statement)));
		expect_true(!failed(store_step(statement, &has_row)));
		store_finish(&statement);
	}
	store_close(store);
	expect_true(!failed(store_open(path, false, registry_migrations, registry_migration_count,
				       &store, error)));
	expect_u64(slot_of(store, &exchange, "127.1.0.1"), 5);
	expect_true(!failed(registry_member_add(store, &exchange, &more, &complaints)));
	expect_u64(complaints.count, 1);
	expect_true(strstr(complaints.list[0].text, "AS201001 is a member already, as \"Old\"") !=
		    NULL);
	expect_true(!failed(registry_plan(store, &exchange, &plan)));
	const struct plan_session *session = plan_session_of(plan, (struct session_id){ 5 });
	expect_true(session->takes_blackhole && session->gtsm && !session->require_role);
	expect_u64(session->routes_max[FAMILY_IPV6], 20);
	expect_u64(session->port, 179);
	plan_unref(plan);
	store_unmake(store, path);
}

static void case_checks(void)
{
	static const struct {
		uint32_t asn;
		const char *address;
		uint32_t errors;
		uint32_t warnings;
	} rows[] = {
		{ 201001, "127.1.0.1", 0, 0 }, { 64999, "127.1.0.1", 0, 1 },
		{ 64500, "127.1.0.1", 1, 0 },  { 201001, "127.2.0.1", 1, 0 },
		{ 201001, "127.1.0.0", 1, 0 }, { 201001, "127.1.0.255", 1, 0 },
		{ 201001, "fd00:1::", 1, 0 },  { 201001, "fd00:1::ffff:ffff:ffff:ffff", 0, 0 },
	};
	struct registry_exchange exchange = exchange_make();

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct complaints complaints = { 0 };
		struct registry_member member = member_make(rows[i].asn, rows[i].address, NULL);
		tap_row(rows[i].address);
		registry_member_check(&exchange, &member, &complaints);
		expect_u64(complaints.error_count, rows[i].errors);
		expect_u64(complaints.count - complaints.error_count, rows[i].warnings);
	}
}

static void case_macros(void)
{
	static const struct {
		const char *text;
		bool is_good;
	} rows[] = {
		{ "", true },
		{ "AS-EXAMPLE", true },
		{ "as-example", true },
		{ "AS64500", true },
		{ "RIPE::AS-EXAMPLE", true },
		{ "AS64500:AS-EXAMPLE:AS-PEERS", true },
		{ "RADB::AS64500:AS-EXAMPLE", true },
		{ "AS-ONE AS-TWO", true },
		{ "foo bar;", false },
		{ "AS-EXAMPLE;", false },
		{ "AS", false },
		{ "AS-ONE  AS-TWO", false },
		{ "EXAMPLE", false },
		{ "AS-ONE:", false },
		{ "RIPE::", false },
		{ "AS-\xc3\xa9", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i].text);
		expect_true(registry_macro_is_good(rows[i].text) == rows[i].is_good);
	}
}

/* What the exchange listens on is said before anything is kept; what it does not offer after. */
static void case_offers(void)
{
	struct registry_exchange exchange = exchange_make();
	struct complaints complaints = { 0 };
	struct registry_member own = member_make(201001, "127.1.0.254", NULL);
	struct registry_member both = member_make(201002, "127.1.0.2", "fd00:1::2");
	char path[DATABASE_PLACE_MAX];
	struct store *store = store_make(path);

	exchange.listen_count = 1;
	expect_true(address_parse("127.1.0.254", &exchange.listen[0].address));
	expect_true(failed(registry_member_add(store, &exchange, &own, &complaints)));
	expect_text(complaints.list[0].text,
		    "AS201001: 127.1.0.254 is an address that the exchange itself listens on");
	both.takes_blackhole = true;
	complaints = (struct complaints){ 0 };
	expect_true(!failed(registry_member_add(store, &exchange, &both, &complaints)));
	expect_u64(complaints.count, 2);
	expect_text(complaints.list[0].text,
		    "no IPv6 listener: 1 member cannot connect over IPv6 (AS201002)");
	expect_text(complaints.list[1].text,
		    "no blackholing: 1 member takes blackhole routes that the exchange does "
		    "not offer (AS201002)");
	store_unmake(store, path);
}

/* A file of somebody else's is refused, and stays as it was. */
static void case_foreign_file(void)
{
	char path[] = "/tmp/plenum-test-XXXXXX";
	char error[256] = "";
	struct store *store = NULL;
	int fd = mkstemp(path);
	char back[32] = "";

	expect_true(write(fd, "this is not a database, but text", 32) == 32);
	expect_true(failed(store_open(path, false, registry_migrations, registry_migration_count,
				      &store, error)));
	expect_true(strstr(error, "not a database of Plenum's") != NULL);
	expect_true(pread(fd, back, 4, 0) == 4);
	expect_text(back, "this");
	(void)close(fd);
	(void)unlink(path);
}

#define GOOD "name: X\nasn: 1\nrouter_id: 1.1.1.1\nlisten: [127.0.0.1]\nlans: [10.0.0.0/8]\n"

static void case_yaml(void)
{
	static const struct {
		const char *text;
		const char *complaint; /* the first; NULL = none */
		uint32_t count;
	} rows[] = {
		{ "name: X\nasn: 1\nrouter_id: 1.1.1.1\nlisten: [127.0.0.1]\nlans: [10.0.0.0/8]\n",
		  NULL, 0 },
		{ "name: X\nasn: 6450x\nrouter_id: 1.1.1.1\nlisten: [127.0.0.1]\nlans: "
		  "[10.0.0.0/8]\n",
		  "f:2:6: asn: \"6450x\" is not an AS number from 1 to 4294967295", 1 },
		{ "name: X\nasn: 010\nrouter_id: 1.1.1.1\nlisten: [127.0.0.1]\nlans: "
		  "[10.0.0.0/8]\n",
		  "f:2:6: asn: \"010\" is not an AS number from 1 to 4294967295", 1 },
		{ "name: X\nasn: 1\nasn: 2\nrouter_id: 1.1.1.1\nlisten: [127.0.0.1]\nlans: "
		  "[10.0.0.0/8]\n",
		  "f:3:1: a second asn", 1 },
		{ "name: X\nasn: 1\nrouter_id: 0.0.0.0\nlisten: 127.0.0.1\nlans: [10.0.0.1/8]\nx: "
		  "{a: 1}\n",
		  "f:3:12: router_id: \"0.0.0.0\" is not an IPv4 address other than 0.0.0.0", 4 },
		{ "name: X\nasn: 1\nrouter_id: 1.1.1.1\nlisten: [127.0.0.1]\nlans: [10.0.0.0/8]\n"
		  "blackhole_next_hop: [10.0.0.66, \"fd00::66\"]\ntrial: no\n",
		  NULL, 0 },
		{ "name: X\nasn: 1\nrouter_id: 1.1.1.1\nlisten: [127.0.0.1]\nlans: [10.0.0.0/8]\n"
		  "blackhole_next_hop: [10.0.0.66, 10.0.0.67]\ntrial: true\n",
		  "f:6:33: blackhole_next_hop: \"10.0.0.67\" is not an address, at most one of "
		  "each "
		  "family",
		  2 },
		{ "name: X\nasn: 1\nrouter_id: 1.1.1.1\nlisten: [127.0.0.1]\nlans: [10.0.0.0/8]\n"
		  "trial: 1\n",
		  "f:6:8: trial: \"1\" is not yes or no", 1 },
		{ GOOD "max_prefix_action: block\nmax_prefix_ipv4: 100000000\nmax_prefix_ipv6: 1\n"
		       "max_prefix_warn_percent: 100\nmax_prefix_retry_s: 0\ntransit_free: []\n"
		       "never_via: [AS2906, 714]\n",
		  NULL, 0 },
		{ GOOD "max_prefix_action: default\n",
		  "f:6:20: max_prefix_action: \"default\" is not warn, block or shut", 1 },
		{ GOOD "max_prefix_ipv4: 100000001\nmax_prefix_ipv6: 0\n",
		  "f:6:18: max_prefix_ipv4: \"100000001\" is not a number from 1 to 100000000", 2 },
		{ GOOD "max_prefix_warn_percent: 0\nmax_prefix_retry_s: 86401\n",
		  "f:6:26: max_prefix_warn_percent: \"0\" is not a number from 1 to 100", 2 },
		{ GOOD "max_prefix_warn_percent: 101\nmax_prefix_retry_s: 15m\n",
		  "f:6:26: max_prefix_warn_percent: \"101\" is not a number from 1 to 100", 2 },
		{ GOOD "transit_free: 174\nnever_via: [AS0]\n", "f:6:15: transit_free takes a list",
		  2 },
		{ "name: [\n", "f:1:7: a value was expected here", 2 },
		{ "", "f: name is missing", 5 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct complaints complaints = { 0 };
		struct exchange_config config;
		tap_row(rows[i].text);
		bool ok = exchange_read("f", octets_of_text(rows[i].text), &config, &complaints);
		expect_true(ok == (rows[i].count == 0));
		expect_u64(complaints.count, rows[i].count);
		if (rows[i].complaint != NULL)
			expect_text(complaints.list[0].text, rows[i].complaint);
	}
}

/* What is printed reads back as the same. */
static void case_print(void)
{
	struct exchange_config config = { .exchange = exchange_make() };
	struct exchange_config back;
	struct complaints complaints = { 0 };
	char text[EXCHANGE_TEXT_MAX];
	char again[EXCHANGE_TEXT_MAX];

	expect_true(exchange_take_listen(&config, "127.0.0.1:1790"));
	expect_true(exchange_take_listen(&config, "[::1]:179"));
	expect_true(exchange_take_listen(&config, "fd00::1"));
	expect_true(!exchange_take_listen(&config, "127.0.0.1:0"));
	expect_true(!exchange_take_listen(&config, "127.0.0.1:65536"));
	expect_true(exchange_print(&config, text));
	expect_true(strstr(text, "\n#blackhole_next_hop:") != NULL);
	expect_true(strstr(text, "\n#trial: no\n") != NULL);
	expect_true(exchange_read("f", octets_of_text(text), &back, &complaints));
	expect_u64(complaints.count, 0);
	expect_true(!back.exchange.rules.has_transit_free && !back.exchange.rules.has_retry_s);
	expect_true(exchange_take_blackhole_next_hop(&config, "fd00:1::66"));
	expect_true(!exchange_take_blackhole_next_hop(&config, "fd00:1::67"));
	expect_true(!exchange_take_trial(&config, "maybe"));
	expect_true(exchange_take_trial(&config, "yes"));
	expect_true(exchange_print(&config, text));
	expect_true(exchange_read("f", octets_of_text(text), &back, &complaints));
	expect_true(back.exchange.is_trial && back.exchange.has_blackhole_next_hop[FAMILY_IPV6]);
	expect_true(exchange_print(&back, again));
	expect_text(again, text);
}

/* What is not said is the built-in rule book's; a list that is said stands instead of its own. */
static void case_rules(void)
{
	static const char said[] = GOOD "max_prefix_action: block\nmax_prefix_ipv6: 7\n"
					"max_prefix_retry_s: 0\ntransit_free: [64999]\n"
					"never_via: [AS2906, 714]\n";
	struct plan_rules built_in = plan_rules_default();
	struct complaints complaints = { 0 };
	struct exchange_config config;
	struct exchange_config back;
	char text[EXCHANGE_TEXT_MAX];

	expect_true(exchange_read("f", octets_of_text(GOOD), &config, &complaints));
	struct plan_rules rules = registry_rules_of(&config.exchange);
	expect_u64(rules.transit_free_count, built_in.transit_free_count);
	expect_u64(rules.transit_free[0], built_in.transit_free[0]);
	expect_u64(rules.limit_action, LIMIT_ACTION_SHUT);
	expect_u64(rules.routes_max[FAMILY_IPV6], built_in.routes_max[FAMILY_IPV6]);
	expect_u64(rules.retry_s, built_in.retry_s);
	expect_u64(rules.never_via_count, 0);
	expect_true(exchange_read("f", octets_of_text(said), &config, &complaints));
	for (uint32_t round = 0; round < 2; round++) {
		rules = registry_rules_of(&config.exchange);
		expect_u64(rules.limit_action, LIMIT_ACTION_BLOCK);
		expect_u64(rules.routes_max[FAMILY_IPV4], built_in.routes_max[FAMILY_IPV4]);
		expect_u64(rules.routes_max[FAMILY_IPV6], 7);
		expect_u64(rules.warn_percent, built_in.warn_percent);
		expect_u64(rules.retry_s, 0);
		expect_u64(rules.transit_free_count, 1);
		expect_u64(rules.transit_free[0], 64999);
		expect_u64(rules.never_via_count, 2);
		expect_u64(rules.never_via[1], 714);
		expect_true(exchange_print(&config, text));
		expect_true(exchange_read("f", octets_of_text(text), &back, &complaints));
		config = back;
	}
	expect_true(exchange_read("f", octets_of_text(GOOD "transit_free: []\n"), &config,
				  &complaints));
	rules = registry_rules_of(&config.exchange);
	expect_u64(rules.transit_free_count, 0);
	expect_true(exchange_print(&config, text));
	expect_true(strstr(text, "\ntransit_free: []\n") != NULL);
}

/* The longest that can be said still fits. */
static void case_print_long(void)
{
	struct exchange_config config = { .exchange = exchange_make() };
	char text[EXCHANGE_TEXT_MAX];
	struct registry_rules *rules = &config.exchange.rules;

	for (uint32_t i = 0; i + 1 < sizeof config.exchange.name; i++)
		config.exchange.name[i] = 'x';
	while (exchange_take_listen(&config, "[2001:db8:1111:2222:3333:4444:5555:6666]:65535"))
		continue;
	config.exchange.lan_count = PLAN_LANS_MAX;
	for (uint32_t i = 0; i < PLAN_LANS_MAX; i++)
		expect_true(prefix_parse("2001:db8:1111:2222:3333:4444:5555:6666/128",
					 &config.exchange.lan[i], NULL));
	rules->has_transit_free = true;
	rules->transit_free_count = PLAN_TRANSIT_FREE_MAX;
	rules->never_via_count = PLAN_NEVER_VIA_MAX;
	for (uint32_t i = 0; i < PLAN_TRANSIT_FREE_MAX; i++)
		rules->transit_free[i] = rules->never_via[i] = UINT32_MAX;
	expect_true(exchange_print(&config, text));
}

static const struct tap_case cases[] = {
	{ "members and slots", case_members, 0 },
	{ "all or nothing", case_all_or_nothing, 0 },
	{ "a database of the first version", case_older, 0 },
	{ "what a member may be", case_checks, 0 },
	{ "names of as-sets", case_macros, 0 },
	{ "what the exchange offers", case_offers, 0 },
	{ "a foreign file", case_foreign_file, 0 },
	{ "exchange.yaml and its errors", case_yaml, 0 },
	{ "exchange.yaml reads back", case_print, 0 },
	{ "the rule book of exchange.yaml", case_rules, 0 },
	{ "exchange.yaml at its longest", case_print_long, 0 },
};
TAP_MAIN(cases)
