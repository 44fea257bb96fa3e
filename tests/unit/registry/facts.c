/* unit/registry/facts.c — every kind of fact, with every field, in the store and out of it again;
 * and that the log gives the same rows. */
#include "registry/fact_store.h"

#include "ledger/ledger.h"
#include "registry/records.h"
#include "unit/registry/world.h"

#define ASN 201001u
#define ADDRESS "127.1.0.1"
#define OTHER_ADDRESS "fd00:1::1"

/* Two values of each type: as a person says it, and as it is kept. */
static const struct {
	enum fact_type type;
	const char *said[2];
	const char *kept[2];
} samples[] = {
	{ FACT_TEXT, { "Zürich; \"4\" 'x' %s", "no" }, { "Zürich; \"4\" 'x' %s", "no" } },
	{ FACT_NUMBER, { "0", "2147483647" }, { "0", "2147483647" } },
	{ FACT_SPEED, { "10G", "100" }, { "10000", "100" } },
	{ FACT_URL,
	  { "https://a.example/x", "http://b.example" },
	  { "https://a.example/x", "http://b.example" } },
	{ FACT_EMAIL, { "noc@a.example", "x+y@b.example" }, { "noc@a.example", "x+y@b.example" } },
	{ FACT_TIME,
	  { "2020-01-31T23:59:59Z", "1999-12-31T00:00:00Z" },
	  { "2020-01-31T23:59:59Z", "1999-12-31T00:00:00Z" } },
	{ FACT_COUNTRY, { "CH", "DE" }, { "CH", "DE" } },
	{ FACT_PREFIX4, { "127.1.0.0/16", "10.0.0.0/8" }, { "127.1.0.0/16", "10.0.0.0/8" } },
	{ FACT_PREFIX6, { "fd00:1::/64", "2001:db8::/32" }, { "fd00:1::/64", "2001:db8::/32" } },
	{ FACT_LIST, { "a\nb c", "d" }, { "a\nb c", "d" } },
	{ FACT_URLS,
	  { "https://a.example\nhttps://b.example", "http://c.example" },
	  { "https://a.example\nhttps://b.example", "http://c.example" } },
	{ FACT_MACS,
	  { "02:00:00:00:00:AB", "02-00-00-00-00-cd" },
	  { "02:00:00:00:00:ab", "02:00:00:00:00:cd" } },
	{ FACT_MACRO, { "AS-EXAMPLE", "AS201001:AS-ALL" }, { "AS-EXAMPLE", "AS201001:AS-ALL" } },
	{ FACT_DIGEST,
	  { "00000000000000000000000000000000000000000000000000000000000000ff",
	    "1111111111111111111111111111111111111111111111111111111111111111" },
	  { "00000000000000000000000000000000000000000000000000000000000000ff",
	    "1111111111111111111111111111111111111111111111111111111111111111" } },
};

/* The n-th choice of a WORD that is not what holds by default. */
static const char *choice_of(const struct fact_field *field, uint32_t n, char out[FACT_VALUE_MAX])
{
	const char *at = field->choices;

	for (uint32_t found = 0; *at != '\0';) {
		size_t len = strcspn(at, " ");
		(void)snprintf(out, FACT_VALUE_MAX, "%.*s", (int)len, at);
		bool is_default = field->missing != NULL && strcmp(out, field->missing) == 0;
		if (!is_default && found++ == n)
			return out;
		at += len + strspn(at + len, " ");
	}
	return out;
}

static void field_set(struct fact *fact, uint32_t i, uint32_t n)
{
	const struct fact_field *field = &fact->kind->field[i];
	char word[FACT_VALUE_MAX] = "";
	const char *said = NULL;
	const char *kept = NULL;

	if (strcmp(field->name, "organisation") == 0 || strcmp(field->name, "switch") == 0 ||
	    strcmp(field->name, "connection") == 0)
		said = kept = "1";
	else if (field->type == FACT_ASN)
		said = kept = "201001";
	else if (field->type == FACT_WORD)
		said = kept = choice_of(field, n, word);
	else if (field->type == FACT_YES)
		said = kept = strcmp(field->missing, "yes") == 0 ? "no" : "yes";
	for (uint32_t j = 0; said == NULL && j < sizeof samples / sizeof *samples; j++) {
		if (samples[j].type != field->type)
			continue;
		said = samples[j].said[n];
		kept = samples[j].kept[n];
	}
	expect_true(said != NULL);
	const char *wrong = fact_set(fact, i, said);
	expect_text(wrong != NULL ? wrong : "", "");
	expect_text(fact->value[i], kept);
}

