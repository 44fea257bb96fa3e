/* unit/ledger/verify.c — every bit of every row of the log and of what is derived from it, flipped
 * in turn, is found. */
#include "unit/ledger/world.h"

static bool verify(struct world *world, struct ledger_verdict *verdict)
{
	static const struct record_kind *const kinds[] = { thing_kinds, NULL };
	static const struct derived_table *const tables[] = { thing_tables, NULL };
	struct ledger_verification asked = { .store = world->store,
					     .migrations = world_migrations,
					     .migration_count = 2,
					     .kinds = kinds,
					     .tables = tables };

	world->complaints = (struct complaints){ 0 };
	expect_true(!failed(ledger_verify(&asked, verdict, &world->complaints)));
	return world->complaints.error_count == 0;
}

static void run(struct world *world, const char *sql)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	expect_true(!failed(store_prepare(world->store, sql, &statement)));
	expect_true(!failed(store_step(statement, &has_row)));
}

static bool is_said(const struct world *world, const char *text)
{
	for (uint32_t i = 0; i < world->complaints.count; i++) {
		if (strstr(world->complaints.list[i].text, text) != NULL)
			return true;
	}
	for (uint32_t i = 0; i < world->complaints.count; i++)
		printf("# said: %s\n", world->complaints.list[i].text);
	return false;
}

#define THINGS 300

static void fill(struct world *world)
{
	static struct record record;

	world_init(world);
	expect_true(!failed(store_begin(world->store)));
	for (int64_t i = 0; i < THINGS; i++) {
		thing_make(&record, i, "x", i % 100 == 0 ? "secret" : NULL);
		if (i % 150 == 0)
			record_blob(&record, "paper", i == 0 ? "long text" : "longer text");
		expect_true(!failed(
			ledger_write(world->store, thing_kinds, &record, &world->complaints)));
	}
	expect_true(!failed(store_commit(world->store)));
}

static void case_sound(void)
{
	struct ledger_verdict verdict;
	struct checkpoint head;
	struct world world;

	world_init(&world);
	expect_true(verify(&world, &verdict));
	expect_u64(verdict.size, 0);
	world_fini(&world);
	fill(&world);
	expect_true(verify(&world, &verdict));
	expect_u64(verdict.size, THINGS);
	expect_u64(verdict.rows, THINGS);
	expect_u64(verdict.kept, 3);
	expect_u64(verdict.blobs, 2);
	expect_u64(verdict.erased, 0);
	expect_true(!failed(ledger_head(world.store, &head)));
	expect_u64(head.size, THINGS);
	expect_true(merkle_equal(&head.root, &verdict.root));
	world_fini(&world);
}

/* What is changed where, and how it is told. */
static void case_changed(void)
{
	static const struct {
		const char *sql;
		const char *back;
		const char *said;
	} rows[] = {
		{ "UPDATE thing SET name = 'y' WHERE id = 7",
		  "UPDATE thing SET name = 'x' WHERE id = 7",
		  "table thing, id \"7\": name is not what the log gives" },
		{ "UPDATE thing SET secret = 'Secret' WHERE id = 100",
		  "UPDATE thing SET secret = 'secret' WHERE id = 100",
		  "table thing, id \"100\": secret is not" },
		{ "DELETE FROM thing WHERE id = 299",
		  "INSERT INTO thing (id, name, secret) VALUES (299, 'x', '')",
		  "has no row that the log gives, id \"299\"" },
		{ "INSERT INTO thing (id, name, secret) VALUES (300, 'x', '')",
		  "DELETE FROM thing WHERE id = 300",
		  "has a row that the log does not give, id \"300\"" },
		{ "UPDATE thing SET id = 400 WHERE id = 5",
		  "UPDATE thing SET id = 5 WHERE id = 400",
		  "has a row of id \"6\" where the log gives one of \"5\"" },
		{ "UPDATE ledger_head SET size = 299", "UPDATE ledger_head SET size = 300",
		  "right edge" },
		{ "UPDATE ledger_private SET value = 'Secret' WHERE digest ="
		  " (SELECT max(digest) FROM ledger_private)",
		  "UPDATE ledger_private SET value = 'secret'", "a private value or its salt" },
		{ "UPDATE ledger_blob SET value = 'Long text' WHERE value = 'long text'",
		  "UPDATE ledger_blob SET value = 'long text' WHERE value = 'Long text'",
		  "record 0 (thing): a blob" },
		{ "INSERT INTO ledger_blob (digest, value) VALUES ('x', 'y')",
		  "DELETE FROM ledger_blob WHERE digest = 'x'", "there are 3 blobs" },
		{ "INSERT INTO ledger_private (digest, salt, value) VALUES ('x', 'y', 'z')",
		  "DELETE FROM ledger_private WHERE digest = 'x'",
		  "there are 4 private values, and records name 3" },
		{ "UPDATE ledger_leaf SET number = 1000 WHERE number = 20",
		  "UPDATE ledger_leaf SET number = 20 WHERE number = 1000", "no record 20" },
		{ "INSERT INTO ledger_node (level, node, hash) VALUES (2, 0, 'x')",
		  "DELETE FROM ledger_node WHERE level = 2", "inner hashes" },
	};
	struct ledger_verdict verdict;
	struct world world;

	fill(&world);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i].sql);
		run(&world, rows[i].sql);
		expect_true(!verify(&world, &verdict));
		expect_true(is_said(&world, rows[i].said));
		run(&world, rows[i].back);
		expect_true(verify(&world, &verdict));
	}
	world_fini(&world);
}

