/* unit/registry/verify.c — everything that can be wrong with an exchange, at once. */
#include "registry/verify.h"

#include "unit/registry/world.h"

static struct exchange_config config_make(const struct world *world)
{
	struct exchange_config config = { .exchange = world->exchange };

	config.exchange.asn = 201000;
	expect_true(exchange_take_listen(&config, "127.1.0.254"));
	expect_true(exchange_take_listen(&config, "fd00:1::ffff"));
	return config;
}

static void case_nothing(void)
{
	struct world world;
	struct complaints complaints = { 0 };

	world_init(&world);
	struct registry_member member = member_make(201001, "127.1.0.1", "fd00:1::1");
	struct exchange_config config = config_make(&world);
	world_add(&world, &member);
	expect_true(!failed(registry_check(world.store, &config, &complaints)));
	expect_u64(complaints.count, 0);
	world_fini(&world);
}

static void case_config(void)
{
	static const struct {
		uint32_t asn;
		const char *lan;    /* one more */
		const char *listen; /* one more */
		const char *said;   /* NULL = nothing */
		bool is_error;
	} rows[] = {
		{ 0, "10.0.0.0/8", "10.0.0.1", "asn: AS0 is reserved", true },
		{ 23456, "10.0.0.0/8", "10.0.0.1", "asn: AS23456 is reserved", true },
		{ 65535, "10.0.0.0/8", "10.0.0.1", "asn: AS65535 is reserved", true },
		{ 4294967295u, "10.0.0.0/8", "10.0.0.1", "asn: AS4294967295 is reserved", true },
		{ 64496, "10.0.0.0/8", "10.0.0.1", "asn: AS64496 is a private", false },
		{ 64511, "10.0.0.0/8", "10.0.0.1", "asn: AS64511 is a private", false },
		{ 65536, "10.0.0.0/8", "10.0.0.1", "asn: AS65536 is a private", false },
		{ 65551, "10.0.0.0/8", "10.0.0.1", "asn: AS65551 is a private", false },
		{ 64495, "10.0.0.0/8", "10.0.0.1", NULL, false },
		{ 131072, "10.0.0.0/8", "10.0.0.1", NULL, false },
		{ 201000, "127.1.4.0/24", "127.1.0.1", "127.1.0.0/16 and 127.1.4.0/24 overlap",
		  true },
		{ 201000, "127.0.0.0/8", "127.1.0.1", "127.1.0.0/16 and 127.0.0.0/8 overlap",
		  true },
		{ 201000, "127.2.0.0/16", "127.1.0.1", NULL, false },
		{ 201000, "10.0.0.0/8", "0.0.0.0", NULL, false },
		{ 201000, "10.0.0.0/8", "127.0.0.1", NULL, false },
		{ 201000, "10.0.0.0/8", "::1", NULL, false },
		{ 201000, "10.0.0.0/8", "192.0.2.1", "192.0.2.1 lies in none of the LANs", false },
		{ 201000, "10.0.0.0/8", "127.1.0.254", "127.1.0.254 port 179 stands twice", true },
		{ 201000, "10.0.0.0/8", "127.1.0.254:180", NULL, false },
	};
	struct world world;

	world_init(&world);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct exchange_config config = config_make(&world);
		struct complaints complaints = { 0 };
		tap_row(rows[i].said);
		config.exchange.asn = rows[i].asn;
		expect_true(exchange_take_lan(&config, rows[i].lan));
		expect_true(exchange_take_listen(&config, rows[i].listen));
		registry_check_config(&config, &complaints);
		expect_u64(complaints.count, rows[i].said != NULL ? 1 : 0);
		expect_u64(complaints.error_count, rows[i].is_error ? 1 : 0);
		expect_true(rows[i].said == NULL || is_said(&complaints, rows[i].said));
	}
	world_fini(&world);
}

/* Members that were right when they came, and an exchange that changed since. */
static void case_members(void)
{
	struct world world;
	struct complaints complaints = { 0 };

	world_init(&world);
	struct registry_member a = member_make(64999, "127.1.0.1", NULL);
	struct registry_member b = member_make(201001, "127.1.0.2", "fd00:1::2");
	struct registry_member c = member_make(201002, "127.1.0.254", NULL);
	b.takes_blackhole = true;
	world_add(&world, &a);
	world_add(&world, &b);
	world_add(&world, &c);
	struct exchange_config config = config_make(&world);
	config.exchange.listen_count = 1;
	config.exchange.lan_count = 1;
	config.exchange.has_blackhole_next_hop[FAMILY_IPV6] = true;
	config.exchange.blackhole_next_hop[FAMILY_IPV6] = address_make("fd00:1::66");
	expect_true(!failed(registry_check(world.store, &config, &complaints)));
	expect_true(is_said(&complaints, "AS64999 is a private"));
	expect_true(is_said(&complaints, "AS201001: fd00:1::2 lies in none"));
	expect_true(is_said(&complaints, "no IPv6 listener: 1 member cannot connect over IPv6 "
					 "(AS201001)"));
	expect_true(is_said(&complaints, "AS201002: 127.1.0.254 is an address that the exchange"));
	expect_true(is_said(&complaints, "blackhole_next_hop: fd00:1::66 lies in none"));
	expect_u64(complaints.error_count, 2);
	expect_u64(complaints.count, 5);
	config = config_make(&world);
	config.exchange.is_trial = true;
	complaints = (struct complaints){ 0 };
	expect_true(!failed(registry_check(world.store, &config, &complaints)));
	expect_true(is_said(&complaints, "no blackholing: 1 member takes"));
	expect_u64(complaints.error_count, 1);
	expect_u64(complaints.count, 2);
	world_fini(&world);
}

