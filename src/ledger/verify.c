/* ledger/verify.c — everything against the log.
 *
 * Each leaf's hash is worked out from its card; the tree's from the leaves'; each record is applied
 * to an empty store in memory, in order; then each derived table must be what came of that, row for
 * row.  What cards name by digest is hashed again.  So a bit that changed anywhere is found, unless
 * somebody changed all that follows from it, and then no longer matches a checkpoint that was
 * signed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/inside.h"
#include "ledger/ledger.h"

#define PROGRESS_LEAVES 4096u
#define DIFFERENCES_MAX 8u /* told of one table, or of leaves */
#define SELECT_MAX 1024u

struct node {
	uint32_t level;
	uint64_t index;
	struct merkle_hash hash;
};

struct verifying {
	const struct ledger_verification *asked;
	struct ledger_verdict *verdict;
	struct complaints *findings;
	struct heap heap;
	struct store *replayed;
	struct record *record;
	struct text_buffer blobs;
	struct merkle_edge edge;
	struct node *node;
	uint32_t node_count;
	uint32_t node_room;
	uint32_t bad_leaves;
	bool replay_ended; /* a record could not be applied */
	struct fault fault;
};

static void node_keep(void *context, uint32_t level, uint64_t index, const struct merkle_hash *hash)
{
	struct verifying *verifying = context;

	if (level % TILE_BITS != 0)
		return;
	if (!heap_grow(&verifying->heap, (void **)&verifying->node, &verifying->node_room,
		       verifying->node_count + 1, sizeof *verifying->node)) {
		verifying->fault = fault_of(FAULT_LIMIT, 0);
		return;
	}
	verifying->node[verifying->node_count++] = (struct node){ level / TILE_BITS, index, *hash };
}

/* --- one leaf --------------------------------------------------------------------------------- */

static const struct record_kind *kind_of(const struct verifying *verifying, const char *type)
{
	const struct record_kind *kind = NULL;

	for (const struct record_kind *const *list = verifying->asked->kinds;
	     *list != NULL && kind == NULL; list++)
		kind = record_kind_of(*list, type);
	return kind;
}

/* Of blobs the store in memory keeps which there were; of private values, how many. */
static struct fault named_count(struct verifying *verifying)
{
	const struct record *record = verifying->record;

