/* ledger/read.c — the log read from its tables. */
#include <sodium.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "ledger/inside.h"
#include "ledger/ledger.h"

#define SLICE_LEAVES 1000 /* read at once */

struct fault ledger_head(struct store *store, struct checkpoint *out)
{
	struct merkle_edge edge;

	TRY(log_edge_read(store, &edge));
	*out = (struct checkpoint){ .size = edge.size, .root = merkle_edge_root(&edge) };
	return fault_none();
}

/* --- hashes ----------------------------------------------------------------------------------- */

static struct fault hashes_read(void *context, uint32_t level, uint64_t first, uint32_t count,
				struct merkle_hash out[TILE_WIDTH])
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct store *store = context;
	bool has_row = false;

	CHECK(count != 0 && count <= TILE_WIDTH);
	TRY(store_prepare(store,
			  level == 0 ? "SELECT hash FROM ledger_leaf WHERE number >= ?1 AND"
				       " number <= ?2 ORDER BY number" :
				       "SELECT hash FROM ledger_node WHERE level = ?3 AND"
				       " node >= ?1 AND node <= ?2 ORDER BY node",
			  &statement));
	store_bind_int(statement, 1, (int64_t)first);
	store_bind_int(statement, 2, (int64_t)(first + count - 1));
	if (level != 0)
		store_bind_int(statement, 3, level);
	for (uint32_t i = 0; i < count; i++) {
		TRY(store_step(statement, &has_row));
		const char *hash = has_row ? store_text(statement, 0) : "";
		if (!merkle_parse(hash, (uint32_t)strlen(hash), &out[i]))
			return fault_of(FAULT_MALFORMED, 0);
	}
	return fault_none();
}

struct hashes ledger_hashes(struct store *store)
{
	return (struct hashes){ hashes_read, store };
}

/* --- leaves ----------------------------------------------------------------------------------- */

struct fault ledger_walk(struct store *store, uint64_t from,
			 bool (*each)(void *context, uint64_t number, struct octets card,
				      const struct merkle_hash *hash),
			 void *context)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct merkle_hash hash;
	bool has_row = true;
	bool more = true;

	TRY(store_prepare(store,
			  "SELECT number, card, hash FROM ledger_leaf WHERE number >= ?1"
			  " ORDER BY number LIMIT ?2",
			  &statement));
	for (uint32_t in_slice = SLICE_LEAVES; more && in_slice == SLICE_LEAVES;) {
		store_bind_int(statement, 1, (int64_t)from);
		store_bind_int(statement, 2, SLICE_LEAVES);
		in_slice = 0;
		TRY(store_step(statement, &has_row));
		while (has_row && more) {
			uint64_t number = (uint64_t)store_int(statement, 0);
			const char *text = store_text(statement, 2);
			if (!merkle_parse(text, (uint32_t)strlen(text), &hash))
				hash = (struct merkle_hash){ 0 };
			more = each(context, number, octets_of_text(store_text(statement, 1)),
				    &hash);
			from = number + 1;
			in_slice++;
			if (more)
				TRY(store_step(statement, &has_row));
		}
	}
	return fault_none();
}

struct fault ledger_card(struct store *store, uint64_t number, char out[RECORD_CARD_MAX],
			 uint32_t *len)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	if (number > INT64_MAX)
		return fault_of(FAULT_ABSENT, 0);
	TRY(store_prepare(store, "SELECT card FROM ledger_leaf WHERE number = ?1", &statement));
	store_bind_int(statement, 1, (int64_t)number);
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_of(FAULT_ABSENT, 0);
	struct octets card = octets_of_text(store_text(statement, 0));
	if (card.len_octets > RECORD_CARD_MAX)
		return fault_of(FAULT_MALFORMED, 0);
	mem_copy(out, card.at, card.len_octets);
	*len = card.len_octets;
	return fault_none();
}

/* --- tiles ------------------------------------------------------------------------------------ */

struct bundle {
	struct text_sink sink;
	uint64_t next;
	uint64_t end;
	bool is_good;
};