/* Each bit of one cell in turn. */
static void bits_flip(struct world *world, const char *table, const char *column, const char *where)
{
	struct ledger_verdict verdict;
	char sql[256];
	char before[1024];
	char after[1024];

	(void)snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s", column, table, where);
	(void)snprintf(before, sizeof before, "%s", ask(world, sql));
	expect_true(before[0] != '\0');
	(void)snprintf(sql, sizeof sql, "UPDATE %s SET %s = ?1 WHERE %s", table, column, where);
	for (uint32_t bit = 0; bit < 8 * strlen(before); bit++) {
		struct statement *statement CLEAN(store_finish) = NULL;
		bool has_row = false;
		(void)snprintf(after, sizeof after, "%s", before);
		after[bit / 8] = (char)(after[bit / 8] ^ (1 << bit % 8));
		expect_true(!failed(store_begin(world->store)));
		expect_true(!failed(store_prepare(world->store, sql, &statement)));
		store_bind_text(statement, 1, after);
		/* PostgreSQL takes no text that is not UTF-8. */
		struct fault fault = store_step(statement, &has_row);
		store_finish(&statement);
		expect_true(failed(fault) || !verify(world, &verdict));
		store_rollback(world->store);
	}
	expect_true(verify(world, &verdict));
}

static void case_bits(void)
{
	struct world world;

	world_init(&world);
	for (int64_t i = 0; i < 3; i++)
		expect_true(thing_write(&world, i, "name", i == 1 ? "secret" : NULL));
	bits_flip(&world, "ledger_leaf", "card", "number = 1");
	bits_flip(&world, "ledger_leaf", "hash", "number = 2");
	bits_flip(&world, "ledger_head", "edge", "id = 0");
	bits_flip(&world, "ledger_private", "salt", "1 = 1");
	bits_flip(&world, "ledger_private", "value", "1 = 1");
	bits_flip(&world, "ledger_private", "digest", "1 = 1");
	bits_flip(&world, "thing", "name", "id = 0");
	bits_flip(&world, "thing", "secret", "id = 1");
	world_fini(&world);
	fill(&world);
	bits_flip(&world, "ledger_node", "hash", "level = 1");
	bits_flip(&world, "ledger_blob", "value", "value = 'long text'");
	world_fini(&world);
}

static bool is_one_hundred(void *context, const struct record *record)
{
	int64_t id = 0;

	(void)context;
	return record_int_of(record, "id", &id) && id == 100;
}

/* What is erased is gone, its digest stays, and the log is as good as before. */
static void case_erased(void)
{
	struct ledger_verdict verdict;
	struct world world;
	uint32_t count = 0;

	fill(&world);
	expect_true(!failed(store_begin(world.store)));
	expect_true(!failed(ledger_erase(world.store, is_one_hundred, NULL, &count)));
	expect_u64(count, 1);
	run(&world, "UPDATE thing SET secret = '' WHERE id = 100");
	expect_true(!failed(store_commit(world.store)));
	expect_true(verify(&world, &verdict));
	expect_u64(verdict.erased, 1);
	expect_u64(verdict.kept, 2);
	world_fini(&world);
}

static void case_proofs(void)
{
	struct checkpoint head;
	struct merkle_hash leaf;
	struct proof proof;
	struct world world;
	char card[RECORD_CARD_MAX];
	uint32_t len = 0;

	fill(&world);
	expect_true(!failed(ledger_head(world.store, &head)));
	for (uint64_t i = 0; i < head.size; i++) {
		expect_true(
			!failed(proof_inclusion(ledger_hashes(world.store), i, head.size, &proof)));
		expect_true(!failed(ledger_card(world.store, i, card, &len)));
		leaf = merkle_leaf(octets_of(card, len));
		expect_true(proof_inclusion_holds(&proof, i, head.size, &leaf, &head.root));
	}
	expect_u64(ledger_card(world.store, head.size, card, &len).kind, FAULT_ABSENT);
	world_fini(&world);
}

/* What would change records when they are written, and an index that is not its table's. */
static void case_schema(void)
{
	static const char *const changes[] = {
		"CREATE TRIGGER t AFTER INSERT ON thing BEGIN DELETE FROM thing; END",
		"CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT",
		"CREATE VIEW seen AS SELECT id FROM thing",
		"CREATE INDEX faster ON thing (name)",
	};
	struct ledger_verdict verdict;
	struct world world;

	fill(&world);
	for (size_t i = 0; i < sizeof changes / sizeof *changes && !database_is_postgresql(); i++) {
		tap_row(changes[i]);
		expect_true(!failed(store_begin(world.store)));
		run(&world, changes[i]);
		expect_true(!verify(&world, &verdict));
		expect_true(is_said(&world, "not those that Plenum makes"));
		store_rollback(world.store);
	}
	expect_true(verify(&world, &verdict));
	world_fini(&world);
}

static const struct tap_case cases[] = {
	{ "a sound log", case_sound, 0 },        { "the schema", case_schema, 0 },
	{ "what was changed", case_changed, 0 }, { "every bit", case_bits, 120 },
	{ "erased values", case_erased, 0 },     { "proofs from the store", case_proofs, 0 },
};

TAP_MAIN(cases)