	for (uint32_t i = 0; i < record->field_count; i++) {
		const struct record_field *field = &record->field[i];
		struct statement *statement CLEAN(store_finish) = NULL;
		char digest[MERKLE_HEX_MAX];
		bool has_row = false;
		if (field->kind == RECORD_PRIVATE) {
			verifying->verdict->erased += field->is_erased ? 1 : 0;
			verifying->verdict->kept += field->is_erased ? 0 : 1;
		}
		if (field->kind != RECORD_BLOB)
			continue;
		merkle_print(&field->digest, digest);
		TRY(store_prepare(verifying->replayed,
				  "INSERT INTO ledger_blob (digest, value) VALUES (?1, '')"
				  " ON CONFLICT (digest) DO NOTHING",
				  &statement));
		store_bind_text(statement, 1, digest);
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

static void record_apply(struct verifying *verifying, uint64_t number)
{
	struct record *record = verifying->record;
	const struct record_kind *kind = kind_of(verifying, record->type);
	uint32_t errors_before = verifying->findings->error_count;

	if (verifying->replay_ended)
		return;
	if (kind == NULL) {
		complain(verifying->findings, false,
			 "record %llu: nobody knows how to apply a \"%s\"; was it written by a "
			 "newer Plenum?",
			 (unsigned long long)number, record->type);
		verifying->replay_ended = true;
		return;
	}
	struct fault fault = kind->apply(verifying->replayed, record, verifying->findings);
	if (!failed(fault))
		return;
	verifying->replay_ended = true;
	if (verifying->findings->error_count == errors_before)
		complain(verifying->findings, false, "record %llu (%s) cannot be applied: %s",
			 (unsigned long long)number, record->type,
			 store_why(verifying->replayed, fault));
	else
		complain(verifying->findings, false, "record %llu (%s) cannot be applied",
			 (unsigned long long)number, record->type);
}

static void record_take(struct verifying *verifying, uint64_t number, struct octets card)
{
	struct fault fault = record_read(card, verifying->record);

	if (failed(fault)) {
		complain(verifying->findings, false,
			 "record %llu: is no card, from octet %u of it on",
			 (unsigned long long)number, fault.at_octet);
		verifying->replay_ended = true;
		return;
	}
	fault = ledger_load(verifying->asked->store, verifying->record, &verifying->blobs);
	if (fault.kind == FAULT_MALFORMED && fault.code != 0)
		complain(verifying->findings, false, "record %llu (%s): %s",
			 (unsigned long long)number, verifying->record->type,
			 fault.code == RECORD_BLOB ?
				 "a blob is missing or not the one of its digest" :
				 "a private value or its salt is not the one of its digest");
	else if (failed(fault))
		verifying->fault = fault;
	if (failed(fault)) {
		verifying->replay_ended = true;
		return;
	}
	verifying->fault = named_count(verifying);
	record_apply(verifying, number);
}

static bool leaf_take(void *context, uint64_t number, struct octets card,
		      const struct merkle_hash *hash)
{
	struct verifying *verifying = context;
	uint64_t expected = verifying->edge.size;
	struct merkle_hash leaf = merkle_leaf(card);

	if (number != expected) {
		complain(verifying->findings, false, "the log has no record %llu",
			 (unsigned long long)expected);
		return false;
	}
	if (!merkle_equal(&leaf, hash)) {
		if (verifying->bad_leaves++ < DIFFERENCES_MAX)
			complain(verifying->findings, false,
				 "record %llu: its hash is not that of its card; one of them was "
				 "changed",
				 (unsigned long long)number);
	}
	merkle_edge_add(&verifying->edge, &leaf, node_keep, verifying);
	record_take(verifying, number, card);
	if (verifying->asked->progress != NULL && number % PROGRESS_LEAVES == 0)
		verifying->asked->progress(verifying->asked->context, number,
					   verifying->verdict->size);
	return !failed(verifying->fault);
}

/* --- the tree --------------------------------------------------------------------------------- */

static int node_order(const void *left, const void *right)
{
	const struct node *a = left;
	const struct node *b = right;

	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static struct fault nodes_compare(struct verifying *verifying)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct merkle_hash hash;
	bool has_row = false;

	if (verifying->node_count != 0)
		qsort(verifying->node, verifying->node_count, sizeof *verifying->node, node_order);
	TRY(store_prepare(verifying->asked->store,
			  "SELECT level, node, hash FROM ledger_node ORDER BY level, node",
			  &statement));
	TRY(store_step(statement, &has_row));
	for (uint32_t i = 0; i < verifying->node_count || has_row; i++) {
		const struct node *node = &verifying->node[i];
		const char *text = has_row ? store_text(statement, 2) : "";
		if (i == verifying->node_count || !has_row ||
		    store_int(statement, 0) != node->level ||
		    store_int(statement, 1) != (int64_t)node->index ||
		    !merkle_parse(text, (uint32_t)strlen(text), &hash) ||
		    !merkle_equal(&hash, &node->hash)) {
			complain(verifying->findings, false,
				 "the tree's inner hashes are not those of its leaves, from level "
				 "%u, number %llu on",
				 i < verifying->node_count ? node->level : 0,
				 i < verifying->node_count ? (unsigned long long)node->index :
							     0ull);
			return fault_none();
		}
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

static struct fault head_compare(struct verifying *verifying)
{
	struct merkle_edge edge;
	struct merkle_hash root = merkle_edge_root(&verifying->edge);
	struct fault fault = log_edge_read(verifying->asked->store, &edge);

	if (failed(fault) && fault.kind != FAULT_MALFORMED)
		return fault;
	bool is_same = !failed(fault) && edge.count == verifying->edge.count;
	for (uint32_t i = 0; is_same && i < edge.count; i++)
		is_same = merkle_equal(&edge.root[i], &verifying->edge.root[i]);
	if (!failed(fault) && edge.size != verifying->edge.size)
		complain(verifying->findings, false,
			 "the log says it has %llu records and has %llu",
			 (unsigned long long)edge.size, (unsigned long long)verifying->edge.size);
	else if (!is_same)
		complain(verifying->findings, false,
			 "the tree's right edge is not that of its leaves");
	verifying->verdict->root = root;
	verifying->verdict->size = verifying->edge.size;
	return fault_none();
}

/* --- tables ----------------------------------------------------------------------------------- */

/* The name of column `at` in "a, b, c". */
static void column_name(const char *columns, uint32_t at, char out[64])
{
	for (uint32_t i = 0; i < at; i++)
		columns += strcspn(columns, ",") + 2;
	(void)snprintf(out, 64, "%.*s", (int)strcspn(columns, ","), columns);
}

static uint32_t column_count(const char *columns)
{
	uint32_t count = 1;

	for (; *columns != '\0'; columns++)
		count += *columns == ',' ? 1 : 0;
	return count;
}

static struct fault table_open(struct store *store, const struct derived_table *table,
			       struct statement **out)
{
	char sql[SELECT_MAX];
	int len = snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY %s", table->columns,
			   table->name, table->order);

	if (len < 0 || len >= (int)sizeof sql)
		return fault_of(FAULT_LIMIT, 0);
	return store_prepare(store, sql, out);
}

static bool cell_is_same(struct statement *a, struct statement *b, int column)
{
	return store_is_null(a, column) == store_is_null(b, column) &&
	       strcmp(store_text(a, column), store_text(b, column)) == 0;
}

/* The rows that stand ready.  False: they are not of one key, so that nothing more can be said. */
static bool rows_compare(struct verifying *verifying, const struct derived_table *table,
			 struct statement *there, struct statement *replayed, uint32_t *told)
{
	char key[64];
	char column[64];

	column_name(table->columns, 0, key);
	if (!cell_is_same(there, replayed, 0)) {
		complain(verifying->findings, false,
			 "table %s: has a row of %s \"%s\" where the log gives one of \"%s\"",
			 table->name, key, store_text(there, 0), store_text(replayed, 0));
		return false;
	}
	for (uint32_t i = 1; i < column_count(table->columns); i++) {
		if (cell_is_same(there, replayed, (int)i))
			continue;
		column_name(table->columns, i, column);
		complain(verifying->findings, false,
			 "table %s, %s \"%s\": %s is not what the log gives", table->name, key,
			 store_text(there, 0), column);
		(*told)++;
	}
	verifying->verdict->rows++;
	return *told < DIFFERENCES_MAX;
}

static struct fault table_compare(struct verifying *verifying, const struct derived_table *table)
{
	struct statement *there CLEAN(store_finish) = NULL;
	struct statement *replayed CLEAN(store_finish) = NULL;
	bool has_there = false;
	bool has_replayed = false;
	uint32_t told = 0;

	TRY(table_open(verifying->asked->store, table, &there));
	TRY(table_open(verifying->replayed, table, &replayed));
	TRY(store_step(there, &has_there));
	TRY(store_step(replayed, &has_replayed));
	while (has_there && has_replayed) {
		if (!rows_compare(verifying, table, there, replayed, &told))
			return fault_none();
		TRY(store_step(there, &has_there));
		TRY(store_step(replayed, &has_replayed));
	}
	if (has_there != has_replayed) {
		char key[64];
		column_name(table->columns, 0, key);
		complain(verifying->findings, false, "table %s: %s %s \"%s\"", table->name,
			 has_there ? "has a row that the log does not give," :
				     "has no row that the log gives,",
			 key, store_text(has_there ? there : replayed, 0));
	}
	return fault_none();
}

static struct fault number_of(struct store *store, const char *sql, uint64_t *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, sql, &statement));
	TRY(store_step(statement, &has_row));
	*out = has_row ? (uint64_t)store_int(statement, 0) : 0;
	return fault_none();
}

/* Nothing lies beside the log that no record names. */
static struct fault unnamed_find(struct verifying *verifying)
{
	uint64_t blobs = 0;
	uint64_t kept = 0;

