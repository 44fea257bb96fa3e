/* unit/registry/edit.c — members changed in place; the slots of what stays stay. */
#include "registry/edit.h"

#include "unit/registry/world.h"

static void fill(struct world *world)
{
	struct registry_member a = member_make(201001, "127.1.0.1", "fd00:1::1");
	struct registry_member b = member_make(201001, "127.1.0.2", NULL);
	struct registry_member c = member_make(201002, "127.1.0.3", NULL);

	world_init(world);
	world_add(world, &a);
	world_add(world, &b);
	world_add(world, &c);
	expect_text(world_dump(world), "AS201001|Net||0/0|||0 0=127.1.0.1 1=fd00:1::1\n"
				       "AS201001|Net||0/0|||0 2=127.1.0.2\n"
				       "AS201002|Net||0/0|||0 3=127.1.0.3\n");
}

static bool edit(struct world *world, const struct registry_edit *changes)
{
	world->complaints = (struct complaints){ 0 };
	bool done = !failed(
		registry_member_edit(world->store, &world->exchange, changes, &world->complaints));
	expect_true(done == (world->complaints.error_count == 0));
	return done;
}

static void case_settings(void)
{
	struct world world;
	struct registry_edit all = { .asn = 201001,
				     .name = "New Name",
				     .as_macro = "AS-NEW",
				     .password = "secret",
				     .has_routes_max = { true, false },
				     .routes_max = { 100, 999 },
				     .takes_blackhole = CHOICE_YES,
				     .is_active = CHOICE_YES,
				     .add_path = CHOICE_YES,
				     .gtsm = CHOICE_YES,
				     .allow_as2 = CHOICE_YES,
				     .require_role = CHOICE_YES,
				     .extended_message = CHOICE_YES,
				     .has_limit_action = true,
				     .limit_action = LIMIT_ACTION_BLOCK,
				     .has_port = true,
				     .port = 1790 };
	struct registry_edit one = { .asn = 201001,
				     .has_at = true,
				     .at = address_make("127.1.0.2"),
				     .password = "",
				     .gtsm = CHOICE_NO,
				     .extended_message = CHOICE_NO,
				     .has_limit_action = true,
				     .has_routes_max = { true, true },
				     .routes_max = { 0, 7 } };
	struct registry_edit nothing = { .asn = 201001 };

	fill(&world);
	expect_true(edit(&world, &all));
	expect_text(world_dump(&world),
		    "AS201001|New Name|AS-NEW|100/0|bapg2reB|secret|1790 0=127.1.0.1 1=fd00:1::1\n"
		    "AS201001|New Name|AS-NEW|100/0|bapg2reB|secret|1790 2=127.1.0.2\n"
		    "AS201002|Net||0/0|||0 3=127.1.0.3\n");
	expect_true(edit(&world, &one));
	expect_true(edit(&world, &nothing));
	expect_text(world_dump(&world),
		    "AS201001|New Name|AS-NEW|100/0|bapg2reB|secret|1790 0=127.1.0.1 1=fd00:1::1\n"
		    "AS201001|New Name|AS-NEW|0/7|bap2r||1790 2=127.1.0.2\n"
		    "AS201002|Net||0/0|||0 3=127.1.0.3\n");
	world_fini(&world);
}

/* Our own address of an active session goes into the plan by family, and so does every setting. */
static void case_plan(void)
{
	struct world world;
	struct plan *plan = NULL;
	struct address at = address_make("fd00:1::1");
	struct registry_edit changes = { .asn = 201001,
					 .is_active = CHOICE_YES,
					 .require_role = CHOICE_YES,
					 .allow_as2 = CHOICE_YES,
					 .extended_message = CHOICE_YES,
					 .has_limit_action = true,
					 .limit_action = LIMIT_ACTION_WARN,
					 .password = "pw",
					 .has_local = { false, true },
					 .local = { { 0 }, address_make("fd00:1::ff") } };

	fill(&world);
	expect_true(edit(&world, &changes));
	world.exchange.is_trial = true;
	world.exchange.has_blackhole_next_hop[FAMILY_IPV6] = true;
	world.exchange.blackhole_next_hop[FAMILY_IPV6] = address_make("fd00:1::dead");
	expect_true(!failed(registry_plan(world.store, &world.exchange, &plan)));
	const struct plan_session *session = plan_session_at(plan, &at);
	expect_true(session->is_active && session->require_role && session->allow_as2);
	expect_true(session->extended_message);
	expect_u64(session->limit_action, LIMIT_ACTION_WARN);
	expect_u64(session->port, 179);
	expect_u64(session->password_len_octets, 2);
	expect_true(address_compare(&session->local, &changes.local[1]) == 0);
	at = address_make("127.1.0.1");
	session = plan_session_at(plan, &at);
	expect_true(address_compare(&session->local, &(struct address){ .family = FAMILY_IPV4 }) ==
		    0);
	expect_true(!plan->rules.check_bogons && plan->rules.blackhole);
	expect_true(plan->rules.has_blackhole_next_hop[FAMILY_IPV6]);
	expect_true(!plan->rules.has_blackhole_next_hop[FAMILY_IPV4]);
	plan_unref(plan);
	world_fini(&world);
}