static const char *key_of(enum fact_id id)
{
	return id == FACT_MEMBER ? "201001" : id == FACT_ADDRESS ? ADDRESS : "1";
}

static void write_it(struct world *world, const struct fact *fact)
{
	expect_true(!failed(store_begin(world->store)));
	expect_true(!failed(fact_write(world->store, fact, &world->complaints)));
	expect_true(!failed(store_commit(world->store)));
	expect_u64(world->complaints.error_count, 0);
}

static void expect_same(struct world *world, const struct fact *fact)
{
	static struct fact kept;

	expect_true(!failed(fact_get(world->store, fact->kind->id, fact->key, &kept)));
	expect_text(kept.key, fact->key);
	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++)
		expect_text(kept.value[i], fact->value[i]);
}

/* Every row of every table comes out of the log alone. */
static void expect_replay(struct world *world, uint64_t rows_min)
{
	struct complaints findings = { 0 };
	struct ledger_verdict verdict;
	struct ledger_verification asked = { .store = world->store,
					     .migrations = registry_migrations,
					     .migration_count = registry_migration_count,
					     .kinds = registry_kind_lists,
					     .tables = registry_table_lists };

	expect_true(!failed(ledger_verify(&asked, &verdict, &findings)));
	expect_u64(findings.error_count, 0);
	if (findings.error_count != 0)
		(void)is_said(&findings, "nothing");
	expect_true(verdict.rows >= rows_min);
}

/* A member, and one fact of each kind with every field but those of `without`. */
static void world_fill(struct world *world, uint32_t n)
{
	static struct fact fact;
	struct registry_member member = member_make(ASN, ADDRESS, OTHER_ADDRESS);

	if (n == 0)
		world_add(world, &member);
	for (uint32_t id = 0; id < FACT_KINDS; id++) {
		tap_row(fact_kind_of((enum fact_id)id)->noun);
		fact_init(&fact, (enum fact_id)id, key_of((enum fact_id)id));
		for (uint32_t i = 0; fact.kind->field[i].name != NULL; i++)
			field_set(&fact, i, n);
		write_it(world, &fact);
		expect_same(world, &fact);
	}
}

static void case_every_field(void)
{
	struct world world;

	world_init(&world);
	world_fill(&world, 0);
	expect_replay(&world, FACT_KINDS);
	world_fill(&world, 1);
	expect_replay(&world, FACT_KINDS);
	world_fini(&world);
}

/* What is said of a fact and taken away again is as if nobody had said it. */
static void case_taken_away(void)
{
	static struct fact fact;
	struct world world;

	world_init(&world);
	world_fill(&world, 0);
	for (uint32_t id = 0; id < FACT_KINDS; id++) {
		if (id == FACT_PORT)
			continue; /* it is nothing without its connection */
		tap_row(fact_kind_of((enum fact_id)id)->noun);
		fact_init(&fact, (enum fact_id)id, key_of((enum fact_id)id));
		write_it(&world, &fact);
		expect_same(&world, &fact);
	}
	expect_replay(&world, FACT_KINDS);
	world_fini(&world);
}

static void remove_it(struct world *world, enum fact_id id, bool is_good)
{
	static struct fact fact;
	uint32_t errors = world->complaints.error_count;

	expect_true(!failed(store_begin(world->store)));
	struct fault fault = fact_remove(world->store, id, key_of(id), &world->complaints);
	expect_true(failed(fault) != is_good);
	expect_true((world->complaints.error_count == errors) == is_good);
	if (!is_good) {
		store_rollback(world->store);
		expect_true(!failed(fact_get(world->store, id, key_of(id), &fact)));
		return;
	}
	expect_true(!failed(store_commit(world->store)));
	expect_u64(fact_get(world->store, id, key_of(id), &fact).kind, FAULT_ABSENT);
}