static bool entry_put(void *context, uint64_t number, struct octets card,
		      const struct merkle_hash *hash)
{
	struct bundle *bundle = context;
	const char len[2] = { (char)(card.len_octets >> 8), (char)(card.len_octets & 0xff) };

	(void)hash;
	bundle->is_good = number == bundle->next++ && card.len_octets <= RECORD_CARD_MAX &&
			  text_put_octets(bundle->sink, len, sizeof len) &&
			  text_put_octets(bundle->sink, (const char *)card.at, card.len_octets);
	return bundle->is_good && bundle->next != bundle->end;
}

struct fault ledger_tile(struct store *store, uint32_t level, uint64_t index, uint32_t width,
			 struct text_buffer *out)
{
	struct merkle_hash hash[TILE_WIDTH];
	struct bundle bundle = { .sink = text_buffer_sink(out),
				 .next = index * TILE_WIDTH,
				 .end = index * TILE_WIDTH + width };

	CHECK(width != 0 && width <= TILE_WIDTH);
	text_buffer_clear(out);
	if (level != TILE_LEVEL_ENTRIES) {
		TRY(hashes_read(store, level, index * TILE_WIDTH, width, hash));
		for (uint32_t i = 0; i < width; i++)
			(void)text_put_octets(bundle.sink, (const char *)hash[i].octet,
					      MERKLE_HASH_OCTETS);
	} else {
		TRY(ledger_walk(store, bundle.next, entry_put, &bundle));
		if (!bundle.is_good || bundle.next != bundle.end)
			return fault_of(out->is_cut ? FAULT_LIMIT : FAULT_MALFORMED, 0);
	}
	return out->is_cut ? fault_of(FAULT_LIMIT, 0) : fault_none();
}

/* --- what cards name by digest ---------------------------------------------------------------- */

static struct fault private_load(struct store *store, struct record *record,
				 struct record_field *field)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char digest[MERKLE_HEX_MAX];

	bool has_row = false;
	merkle_print(&field->digest, digest);
	TRY(store_prepare(store, "SELECT salt, value FROM ledger_private WHERE digest = ?1",
			  &statement));
	store_bind_text(statement, 1, digest);
	TRY(store_step(statement, &has_row));
	field->is_erased = !has_row;
	if (!has_row)
		return fault_none();
	const char *value = store_text(statement, 1);
	struct merkle_hash expected;
	if (!private_digest(store_text(statement, 0), value, &expected) ||
	    !merkle_equal(&expected, &field->digest))
		return fault_of(FAULT_MALFORMED, RECORD_PRIVATE);
	return record_keep(record, octets_of_text(value), &field->value_at) ?
		       fault_none() :
		       fault_of(FAULT_LIMIT, 0);
}

static struct fault blob_load(struct store *store, struct record_field *field,
			      struct text_buffer *room)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char digest[MERKLE_HEX_MAX];
	bool has_row = false;

	merkle_print(&field->digest, digest);
	TRY(store_prepare(store, "SELECT value FROM ledger_blob WHERE digest = ?1", &statement));
	store_bind_text(statement, 1, digest);
	TRY(store_step(statement, &has_row));
	struct octets value = octets_of_text(has_row ? store_text(statement, 0) : "");
	struct merkle_hash expected;
	(void)crypto_hash_sha256(expected.octet, value.at, value.len_octets);
	if (!has_row || !merkle_equal(&expected, &field->digest))
		return fault_of(FAULT_MALFORMED, RECORD_BLOB);
	field->value_at = room->len_octets;
	return text_put_octets(text_buffer_sink(room), (const char *)value.at,
			       value.len_octets + 1u) ?
		       fault_none() :
		       fault_of(FAULT_LIMIT, 0);
}

