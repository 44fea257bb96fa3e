/* unit/ledger/log.c — records and leaves in one transaction; the tree as RFC 6962 defines it. */
#include "ledger/newest.h"
#include "unit/ledger/world.h"

static struct merkle_hash hash_of(const char *hex)
{
	struct merkle_hash hash = { 0 };

	expect_true(merkle_parse(hex, (uint32_t)strlen(hex), &hash));
	return hash;
}

/* The eight leaves and roots that Certificate Transparency's implementations test with. */
static void case_published(void)
{
	static const struct {
		const char *leaf;
		uint32_t len;
		const char *root;
	} rows[] = {
		{ "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "\x20\x21", 2,
		  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "\x30\x31", 2,
		  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "\x40\x41\x42\x43", 4,
		  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8,
		  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
		  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct merkle_hash empty = hash_of(
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	struct merkle_edge edge = { 0 };
	struct merkle_hash root = merkle_edge_root(&edge);

	expect_true(merkle_equal(&root, &empty));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct merkle_hash expected = hash_of(rows[i].root);
		struct merkle_hash leaf = merkle_leaf(octets_of(rows[i].leaf, rows[i].len));
		merkle_edge_add(&edge, &leaf, NULL, NULL);
		root = merkle_edge_root(&edge);
		tap_row(rows[i].root);
		expect_true(merkle_equal(&root, &expected));
	}
}

/* MTH of RFC 6962 2.1, word for word. */
static struct merkle_hash tree_hash(const struct merkle_hash *leaf, uint32_t count)
{
	uint32_t split = 1;

	if (count == 0)
		return merkle_empty();
	if (count == 1)
		return *leaf;
	while (split * 2 < count)
		split *= 2;
	struct merkle_hash left = tree_hash(leaf, split);
	struct merkle_hash right = tree_hash(leaf + split, count - split);
	return merkle_node(&left, &right);
}

#define LEAVES 600u

static void case_definition(void)
{
	static struct merkle_hash leaf[LEAVES];
	struct merkle_edge edge = { 0 };

	for (uint32_t i = 0; i < LEAVES; i++) {
		leaf[i] = merkle_leaf(octets_of(&i, sizeof i));
		merkle_edge_add(&edge, &leaf[i], NULL, NULL);
		struct merkle_hash root = merkle_edge_root(&edge);
		struct merkle_hash expected = tree_hash(leaf, i + 1);
		expect_true(merkle_equal(&root, &expected));
	}
}

static void case_append(void)
{
	struct world world;
	struct merkle_edge edge = { 0 };
	struct merkle_hash node = { 0 };
	char hex[MERKLE_HEX_MAX];
	char sql[128];
	static char edge_text[4096];

	world_init(&world);
	expect_true(!failed(store_begin(world.store)));
	for (int64_t i = 0; i < 600; i++) {
		static struct record record;
		thing_make(&record, i, "x", NULL);
		expect_true(!failed(
			ledger_write(world.store, thing_kinds, &record, &world.complaints)));
	}
	expect_true(!failed(store_commit(world.store)));
	for (int64_t i = 0; i < 600; i++) {
		(void)snprintf(sql, sizeof sql, "SELECT card FROM ledger_leaf WHERE number = %lld",
			       (long long)i);
		struct merkle_hash leaf = merkle_leaf(octets_of_text(ask(&world, sql)));
		merkle_edge_add(&edge, &leaf, NULL, NULL);
		if (i == 255)
			node = edge.root[0];
	}
	for (uint32_t i = 0; i < edge.count; i++)
		merkle_print(&edge.root[i], edge_text + 64 * i);
	expect_text(ask(&world, "SELECT edge FROM ledger_head"), edge_text);
	expect_text(ask(&world, "SELECT count(*) FROM ledger_node"), "2");
	merkle_print(&node, hex);
	expect_text(ask(&world, "SELECT hash FROM ledger_node WHERE level = 1 AND node = 0"), hex);
	world_fini(&world);
}

struct walking {
	uint64_t next; /* the number that must come */
	uint32_t count;
	uint32_t wanted;
};

static bool back_take(void *context, uint64_t number, struct octets card)
{
	struct walking *walking = context;

	expect_u64(number, walking->next--);
	expect_true(record_card_is(card, "thing"));
	return ++walking->count != walking->wanted;
}

/* From the end to the beginning, over the ends of slices; and no further than is asked for. */
static void case_back(void)
{
	enum { RECORDS = 2000 };
	struct world world;
	struct wall at;

	world_init(&world);
	expect_true(!failed(ledger_newest(world.store, &at)) && at.s == 0);
	expect_true(!failed(store_begin(world.store)));
	for (int64_t i = 0; i < RECORDS; i++) {
		static struct record record;
		thing_make(&record, i, "x", NULL);
		expect_true(!failed(
			ledger_write(world.store, thing_kinds, &record, &world.complaints)));
	}
	expect_true(!failed(store_commit(world.store)));
	struct walking walking = { .next = RECORDS - 1 };
	expect_true(!failed(ledger_walk_back(world.store, NULL, back_take, &walking)));
	expect_u64(walking.count, RECORDS);
	walking = (struct walking){ .next = RECORDS - 1, .wanted = 1001 };
	expect_true(!failed(ledger_walk_back(world.store, "thing", back_take, &walking)));
	expect_u64(walking.count, 1001);
	walking = (struct walking){ 0 };
	expect_true(!failed(ledger_walk_back(world.store, "thin", back_take, &walking)));
	expect_true(!failed(ledger_walk_back(world.store, "things", back_take, &walking)));
	expect_u64(walking.count, 0);
	expect_true(!failed(ledger_newest(world.store, &at)) && at.s != 0);
	world_fini(&world);
}

/* Whichever statement fails, record, leaf, salt and size are as before. */
static void case_statement_fails(void)
{
	struct world world;
	uint32_t failures = 0;
	bool done = false;

	world_init(&world);
	expect_true(thing_write(&world, 1, "one", "s"));
	for (uint32_t i = 1; !done && i < 50; i++) {
		store_fail_after(world.store, i);
		done = thing_write(&world, 2, "two", "t");
		store_fail_after(world.store, 0);
		failures += done ? 0 : 1;
		expect_text(ask(&world, "SELECT size FROM ledger_head"), done ? "2" : "1");
		expect_text(ask(&world, "SELECT count(*) FROM ledger_leaf"), done ? "2" : "1");
		expect_text(ask(&world, "SELECT count(*) FROM ledger_private"), done ? "2" : "1");
		expect_text(ask(&world, "SELECT count(*) FROM thing"), done ? "2" : "1");
	}
	expect_true(done && failures >= 6);
	/* An apply that refuses, too. */
	expect_true(!thing_write(&world, 2, "again", NULL));
	expect_text(ask(&world, "SELECT size FROM ledger_head"), "2");
	world_fini(&world);
}

static void case_private(void)
{
	struct world world;

	world_init(&world);
	expect_true(thing_write(&world, 1, "one", "hunter2"));
	expect_true(thing_write(&world, 2, "two", "hunter2"));
	expect_text(ask(&world, "SELECT count(*) FROM ledger_leaf WHERE card LIKE '%hunter%'"),
		    "0");
	expect_text(ask(&world, "SELECT count(*) FROM ledger_leaf JOIN ledger_private"
				" ON card LIKE '%secret private:' || digest || '%'"),
		    "2");
	expect_text(ask(&world, "SELECT count(DISTINCT salt) FROM ledger_private"), "2");
	expect_text(ask(&world, "SELECT secret FROM thing WHERE id = 2"), "hunter2");
	world_fini(&world);
}

static const struct tap_case cases[] = {
	{ "published roots", case_published, 0 },
	{ "the definition of the tree", case_definition, 0 },
	{ "records in the log", case_append, 0 },
	{ "from the end", case_back, 0 },
	{ "statement n fails", case_statement_fails, 0 },
	{ "private values", case_private, 0 },
};

TAP_MAIN(cases)