static void case_removed(void)
{
	static const enum fact_id order[] = { FACT_DOCUMENT,     FACT_CONTACT,    FACT_ADDRESS,
					      FACT_PORT,         FACT_CONNECTION, FACT_MEMBER,
					      FACT_ORGANISATION, FACT_VLAN,       FACT_SWITCH,
					      FACT_EXCHANGE };
	struct world world;

	_Static_assert(sizeof order / sizeof *order == FACT_KINDS, "every kind");
	world_init(&world);
	world_fill(&world, 0);
	for (uint32_t i = 0; i < FACT_KINDS; i++) {
		tap_row(fact_kind_of(order[i])->noun);
		remove_it(&world, order[i], true);
	}
	expect_replay(&world, 1);
	world_fini(&world);
}

/* With a member goes what was said of it, its people's data too. */
static void case_member_gone(void)
{
	static const enum fact_id gone[] = { FACT_MEMBER,  FACT_CONNECTION, FACT_PORT,
					     FACT_ADDRESS, FACT_CONTACT,    FACT_DOCUMENT };
	static struct fact fact;
	struct world world;

	world_init(&world);
	world_fill(&world, 0);
	expect_true(!failed(registry_member_remove(world.store, ASN, &world.complaints)));
	for (uint32_t i = 0; i < sizeof gone / sizeof *gone; i++) {
		tap_row(fact_kind_of(gone[i])->noun);
		expect_u64(fact_get(world.store, gone[i], key_of(gone[i]), &fact).kind,
			   FAULT_ABSENT);
	}
	expect_true(!failed(fact_get(world.store, FACT_SWITCH, "1", &fact)));
	expect_replay(&world, 2);
	world_fini(&world);
}

/* Nothing personal is left, neither in the row nor beside the log; that it was done is. */
static void case_erased(void)
{
	static const enum fact_id personal[] = { FACT_CONTACT, FACT_DOCUMENT };
	static struct fact fact;
	struct world world;

	world_init(&world);
	world_fill(&world, 0);
	world_fill(&world, 1);
	for (uint32_t i = 0; i < 2; i++) {
		tap_row(fact_kind_of(personal[i])->noun);
		expect_true(!failed(store_begin(world.store)));
		expect_true(!failed(fact_erase(world.store, personal[i], "1", &world.complaints)));
		expect_true(!failed(store_commit(world.store)));
		expect_true(!failed(fact_get(world.store, personal[i], "1", &fact)));
		for (uint32_t j = 0; fact.kind->field[j].name != NULL; j++)
			expect_true(!fact.kind->field[j].is_private || fact.value[j][0] == '\0');
		expect_text(fact_of(&fact, "erased"), "yes");
	}
	expect_replay(&world, FACT_KINDS);
	world_fini(&world);
}

static bool count_take(void *context, const struct fact *fact)
{
	(void)fact;
	++*(uint32_t *)context;
	return true;
}

/* Many of a kind, found by a field of theirs. */
static void case_walked(void)
{
	static struct fact fact;
	struct world world;
	char key[FACT_KEY_MAX];
	uint32_t of_member = 0;
	uint32_t all = 0;

	world_init(&world);
	world_fill(&world, 0);
	for (uint32_t i = 2; i <= 30; i++) {
		expect_true(!failed(fact_next_key(world.store, FACT_CONTACT, key)));
		expect_u64(strtoull(key, NULL, 10), i);
		fact_init(&fact, FACT_CONTACT, key);
		if (i % 3 == 0)
			expect_true(fact_set(&fact, fact_field_index(fact.kind, "asn"), "201001") ==
				    NULL);
		write_it(&world, &fact);
	}
	expect_true(!failed(
		fact_walk(world.store, FACT_CONTACT, "asn", "201001", count_take, &of_member)));
	expect_true(!failed(fact_walk(world.store, FACT_CONTACT, NULL, NULL, count_take, &all)));
	expect_u64(of_member, 11);
	expect_u64(all, 30);
	world_fini(&world);
}

static const struct tap_case cases[] = {
	{ "every field of every kind, twice", case_every_field, 0 },
	{ "taken away again", case_taken_away, 0 },
	{ "removed", case_removed, 0 },
	{ "a member goes with what was said of it", case_member_gone, 0 },
	{ "erased", case_erased, 0 },
	{ "walked through by a field", case_walked, 0 },
};
TAP_MAIN(cases)