struct fault ledger_load(struct store *store, struct record *record, struct text_buffer *room)
{
	text_buffer_clear(room);
	for (uint32_t i = 0; i < record->field_count; i++) {
		struct record_field *field = &record->field[i];
		if (field->kind == RECORD_PRIVATE)
			TRY(private_load(store, record, field));
		else if (field->kind == RECORD_BLOB)
			TRY(blob_load(store, field, room));
	}
	/* Only now does the text stay where it is. */
	for (uint32_t i = 0; i < record->field_count; i++) {
		if (record->field[i].kind == RECORD_BLOB)
			record->field[i].outside = text_buffer_of(room) + record->field[i].value_at;
	}
	return fault_none();
}

/* --- erasing ---------------------------------------------------------------------------------- */

struct erasing {
	bool (*concerns)(void *context, const struct record *record);
	void *context;
	struct heap *heap;
	struct record *record;
	struct merkle_hash *digest;
	uint32_t digest_count;
	uint32_t digest_room;
	struct fault fault;
};

static bool digests_collect(void *context, uint64_t number, struct octets card,
			    const struct merkle_hash *hash)
{
	struct erasing *erasing = context;
	struct record *record = erasing->record;

	(void)number;
	(void)hash;
	erasing->fault = record_read(card, record);
	if (failed(erasing->fault) || !erasing->concerns(erasing->context, record))
		return !failed(erasing->fault);
	for (uint32_t i = 0; i < record->field_count; i++) {
		if (record->field[i].kind != RECORD_PRIVATE)
			continue;
		if (!heap_grow(erasing->heap, (void **)&erasing->digest, &erasing->digest_room,
			       erasing->digest_count + 1, sizeof *erasing->digest)) {
			erasing->fault = fault_of(FAULT_LIMIT, 0);
			return false;
		}
		erasing->digest[erasing->digest_count++] = record->field[i].digest;
	}
	return true;
}

static struct fault private_delete(struct store *store, const struct merkle_hash *digest,
				   uint32_t *count)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[MERKLE_HEX_MAX];
	bool has_row = false;

	merkle_print(digest, text);
	TRY(store_prepare(store, "DELETE FROM ledger_private WHERE digest = ?1", &statement));
	store_bind_text(statement, 1, text);
	TRY(store_step(statement, &has_row));
	*count += store_changes(store);
	return fault_none();
}

struct fault ledger_erase(struct store *store,
			  bool (*concerns)(void *context, const struct record *record),
			  void *context, uint32_t *count)
{
	struct heap heap = heap_libc();
	struct erasing erasing = { .concerns = concerns, .context = context, .heap = &heap };

	*count = 0;
	erasing.record = heap_take(&heap, sizeof *erasing.record);
	if (erasing.record == NULL)
		return fault_of(FAULT_LIMIT, 0);
	struct fault fault = ledger_walk(store, 0, digests_collect, &erasing);
	if (!failed(fault))
		fault = erasing.fault;
	for (uint32_t i = 0; i < erasing.digest_count && !failed(fault); i++)
		fault = private_delete(store, &erasing.digest[i], count);
	heap_free(&heap, erasing.digest, erasing.digest_room * sizeof *erasing.digest);
	heap_free(&heap, erasing.record, sizeof *erasing.record);
	return fault;
}

/* --- the key ---------------------------------------------------------------------------------- */

struct fault ledger_key_get(struct store *store, char out[NOTE_KEY_TEXT_MAX])
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	out[0] = '\0';
	TRY(store_prepare(store, "SELECT verifier FROM ledger_key WHERE id = 0", &statement));
	TRY(store_step(statement, &has_row));
	struct octets text = octets_of_text(has_row ? store_text(statement, 0) : "");
	if (text.len_octets >= NOTE_KEY_TEXT_MAX)
		return fault_of(FAULT_MALFORMED, 0);
	mem_copy(out, text.at, text.len_octets);
	out[text.len_octets] = '\0';
	return fault_none();
}

struct fault ledger_key_set(struct store *store, const char *before, const char *verifier)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "UPDATE ledger_key SET verifier = ?1 WHERE id = 0 AND verifier = ?2",
			  &statement));
	store_bind_text(statement, 1, verifier);
	store_bind_text(statement, 2, before);
	return store_step(statement, &has_row);
}
