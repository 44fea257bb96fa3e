/* unit/rpki/path.c — paths by the upstream procedure of draft-ietf-sidrops-aspa-verification: the
 * vectors of benmaddison's aspa-fuzz as far as a route server meets them, and its own rows. */
#include "kit/tap.h"
#include "rpki/changes.h"

#define ASNS_MAX 8u

struct record {
	uint32_t customer;
	uint32_t provider[ASNS_MAX]; /* ends with the first 0 behind the first */
};

static const struct record records[] = {
	{ 1, { 4, 5, 6 } },   { 2, { 10, 11 } }, { 3, { 1, 13, 14 } }, { 4, { 16, 24 } },
	{ 5, { 1, 17, 25 } }, { 8, { 0 } },      { 9, { 2 } },         { 10, { 0 } },
	{ 11, { 2 } },        { 12, { 3 } },     { 13, { 0 } },        { 14, { 3, 25 } },
	{ 15, { 4 } },        { 16, { 4 } },     { 17, { 5 } },        { 18, { 6 } },
	{ 20, { 19 } },       { 21, { 0 } },     { 23, { 22 } },       { 24, { 0 } },
	{ 25, { 0 } },        { 26, { 5 } },     { 27, { 14 } },
};

struct row {
	uint32_t path[ASNS_MAX]; /* the neighbour first; ends with 0 */
	enum rpki_state expected;
};

static const struct row rows[] = {
	{ { 0 }, RPKI_INVALID }, /* empty */
	{ { 2 }, RPKI_VALID },   /* the neighbour's own */
	{ { 7 }, RPKI_VALID },
	{ { 8 }, RPKI_VALID }, /* it has no provider, and needs none: we are none */
	{ { 2, 8 }, RPKI_INVALID },
	{ { 2, 9 }, RPKI_VALID },
	{ { 2, 10 }, RPKI_INVALID },
	{ { 2, 11 }, RPKI_VALID },
	{ { 3, 12 }, RPKI_VALID },
	{ { 3, 13 }, RPKI_INVALID },
	{ { 7, 19 }, RPKI_NOT_FOUND },
	{ { 7, 21 }, RPKI_INVALID },
	{ { 3, 14, 25 }, RPKI_INVALID },
	{ { 3, 14, 19 }, RPKI_NOT_FOUND },
	{ { 3, 14, 21 }, RPKI_INVALID },
	{ { 3, 14, 27 }, RPKI_VALID },
	{ { 7, 19, 22, 21 }, RPKI_INVALID },
	{ { 6, 19, 22, 23 }, RPKI_NOT_FOUND },
	/* Invalid weighs more than unknown, wherever it stands. */
	{ { 7, 19, 2, 8 }, RPKI_INVALID },
	{ { 2, 8, 19, 7 }, RPKI_INVALID },
	/* Prepends count once. */
	{ { 2, 2, 2, 9, 9 }, RPKI_VALID },
	{ { 8, 8, 8 }, RPKI_VALID },
	{ { 2, 2, 8, 8 }, RPKI_INVALID },
	{ { 1, 5, 17 }, RPKI_VALID }, /* up all the way */
	/* A leak: 5 has a path from its provider 25 and gives it to its provider 1. */
	{ { 1, 5, 25 }, RPKI_INVALID },
};

static struct rpki_data *data_make(bool has_aspas, uint32_t without)
{
	struct heap heap = heap_libc();
	struct rpki_data *data = NULL;
	struct rpki_draft draft;

	rpki_draft_init(&draft, &heap);
	draft.has_aspas = has_aspas;
	for (uint32_t i = 0; has_aspas && i < sizeof records / sizeof *records; i++) {
		if (records[i].customer == without)
			continue;
		expect_true(!failed(aspa_list_begin(&draft.aspas, records[i].customer)));
		for (uint32_t j = 0; j == 0 || records[i].provider[j] != 0; j++)
			expect_true(
				!failed(aspa_list_provider(&draft.aspas, records[i].provider[j])));
	}
	expect_true(!failed(rpki_data_make(&draft, &data)));
	rpki_draft_fini(&draft);
	expect_u64(heap.used_octets, 0);
	return data;
}

static enum rpki_state state_of(const struct rpki_data *data, const uint32_t *asns,
				bool is_sequence)
{
	struct rpki_path path;

	rpki_path_begin(&path, data);
	for (uint32_t i = 0; i < ASNS_MAX && asns[i] != 0; i++)
		rpki_path_next(&path, asns[i]);
	return rpki_path_state(&path, is_sequence);
}

static void case_vectors(void)
{
	struct rpki_data *data = data_make(true, 0);
	struct rpki_data *deaf = data_make(false, 0);

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		expect_u64(state_of(data, row->path, true), row->expected);
		/* A set or a confederation makes it invalid. */
		expect_u64(state_of(data, row->path, false), RPKI_INVALID);
		/* RTR version 1 says nothing of ASPAs: that nobody is known is not said, either. */
		expect_u64(state_of(deaf, row->path, true), RPKI_NOT_CHECKED);
		expect_u64(state_of(NULL, row->path, true), RPKI_NOT_CHECKED);
	}
	rpki_data_unref(data);
	rpki_data_unref(deaf);
}

/* Records of one customer are joined; a 0 beside others says nothing. */
static void case_joined(void)
{
	struct heap heap = heap_libc();
	struct rpki_data *data = NULL;
	struct rpki_draft draft;
	static const uint32_t path[] = { 9, 1, 0 };

	rpki_draft_init(&draft, &heap);
	draft.has_aspas = true;
	expect_true(!failed(aspa_list_begin(&draft.aspas, 1)));
	expect_true(!failed(aspa_list_provider(&draft.aspas, 7)));
	expect_true(!failed(aspa_list_begin(&draft.aspas, 2)));
	expect_true(!failed(aspa_list_begin(&draft.aspas, 1)));
	expect_true(!failed(aspa_list_provider(&draft.aspas, 9)));
	expect_true(!failed(aspa_list_provider(&draft.aspas, 0)));
	expect_true(!failed(rpki_data_make(&draft, &data)));
	rpki_draft_fini(&draft);
	expect_u64(data->aspas.count, 2);
	expect_u64(data->aspas.entry[0].count, 2);
	expect_u64(state_of(data, path, true), RPKI_VALID);
	rpki_data_unref(data);
}

static void case_changes(void)
{
	struct rpki_data *before = data_make(true, 0);
	struct rpki_data *after = data_make(true, 14);
	struct rpki_data *deaf = data_make(false, 0);
	struct rpki_changes *changes = NULL;

	expect_true(!failed(rpki_changes_make(before, after, &changes)));
	expect_u64(changes->customer_count, 1);
	expect_true(rpki_changes_touch_customer(changes, 14));
	expect_true(!rpki_changes_touch_customer(changes, 15));
	rpki_changes_unref(changes);
	expect_true(!failed(rpki_changes_make(before, deaf, &changes)));
	expect_u64(changes->customer_count, sizeof records / sizeof *records);
	rpki_changes_unref(changes);
	rpki_data_unref(before);
	rpki_data_unref(after);
	rpki_data_unref(deaf);
}

static const struct tap_case cases[] = {
	{ "vectors", case_vectors, 0 },
	{ "several records of one customer", case_joined, 0 },
	{ "what changes", case_changes, 0 },
};

TAP_MAIN(cases)