	TRY(number_of(verifying->replayed, "SELECT count(*) FROM ledger_blob",
		      &verifying->verdict->blobs));
	TRY(number_of(verifying->asked->store, "SELECT count(*) FROM ledger_blob", &blobs));
	TRY(number_of(verifying->asked->store, "SELECT count(*) FROM ledger_private", &kept));
	if (blobs != verifying->verdict->blobs)
		complain(verifying->findings, false, "there are %llu blobs, and records name %llu",
			 (unsigned long long)blobs, (unsigned long long)verifying->verdict->blobs);
	if (kept != verifying->verdict->kept)
		complain(verifying->findings, false,
			 "there are %llu private values, and records name %llu",
			 (unsigned long long)kept, (unsigned long long)verifying->verdict->kept);
	return fault_none();
}

static struct fault schema_compare(struct verifying *verifying)
{
	bool is_same = false;

	TRY(store_compare_schema(verifying->asked->store, verifying->replayed, &is_same));
	if (!is_same)
		complain(verifying->findings, false,
			 "the database's own tables, indexes and triggers are not those that "
			 "Plenum makes: somebody changed them");
	return fault_none();
}

static struct fault all_compare(struct verifying *verifying)
{
	const struct ledger_verification *asked = verifying->asked;

	TRY(schema_compare(verifying));
	TRY(number_of(asked->store, "SELECT size FROM ledger_head", &verifying->verdict->size));
	TRY(ledger_walk(asked->store, 0, leaf_take, verifying));
	TRY(verifying->fault);
	TRY(nodes_compare(verifying));
	TRY(head_compare(verifying));
	if (verifying->replay_ended) {
		complain(verifying->findings, true,
			 "the tables were not compared, since the log could not be replayed");
		return fault_none();
	}
	TRY(unnamed_find(verifying));
	for (const struct derived_table *const *list = asked->tables; *list != NULL; list++) {
		for (const struct derived_table *table = *list; table->name != NULL; table++)
			TRY(table_compare(verifying, table));
	}
	return fault_none();
}

struct fault ledger_verify(const struct ledger_verification *verification,
			   struct ledger_verdict *out, struct complaints *findings)
{
	struct verifying verifying = {
		.asked = verification, .verdict = out, .findings = findings, .heap = heap_libc()
	};
	char error[256] = "";

	*out = (struct ledger_verdict){ 0 };
	text_buffer_init(&verifying.blobs, &verifying.heap, 0);
	verifying.record = heap_take(&verifying.heap, sizeof *verifying.record);
	struct fault fault = verifying.record == NULL ?
				     fault_of(FAULT_LIMIT, 0) :
				     store_open_memory(verification->migrations,
						       verification->migration_count,
						       &verifying.replayed, error);
	if (!failed(fault))
		fault = store_begin(verifying.replayed);
	if (!failed(fault)) {
		fault = all_compare(&verifying);
		store_rollback(verifying.replayed);
	}
	store_close(verifying.replayed);
	text_buffer_fini(&verifying.blobs);
	heap_free(&verifying.heap, verifying.node, verifying.node_room * sizeof *verifying.node);
	heap_free(&verifying.heap, verifying.record, sizeof *verifying.record);
	return fault;
}