static void errors_count(void *context, const struct complaints *complaints)
{
	uint32_t *said = context;

	*said += complaints->count;
}

/* However many members want what is not offered: one sentence; different errors: each is said. */
static void case_many(void)
{
	const uint32_t members = 3 * COMPLAINTS_MAX;
	uint32_t drained = 0;
	struct world world;

	world_init(&world);
	for (uint32_t i = 1; i <= members; i++) {
		char first[32];
		char second[32];
		(void)snprintf(first, sizeof first, "127.1.1.%u", i);
		(void)snprintf(second, sizeof second, "fd00:1::%x", i);
		struct registry_member member = member_make(201000 + i, first, second);
		world_add(&world, &member);
	}
	struct exchange_config config = config_make(&world);
	config.exchange.listen_count = 1;
	struct complaints complaints = { 0 };
	expect_true(!failed(registry_check(world.store, &config, &complaints)));
	expect_u64(complaints.count, 1);
	expect_true(is_said(&complaints,
			    "no IPv6 listener: 192 members cannot connect over IPv6 (AS201001, "
			    "AS201002, AS201003 and 189 more)"));
	config.exchange.lan_count = 0;
	complaints = (struct complaints){ .drain = errors_count, .drain_context = &drained };
	expect_true(!failed(registry_check(world.store, &config, &complaints)));
	expect_u64(complaints.error_count, 2 * members);
	expect_u64(complaints.left_out, 0);
	expect_u64(drained + complaints.count, complaints.error_count + complaints.warning_count);
	world_fini(&world);
}

/* What check calls an error has no session, and the rest is served. */
static void case_plan(void)
{
	struct world world;
	struct plan *plan = NULL;

	world_init(&world);
	struct registry_member a = member_make(201001, "127.1.0.1", "fd00:1::1");
	struct registry_member b = member_make(201002, "127.1.0.2", NULL);
	struct registry_member c = member_make(201003, "127.1.0.254", NULL);
	world_add(&world, &a);
	world_add(&world, &b);
	world_add(&world, &c);
	struct exchange_config config = config_make(&world);
	config.exchange.asn = 201002;
	config.exchange.lan_count = 1;
	expect_true(!failed(registry_plan(world.store, &config.exchange, &plan)));
	expect_true(plan_session_at(plan, &a.address[0]) != NULL);
	expect_true(plan_session_at(plan, &a.address[1]) == NULL);
	expect_true(plan_session_at(plan, &b.address[0]) == NULL);
	expect_true(plan_session_at(plan, &c.address[0]) == NULL);
	plan_unref(plan);
	world_fini(&world);
}

/* The lists of the rule book, and members that they concern. */
static void case_lists(void)
{
	struct world world;
	struct complaints complaints = { 0 };

	world_init(&world);
	struct registry_member a = member_make(201001, "127.1.0.1", NULL);
	struct registry_member b = member_make(201002, "127.1.0.2", NULL);
	b.allow_as2 = true;
	b.local[FAMILY_IPV4] = address_make("127.1.0.250");
	world_add(&world, &a);
	world_add(&world, &b);
	struct exchange_config config = config_make(&world);
	config.exchange.rules = (struct registry_rules){
		.has_transit_free = true,
		.transit_free_count = 4,
		.transit_free = { 174, 64512, 174, 201000 },
		.never_via_count = 2,
		.never_via = { 201001, 2906 },
	};
	expect_true(!failed(registry_check(world.store, &config, &complaints)));
	expect_true(is_said(&complaints, "transit_free: AS64512 is a private"));
	expect_true(is_said(&complaints, "transit_free: AS174 stands twice"));
	expect_true(is_said(&complaints, "transit_free: AS201000 is the exchange's own number"));
	expect_true(is_said(&complaints, "networks never via route servers: every "
					 "route of this member will be refused"));
	expect_true(is_said(&complaints, "AS201002 is a four-octet number"));
	expect_true(is_said(&complaints, "AS201002: our address 127.1.0.250 is not used"));
	expect_u64(complaints.count, 6);
	expect_u64(complaints.error_count, 1);
	world_fini(&world);
}

static const struct tap_case cases[] = {
	{ "a sentence a cause, each different error", case_many, 0 },
	{ "what is wrong is not served", case_plan, 0 },
	{ "nothing is wrong", case_nothing, 0 },
	{ "exchange.yaml", case_config, 0 },
	{ "members", case_members, 0 },
	{ "lists of the rule book", case_lists, 0 },
};
TAP_MAIN(cases)