/* The row of a connection in the table of addresses; what another has is refused both ways. */
static void case_slat(void)
{
	struct world world;
	struct plan *plan = NULL;
	struct address at = address_make("127.1.0.1");
	struct registry_edit both = { .asn = 201001,
				      .has_at = true,
				      .at = at,
				      .has_link_local = true,
				      .link_local = address_make("fe80::1"),
				      .has_slat_ipv4 = true,
				      .slat_ipv4 = address_make("127.1.0.77") };
	struct registry_edit refused[] = {
		{ .asn = 201002, .has_link_local = true, .link_local = address_make("fe80::1") },
		{ .asn = 201002, .has_slat_ipv4 = true, .slat_ipv4 = address_make("127.1.0.2") },
		{ .asn = 201002, .add_count = 1, .add = { address_make("127.1.0.77") } },
		{ .asn = 201002, .has_link_local = true, .link_local = address_make("fd00:1::9") },
	};
	struct registry_edit none = { .asn = 201001,
				      .has_at = true,
				      .at = at,
				      .has_slat_ipv4 = true,
				      .slat_ipv4 = address_make("0.0.0.0") };

	fill(&world);
	world.exchange.rules.ipv6_only_lan = IPV6_ONLY_LAN_TRANSLATE;
	expect_true(edit(&world, &both));
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		expect_true(!edit(&world, &refused[i]));
	for (uint32_t round = 0; round < 2; round++) {
		expect_true(!failed(registry_plan(world.store, &world.exchange, &plan)));
		const struct plan_slat_row *row = plan_slat_row_of(
			plan, plan_session_at(plan, &at)->slat);
		struct address told = address_make(round == 0 ? "127.1.0.77" : "127.1.0.1");
		struct address global = address_make("fd00:1::1");
		expect_true(plan_translates(plan));
		expect_true(row != NULL && row->has_ipv4 && row->is_on_ipv4);
		expect_true(address_compare(&row->ipv4, &told) == 0);
		expect_true(row->has_ipv6 && address_compare(&row->ipv6, &global) == 0);
		expect_true(row->has_link_local);
		expect_u64(plan_slat_find(plan, &both.link_local), plan_slat_find(plan, &at));
		plan_unref(plan);
		expect_true(edit(&world, &none));
	}
	world_fini(&world);
}

/* What stays keeps its slot; what is new gets one that was free before, not the one just freed. */
static void case_addresses(void)
{
	struct world world;
	struct registry_edit swap = { .asn = 201001,
				      .has_at = true,
				      .at = address_make("127.1.0.1"),
				      .remove_count = 1,
				      .remove = { address_make("127.1.0.1") },
				      .add_count = 1,
				      .add = { address_make("127.1.0.9") } };
	struct registry_edit drop = { .asn = 201001,
				      .remove_count = 1,
				      .remove = { address_make("127.1.0.2") } };
	struct registry_edit add = { .asn = 201002,
				     .add_count = 2,
				     .add = { address_make("fd00:1::3"),
					      address_make("fd00:1::4") } };

	fill(&world);
	expect_true(edit(&world, &swap));
	expect_text(world_dump(&world), "AS201001|Net||0/0|||0 1=fd00:1::1 4=127.1.0.9\n"
					"AS201001|Net||0/0|||0 2=127.1.0.2\n"
					"AS201002|Net||0/0|||0 3=127.1.0.3\n");
	expect_true(edit(&world, &drop));
	expect_true(edit(&world, &add));
	expect_text(world_dump(&world),
		    "AS201001|Net||0/0|||0 1=fd00:1::1 4=127.1.0.9\n"
		    "AS201002|Net||0/0|||0 0=fd00:1::3 2=fd00:1::4 3=127.1.0.3\n");
	world_fini(&world);
}

static void case_refused(void)
{
	static char long_password[PLAN_PASSWORD_MAX + 2];
	const struct {
		struct registry_edit edit;
		const char *said;
	} rows[] = {
		{ { .asn = 7 }, "AS7 is no member" },
		{ { .asn = 201001, .has_at = true, .at = address_make("127.1.0.3") },
		  "AS201001 has no address 127.1.0.3" },
		{ { .asn = 201001, .name = "" }, "the name is empty" },
		{ { .asn = 201001, .name = "a\nb" }, "line break" },
		{ { .asn = 201001, .password = long_password }, "longer than 80 octets" },
		{ { .asn = 201001, .add_count = 1, .add = { address_make("127.1.0.8") } },
		  "AS201001 has 2 connections" },
		{ { .asn = 201002, .add_count = 1, .add = { address_make("127.1.0.1") } },
		  "127.1.0.1: AS201001 (Net) has this address already" },
		{ { .asn = 201002, .add_count = 1, .add = { address_make("127.1.0.3") } },
		  "AS201002 has the address 127.1.0.3 already" },
		{ { .asn = 201002, .add_count = 1, .add = { address_make("127.2.0.3") } },
		  "none of the exchange's LANs" },
		{ { .asn = 201002, .remove_count = 1, .remove = { address_make("127.1.0.3") } },
		  "would have no address left" },
		{ { .asn = 201002, .remove_count = 1, .remove = { address_make("127.1.0.1") } },
		  "AS201002 has no address 127.1.0.1" },
		{ { .asn = 201001, .has_routes_max = { true }, .routes_max = { 100000001 } },
		  "more than 100000000 ipv4 routes" },
	};
	struct world world;
	char before[512];

	memset(long_password, 'x', sizeof long_password - 1);
	fill(&world);
	(void)snprintf(before, sizeof before, "%s", world_dump(&world));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i].said);
		expect_true(!edit(&world, &rows[i].edit));
		expect_true(is_said(&world.complaints, rows[i].said));
		expect_text(world_dump(&world), before);
	}
	world_fini(&world);
}

static void case_connection_remove(void)
{
	struct world world;
	struct complaints *complaints = &world.complaints;
	struct address second = address_make("127.1.0.2");
	struct address first = address_make("fd00:1::1");

	fill(&world);
	expect_true(!failed(registry_connection_remove(world.store, 201001, &second, complaints)));
	expect_true(failed(registry_connection_remove(world.store, 201001, &second, complaints)));
	expect_true(is_said(complaints, "AS201001 has no address 127.1.0.2"));
	expect_true(failed(registry_connection_remove(world.store, 201001, &first, complaints)));
	expect_true(is_said(complaints, "only this connection"));
	expect_text(world_dump(&world), "AS201001|Net||0/0|||0 0=127.1.0.1 1=fd00:1::1\n"
					"AS201002|Net||0/0|||0 3=127.1.0.3\n");
	world_fini(&world);
}

/* Whichever statement fails, all is as before. */
static void case_statement_fails(void)
{
	struct world world;
	char before[512];
	uint32_t failures = 0;
	bool done = false;
	struct registry_edit changes = { .asn = 201001,
					 .has_at = true,
					 .at = address_make("127.1.0.2"),
					 .name = "Other",
					 .password = "pw",
					 .remove_count = 1,
					 .remove = { address_make("127.1.0.1") },
					 .add_count = 1,
					 .add = { address_make("127.1.0.7") } };

	fill(&world);
	(void)snprintf(before, sizeof before, "%s", world_dump(&world));
	for (uint32_t i = 1; !done && i < 100; i++) {
		store_fail_after(world.store, i);
		done = edit(&world, &changes);
		store_fail_after(world.store, 0);
		if (done)
			break;
		failures++;
		expect_true(is_said(&world.complaints, "nothing was changed"));
		expect_text(world_dump(&world), before);
	}
	expect_true(done && failures > 8);
	expect_true(strcmp(world_dump(&world), before) != 0);
	world_fini(&world);
}

static const struct tap_case cases[] = {
	{ "settings", case_settings, 0 },
	{ "settings in the plan", case_plan, 0 },
	{ "the addresses a port is known by", case_slat, 0 },
	{ "addresses and slots", case_addresses, 0 },
	{ "refused, nothing changed", case_refused, 0 },
	{ "a connection removed", case_connection_remove, 0 },
	{ "statement n fails", case_statement_fails, 0 },
};
TAP_MAIN(cases)
